// The end of a job: what is told of a failure, when a success is believed, and whose job it was.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import type { Job } from '../../src/core/types.ts';
import { cr, type FactsOptions, facts, job, remote } from '../support/make.ts';
import { condition, inForce, message, operation, remembering, shown, written } from './given.ts';

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

const succeeded = { jobs: [job('JOB-1', 'succeeded')] };

describe('a job that failed', () => {
  const failed = (...tasks: Job['tasks']): FactsOptions => ({
    jobs: [{ ...job('JOB-1', 'failed', 'FAILED'), tasks }],
  });
  const task = (name: string, status: string, text = '') => ({ name, status, message: text });

  it.each([
    [
      'names the task that failed',
      [task('pull', 'SUCCEEDED', 'fine'), task('start', 'FAILED', 'no memory')],
      'FAILED: task start says "no memory".',
    ],
    [
      'names the task that has something to say',
      [task('pull', 'RUNNING'), task('start', 'ABORTED', 'no memory')],
      'FAILED: task start says "no memory".',
    ],
    ['names a failed task that says nothing', [task('start', 'FAILED')], 'FAILED: task start.'],
    ['names none when none has anything to say', [task('start', 'RUNNING')], 'Job JOB-1 ended FAILED.'],
    ['names none when there is none', [], 'Job JOB-1 ended FAILED.'],
  ])('%s', (_name, tasks, text) => {
    expect(message(written(judge(submitted(), failed(...tasks))).status)).toContain(text);
  });

  it('is told as an event, keeps the tasks and voids what was applied', () => {
    const decision = written(judge(submitted(), failed(task('start', 'FAILED'))));
    expect(decision.notes).toMatchObject([{ type: 'Warning', reason: 'JobFailed', action: 'Modify' }]);
    expect(decision.status.operation?.tasks).toEqual([{ name: 'start', status: 'FAILED' }]);
    expect(decision.status.lastApplied?.void).toBe(true);
  });
});

describe('a job that succeeded', () => {
  it('is in force although the component is gone afterwards, which is said', () => {
    const { status } = written(judge(submitted(), { ...succeeded, component: 'missing' }));
    expect(status.operation).toMatchObject({ phase: 'Succeeded', rawStatus: 'SUCCEEDED' });
    expect(shown(status)).toContain('Stalled=True/NotFound');
    expect(message(status)).toContain('then the component was no longer found');
  });

  it('is in force for a count that nobody can tell any more', () => {
    const object = cr({ component: { replica: 3 }, status: submitted() });
    const { status } = written(decide(facts({ object, ...succeeded, component: 'missing' })));
    expect(status.operation?.phase).toBe('Succeeded');
    expect(status.lastApplied).not.toHaveProperty('replica');
  });

  it.each([
    ['ten looks are granted to the service to show it', 9, 'rest'],
    ['then the component is taken as it is', 10, 'write'],
  ])('%s', (_name, failures, want) => {
    const options = { ...succeeded, component: remote({ lastJobId: 'JOB-0' }), ...remembering({ failures }) };
    const decision = judge(submitted(), options);
    expect(decision.kind).toBe(want);
    if (decision.kind === 'rest')
      expect(decision).toMatchObject({ ms: 5_000, memory: { failures: failures + 1 } });
  });

  it('is waited for also when the component still shows an older job of ours', () => {
    const history = [
      {
        operationId: 'op-0',
        type: 'Modify',
        cause: 'Spec',
        generation: 1,
        jobId: 'JOB-A',
        result: 'Succeeded',
      },
    ] as const;
    const options = { ...succeeded, component: remote({ lastJobId: 'JOB-A' }) };
    expect(judge(submitted({}, { history: [...history] }), options).kind).toBe('rest');
  });

  it.each([
    ['shows a newer job', remote({ lastJobId: 'JOB-9' })],
    ['shows its job', remote({ lastJobId: 'JOB-1' })],
  ])('is verified at once when the component %s', (_name, component) => {
    expect(written(judge(submitted(), { ...succeeded, component })).status.operation?.phase).toBe(
      'Succeeded',
    );
  });

  it('is verified at once when nothing ever named a job before it', () => {
    const { baselineJobId: _first, ...first } = operation({ phase: 'Submitted' });
    const { lastJobId: _none, ...component } = remote();
    const { lastApplied: _applied, ...status } = inForce({ operation: first, conditions: RUNNING });
    expect(written(judge(status, { ...succeeded, component })).status.operation?.phase).toBe('Succeeded');
  });

  it('is verified at once when the component names no job', () => {
    const { lastJobId: _none, ...component } = remote();
    expect(written(judge(submitted(), { ...succeeded, component })).status.operation?.phase).toBe(
      'Succeeded',
    );
  });
});

describe('a job that was found again', () => {
  const other = remote({ lastJobId: 'JOB-1', body: { version: '1.0.0' } });
  const found = (changes: Partial<Operation> = {}) =>
    submitted({ recovered: true, requestId: 'req-1', ...changes });

  it('and left another component than was asked for was somebody else’s: the search goes on without it', () => {
    const { status } = written(judge(found(), { ...succeeded, component: other }));
    expect(status.operation).toMatchObject({ id: 'op-1', phase: 'Intent', excludedJobIds: ['JOB-1'] });
    expect(Object.keys(status.operation ?? {})).not.toContain('jobId');
    expect(status.operation).not.toHaveProperty('recovered');
    expect(status.operation).not.toHaveProperty('requestId');
    expect(status.lastApplied).toBeDefined();
  });

  it('is added to the five newest that were excluded', () => {
    const excludedJobIds = ['A', 'B', 'C', 'D', 'E'];
    const { status } = written(judge(found({ excludedJobIds }), { ...succeeded, component: other }));
    expect(status.operation?.excludedJobIds).toEqual(['B', 'C', 'D', 'E', 'JOB-1']);
  });

  it.each([
    ['the component equals the spec', found(), remote({ lastJobId: 'JOB-1' })],
    ['its answer was never lost', submitted(), other],
    ['the component has moved on', found(), remote({ lastJobId: 'JOB-9', body: { version: '1.0.0' } })],
    ['the spec was edited since, so that nothing can be compared', found({ specDigest: 'other' }), other],
    ['it scaled', found({ type: 'Scale' }), other],
  ])('is ours when %s', (_name, status, component) => {
    expect(written(judge(status, { ...succeeded, component })).status.operation?.phase).toBe('Succeeded');
  });
});
