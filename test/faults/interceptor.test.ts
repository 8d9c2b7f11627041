// What each strike does to the calls of an operator: the sweep proves nothing if a strike does not strike.
import { describe, expect, it } from 'vitest';
import type { Cloud, CloudSession, Cluster, KubeObject } from '../../src/controller/ports.ts';
import { AWAY_MS, createInterceptor, type Kind, type Moment, type Strike } from './interceptor.ts';
import { strikesOf } from './plan.ts';

const object = { metadata: { name: 'weather', namespace: 'shop' }, spec: {} } as unknown as KubeObject;
const { signal } = new AbortController();

function rig(...strikes: Strike[]) {
  const done: string[] = [];
  const felt: string[] = [];
  let nowMs = 0;
  const interceptor = createInterceptor(strikes, {
    now: () => nowMs,
    kill: () => felt.push('kill'),
    pause: async (kind) => {
      felt.push(kind);
    },
  });
  const acts = (name: string) => async () => {
    done.push(name);
    return { kind: 'written', object };
  };
  const written = { patchStatus: acts('patch'), addFinalizer: acts('finalizer'), get: acts('get') };
  const cluster = interceptor.cluster(written as unknown as Cluster);
  const session = { modify: acts('modify'), getComponent: acts('look') } as unknown as CloudSession;
  const cloud = interceptor.cloud({ open: () => session } as Cloud);
  const opened = cloud.open({ region: 'r', projectId: 'p', applicationId: 'a', componentId: 'c' }, {});
  const patch = () => cluster.patchStatus(object, [], signal);
  const wait = (ms: number): void => {
    nowMs += ms;
  };
  return { cluster, opened, patch, wait, done, felt, calls: interceptor.calls };
}

const strike = (kind: Kind, moment: Moment = 'before', at = 1): Strike => ({ at, moment, kind });

describe('a strike', () => {
  it.each<[Moment, number]>([
    ['before', 0],
    ['acted', 1],
    ['after', 1],
  ])('kills %s the call, and nothing gets through any more', async (moment, acted) => {
    const { patch, done, felt } = rig(strike('kill', moment));
    if (moment === 'after') await patch();
    else await expect(patch()).rejects.toThrow();
    expect(done).toHaveLength(acted);
    expect(felt).toEqual(['kill']);
    await expect(patch()).rejects.toThrow();
    expect(done).toHaveLength(acted);
  });

  it.each<[Moment, number]>([
    ['before', 0],
    ['acted', 1],
  ])('drops a call %s the other side acts, once', async (moment, acted) => {
    const { patch, done, felt } = rig(strike('drop', moment));
    await expect(patch()).rejects.toThrow();
    expect(done).toHaveLength(acted);
    await patch();
    expect(done).toHaveLength(acted + 1);
    expect(felt).toEqual([]);
  });

  it('makes the outcome of a write to the cloud unknown instead of throwing', async () => {
    const { opened, done } = rig(strike('drop', 'acted'));
    await expect(opened.modify('{}', signal)).resolves.toMatchObject({ kind: 'unknown' });
    expect(done).toEqual(['modify']);
  });

  it('answers three writes in a row as conflicts, and lets reads through', async () => {
    const { cluster, patch, done } = rig(strike('conflict'));
    const answers = [await patch(), await cluster.addFinalizer(object, signal)];
    await cluster.get('shop', 'weather', signal);
    answers.push(await patch());
    expect(answers.map(({ kind }) => kind)).toEqual(['stale', 'stale', 'stale']);
    expect(done).toEqual(['get']);
    await expect(patch()).resolves.toMatchObject({ kind: 'written' });
  });

  it('takes the API server away for five minutes, and only the API server', async () => {
    const { opened, patch, wait, done } = rig(strike('away'));
    await opened.getComponent(signal);
    await expect(patch()).rejects.toThrow();
    wait(AWAY_MS - 1);
    await expect(patch()).rejects.toThrow();
    wait(1);
    await patch();
    expect(done).toEqual(['look', 'patch']);
  });

  it.each<[Kind, Moment]>([
    ['pause', 'before'],
    ['race', 'acted'],
  ])('stands still (%s, %s) and goes on with the answer', async (kind, moment) => {
    const { patch, felt } = rig(strike(kind, moment));
    await expect(patch()).resolves.toMatchObject({ kind: 'written' });
    expect(felt).toEqual([kind]);
  });

  it('numbers the calls to both sides in order', async () => {
    const { opened, patch, calls } = rig();
    await patch();
    await opened.getComponent(signal);
    expect(calls).toEqual(['patchStatus', 'getComponent']);
  });
});

describe('the plan', () => {
  const CALLS = ['readSecret', 'patchStatus', 'modify'];
  it.each<[Kind, number]>([
    ['kill', 9],
    ['drop', 6],
    ['conflict', 1],
    ['away', 3],
    ['pause', 5],
    ['race', 5],
  ])('has every place for a %s', (kind, count) => {
    expect(strikesOf(CALLS, [kind])).toHaveLength(count);
  });
});
