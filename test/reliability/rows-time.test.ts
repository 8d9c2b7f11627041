// Rows of the fault table about time and life cycle: processes that are away, that end in the middle of everything, that are
// given a resource they cannot work on; clocks that jump; objects that come back from a backup or lose their finalizer.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ANNOTATIONS } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { exampleToken } from '../fakes/simulator/index.ts';
import { componentsPath } from '../support/kube-target.ts';
import { describeRows, patchUnseen } from './stage.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

describeRows('an operator that is away', (at) => {
  it.each([
    { name: '10 minutes', awayMs: 10 * MINUTE_MS },
    { name: 'a week', awayMs: 7 * DAY_MS },
  ])('for $name finds every edit and every deletion made meanwhile', async ({ awayMs }) => {
    const { world, fleet, sent, accepted, allReady, componentOf } = at();
    await world.start();
    const edited = await fleet('edited', 8);
    const deleted = await fleet('deleted', 3, { deletionPolicy: 'Delete' });
    const released = await fleet('released', 3);
    const untouched = await fleet('untouched', 4);
    await allReady([...edited, ...deleted, ...released, ...untouched]);
    await world.kill();
    for (const name of edited) for (const version of ['1.0.2', '1.0.3']) await world.edit({ version }, name);
    for (const name of [...deleted, ...released]) await world.remove(name);
    world.time.advance(awayMs);
    await world.start();
    await allReady([...edited, ...untouched]);
    await world.until('released', async () => (await gone([...deleted, ...released])).length === 6);
    for (const name of edited) expect(sent(name)).toEqual(['1.0.1', '1.0.3']);
    for (const name of [...released, ...untouched]) expect(sent(name)).toEqual(['1.0.1']);
    expect(accepted('deleteComponent')).toBe(3);
    for (const name of deleted) expect(world.cloud.component(componentOf(name)).gone).toBe(true);
    for (const name of released) expect(world.cloud.component(componentOf(name)).gone).toBe(false);
  });

  it('and is stopped with a hundred calls on their way, loses none of them and repeats none', async () => {
    const { world, fleet, sent, accepted, allReady } = at();
    await world.start({ workers: 100 });
    world.cloud.faults.add({ operation: 'modifyComponent', next: 'all', answerDelayMs: 700 });
    const names = await fleet('busy', 100);
    await world.until('all are on their way', async () => {
      await sleep(5);
      return accepted('modifyComponent') >= 50;
    });
    const running = world.operator;
    world.operator = undefined;
    await running?.stop();
    world.cloud.faults.clear();
    await world.start();
    await allReady(names);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1']);
  }, 60_000);

  const gone = async (names: readonly string[]): Promise<readonly string[]> => {
    const found = await Promise.all(names.map((name) => at().world.get(name)));
    return names.filter((_name, index) => found[index] === undefined);
  };
});

describeRows('a resource', (at) => {
  it.each([
    {
      name: 'throws',
      judge: (): never => {
        throw new Error('poisoned');
      },
    },
    { name: 'hangs in its cloud call', judge: undefined },
  ])('on which every pass $name holds up no other', async ({ judge }) => {
    const { world, fleet, sent, allReady, componentOf } = at();
    await world.start(
      { workers: 4, cloudRequestTimeoutMs: 500 },
      {
        judge: (real) => (facts) =>
          judge !== undefined && facts.resource.key.endsWith('/poison-0') ? judge() : real(facts),
      },
    );
    const [poison = ''] = await fleet('poison', 1);
    if (judge === undefined)
      world.cloud.faults.add({ componentId: componentOf(poison), next: 'all', effect: { kind: 'hang' } });
    const names = await fleet('well', 12);
    await allReady(names);
    for (const name of names) await world.edit({ version: '1.0.2' }, name);
    await allReady(names);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1', '1.0.2']);
    expect(sent(poison)).toEqual([]);
    expect(await at().condition(poison, 'Ready')).not.toMatch(/^True/);
  });

  it('is in force once per version while the wall clock jumps by hours and days', async () => {
    const { world, fleet, sent, allReady, skew } = at();
    await world.start();
    const names = await fleet('clock', 3);
    await allReady(names);
    const versions = ['1.0.2', '1.0.3', '1.0.4', '1.0.5', '1.0.6'];
    const jumps = [60 * MINUTE_MS, -60 * MINUTE_MS, DAY_MS, -DAY_MS, -DAY_MS];
    for (const [index, version] of versions.entries()) {
      for (const name of names) await world.edit({ version }, name);
      await world.until(`${version} was sent`, () => names.every((name) => sent(name).at(-1) === version));
      skew(jumps[index] ?? 0);
      await allReady(names);
    }
    for (const name of names) expect(sent(name)).toEqual(['1.0.1', ...versions]);
  });

  it('that is deleted and created anew during its job is another resource: no call is repeated', async () => {
    const { world, fleet, sent, accepted, allReady } = at();
    world.cloud.configure({ jobDurationMs: 30_000 });
    await world.start();
    const [name = ''] = await fleet('anew', 1);
    await world.until('its job runs', async () => (await at().status(name)).operation?.phase === 'Submitted');
    const { spec, metadata } = (await world.get(name)) as KubeObject;
    await world.remove(name);
    await world.until('released', async () => (await world.get(name)) === undefined);
    const next = await world.create(spec as never, name);
    expect(next.metadata.uid).not.toBe(metadata.uid);
    await allReady([name]);
    expect(sent(name)).toEqual(['1.0.1']);
    expect(accepted('deleteComponent')).toBe(0);
  });

  it('that comes back with the spec and the status of an older backup shows the difference and sends nothing', async () => {
    const { world, kube, fleet, sent, allReady, condition } = at();
    await world.start();
    const [name = ''] = await fleet('backup', 1);
    await allReady([name]);
    const backup = (await world.get(name)) as KubeObject;
    await world.edit({ version: '1.0.2' }, name);
    await allReady([name]);
    await world.kill();
    await patchUnseen(world, name, { metadata: { finalizers: [] } });
    await world.remove(name);
    await world.create(backup.spec as never, name);
    const restored = await kube.call(
      'PATCH',
      `${componentsPath(world.namespace, name)}/status`,
      { status: { ...(backup.status as object), observedGeneration: 1 } },
      'application/merge-patch+json',
    );
    expect(restored.status).toBe(200);
    await world.start();
    await world.until(
      'the difference shows',
      async () => (await condition(name, 'Synced')) === 'False/Drifted',
    );
    await world.settle(30 * MINUTE_MS);
    expect(sent(name)).toEqual(['1.0.1', '1.0.2']);
  });

  it('whose finalizer somebody strips while it is deleted leaves its component as it is', async () => {
    const { world, fleet, sent, accepted, allReady, componentOf } = at();
    await world.start();
    const [name = '', other = ''] = await fleet('stripped', 2, { deletionPolicy: 'Delete' });
    await allReady([name, other]);
    await world.kill();
    await world.remove(name);
    await patchUnseen(world, name, { metadata: { finalizers: [] } });
    expect(await world.get(name)).toBeUndefined();
    await world.start();
    await world.edit({ version: '1.0.2' }, other);
    await allReady([other]);
    expect(sent(name)).toEqual(['1.0.1']);
    expect(accepted('deleteComponent')).toBe(0);
    expect(world.cloud.component(componentOf(name)).gone).toBe(false);
  });

  it('whose credentials were deleted before it says so, and is deleted in the service when they are back', async () => {
    const { world, kube, fleet, accepted, allReady, status } = at();
    await world.start();
    const names = await fleet('doomed', 6, { deletionPolicy: 'Delete' });
    await allReady(names);
    await kube.call('DELETE', `/api/v1/namespaces/${world.namespace}/secrets/huaweicloud`);
    for (const name of names) await world.remove(name);
    await world.settle(20 * MINUTE_MS);
    for (const name of names)
      expect((await status(name)).conditions?.[0]?.message).toMatch(
        /^Deletion waits: Secret \S+ does not exist/,
      );
    await patchUnseen(world, names[0] ?? '', {
      metadata: { annotations: { [ANNOTATIONS.deletionPolicy]: 'Orphan' } },
    });
    await world.until('the orphan is released', async () => (await world.get(names[0])) === undefined);
    expect(accepted('deleteComponent')).toBe(0);
    await world.secret('huaweicloud', { token: exampleToken });
    await world.until('all are released', async () => {
      const found = await Promise.all(names.map((name) => world.get(name)));
      return found.every((object) => object === undefined);
    });
    expect(accepted('deleteComponent')).toBe(5);
  });
});
