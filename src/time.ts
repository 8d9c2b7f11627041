// The machine's own clocks and timers, for the parts that take a time as a value.
import type { Time } from './controller/ports.ts';

export const systemTime: Time = {
  now: () => ({ wall: Date.now(), mono: performance.now() }),
  after: (ms, run) => {
    // Timers of Node end at 2^31-1 ms; a longer wait is woken early, which costs one look.
    const timer = setTimeout(run, Math.min(ms, 2_000_000_000));
    return () => clearTimeout(timer);
  },
};
