// An open intent: when it may leave, and what each answer to it means.
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import type { Failure } from '../../src/core/types.ts';
import { cr, facts, START_WALL } from '../support/make.ts';
import { AT, failure, inForce, message, NOW, shown, written } from './given.ts';
import { answered, judge, prepared, refused, status } from './given-intent.ts';

const notSent = (kind: Failure['class'], changes: Partial<Failure> = {}) =>
  answered({ kind: 'notSent', failure: failure(kind, changes) });

describe('an intent', () => {
  it.each([
    ['leaves while it is fresh', NOW + 4_999, 'send'],
    ['does not leave any more at its limit', NOW + 5_000, 'write'],
  ])('%s', (_name, mono, want) => {
    expect(judge({ prepared }, { mono }).kind).toBe(want);
  });

  it('does not leave for a resource that is being deleted', () => {
    const object = cr({ deleting: true, status: status() });
    const decision = decide(facts({ object, memory: { operationId: 'op-1', prepared } }));
    expect(written(decision).status.operation).toMatchObject({ phase: 'NotSent', failure: 'transient' });
  });

  it('that got too old is not sent, and the next try waits', () => {
    const { operation } = written(judge({ prepared }, { mono: NOW + 5_000 })).status;
    expect(operation).toMatchObject({ phase: 'NotSent', failure: 'transient', finishedAt: AT });
    expect(Date.parse(operation?.notBefore ?? '')).toBeGreaterThan(START_WALL);
    expect(Date.parse(operation?.notBefore ?? '')).toBeLessThanOrEqual(START_WALL + 2_000);
  });

  it('that has left and has no answer is looked for, not sent again', () => {
    expect(judge({ prepared, sentMono: NOW - 1 })).toMatchObject({
      kind: 'read',
      read: { what: 'component' },
    });
  });

  it('of another process is looked for', () => {
    expect(judge({})).toMatchObject({ kind: 'read', read: { what: 'component' } });
  });

  it.each([
    ['the answer to an operation before it', { ...refused({ httpStatus: 413 }), operationId: 'op-0' }],
    ['the answer to a deletion', { answer: { to: 'remove', outcome: { kind: 'gone' } } } as const],
  ])('is not judged by %s', (_name, memory) => {
    expect(judge({ ...memory, prepared: undefined as never })).toMatchObject({ kind: 'read' });
  });
});

describe('an accepted call', () => {
  const accepted = answered({ kind: 'accepted', jobId: 'JOB-2', requestId: 'req-1' });

  it('names its job and its request, and is told', () => {
    const decision = written(judge(accepted));
    expect(decision.status.operation).toMatchObject({
      phase: 'Submitted',
      jobId: 'JOB-2',
      requestId: 'req-1',
    });
    expect(message(decision.status)).toContain('Job JOB-2 rolls out version');
    expect(decision.notes).toMatchObject([{ type: 'Normal', reason: 'JobStarted', action: 'Modify' }]);
    expect(decision.notes[0]?.note).toContain('(request id req-1)');
    expect(decision.restMs).toBe(5_000);
    expect(decision.memory).toEqual({ failures: 0, stuck: undefined });
    expect(Object.keys(decision.memory ?? {})).toContain('stuck');
  });

  it('of a scale says to how many instances', () => {
    const scale = status({ type: 'Scale', cause: 'Replica', replica: 3 });
    expect(message(written(judge(accepted, { status: scale })).status)).toContain('to 3 instances');
  });

  it.each(['NotSent', 'UnknownOutcome'] as const)(
    'is believed also after the intent was closed as %s',
    (phase) => {
      const late = status({
        phase,
        notBefore: AT,
        finishedAt: AT,
        failure: 'transient',
        message: 'm',
        unattributedJobIds: ['J'],
      });
      const { operation } = written(judge(accepted, { status: late })).status;
      expect(operation?.phase).toBe('Submitted');
      for (const gone of ['notBefore', 'finishedAt', 'failure', 'message', 'unattributedJobIds'])
        expect(operation).not.toHaveProperty(gone);
    },
  );

  it('changes nothing once its operation has ended', () => {
    const ended = inForce();
    expect(judge({ ...accepted, checkDueMono: NOW + 1 }, { status: ended }).kind).toBe('rest');
  });

  it('without a request id names none', () => {
    const decision = written(judge(answered({ kind: 'accepted', jobId: 'JOB-2' })));
    expect(decision.status.operation).not.toHaveProperty('requestId');
    expect(decision.notes[0]?.note).not.toContain('request id');
  });
});

describe('a call that was not sent', () => {
  it.each([
    ['transient', 'SubmitFailed', 'Ready=Unknown/ProgressingWithRetry Reconciling=True/ProgressingWithRetry'],
    ['throttled', 'Throttled', 'Ready=Unknown/Throttled Reconciling=True/Throttled'],
    [
      'credentials',
      'CredentialsUnavailable',
      'Ready=False/CredentialsUnavailable Reconciling=True/ProgressingWithRetry',
    ],
  ] as const)('is closed, told and tried again: %s', (kind, reason, want) => {
    const decision = written(judge(notSent(kind, { requestId: 'req-1' })));
    expect(shown(decision.status)).toBe(want);
    expect(decision.status.operation).toMatchObject({
      phase: 'NotSent',
      failure: kind,
      message: 'it did not work.',
    });
    expect(decision.notes).toEqual([
      {
        type: 'Warning',
        reason,
        action: 'Modify',
        note: 'Nothing was changed, a new try follows: it did not work (request id req-1).',
      },
    ]);
  });

  it('waits as long as the service asked for, also after a restart', () => {
    const decision = written(judge(notSent('throttled', { retryAfterMs: 90_000 })));
    expect(decision.restMs).toBe(90_000);
    expect(decision.status.operation?.notBefore).toBe('2026-01-01T00:01:30Z');
  });

  it('waits longer from try to try', () => {
    const third = written(judge(notSent('transient'), { status: status({ attempt: 3 }) }));
    expect(third.restMs).toBeGreaterThanOrEqual(2_000);
  });

  it('remembers since when the credentials are missing', () => {
    const memory = written(judge(notSent('credentials'))).memory;
    expect(memory).toEqual({ stuck: { reason: 'CredentialsUnavailable', sinceMono: NOW, lastMono: NOW } });
  });
});
