// When to look again after a failure.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelayMs, spreadOf } from '../../src/core/delay.ts';
import type { FailureClass } from '../../src/core/types.ts';

const NEARLY_ONE = 1 - 2 ** -32;
const CLASSES: readonly FailureClass[] = [
  'transient',
  'throttled',
  'permanent',
  'unknownOutcome',
  'credentials',
  'permission',
  'configuration',
];

describe('retryDelayMs', () => {
  it.each<[FailureClass, readonly number[]]>([
    ['transient', [1_000, 2_000, 4_000, 60_000]],
    ['throttled', [5_000, 10_000, 20_000, 300_000]],
    ['permanent', [60_000, 120_000, 240_000, 300_000]],
    ['unknownOutcome', [5_000, 10_000, 20_000, 60_000]],
    ['credentials', [30_000, 30_000, 30_000, 30_000]],
    ['permission', [30_000, 60_000, 120_000, 300_000]],
    ['configuration', [30_000, 60_000, 120_000, 300_000]],
  ])('doubles a %s failure up to its cap', (failureClass, steps) => {
    const delays = [1, 2, 3, 1_000].map((attempt) =>
      retryDelayMs({ class: failureClass }, attempt, NEARLY_ONE),
    );
    expect(delays).toEqual(steps);
  });

  it('spreads resources over the upper half of the step', () => {
    expect(retryDelayMs({ class: 'transient' }, 1, 0)).toBe(500);
    expect(retryDelayMs({ class: 'transient' }, 1, 0.5)).toBe(750);
  });

  it('waits as long as the service asks for, and no shorter than its own step', () => {
    expect(retryDelayMs({ class: 'throttled', retryAfterMs: 90_000 }, 1, 0)).toBe(90_000);
    expect(retryDelayMs({ class: 'throttled', retryAfterMs: 1 }, 1, 0)).toBe(2_500);
  });

  it('never shrinks from one attempt to the next, and is never endless', () => {
    const spread = fc.double({ min: 0, max: NEARLY_ONE, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...CLASSES), fc.integer({ min: 1, max: 10_000 }), spread, (cls, n, s) => {
        const [one, next] = [retryDelayMs({ class: cls }, n, s), retryDelayMs({ class: cls }, n + 1, s)];
        expect(one).toBeGreaterThan(0);
        expect(next).toBeGreaterThanOrEqual(one);
        expect(next).toBeLessThanOrEqual(300_000);
      }),
    );
  });
});

describe('spreadOf', () => {
  it('is the same number in [0, 1) for the same text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const spread = spreadOf(text);
        expect(spread).toBe(spreadOf(text));
        expect(spread >= 0 && spread < 1).toBe(true);
      }),
    );
  });

  it('scatters neighbours: of a thousand names each tenth of the range gets its share', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 1_000; n += 1) {
      const tenth = Math.floor(spreadOf(`shop/weather-${n}`) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(30);
    expect(Math.max(...tenths)).toBeLessThan(200);
  });
});
