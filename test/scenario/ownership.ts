// One component, one owner: two resources of one cluster, and a second installation that nobody here can see. The same
// scenarios run on the embedded and on the real API server.
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { componentsPath, type KubeTarget } from '../support/kube-target.ts';
import { specOf, type World } from '../support/world.ts';
import { conditionOf, statusOf } from './scenarios.ts';
import { describeWorlds } from './worlds.ts';

const accepted = (world: World) => world.cloud.journal.acceptedWrites(exampleComponentId);
const versions = (world: World) => accepted(world).map(({ version }) => version);

async function untilStalled(world: World, name: string): Promise<void> {
  await world.until(`${name} is refused the component`, async () => {
    return conditionOf(await world.get(name), 'Stalled') === 'True/OwnershipConflict';
  });
}

/** The API server counts creation in seconds. */
const nextSecond = () => sleep(1_100);

async function twoResources(world: World, younger = {}): Promise<void> {
  await world.create(specOf({ version: '1.0.1' }), 'older');
  await nextSecond();
  await world.create(specOf({ version: '6.6.6' }, younger), 'younger');
  await world.untilReady('older');
  await untilStalled(world, 'younger');
}

/** Another installation deploys its own version and its job succeeds. */
async function overwrite(world: World, version: string): Promise<void> {
  world.cloud.console.startJob({ componentId: exampleComponentId, kind: 'modify', body: { version } });
  await world.settle(60_000);
}

async function overwrittenTwice(world: World): Promise<void> {
  await world.create(specOf({ version: '1.0.1' }, { interval: '0s' }));
  await world.untilReady();
  await overwrite(world, '8.0.0');
  await world.edit({ version: '1.0.2' });
  await world.untilReady();
  await overwrite(world, '8.0.0');
  await world.edit({ version: '1.0.3' });
  await untilStalled(world, 'weather');
}

export function describeOwnership(name: string, startKube: () => Promise<KubeTarget>): void {
  describeWorlds(`ownership on the ${name} API server`, startKube, (current) => {
    let world: World;
    beforeEach(() => {
      world = current();
    });

    it('makes no call for the younger of two resources of one component, and says which one has it', async () => {
      await world.start();
      await twoResources(world);
      await world.settle(600_000);
      expect(versions(world)).toEqual(['1.0.1']);
      const younger = statusOf(await world.get('younger'));
      expect(younger.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(
        `belongs to the older resource ${world.namespace}/older`,
      );
      expect((await world.get('younger'))?.metadata.finalizers ?? []).toEqual([]);
    });

    it('decides the same when both are seen at once after a start', async () => {
      await world.create(specOf({ version: '1.0.1' }), 'z-older');
      await nextSecond();
      await world.create(specOf({ version: '6.6.6' }), 'a-younger');
      await world.start();
      await world.untilReady('z-older');
      await untilStalled(world, 'a-younger');
      expect(versions(world)).toEqual(['1.0.1']);
    });

    it('hands the component to the younger one when the older is gone', async () => {
      await world.start();
      await twoResources(world);
      await world.remove('older');
      await world.untilReady('younger');
      expect(versions(world)).toEqual(['1.0.1', '6.6.6']);
    });

    it('never deletes the component with a resource that does not own it', async () => {
      await world.start();
      await twoResources(world, { deletionPolicy: 'Delete' });
      await world.remove('younger');
      await world.until('it is gone', async () => (await world.get('younger')) === undefined);
      await world.settle(60_000);
      expect(world.cloud.component(exampleComponentId).gone).toBe(false);
      expect(accepted(world)).toHaveLength(1);
    });

    it('does not hand it back to a resource that is created again under its old name', async () => {
      await world.start();
      await twoResources(world);
      await world.remove('older');
      await world.untilReady('younger');
      await nextSecond();
      await world.create(specOf({ version: '1.0.1' }), 'older');
      await untilStalled(world, 'older');
      expect(versions(world)).toEqual(['1.0.1', '6.6.6']);
    });

    it('stops after two modifies within an hour that undo ours, until a reset token', async () => {
      await world.start();
      await overwrittenTwice(world);
      await world.settle(3 * 3_600_000);
      const ours = () => versions(world).filter((version) => version?.startsWith('1.'));
      expect(ours()).toEqual(['1.0.1', '1.0.2']);
      await world.patch({ metadata: { annotations: { 'servicestage.io/reset-at': 'settled' } } });
      await world.untilReady();
      expect(ours()).toEqual(['1.0.1', '1.0.2', '1.0.3']);
      expect(statusOf(await world.get()).overwritten).toHaveLength(1);
    });

    it('goes on after a force token, which is one call', async () => {
      await world.start();
      await overwrittenTwice(world);
      await world.patch({ metadata: { annotations: { 'servicestage.io/force-apply-at': 'mine' } } });
      await world.untilReady();
      await world.settle(600_000);
      expect(versions(world).at(-1)).toBe('1.0.3');
      expect(versions(world).filter((version) => version === '1.0.3')).toHaveLength(1);
    });

    it('takes a person who deploys twice at the console for no second master', async () => {
      await world.start();
      await world.create(specOf({ version: '1.0.1' }, { interval: '60s' }));
      await world.untilReady();
      for (const version of ['7.0.0', '7.0.1', '7.0.2']) await overwrite(world, version);
      await world.edit({ version: '1.0.2' });
      await world.untilReady();
      expect(versions(world).at(-1)).toBe('1.0.2');
    });

    it('adopts an equal component without a call when it is restored from a backup without its status', async () => {
      await world.start();
      await world.create(specOf({ version: '1.0.1' }));
      const before = await world.untilReady();
      await world.remove();
      await world.until('it is gone', async () => (await world.get()) === undefined);
      await world.create(before.spec);
      await world.untilReady();
      await world.settle(600_000);
      expect(accepted(world)).toHaveLength(1);
    });

    it('leaves finalizers of others alone and puts its own back when somebody strips it', async () => {
      await world.start();
      await world.create(specOf({ version: '1.0.1' }));
      await world.patch({ metadata: { finalizers: ['example.com/other', 'servicestage.io/finalizer'] } });
      await world.untilReady();
      await world.patch({ metadata: { finalizers: ['example.com/other'] } });
      await world.until('ours is back', async () => (await world.get())?.metadata.finalizers?.length === 2);
      await world.remove();
      await world.until('only the other is left', async () => {
        return (await world.get())?.metadata.finalizers?.join() === 'example.com/other';
      });
      expect(accepted(world)).toHaveLength(1);
      await world.kube.call(
        'PATCH',
        componentsPath(world.namespace, 'weather'),
        { metadata: { finalizers: null } },
        'application/merge-patch+json',
      );
    });
  });
}
