// One call from its parts to its verdict: identity, wire, judgement, in that order.
// Promises: `read` and `write` never reject; a read is repeated once with a renewed token after a 401; a write leaves at
// most once. Every try on the wire is reported to `observe`, which can neither fail nor delay a call.
import type { Failure } from '../core/types.ts';
import type { Authorizer, Pass, Taken } from './authorize.ts';
import type { Endpoint } from './endpoint.ts';
import { judgeAnswer, judgeFault, judgeUnreadable, type Reading, type Verdict } from './errors.ts';
import { CloudFailure } from './failure.ts';
import { readJson } from './json.ts';
import type { OnTry, Reader } from './reads.ts';
import { encodeQuery, type Query } from './sign.ts';
import { createRedact } from './text.ts';
import { type Answer, type Exchange, interrupted, type WireRequest } from './wire.ts';

export type Operation =
  | 'getComponent'
  | 'modify'
  | 'act'
  | 'remove'
  | 'getJob'
  | 'listRecords'
  | 'listComponents'
  | 'token';

/** One try on the wire, for metrics. `codeClass`: `2xx` … `5xx`, or the cause of a call without an answer. */
export interface CloudCall {
  readonly operation: Operation;
  readonly codeClass: string;
  readonly region: string;
  readonly ms: number;
  readonly retryAfterMs?: number;
}

export interface Call {
  readonly operation: Operation;
  readonly method: WireRequest['method'];
  readonly path: string;
  readonly query?: Query;
  readonly body?: string;
}

/** `done`: 2xx. `value` is its JSON, undefined when there is none. `redact` knows every secret of the call. */
export type Reply =
  | { readonly kind: 'done'; readonly value: unknown; readonly answer: Answer; readonly reading: Reading }
  | { readonly kind: 'failed'; readonly verdict: Verdict };

export interface Caller {
  read(call: Call, signal: AbortSignal): Promise<Reply>;
  write(call: Call, signal: AbortSignal): Promise<Reply>;
}

export interface CallerParts {
  readonly authorizer: Authorizer;
  readonly endpoint: Endpoint;
  readonly reader: Reader;
  readonly sendOnce: (request: WireRequest, signal: AbortSignal) => Promise<Exchange>;
  readonly requestTimeoutMs: number;
  readonly now: () => { readonly wall: number; readonly mono: number };
  readonly userAgent: string;
  readonly onTry: (operation: Operation) => OnTry;
  /** Secret beyond the identity: values of the request body that an answer may echo. */
  readonly secretValues: readonly string[];
}

const CONTENT_TYPE = 'application/json;charset=utf8';
/** Time a write may wait for its identity: it must leave soon after its intent was written down. */
const PREPARE_MS = 5_000;

export function createCaller(parts: CallerParts): Caller {
  return {
    read: (call, signal) => guarded(parts, () => read(parts, { call, signal })),
    write: (call, signal) => guarded(parts, () => write(parts, { call, signal })),
  };
}

interface Job {
  readonly call: Call;
  readonly signal: AbortSignal;
}

async function read(parts: CallerParts, job: Job): Promise<Reply> {
  const signal = AbortSignal.any([job.signal, AbortSignal.timeout(parts.requestTimeoutMs)]);
  for (let triesLeft = 1; ; triesLeft -= 1) {
    const pass = await enter(parts, { call: job.call, wish: 'fresh', signal });
    if ('verdict' in pass) return { kind: 'failed', verdict: pass.verdict };
    const context = { signal, onTry: parts.onTry(job.call.operation), monoMs: () => parts.now().mono };
    const { reply, next } = await conclude(parts, {
      pass,
      exchange: parts.reader.read(toWire(parts, { call: job.call, pass }), context),
    });
    if (next === 'stop' || triesLeft === 0) return needJson(reply);
  }
}

async function write(parts: CallerParts, job: Job): Promise<Reply> {
  const signal = AbortSignal.any([job.signal, AbortSignal.timeout(parts.requestTimeoutMs)]);
  const prepare = AbortSignal.any([signal, AbortSignal.timeout(PREPARE_MS)]);
  const pass = await enter(parts, { call: job.call, wish: 'ready', signal: prepare });
  if ('verdict' in pass) return { kind: 'failed', verdict: { ...pass.verdict, effect: 'none' } };
  const startMs = parts.now().mono;
  const sent = parts.sendOnce(toWire(parts, { call: job.call, pass }), signal).then((exchange) => {
    parts.onTry(job.call.operation)(exchange, parts.now().mono - startMs);
    return exchange;
  });
  const { reply, next } = await conclude(parts, { pass, exchange: sent });
  if (reply.kind === 'done' || next === 'stop') return reply;
  // The refused token is already forgotten: the next try brings its own, so this is no fault of the Secret.
  const failure: Failure = { ...reply.verdict.failure, class: 'transient' };
  return { kind: 'failed', verdict: { ...reply.verdict, failure } };
}

/** The identity's pass, or the verdict that there is none. */
async function enter(
  parts: CallerParts,
  given: { call: Call; wish: 'fresh' | 'ready'; signal: AbortSignal },
): Promise<Pass | { readonly verdict: Verdict }> {
  const { call, signal } = given;
  const { method, body = '' } = call;
  const draft = {
    method,
    path: fullPath(parts, call),
    query: call.query ?? [],
    contentType: CONTENT_TYPE,
    body,
  };
  try {
    return await parts.authorizer.authorize(draft, given);
  } catch (error) {
    if (error instanceof CloudFailure) return { verdict: { failure: error.failure, effect: 'none' } };
    if (!signal.aborted) throw error;
    return { verdict: judgeFault(interrupted(signal, 'no'), parts.endpoint.host) };
  }
}

/** The exchange's reply, and what the identity makes of it. The pass is settled whatever happens. */
async function conclude(
  parts: CallerParts,
  given: { pass: Pass; exchange: Promise<Exchange> },
): Promise<{ reply: Reply; next: 'again' | 'stop' }> {
  const { pass } = given;
  try {
    const exchange = await given.exchange;
    const redact = createRedact([...pass.secrets, ...parts.secretValues]);
    const reply = toReply(exchange, { redact, wallMs: parts.now().wall, host: parts.endpoint.host });
    return { reply, next: pass.settle(takenOf(exchange, reply)) };
  } catch (error) {
    pass.settle({ kind: 'unclear' });
    throw error;
  }
}

function toReply(exchange: Exchange, reading: Reading): Reply {
  if (exchange.kind === 'fault') return { kind: 'failed', verdict: judgeFault(exchange, reading.host) };
  if (exchange.status < 200 || exchange.status >= 300) {
    return { kind: 'failed', verdict: judgeAnswer(exchange, reading) };
  }
  if (exchange.whole !== 'whole') return { kind: 'failed', verdict: judgeUnreadable(exchange, reading) };
  return { kind: 'done', value: readJson(exchange.text), answer: exchange, reading };
}

// ServiceStage says "does not exist" with a 401, and a repository's refusal may come with one; the identity was good then.
function takenOf(exchange: Exchange, reply: Reply): Taken {
  if (exchange.kind === 'fault' || exchange.status >= 500) return { kind: 'unclear' };
  if (exchange.status !== 401 || reply.kind === 'done') return { kind: 'taken' };
  const { failure, absent } = reply.verdict;
  if (absent === 'target' || failure.class !== 'credentials') return { kind: 'taken' };
  return { kind: 'refused', failure };
}

function needJson(reply: Reply): Reply {
  if (reply.kind === 'failed' || reply.value !== undefined) return reply;
  return { kind: 'failed', verdict: judgeUnreadable(reply.answer, reply.reading) };
}

function toWire(parts: CallerParts, given: { call: Call; pass: Pass }): WireRequest {
  const { call, pass } = given;
  const query = encodeQuery(call.query ?? []);
  return {
    method: call.method,
    origin: parts.endpoint.origin,
    path: fullPath(parts, call) + (query === '' ? '' : `?${query}`),
    headers: {
      'content-type': CONTENT_TYPE,
      'x-language': 'en-us',
      'user-agent': parts.userAgent,
      ...pass.headers,
    },
    ...(call.body === undefined ? {} : { body: call.body }),
  };
}

function fullPath(parts: CallerParts, call: Call): string {
  return parts.endpoint.basePath + call.path;
}

/** A defect of ours on the way of a call must not look as if nothing had been sent. */
async function guarded(parts: CallerParts, run: () => Promise<Reply>): Promise<Reply> {
  try {
    return await run();
  } catch (error) {
    const kind = error instanceof Error ? error.name : typeof error;
    const message = `internal error (${kind}) while calling ${parts.endpoint.host}`;
    return {
      kind: 'failed',
      verdict: { failure: { class: 'transient', code: 'INTERNAL', message }, effect: 'maybe' },
    };
  }
}
