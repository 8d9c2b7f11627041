// Bytes that one more resource at rest costs the operator: the slope between two populations, each measured after a full
// collection, so that what the program itself needs drops out.
import { setTimeout as sleep } from 'node:timers/promises';
import { createFleet } from './fleet.ts';
import type { Usage } from './memory-probe.ts';
import type { Rig } from './rig.ts';

/** Longer than the deadline of any request: until then its timer is still held. */
const QUIET_MS = 35_000;

export interface Memory {
  readonly small: Population;
  readonly large: Population;
  /** Bytes per resource. */
  readonly heapPerResource: number;
  readonly rssPerResource: number;
  /** From the first POST to the last resource Ready. */
  readonly largeReadySeconds: number;
}

export interface Population extends Usage {
  readonly resources: number;
}

/** Populations of `small` and then `large` adopted resources that are checked every 10 minutes, as by default. */
export async function measureMemory(
  rig: Rig,
  { small, large }: { readonly small: number; readonly large: number },
): Promise<Memory> {
  const namespace = await rig.namespace('bench-memory');
  const fleet = createFleet({ rig, namespace, interval: '10m' });
  const operator = rig.operator(namespace);
  const populated = async (resources: number): Promise<Population> => {
    await fleet.grow(resources);
    await fleet.ready();
    await sleep(QUIET_MS);
    return { resources, ...(await operator.usage()) };
  };
  const first = await populated(small);
  const startedMs = performance.now();
  const second = await populated(large);
  const seconds = (performance.now() - startedMs - QUIET_MS) / 1_000;
  await Promise.all([operator.stop(), fleet.stop()]);
  const per = (of: (usage: Usage) => number): number => (of(second) - of(first)) / (large - small);
  return {
    small: first,
    large: second,
    heapPerResource: per(({ heap, external }) => heap + external),
    rssPerResource: per(({ rss }) => rss),
    largeReadySeconds: seconds,
  };
}
