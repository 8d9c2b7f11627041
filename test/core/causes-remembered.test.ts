// What is remembered of attempts and tokens, read back.
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import {
  echoOf,
  followsUnknown,
  modifyBase,
  modifyDue,
  scaleDue,
  withEcho,
  withFirstSightEcho,
} from '../../src/core/causes.ts';
import { type CrOptions, cr, facts } from '../support/make.ts';
import { inForce, LAST_APPLIED, operation, SPEC_DIGEST } from './given.ts';

const first: Status = { observedGeneration: -1 };

function due(options: CrOptions) {
  const { resource } = facts({ object: cr(options) });
  if (resource.spec.kind === 'invalid') throw new Error(resource.spec.message);
  return scaleDue(resource, resource.spec.desired);
}

describe('the echo of a cause', () => {
  const status: Status = { ...inForce(), lastHandledForceAt: 'f', lastHandledResetAt: 'r' };

  it.each([
    ['Force', 'f'],
    ['Reset', 'r'],
    ['Spec', undefined],
    ['Secret', undefined],
  ] as const)('of %s is %s', (cause, echo) => {
    expect(echoOf(status, cause)).toBe(echo);
  });

  it('of no token changes nothing', () => {
    expect(withEcho(status, { force: undefined })).toBe(status);
  });

  it('is not written at first sight for an annotation that is missing or empty', () => {
    const { resource } = facts({
      object: cr({ annotations: { 'servicestage.io/force-apply-at': '' }, status: first }),
    });
    expect(Object.keys(withFirstSightEcho(resource, first))).toEqual(['observedGeneration']);
  });
});

describe('what the spec is compared with', () => {
  it('is the last attempt, whatever is in force', () => {
    expect(
      modifyBase(inForce({ operation: operation({ phase: 'Failed', specDigest: 'other' }) })),
    ).toMatchObject({
      result: 'Failed',
      specDigest: 'other',
    });
  });

  it.each([
    ['a success when it stands', LAST_APPLIED, 'Succeeded'],
    ['a failure when it was voided', { ...LAST_APPLIED, void: true }, 'Failed'],
  ])('is what was adopted, as %s', (_name, lastApplied, result) => {
    const { operation: _none, ...adopted } = inForce({ lastApplied });
    expect(modifyBase(adopted)).toMatchObject({ result, specDigest: SPEC_DIGEST, generation: 1 });
  });

  it('is nothing when there is nothing', () => {
    expect(modifyBase(first)).toBeUndefined();
  });
});

describe('a call after one whose outcome is unknown', () => {
  const before = { result: 'UnknownOutcome', generation: 1, specDigest: 'other', digestVersion: 2 } as const;

  it('is the second for the same content, as far as digests of another version can tell', () => {
    expect(followsUnknown(operation({ previousModify: before }))).toBe(true);
    expect(followsUnknown(operation({ previousModify: { ...before, digestVersion: 1 } }))).toBe(false);
    expect(followsUnknown(operation({ previousModify: { ...before, result: 'Failed' } }))).toBe(false);
    expect(followsUnknown(operation())).toBe(false);
  });

  const dueUnder = (ambiguousSubmit: string, status: Status) => {
    const { resource } = facts({ object: cr({ spec: { ambiguousSubmit }, status }) });
    return resource.spec.kind === 'valid' ? modifyDue(resource, resource.spec.desired, undefined) : undefined;
  };

  it('is none when nothing was ever called: the first call is due under every policy', () => {
    for (const policy of ['Verify', 'Resubmit', 'Hold'])
      expect(dueUnder(policy, first)).toEqual({ cause: 'Spec' });
  });

  it('is not granted to a modify by a scale', () => {
    const unknown = {
      result: 'UnknownOutcome',
      generation: 1,
      specDigest: SPEC_DIGEST,
      digestVersion: 1,
    } as const;
    const closed = operation({
      type: 'Scale',
      phase: 'NotSent',
      previousModify: unknown,
      previousScale: { ...unknown, replica: 1 },
    });
    const status = inForce({ operation: closed, lastApplied: { ...LAST_APPLIED, void: true } });
    expect(dueUnder('Resubmit', status)).toBeUndefined();
  });
});

describe('a count', () => {
  it('is nobody’s wish where the spec names none', () => {
    expect(due({ status: inForce() })).toEqual({ kind: 'none' });
  });

  it('is due also for a resource that nothing was done for', () => {
    expect(due({ component: { replica: 3 } })).toEqual({ kind: 'due', target: 3, cause: 'Replica' });
  });

  it('is not sent again as it failed, until a token that was not handled', () => {
    const failed = operation({ type: 'Scale', cause: 'Replica', replica: 3, phase: 'Failed' });
    const component = { replica: 3 };
    const annotations = { 'servicestage.io/reset-at': 'a' };
    expect(due({ component, status: inForce({ operation: failed }) })).toMatchObject({
      kind: 'held',
      attempt: { result: 'Failed' },
    });
    expect(due({ component, annotations, status: inForce({ operation: failed }) })).toEqual({
      kind: 'due',
      target: 3,
      cause: 'Reset',
      token: 'a',
    });
    expect(
      due({ component, annotations, status: inForce({ operation: failed, lastHandledResetAt: 'a' }) }).kind,
    ).toBe('held');
  });

  it('that left the spec is nobody’s wish any more', () => {
    expect(due({ status: inForce({ lastApplied: { ...LAST_APPLIED, replica: 3 } }) })).toEqual({
      kind: 'none',
    });
  });

  it('that was reached once is due again when it is not known to be in force', () => {
    const scaled = operation({ type: 'Scale', cause: 'Replica', replica: 3 });
    const given = { component: { replica: 3 }, status: inForce({ operation: scaled }) };
    expect(due(given)).toEqual({ kind: 'due', target: 3, cause: 'Replica' });
  });

  it('is due when another one failed', () => {
    const failed = operation({ type: 'Scale', cause: 'Replica', replica: 2, phase: 'Failed' });
    expect(due({ component: { replica: 3 }, status: inForce({ operation: failed }) })).toMatchObject({
      kind: 'due',
      target: 3,
    });
  });
});
