// What users do, end to end in one process. The same scenarios run on the embedded and on the real API server; each asserts
// the object in the cluster, the component in the cloud and the simulator's journal.
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { exampleComponentId, exampleToken } from '../fakes/simulator/index.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import { NAME, specOf, type World } from '../support/world.ts';
import { describeWorlds } from './worlds.ts';

export function statusOf(object: KubeObject | undefined): Status {
  return (object?.status ?? { observedGeneration: -1 }) as unknown as Status;
}

export function conditionOf(object: KubeObject | undefined, type: string): string {
  const condition = statusOf(object).conditions?.find((c) => c.type === type);
  return condition === undefined ? '-' : `${condition.status}/${condition.reason}`;
}

const accepted = (world: World) => world.cloud.journal.acceptedWrites(exampleComponentId);
const modifies = (world: World) => accepted(world).filter((entry) => entry.operation === 'modifyComponent');
const historyOf = (object: KubeObject | undefined) =>
  statusOf(object).history?.map((h) => `${h.type} ${h.result}`) ?? [];

/** The watch of the test may be a moment behind the object that was read. */
async function expectWrites(world: World, count: number): Promise<void> {
  for (let i = 0; i < 100 && (world.statusWrites.get(NAME) ?? 0) < count; i += 1) await sleep(10);
  expect(world.statusWrites.get(NAME)).toBe(count);
}

async function untilStalled(world: World, reason: string): Promise<KubeObject> {
  return await world.until(`Stalled/${reason}`, async () => {
    const found = await world.get();
    return (
      conditionOf(found, 'Stalled') === `True/${reason}` &&
      found !== undefined &&
      statusOf(found).observedGeneration === found.metadata.generation &&
      found
    );
  });
}

/** A first apply that needs a call: the spec carries a newer version than the component. */
async function applied(world: World, spec = {}): Promise<KubeObject> {
  await world.create(specOf({ version: '1.0.1' }, spec));
  return await world.untilReady();
}

export function describeScenarios(name: string, startKube: () => Promise<KubeTarget>): void {
  describeWorlds(`scenarios on the ${name} API server`, startKube, (current) => {
    let world: World;
    beforeEach(async () => {
      world = current();
      await world.start();
    });

    it('turns a first apply into one PUT and is Ready when its job has succeeded', async () => {
      const object = await applied(world);
      expect(modifies(world)).toHaveLength(1);
      expect(modifies(world)[0]).toMatchObject({
        version: '1.0.1',
        jobId: statusOf(object).lastApplied?.jobId,
      });
      expect(world.cloud.component(exampleComponentId).config.version).toBe('1.0.1');
      expect(conditionOf(object, 'JobSucceeded')).toBe('True/JobSucceeded');
      expect(conditionOf(object, 'Synced')).toBe('True/InSync');
      expect(historyOf(object)).toEqual(['Modify Succeeded']);
      expect(object.metadata.finalizers).toEqual(['servicestage.io/finalizer']);
      await expectWrites(world, 3);
    });

    it('adopts an equal component without a call', async () => {
      await world.create();
      const object = await world.untilReady();
      expect(accepted(world)).toEqual([]);
      expect(historyOf(object)).toEqual(['Modify Adopted']);
      await expectWrites(world, 1);
    });

    it('sends an edit once, with the new body', async () => {
      await applied(world);
      await world.edit({ version: '1.0.2', description: 'edited' });
      await world.untilReady();
      expect(modifies(world).map((entry) => entry.version)).toEqual(['1.0.1', '1.0.2']);
      expect(modifies(world)[1]?.body).toMatchObject({
        description: 'edited',
        replica: 1,
        name: 'mycomponet',
      });
      await expectWrites(world, 6);
    });

    it('makes no call and one status write for a generation that changes nothing', async () => {
      await applied(world);
      const calls = world.cloud.journal.entries.length;
      await world.patch({ spec: { interval: '20m' } });
      await world.untilReady();
      expect(world.cloud.journal.entries).toHaveLength(calls);
      await expectWrites(world, 4);
    });

    it('makes no call and no write for an annotation it does not know', async () => {
      const { metadata } = await applied(world);
      await world.patch({ metadata: { annotations: { 'example.com/note': 'x' } } });
      await world.settle(1_000);
      expect(modifies(world)).toHaveLength(1);
      await expectWrites(world, 3);
      expect(metadata.generation).toBe(1);
    });

    it('stalls on a refused spec and recovers with the next one', async () => {
      await applied(world);
      world.cloud.faults.add({
        operation: 'modifyComponent',
        effect: {
          kind: 'respond',
          status: 400,
          body: { error_code: 'SVCSTG.00100400', error_msg: 'invalid parameter source' },
        },
      });
      await world.edit({ version: '1.0.2' });
      const stalled = await untilStalled(world, 'InvalidSpec');
      expect(statusOf(stalled).conditions?.find((c) => c.type === 'Ready')?.message).toContain(
        'SVCSTG.00100400',
      );
      expect(modifies(world)).toHaveLength(1);
      await world.edit({ version: '1.0.3' });
      const object = await world.untilReady();
      expect(modifies(world).map((entry) => entry.version)).toEqual(['1.0.1', '1.0.3']);
      expect(historyOf(object)).toEqual(['Modify Succeeded', 'Modify Refused', 'Modify Succeeded']);
    });

    it('holds after a failed job, names the task, and sends nothing until the spec changes', async () => {
      world.cloud.scriptJob({ end: 'FAILED', message: 'image not found' });
      await world.create(specOf({ version: '1.0.1' }));
      const failed = await untilStalled(world, 'JobFailedTerminal');
      expect(conditionOf(failed, 'Ready')).toBe('False/JobFailed');
      expect(statusOf(failed).conditions?.find((c) => c.type === 'Ready')?.message).toContain(
        'image not found',
      );
      await world.settle(120_000);
      expect(modifies(world)).toHaveLength(1);
      await world.edit({ version: '1.0.2' });
      await world.untilReady();
      expect(modifies(world)).toHaveLength(2);
    });

    it('sends an older spec that comes back after a failed job', async () => {
      await applied(world);
      world.cloud.scriptJob({ end: 'FAILED' });
      await world.edit({ version: '1.0.2' });
      await untilStalled(world, 'JobFailedTerminal');
      await world.edit({ version: '1.0.1' });
      await world.untilReady();
      expect(modifies(world).map((entry) => entry.version)).toEqual(['1.0.1', '1.0.2', '1.0.1']);
    });

    it('finds its job again after a lost answer, without a second PUT', async () => {
      world.cloud.faults.add({ operation: 'modifyComponent', phase: 'after', effect: { kind: 'reset' } });
      const object = await applied(world);
      expect(modifies(world)).toHaveLength(1);
      expect(statusOf(object).operation?.recovered).toBe(true);
      expect(statusOf(object).lastApplied?.jobId).toBe(
        modifies(world)[0]?.jobId ?? world.cloud.component(exampleComponentId).lastJobId,
      );
    });

    it('sends again after a lost request only when the settle has shown that nothing was accepted', async () => {
      world.cloud.faults.add({ operation: 'modifyComponent', phase: 'before', effect: { kind: 'reset' } });
      const before = world.time.now().mono;
      await applied(world);
      expect(modifies(world)).toHaveLength(1);
      expect(world.time.now().mono - before).toBeGreaterThan(120_000);
    });

    it('un-sticks by itself when a refused token is corrected', async () => {
      await world.secret('huaweicloud', { token: 'expired' });
      await world.create(specOf({ version: '1.0.1' }));
      await world.until(
        'CredentialsRejected',
        async () => conditionOf(await world.get(), 'Ready') === 'False/CredentialsRejected',
      );
      expect(accepted(world)).toEqual([]);
      await world.secret('huaweicloud', { token: exampleToken });
      await world.untilReady();
      expect(modifies(world)).toHaveLength(1);
    });

    it('names a missing Secret, and goes on when it exists', async () => {
      await world.create(specOf({ version: '1.0.1' }, { credentialsSecretRef: { name: 'later' } }));
      const waiting = await world.until('CredentialsUnavailable', async () => {
        const found = await world.get();
        return conditionOf(found, 'Ready') === 'False/CredentialsUnavailable' && found;
      });
      expect(statusOf(waiting).conditions?.[0]?.message).toContain(
        `Secret ${world.namespace}/later does not exist`,
      );
      await world.secret('later', { token: exampleToken });
      await world.untilReady();
    });

    it('waits out a throttle and then sends once', async () => {
      world.cloud.faults.add({
        operation: 'modifyComponent',
        next: 2,
        effect: { kind: 'throttle', retryAfter: '7' },
      });
      await applied(world);
      expect(modifies(world)).toHaveLength(1);
      expect(world.cloud.journal.requests({ operation: 'modifyComponent' })).toHaveLength(3);
    });

    it('applies the newest of several edits made during a job, once', async () => {
      world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 60_000 });
      await world.create(specOf({ version: '1.0.1' }));
      await world.until(
        'a job runs',
        async () => statusOf(await world.get()).operation?.phase === 'Submitted',
      );
      for (const version of ['1.0.2', '1.0.3', '1.0.4']) await world.edit({ version });
      const object = await world.untilReady();
      expect(modifies(world).map((entry) => entry.version)).toEqual(['1.0.1', '1.0.4']);
      expect(statusOf(object).history?.[0]?.skippedGenerations).toBe('2-3');
    });

    it('waits for a job of the console before it sends', async () => {
      world.cloud.console.startJob({
        componentId: exampleComponentId,
        kind: 'restart',
        script: { end: 'SUCCEEDED', durationMs: 60_000 },
      });
      await world.create(specOf({ version: '1.0.1' }));
      await world.until(
        'RemoteBusy',
        async () => conditionOf(await world.get(), 'Reconciling') === 'True/RemoteBusy',
      );
      await world.untilReady();
      expect(modifies(world)).toHaveLength(1);
    });

    it('scales by an action of its own after the modify', async () => {
      await world.create(
        specOf({ version: '1.0.1', replica: 3 }, { scaleHosts: ['host-1', 'host-2', 'host-3'] }),
      );
      const object = await world.untilReady();
      expect(accepted(world).map((entry) => entry.operation)).toEqual(['modifyComponent', 'actOnComponent']);
      expect(world.cloud.component(exampleComponentId).replica).toBe(3);
      expect(historyOf(object)).toEqual(['Scale Succeeded', 'Modify Succeeded']);
    });

    it('refuses to scale virtual machines without hosts, while the modify still goes', async () => {
      await world.create(specOf({ version: '1.0.1', replica: 3 }));
      await untilStalled(world, 'InvalidSpec');
      expect(accepted(world).map((entry) => entry.operation)).toEqual(['modifyComponent']);
    });

    it('releases an orphan at once while its job runs on', async () => {
      world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 60_000 });
      await world.create(specOf({ version: '1.0.1' }));
      await world.until(
        'a job runs',
        async () => statusOf(await world.get()).operation?.phase === 'Submitted',
      );
      await world.remove();
      await world.until('released', async () => (await world.get()) === undefined);
      expect(world.cloud.component(exampleComponentId).gone).toBe(false);
    });

    it.each(['404', '401'] as const)(
      'deletes the component to its end, with absence told as %s',
      async (notFound) => {
        world.cloud.configure({ notFound });
        await applied(world, { deletionPolicy: 'Delete' });
        await world.remove();
        await world.until('released', async () => (await world.get()) === undefined);
        expect(world.cloud.component(exampleComponentId).gone).toBe(true);
      },
    );

    it('does nothing while suspended, follows a running job, and applies the newest spec once afterwards', async () => {
      await applied(world);
      await world.patch({ spec: { suspend: true } });
      await world.until(
        'Paused',
        async () => conditionOf(await world.get(), 'Paused') === 'True/SpecSuspended',
      );
      await world.edit({ version: '1.0.2' });
      await world.edit({ version: '1.0.3' });
      await world.settle(60_000);
      expect(modifies(world)).toHaveLength(1);
      await world.patch({ spec: { suspend: false } });
      const object = await world.untilReady();
      expect(modifies(world).map((entry) => entry.version)).toEqual(['1.0.1', '1.0.3']);
      expect(conditionOf(object, 'Paused')).toBe('-');
    });

    it('rolls a changed Secret value out once', async () => {
      await world.secret('app', { password: 'first' });
      const envs = [{ name: 'PASSWORD', valueSecretRef: { name: 'app', key: 'password' } }];
      await world.create(specOf({ version: '1.0.1', envs }));
      await world.untilReady();
      await world.secret('app', { password: 'second' });
      await world.until('a second PUT', () => modifies(world).length === 2);
      await world.untilReady();
      await world.settle(1_200_000);
      expect(modifies(world)).toHaveLength(2);
      expect(JSON.stringify(await world.get())).not.toContain('second');
      expect(JSON.stringify(world.logs)).not.toContain('second');
    });

    it('acts once per force token', async () => {
      await applied(world);
      await world.patch({ metadata: { annotations: { 'servicestage.io/force-apply-at': 'now' } } });
      await world.until('echoed', async () => statusOf(await world.get()).lastHandledForceAt === 'now');
      await world.settle(60_000);
      expect(modifies(world)).toHaveLength(2);
    });

    it('looks at the component when asked to, without a PUT', async () => {
      await applied(world);
      const looks = world.cloud.journal.requests({ operation: 'getComponent' }).length;
      await world.patch({ metadata: { annotations: { 'servicestage.io/reconcile-requested-at': 'now' } } });
      await world.until('echoed', async () => statusOf(await world.get()).lastHandledReconcileAt === 'now');
      expect(world.cloud.journal.requests({ operation: 'getComponent' }).length).toBe(looks + 1);
      expect(modifies(world)).toHaveLength(1);
    });

    it('shows drift without a PUT', async () => {
      await applied(world);
      world.cloud.console.edit(exampleComponentId, { description: 'changed in the console' });
      const object = await world.until('Drifted', async () => {
        const found = await world.get();
        return conditionOf(found, 'Synced') === 'False/Drifted' && found;
      });
      expect(statusOf(object).drift?.fields).toEqual([{ pointer: '/description', kind: 'changed' }]);
      expect(conditionOf(object, 'Ready')).toBe('True/Succeeded');
      expect(modifies(world)).toHaveLength(1);
    });

    it('waits for a person while a gray release is open', async () => {
      world.cloud.scriptJob({ end: 'GRAYING', grayJob: 'SUCCEEDED' });
      await world.create(specOf({ version: '1.0.1' }));
      const waiting = await world.until('GrayReleaseWaiting', async () => {
        const found = await world.get();
        return conditionOf(found, 'Reconciling') === 'True/GrayReleaseWaiting' && found;
      });
      expect(statusOf(waiting).conditions?.[0]?.message).toContain('continue it or roll it back');
      await world.edit({ version: '1.0.2' });
      await world.settle(120_000);
      expect(modifies(world)).toHaveLength(1);
    });

    it('is not Ready while the component is PENDING, then is', async () => {
      world.cloud.scriptJob({
        end: 'SUCCEEDED',
        componentStatus: 'PENDING',
        componentRecoversAfterMs: 60_000,
      });
      await world.create(specOf({ version: '1.0.1' }));
      await world.until(
        'Polling',
        async () => conditionOf(await world.get(), 'Reconciling') === 'True/Polling',
      );
      await world.untilReady();
      expect(modifies(world)).toHaveLength(1);
    });

    it('recovers from a kill right after the PUT', async () => {
      await world.create(specOf({ version: '1.0.1' }));
      world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 30_000 });
      await world.until('accepted', () => modifies(world).length === 1);
      await world.kill();
      await world.start();
      const object = await world.untilReady();
      expect(modifies(world)).toHaveLength(1);
      expect(statusOf(object).lastApplied?.jobId).toBe(modifies(world)[0]?.jobId);
    });

    it('makes no call and no write after a restart with nothing changed', async () => {
      await applied(world);
      const calls = world.cloud.journal.entries.length;
      await world.kill();
      await world.start();
      await world.settle(1_000);
      expect(world.cloud.journal.entries).toHaveLength(calls);
      await expectWrites(world, 3);
    });

    it('is not misled by a status that somebody wiped: an equal component is adopted', async () => {
      await applied(world);
      await world.kill();
      await world.kube.call(
        'PATCH',
        `/apis/servicestage.io/v1alpha1/namespaces/${world.namespace}/servicestagecomponents/${NAME}/status`,
        { status: null },
        'application/merge-patch+json',
      );
      await world.start();
      await world.untilReady();
      expect(modifies(world)).toHaveLength(1);
    });
  });
}
