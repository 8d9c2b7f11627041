// What an earlier wish or key leaves behind must not act later: a reset that was met by a call, a digest under a lost key.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { cr, facts, remote } from '../support/make.ts';

const FINALIZERS = ['servicestage.io/finalizer'];
const RESET = { 'servicestage.io/reset-at': 'a' };

function written(decision: Decision): Status {
  if (decision.kind !== 'write') throw new Error(`expected a write, got ${decision.kind}`);
  return decision.status;
}

const { spec } = facts().resource;
const specDigest = spec.kind === 'valid' ? spec.desired.specDigest : '';
const DIGESTS = { specDigest, digestVersion: 1 };

describe('a reset token', () => {
  it('that is there when a new spec is sent is met by that call, and grants no second one', () => {
    const status: Status = { observedGeneration: 0, lastHandledReconcileAt: 'old' };
    const component = { version: '1.0.1' };
    const object = cr({ finalizers: FINALIZERS, annotations: RESET, status, component });
    const next = written(
      decide(facts({ object, component: { ...remote(), lastJobId: undefined as never } })),
    );
    expect(next.operation).toMatchObject({ cause: 'Spec', phase: 'Intent' });
    expect(next.lastHandledResetAt).toBe('a');
  });

  it('that asks for a failed attempt again is answered only when its own call has ended', () => {
    const operation = {
      ...DIGESTS,
      id: 'op-1',
      type: 'Modify',
      cause: 'Spec',
      generation: 1,
      attempt: 1,
      phase: 'Failed',
      submittedAt: '2026-01-01T00:00:00Z',
      jobId: 'JOB-0',
    } satisfies Operation;
    const object = cr({
      finalizers: FINALIZERS,
      annotations: RESET,
      status: { observedGeneration: 1, operation },
    });
    const next = written(decide(facts({ object, component: remote() })));
    expect(next.operation).toMatchObject({ cause: 'Reset', token: 'a', phase: 'Intent' });
    expect(next.lastHandledResetAt).toBeUndefined();
  });
});

describe('a digest under a key that was lost', () => {
  it('is written anew for what is in force also when a later attempt already has the new key', () => {
    const operation = {
      id: 'op-2',
      type: 'Modify',
      cause: 'Spec',
      generation: 2,
      attempt: 1,
      phase: 'Refused',
      submittedAt: '2026-01-01T00:00:00Z',
      secretDigest: 'new',
      keyId: 'key-2',
    } satisfies Operation;
    const status: Status = {
      observedGeneration: 3,
      operation,
      lastApplied: { ...DIGESTS, generation: 3, secretDigest: 'old', keyId: 'key-1' },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Succeeded',
          message: 'The spec is in force.',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    };
    const object = cr({
      generation: 3,
      finalizers: FINALIZERS,
      status,
      annotations: { 'servicestage.io/reconcile-requested-at': 'x' },
    });
    const account = { secrets: {}, secretDigest: 'new', keyId: 'key-2' };
    const next = written(
      decide(facts({ object, component: remote(), reads: { account: { kind: 'ok', value: account } } })),
    );
    expect(next.lastApplied).toMatchObject({ secretDigest: 'new', keyId: 'key-2' });
  });
});
