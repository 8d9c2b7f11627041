// The event recorder (events.k8s.io/v1): best effort, never throws, never makes the caller wait. The same event of the
// same object within 10 minutes becomes a series with a count; each object has a budget; the queue is bounded and what
// does not fit is counted as dropped. Events are never the only record of anything.
import { API_VERSION, FIELD_MANAGER, KIND } from '../api/names.ts';
import type { JsonObject } from '../core/types.ts';
import { createEventBudget } from './event-budget.ts';
import { clip, KubeFailure } from './failure.ts';
import type { KubeHttp } from './http.ts';
import { microTime, type Scheduler } from './scheduler.ts';
import type { EventNote, KubeObject, Log } from './types.ts';
import { backoffMs } from './watch-state.ts';

const NOTE_BYTES = 1_024;
const SERIES_MS = 600_000;
const SERIES_MAX = 2_048;
const QUEUE_MAX = 1_000;
const TRIES = 3;
const TIMEOUT_MS = 5_000;

export interface EventRecorderOptions {
  readonly http: KubeHttp;
  readonly scheduler: Scheduler;
  /** Last part of the event's name; unique over all processes: lower-case letters and digits. */
  readonly newId: () => string;
  /** Name of this process, for reportingInstance. */
  readonly instance: string;
  readonly log: Log;
}

export interface EventRecorder {
  record(object: KubeObject, note: EventNote): void;
  /** Sends what is waiting; returns when done or when the signal aborts. Used once, at the end. */
  flush(signal: AbortSignal): Promise<void>;
  stats(): { readonly sent: number; readonly dropped: number };
}

/** One event and its repetitions. */
interface Series {
  name: string;
  readonly namespace: string;
  readonly body: JsonObject;
  seenAtMs: number;
  lastWallMs: number;
  count: number;
  sentCount: number;
  queued: 'yes' | 'no';
}

/** A recorder that sends one event at a time, in order. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { scheduler, log } = options;
  const budget = createEventBudget();
  const known = new Map<string, Series>();
  const queue: Series[] = [];
  const stopped = new AbortController();
  const stats = { sent: 0, dropped: 0 };
  let pumping: Promise<void> | undefined;

  const pump = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !stopped.signal.aborted; next = queue.shift()) {
      next.queued = 'no';
      if (await deliver(next, options, stopped.signal)) stats.sent += 1;
      else stats.dropped += 1;
    }
    pumping = undefined;
  };
  const enqueue = (series: Series): void => {
    if (series.queued === 'yes') return;
    if (queue.length >= QUEUE_MAX) {
      stats.dropped += 1;
      return;
    }
    series.queued = 'yes';
    queue.push(series);
    pumping ??= pump();
  };
  const record = (object: KubeObject, note: EventNote): void => {
    const now = scheduler.now();
    const key = `${object.metadata.uid}\0${note.reason}\0${note.note}`;
    const before = known.get(key);
    const series =
      before !== undefined && now - before.seenAtMs < SERIES_MS ? before : startSeries(object, note, options);
    series.seenAtMs = now;
    series.lastWallMs = scheduler.wall();
    series.count += 1;
    remember(known, key, series);
    if (budget.take(object.metadata.uid, now) === 'granted') enqueue(series);
    else if (series.sentCount === 0) stats.dropped += 1;
  };

  return {
    record: (object, note) => {
      try {
        record(object, note);
      } catch (error) {
        stats.dropped += 1;
        log.warn({ reason: note.reason, error: String(error) }, 'event dropped');
      }
    },
    flush: async (signal) => {
      const onAbort = (): void => stopped.abort();
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      await pumping;
      // Repetitions that had no budget: only the last count is worth a request.
      for (const series of known.values()) {
        if (series.sentCount > 0 && series.count > series.sentCount) enqueue(series);
      }
      await pumping;
      signal.removeEventListener('abort', onAbort);
    },
    stats: () => ({ ...stats }),
  };
}

function remember(known: Map<string, Series>, key: string, series: Series): void {
  known.delete(key);
  known.set(key, series);
  const oldest = known.size > SERIES_MAX ? known.keys().next().value : undefined;
  if (oldest !== undefined) known.delete(oldest);
}

function startSeries(
  { metadata }: KubeObject,
  note: EventNote,
  { scheduler, newId, instance }: EventRecorderOptions,
): Series {
  const { namespace, name, uid } = metadata;
  return {
    name: eventName(name, timedId(scheduler.wall(), newId())),
    namespace,
    body: {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: microTime(scheduler.wall()),
      type: note.type,
      reason: note.reason,
      action: note.action,
      note: clip(note.note, NOTE_BYTES),
      reportingController: FIELD_MANAGER,
      reportingInstance: instance.slice(0, 128),
      regarding: { apiVersion: API_VERSION, kind: KIND, namespace, name, uid },
    },
    seenAtMs: 0,
    lastWallMs: 0,
    count: 0,
    sentCount: 0,
    queued: 'no',
  };
}

/** A DNS subdomain of at most 253 characters. */
/** Starts with the time in fixed width, so that a listing by name, such as `kubectl describe`, is in order. */
function timedId(wallMs: number, id: string): string {
  return `${Math.floor(wallMs).toString(16).padStart(12, '0')}${id}`;
}

function eventName(object: string, id: string): string {
  return `${object.slice(0, 252 - id.length).replace(/[^a-z0-9]+$/, '')}.${id}`;
}

async function deliver(series: Series, options: EventRecorderOptions, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 1; attempt <= TRIES && !signal.aborted; attempt += 1) {
    try {
      const count = series.count;
      const taken = await send(series, options, signal);
      if (taken) series.sentCount = count;
      return taken;
    } catch (error) {
      const failure = error instanceof KubeFailure ? error.failure : undefined;
      options.log.debug({ event: series.name, code: failure?.code ?? 'aborted' }, 'event not sent');
      if (failure?.class !== 'transient' && failure?.class !== 'throttled') return false;
      const pauseMs = failure.retryAfterMs ?? backoffMs(attempt + 1, () => 0.5);
      await options.scheduler.sleep(pauseMs, signal);
    }
  }
  return false;
}

async function send(
  series: Series,
  { http, newId, scheduler }: EventRecorderOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(series.namespace)}/events`;
  const call = { query: { fieldManager: FIELD_MANAGER }, signal, timeoutMs: TIMEOUT_MS };
  if (series.sentCount > 0) {
    const body = { series: seriesOf(series) };
    const contentType = 'application/merge-patch+json';
    const patched = await http.request({
      ...call,
      method: 'PATCH',
      path: `${path}/${series.name}`,
      body,
      contentType,
    });
    if (patched.status !== 404) return patched.status < 300;
    // Events live an hour by default: start a new one, under a name that cannot meet the old one.
    series.name = series.name.replace(/[^.]+$/, timedId(scheduler.wall(), newId()));
  }
  const body = {
    ...series.body,
    metadata: { name: series.name, namespace: series.namespace },
    ...(series.count > 1 ? { series: seriesOf(series) } : {}),
  };
  const created = await http.request({ ...call, method: 'POST', path, body });
  // 409: an earlier try arrived although its answer was lost.
  return created.status < 300 || created.status === 409;
}

function seriesOf({ count, lastWallMs }: Series): JsonObject {
  return { count, lastObservedTime: microTime(lastWallMs) };
}
