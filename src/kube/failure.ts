// What an answer of the API server means; decided here, once. 2xx, 404, 409, 410 and 422 are facts when they come from
// Kubernetes (a body of kind Status); the same numbers with another body come from something in between and are
// transport failures, so that a proxy's page is never taken for "not found". No text of a body that is not a Status
// reaches a message.
import type { Failure, FailureClass, JsonObject } from '../core/types.ts';

const FACTS: readonly number[] = [404, 409, 410, 422];
const MESSAGE_BYTES = 300;
const RETRY_AFTER_CAP_MS = 300_000;

/** Thrown when the API server's answer is not known or not an answer. `failure` is safe to show. */
export class KubeFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, cause?: unknown) {
    super(failure.message, cause === undefined ? undefined : { cause });
    this.name = 'KubeFailure';
    this.failure = failure;
  }
}

/** An answer as it arrived. `json` is absent when the body is not a JSON object. */
export interface RawAnswer {
  /** What was asked, for the message: `GET /api/v1/...`. */
  readonly call: string;
  readonly status: number;
  readonly json?: JsonObject;
  readonly retryAfter?: string;
}

/** The failure that an answer stands for, or undefined when it is a fact. */
export function classifyAnswer(answer: RawAnswer): Failure | undefined {
  const { status, json } = answer;
  const fromKubernetes = json?.kind === 'Status';
  if (status >= 200 && status < 300) return json ? undefined : garbage(answer);
  if (FACTS.includes(status)) return fromKubernetes ? undefined : garbage(answer);
  const retryAfterMs = parseRetryAfter(answer.retryAfter);
  return {
    class: classOf(status),
    code: fromKubernetes ? statusCode(json, status) : `HTTP_${status}`,
    message: clip(`${answer.call}: ${status} ${fromKubernetes ? statusMessage(json) : 'without a Status'}`),
    httpStatus: status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** The failure that stands behind an exception of the transport. */
export function classifyError(call: string, error: unknown): Failure {
  const code = errorCode(error);
  const text = TLS_CODES.test(code)
    ? 'TLS failed; check certificate-authority and client certificate of the kubeconfig'
    : 'no answer';
  return { class: 'transient', code, message: clip(`${call}: ${text} (${code})`) };
}

/** An answer that no Kubernetes API server gives: HTML, half a body, an object without metadata. */
export function garbageFailure(call: string, what: string): Failure {
  return { class: 'transient', code: 'GARBAGE', message: clip(`${call}: ${what}`) };
}

/** Whether the TLS handshake failed, so that nothing was sent. */
export function isTlsFailure(failure: Failure): boolean {
  return TLS_CODES.test(failure.code);
}

/** The sentence of a Status object, at most 300 bytes. */
export function statusMessage(status: JsonObject | undefined): string {
  return clip(typeof status?.message === 'string' ? status.message : 'no message');
}

/** Cuts a text to 300 UTF-8 bytes without splitting a character. */
export function clip(text: string, bytes: number = MESSAGE_BYTES): string {
  const raw = Buffer.from(text, 'utf8');
  if (raw.length <= bytes) return text;
  return `${raw.toString('utf8', 0, bytes - 3).replace(/\uFFFD+$/, '')}…`;
}

// Node's verification codes plus OpenSSL's alerts; all of them come before the first byte of the request.
const TLS_CODES =
  /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA)/;

function classOf(status: number): FailureClass {
  if (status === 401) return 'credentials';
  if (status === 403) return 'permission';
  if (status === 429) return 'throttled';
  if (status === 408 || status >= 500 || status < 400) return 'transient';
  return 'permanent';
}

function garbage({ call, status }: RawAnswer): Failure {
  // A path that the server does not serve (CRD absent or not yet established) is answered with plain text.
  const text = status === 404 ? 'path not served, or an answer from a proxy' : 'not an answer of Kubernetes';
  return {
    class: 'transient',
    code: status === 404 ? 'PATH_NOT_SERVED' : 'GARBAGE',
    message: clip(`${call}: ${status}, ${text}`),
    httpStatus: status,
  };
}

/** `reason` of the first cause where there is one (`ResourceVersionTooLarge`), else of the Status. */
function statusCode(json: JsonObject, status: number): string {
  const details = json.details as { causes?: readonly { reason?: unknown }[] | null } | undefined;
  const cause = Array.isArray(details?.causes) ? details.causes[0]?.reason : undefined;
  if (typeof cause === 'string' && cause !== '') return cause.slice(0, 64);
  return typeof json.reason === 'string' && json.reason !== '' ? json.reason.slice(0, 64) : `HTTP_${status}`;
}

function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1000, RETRY_AFTER_CAP_MS);
}

function errorCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    if (at instanceof AggregateError && at.errors.length > 0) return errorCode(at.errors[0]);
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && code !== '') return code;
  }
  return 'NETWORK';
}
