// What 200 resources at rest cost in real time, with the check switched off: calls to the cloud, writes to the cluster and
// CPU time of the operator.
import { setTimeout as sleep } from 'node:timers/promises';
import { createFleet } from './fleet.ts';
import type { Rig } from './rig.ts';

const RESOURCES = 200;
const QUIET_MS = 2_000;

export interface Rest {
  readonly resources: number;
  readonly minutes: number;
  readonly cloudCalls: number;
  readonly writes: number;
  /** CPU time over real time, 1 = one core. */
  readonly cpuShare: number;
}

export async function measureRest(rig: Rig, minutes: number): Promise<Rest> {
  const namespace = await rig.namespace('bench-rest');
  const fleet = createFleet({ rig, namespace, interval: '0s' });
  const operator = rig.operator(namespace);
  await fleet.grow(RESOURCES);
  await fleet.ready();
  await sleep(QUIET_MS);
  const calls = rig.cloud.journal.entries.length;
  const writes = fleet.writes();
  const before = await operator.usage();
  const startedMs = performance.now();
  await sleep(minutes * 60_000);
  const after = await operator.usage();
  const rest: Rest = {
    resources: RESOURCES,
    minutes,
    cloudCalls: rig.cloud.journal.entries.length - calls,
    writes: fleet.writes() - writes,
    cpuShare: (after.cpuMicros - before.cpuMicros) / 1_000 / (performance.now() - startedMs),
  };
  await Promise.all([operator.stop(), fleet.stop()]);
  return rest;
}
