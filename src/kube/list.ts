// The two ways to read a whole collection: pages of 500, or a stream that begins with the present state and marks its
// end with a bookmark (sendInitialEvents, on by default from Kubernetes 1.32; KEP-3157). Both are consistent reads and
// end in a result of `watch-state.ts`; a list that breaks off says so and is never taken for a complete one.

import type { KubeAnswer } from './answer.ts';
import { decodeLine, decodeObject, isObject, linesOf } from './decode.ts';
import { classifyAnswer, garbageFailure, KubeFailure } from './failure.ts';
import type { KubeStream } from './http.ts';
import { startStallGuard } from './stall-guard.ts';
import { STALL_MS, type WatchContext, type WatchEvent } from './watch-context.ts';
import type { WatchResult } from './watch-state.ts';

const PAGE_SIZE = 500;
const PAGE_TIMEOUT_MS = 60_000;
const STREAM_SECONDS = 300;

/** Yields `begin` and one `applied` per object; the result is complete, expired or refused. */
export async function* listPages(context: WatchContext): AsyncGenerator<WatchEvent, WatchResult> {
  let next = '';
  let count = 0;
  do {
    const answer = await context.http.request({
      method: 'GET',
      path: context.target.path,
      query: {
        ...context.target.query,
        limit: String(PAGE_SIZE),
        ...(next === '' ? {} : { continue: next }),
      },
      signal: context.signal,
      timeoutMs: PAGE_TIMEOUT_MS,
    });
    if (answer.status !== 200) return refusal(context, answer);
    const page = readPage(answer);
    if (page === undefined) return garbage(context, 'not a list of our kind');
    context.health.alive();
    if (next === '') yield begin(context);
    for (const item of page.items) {
      const object = decodeObject(item);
      if (object === undefined) return garbage(context, 'an item without metadata');
      count += 1;
      yield { kind: 'applied', object };
    }
    if (page.next === '') return { kind: 'complete', version: page.version, count };
    next = page.next;
  } while (!context.signal.aborted);
  return { kind: 'expired' };
}

/** As `listPages`, through a stream; `unsupported` when the server refuses it or never marks the end. */
export async function* listStream(context: WatchContext): AsyncGenerator<WatchEvent, WatchResult> {
  const stream = await openListStream(context);
  if (stream === undefined) return { kind: 'unsupported' };
  if (stream.kind === 'answer') return refusal(context, stream.answer);
  const guard = startStallGuard(context.scheduler, STALL_MS, () => stream.cut());
  let count = 0;
  try {
    yield begin(context);
    for await (const { text, complete } of linesOf(stream.chunks)) {
      guard.hold();
      const line = complete === 'yes' ? decodeLine(text) : { kind: 'garbage' as const };
      if (line.kind === 'garbage') return garbage(context, 'an unreadable line');
      if (line.kind === 'error') return garbage(context, 'an error in the stream');
      context.health.alive();
      if (line.kind === 'bookmark') {
        if (line.initialEnd === 'yes') return { kind: 'complete', version: line.resourceVersion, count };
      } else {
        count += line.kind === 'applied' ? 1 : 0;
        yield { kind: line.kind, object: line.object };
      }
      guard.release();
    }
    return garbage(context, 'the stream ended before its mark');
  } catch (error) {
    if (guard.stalled()) return { kind: 'unsupported' };
    throw error;
  } finally {
    guard.stop();
    stream.cut();
  }
}

/** The result for an answer that is not the collection. */
export function refusal({ target }: WatchContext, answer: KubeAnswer): WatchResult {
  if (answer.status === 410) return { kind: 'expired' };
  const failure = classifyAnswer({ call: `GET ${target.path}`, ...answer });
  const message = `GET ${target.path}: ${answer.status}`;
  const fact = {
    class: 'transient',
    code: `HTTP_${answer.status}`,
    message,
    httpStatus: answer.status,
  } as const;
  return { kind: 'refused', failure: failure ?? fact };
}

function begin(context: WatchContext): WatchEvent {
  context.health.listed();
  return { kind: 'begin' };
}

function garbage({ target }: WatchContext, what: string): WatchResult {
  return { kind: 'refused', failure: garbageFailure(`GET ${target.path}`, what) };
}

async function openListStream(context: WatchContext): Promise<KubeStream | undefined> {
  try {
    const stream = await context.http.stream({
      method: 'GET',
      path: context.target.path,
      query: {
        ...context.target.query,
        watch: 'true',
        sendInitialEvents: 'true',
        allowWatchBookmarks: 'true',
        resourceVersionMatch: 'NotOlderThan',
        timeoutSeconds: String(STREAM_SECONDS),
      },
      signal: context.signal,
      timeoutMs: STALL_MS,
    });
    return stream.kind === 'answer' && stream.answer.status === 422 ? undefined : stream;
  } catch (error) {
    const refused = error instanceof KubeFailure && error.failure.class === 'permanent';
    if (refused) return undefined;
    throw error;
  }
}

interface Page {
  readonly items: readonly unknown[];
  readonly version: string;
  readonly next: string;
}

function readPage({ json }: KubeAnswer): Page | undefined {
  const { kind, metadata, items } = json;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !isObject(metadata)) return undefined;
  const version = metadata.resourceVersion;
  if (typeof version !== 'string' || version === '') return undefined;
  // Go writes an empty slice as null.
  if (items !== null && !Array.isArray(items)) return undefined;
  return {
    items: items ?? [],
    version,
    next: typeof metadata.continue === 'string' ? metadata.continue : '',
  };
}
