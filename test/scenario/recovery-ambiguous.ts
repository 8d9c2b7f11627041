// `ambiguousSubmit`: what follows a call whose outcome stays unknown, under each policy, with crashes in between.
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/controller/ports.ts';
import type { Wrap } from '../../src/operator.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import type { World } from '../support/world.ts';
import {
  annotate,
  arrived,
  consoleJob,
  deploys,
  inForceThen,
  LONG_MS,
  messageOf,
  RESET_AT,
  type Staging,
  sent,
  startStaged,
  told,
  untilEvents,
  untilUnknown,
} from './recovery-stage.ts';
import { statusOf } from './scenarios.ts';
import { describeWorlds } from './worlds.ts';

/** The call never arrives, and a job of somebody else hides that. */
const HIDDEN: Staging = { lost: 'dropped', after: deploys('9.9.9') };
/** The call is accepted, beside a job of somebody else with the same version. */
const DOUBTFUL: Staging = {
  lost: 'accepted',
  before: consoleJob({ kind: 'modify', body: { version: '1.0.2' } }),
};
const resubmits = { spec: { ambiguousSubmit: 'Resubmit' } } as const;
const holds = { spec: { ambiguousSubmit: 'Hold' } } as const;
const calls = (world: World) => arrived(world) - 1;

class Dead extends Error {
  readonly failure = {
    class: 'transient',
    code: 'ECONNRESET',
    message: 'the process is as good as dead',
  } as const;
}

/** After the first status write that holds `text` nothing works any more, as after a crash between that write and the next step. */
function dyingAfter(text: string): { readonly wrap: Wrap; readonly dead: () => boolean } {
  let dead = false;
  const cluster = (real: Cluster): Cluster => ({
    ...real,
    get: async (...call) => {
      if (dead) throw new Dead();
      return await real.get(...call);
    },
    patchStatus: async (object, patch, signal) => {
      if (dead) throw new Dead();
      const outcome = await real.patchStatus(object, patch, signal);
      dead = JSON.stringify(patch).includes(text);
      if (dead) throw new Dead();
      return outcome;
    },
  });
  return { wrap: { cluster }, dead: () => dead };
}

function resubmit(current: () => World): void {
  it('makes one more call, warns that the first may count too, and is Ready', async () => {
    const world = current();
    await inForceThen(world, HIDDEN, resubmits);
    await world.edit({ version: '1.0.2' });
    const object = await world.untilReady();
    await world.settle(LONG_MS);
    expect(calls(world)).toBe(2);
    expect(sent(world)).toEqual(['1.0.1', '1.0.2']);
    expect(await told(world)).toEqual(['Succeeded', 'Unattributed', 'UnknownOutcome', 'Succeeded']);
    expect(statusOf(object).operation).toMatchObject({
      cause: 'Spec',
      attempt: 2,
      previousModify: { result: 'UnknownOutcome' },
    });
    await untilEvents(world, { UnknownOutcome: 3, Submitting: 3 });
  });

  it('shows it when both calls were accepted', async () => {
    const world = current();
    await inForceThen(world, DOUBTFUL, resubmits);
    await world.edit({ version: '1.0.2' });
    await world.untilReady();
    expect(sent(world)).toEqual(['1.0.1', '1.0.2', '1.0.2']);
    expect(await told(world)).toEqual([
      'Succeeded',
      'Unattributed',
      'Unattributed',
      'UnknownOutcome',
      'Succeeded',
    ]);
  });

  it('makes no third call by itself, and starts again with a newer spec', async () => {
    const world = current();
    await inForceThen(world, [HIDDEN, HIDDEN], resubmits);
    await world.edit({ version: '1.0.2' });
    await world.until('the second call is lost', () => calls(world) === 2);
    await untilUnknown(world);
    await world.settle(LONG_MS);
    expect(calls(world)).toBe(2);
    expect(await messageOf(world)).toContain('there is no third');
    await world.edit({ version: '1.0.3' });
    await world.untilReady();
    expect(sent(world)).toEqual(['1.0.1', '1.0.3']);
  });

  it('waits until the component is idle', async () => {
    const world = current();
    const busy = consoleJob({
      kind: 'modify',
      body: { version: '9.9.9' },
      script: { end: 'SUCCEEDED', durationMs: LONG_MS },
    });
    await inForceThen(world, { lost: 'dropped', after: busy }, resubmits);
    await world.edit({ version: '1.0.2' });
    await untilUnknown(world);
    expect(await messageOf(world)).toContain('sent once more when the component is idle');
    expect(calls(world)).toBe(1);
    await world.untilReady();
    expect(sent(world)).toEqual(['1.0.1', '1.0.2']);
  });

  it.each([
    ['the grant and the intent', '"result":"UnknownOutcome","generation"'],
    ['the intent and the call', '"attempt":2'],
  ])('survives a crash between %s without a third call', async (_name, text) => {
    const world = current();
    const { wrap, dead } = dyingAfter(text);
    const stagings = await inForceThen(world, HIDDEN, { ...resubmits, wrap });
    await world.edit({ version: '1.0.2' });
    await world.until('the write', dead);
    await world.kill();
    await startStaged(world, stagings);
    await world.untilReady();
    await world.settle(LONG_MS);
    expect(calls(world)).toBe(2);
    expect(sent(world)).toEqual(['1.0.1', '1.0.2']);
  });

  it('stalls when the second call is lost in a crash and its outcome stays unknown', async () => {
    const world = current();
    const stagings = await inForceThen(world, [HIDDEN, HIDDEN], resubmits);
    await world.edit({ version: '1.0.2' });
    await world.until('the second call', () => calls(world) === 2);
    await world.kill();
    await startStaged(world, stagings);
    await untilUnknown(world);
    await world.settle(LONG_MS);
    expect(calls(world)).toBe(2);
  });
}

function hold(current: () => World): void {
  it('lets a newer spec and a forced one wait until a reset, which is one call', async () => {
    const world = current();
    await inForceThen(world, HIDDEN, holds);
    await world.edit({ version: '1.0.2' });
    await untilUnknown(world);
    await world.edit({ version: '1.0.3' });
    await annotate(world, { 'servicestage.io/force-apply-at': 'f' });
    await untilUnknown(world);
    await world.settle(LONG_MS);
    expect(calls(world)).toBe(1);
    expect(await messageOf(world)).toContain('Nothing is sent, a newer spec neither');
    await annotate(world, { [RESET_AT]: 'r', 'servicestage.io/force-apply-at': '' });
    await world.untilReady();
    await world.settle(LONG_MS);
    expect(sent(world)).toEqual(['1.0.1', '1.0.3']);
    expect(calls(world)).toBe(2);
  });

  it('is not released twice by one reset', async () => {
    const world = current();
    await inForceThen(world, [HIDDEN, HIDDEN], holds);
    await world.edit({ version: '1.0.2' });
    await untilUnknown(world);
    await annotate(world, { [RESET_AT]: 'r' });
    await world.until('the second call', () => calls(world) === 2);
    await untilUnknown(world);
    await world.edit({ version: '1.0.3' });
    await world.settle(LONG_MS);
    expect(calls(world)).toBe(2);
  });
}

function verify(current: () => World): void {
  it('makes no call for the same spec, and one for a newer one', async () => {
    const world = current();
    await inForceThen(world, HIDDEN);
    await world.edit({ version: '1.0.2' });
    await untilUnknown(world);
    await world.settle(LONG_MS);
    expect(calls(world)).toBe(1);
    await world.edit({ version: '1.0.3' });
    await world.untilReady();
    expect(sent(world)).toEqual(['1.0.1', '1.0.3']);
  });

  it('makes one call for a reset', async () => {
    const world = current();
    await inForceThen(world, HIDDEN);
    await world.edit({ version: '1.0.2' });
    await untilUnknown(world);
    await annotate(world, { [RESET_AT]: 'r' });
    await world.untilReady();
    expect(sent(world)).toEqual(['1.0.1', '1.0.2']);
  });

  it('accepts what is there for a reset, without a call, when that is what was sent', async () => {
    const world = current();
    await inForceThen(world, DOUBTFUL);
    await world.edit({ version: '1.0.2' });
    await untilUnknown(world);
    await annotate(world, { [RESET_AT]: 'r' });
    await world.untilReady();
    await world.settle(LONG_MS);
    expect(calls(world)).toBe(1);
    expect((await told(world))[0]).toBe('Adopted');
    await untilEvents(world, { Adopted: 1 });
    await annotate(world, { [RESET_AT]: 's' });
    await world.settle(LONG_MS);
    expect(calls(world)).toBe(1);
    await world.edit({ version: '1.0.3' });
    await world.untilReady();
    expect(calls(world)).toBe(2);
  });

  it('is un-stalled by evidence that comes late, without a call', async () => {
    const world = current();
    const lateRecord: Staging = {
      lost: 'accepted',
      before: ({ cloud }) => cloud.configure({ recordsLagMs: LONG_MS }),
    };
    await inForceThen(world, lateRecord);
    await world.edit({ version: '1.0.2' });
    await untilUnknown(world);
    const object = await world.untilReady();
    expect(statusOf(object).operation?.recovered).toBe(true);
    expect(calls(world)).toBe(1);
  });
}

function changed(current: () => World): void {
  it('goes from Verify to Hold in its message, and makes no call', async () => {
    const world = current();
    await inForceThen(world, HIDDEN);
    await world.edit({ version: '1.0.2' });
    await untilUnknown(world);
    await world.patch({ spec: { ambiguousSubmit: 'Hold' } });
    await world.until('the message', async () => (await messageOf(world)).includes('ambiguousSubmit: Hold'));
    await world.settle(LONG_MS);
    const writes = world.statusWrites.get('weather');
    await world.settle(LONG_MS);
    expect(calls(world)).toBe(1);
    expect(world.statusWrites.get('weather')).toBe(writes);
  });

  it('goes from Hold to Resubmit with one more call', async () => {
    const world = current();
    await inForceThen(world, HIDDEN, holds);
    await world.edit({ version: '1.0.2' });
    await untilUnknown(world);
    await world.patch({ spec: { ambiguousSubmit: 'Resubmit' } });
    const object = await world.untilReady();
    expect(sent(world)).toEqual(['1.0.1', '1.0.2']);
    expect(statusOf(object).operation?.attempt).toBe(2);
  });
}

export function describeAmbiguous(name: string, startKube: () => Promise<KubeTarget>): void {
  describeWorlds(`a call whose outcome stays unknown, on the ${name} API server`, startKube, (current) => {
    describe('with ambiguousSubmit Resubmit', () => resubmit(current));
    describe('with ambiguousSubmit Hold', () => hold(current));
    describe('with ambiguousSubmit Verify', () => verify(current));
    describe('with an ambiguousSubmit that is changed', () => changed(current));
  });
}
