import { expect, it } from 'vitest';
import { Budget, PACE } from '../../src/controller/budget.ts';

const FULL = PACE.fullPerSecond;
const BURST = FULL * PACE.burstSeconds;

/** How many calls leave in `[fromMono, untilMono)` when somebody asks every 10 ms, twice each time. */
function passed(budget: Budget, fromMono: number, untilMono: number): number {
  let count = 0;
  for (let mono = fromMono; mono < untilMono; mono += 10) {
    for (let i = 0; i < 2; i += 1) if (budget.take(mono)) count += 1;
  }
  return count;
}

/** Takes all that is there. */
function empty(budget: Budget, mono: number): void {
  while (budget.take(mono));
}

it('lets a burst go at once, then the full rate', () => {
  const budget = new Budget();
  const burst = Array.from({ length: BURST + 5 }, () => budget.take(0)).filter(Boolean);
  expect(burst).toHaveLength(BURST);
  expect(passed(budget, 10, 10_010)).toBe(10 * FULL);
});

it('saves no more than a burst however long it rests', () => {
  const budget = new Budget();
  empty(budget, 0);
  let taken = 0;
  while (budget.take(86_400_000)) taken += 1;
  expect(taken).toBe(BURST);
});

it.each([
  { name: 'the time that Retry-After gives', retryAfterMs: 7_000, wantMs: 7_000 },
  { name: 'a second when it is not said', retryAfterMs: undefined, wantMs: PACE.unsaidMs },
])('is closed for $name, to the millisecond', ({ retryAfterMs, wantMs }) => {
  const budget = new Budget();
  budget.refused(retryAfterMs, 100);
  expect(budget.closedMs(100)).toBe(wantMs);
  expect(budget.take(100 + wantMs - 1)).toBe(false);
  expect(budget.take(100 + wantMs)).toBe(true);
});

it('opens with one call and no burst', () => {
  const budget = new Budget();
  budget.refused(7_000, 0);
  const taken = Array.from({ length: 20 }, () => budget.take(7_000)).filter(Boolean);
  expect(taken).toHaveLength(1);
});

it('keeps the longest of several pauses', () => {
  const budget = new Budget();
  budget.refused(7_000, 0);
  budget.refused(1_000, 10);
  budget.pause(2_000, 20);
  expect(budget.closedMs(20)).toBe(6_980);
});

it('halves the rate once for refusals that come together, again for later ones, down to the floor', () => {
  const budget = new Budget();
  for (let i = 0; i < 10; i += 1) budget.refused(0, i);
  expect(budget.perSecond(10)).toBeCloseTo(FULL / 2, 1);
  budget.refused(0, 1_010);
  expect(budget.perSecond(1_010)).toBeCloseTo(FULL / 4, 0);
  for (let mono = 2_100; mono < 40_000; mono += 1_000) budget.refused(0, mono);
  expect(budget.perSecond(39_100)).toBeCloseTo(PACE.floorPerSecond, 0);
  expect(budget.perSecond(39_100)).toBeGreaterThanOrEqual(PACE.floorPerSecond);
});

it('does not halve for a pause that was no refusal', () => {
  const budget = new Budget();
  budget.pause(3_000, 0);
  expect(budget.take(2_999)).toBe(false);
  expect(budget.perSecond(3_000)).toBe(FULL);
});

it('gives the rate back bit by bit, counted from the end of the pause, and never more than the full one', () => {
  const budget = new Budget();
  budget.refused(10_000, 0);
  expect(budget.perSecond(10_000)).toBe(FULL / 2);
  expect(budget.slowed(10_000)).toBe(true);
  expect(budget.perSecond(110_000)).toBeCloseTo(FULL / 2 + 100 * PACE.regainPerSecond, 6);
  expect(budget.perSecond(86_400_000)).toBe(FULL);
  expect(budget.slowed(86_400_000)).toBe(false);
});

it('lets a write borrow, which the calls after it pay back', () => {
  const budget = new Budget();
  empty(budget, 0);
  for (let i = 0; i < 9; i += 1) budget.borrow(0);
  expect(budget.waitMs(1, 0)).toBeCloseTo((10 / FULL) * 1_000, 6);
  expect(budget.take(99)).toBe(false);
  expect(budget.take(100)).toBe(true);
});

it('says when the call at a place has its token', () => {
  const budget = new Budget();
  empty(budget, 0);
  expect([1, 2, 50].map((place) => budget.waitMs(place, 0))).toEqual([10, 20, 500]);
  budget.pause(2_000, 0);
  expect(budget.waitMs(1, 0)).toBeCloseTo(2_010, 6);
});

it('uses only the share that it may', () => {
  let share = 0.01;
  const budget = new Budget(() => share);
  empty(budget, 0);
  expect(passed(budget, 10, 10_010)).toBeLessThanOrEqual(12);
  share = 0.5;
  expect(budget.perSecond(10_010)).toBe(FULL / 2);
  expect(budget.slowed(10_010)).toBe(true);
  share = 1;
  expect(budget.slowed(10_010)).toBe(false);
});
