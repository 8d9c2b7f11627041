// Drift: somebody changes the component while the spec stays. What each policy sees, tells and does, on the embedded and on
// the real API server.
import { beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import { specOf, type World } from '../support/world.ts';
import { eventsIn } from './bad-input/ward.ts';
import { conditionOf, statusOf } from './scenarios.ts';
import { describeWorlds } from './worlds.ts';

const INTERVAL = { interval: '30s' };
const accepted = (world: World) => world.cloud.journal.acceptedWrites(exampleComponentId).length;
const drifts = (world: World, changes: JsonObject = { description: 'somebody was here' }) =>
  world.cloud.console.edit(exampleComponentId, changes);
const described = (world: World) => world.cloud.component(exampleComponentId).config.description;

async function applied(world: World, spec: JsonObject): Promise<void> {
  await world.start();
  await world.create(specOf({ version: '1.0.1', description: 'ours' }, { ...INTERVAL, ...spec }));
  await world.untilReady();
}

const reasonsOf = async (world: World) => (await eventsIn(world)).map(({ reason }) => reason);

async function untilEvent(world: World, reason: string): Promise<void> {
  await world.until(`event ${reason}`, async () => (await reasonsOf(world)).includes(reason));
}

async function untilStalled(world: World, reason: string): Promise<void> {
  await world.until(`Stalled/${reason}`, async () => {
    return conditionOf(await world.get(), 'Stalled') === `True/${reason}`;
  });
}

async function revertedTimes(world: World, times: number): Promise<void> {
  for (let time = 1; time <= times; time += 1) {
    drifts(world);
    await world.until('set back', async () => statusOf(await world.get()).reverts?.length === time);
    await world.untilReady();
  }
}

export function describeDrift(name: string, startKube: () => Promise<KubeTarget>): void {
  describeWorlds(`drift on the ${name} API server`, startKube, (current) => {
    let world: World;
    beforeEach(() => {
      world = current();
    });

    it('Observe tells what drifted and since when, and sends nothing', async () => {
      await applied(world, { driftPolicy: 'Observe' });
      drifts(world);
      await untilEvent(world, 'DriftDetected');
      await world.settle(600_000);
      const object = await world.get();
      expect(conditionOf(object, 'Synced')).toBe('False/Drifted');
      expect(conditionOf(object, 'Ready')).toBe('True/Succeeded');
      expect(statusOf(object).drift?.fields).toEqual([{ pointer: '/description', kind: 'changed' }]);
      expect(accepted(world)).toBe(1);
    });

    it('Ignore does not compare', async () => {
      await applied(world, { driftPolicy: 'Ignore' });
      drifts(world);
      await world.settle(600_000);
      expect(statusOf(await world.get()).drift).toBeUndefined();
      expect(accepted(world)).toBe(1);
    });

    it('Revert sets it back with one call, tells so, and then rests', async () => {
      await applied(world, { driftPolicy: 'Revert' });
      drifts(world);
      await untilEvent(world, 'DriftCorrected');
      await world.untilReady();
      await world.settle(600_000);
      const object = await world.get();
      expect(described(world)).toBe('ours');
      expect(accepted(world)).toBe(2);
      expect(conditionOf(object, 'Synced')).toBe('True/InSync');
      expect(statusOf(object).history?.map(({ cause }) => cause)).toEqual(['Drift', 'Spec']);
    });

    it('Revert acts on a drift that was only observed before', async () => {
      await applied(world, { driftPolicy: 'Observe' });
      drifts(world);
      await untilEvent(world, 'DriftDetected');
      await world.patch({ spec: { driftPolicy: 'Revert' } });
      await world.until('set back', () => described(world) === 'ours');
      expect(accepted(world)).toBe(2);
    });

    it('Revert makes no call when the drift is gone by the time it would act', async () => {
      await applied(world, { driftPolicy: 'Observe' });
      drifts(world);
      await untilEvent(world, 'DriftDetected');
      drifts(world, { description: 'ours' });
      await world.patch({ spec: { driftPolicy: 'Revert' } });
      await world.until('in sync', async () => conditionOf(await world.get(), 'Synced') === 'True/InSync');
      expect(accepted(world)).toBe(1);
    });

    it('RevertOnce sets it back once per spec and then observes', async () => {
      await applied(world, { driftPolicy: 'RevertOnce' });
      await revertedTimes(world, 1);
      drifts(world);
      await world.settle(600_000);
      expect(described(world)).toBe('somebody was here');
      expect(conditionOf(await world.get(), 'Synced')).toBe('False/Drifted');
      expect(accepted(world)).toBe(2);
      await world.edit({ version: '1.0.2' });
      await world.untilReady();
      await revertedTimes(world, 1);
      expect(accepted(world)).toBe(4);
    });

    it('stops after three equal reverts within an hour, until a reset token', async () => {
      await applied(world, { driftPolicy: 'Revert' });
      await revertedTimes(world, 3);
      drifts(world);
      await untilStalled(world, 'DriftLoop');
      await world.settle(4_000_000);
      expect(accepted(world)).toBe(4);
      const ready = statusOf(await world.get()).conditions?.find(({ type }) => type === 'Ready');
      expect(ready?.message).toContain('/description');
      await world.patch({ metadata: { annotations: { 'servicestage.io/reset-at': 'found the culprit' } } });
      await world.until('set back', () => described(world) === 'ours');
      await world.untilReady();
      expect(accepted(world)).toBe(5);
    });

    it('leaves the loop by itself when the drift is gone', async () => {
      await applied(world, { driftPolicy: 'Revert' });
      await revertedTimes(world, 3);
      drifts(world);
      await untilStalled(world, 'DriftLoop');
      drifts(world, { description: 'ours' });
      await world.untilReady();
      expect(accepted(world)).toBe(4);
    });

    it('counts reverts that are far apart as no loop', async () => {
      await applied(world, { driftPolicy: 'Revert', interval: '10m' });
      for (let time = 1; time <= 5; time += 1) {
        drifts(world);
        await world.until('set back', () => described(world) === 'ours');
        await world.untilReady();
        await world.settle(2_000_000);
      }
      expect(accepted(world)).toBe(6);
    });

    it('does not set back what its own job did not bring, and says so', async () => {
      world.cloud.configure({ stickyDescription: true });
      drifts(world, { description: 'old' });
      await world.start();
      await world.create(
        specOf({ version: '1.0.1', description: '' }, { ...INTERVAL, driftPolicy: 'Revert' }),
      );
      await world.untilReady();
      await world.settle(600_000);
      const object = await world.get();
      expect(conditionOf(object, 'Synced')).toBe('False/NotApplied');
      expect(await reasonsOf(world)).toContain('DriftDetected');
      expect(accepted(world)).toBe(1);
    });

    it('takes what ignoreDifferences names for no drift, and sends it all the same', async () => {
      await applied(world, { driftPolicy: 'Revert', ignoreDifferences: ['/description'] });
      expect(described(world)).toBe('ours');
      drifts(world);
      await world.until('seen', async () => conditionOf(await world.get(), 'Synced') === 'True/DriftIgnored');
      await world.settle(600_000);
      expect(accepted(world)).toBe(1);
    });

    it('starts no second call for one drift when the operator dies after the first', async () => {
      await applied(world, { driftPolicy: 'Revert' });
      drifts(world);
      await world.until('the call', () => accepted(world) === 2);
      await world.kill();
      await world.start();
      await world.untilReady();
      await world.settle(600_000);
      expect(accepted(world)).toBe(2);
    });

    it('does not try a refused revert again until something else drifts', async () => {
      await applied(world, { driftPolicy: 'Revert' });
      world.cloud.faults.add({
        operation: 'modifyComponent',
        next: 1,
        effect: { kind: 'respond', status: 400, body: { error_code: 'SVCSTG.00100400', error_msg: 'no' } },
      });
      drifts(world);
      await world.settle(600_000);
      expect(accepted(world)).toBe(1);
      expect(described(world)).toBe('somebody was here');
    });

    it('warns of a policy that cannot see what it promises', async () => {
      await applied(world, { driftPolicy: 'Revert', interval: '0s' });
      expect(await reasonsOf(world)).toContain('SpecWarning');
    });
  });
}
