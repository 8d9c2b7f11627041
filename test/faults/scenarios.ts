// The scenarios of the crash sweep: what is done to the world, and the causes that this gives the operator. The checker
// believes these lists and the journal, never the operator.
//
// `setup` happens before an operator runs, `prepare` before the part that the strikes in pairs are meant for, `run` after it.
// A scenario ends at rest: its resources have no interval of checks any more.
import { exampleComponentId, exampleToken } from '../fakes/simulator/index.ts';
import { specOf, type World } from '../support/world.ts';
import {
  apply,
  type Diary,
  edit,
  force,
  isInForce,
  quiet,
  reason,
  released,
  type SweepScenario,
  statusOf,
  submitted,
} from './steps.ts';

const first = (world: World) => apply(world, { version: '1.0.1' });

const withSecret = [{ name: 'PASSWORD', valueSecretRef: { name: 'app', key: 'password' } }];

/** Two resources name one component before an operator runs; the older one, by time and then by UID, is its owner. */
async function twoResources(world: World, diary: Diary): Promise<void> {
  const both = [];
  for (const name of ['left', 'right'])
    both.push(await world.create(specOf({}, { ...quiet, suspend: true }), name));
  const [older, younger] = both
    .map(({ metadata }) => metadata)
    .toSorted((a, b) => (`${a.creationTimestamp} ${a.uid}` < `${b.creationTimestamp} ${b.uid}` ? -1 : 1));
  diary.owner(older?.name ?? '');
  await world.patch({ spec: { suspend: false, component: { version: '1.0.1' } } }, older?.name);
  await world.patch({ spec: { suspend: false, component: { version: '6.6.6' } } }, younger?.name);
}

async function bothSettled(world: World): Promise<void> {
  const objects = async () => Promise.all([world.get('left'), world.get('right')]);
  await world.until('one is Ready, the other refused', async () => {
    const shown = (await objects()).flatMap((object) => statusOf(object).conditions ?? []);
    const ready = shown.some(({ type, status }) => type === 'Ready' && status === 'True');
    return ready && shown.some((condition) => condition.reason === 'OwnershipConflict');
  });
}

export const SCENARIOS: readonly SweepScenario[] = [
  { name: 'first apply', wishes: [{ version: '1.0.1' }], ends: 'ready', run: first },
  {
    name: 'update',
    wishes: [{ version: '1.0.1' }, { version: '1.0.2' }],
    ends: 'ready',
    prepare: first,
    run: (world) => edit(world, '1.0.2'),
  },
  {
    name: 'update during a job',
    wishes: [{ version: '1.0.1' }, { version: '1.0.2' }],
    ends: 'ready',
    run: async (world) => {
      world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 30_000 }, exampleComponentId);
      await world.create(specOf({ version: '1.0.1' }, quiet));
      await submitted(world);
      await edit(world, '1.0.2');
    },
  },
  {
    name: 'failed job, then a fix',
    wishes: [{ version: '1.0.1' }, { version: '1.0.2' }],
    ends: 'ready',
    run: async (world) => {
      world.cloud.scriptJob({ end: 'FAILED' }, exampleComponentId);
      await world.create(specOf({ version: '1.0.1' }, quiet));
      await reason(world, 'Stalled', 'JobFailedTerminal');
      await edit(world, '1.0.2');
    },
  },
  {
    name: 'rolled back job, then the old spec again',
    wishes: [{ version: '1.0.1' }, { version: '1.0.2' }, { version: '1.0.1', sent: 'always' }],
    ends: 'ready',
    prepare: first,
    run: async (world) => {
      world.cloud.scriptJob({ end: 'ROLLBACKED' }, exampleComponentId);
      await world.edit({ version: '1.0.2' });
      await reason(world, 'Stalled', 'JobFailedTerminal');
      await edit(world, '1.0.1');
    },
  },
  {
    name: 'scale',
    wishes: [{ version: '1.0.1' }],
    counts: [2],
    ends: 'ready',
    run: (world) => apply(world, { version: '1.0.1', replica: 2 }, { scaleHosts: ['host-1', 'host-2'] }),
  },
  {
    name: 'Secret rotation',
    wishes: [
      { version: '1.0.1', secret: 'first' },
      { version: '1.0.1', secret: 'second' },
      { version: '1.0.2', secret: 'second' },
    ],
    ends: 'ready',
    prepare: async (world) => {
      await world.secret('app', { password: 'first' });
      await apply(world, { version: '1.0.1', envs: withSecret }, { interval: '5m' });
    },
    run: async (world) => {
      await world.secret('app', { password: 'second' });
      const again = world.cloud.settings.sameVersion === 'accept';
      await world.until('rolled out, or refused', () =>
        again ? rolledOut(world, 'second') : refusedVersion(world),
      );
      await world.edit({ version: '1.0.2' });
      await world.patch({ spec: quiet });
      await world.untilReady();
    },
  },
  {
    name: 'suspend and resume',
    wishes: [{ version: '1.0.1' }, { version: '1.0.3' }],
    ends: 'ready',
    prepare: first,
    run: async (world, diary) => {
      await world.patch({ spec: { suspend: true } });
      await reason(world, 'Paused', 'SpecSuspended');
      diary.note('suspended');
      await world.edit({ version: '1.0.2' });
      await world.edit({ version: '1.0.3' });
      await world.settle(60_000);
      diary.note('resumed');
      await world.patch({ spec: { suspend: false } });
      await world.untilReady();
    },
  },
  {
    name: 'refused credentials, then recovery',
    wishes: [{ version: '1.0.1' }, { version: '1.0.2' }],
    ends: 'ready',
    prepare: first,
    run: async (world) => {
      await world.secret('huaweicloud', { token: 'expired' });
      await world.edit({ version: '1.0.2' });
      await reason(world, 'Ready', 'CredentialsRejected');
      await world.secret('huaweicloud', { token: exampleToken });
      await world.untilReady();
    },
  },
  {
    name: 'a console job first',
    wishes: [{ version: '1.0.1' }],
    ends: 'ready',
    run: async (world) => {
      world.cloud.console.startJob({
        componentId: exampleComponentId,
        kind: 'restart',
        script: { end: 'SUCCEEDED', durationMs: 20_000 },
      });
      await first(world);
    },
  },
  {
    name: 'a console job between two edits',
    wishes: [{ version: '1.0.1' }, { version: '1.0.2' }],
    ends: 'ready',
    prepare: first,
    run: async (world) => {
      world.cloud.console.startJob({
        componentId: exampleComponentId,
        kind: 'modify',
        body: { version: '9.9.9' },
        script: { end: 'SUCCEEDED', durationMs: 20_000 },
      });
      await edit(world, '1.0.2');
    },
  },
  {
    name: 'force token',
    wishes: [{ version: '1.0.1' }, { version: '1.0.1', sent: 'always' }],
    ends: 'ready',
    prepare: first,
    run: async (world) => {
      await force(world, 'now');
      await world.untilReady();
    },
  },
  {
    name: 'two resources, one component',
    wishes: [{ version: '1.0.1' }],
    ends: 'ready',
    setup: twoResources,
    run: bothSettled,
  },
  { name: 'delete, Orphan', wishes: [{ version: '1.0.1' }], ends: 'Orphan', prepare: first, run: released },
  {
    name: 'delete, Delete',
    wishes: [{ version: '1.0.1' }],
    ends: 'Delete',
    prepare: (world) => apply(world, { version: '1.0.1' }, { deletionPolicy: 'Delete' }),
    run: released,
  },
];

async function rolledOut(world: World, secret: string): Promise<boolean> {
  const { envs } = world.cloud.component(exampleComponentId).config;
  return JSON.stringify(envs ?? []).includes(`"${secret}"`) && isInForce(await world.get());
}

/** Where the service refuses a version that it has seen, only a newer one brings the new value out. */
async function refusedVersion(world: World): Promise<boolean> {
  return statusOf(await world.get()).operation?.phase === 'Refused';
}
