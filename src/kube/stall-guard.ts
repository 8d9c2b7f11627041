// Notices a stream that gives neither a line nor an end. One pending timer per stream, whatever its rate. Time during
// which the reader itself is busy with a line does not count.
import type { Scheduler } from './scheduler.ts';

export interface StallGuard {
  /** A line is being handled: the clock stands. */
  hold(): void;
  /** Waiting for the next line: the clock starts again from zero. */
  release(): void;
  stalled(): boolean;
  stop(): void;
}

/** Calls `onStall` once after `stallMs` of waiting, counted from now or from the last `release`. */
export function startStallGuard(scheduler: Scheduler, stallMs: number, onStall: () => void): StallGuard {
  const stop = new AbortController();
  let since = scheduler.now();
  let held = false;
  let stalled = false;
  const watchdog = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const leftMs = held ? stallMs : since + stallMs - scheduler.now();
      if (leftMs <= 0) {
        stalled = true;
        return onStall();
      }
      await scheduler.sleep(leftMs, stop.signal);
    }
  };
  void watchdog();
  return {
    hold: () => {
      held = true;
    },
    release: () => {
      held = false;
      since = scheduler.now();
    },
    stalled: () => stalled,
    stop: () => stop.abort(),
  };
}
