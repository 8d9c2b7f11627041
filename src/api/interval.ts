// The text form of durations in a spec, as Go writes them: 90s, 10m, 1h30m, 500ms.

export const INTERVAL_PATTERN = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$';
export const DEFAULT_INTERVAL = '10m';
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** Longest time that a Go duration can hold (2^63-1 ns); the API server refuses what lies beyond. */
const LONGEST_MS = 9_223_372_036_854;

/** Milliseconds of a checked `spec.interval`, absent = the default. Throws a TypeError for text that is no duration. */
export function intervalMs(text: string = DEFAULT_INTERVAL): number {
  const ms = parseInterval(text);
  if (ms === undefined) throw new TypeError('not a duration such as 10m');
  return ms;
}

/** Milliseconds, or undefined for text that is no duration. */
export function parseInterval(text: string): number | undefined {
  if (!new RegExp(INTERVAL_PATTERN).test(text)) return undefined;
  const parts = text.matchAll(/([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)/g);
  const ms = [...parts].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS],
    0,
  );
  return ms <= LONGEST_MS ? ms : undefined;
}
