// Every refusal of the API server as one throwable value that carries the `Status` object a client receives.
// Promises: reason, code, details and wording follow k8s.io/apimachinery/pkg/api/errors, because clients branch on
// reason and causes and people grep for the wording. A failed JSON patch test has no causes, a schema refusal has.
import type { JsonMap } from './json.ts';

export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** What a refusal is about; `kind` is the plural except for Invalid, where the real server puts the Kind. */
export interface Subject {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

interface StatusParts {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly subject?: Subject;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
  readonly metadata?: JsonMap;
}

export class ApiFailure extends Error {
  readonly code: number;
  readonly status: JsonMap;
  readonly retryAfterSeconds: number | undefined;

  constructor(parts: StatusParts) {
    super(parts.message);
    this.name = 'ApiFailure';
    this.code = parts.code;
    this.retryAfterSeconds = parts.retryAfterSeconds;
    this.status = statusObject(parts);
  }
}

/** The `Status` object of a refusal. */
export function statusObject(parts: StatusParts): JsonMap {
  const { subject, causes, retryAfterSeconds } = parts;
  const details: JsonMap = {
    ...(subject?.name ? { name: subject.name } : {}),
    ...(subject?.group ? { group: subject.group } : {}),
    ...(subject?.kind ? { kind: subject.kind } : {}),
    ...(causes?.length ? { causes: causes.map((cause) => ({ ...cause })) } : {}),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: parts.metadata ?? {},
    status: 'Failure',
    message: parts.message,
    ...(parts.reason === '' ? {} : { reason: parts.reason, details }),
    code: parts.code,
  };
}

/** `pods "x"` or `deployments.apps "x"`, as the real server names a resource. */
function title(subject: Subject): string {
  const kind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`;
  return `${kind} "${subject.name}"`;
}

export function notFound(subject: Subject): ApiFailure {
  return new ApiFailure({ code: 404, reason: 'NotFound', message: `${title(subject)} not found`, subject });
}

/** A path that no API serves; the only refusal that is no Status but plain text. */
export class NoSuchPath extends Error {
  constructor() {
    super('404 page not found\n');
    this.name = 'NoSuchPath';
  }
}

export function alreadyExists(subject: Subject): ApiFailure {
  const message = `${title(subject)} already exists`;
  return new ApiFailure({ code: 409, reason: 'AlreadyExists', message, subject });
}

export function conflict(subject: Subject, cause: string): ApiFailure {
  const message = `Operation cannot be fulfilled on ${title(subject)}: ${cause}`;
  return new ApiFailure({ code: 409, reason: 'Conflict', message, subject });
}

/** The optimistic-concurrency refusal. */
export function modified(subject: Subject): ApiFailure {
  const cause = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(subject, cause);
}

/** A schema or rule refusal; `subject.kind` is the Kind here. */
export function invalid(subject: Subject, causes: readonly Cause[]): ApiFailure {
  const lines = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const message = `${title(subject)} is invalid: ${text}`;
  return new ApiFailure({ code: 422, reason: 'Invalid', message, subject, causes });
}

/** A JSON patch whose operation failed, a `test` above all: 422 like a schema refusal, but without causes. */
export function patchFailed(): ApiFailure {
  const message = 'the server rejected our request due to an error in our request';
  return new ApiFailure({ code: 422, reason: 'Invalid', message });
}

/** A server-side apply that would take fields owned by others. */
export function applyConflict(causes: readonly Cause[]): ApiFailure {
  const message = applyConflictText(causes);
  return new ApiFailure({ code: 409, reason: 'Conflict', message, causes });
}

function applyConflictText(causes: readonly Cause[]): string {
  const byOwner = Map.groupBy(causes, (cause) => cause.message.slice('conflict with '.length));
  const [only] = causes;
  if (causes.length === 1 && only) return `Apply failed with 1 conflict: ${only.message}: ${only.field}`;
  const owners = [...byOwner]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([owner, own]) => {
      return `conflicts with ${owner}:\n${own.map((cause) => `- ${cause.field}`).join('\n')}`;
    });
  return `Apply failed with ${causes.length} conflicts: ${owners.join('\n')}`;
}

export function badRequest(message: string): ApiFailure {
  return new ApiFailure({ code: 400, reason: 'BadRequest', message });
}

/** A plain error of the server, which carries neither reason nor details. */
export function plainError(message: string): ApiFailure {
  return new ApiFailure({ code: 500, reason: '', message });
}

export function unauthorized(): ApiFailure {
  return new ApiFailure({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

export function forbidden(subject: Subject, why: string): ApiFailure {
  const message = `${title(subject)} is forbidden: ${why}`;
  return new ApiFailure({ code: 403, reason: 'Forbidden', message, subject });
}

export function expired(message: string, metadata?: JsonMap): ApiFailure {
  return new ApiFailure({ code: 410, reason: 'Expired', message, ...(metadata ? { metadata } : {}) });
}

/** A version this server has not reached yet: the client is told to wait and ask again. */
export function versionTooLarge(asked: number, current: number): ApiFailure {
  const message = `Timeout: Too large resource version: ${asked}, current: ${current}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' }];
  return new ApiFailure({ code: 504, reason: 'Timeout', message, causes, retryAfterSeconds: 1 });
}

export function unsupportedMedia(message: string): ApiFailure {
  return new ApiFailure({ code: 415, reason: 'UnsupportedMediaType', message });
}

export function notAcceptable(): ApiFailure {
  const message = 'only the following media types are accepted: application/json';
  return new ApiFailure({ code: 406, reason: 'NotAcceptable', message });
}

export function methodNotAllowed(): ApiFailure {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiFailure({ code: 405, reason: 'MethodNotAllowed', message });
}
