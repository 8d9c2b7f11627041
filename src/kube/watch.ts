// List + watch of one target as an endless generator. Promises: after `synced` the reader knows the whole collection as
// of one version; each later change is yielded at least once and in order; a silent stream is noticed within 14 s; a
// list in progress never takes anything away before it is complete (`begin` ... `synced`). The states are drawn in
// `watch-state.ts`. What vanished between two lists is for the store to find out. Ends only when the signal aborts.
import type { Failure, JsonObject } from '../core/types.ts';
import { decodeLine, linesOf } from './decode.ts';
import { classifyAnswer, KubeFailure } from './failure.ts';
import { listPages, listStream, refusal } from './list.ts';
import { type StallGuard, startStallGuard } from './stall-guard.ts';
import { isOlder } from './version.ts';
import { STALL_MS, type WatchContext, type WatchEvent, type WatchOptions } from './watch-context.ts';
import { createHealth, type WatchHealth } from './watch-health.ts';
import { startMachine, step, type WatchResult, type WatchState } from './watch-state.ts';

/** A stream that ended sooner, again and again, must not become a hot loop. */
const SHORT_MS = 1_000;
/** Of the 9 s at least that a stream may last; one that ended sooner without a line is an empty answer, not a quiet watch. */
const QUIET_MS = 7_000;

export interface Watch {
  events(signal: AbortSignal): AsyncGenerator<WatchEvent, void>;
  health(): WatchHealth;
}

/** A watch of `target`; nothing is sent before `events` is iterated. */
export function createWatch(options: WatchOptions): Watch {
  const health = createHealth(() => options.scheduler.now());
  return {
    events: (signal) => run({ ...options, health, signal }),
    health: () => health.read(),
  };
}

async function* run(context: WatchContext): AsyncGenerator<WatchEvent, void> {
  const { health, signal, random } = context;
  let machine = startMachine(context.streamingList ?? 'try');
  while (!signal.aborted) {
    const result = yield* attempt(machine.state, context);
    if (signal.aborted) return;
    const change = health.note(machine.state, result);
    machine = step(machine, result, random);
    if (result.kind === 'complete' && machine.state.kind === 'watching') {
      health.synced();
      yield { kind: 'synced', version: result.version };
    }
    if (change === 'changed') yield { kind: 'health', health: health.read() };
  }
}

async function* attempt(state: WatchState, context: WatchContext): AsyncGenerator<WatchEvent, WatchResult> {
  try {
    switch (state.kind) {
      case 'streaming':
        return yield* listStream(context);
      case 'listing':
        return yield* listPages(context);
      case 'watching':
        return yield* watchFrom(state.version, context);
      case 'waiting':
        await context.scheduler.sleep(state.delayMs, context.signal);
        return { kind: 'slept' };
      default: {
        const never: never = state;
        return never;
      }
    }
  } catch (error) {
    if (error instanceof KubeFailure) return resultOf(error.failure, state);
    if (context.signal.aborted) return { kind: 'slept' };
    throw error;
  }
}

/** 410, and a version that the server has not reached yet: its store went back to an older backup. */
function resultOf(failure: Failure, state: WatchState): WatchResult {
  if (failure.httpStatus === 410 || failure.code === 'ResourceVersionTooLarge') return { kind: 'expired' };
  if (state.kind === 'watching' && failure.code === 'TIMEOUT')
    return { kind: 'deaf', version: state.version };
  return { kind: 'refused', failure };
}

async function* watchFrom(version: string, context: WatchContext): AsyncGenerator<WatchEvent, WatchResult> {
  const { http, target, scheduler, random, signal } = context;
  const cursor = { version, lines: 0, openedAt: scheduler.now() };
  let cut = (): void => undefined;
  const guard = startStallGuard(scheduler, STALL_MS, () => cut());
  try {
    const stream = await http.stream({
      method: 'GET',
      path: target.path,
      query: {
        ...target.query,
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: version,
        timeoutSeconds: String(9 + Math.floor(3 * random())),
      },
      signal,
      timeoutMs: STALL_MS,
    });
    if (stream.kind === 'answer') return refusal(context, stream.answer);
    cut = stream.cut;
    if (context.health.opened() === 'changed') yield { kind: 'health', health: context.health.read() };
    return yield* readLines({ context, cursor, guard, chunks: stream.chunks });
  } catch (error) {
    if (guard.stalled()) return { kind: 'deaf', version: cursor.version };
    if (!(error instanceof KubeFailure) || cursor.lines === 0) throw error;
    return broken(cursor, error.failure);
  } finally {
    guard.stop();
    cut();
  }
}

interface Cursor {
  version: string;
  lines: number;
  readonly openedAt: number;
}

interface Reading {
  readonly context: WatchContext;
  readonly cursor: Cursor;
  readonly guard: StallGuard;
  readonly chunks: AsyncIterable<Buffer>;
}

async function* readLines({
  context,
  cursor,
  guard,
  chunks,
}: Reading): AsyncGenerator<WatchEvent, WatchResult> {
  const unreadable = (): WatchResult => ({ kind: 'garbage', version: cursor.version, lines: cursor.lines });
  for await (const { text, complete } of linesOf(chunks)) {
    guard.hold();
    const line = complete === 'yes' ? decodeLine(text) : { kind: 'garbage' as const };
    if (line.kind === 'garbage') return unreadable();
    if (line.kind === 'error') return errorEvent(line.status, context, cursor);
    const version = line.kind === 'bookmark' ? line.resourceVersion : line.object.metadata.resourceVersion;
    // Within one watch versions only grow. An older one is a repeated line or a restored etcd: look again, then list.
    if (isOlder(version, cursor.version)) return unreadable();
    cursor.version = version;
    cursor.lines += 1;
    context.health.alive();
    if (line.kind !== 'bookmark') yield { kind: line.kind, object: line.object };
    guard.release();
  }
  const livedMs = context.scheduler.now() - cursor.openedAt;
  if (livedMs < QUIET_MS && cursor.lines === 0) return unreadable();
  context.health.alive();
  if (livedMs < SHORT_MS)
    return broken(cursor, { class: 'transient', code: 'SHORT', message: 'the stream ended early' });
  return { kind: 'ended', version: cursor.version };
}

function broken({ version, lines }: Cursor, failure: Failure): WatchResult {
  return { kind: 'broken', version, lines, failure };
}

/** An ERROR line carries a Status; all but 410 are resumed from the last version. */
function errorEvent(status: JsonObject, { target }: WatchContext, cursor: Cursor): WatchResult {
  const code = typeof status.code === 'number' ? status.code : 500;
  if (code === 410) return { kind: 'expired' };
  const seconds = (status.details as { retryAfterSeconds?: unknown } | undefined)?.retryAfterSeconds;
  const failure = classifyAnswer({
    call: `watch ${target.path}`,
    status: code,
    json: { ...status, kind: 'Status' },
    ...(typeof seconds === 'number' ? { retryAfter: String(seconds) } : {}),
  });
  const message = `watch ${target.path}: error ${code}`;
  return broken(cursor, failure ?? { class: 'transient', code: `HTTP_${code}`, message });
}
