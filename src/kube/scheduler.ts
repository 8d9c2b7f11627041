// Time of the cluster side, as one value that tests replace. `now` never jumps and is the only clock that judgements
// use; `wall` is written into objects for people; `sleep` ends early, without throwing, when its signal aborts.
import { setTimeout as delay } from 'node:timers/promises';

export interface Scheduler {
  /** Monotonic milliseconds. */
  now(): number;
  /** Epoch milliseconds. */
  wall(): number;
  /** Resolves after `ms` or as soon as `signal` aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own clocks and timers. */
export const systemScheduler: Scheduler = {
  now: () => performance.now(),
  wall: () => Date.now(),
  sleep: async (ms, signal) => {
    if (signal.aborted) return;
    await delay(ms, undefined, { signal }).catch(() => undefined);
  },
};

/** A signal that aborts with its parent or when the time is up; `clear` must be called at the end of the work. */
export interface Deadline {
  readonly signal: AbortSignal;
  expired(): boolean;
  /** Aborts now, for a reason of the owner's. */
  cut(): void;
  clear(): void;
}

/** A deadline of `ms` under `parent`. Listeners and timer are gone after `clear`, so long-lived parents do not collect them. */
export function createDeadline(parent: AbortSignal, ms: number, scheduler: Scheduler): Deadline {
  const work = new AbortController();
  const timer = new AbortController();
  let expired = false;
  const onParent = (): void => work.abort(parent.reason);
  if (parent.aborted) onParent();
  else parent.addEventListener('abort', onParent, { once: true });
  void scheduler.sleep(ms, timer.signal).then(() => {
    if (timer.signal.aborted || work.signal.aborted) return;
    expired = true;
    work.abort();
  });
  return {
    signal: work.signal,
    expired: () => expired,
    cut: () => work.abort(),
    clear: () => {
      parent.removeEventListener('abort', onParent);
      timer.abort();
    },
  };
}

/** The form of time in Events and Leases: six digits are required. */
export function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}
