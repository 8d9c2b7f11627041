// Keeps the simulator failing at a given rate: every request has the same small chance of an error, a throttle or a lost answer,
// writes a somewhat larger one.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultSpec, Simulator } from '../fakes/simulator/index.ts';

/** Of all requests; of modify calls on top of it. */
export const FAULT_SHARE = 0.01;
export const WRITE_FAULT_SHARE = 0.02;
const AHEAD = 20;
const REFILL_MS = 500;

const FAULTS: readonly FaultSpec[] = [
  { effect: { kind: 'respond', status: 500 }, phase: 'before' },
  { effect: { kind: 'respond', status: 502 }, phase: 'after' },
  { effect: { kind: 'respond', status: 503 }, phase: 'before' },
  { effect: { kind: 'html', status: 502 }, phase: 'after' },
  { effect: { kind: 'throttle', retryAfter: '2' } },
  { effect: { kind: 'throttle' } },
  { effect: { kind: 'reset' }, phase: 'before' },
  { effect: { kind: 'reset' }, phase: 'after' },
  { effect: { kind: 'hang' }, phase: 'before' },
  { effect: { kind: 'hang' }, phase: 'after' },
  { effect: { kind: 'garbage' } },
  { effect: { kind: 'empty' } },
  { effect: { kind: 'truncated', cut: 'text' } },
  { effect: { kind: 'truncated', cut: 'connection' } },
  { effect: { kind: 'none' }, answerDelayMs: 3_000 },
];
/** Only for writes: what is accepted when nobody waits for it any more, and an answer that names no job. */
const WRITE_FAULTS: readonly FaultSpec[] = [
  ...FAULTS,
  { effect: { kind: 'acceptLate', afterMs: 4_000 } },
  { effect: { kind: 'noJobId' } },
];

/** Ends, with no rule left, when the signal aborts. */
export async function injectFaults(
  cloud: Simulator,
  { random, signal }: { readonly random: () => number; readonly signal: AbortSignal },
): Promise<void> {
  const all = feeder(cloud, { random, share: FAULT_SHARE, faults: FAULTS });
  const writes = feeder(cloud, {
    random,
    share: WRITE_FAULT_SHARE,
    faults: WRITE_FAULTS.map((fault) => ({ ...fault, operation: 'modifyComponent' })),
  });
  while (!signal.aborted) {
    all();
    writes();
    await sleep(REFILL_MS, undefined, { signal }).catch(() => undefined);
  }
  cloud.faults.clear();
}

interface Feed {
  readonly random: () => number;
  readonly share: number;
  readonly faults: readonly FaultSpec[];
}

/** A rule counts from when it is added, so a batch is added at once, each at a distance from the one before. */
function feeder(cloud: Simulator, { random, share, faults }: Feed): () => void {
  let mine: readonly number[] = [];
  return () => {
    const open = new Set(cloud.faults.list().map(({ id }) => id));
    if (mine.some((id) => open.has(id))) return;
    let nth = 0;
    mine = Array.from({ length: AHEAD }, () => {
      nth += 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - share));
      return cloud.faults.add({ ...(faults[Math.floor(random() * faults.length)] ?? {}), nth });
    });
  };
}
