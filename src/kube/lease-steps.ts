// The three writes of an election: take the Lease, renew it, release it. Each goes over the version that was read, so of
// two candidates one gets a conflict. When to do which is the loop's to decide (`lease.ts`).
import { KubeFailure } from './failure.ts';
import type { LeaseClient, LeaseRecord } from './lease-record.ts';
import { microTime, type Scheduler } from './scheduler.ts';
import type { Log } from './types.ts';

export const CALL_TIMEOUT_MS = 5_000;
const RELEASE_TIMEOUT_MS = 2_000;
const RELEASED_DURATION_MS = 1_000;

export interface Candidate {
  readonly client: LeaseClient;
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

export interface Held {
  readonly record: LeaseRecord;
  /** When the renewal that brought `record` was sent, monotonic ms. */
  readonly sentAtMs: number;
}

export interface Observed {
  readonly record: LeaseRecord;
  /** When this record was first seen, monotonic ms. */
  readonly sinceMs: number;
}

/** Ms until the lease of somebody else has run out by this process's clock; 0 or less when it has. */
export function leftMs({ record, sinceMs }: Observed, { scheduler, leaseDurationMs }: Candidate): number {
  // A whole duration has to pass, and a little more.
  return sinceMs + Math.max(record.durationMs, leaseDurationMs) + 1 - scheduler.now();
}

interface Acquisition {
  readonly look: (record: LeaseRecord) => Observed;
  /** Of the last leadership of this process; the next is above it even if the Lease was deleted. */
  readonly epoch: number;
  readonly signal: AbortSignal;
}

/** The lease, or undefined when somebody else has it. */
export async function acquire(
  candidate: Candidate,
  { look, epoch, signal }: Acquisition,
): Promise<Held | undefined> {
  const { client, identity, scheduler, leaseDurationMs } = candidate;
  const over = await client.read(signal, CALL_TIMEOUT_MS);
  if (over !== undefined) {
    const observed = look(over);
    if (over.holder !== '' && over.holder !== identity && leftMs(observed, candidate) > 0) return undefined;
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
  readonly held: Held;
  readonly leftMs: number;
  readonly signal: AbortSignal;
}

/** The lease held on, or undefined when somebody else has it. */
export async function renew(candidate: Candidate, renewal: Renewal): Promise<Held | undefined> {
  const { client, identity, scheduler, leaseDurationMs } = candidate;
  const { held, signal } = renewal;
  const { record: over } = held;
  const sentAtMs = scheduler.now();
  const timeoutMs = Math.min(CALL_TIMEOUT_MS, renewal.leftMs);
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

/** Leaves the Lease without a holder, unless somebody else has it. */
export async function release(candidate: Candidate, held: Held): Promise<void> {
  const { client, identity, scheduler, log } = candidate;
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
