// A read that fails while nothing is due, while a job runs, during recovery and during a deletion: what was true stays shown.
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import type { FailureClass } from '../../src/core/types.ts';
import { cr, facts } from '../support/make.ts';
import {
  condition,
  failing,
  inForce,
  message,
  operation,
  READY,
  remembering,
  shown,
  written,
} from './given.ts';

describe('a look at rest that fails', () => {
  const atRest = (kind: FailureClass, failures: number, status = inForce()) =>
    decide(
      facts({
        object: cr({ status }),
        memory: { failures, checkDueMono: 0 },
        reads: { component: failing(kind) },
      }),
    );

  it('is a blip twice', () => {
    for (const failures of [0, 1])
      expect(atRest('transient', failures)).toMatchObject({
        kind: 'rest',
        memory: { failures: failures + 1 },
      });
  });

  it('is shown by Synced from the third on, and Ready stays', () => {
    const decision = written(atRest('transient', 2));
    expect(shown(decision.status)).toBe(
      'Ready=True/Succeeded JobSucceeded=True/JobSucceeded Synced=Unknown/CheckFailed',
    );
    expect(message(decision.status, 'Synced')).toContain('it did not work.');
    expect(decision.memory).toEqual({ failures: 3 });
    expect(decision.restMs).toBeGreaterThanOrEqual(2_000);
  });

  it('is written once for the same words', () => {
    const { status } = written(atRest('transient', 2));
    expect(atRest('transient', 3, status)).toMatchObject({ kind: 'rest', memory: { failures: 4 } });
  });

  it('is written again for other words', () => {
    const told = condition('Synced', ['Unknown', 'CheckFailed'], 'the service was somewhere else');
    expect(atRest('transient', 3, inForce({ conditions: [...READY, told] })).kind).toBe('write');
  });

  it.each(['permission', 'credentials', 'permanent'] as const)(
    'leaves Ready as it is also when a person has to help: %s',
    (kind) => {
      expect(shown(written(atRest(kind, 2)).status)).toContain('Ready=True/Succeeded');
    },
  );

  it.each(['Failed', 'JobLost', 'UnknownOutcome', 'Refused'] as const)(
    'leaves an end as it is: %s',
    (phase) => {
      const ended = inForce({
        operation: operation({ phase, message: 'It ended.' }),
        lastApplied: { generation: 1, void: true },
        conditions: [],
      });
      const { status } = written(decide(facts({ object: cr({ status: ended }) })));
      expect(shown(status)).toContain('Stalled=True');
      const object = cr({ status, annotations: { 'servicestage.io/reconcile-requested-at': 'a' } });
      expect(decide(facts({ object, reads: { account: failing('permission') } })).kind).toBe('rest');
    },
  );

  it('shows itself when the stall was of another kind', () => {
    const conditions = [
      condition('Ready', ['False', 'NotFound']),
      condition('Stalled', ['True', 'NotFound']),
    ];
    const object = cr({
      status: inForce({ conditions }),
      annotations: { 'servicestage.io/reconcile-requested-at': 'a' },
    });
    const decision = written(decide(facts({ object, reads: { account: failing('permission') } })));
    expect(shown(decision.status)).toContain('Ready=False/PermissionDenied');
  });
});

describe('a read that fails while a person’s wish waits', () => {
  it('leaves Ready of the same generation as it is', () => {
    const annotations = { 'servicestage.io/force-apply-at': 'a' };
    const object = cr({ status: inForce(), annotations });
    expect(decide(facts({ object, reads: { component: failing('transient') } })).kind).toBe('rest');
    expect(
      written(decide(facts({ object, reads: { component: failing('permission') } }))).status
        .observedGeneration,
    ).toBe(1);
  });
});

describe('a read that fails while a job runs', () => {
  const RUNS = [
    condition('Ready', ['Unknown', 'Progressing']),
    condition('Reconciling', ['True', 'JobRunning']),
  ];
  const status = inForce({ operation: operation({ phase: 'Submitted' }), conditions: RUNS });
  const judge = (kind: FailureClass, failures: number) =>
    decide(
      facts({
        object: cr({ status }),
        ...remembering({ failures }),
        reads: { jobs: { 'JOB-1': failing(kind) } },
      }),
    );

  it.each(['transient', 'throttled', 'unknownOutcome'] as const)('changes nothing: %s', (kind) => {
    expect(judge(kind, 0).kind).toBe('rest');
    expect(shown(written(judge(kind, 2)).status)).toContain(
      'Ready=Unknown/Progressing Reconciling=True/JobRunning',
    );
  });

  it('is shown when it does not pass by itself', () => {
    const decision = written(judge('permission', 0));
    expect(shown(decision.status)).toContain('Ready=False/PermissionDenied');
    expect(decision.status.observedGeneration).toBe(1);
    const object = cr({
      generation: 3,
      component: { version: '2.0.0' },
      status: { ...status, observedGeneration: 2 },
    });
    const later = written(decide(facts({ object, reads: { jobs: { 'JOB-1': failing('permission') } } })));
    expect(later.status.observedGeneration).toBe(2);
  });
});

describe('a read that fails during recovery', () => {
  it('leaves it shown that the answer is looked for', () => {
    const { jobId: _none, ...open } = operation({ phase: 'Intent' });
    const conditions = [
      condition('Ready', ['Unknown', 'Progressing']),
      condition('Reconciling', ['True', 'Recovering']),
    ];
    const object = cr({ status: inForce({ operation: open, conditions }) });
    const decision = decide(
      facts({ object, ...remembering({}), reads: { component: failing('transient') } }),
    );
    expect(decision.kind).toBe('rest');
  });
});

describe('a read that fails during a deletion', () => {
  const object = cr({ deleting: true, spec: { deletionPolicy: 'Delete' }, status: inForce() });
  const judge = (failures: number, requestId?: string) =>
    decide(
      facts({
        object,
        memory: { failures },
        reads: { component: failing('transient', requestId === undefined ? {} : { requestId }) },
      }),
    );

  it('is a blip twice, then a deletion that waits, with an event', () => {
    expect(judge(1)).toMatchObject({ kind: 'rest', memory: { failures: 2 } });
    const decision = written(judge(2, 'req-1'));
    expect(shown(decision.status)).toContain('Ready=False/Deleting Reconciling=True/Deleting');
    expect(message(decision.status)).toBe('Deletion waits: it did not work.');
    expect(decision.notes).toEqual([
      {
        type: 'Warning',
        reason: 'DeleteBlocked',
        action: 'Delete',
        note: 'it did not work (request id req-1).',
      },
    ]);
  });

  it('is shown at once when it does not pass by itself', () => {
    const decision = decide(facts({ object, reads: { component: failing('permission') } }));
    expect(shown(written(decision).status)).toContain('Ready=False/Deleting');
  });
});
