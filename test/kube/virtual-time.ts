// Schedulers for tests. `createVirtualTime` stands still until it is advanced, so that 14 silent seconds take none;
// `fastScheduler` runs real timers a hundred times faster, for tests that need many real connections.
import { setTimeout as delay } from 'node:timers/promises';
import type { Scheduler } from '../../src/kube/scheduler.ts';

export interface VirtualTime extends Scheduler {
  /** Moves on by `ms`, waking sleepers in order; lets real sockets catch up between two of them. */
  advance(ms: number): Promise<void>;
  /** Shifts the wall clock only. */
  shiftWall(ms: number): void;
  sleepers(): readonly number[];
  /** Time stands while this is true: something real is still under way. */
  holdWhile(busy: () => boolean): void;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export function createVirtualTime(start = 1_000_000): VirtualTime {
  let now = start;
  let skew = 0;
  const sleepers = new Set<Sleeper>();
  const holds: (() => boolean)[] = [];
  const settled = async (): Promise<void> => {
    await settle();
    const end = performance.now() + 2_000;
    while (holds.some((busy) => busy()) && performance.now() < end) await settle();
  };
  return {
    now: () => now,
    wall: () => Date.UTC(2030, 0, 1) + now - start + skew,
    holdWhile: (busy) => void holds.push(busy),
    shiftWall: (ms) => {
      skew += ms;
    },
    sleepers: () => [...sleepers].map(({ at }) => at - now).sort((a, b) => a - b),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const sleeper: Sleeper = {
          at: now + Math.max(0, ms),
          wake: () => {
            sleepers.delete(sleeper);
            signal.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal.addEventListener('abort', sleeper.wake, { once: true });
        return undefined;
      }),
    advance: async (ms) => {
      const end = now + ms;
      await settled();
      for (;;) {
        const due = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        now = Math.max(now, due.at);
        due.wake();
        await settled();
      }
      now = end;
      await settled();
    },
  };
}

/** Real time, a hundred times faster. */
export const fastScheduler: Scheduler = {
  now: () => performance.now() * 100,
  wall: () => Date.now(),
  sleep: async (ms, signal) => {
    if (!signal.aborted) await delay(ms / 100, undefined, { signal }).catch(() => undefined);
  },
};

/** Lets loopback sockets and promises run for about two milliseconds. */
export async function settle(): Promise<void> {
  await delay(1);
  await new Promise<void>((resolve) => setImmediate(resolve));
  await delay(1);
}

/** Waits in real time until `condition` holds. */
export async function until(condition: () => boolean, what = 'condition'): Promise<void> {
  const end = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not reached: ${what}`);
    await delay(2);
  }
}
