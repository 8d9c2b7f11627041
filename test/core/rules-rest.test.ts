// At rest: when the component is looked at, what is written about what is found, and when nothing is.
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import type { RemoteComponent } from '../../src/core/types.ts';
import { type CrOptions, cr, type FactsOptions, facts, job, remote, START_WALL } from '../support/make.ts';
import { AT, condition, inForce, MINUTE, message, NOW, operation, READY, shown, written } from './given.ts';

const DUE = { checkDueMono: NOW };
const SEEN = { componentStatus: 'RUNNING', version: '2023.0323.15181', replica: 1, lastJobId: 'JOB-1' };
const IN_SYNC = condition('Synced', ['True', 'InSync'], 'The component equals the spec.');
const known = (changes: Partial<Status> = {}): Status =>
  inForce({ conditions: [...READY, IN_SYNC], remote: SEEN, ...changes });
const same = (changes: Partial<RemoteComponent> = {}) => remote({ lastJobId: 'JOB-1', ...changes });
const other = remote({ lastJobId: 'JOB-1', body: { version: '1.0.0' } });

function judge(object: CrOptions, options: FactsOptions = {}): Decision {
  return decide(facts({ object: cr(object), ...options }));
}

const REQUEST = { annotations: { 'servicestage.io/reconcile-requested-at': 'a' } };

describe('the next look', () => {
  it('is spread over the interval after a start, and remembered', () => {
    const decision = judge({ spec: { interval: '10m' }, status: known() });
    if (decision.kind !== 'rest') throw new Error('expected a rest');
    expect(decision.ms).toBeGreaterThanOrEqual(MINUTE);
    expect(decision.ms).toBeLessThanOrEqual(10 * MINUTE);
    expect(decision.memory).toEqual({ checkDueMono: NOW + (decision.ms ?? 0) });
  });

  it('is not remembered again while it is waited for', () => {
    const memory = { checkDueMono: NOW + 4 * MINUTE };
    const decision = judge({ spec: { interval: '10m' }, status: known() }, { memory });
    expect(decision).toEqual({ kind: 'rest', why: 'at rest', ms: 4 * MINUTE });
  });

  it('comes no later than a shortened interval says', () => {
    const memory = { checkDueMono: NOW + 60 * MINUTE };
    expect(judge({ spec: { interval: '10m' }, status: known() }, { memory })).toMatchObject({
      ms: 11 * MINUTE,
    });
  });

  it('never comes with interval 0', () => {
    expect(judge({ spec: { interval: '0s' }, status: known() })).toMatchObject({
      kind: 'rest',
      ms: undefined,
    });
  });

  it('comes when asked for, also with interval 0, and is answered and told', () => {
    const decision = written(
      judge({ ...REQUEST, spec: { interval: '0s' }, status: known() }, { component: same() }),
    );
    expect(decision.status.lastHandledReconcileAt).toBe('a');
    expect(decision.restMs).toBe(Number.POSITIVE_INFINITY);
    expect(decision.notes).toEqual([
      {
        type: 'Normal',
        reason: 'ReconcileRequestHandled',
        action: 'Compare',
        note: 'Looked at the component as asked for by a.',
      },
    ]);
  });

  it('comes within a minute while an outcome is not known', () => {
    const lost = known({
      operation: operation({ phase: 'UnknownOutcome', message: 'Unknown.' }),
      lastApplied: { generation: 1, void: true },
    });
    const memory = { operationId: 'op-1', firstSeenMono: NOW, checkDueMono: NOW + 30 * MINUTE };
    const options = { memory, component: remote(), records: [] };
    let decision = judge({ status: lost, spec: { interval: '10m' } }, options);
    for (let writes = 0; decision.kind === 'write' && writes < 3; writes += 1)
      decision = judge({ status: decision.status, spec: { interval: '10m' } }, options);
    expect(decision.kind).toBe('rest');
    if (decision.kind === 'rest') expect(decision.ms).toBeLessThanOrEqual(MINUTE);
  });

  it('is due at its very moment', () => {
    expect(judge({ status: known() }, { memory: DUE })).toMatchObject({ kind: 'read' });
  });
});

describe('a look that is due', () => {
  const look = (status: Status, component: RemoteComponent | 'missing', spec = {}) =>
    judge({ spec: { interval: '10m', ...spec }, status }, { memory: DUE, component });

  it('asks for the Secrets first', () => {
    const reads = { account: undefined as never };
    expect(judge({ status: known() }, { memory: DUE, reads })).toMatchObject({ read: { what: 'account' } });
  });

  it('writes nothing when nothing changed, and comes again after about the interval', () => {
    const decision = look(known(), same());
    if (decision.kind !== 'rest') throw new Error(`expected a rest, got ${JSON.stringify(decision)}`);
    expect(decision.ms).toBeGreaterThanOrEqual(9 * MINUTE);
    expect(decision.ms).toBeLessThanOrEqual(11 * MINUTE);
    expect(decision.memory).toEqual({ checkDueMono: NOW + (decision.ms ?? 0) });
  });

  it('shows a difference with its place, tells it once, and leaves Ready alone', () => {
    const decision = written(look(known(), other));
    expect(shown(decision.status)).toContain('Ready=True/Succeeded');
    expect(message(decision.status, 'Synced')).toBe('The component differs from the spec at /version.');
    expect(decision.status.drift).toMatchObject({
      since: AT,
      fields: [{ pointer: '/version', kind: 'changed' }],
    });
    expect(decision.notes).toMatchObject([{ type: 'Warning', reason: 'DriftDetected', action: 'Compare' }]);
    expect(decision.restMs).toBeGreaterThanOrEqual(9 * MINUTE);
    expect(decision.memory).toEqual({ checkDueMono: NOW + (decision.restMs ?? 0) });
    const again = judge(
      { spec: { interval: '10m' }, status: decision.status },
      { memory: DUE, component: other },
    );
    expect(again.kind).toBe('rest');
  });

  it('keeps since when it differs', () => {
    const first = written(look(known(), other)).status;
    const third = remote({ lastJobId: 'JOB-1', body: { version: '1.0.0', description: 'theirs' } });
    const later = { memory: DUE, component: third, wall: START_WALL + MINUTE };
    const next = written(judge({ spec: { interval: '10m' }, status: first }, later));
    expect(next.status.drift).toMatchObject({ since: AT });
    expect(next.notes).toEqual([]);
  });

  it('takes the difference back when it is gone', () => {
    const first = written(look(known(), other)).status;
    const { status, notes } = written(
      judge({ spec: { interval: '10m' }, status: first }, { memory: DUE, component: same() }),
    );
    expect(status).not.toHaveProperty('drift');
    expect(shown(status)).toContain('Synced=True/InSync');
    expect(notes).toEqual([]);
  });

  it('says nothing about differences that the owner ignores', () => {
    const decision = look(inForce({ remote: SEEN }), other, { driftPolicy: 'Ignore' });
    expect(decision).toMatchObject({ kind: 'rest' });
  });

  it('takes an earlier failure to look back also where differences are ignored', () => {
    const failed = condition('Synced', ['Unknown', 'CheckFailed'], 'ServiceStage cannot be read');
    const { status } = written(
      look(known({ conditions: [...READY, failed] }), other, { driftPolicy: 'Ignore' }),
    );
    expect(shown(status)).toContain('Synced=Unknown/NotChecked');
  });

  it.each([
    ['works', same({ status: 'UPGRADING' }), 'The component is UPGRADING.'],
    ['says nothing', same({ status: '' }), 'The component is in an unknown state.'],
  ])('tells that a component that ran %s', (_name, component, note) => {
    const decision = written(look(known(), component));
    expect(decision.notes).toEqual([
      { type: 'Warning', reason: 'ComponentUnhealthy', action: 'Compare', note },
    ]);
  });

  it.each([
    [
      'did not run before either',
      known({ remote: { ...SEEN, componentStatus: 'DOWN' } }),
      same({ status: 'UPGRADING' }),
    ],
    ['runs again', known({ remote: { ...SEEN, componentStatus: 'DOWN' } }), same()],
  ])('tells nothing of a component that %s', (_name, status, component) => {
    expect(written(look(status, component)).notes).toEqual([]);
  });

  it('takes a job of somebody else that changed nothing for no quarrel', () => {
    const { status } = written(look(known(), remote({ lastJobId: 'THEIRS' })));
    expect(status).not.toHaveProperty('overwritten');
    expect(status.remote?.lastJobId).toBe('THEIRS');
  });

  it('tells a drift also beside what an own job had not brought', () => {
    const submitted = inForce({ operation: operation({ phase: 'Submitted' }), conditions: [] });
    const object = cr({ spec: { interval: '10m' }, status: submitted });
    const after = written(
      decide(facts({ object, component: other, jobs: [job('JOB-1', 'succeeded')] })),
    ).status;
    expect(shown(after)).toContain('Synced=False/NotApplied');
    const third = remote({ lastJobId: 'JOB-1', body: { version: '1.0.0', description: 'theirs' } });
    const decision = written(look(after, third));
    expect(shown(decision.status)).toContain('Synced=False/Drifted');
    expect(decision.notes).toMatchObject([{ reason: 'DriftDetected' }]);
  });

  it('says that the component is gone', () => {
    expect(shown(written(look(known(), 'missing')).status)).toContain('Stalled=True/NotFound');
  });

  it('ends the pass at once when two parties undo each other, so that the stop is shown', () => {
    const overwritten = [{ ourJobId: 'JOB-A', jobId: 'THEIRS-1', time: AT }];
    const theirs = remote({ lastJobId: 'THEIRS-2', body: { version: '1.0.0' } });
    const decision = written(look(known({ overwritten }), theirs));
    expect(decision.status.overwritten).toHaveLength(2);
    expect(decision.restMs).toBeUndefined();
  });
});
