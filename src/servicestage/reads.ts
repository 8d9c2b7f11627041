// Reads over pooled connections that are kept alive. Two quick tries more for what often heals within a second: a
// connection that failed, an answer that broke off, 502, 503 and 504. Not after a time-out, a 429 or anything the
// service decided: there the queue waits. Redirects are not followed; time-outs are the signal's.
import pRetry from 'p-retry';
import { Agent } from 'undici';
import {
  type Exchange,
  faultOf,
  interrupted,
  MAX_HEADER_BYTES,
  readAnswer,
  type WireRequest,
} from './wire.ts';

export interface ReadOptions {
  readonly connectTimeoutMs: number;
  /** Wait before the first quick try, halved to one and a half times by `random`; doubled before the second. */
  readonly retryDelayMs: number;
  readonly random: () => number;
  readonly ca?: readonly string[];
}

/** Told of every single try, with its duration in ms. */
export type OnTry = (exchange: Exchange, ms: number) => void;

export interface Reader {
  /** With quick retries. Never rejects. */
  read(request: WireRequest, context: TryContext): Promise<Exchange>;
  /** One try. Never rejects. */
  once(request: WireRequest, context: TryContext): Promise<Exchange>;
  close(): Promise<void>;
}

export interface TryContext {
  readonly signal: AbortSignal;
  readonly onTry: OnTry;
  readonly monoMs: () => number;
}

export function createReader(options: ReadOptions): Reader {
  const agent = new Agent({
    allowH2: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: 10_000,
    connect: {
      timeout: options.connectTimeoutMs,
      ...(options.ca === undefined ? {} : { ca: [...options.ca] }),
    },
  });
  const once = (request: WireRequest, context: TryContext): Promise<Exchange> =>
    tryOnce(agent, { request, context });
  return {
    once,
    read: (request, context) => retrying(() => once(request, context), { options, signal: context.signal }),
    close: () => agent.destroy(),
  };
}

async function retrying(
  attempt: () => Promise<Exchange>,
  given: { options: ReadOptions; signal: AbortSignal },
): Promise<Exchange> {
  let last: Exchange | undefined;
  try {
    return await pRetry(
      async () => {
        last = await attempt();
        if (isPassing(last)) throw new Error('passing failure');
        return last;
      },
      {
        retries: 2,
        factor: 2,
        minTimeout: Math.round(given.options.retryDelayMs * (0.5 + given.options.random())),
        signal: given.signal,
      },
    );
  } catch {
    return last ?? interrupted(given.signal, 'no');
  }
}

function isPassing(exchange: Exchange): boolean {
  if (exchange.kind === 'fault') return exchange.cause === 'network';
  if (exchange.headers['retry-after'] !== undefined) return false;
  return exchange.whole === 'truncated' || [502, 503, 504].includes(exchange.status);
}

async function tryOnce(agent: Agent, call: { request: WireRequest; context: TryContext }): Promise<Exchange> {
  const { request, context } = call;
  const startMs = context.monoMs();
  const exchange = await send(agent, { request, signal: context.signal });
  context.onTry(exchange, context.monoMs() - startMs);
  return exchange;
}

async function send(agent: Agent, call: { request: WireRequest; signal: AbortSignal }): Promise<Exchange> {
  const { origin, path, method, headers, body } = call.request;
  if (call.signal.aborted) return interrupted(call.signal, 'no');
  try {
    const raw = await agent.request({
      origin,
      path,
      method,
      headers,
      signal: call.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(body === undefined ? {} : { body }),
    });
    const answer = await readAnswer(raw);
    // A read that was stopped is a stop, not half an answer that deserves another try.
    return answer.whole === 'truncated' && call.signal.aborted ? interrupted(call.signal, 'maybe') : answer;
  } catch (error) {
    return call.signal.aborted ? interrupted(call.signal, 'maybe') : faultOf(error, 'maybe');
  }
}
