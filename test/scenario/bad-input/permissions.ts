// What the account may not do, and the moments at which the service says no for now.
import { expect, it } from 'vitest';
import { exampleAccessKey, exampleSecretKey, type FaultEffect } from '../../fakes/simulator/index.ts';
import type { World } from '../../support/world.ts';
import { NAME } from '../../support/world.ts';
import { conditionOf, statusOf } from '../scenarios.ts';
import {
  healthyStaysWell,
  modifiesOf,
  newVersion,
  putsOf,
  type Shown,
  SICK,
  untilEvent,
  untilShown,
} from './ward.ts';

const FORBIDDEN: FaultEffect = {
  kind: 'respond',
  status: 403,
  body: { error_code: 'APIGW.0302', error_msg: 'The IAM user is not allowed to access the API' },
};
const denied = (...says: Shown['says']): Shown => ({
  ready: 'False/PermissionDenied',
  mode: 'Reconciling/ProgressingWithRetry',
  says,
});

const CALLS = [
  { operation: 'getComponent', says: [/not allowed to access/, /grant .* in IAM/], puts: 1 },
  { operation: 'modifyComponent', says: [/not allowed to access/, /grant .* in IAM/], puts: undefined },
  {
    operation: 'getJob',
    says: [/needs the IAM action servicestage:app:listApplication/, /grant .* in IAM/],
    puts: 1,
  },
] as const;

export function describePermissions(ward: () => World): void {
  it.each(CALLS)(
    'says which permission is missing for $operation, and goes on when it is granted',
    async (call) => {
      const world = ward();
      world.cloud.forgetJob(lastJobOf(world));
      world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 600_000 });
      const { operation } = call;
      if (operation !== 'getJob')
        world.cloud.faults.add({ operation, next: 'all', ...SICK, effect: FORBIDDEN });
      await world.create(newVersion());
      if (operation === 'getJob') {
        await world.until(
          'submitted',
          async () => statusOf(await world.get()).operation?.phase === 'Submitted',
        );
        world.cloud.faults.add({ operation, next: 'all', ...SICK, effect: FORBIDDEN });
      }
      await untilShown(world, denied(...call.says));
      await healthyStaysWell(world);
      await untilShown(world, {
        ready: 'False/PermissionDenied',
        mode: 'Stalled/PermissionDenied',
        says: call.says,
      });
      world.cloud.faults.clear();
      const object = await world.untilReady();
      expect(modifiesOf(world)).toHaveLength(1);
      if (call.puts !== undefined) expect(putsOf(world)).toHaveLength(call.puts);
      expect(conditionOf(object, 'JobSucceeded')).toBe('True/JobSucceeded');
    },
  );

  it('finds a lost answer again without the permission to read records', async () => {
    const world = ward();
    world.cloud.faults.add({ operation: 'listRecords', next: 'all', ...SICK, effect: FORBIDDEN });
    world.cloud.faults.add({
      operation: 'modifyComponent',
      phase: 'after',
      ...SICK,
      effect: { kind: 'reset' },
    });
    await world.create(newVersion());
    const object = await world.untilReady();
    expect(putsOf(world)).toHaveLength(1);
    expect(statusOf(object).operation?.recovered).toBe(true);
  });

  it('keeps a refused access key from being tried again and again', async () => {
    const world = ward();
    await world.secret('account', { accessKey: exampleAccessKey, secretKey: 'wrong-secret-key-value' });
    await world.create(newVersion({}, { credentialsSecretRef: { name: 'account' } }));
    await untilShown(world, {
      ready: 'False/CredentialsRejected',
      mode: 'Reconciling/ProgressingWithRetry',
      says: [/check the credentials Secret and the clock/],
    });
    await world.settle(240_000);
    const tries = world.cloud.journal.requests(SICK).length;
    expect(tries).toBeLessThanOrEqual(2);
    await healthyStaysWell(world);
    await world.secret('account', { accessKey: exampleAccessKey, secretKey: exampleSecretKey });
    await world.untilReady();
    expect(putsOf(world)).toHaveLength(1);
  });
}

export function describeRefusalsForNow(ward: () => World): void {
  it('waits for as long as a 429 says by a date', async () => {
    const world = ward();
    const retryAfter = new Date(world.cloud.now() + 90_000).toUTCString();
    world.cloud.faults.add({
      operation: 'modifyComponent',
      ...SICK,
      effect: { kind: 'throttle', retryAfter },
    });
    await world.create(newVersion());
    await untilShown(world, {
      ready: 'Unknown/Throttled',
      mode: 'Reconciling/Throttled',
      says: [/throttling threshold has been reached/],
    });
    expect((await untilEvent(world, 'Throttled')).note).toContain('a new try follows');
    await healthyStaysWell(world);
    await world.untilReady();
    const [first, second, ...more] = putsOf(world);
    expect(more).toEqual([]);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(85_000);
    expect(modifiesOf(world)).toHaveLength(1);
  });

  it('is not kept waiting for years by an absurd Retry-After', async () => {
    const world = ward();
    const effect = { kind: 'throttle', retryAfter: '999999999' } as const;
    world.cloud.faults.add({ operation: 'modifyComponent', ...SICK, effect });
    const startedMs = world.time.now().mono;
    await world.create(newVersion());
    await world.untilReady();
    expect(world.time.now().mono - startedMs).toBeLessThanOrEqual(86_500_000);
  });

  it.each([
    ['409 without a body', { kind: 'respond', status: 409, body: '' }],
    ['409 with a code', { kind: 'respond', status: 409, body: { error_code: 'SVCSTG.00100402' } }],
  ] as const)('takes %s for busy and tries again', async (_name, effect) => {
    const world = ward();
    world.cloud.faults.add({ operation: 'modifyComponent', next: 2, ...SICK, effect });
    await world.create(newVersion());
    await untilShown(world, {
      ready: 'Unknown/ProgressingWithRetry',
      mode: 'Reconciling/ProgressingWithRetry',
      says: [/HTTP 409/],
    });
    await healthyStaysWell(world);
    await world.untilReady();
    expect(putsOf(world)).toHaveLength(3);
    expect(modifiesOf(world)).toHaveLength(1);
  });
}

/** The component is not there. */
const ABSENT: FaultEffect = {
  kind: 'respond',
  status: 404,
  body: { error_code: 'SVCSTG.00100404', error_msg: 'The component does not exist.' },
};
const notFound: Shown = {
  ready: 'False/NotFound',
  mode: 'Stalled/NotFound',
  says: [
    /not found in ServiceStage: The component does not exist/,
    /Check spec\.applicationId and spec\.componentId/,
  ],
};

export function describeAbsence(ward: () => World): void {
  it('names the ids when the component is gone before the job, and goes on when it is there', async () => {
    const world = ward();
    world.cloud.faults.add({ operation: 'getComponent', next: 'all', ...SICK, effect: ABSENT });
    await world.create(newVersion());
    await untilShown(world, notFound);
    expect(putsOf(world)).toEqual([]);
    await healthyStaysWell(world);
    world.cloud.faults.clear();
    await world.untilReady();
    expect(putsOf(world)).toHaveLength(1);
  });

  it('says so when the component is removed while its job runs', async () => {
    const world = ward();
    world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 60_000 });
    await world.create(newVersion());
    await world.until('submitted', async () => statusOf(await world.get()).operation?.phase === 'Submitted');
    world.cloud.console.remove(componentOf(world));
    await untilShown(world, {
      ready: 'False/NotFound',
      mode: 'Stalled/NotFound',
      says: [/no longer found|not found/],
    });
    await healthyStaysWell(world);
    await world.settle(1_200_000);
    expect(putsOf(world)).toHaveLength(1);
    expect(conditionOf(await world.get(), 'Ready')).toBe('False/NotFound');
  });

  it('is not Ready from memory after the component was removed at rest', async () => {
    const world = ward();
    await world.create(newVersion());
    await world.untilReady();
    world.cloud.faults.add({ operation: 'getComponent', next: 'all', ...SICK, effect: ABSENT });
    await untilShown(world, notFound);
    const writes = world.statusWrites.get(NAME);
    await world.settle(3_600_000);
    expect(world.statusWrites.get(NAME)).toBe(writes);
    await healthyStaysWell(world);
    world.cloud.faults.clear();
    await world.untilReady();
    expect(putsOf(world)).toHaveLength(1);
  });

  it('releases a resource whose component is gone, whatever its policy', async () => {
    const world = ward();
    world.cloud.console.remove(componentOf(world));
    await world.create(newVersion({}, { deletionPolicy: 'Delete' }));
    await untilShown(world, { ...notFound, says: [/not found in ServiceStage/] });
    await world.remove();
    await world.until('released', async () => (await world.get()) === undefined);
    expect(world.cloud.journal.requests({ operation: 'deleteComponent' })).toEqual([]);
  });
}

function componentOf(world: World): string {
  return world.cloud.components().find((each) => each.projectId === SICK.projectId)?.id ?? '';
}

function lastJobOf(world: World): string {
  return world.cloud.component(componentOf(world)).lastJobId ?? '';
}
