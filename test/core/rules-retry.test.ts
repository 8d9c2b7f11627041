// A modify after one that was not sent, and after one that somebody else replaced: what is waited for, kept and told.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { type CrOptions, cr, type FactsOptions, facts, job, remote, START_WALL } from '../support/make.ts';
import { AT, condition, inForce, intentOf, MINUTE, SPEC_DIGEST, shown, written } from './given.ts';

const old = remote({ version: '1.0.0', body: { version: '1.0.0' }, lastJobId: 'JOB-1' });

function judge(object: CrOptions, options: FactsOptions = {}): Decision {
  return decide(facts({ object: cr(object), component: old, jobs: [job('JOB-0', 'succeeded')], ...options }));
}

const EDIT = { generation: 2, component: { version: '2.0.0' } };

describe('a try after one that was not sent', () => {
  const closed = (changes: Partial<Operation> = {}, more: Partial<Status> = {}) =>
    inForce({
      operation: intentOf({
        phase: 'NotSent',
        attempt: 3,
        generation: 2,
        failure: 'transient',
        finishedAt: AT,
        notBefore: '2026-01-01T00:01:00Z',
        previousModify: { result: 'Succeeded', generation: 1, specDigest: SPEC_DIGEST, digestVersion: 1 },
        ...changes,
      }),
      ...more,
    });
  const due = { wall: START_WALL + MINUTE };

  it.each([
    ['is the next attempt of the same cause', {}, 4],
    ['is the first attempt of another generation', { generation: 1 }, 1],
    ['is the first attempt of another cause', { cause: 'Force' }, 1],
  ] as const)('%s', (_name, changes, attempt) => {
    const { status } = written(judge({ ...EDIT, status: closed(changes) }, due));
    expect(status.operation).toMatchObject({ attempt, previousModify: { result: 'Succeeded' } });
  });

  it.each([
    ['waits for its time', {}, {}, 59_000, 1_000],
    ['does not wait any more at its time', {}, {}, 60_000, undefined],
    ['does not wait for a newer spec', { generation: 1 }, {}, 0, undefined],
    [
      'does not wait when a look is asked for',
      {},
      { 'servicestage.io/reconcile-requested-at': 'a' },
      0,
      undefined,
    ],
    [
      'waits for a throttle whatever is asked for',
      { failure: 'throttled' },
      { 'servicestage.io/reconcile-requested-at': 'a' },
      0,
      60_000,
    ],
    ['waits for a throttle also with a newer spec', { failure: 'throttled', generation: 1 }, {}, 0, 60_000],
    ['does not wait on a clock that was set back', {}, {}, -3_600_000, undefined],
  ] as const)('%s', (_name, changes, annotations, wall, ms) => {
    const decision = judge({ ...EDIT, annotations, status: closed(changes) }, { wall: START_WALL + wall });
    if (ms === undefined) expect(decision.kind).toBe('write');
    else expect(decision).toMatchObject({ kind: 'rest', ms });
  });

  it('does not wait when no time was kept, or one that cannot be read', () => {
    const { notBefore: _none, ...without } = closed().operation ?? intentOf();
    expect(judge({ ...EDIT, status: inForce({ operation: without }) }).kind).toBe('write');
    expect(judge({ ...EDIT, status: closed({ notBefore: 'soon' }) }).kind).toBe('write');
  });

  it('waits for its time also when the time before it is not known', () => {
    const { finishedAt: _none, ...without } = closed().operation ?? intentOf();
    expect(judge({ ...EDIT, status: inForce({ operation: without }) })).toMatchObject({
      kind: 'rest',
      ms: 60_000,
    });
  });

  const denied = [
    condition('Ready', ['False', 'PermissionDenied']),
    condition('Stalled', ['True', 'PermissionDenied']),
  ];

  it.each([
    ['credentials', 'Ready=False/PermissionDenied Stalled=True/PermissionDenied'],
    ['permission', 'Ready=False/PermissionDenied Stalled=True/PermissionDenied'],
    ['configuration', 'Ready=False/PermissionDenied Stalled=True/PermissionDenied'],
    ['permanent', 'Ready=False/PermissionDenied Stalled=True/PermissionDenied'],
    ['transient', 'Ready=Unknown/Progressing Reconciling=True/Submitting'],
  ])('leaves shown what only somebody outside can change: %s', (kind, want) => {
    const { status } = written(
      judge({ ...EDIT, status: closed({ failure: kind }, { conditions: denied }) }, due),
    );
    expect(shown(status)).toContain(want);
  });

  it('shows the first try of a new spec whatever the old one showed', () => {
    const status = closed({ failure: 'permission', generation: 1 }, { conditions: denied });
    expect(shown(written(judge({ ...EDIT, status }, due)).status)).toContain('Reconciling=True/Submitting');
  });
});

describe('a change of ours that somebody else replaced', () => {
  const theirs = remote({ version: '1.0.0', body: { version: '1.0.0' }, lastJobId: 'THEIRS' });
  const known = { jobs: [job('THEIRS', 'succeeded')] };

  it('is remembered before the next one is sent', () => {
    const decision = written(judge({ ...EDIT, status: inForce() }, { component: theirs, ...known }));
    expect(decision.status.overwritten).toEqual([{ ourJobId: 'JOB-1', jobId: 'THEIRS', time: AT }]);
    expect(decision.status.operation?.phase).toBe('Succeeded');
  });

  it('is no such change when the version is still ours', () => {
    const component = remote({ lastJobId: 'THEIRS' });
    const { status } = written(judge({ ...EDIT, status: inForce() }, { component, ...known }));
    expect(status).not.toHaveProperty('overwritten');
    expect(status.operation?.phase).toBe('Intent');
  });

  it('is judged by the whole body when the same spec is sent again', () => {
    const force = { annotations: { 'servicestage.io/force-apply-at': 'a' }, status: inForce() };
    const changed = remote({ lastJobId: 'THEIRS', body: { description: 'theirs' } });
    expect(written(judge(force, { component: changed, ...known })).status.overwritten).toHaveLength(1);
    const same = remote({ lastJobId: 'THEIRS' });
    expect(written(judge(force, { component: same, ...known })).status).not.toHaveProperty('overwritten');
  });

  it('is forgotten by a call that a person asked for, and by no other', () => {
    const overwritten = [{ ourJobId: 'JOB-1', jobId: 'THEIRS', time: AT }];
    const forced = {
      annotations: { 'servicestage.io/force-apply-at': 'a' },
      status: inForce({ overwritten }),
    };
    expect(written(judge(forced, { component: theirs, ...known })).status).not.toHaveProperty('overwritten');
    const edited = written(
      judge({ ...EDIT, status: inForce({ overwritten }) }, { component: theirs, ...known }),
    );
    expect(edited.status.overwritten).toEqual(overwritten);
  });
});
