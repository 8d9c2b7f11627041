// What people are told without a call: warnings of a spec, a status that somebody broke, and jobs that may be ours.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Facts } from '../../src/core/facts.ts';
import { type CrOptions, cr, type FactsOptions, facts, job, remote } from '../support/make.ts';
import { AT, inForce, intentOf, message, NOW, operation, remembering, shown, written } from './given.ts';

describe('our mark', () => {
  it('is set before anything else, without a word', () => {
    expect(decide(facts({ object: cr({ finalizers: [] }) }))).toEqual({
      kind: 'finalizer',
      change: 'add',
      notes: [],
    });
  });
});

describe('the warnings of a spec', () => {
  const warned = (count: number, options: FactsOptions = {}): Facts => {
    const given = facts({
      object: cr({ generation: 2, component: { version: '2.0.0' }, status: inForce() }),
      ...options,
    });
    const { spec } = given.resource;
    if (spec.kind === 'invalid') throw new Error(spec.message);
    const texts = Array.from({ length: count }, (_, i) => `warning ${i}`);
    return {
      ...given,
      resource: { ...given.resource, spec: { ...spec, desired: { ...spec.desired, warnings: texts } } },
    };
  };

  it('are told as events, before anything is sent', () => {
    expect(decide(warned(1))).toEqual({
      kind: 'note',
      notes: [{ type: 'Warning', reason: 'SpecWarning', action: 'Validate', note: 'warning 0' }],
      memory: { warnedGeneration: 2 },
      why: 'spec warnings',
    });
  });

  it('are at most ten', () => {
    const decision = decide(warned(12));
    expect(decision.kind === 'note' && decision.notes.map(({ note }) => note).at(-1)).toBe('warning 9');
  });

  it('are told once per generation by a process', () => {
    expect(decide(warned(1, { memory: { warnedGeneration: 2 } })).kind).toBe('read');
    expect(decide(warned(1, { memory: { warnedGeneration: 1 } })).kind).toBe('note');
  });

  it('are not told again of a generation that was worked on', () => {
    const object = cr({ status: inForce() });
    expect(decide(warned(1, { object, memory: { checkDueMono: NOW + 1 } })).kind).toBe('rest');
  });

  it('are none when there are none', () => {
    expect(decide(warned(0)).kind).toBe('read');
  });
});

describe('a status that cannot be read any more', () => {
  const problem = 'status.operation.phase is unknown';
  const broken = (
    object: CrOptions,
    statusProblem = problem,
    more: Partial<Facts['resource']> = {},
  ): Facts => {
    const given = facts({ object: cr(object), component: remote() });
    return { ...given, resource: { ...given.resource, statusProblem, ...more } };
  };
  const RESET = { 'servicestage.io/reset-at': 'a' };

  it('stops everything, says what is wrong and how to go on', () => {
    const decision = written(decide(broken({ status: inForce() })));
    expect(shown(decision.status)).toContain('Stalled=True/InvalidConfiguration');
    expect(message(decision.status)).toContain(`changed by another writer: ${problem}. Nothing is sent.`);
    expect(decision.restMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('does not hold up a deletion that leaves the component', () => {
    expect(decide(broken({ deleting: true, status: inForce() })).kind).toBe('finalizer');
  });

  it('holds up a deletion of the component', () => {
    const decision = decide(
      broken({ deleting: true, spec: { deletionPolicy: 'Delete' }, status: inForce() }),
    );
    expect(shown(written(decision).status)).toContain('Stalled=True/InvalidConfiguration');
  });

  it('is replaced after a reset: nothing is in force, no attempt was made, and the reset is still to be answered', () => {
    const { operation: _lost, ...status } = inForce({ observedGeneration: 1 });
    const next = written(decide(broken({ annotations: RESET, status }))).status;
    expect(next.operation).toEqual({
      id: 'op-new',
      type: 'Modify',
      cause: 'Reset',
      generation: 1,
      attempt: 1,
      phase: 'NotSent',
      submittedAt: AT,
      message: 'What was known before it could not be read.',
    });
    expect(next.lastApplied).toEqual({ generation: 1, void: true });
    expect(next.lastHandledResetAt).toBeUndefined();
    expect(next.conditions).toEqual(status.conditions);
  });

  it('keeps an operation that is open, and the history unless that was broken', () => {
    const history = [
      { operationId: 'op-0', type: 'Modify', cause: 'Spec', generation: 1, result: 'Succeeded' },
    ] as const;
    const status = inForce({ operation: intentOf(), history: [...history] });
    const next = written(decide(broken({ annotations: RESET, status }))).status;
    expect(next.operation).toEqual(intentOf());
    expect(next.history).toEqual(history);
    expect(
      written(decide(broken({ annotations: RESET, status }, 'status.history is no list'))).status.history,
    ).toEqual([]);
  });
});

describe('jobs that may be ours', () => {
  const unknown = (changes: Partial<Operation> = {}, more: Partial<Status> = {}): Status =>
    inForce({
      operation: intentOf({
        phase: 'UnknownOutcome',
        message: 'Unknown.',
        unattributedJobIds: ['JOB-8', 'JOB-9'],
        ...changes,
      }),
      lastApplied: { generation: 1, void: true },
      conditions: [],
      ...more,
    });
  const told = {
    operationId: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    jobId: 'JOB-8',
    result: 'Unattributed',
  } as const;
  const judge = (status: Status, options: FactsOptions = {}) =>
    decide(
      facts({
        object: cr({ generation: 2, component: { version: '2.0.0' }, status }),
        component: remote({ lastJobId: 'JOB-9' }),
        records: [
          { version: '8.8.8', jobIds: ['JOB-9'] },
          { version: '7.7.7', jobIds: ['JOB-8'] },
          { version: '1.0.0', jobIds: ['JOB-0'] },
        ],
        jobs: [job('JOB-8', 'failed', 'FAILED'), job('JOB-9', 'succeeded')],
        ...remembering({ firstSeenMono: 0 }),
        ...options,
      }),
    );

  it('are told with their end before a newer spec is sent', () => {
    const decision = written(judge(unknown()));
    expect(decision.status.history?.[0]).toMatchObject({
      ...told,
      reason: 'Job JOB-8, newer than the lost call and not attributed to it, is FAILED.',
      finished: AT,
    });
    expect(decision.notes).toMatchObject([{ type: 'Warning', reason: 'UnknownOutcome', action: 'Recover' }]);
    expect(decision.status.operation?.phase).toBe('UnknownOutcome');
  });

  it('are told one after the other, each once', () => {
    const next = written(judge(unknown({}, { history: [told] }))).status;
    expect(next.history?.map(({ jobId }) => jobId)).toEqual(['JOB-9', 'JOB-8']);
  });

  it('are told as no longer known when they are not', () => {
    const missing = { kind: 'ok', value: { kind: 'missing', code: 'C', message: 'm' } } as const;
    const found = { kind: 'ok', value: { kind: 'found', value: job('JOB-9', 'succeeded') } } as const;
    const reads = { jobs: { 'JOB-8': missing, 'JOB-9': found } };
    expect(written(judge(unknown(), { reads })).status.history?.[0]?.reason).toContain('is no longer known');
  });

  it('are asked for first', () => {
    expect(judge(unknown(), { jobs: [job('JOB-9', 'succeeded')] })).toMatchObject({
      read: { what: 'job', jobId: 'JOB-8' },
    });
  });

  it('are not told while they run, since their end is what is told', () => {
    const running = { jobs: [job('JOB-8', 'running'), job('JOB-9', 'running')] };
    expect(written(judge(unknown(), running)).status).not.toHaveProperty('history');
  });

  it('are not taken for ours by a process that has only just seen them and may not read the records', () => {
    const alone = unknown({ unattributedJobIds: ['JOB-9'] }, { history: [{ ...told, jobId: 'JOB-9' }] });
    const component = remote({ lastJobId: 'JOB-9' });
    const object = cr({ status: alone });
    const judge_ = (firstSeen: Partial<Facts['memory']>) =>
      decide(
        facts({
          object,
          component,
          records: 'forbidden',
          jobs: [job('JOB-9', 'succeeded')],
          memory: { operationId: 'op-1', newerJobIds: ['JOB-9'], checkDueMono: NOW + 60_000, ...firstSeen },
        }),
      );
    for (const decision of [judge_({}), judge_({ firstSeenMono: NOW - 119_999 })])
      expect(decision.kind === 'write' ? decision.status.operation?.phase : 'UnknownOutcome').toBe(
        'UnknownOutcome',
      );
  });

  it('hold nothing up once they are told', () => {
    const history = [told, { ...told, jobId: 'JOB-9' }];
    expect(written(judge(unknown({}, { history }))).status.operation).toMatchObject({
      phase: 'Intent',
      generation: 2,
    });
  });

  it('are ours when the records say so: the outcome is known after all', () => {
    const records = [
      { version: operation().version ?? '', jobIds: ['JOB-9'] },
      { version: '1.0.0', jobIds: ['JOB-0'] },
    ];
    const decision = written(judge(unknown(), { records }));
    expect(decision.status.operation).toMatchObject({ phase: 'Submitted', jobId: 'JOB-9', recovered: true });
    expect(decision.status.operation).not.toHaveProperty('requestId');
    expect(decision.notes).toEqual([
      {
        type: 'Normal',
        reason: 'OperationRecovered',
        action: 'Recover',
        note: 'The answer was lost, the job was found again: JOB-9. No second call was made.',
      },
    ]);
    expect(decision.status.observedGeneration).toBe(1);
  });
});
