// A stored status that somebody else wrote: never trusted, never a reason to send anything twice.
import { expect, it } from 'vitest';
import { statusSchema } from '../../../src/api/status.ts';
import type { JsonObject } from '../../../src/core/types.ts';
import { exampleComponentId } from '../../fakes/simulator/index.ts';
import { componentsPath } from '../../support/kube-target.ts';
import { NAME, type World } from '../../support/world.ts';
import { conditionOf, statusOf } from '../scenarios.ts';
import { withLooserCrd } from './looser-crd.ts';
import { callsOf, healthyStaysWell, modifiesOf, newVersion, putsOf, restart, untilShown } from './ward.ts';

type Tampering = (status: JsonObject) => JsonObject;

/** Writes that the CRD lets through and that carry no decision: repaired by themselves, without a PUT. */
const REPAIRED: readonly { readonly name: string; readonly tamper: Tampering }[] = [
  { name: 'a generation of the future', tamper: () => ({ observedGeneration: 99 }) },
  { name: 'a generation of the past', tamper: () => ({ observedGeneration: 0 }) },
  { name: 'no conditions', tamper: () => ({ conditions: null }) },
  { name: 'an empty list of conditions', tamper: () => ({ conditions: [] }) },
  {
    name: 'a condition that claims a stall',
    tamper: (status) => ({
      conditions: (status.conditions as readonly JsonObject[]).map((each) =>
        each.type === 'Ready' ? { ...each, status: 'False', reason: 'InvalidSpec', message: 'forged' } : each,
      ),
    }),
  },
  {
    name: 'a history of somebody else',
    tamper: () => ({
      history: Array.from({ length: 10 }, (_, index) => ({
        operationId: `forged-${index}`,
        type: 'Modify',
        cause: 'Spec',
        generation: 1,
        jobId: `JOB-forged-${index}`,
        result: 'Succeeded',
      })),
    }),
  },
  {
    name: 'a remote that is not the component',
    tamper: () => ({ remote: { componentStatus: 'FAILED', lastJobId: 'x' } }),
  },
  { name: 'a drift without end', tamper: () => ({ drift: { since: '2020-01-01T00:00:00Z', fields: [] } }) },
];

/** What cannot be read: nothing is sent until a person says so. */
const UNREADABLE: readonly {
  readonly name: string;
  readonly member: string;
  readonly lists?: 'broken';
  readonly tamper: Tampering;
}[] = [
  { name: 'an operation of garbage', member: 'status.operation', tamper: () => ({ operation: 'garbage' }) },
  {
    name: 'an operation of another shape',
    member: 'status.operation',
    tamper: () => ({ operation: { phase: 'Dancing' } }),
  },
  {
    name: 'an operation that is a list',
    member: 'status.operation',
    tamper: () => ({ operation: [1, 2] }),
  },
  { name: 'lastApplied of garbage', member: 'status.lastApplied', tamper: () => ({ lastApplied: 7 }) },
  {
    name: 'a history of junk',
    lists: 'broken',
    member: 'status.history',
    tamper: () => ({ history: ['junk', { a: 1 }] }),
  },
  {
    name: 'everything at once',
    member: 'status.operation, status.lastApplied, status.history',
    tamper: () => ({
      operation: 1,
      lastApplied: 'x',
      history: {},
      conditions: 'none',
      remote: [],
    }),
  },
];

export function describeStatuses(ward: () => World, server: string): void {
  // The embedded server refuses every status write while a list holds entries of another type; a real one lets them be.
  const unreadable = UNREADABLE.filter(({ lists }) => lists !== 'broken' || server === 'real');

  it.each(REPAIRED)('repairs a status with $name, without a PUT', async ({ tamper }) => {
    const world = ward();
    await applied(world);
    await tampered(world, tamper);
    await world.patch({ metadata: { annotations: { 'servicestage.io/reconcile-requested-at': 'now' } } });
    await world.until('looked', async () => statusOf(await world.get()).lastHandledReconcileAt === 'now');
    const object = await world.untilReady();
    expect(statusOf(object).remote).toMatchObject({ componentStatus: 'RUNNING' });
    expect(conditionOf(object, 'Synced')).toBe('True/InSync');
    expect(putsOf(world)).toHaveLength(1);
    await world.edit({ version: '1.0.2' });
    await world.untilReady();
    expect(modifiesOf(world).map((entry) => entry.version)).toEqual(['1.0.1', '1.0.2']);
    await healthyStaysWell(world);
  });

  it.each(unreadable)(
    'sends nothing on a status with $name until a person says so',
    async ({ member, tamper }) => {
      const world = ward();
      await applied(world);
      await withLooserCrd(world.kube, () => tampered(world, tamper));
      await untilShown(world, {
        ready: 'False/InvalidConfiguration',
        mode: 'Stalled/InvalidConfiguration',
        says: [
          `The status was changed by another writer: ${member} cannot be read`,
          /set annotation servicestage\.io\/reset-at to a new value/,
        ],
      });
      await world.edit({ version: '1.0.2' });
      await world.settle(1_200_000);
      expect(putsOf(world)).toHaveLength(1);
      await healthyStaysWell(world);
      await world.patch({ metadata: { annotations: { 'servicestage.io/reset-at': 'now' } } });
      await world.until('echoed', async () => statusOf(await world.get()).lastHandledResetAt === 'now');
      const object = await world.untilReady();
      expect(statusSchema.safeParse(object.status).error?.issues).toBeUndefined();
      forgive(world);
      expect(modifiesOf(world).map((entry) => entry.version)).toEqual(['1.0.1', '1.0.2']);
    },
  );

  it('sends the same spec again once a person says so', async () => {
    const world = ward();
    await applied(world);
    await withLooserCrd(world.kube, () => tampered(world, () => ({ lastApplied: 'garbage' })));
    await world.patch({ metadata: { annotations: { 'servicestage.io/reset-at': 'now' } } });
    await world.until('echoed', async () => statusOf(await world.get()).lastHandledResetAt === 'now');
    await world.untilReady();
    expect(modifiesOf(world).map((entry) => entry.version)).toEqual(['1.0.1', '1.0.1']);
    forgive(world);
  });

  it('lets go of a resource whose status cannot be read', async () => {
    const world = ward();
    await applied(world);
    await withLooserCrd(world.kube, () => tampered(world, () => ({ operation: 'garbage' })));
    await untilShown(world, {
      ready: 'False/InvalidConfiguration',
      mode: 'Stalled/InvalidConfiguration',
      says: [/cannot be read/],
    });
    await world.remove();
    await world.until('released', async () => (await world.get()) === undefined);
    forgive(world);
  });

  it('does not believe a forged operation that claims a job', async () => {
    const world = ward();
    await applied(world);
    const jobId = '../../v3/evil';
    await tampered(world, (status) => ({
      operation: { ...(status.operation as JsonObject), phase: 'Submitted', jobId, finishedAt: null },
    }));
    const calls = callsOf(world).length;
    const object = await world.until('followed to its end', async () => {
      const found = await world.get();
      return statusOf(found).operation?.phase !== 'Submitted' && found;
    });
    expect(
      callsOf(world)
        .slice(calls)
        .filter((entry) => entry.path.includes('evil')),
    ).toEqual([]);
    expect(putsOf(world)).toHaveLength(1);
    expect(statusOf(object).history?.[0]).toMatchObject({ result: 'JobLost' });
    expect(world.cloud.component(exampleComponentId).config.version).toBe('1.0.1');
    await healthyStaysWell(world);
  });
}

/** What somebody else wrote stays where it is until it is replaced. */
function forgive(world: World): void {
  const own = world.violations.filter((rule) => !rule.endsWith('the status fits its schema'));
  world.violations.splice(0, world.violations.length, ...own);
}

async function applied(world: World): Promise<void> {
  await world.create(newVersion());
  await world.untilReady();
}

/** Another writer changes the status while no operator runs. Rules that the forged status itself breaks are not ours. */
async function tampered(world: World, tamper: Tampering): Promise<void> {
  await world.kill();
  const { status = {} } = (await world.get()) ?? {};
  const writes = world.statusWrites.get(NAME);
  const change = tamper(status);
  const path = `${componentsPath(world.namespace, NAME)}/status`;
  const patch = Object.entries(change).map(([member, value]) =>
    value === null
      ? { op: 'remove', path: `/status/${member}` }
      : { op: 'add', path: `/status/${member}`, value },
  );
  const answer = await world.kube.call('PATCH', path, patch, 'application/json-patch+json');
  if (answer.status !== 200) throw new Error(`not tampered: ${JSON.stringify(answer.json.message)}`);
  const seen = () => change.conditions === null || world.statusWrites.get(NAME) !== writes;
  for (let i = 0; i < 40 && !seen(); i += 1) await new Promise((resolve) => setTimeout(resolve, 25));
  world.violations.length = 0;
  await restart(world);
}
