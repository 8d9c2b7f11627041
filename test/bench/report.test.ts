// The arithmetic of the benchmark. Its numbers are no test: they depend on the machine.
import { describe, expect, it } from 'vitest';
import { percentile, spreadOfAll } from './report.ts';

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('of 1 to 100 at %d is %d', (share, want) => {
    expect(percentile(hundred, share)).toBe(want);
  });

  it('of one value is that value', () => {
    expect(spreadOfAll([7])).toEqual({ p50: 7, p99: 7, max: 7 });
  });

  it('of few values is no smaller than what it claims: p99 of ten is the largest', () => {
    expect(spreadOfAll([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toEqual({ p50: 5, p99: 10, max: 10 });
  });

  it('of nothing does not exist', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });
});
