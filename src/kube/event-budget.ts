// How many events one object may cause: a burst, then a slow refill, so that a flapping object cannot flood etcd.
// Remembers a bounded number of objects; a forgotten one starts with a full bucket again.

const BURST = 25;
const REFILL_MS = 300_000;
const OBJECTS_MAX = 4_096;

export interface EventBudget {
  /** Takes one token of `uid` at monotonic `nowMs`; `spent` when there is none. */
  take(uid: string, nowMs: number): 'granted' | 'spent';
}

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** 25 events at once per object, one more each 5 minutes. */
export function createEventBudget(): EventBudget {
  const buckets = new Map<string, Bucket>();
  return {
    take: (uid, nowMs) => {
      const bucket = buckets.get(uid) ?? { tokens: BURST, atMs: nowMs };
      const refilled = Math.floor((nowMs - bucket.atMs) / REFILL_MS);
      const tokens = Math.min(BURST, bucket.tokens + refilled);
      const atMs = tokens === BURST ? nowMs : bucket.atMs + refilled * REFILL_MS;
      // Deleted first, so that the map stays ordered by last use.
      buckets.delete(uid);
      buckets.set(uid, { tokens: Math.max(0, tokens - 1), atMs });
      const oldest = buckets.size > OBJECTS_MAX ? buckets.keys().next().value : undefined;
      if (oldest !== undefined) buckets.delete(oldest);
      return tokens > 0 ? 'granted' : 'spent';
    },
  };
}
