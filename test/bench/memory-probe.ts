// Loaded before the program under measurement (`node --expose-gc --import`): answers what it holds and has used, after a
// full collection. Speaks over the IPC channel of `fork` only; without one it does nothing.

/** What a process says about itself. Bytes; CPU time in microseconds since its start. */
export interface Usage {
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
  readonly cpuMicros: number;
}

const collect = globalThis.gc;

if (process.send !== undefined && collect !== undefined) {
  process.on('message', () => {
    for (let round = 0; round < 3; round += 1) collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    process.send?.({ heap: heapUsed, external, rss, cpuMicros: user + system } satisfies Usage);
  });
  // The channel must not keep a program alive that has come to its end.
  process.channel?.unref();
}
