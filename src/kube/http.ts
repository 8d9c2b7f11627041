// The only way to the API server: one request function and one stream function over undici. Answers are sorted by
// `failure.ts`; what comes back without an exception is a fact. A 401 or a failed TLS handshake reloads the credentials
// once and, when they changed, repeats the call: both mean that the server did nothing. Nothing else is repeated here.
// Redirects are not followed. An abort by the caller throws the caller's reason.
import type { Dispatcher } from 'undici';
import { type KubeAnswer, readAnswer } from './answer.ts';
import { type Connection, type ConnectionSource, openConnection } from './connection.ts';
import { classifyError, isTlsFailure, KubeFailure } from './failure.ts';
import type { ClusterSource } from './kubeconfig.ts';
import { createDeadline, type Deadline, type Scheduler } from './scheduler.ts';

const USER_AGENT = 'servicestage-operator';

export interface KubeCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Defaults to application/json. */
  readonly contentType?: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** An open 2xx body, or the answer that came instead. `timeoutMs` of the call covers the time up to here. */
export type KubeStream =
  | { readonly kind: 'open'; readonly chunks: AsyncIterable<Buffer>; cut(): void }
  | { readonly kind: 'answer'; readonly answer: KubeAnswer };

export interface KubeHttp {
  /** Throws a `KubeFailure` when the answer is not known. */
  request(call: KubeCall): Promise<KubeAnswer>;
  /** The chunks throw a `KubeFailure` when the connection breaks. */
  stream(call: KubeCall): Promise<KubeStream>;
  /** Namespace of the kubeconfig context or of the pod. */
  readonly namespace: string | undefined;
  close(): Promise<void>;
}

export interface ConnectOptions extends ClusterSource {
  readonly scheduler: Scheduler;
  /** Told of every answer, for metrics; code is the HTTP status or `error`. */
  readonly onAnswer?: (answer: {
    readonly method: string;
    readonly code: string;
    readonly ms: number;
  }) => void;
}

/** Opens the way to the cluster. Throws a `KubeFailure` of class `configuration` with the cure when none is described. */
export async function connect(options: ConnectOptions): Promise<KubeHttp> {
  const source = await openConnection(options, options.scheduler);
  const send = (call: KubeCall, deadline: Deadline): Promise<Dispatcher.ResponseData> =>
    timed(options, call.method, () => sendOnce(source.current(), call, deadline));
  const withRenewal = <T>(call: KubeCall, attempt: () => Promise<T>): Promise<T> =>
    renewed(source, call.signal, attempt);
  return {
    namespace: source.current().access.namespace,
    request: (call) => withRenewal(call, () => exchange(call, options.scheduler, send)),
    stream: (call) => withRenewal(call, () => open(call, options.scheduler, send)),
    close: () => source.close(),
  };
}

type Send = (call: KubeCall, deadline: Deadline) => Promise<Dispatcher.ResponseData>;

async function renewed<T>(
  source: ConnectionSource,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  const used = source.current();
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof KubeFailure) || signal.aborted) throw error;
    if (error.failure.class !== 'credentials' && !isTlsFailure(error.failure)) throw error;
    const next = await source.renew(used);
    if (next === undefined) throw error;
    return attempt();
  }
}

async function exchange(call: KubeCall, scheduler: Scheduler, send: Send): Promise<KubeAnswer> {
  const deadline = createDeadline(call.signal, call.timeoutMs, scheduler);
  try {
    const response = await send(call, deadline);
    return await readAnswer(label(call), response);
  } catch (error) {
    throw translate(call, error, deadline);
  } finally {
    deadline.clear();
  }
}

async function open(call: KubeCall, scheduler: Scheduler, send: Send): Promise<KubeStream> {
  const start = createDeadline(call.signal, call.timeoutMs, scheduler);
  let response: Dispatcher.ResponseData;
  try {
    response = await send(call, start);
    if (response.statusCode < 200 || response.statusCode > 299) {
      return { kind: 'answer', answer: await readAnswer(label(call), response) };
    }
  } catch (error) {
    throw translate(call, error, start);
  } finally {
    start.clear();
  }
  // From here on only the parent's abort and `cut` end the stream.
  const body = response.body;
  const onAbort = (): void => void body.destroy();
  call.signal.addEventListener('abort', onAbort, { once: true });
  body.once('close', () => call.signal.removeEventListener('abort', onAbort));
  body.on('error', () => undefined);
  if (call.signal.aborted) onAbort();
  return { kind: 'open', chunks: chunksOf(call, body), cut: () => void body.destroy() };
}

async function* chunksOf(call: KubeCall, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    throw translate(call, error);
  }
}

async function sendOnce(
  at: Connection,
  call: KubeCall,
  deadline: Deadline,
): Promise<Dispatcher.ResponseData> {
  deadline.signal.throwIfAborted();
  const { server, headers } = at.access;
  const query = new URLSearchParams(call.query).toString();
  const base = server.pathname.replace(/\/$/, '');
  return at.dispatcher.request({
    origin: server.origin,
    path: `${base}${call.path}${query === '' ? '' : `?${query}`}`,
    method: call.method,
    headers: {
      ...headers,
      accept: 'application/json',
      'user-agent': USER_AGENT,
      ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
    },
    body: call.body === undefined ? null : JSON.stringify(call.body),
    signal: deadline.signal,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

function translate(call: KubeCall, error: unknown, deadline?: Deadline): unknown {
  if (error instanceof KubeFailure) return error;
  if (call.signal.aborted) return call.signal.reason;
  if (deadline?.expired()) {
    const message = `${label(call)}: no answer within ${call.timeoutMs} ms`;
    return new KubeFailure({ class: 'transient', code: 'TIMEOUT', message });
  }
  return new KubeFailure(classifyError(label(call), error), error);
}

async function timed(
  { scheduler, onAnswer }: ConnectOptions,
  method: string,
  send: () => Promise<Dispatcher.ResponseData>,
): Promise<Dispatcher.ResponseData> {
  const from = scheduler.now();
  let code = 'error';
  try {
    const response = await send();
    code = String(response.statusCode);
    return response;
  } finally {
    onAnswer?.({ method, code, ms: scheduler.now() - from });
  }
}

function label(call: KubeCall): string {
  return `${call.method} ${call.path}`;
}
