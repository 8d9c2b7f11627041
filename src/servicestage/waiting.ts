// Small helpers for shared work: waiting with a signal, and maps that cannot grow without bound.

const MAX_ENTRIES = 1_000;

/** The promise's result, or the signal's reason when it fires first. The work itself goes on. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Shared work may fail with nobody left to hear it; that must not end the process.
  work.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Sets the entry as the newest; beyond 1,000 the oldest goes. */
export function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MAX_ENTRIES) return;
    map.delete(oldest);
  }
}
