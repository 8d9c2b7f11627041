// The ear of a standby: waits on a watch of the Lease until there is a reason to look at it. Promises: a wait ends at once
// when the Lease is released or deleted, and within `quietMs` of the last line whatever the server does, so a deaf stream
// costs no more than that. What is heard is a hint only: a Lease is taken by a write over the version that was read.
// Where the Lease may not be watched, that is said once, tried again each minute, and the caller polls meanwhile.
import { decodeLine, linesOf } from './decode.ts';
import { KubeFailure } from './failure.ts';
import type { KubeHttp } from './http.ts';
import { type LeaseRecord, leasesPath, recordOf } from './lease-record.ts';
import type { Scheduler } from './scheduler.ts';
import { type StallGuard, startStallGuard } from './stall-guard.ts';
import type { Log } from './types.ts';

const FORBIDDEN_PAUSE_MS = 60_000;
/** Longer than any wait needs; it bounds a watch that the server would keep open for nobody. */
const STREAM_SECONDS = '300';

export interface LeaseWatchOptions {
  readonly http: KubeHttp;
  readonly namespace: string;
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

export interface Listening {
  /** resourceVersion of the record that is known. */
  readonly since: string;
  readonly quietMs: number;
  readonly heard: (record: LeaseRecord) => void;
  readonly signal: AbortSignal;
}

export interface LeaseWatch {
  /** `look`: it is time to look. `ended`: nothing can be heard now. Never throws for what the server does. */
  listen(listening: Listening): Promise<'look' | 'ended'>;
}

/** A watch of the Lease `namespace/name`; nothing is sent before `listen`. */
export function createLeaseWatch(options: LeaseWatchOptions): LeaseWatch {
  const { namespace, scheduler, log } = options;
  let forbiddenUntilMs = Number.NEGATIVE_INFINITY;
  return {
    listen: async (listening) => {
      if (scheduler.now() < forbiddenUntilMs) return 'ended';
      try {
        return await listen(options, listening);
      } catch (error) {
        if (listening.signal.aborted) return 'ended';
        if (!(error instanceof KubeFailure)) throw error;
        if (error.failure.class !== 'permission') return 'ended';
        if (forbiddenUntilMs === Number.NEGATIVE_INFINITY)
          log.warn(
            { failure: error.failure },
            `the Lease is polled, since it may not be watched: grant watch on leases.coordination.k8s.io in namespace ${namespace}`,
          );
        forbiddenUntilMs = scheduler.now() + FORBIDDEN_PAUSE_MS;
        return 'ended';
      }
    },
  };
}

async function listen(options: LeaseWatchOptions, listening: Listening): Promise<'look' | 'ended'> {
  const { http, namespace, name, scheduler } = options;
  const { since, quietMs, signal } = listening;
  let cut = (): void => undefined;
  const guard = startStallGuard(scheduler, quietMs, () => cut());
  try {
    const stream = await http.stream({
      method: 'GET',
      path: leasesPath(namespace),
      query: {
        watch: 'true',
        fieldSelector: `metadata.name=${name}`,
        resourceVersion: since,
        timeoutSeconds: STREAM_SECONDS,
      },
      signal,
      timeoutMs: quietMs,
    });
    if (stream.kind === 'answer') return 'ended';
    cut = stream.cut;
    if (guard.stalled()) return 'look';
    const end = await readLines(stream.chunks, guard, listening);
    return guard.stalled() ? 'look' : end;
  } catch (error) {
    if (guard.stalled() && !signal.aborted) return 'look';
    throw error;
  } finally {
    guard.stop();
    cut();
  }
}

async function readLines(
  chunks: AsyncIterable<Buffer>,
  guard: StallGuard,
  { heard }: Listening,
): Promise<'look' | 'ended'> {
  for await (const { text, complete } of linesOf(chunks)) {
    const line = complete === 'yes' ? decodeLine(text) : { kind: 'garbage' as const };
    if (line.kind === 'deleted') return 'look';
    if (line.kind !== 'applied') return 'ended';
    const record = recordOf(line.object.metadata.resourceVersion, line.object.spec);
    heard(record);
    if (record.holder === '') return 'look';
    guard.release();
  }
  return 'ended';
}
