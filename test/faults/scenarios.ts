// The scenarios of the crash sweep: what is done to the world, and the causes that this gives the operator. The checker
// believes these lists and the journal, never the operator.

import type { Status } from '../../src/api/status.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { specOf, type World } from '../support/world.ts';

export interface SweepScenario {
  readonly name: string;
  /** Versions in the order in which a user asked for them: each may lead to at most one accepted modify call. */
  readonly versions: readonly string[];
  /** Accepted actions (scale) that are asked for. */
  readonly actions: number;
  readonly ends: 'ready' | 'gone';
  readonly run: (world: World) => Promise<void>;
}

const first: JsonObject = { interval: '0s' };

async function apply(world: World, component: JsonObject, spec: JsonObject = {}): Promise<void> {
  await world.create(specOf(component, { ...first, ...spec }));
  await world.untilReady();
}

async function submitted(world: World): Promise<void> {
  await world.until('a job runs', async () => {
    const status = (await world.get())?.status as unknown as Status | undefined;
    return status?.operation?.phase === 'Submitted';
  });
}

export const SCENARIOS: readonly SweepScenario[] = [
  {
    name: 'first apply',
    versions: ['1.0.1'],
    actions: 0,
    ends: 'ready',
    run: (world) => apply(world, { version: '1.0.1' }),
  },
  {
    name: 'update',
    versions: ['1.0.1', '1.0.2'],
    actions: 0,
    ends: 'ready',
    run: async (world) => {
      await apply(world, { version: '1.0.1' });
      await world.edit({ version: '1.0.2' });
      await world.untilReady();
    },
  },
  {
    name: 'update during a job',
    versions: ['1.0.1', '1.0.2'],
    actions: 0,
    ends: 'ready',
    run: async (world) => {
      world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 30_000 }, exampleComponentId);
      await world.create(specOf({ version: '1.0.1' }, first));
      await submitted(world);
      await world.edit({ version: '1.0.2' });
      await world.untilReady();
    },
  },
  {
    name: 'failed job, then a fix',
    versions: ['1.0.1', '1.0.2'],
    actions: 0,
    ends: 'ready',
    run: async (world) => {
      world.cloud.scriptJob({ end: 'FAILED' }, exampleComponentId);
      await world.create(specOf({ version: '1.0.1' }, first));
      await world.until('held', async () =>
        JSON.stringify((await world.get())?.status).includes('JobFailedTerminal'),
      );
      await world.edit({ version: '1.0.2' });
      await world.untilReady();
    },
  },
  {
    name: 'scale',
    versions: ['1.0.1'],
    actions: 1,
    ends: 'ready',
    run: (world) => apply(world, { version: '1.0.1', replica: 2 }, { scaleHosts: ['host-1', 'host-2'] }),
  },
  {
    name: 'foreign job first',
    versions: ['1.0.1'],
    actions: 0,
    ends: 'ready',
    run: async (world) => {
      world.cloud.console.startJob({
        componentId: exampleComponentId,
        kind: 'restart',
        script: { end: 'SUCCEEDED', durationMs: 20_000 },
      });
      await apply(world, { version: '1.0.1' });
    },
  },
  {
    name: 'delete, Orphan',
    versions: ['1.0.1'],
    actions: 0,
    ends: 'gone',
    run: async (world) => {
      await apply(world, { version: '1.0.1' });
      await world.remove();
      await world.until('released', async () => (await world.get()) === undefined);
    },
  },
  {
    name: 'delete, Delete',
    versions: ['1.0.1'],
    actions: 0,
    ends: 'gone',
    run: async (world) => {
      await apply(world, { version: '1.0.1' }, { deletionPolicy: 'Delete' });
      await world.remove();
      await world.until('released', async () => (await world.get()) === undefined);
    },
  },
];
