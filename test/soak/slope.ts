// What a series of samples says: its slope by least squares, its level, its extremes. Pure.

export interface Point {
  /** Epoch ms. */
  readonly atMs: number;
  readonly value: number;
}

const HOUR_MS = 3_600_000;

/** Change per hour by least squares; 0 for fewer than two points or a single moment. */
export function slopePerHour(points: readonly Point[]): number {
  const middleMs = mean(points.map(({ atMs }) => atMs));
  const level = mean(points.map(({ value }) => value));
  let above = 0;
  let below = 0;
  for (const { atMs, value } of points) {
    above += (atMs - middleMs) * (value - level);
    below += (atMs - middleMs) ** 2;
  }
  return below === 0 ? 0 : (above / below) * HOUR_MS;
}

/** The arithmetic mean; 0 for no values. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The smallest value that at least `share` of the values do not exceed; 0 for no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
