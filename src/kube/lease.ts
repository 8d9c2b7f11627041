// Leader election on a Lease, fenced by this process's own clock. Promises: `leading()` is false from the moment that
// `renewDeadlineMs` has passed since the last successful renewal was *sent*, whether or not any code ran in between
// (paused process, blocked loop); nobody else takes the lease before its duration has passed since *they* saw it change,
// so clocks of two machines are never compared. Losing the API server steps down and comes back without a restart.
// The epoch (leaseTransitions + 1) grows with every acquisition by anybody. `renewDeadlineMs` must be below
// `leaseDurationMs`; identities must be unique per process start.
//
//   standby --(free, released, or unchanged for its duration; write wins)--> leading --(deadline, holder changed)--> standby
//                                                                           leading --(stop)--> released
import { KubeFailure } from './failure.ts';
import type { KubeHttp } from './http.ts';
import { createLeaseClient, type LeaseClient, type LeaseRecord } from './lease-record.ts';
import { createLeaseReport } from './lease-report.ts';
import { microTime, type Scheduler } from './scheduler.ts';
import type { Log, Random } from './types.ts';

/** A standby looks this often, plus up to half of it: a released lease is taken within a second. */
const STANDBY_POLL_MS = 500;
const RENEW_MS = 2_000;
const RELEASE_TIMEOUT_MS = 2_000;
const CALL_TIMEOUT_MS = 5_000;
const RELEASED_DURATION_MS = 1_000;

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

interface Held {
  readonly record: LeaseRecord;
  /** When the renewal that brought `record` was sent, monotonic ms. */
  readonly sentAtMs: number;
}

interface Observed {
  readonly record: LeaseRecord;
  /** When this record was first seen, monotonic ms. */
  readonly sinceMs: number;
}

/** Takes part in the election of `namespace/name`; nothing is sent before `run`. */
export function createLeadership(options: LeadershipOptions): Leadership {
  const { http, namespace, name, renewDeadlineMs, scheduler, onChange } = options;
  const client = createLeaseClient(http, namespace, name);
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
  const leftMs = (): number =>
    held === undefined ? Number.POSITIVE_INFINITY : held.sentAtMs + renewDeadlineMs - scheduler.now();
  const pass = async (signal: AbortSignal): Promise<number> => {
    if (held === undefined) {
      const taken = await acquire({ client, options, look, epoch, signal });
      turn(taken);
      return taken === undefined ? standbyPauseMs(options) : renewPauseMs(options);
    }
    const next = await renew({ client, options, held, leftMs: leftMs(), signal });
    turn(next);
    return next === undefined ? 0 : renewPauseMs(options);
  };

  return {
    leading: () => held !== undefined && leftMs() > 0,
    epoch: () => epoch,
    run: async (signal) => {
      const report = createLeaseReport(options);
      while (!signal.aborted) {
        if (leftMs() <= 0) turn(undefined);
        const pauseMs = await report(() => pass(signal), signal);
        // A pause near the deadline must not oversleep it.
        await scheduler.sleep(Math.max(0, Math.min(pauseMs, leftMs())), signal);
      }
      const last = held;
      turn(undefined);
      if (last !== undefined) await release(client, options, last);
    },
  };
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

interface Acquisition {
  readonly client: LeaseClient;
  readonly options: LeadershipOptions;
  readonly look: (record: LeaseRecord) => Observed;
  /** Of the last leadership of this process; the next is above it even if the Lease was deleted. */
  readonly epoch: number;
  readonly signal: AbortSignal;
}

async function acquire({ client, options, look, epoch, signal }: Acquisition): Promise<Held | undefined> {
  const { scheduler, identity, leaseDurationMs } = options;
  const over = await client.read(signal, CALL_TIMEOUT_MS);
  if (over !== undefined) {
    const { sinceMs } = look(over);
    const ranOut = scheduler.now() - sinceMs > Math.max(over.durationMs, leaseDurationMs);
    if (over.holder !== '' && over.holder !== identity && !ranOut) return undefined;
  }
  const sentAtMs = scheduler.now();
  const renewWallMs = scheduler.wall();
  const transitions = Math.max(over === undefined ? 0 : over.transitions + 1, epoch);
  const acquireTime = microTime(renewWallMs);
  const spec = { holder: identity, durationMs: leaseDurationMs, transitions, renewWallMs, acquireTime };
  const record = await client.write({ spec, over, signal, timeoutMs: CALL_TIMEOUT_MS });
  return record === 'lost' ? undefined : { record, sentAtMs };
}

interface Renewal {
  readonly client: LeaseClient;
  readonly options: LeadershipOptions;
  readonly held: Held;
  readonly leftMs: number;
  readonly signal: AbortSignal;
}

/** The lease held on, or undefined when somebody else has it. */
async function renew({ client, options, held, leftMs, signal }: Renewal): Promise<Held | undefined> {
  const { scheduler, identity, leaseDurationMs } = options;
  const { record: over } = held;
  const sentAtMs = scheduler.now();
  const timeoutMs = Math.min(CALL_TIMEOUT_MS, leftMs);
  const { transitions, acquireTime } = over;
  const spec = {
    holder: identity,
    durationMs: leaseDurationMs,
    transitions,
    renewWallMs: scheduler.wall(),
    acquireTime,
  };
  const record = await client.write({ spec, over, signal, timeoutMs });
  if (record !== 'lost') return { record, sentAtMs };
  // Perhaps it was our own earlier renewal whose answer was lost: then the lease is still ours, with its old age.
  const now = await client.read(signal, timeoutMs);
  const ours = now !== undefined && now.holder === identity && now.transitions === transitions;
  return ours ? { record: now, sentAtMs: held.sentAtMs } : undefined;
}

async function release(client: LeaseClient, options: LeadershipOptions, held: Held): Promise<void> {
  const { identity, scheduler, log } = options;
  const { signal } = new AbortController();
  const { transitions, acquireTime } = held.record;
  let over: LeaseRecord | undefined = held.record;
  try {
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const spec = {
        holder: '',
        durationMs: RELEASED_DURATION_MS,
        transitions,
        renewWallMs: scheduler.wall(),
        acquireTime,
      };
      const written = await client.write({ spec, over, signal, timeoutMs: RELEASE_TIMEOUT_MS });
      if (written !== 'lost') return log.info({}, 'lease released');
      over = await client.read(signal, RELEASE_TIMEOUT_MS);
      if (over?.holder !== identity) return;
    }
  } catch (error) {
    if (!(error instanceof KubeFailure)) throw error;
    log.warn({ failure: error.failure }, 'lease not released; it runs out by itself');
  }
}

function standbyPauseMs({ random }: LeadershipOptions): number {
  return STANDBY_POLL_MS * (1 + 0.5 * random());
}

function renewPauseMs({ renewDeadlineMs, random }: LeadershipOptions): number {
  return Math.min(RENEW_MS, renewDeadlineMs / 4) * (0.9 + 0.2 * random());
}
