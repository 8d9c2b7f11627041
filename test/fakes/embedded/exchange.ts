// One HTTP request to one HTTP reply, without sockets: parsing, authentication, faults that answer, dispatch, form.
// Promises: synchronous; every refusal is a reply, never a throw; a reply says whether it changed an object.
import type { Context } from './context.ts';
import { execute, openOperation, statusOf } from './core.ts';
import { discover, discoveryType } from './discovery.ts';
import { ApiFailure, badRequest, modified, NoSuchPath, notAcceptable } from './failure.ts';
import type { Asker, RequestFault } from './faults.ts';
import type { Json } from './json.ts';
import { openapi } from './openapi.ts';
import { decodeProtobuf } from './protobuf.ts';
import { formOf, represent, type Style } from './represent.ts';
import type { Call, ResourceTarget, Target } from './request.ts';
import { planWatch } from './watch.ts';

/** A request as it came in. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly target: Target;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface Reply {
  readonly kind: 'reply';
  readonly code: number;
  readonly type: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly committed: boolean;
}

/** A watch that was accepted; `open` starts it on a wire. */
export interface Stream {
  readonly kind: 'stream';
  readonly open: ReturnType<typeof planWatch>;
  readonly style: Style;
}

/** Who asks, for faults and denials; an unknown token reads as no user. */
export function askerOf(context: Context, incoming: Incoming): Asker {
  const userAgent = incoming.headers['user-agent'] ?? '';
  try {
    return {
      target: incoming.target,
      userAgent,
      user: context.access.userOf(incoming.headers.authorization),
    };
  } catch {
    return { target: incoming.target, userAgent, user: '' };
  }
}

/** The reply to a request, or the stream it opens. */
export function exchange(context: Context, incoming: Incoming): Reply | Stream {
  try {
    const user = context.access.userOf(incoming.headers.authorization);
    const call = readCall(context, incoming, user);
    context.access.check({ target: call.target, userAgent: call.userAgent, user });
    if (call.target.kind === 'path') return pathReply(context, call.target.path, call.accept);
    return resourceReply(context, call.target, call);
  } catch (error) {
    return refusal(error);
  }
}

/** The reply that a fault gives in place of acting, or undefined for faults of another kind. */
export function faultReply(fault: RequestFault, target: Target): Reply | undefined {
  switch (fault.kind) {
    case 'status': {
      const { code, reason = 'InternalError', message = 'injected fault', retryAfterSeconds } = fault;
      const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
      const failure = new ApiFailure({ code, reason, message, ...retry });
      return jsonReply({ code, body: fault.body ?? failure.status, headers: retryHeader(retryAfterSeconds) });
    }
    case 'conflict': {
      const { group, resource, name } =
        target.kind === 'resource' ? target : { group: '', resource: '', name: '' };
      return refusal(modified({ group, kind: resource, name }));
    }
    case 'text':
      return { ...jsonReply({ code: fault.code, body: null }), type: fault.contentType, text: fault.text };
    default:
      return undefined;
  }
}

function retryHeader(seconds: number | undefined): Reply['headers'] {
  return seconds === undefined ? {} : { 'Retry-After': String(seconds) };
}

export function refusal(error: unknown): Reply {
  if (error instanceof NoSuchPath) {
    return {
      ...jsonReply({ code: 404, body: null }),
      type: 'text/plain; charset=utf-8',
      text: error.message,
    };
  }
  const { code, body } = statusOf(error);
  const retry = error instanceof ApiFailure ? error.retryAfterSeconds : undefined;
  return jsonReply({ code, body, headers: retryHeader(retry) });
}

function jsonReply(
  parts: { code: number; body: Json } & Partial<Pick<Reply, 'headers' | 'committed' | 'type'>>,
): Reply {
  const { code, body, headers = {}, committed = false, type = 'application/json' } = parts;
  return { kind: 'reply', code, type, text: JSON.stringify(body), headers, committed };
}

function pathReply(context: Context, path: string, accept: string): Reply {
  if (['/healthz', '/readyz', '/livez'].includes(path)) {
    return { ...jsonReply({ code: 200, body: null }), type: 'text/plain', text: 'ok' };
  }
  if (path === '/openapi/v2' && accept !== '' && !/json|\*\/\*/.test(accept)) throw notAcceptable();
  const found = openapi(context.registry, path) ?? discover(context.registry, path, accept);
  if (found === undefined) throw new NoSuchPath();
  return jsonReply({ code: 200, body: found, type: discoveryType(path, accept) });
}

function resourceReply(context: Context, target: ResourceTarget, call: Call): Reply | Stream {
  const form = formOf(call.accept);
  const resource = context.registry.at(target.group, target.version, target.resource);
  const includeObject = call.query.get('includeObject') ?? 'Metadata';
  if (target.verb === 'watch') {
    const operation = openOperation(context, target, call);
    const style = { form, resource: operation.resource, now: context.now, includeObject };
    return { kind: 'stream', open: planWatch(operation), style };
  }
  const { code, body, committed, warnings } = execute(context, target, call);
  const shown = resource ? represent(body, { form, resource, now: context.now, includeObject }) : body;
  const quoted = warnings.map((text) => `299 - ${JSON.stringify(text)}`);
  return jsonReply({ code, body: shown, committed, headers: quoted.length > 0 ? { Warning: quoted } : {} });
}

function readCall(context: Context, incoming: Incoming, user: string): Call {
  const { method, target, query, headers } = incoming;
  const contentType = (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  return {
    method,
    target,
    query,
    body: parseBody(context, incoming.body, contentType),
    contentType,
    accept: headers.accept ?? '',
    userAgent: headers['user-agent'] ?? '',
    user,
  };
}

function parseBody(context: Context, raw: Buffer, contentType: string): Json | undefined {
  if (raw.length === 0) return undefined;
  if (contentType === 'application/vnd.kubernetes.protobuf') return decodeProtobuf(raw);
  const text = raw.toString();
  try {
    return JSON.parse(text);
  } catch {
    const yaml = contentType.endsWith('yaml') ? context.parseYaml : undefined;
    if (!yaml) throw badRequest('the object provided is unrecognized: the body is not JSON');
    return parseYaml(yaml, text);
  }
}

function parseYaml(parse: (text: string) => unknown, text: string): Json {
  try {
    return parse(text) as Json;
  } catch {
    throw badRequest('error converting YAML to JSON');
  }
}
