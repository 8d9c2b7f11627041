// The assumptions A1 to A5, each broken by the service or by somebody else. The operator may stall, and where it cannot know
// better it may call twice; but every call it makes is told by an event of its own, and it does not go on calling.
import { describe, expect, it } from 'vitest';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { componentsPath, type KubeTarget } from '../support/kube-target.ts';
import { NAME, specOf, type World } from '../support/world.ts';
import { eventsOf } from './bad-input/ward.ts';
import {
  annotate,
  arrived,
  consoleJob,
  deploys,
  inForceThen,
  LONG_MS,
  lose,
  restarts,
  type Staging,
  sent,
  told,
  untilEvents,
  untilStalled,
  untilUnknown,
} from './recovery-stage.ts';
import { conditionOf, statusOf } from './scenarios.ts';
import { describeWorlds } from './worlds.ts';

const ACCEPTED: Staging = { lost: 'accepted' };
const FORCE_AT = 'servicestage.io/force-apply-at';
const sameVersion = consoleJob({ kind: 'modify', body: { version: '1.0.2' } });
const events = async (world: World, reason: string) =>
  (await eventsOf(world)).filter((event) => event.reason === reason).map(({ note }) => note);

/** Nothing more is called, and every call that arrived was told. */
async function comesToRest(world: World): Promise<void> {
  await world.settle(LONG_MS);
  const calls = arrived(world);
  await world.settle(2 * LONG_MS);
  expect(arrived(world)).toBe(calls);
  await untilEvents(world, { Submitting: calls });
}

function a1(current: () => World): void {
  it('calls a second time, and says before it that the first call left no trace', async () => {
    const world = current();
    await inForceThen(world, []);
    world.cloud.configure({ a1AcceptLateMs: 200_000 });
    await world.edit({ version: '1.0.2' });
    await world.untilReady();
    await comesToRest(world);
    expect(sent(world)).toEqual(['1.0.1', '1.0.2', '1.0.2']);
    await untilEvents(world, { SubmitFailed: 1, OperationRecovered: 1 });
    expect((await events(world, 'SubmitFailed'))[0]).toContain('shows no trace of it');
  });

  it('calls once with a settle that is longer than the service takes', async () => {
    const world = current();
    await world.start({ pollIntervalMs: 30_000, unknownOutcomeSettleMs: 300_000 });
    world.cloud.configure({ a1AcceptLateMs: 200_000 });
    await world.create(specOf({ version: '1.0.1' }));
    await world.untilReady();
    await comesToRest(world);
    expect(sent(world)).toEqual(['1.0.1']);
  });
}

function a2(current: () => World): void {
  const hidden: Staging['before'] = (world) => {
    world.cloud.configure({ a2ForeignLagMs: 600_000 });
    deploys('9.9.9')(world);
  };
  it.each([
    ['was accepted', 'accepted', ['1.0.1', '1.0.2']],
    ['never arrived', 'dropped', ['1.0.1', '1.0.2']],
  ] as const)('puts its change on top of a hidden one, once, when its call %s', async (_name, lost, want) => {
    const world = current();
    await inForceThen(world, { lost, before: hidden });
    await world.edit({ version: '1.0.2' });
    await world.untilReady();
    await comesToRest(world);
    expect(sent(world)).toEqual(want);
  });

  it('stalls on the 400 that a hidden job causes, as if the spec were wrong', async () => {
    const world = current();
    const busy = consoleJob({ kind: 'restart', script: { end: 'SUCCEEDED', durationMs: 60_000 } });
    const stagings = await inForceThen(world, []);
    world.cloud.configure({ a2ForeignLagMs: 600_000 });
    stagings.next = [{ lost: 'dropped', before: busy }];
    await world.edit({ version: '1.0.2' });
    await untilStalled(world, 'InvalidSpec');
    await comesToRest(world);
    expect(arrived(world)).toBe(2);
    expect(sent(world)).toEqual(['1.0.1']);
  });
}

function a3(current: () => World): void {
  const stays: Staging = { ...ACCEPTED, before: ({ cloud }) => cloud.configure({ a3LastJobStays: true }) };
  const blind: Staging = {
    ...ACCEPTED,
    before: ({ cloud }) => cloud.configure({ a3LastJobStays: true, forbidden: ['listRecords'] }),
  };

  it('finds its call by the record', async () => {
    const world = current();
    await inForceThen(world, stays);
    await world.edit({ version: '1.0.2' });
    const object = await world.untilReady();
    await comesToRest(world);
    expect(sent(world)).toEqual(['1.0.1', '1.0.2']);
    expect(statusOf(object).operation?.recovered).toBe(true);
  });

  it.each([
    ['the records are forbidden', blind, undefined],
    ['the last job has no record', stays, restarts],
  ] as const)(
    'stalls without a second call when %s and the component has become what was sent',
    async (_name, staging, first) => {
      const world = current();
      const stagings = await inForceThen(world, []);
      first?.(world);
      stagings.next = [staging];
      lose(world, staging);
      await world.edit({ version: '1.0.2' });
      await untilUnknown(world);
      await comesToRest(world);
      expect(sent(world)).toEqual(['1.0.1', '1.0.2']);
    },
  );

  it('calls a second time when nothing at all can be seen, and says so before', async () => {
    const world = current();
    await inForceThen(world, blind);
    await annotate(world, { [FORCE_AT]: 'a' });
    await world.until('both calls', () => arrived(world) === 3);
    await comesToRest(world);
    expect(sent(world)).toEqual(['1.0.1', '1.0.1', '1.0.1']);
    await untilEvents(world, { SubmitFailed: 1 });
  });
}

function a4(current: () => World): void {
  it('shows what another installation undid, and does not undo it in turn', async () => {
    const world = current();
    await inForceThen(world, []);
    world.cloud.configure({ a4OtherInstallationAfterMs: 60_000 });
    await world.edit({ version: '1.0.2' });
    await world.untilReady();
    await comesToRest(world);
    expect(sent(world)).toEqual(['1.0.1', '1.0.2']);
    expect(conditionOf(await world.get(), 'Synced')).toBe('False/Drifted');
    await untilEvents(world, { DriftDetected: 1 });
  });

  it('adopts what its lost call did when somebody wiped the status meanwhile', async () => {
    const world = current();
    const hidden: Staging['before'] = ({ cloud }) => cloud.configure({ recordsLagMs: LONG_MS });
    await inForceThen(world, { ...ACCEPTED, before: hidden });
    await world.edit({ version: '1.0.2' });
    await world.until('the lost call', () => arrived(world) === 2);
    await wipeStatus(world);
    await world.untilReady();
    await comesToRest(world);
    expect(sent(world)).toEqual(['1.0.1', '1.0.2']);
    expect(await told(world)).toEqual(['Adopted']);
  });
}

async function wipeStatus(world: World): Promise<void> {
  const path = `${componentsPath(world.namespace, NAME)}/status`;
  const patch = [{ op: 'replace', path: '/status', value: { observedGeneration: -1 } }];
  const { status } = await world.kube.call('PATCH', path, patch, 'application/json-patch+json');
  expect(status).toBe(200);
}

function a5(current: () => World): void {
  it('names both jobs and makes no second call when somebody deploys the same version', async () => {
    const world = current();
    await inForceThen(world, ACCEPTED);
    world.cloud.configure({ a5ForeignSameVersion: true });
    await world.edit({ version: '1.0.2' });
    await untilUnknown(world);
    await comesToRest(world);
    expect(sent(world)).toEqual(['1.0.1', '1.0.2']);
    expect((await told(world)).slice(0, 3)).toEqual(['Unattributed', 'Unattributed', 'UnknownOutcome']);
    const [, ...theirs] = world.cloud.component(exampleComponentId).jobs.slice(1);
    const jobs = (statusOf(await world.get()).history ?? []).map(({ jobId }) => jobId);
    for (const { id } of theirs) expect(jobs).toContain(id);
  });

  it('takes the job of somebody else for its own when its call never arrived, and names it', async () => {
    const world = current();
    await inForceThen(world, { lost: 'dropped', after: sameVersion });
    await world.edit({ version: '1.0.2' });
    await world.untilReady();
    await comesToRest(world);
    expect(sent(world)).toEqual(['1.0.1']);
    const { lastJobId = '' } = world.cloud.component(exampleComponentId);
    await untilEvents(world, { OperationRecovered: 1 });
    expect((await events(world, 'OperationRecovered'))[0]).toContain(lastJobId);
  });

  it('takes a restart for its own scaling when that was never seen, and names it; the count is scaled once', async () => {
    const world = current();
    const scaling: Staging = { ...ACCEPTED, operation: 'actOnComponent' };
    const after: Staging['after'] = (at) => {
      at.cloud.advance(1_000);
      restarts(at);
    };
    const hosts = { spec: { scaleHosts: ['a', 'b', 'c'] } };
    await inForceThen(world, { ...scaling, after }, hosts);
    await world.edit({ replica: 3 });
    await world.untilReady();
    await comesToRest(world);
    const actions = world.cloud.journal.requests({ operation: 'actOnComponent' });
    expect(actions.filter(({ accepted }) => accepted)).toHaveLength(1);
    const { lastJobId = '' } = world.cloud.component(exampleComponentId);
    await untilEvents(world, { OperationRecovered: 1 });
    expect((await events(world, 'OperationRecovered'))[0]).toContain(lastJobId);
  });
}

export function describeAssumptions(name: string, startKube: () => Promise<KubeTarget>): void {
  describeWorlds(`when an assumption does not hold, on the ${name} API server`, startKube, (current) => {
    describe('A1, a call is accepted later than the settle:', () => a1(current));
    describe('A2, the write of somebody else shows later than the settle:', () => a2(current));
    describe('A3, accepted writes do not move last_job_id:', () => a3(current));
    describe('A4, somebody else works on the component or the status:', () => a4(current));
    describe('A5, somebody else starts a job that fits the call:', () => a5(current));
  });
}
