// Time that stands still until a test moves it. Timers fire in order of their due time, equal ones in the order they were set.
import type { Time } from '../../src/controller/ports.ts';
import { START_WALL } from '../support/make.ts';

interface Timer {
  readonly dueMono: number;
  readonly run: () => void;
}

export interface ManualTime extends Time {
  advance(ms: number): void;
  /** Timers that are set. */
  pending(): number;
}

export function createManualTime(): ManualTime {
  const timers = new Set<Timer>();
  let mono = 0;
  const nextDue = (until: number): Timer | undefined =>
    [...timers]
      .filter(({ dueMono }) => dueMono <= until)
      .reduce<Timer | undefined>(
        (first, each) => (first && first.dueMono <= each.dueMono ? first : each),
        undefined,
      );
  return {
    now: () => ({ wall: START_WALL + mono, mono }),
    after: (ms, run) => {
      const timer = { dueMono: mono + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      const until = mono + ms;
      for (let due = nextDue(until); due !== undefined; due = nextDue(until)) {
        timers.delete(due);
        mono = Math.max(mono, due.dueMono);
        due.run();
      }
      mono = until;
    },
    pending: () => timers.size,
  };
}
