// Leader election on a Lease, fenced by this process's own clock. Promises: `leading()` is false from the moment that
// `renewDeadlineMs` has passed since the last successful renewal was *sent*, whether or not any code ran in between
// (paused process, blocked loop); nobody else takes the lease before its duration has passed since *they* saw it change,
// so clocks of two machines are never compared. Losing the API server steps down and comes back without a restart.
// The epoch (leaseTransitions + 1) grows with every acquisition by anybody. `renewDeadlineMs` must be below
// `leaseDurationMs`; identities must be unique per process start.
//
//   standby --(free, released, or unchanged for its duration; write wins)--> leading --(deadline, holder changed)--> standby
//                                                                           leading --(stop)--> released
import type { KubeHttp } from './http.ts';
import { createLeaseClient, type LeaseRecord } from './lease-record.ts';
import { createLeaseReport } from './lease-report.ts';
import { acquire, type Candidate, type Held, leftMs, type Observed, release, renew } from './lease-steps.ts';
import { createLeaseWatch, type LeaseWatch } from './lease-watch.ts';
import type { Scheduler } from './scheduler.ts';
import type { Log, Random } from './types.ts';

/** A standby that cannot watch looks this often, plus up to half of it: a released lease is taken within a second. */
const STANDBY_POLL_MS = 500;
const RENEW_MS = 2_000;
/** A leader renews more often than this; when nothing of it is heard, a standby looks for itself. */
const QUIET_MS = 5_000;

export interface LeadershipOptions {
  readonly http: KubeHttp;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  /** Told of each change that the loop notices; `leading()` may be false earlier. */
  readonly onChange?: (change: { readonly role: 'leading' | 'standby'; readonly epoch: number }) => void;
}

export interface Leadership {
  /** Takes part until the signal aborts, then releases the lease. */
  run(signal: AbortSignal): Promise<void>;
  leading(): boolean;
  /** Number of the present or last leadership of this process; 0 before the first. */
  epoch(): number;
}

/** Takes part in the election of `namespace/name`; nothing is sent before `run`. */
export function createLeadership(options: LeadershipOptions): Leadership {
  const { http, namespace, name, renewDeadlineMs, scheduler, onChange } = options;
  const candidate: Candidate = { ...options, client: createLeaseClient(http, namespace, name) };
  const watch = createLeaseWatch(options);
  let held: Held | undefined;
  let seen: Observed | undefined;
  let epoch = 0;

  const turn = (next: Held | undefined): void => {
    const before = held;
    held = next;
    if (next !== undefined) epoch = next.record.transitions + 1;
    if ((before === undefined) === (next === undefined)) return;
    onChange?.({ role: next === undefined ? 'standby' : 'leading', epoch });
  };
  const look = (record: LeaseRecord): Observed => {
    const same = seen?.record.resourceVersion === record.resourceVersion;
    seen = same && seen !== undefined ? seen : { record, sinceMs: scheduler.now() };
    return seen;
  };
  const leadsForMs = (): number =>
    held === undefined ? Number.POSITIVE_INFINITY : held.sentAtMs + renewDeadlineMs - scheduler.now();
  const pass = async (signal: AbortSignal): Promise<number> => {
    if (held !== undefined) {
      const next = await renew(candidate, { held, leftMs: leadsForMs(), signal });
      // Ran out while the answer was on its way: who asked meanwhile was told no, and has to be told that it is over.
      if (leadsForMs() <= 0) turn(undefined);
      turn(next);
      return held === undefined ? 0 : renewPauseMs(options);
    }
    turn(await acquire(candidate, { look, epoch, signal }));
    if (held !== undefined) return renewPauseMs(options);
    return (await standBy(candidate, { watch, seen, look, signal })) === 'look' ? 0 : standbyPauseMs(options);
  };

  return {
    leading: () => held !== undefined && leadsForMs() > 0,
    epoch: () => epoch,
    run: async (signal) => {
      const report = createLeaseReport(options);
      while (!signal.aborted) {
        if (leadsForMs() <= 0) turn(undefined);
        const pauseMs = await report(() => pass(signal), signal);
        // A pause near the deadline must not oversleep it.
        await scheduler.sleep(Math.max(0, Math.min(pauseMs, leadsForMs())), signal);
      }
      const last = held;
      turn(undefined);
      if (last !== undefined) await release(candidate, last);
    },
  };
}

interface StandingBy {
  readonly watch: LeaseWatch;
  /** The Lease as it was last seen; undefined when there was none. */
  readonly seen: Observed | undefined;
  readonly look: (record: LeaseRecord) => Observed;
  readonly signal: AbortSignal;
}

/** Waits until the lease of somebody else is worth a look: free, run out, or silent. `ended`: that cannot be waited for. */
async function standBy(
  candidate: Candidate,
  { watch, seen, look, signal }: StandingBy,
): Promise<'look' | 'ended'> {
  const ms = seen === undefined ? 0 : leftMs(seen, candidate);
  // Free, and yet not ours: somebody else was faster.
  if (seen === undefined || seen.record.holder === '' || ms <= 0) return 'ended';
  return watch.listen({
    since: seen.record.resourceVersion,
    quietMs: Math.min(QUIET_MS, ms),
    heard: (record) => void look(record),
    signal,
  });
}

/** The leadership of a process that runs without election. */
export function alwaysLeading(): Leadership {
  return {
    leading: () => true,
    epoch: () => 1,
    run: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
}

function standbyPauseMs({ random }: LeadershipOptions): number {
  return STANDBY_POLL_MS * (1 + 0.5 * random());
}

function renewPauseMs({ renewDeadlineMs, random }: LeadershipOptions): number {
  return Math.min(RENEW_MS, renewDeadlineMs / 4) * (0.9 + 0.2 * random());
}
