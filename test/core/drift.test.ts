// What is remembered of a difference, and when it is a cause: one episode, one call; a quarrel is told from a slip.
import { describe, expect, it } from 'vitest';
import type { Drift, Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import {
  driftDue,
  driftedPointers,
  driftOf,
  isDriftLoop,
  notAppliedPointers,
  withEpisodeAnswered,
  withRevertCounted,
} from '../../src/core/drift.ts';
import type { Desired } from '../../src/core/facts.ts';
import { cr, facts, remote, START_WALL } from '../support/make.ts';

const changed = (...pointers: string[]) => pointers.map((pointer) => ({ pointer, kind: 'changed' as const }));
const found = (after: 'job' | 'check', ...pointers: string[]) => ({
  after,
  changed: changed(...pointers),
  removed: [],
});
const at = (minutes: number, newId = `episode-${minutes}`) => ({
  wall: START_WALL + minutes * 60_000,
  newId,
});
const seen = (before: Drift | undefined, after: 'job' | 'check', pointers: string[], minutes = 0): Drift => {
  const drift = driftOf(before, found(after, ...pointers), at(minutes));
  if (drift === undefined) throw new Error('nothing differs');
  return drift;
};

describe('a difference', () => {
  it('is nothing when nothing differs', () => {
    expect(driftOf(seen(undefined, 'check', ['/a']), found('check'), at(1))).toBeUndefined();
  });

  it('found at a check begins an episode, which stays while the same fields differ in any order', () => {
    const first = seen(undefined, 'check', ['/a', '/b']);
    expect(first.episode).toBe('episode-0');
    expect(seen(first, 'check', ['/b', '/a'], 5)).toMatchObject({ episode: 'episode-0', since: first.since });
  });

  it('of other fields is another episode, and it differs since then as before', () => {
    const first = seen(undefined, 'check', ['/a']);
    expect(seen(first, 'check', ['/a', '/b'], 5)).toMatchObject({ episode: 'episode-5', since: first.since });
  });

  it('that was answered stays answered while the same fields differ', () => {
    const status = withEpisodeAnswered({ observedGeneration: 1, drift: seen(undefined, 'check', ['/a']) });
    expect(status.drift?.episode).toBeUndefined();
    expect(seen(status.drift, 'check', ['/a'], 5).episode).toBeUndefined();
    expect(seen(status.drift, 'check', ['/b'], 5).episode).toBe('episode-5');
  });

  it('right after our own job is not applied and no episode, also at the next check', () => {
    const after = seen(undefined, 'job', ['/a']);
    const next = seen(after, 'check', ['/a'], 5);
    for (const drift of [after, next]) {
      expect(drift.episode).toBeUndefined();
      expect([notAppliedPointers(drift), driftedPointers(drift)]).toEqual([['/a'], []]);
    }
  });

  it('beside what was not applied is an episode of its own fields only', () => {
    const next = seen(seen(undefined, 'job', ['/a']), 'check', ['/a', '/b'], 5);
    expect(next.episode).toBe('episode-5');
    expect([notAppliedPointers(next), driftedPointers(next)]).toEqual([['/a'], ['/b']]);
  });

  it('that was not applied and then was, is drift when it differs once more', () => {
    const gone = seen(seen(undefined, 'job', ['/a', '/b']), 'check', ['/b'], 5);
    expect(driftedPointers(seen(gone, 'check', ['/a', '/b'], 10))).toEqual(['/a']);
  });

  it('of a key that left the spec is told and never an episode', () => {
    const removed = [{ pointer: '/old', kind: 'removed' as const }];
    const drift = driftOf(undefined, { after: 'check', changed: [], removed }, at(0));
    expect(drift?.fields).toEqual(removed);
    expect([drift?.episode, drift === undefined ? [] : driftedPointers(drift)]).toEqual([undefined, []]);
  });

  it('tells at most twenty fields and keeps its identity by all of them', () => {
    const many = Array.from({ length: 30 }, (_, n) => `/field-${n}`);
    const first = seen(undefined, 'check', many);
    expect(first.fields).toHaveLength(20);
    expect(seen(first, 'check', [...many, '/one-more'], 5).episode).toBe('episode-5');
  });
});

describe('a policy', () => {
  const drift = seen(undefined, 'check', ['/a']);
  const desired = (driftPolicy: Desired['driftPolicy']) => ({ driftPolicy, specDigest: 'now' }) as Desired;
  const revert = (specDigest: string) => ({ time: drift.since, specDigest, signature: 'x' });

  it.each([
    ['Observe never acts', 'Observe', [], undefined],
    ['Ignore never acts', 'Ignore', [], undefined],
    ['Revert acts on every episode', 'Revert', [revert('now')], 'episode-0'],
    ['RevertOnce acts on the first of a spec', 'RevertOnce', [revert('before')], 'episode-0'],
    ['RevertOnce acts once per spec', 'RevertOnce', [revert('now')], undefined],
  ] as const)('%s', (_name, policy, reverts, due) => {
    expect(driftDue({ observedGeneration: 1, drift, reverts: [...reverts] }, desired(policy))).toBe(due);
  });

  it('has nothing to act on once the episode is answered', () => {
    const { episode: _, ...answered } = drift;
    expect(driftDue({ observedGeneration: 1, drift: answered }, desired('Revert'))).toBeUndefined();
  });
});

describe('a quarrel', () => {
  const drift = seen(undefined, 'check', ['/a'], 59);
  const revertAt = (minutes: number, signature = drift.signature ?? '') => ({
    time: new Date(START_WALL + minutes * 60_000).toISOString(),
    specDigest: 'now',
    signature,
  });
  const status = (...reverts: NonNullable<Status['reverts']>): Status => ({
    observedGeneration: 1,
    drift,
    reverts,
  });

  it.each([
    [
      'three equal ones within the hour before the drift',
      status(revertAt(0), revertAt(20), revertAt(40)),
      true,
    ],
    ['only two', status(revertAt(20), revertAt(40)), false],
    ['one of other fields', status(revertAt(0), revertAt(20, 'other'), revertAt(40)), false],
    ['one too long ago', status(revertAt(-2), revertAt(20), revertAt(40)), false],
    ['exactly an hour', status(revertAt(-1), revertAt(20), revertAt(40)), true],
    [
      'no drift',
      { observedGeneration: 1, reverts: [revertAt(0), revertAt(20), revertAt(40)] } as Status,
      false,
    ],
  ])('is told by three equal reverts: %s', (_name, given, loop) => {
    expect(isDriftLoop(given)).toBe(loop);
  });

  const operation = (change: Partial<Operation> = {}): Operation => ({
    id: 'op-1',
    type: 'Modify',
    cause: 'Drift',
    generation: 1,
    attempt: 1,
    phase: 'Submitted',
    submittedAt: drift.since,
    specDigest: 'now',
    ...change,
  });
  const counted = (before: Status, change?: Partial<Operation>) =>
    withRevertCounted(before, before, { operation: operation(change), wall: START_WALL }).reverts;

  it('counts a revert with the fields that it set back, and keeps three', () => {
    const before = status(revertAt(0, 'a'), revertAt(1, 'b'), revertAt(2, 'c'));
    expect(counted(before)?.map(({ signature }) => signature)).toEqual(['b', 'c', drift.signature]);
  });

  it('is forgotten by any other modify, and untouched by a scale', () => {
    const before = status(revertAt(0));
    expect(counted(before, { cause: 'Spec' })).toBeUndefined();
    expect(counted(before, { type: 'Scale', cause: 'Replica' })).toEqual(before.reverts);
  });
});

describe('a policy that cannot see what it promises', () => {
  const notesOf = (spec: object) => {
    const object = cr({ finalizers: ['servicestage.io/finalizer'], spec: spec as never });
    const decision = decide(facts({ object, component: remote() }));
    return decision.kind === 'note' ? decision.notes.map(({ note }) => note) : [];
  };

  it.each(['Revert', 'RevertOnce'])('%s warns when nothing is ever compared', (driftPolicy) => {
    expect(notesOf({ driftPolicy, interval: '0s' }).join()).toContain('interval is 0s');
    expect(notesOf({ driftPolicy, interval: '30s' }).join()).not.toContain('interval');
  });

  it('does not warn where nothing is promised', () => {
    expect(notesOf({ driftPolicy: 'Observe', interval: '0s' }).join()).not.toContain('interval');
  });
});
