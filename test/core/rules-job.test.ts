// A submitted job, followed to its end: how often it is looked at, when its silence counts, and what is told of its end.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { cr, type FactsOptions, facts, job, remote, START_WALL } from '../support/make.ts';
import { condition, inForce, MINUTE, message, NOW, operation, remembering, shown, written } from './given.ts';

const RUNNING = [
  condition('Ready', ['Unknown', 'Progressing']),
  condition('Reconciling', ['True', 'JobRunning']),
  condition('JobSucceeded', ['Unknown', 'JobRunning']),
];

function submitted(changes: Partial<Operation> = {}, more: Partial<Status> = {}): Status {
  return inForce({ operation: operation({ phase: 'Submitted', ...changes }), conditions: RUNNING, ...more });
}

function judge(status: Status, options: FactsOptions = {}): Decision {
  return decide(facts({ object: cr({ status }), ...options }));
}

const running = { jobs: [job('JOB-1', 'running')] };
const MISSING = { kind: 'ok', value: { kind: 'missing', code: 'C', message: 'no such job' } } as const;

describe('a job that runs', () => {
  it('is polled without a write', () => {
    expect(judge(submitted(), running)).toMatchObject({ kind: 'rest', ms: 5_000 });
  });

  it('takes Ready back to Unknown when something else was shown', () => {
    const status = submitted({}, { conditions: [condition('Ready', ['False', 'CredentialsUnavailable'])] });
    const decision = written(judge(status, running));
    expect(shown(decision.status)).toBe(
      'Ready=Unknown/Progressing Reconciling=True/JobRunning JobSucceeded=Unknown/JobRunning',
    );
    expect(decision.restMs).toBe(5_000);
    expect(decision.status.observedGeneration).toBe(1);
  });

  it('is shown when nothing was', () => {
    expect(shown(written(judge(submitted({}, { conditions: [] }), running)).status)).toContain(
      'Reconciling=True/JobRunning',
    );
  });

  it('is asked for with the Secrets first', () => {
    const reads = { account: undefined as never };
    expect(judge(submitted(), { reads })).toMatchObject({ kind: 'read', read: { what: 'account' } });
  });

  it('says nothing new while its resource is being deleted', () => {
    const status = submitted({}, { conditions: [condition('Ready', ['False', 'Deleting'])] });
    const object = cr({ deleting: true, spec: { deletionPolicy: 'Delete' }, status });
    expect(decide(facts({ object, ...running }))).toMatchObject({ kind: 'rest', ms: 5_000 });
  });

  it.each([
    ['is in time until its deadline', 60 * MINUTE - 1_000, 'rest'],
    ['is shown as late from then on', 60 * MINUTE, 'write'],
  ])('%s', (_name, age, want) => {
    expect(judge(submitted(), { ...running, wall: START_WALL + age }).kind).toBe(want);
  });

  it('is looked at once a minute when it is late, and a person is told', () => {
    const decision = written(judge(submitted(), { ...running, wall: START_WALL + 61 * MINUTE }));
    expect(shown(decision.status)).toContain('Stalled=True/Timeout');
    expect(message(decision.status)).toContain('has not ended within 60 minutes');
    expect(decision.notes).toMatchObject([{ type: 'Warning', reason: 'JobFailed', action: 'Modify' }]);
    expect(decision.restMs).toBe(60_000);
    expect(judge(decision.status, { ...running, wall: START_WALL + 62 * MINUTE })).toMatchObject({
      kind: 'rest',
      ms: 60_000,
    });
  });

  it('is not told as late while its resource is being deleted', () => {
    const object = cr({ deleting: true, spec: { deletionPolicy: 'Delete' }, status: submitted() });
    const decision = decide(facts({ object, ...running, wall: START_WALL + 61 * MINUTE }));
    expect(decision).toMatchObject({ kind: 'rest', ms: 60_000 });
  });

  it('that is looked at once more counts from nothing for the state UNKNOWN', () => {
    const memory = { unknownReads: { count: 2, lastMono: 0 } };
    const decision = judge(submitted(), { ...running, ...remembering(memory) });
    expect(decision.kind === 'rest' && Object.keys(decision.memory ?? {})).toEqual(['unknownReads']);
  });
});

describe('a job that the service does not know', () => {
  const unknownJob = { reads: { jobs: { 'JOB-1': MISSING } } };

  it.each([
    ['may be new: it is polled until the settle has passed', 119_999, 'rest', 5_000],
    ['counts as lost after that, and the component is asked', 120_000, 'read', undefined],
  ])('%s', (_name, seenMs, kind, ms) => {
    const decision = judge(submitted(), { ...unknownJob, ...remembering({ firstSeenMono: NOW - seenMs }) });
    expect(decision).toMatchObject(ms === undefined ? { kind } : { kind, ms });
  });

  it('may be new for a process that has only just seen the operation', () => {
    expect(judge(submitted(), unknownJob).kind).toBe('rest');
  });

  it('is still waited for while the component works', () => {
    const options = {
      ...unknownJob,
      component: remote({ status: 'UPGRADING' }),
      ...remembering({ firstSeenMono: 0 }),
    };
    expect(judge(submitted(), options)).toMatchObject({ kind: 'rest', why: 'job runs' });
  });

  it('is a success when the component runs and equals the spec', () => {
    const options = {
      ...unknownJob,
      component: remote({ lastJobId: 'JOB-1' }),
      ...remembering({ firstSeenMono: 0 }),
    };
    const { status } = written(judge(submitted(), options));
    expect(status.operation?.phase).toBe('Succeeded');
    expect(status.history?.[0]).toMatchObject({ result: 'JobLost' });
  });

  it('is lost when the spec was edited since, so that nothing can be compared', () => {
    const object = cr({ generation: 2, component: { version: '2.0.0' }, status: submitted() });
    const component = remote({ lastJobId: 'JOB-1' });
    const decision = decide(
      facts({ object, ...unknownJob, component, ...remembering({ firstSeenMono: 0 }) }),
    );
    expect(written(decision).status.operation?.phase).toBe('JobLost');
  });

  it.each([
    ['does not run', remote({ status: 'PENDING' }), 'does not show the change'],
    ['has another version', remote({ body: { version: '1.0.0' } }), 'does not show the change'],
    ['is missing', 'missing' as const, 'is missing'],
  ])('is lost when the component %s', (_name, component, text) => {
    const decision = written(
      judge(submitted(), { ...unknownJob, component, ...remembering({ firstSeenMono: 0 }) }),
    );
    expect(decision.status.operation?.phase).toBe('JobLost');
    expect(shown(decision.status)).toContain('Stalled=True/JobLost');
    expect(message(decision.status)).toContain(text);
    expect(decision.notes).toMatchObject([{ type: 'Warning', reason: 'UnknownOutcome', action: 'Modify' }]);
  });

  it.each([
    ['with the count that was asked for', 3, 'Succeeded'],
    ['with another count', 2, 'JobLost'],
  ] as const)('is judged, for a scale, by the component: %s', (_name, replica, phase) => {
    const status = submitted({ type: 'Scale', cause: 'Replica', replica: 3 });
    const options = { ...unknownJob, component: remote({ replica }), ...remembering({ firstSeenMono: 0 }) };
    expect(written(judge(status, options)).status.operation?.phase).toBe(phase);
  });
});

describe('a job in state UNKNOWN', () => {
  const unknown = { jobs: [job('JOB-1', 'unknown')] };

  it.each([
    ['is counted at first sight', undefined, { count: 1, lastMono: NOW }],
    ['is counted again 15 s later', { count: 1, lastMono: NOW - 15_000 }, { count: 2, lastMono: NOW }],
    ['is not counted sooner', { count: 1, lastMono: NOW - 14_999 }, { count: 1, lastMono: NOW - 14_999 }],
  ])('%s', (_name, before, after) => {
    const memory = before === undefined ? {} : { unknownReads: before };
    const decision = judge(submitted(), { ...unknown, ...remembering(memory) });
    expect(decision).toMatchObject({ kind: 'rest', ms: 15_000, memory: { unknownReads: after } });
  });

  it('is polled no faster than the poll of every job', () => {
    const decision = judge(submitted(), { ...unknown, settings: { pollMs: 40_000 } });
    expect(decision).toMatchObject({ kind: 'rest', ms: 40_000 });
  });
});
