// What is sent, what is adopted instead, and what every new operation takes over from the ones before it.
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { type CrOptions, cr, type FactsOptions, facts, job, remote } from '../support/make.ts';
import { AT, inForce, LAST_APPLIED, message, operation, SPEC_DIGEST, shown, written } from './given.ts';

const old = remote({ version: '1.0.0', body: { version: '1.0.0' }, lastJobId: 'JOB-1' });

function judge(object: CrOptions, options: FactsOptions = {}): Decision {
  return decide(facts({ object: cr(object), component: old, jobs: [job('JOB-0', 'succeeded')], ...options }));
}

const EDIT = { generation: 2, component: { version: '2.0.0' } };

describe('an intent', () => {
  it('names what will be sent, on what basis, and why', () => {
    const decision = written(judge({ ...EDIT, status: inForce() }));
    expect(decision).toMatchObject({ precondition: 'resourceVersion', request: { kind: 'modify' } });
    expect(decision.status.operation).toMatchObject({
      id: 'op-new',
      type: 'Modify',
      cause: 'Spec',
      generation: 2,
      version: '2.0.0',
      replica: 1,
      baselineJobId: 'JOB-1',
      bodyWasLive: false,
      attempt: 1,
      phase: 'Intent',
      submittedAt: AT,
      digestVersion: 1,
    });
    expect(decision.status.operation?.keys).toContain('version');
    expect(decision.status.remote).toMatchObject({ lastJobId: 'JOB-1' });
    expect(shown(decision.status)).toContain('Ready=Unknown/Progressing Reconciling=True/Submitting');
    expect(decision.status.observedGeneration).toBe(2);
    expect(decision.notes).toEqual([
      {
        type: 'Normal',
        reason: 'Submitting',
        action: 'Modify',
        note: 'Version 2.0.0 is being submitted. Cause: Spec.',
      },
    ]);
  });

  it('carries the body that leaves later', () => {
    const { request } = written(judge({ ...EDIT, status: inForce() }));
    if (request?.kind !== 'modify') throw new Error('expected a modify');
    expect(JSON.parse(request.body)).toMatchObject({ version: '2.0.0', name: 'mycomponet' });
    expect(request.secretValues).toEqual([]);
  });

  it('has no baseline and no count when the component names none', () => {
    const { lastJobId: _job, replica: _replica, ...bare } = old;
    const { operation: open } = written(judge({ ...EDIT, status: inForce() }, { component: bare })).status;
    expect(open).not.toHaveProperty('baselineJobId');
    expect(open).not.toHaveProperty('replica');
  });

  it('knows that the body was live already when it is sent all the same', () => {
    const object = { status: inForce(), annotations: { 'servicestage.io/force-apply-at': 'a' } };
    const { status } = written(judge(object, { component: remote({ lastJobId: 'JOB-1' }) }));
    expect(status.operation).toMatchObject({ cause: 'Force', token: 'a', bodyWasLive: true });
    expect(status.operation).not.toHaveProperty('tokenBefore');
  });

  it('remembers the token before, which a withdrawn refusal gives back', () => {
    const object = {
      status: inForce({ lastHandledForceAt: 'before' }),
      annotations: { 'servicestage.io/force-apply-at': 'a' },
    };
    expect(written(judge(object)).status.operation).toMatchObject({ token: 'a', tokenBefore: 'before' });
  });

  it('is written for a Secret that changed, and meets a wish to send again', () => {
    const digests = { secretDigest: 'old', keyId: 'key-1' };
    const status = inForce({ operation: operation(digests), lastApplied: { ...LAST_APPLIED, ...digests } });
    const account = { kind: 'ok', value: { secrets: {}, secretDigest: 'new', keyId: 'key-1' } } as const;
    const annotations = { 'servicestage.io/reset-at': 'a' };
    const next = written(judge({ status, annotations }, { reads: { account } })).status;
    expect(next.operation).toMatchObject({ cause: 'Secret', secretDigest: 'new', keyId: 'key-1' });
    expect(next.lastHandledResetAt).toBe('a');
  });

  it('is not written while a value of a Secret is not known', () => {
    const envs = [{ name: 'A', valueSecretRef: { name: 's', key: 'k' } }];
    const { status } = written(judge({ generation: 2, component: { envs }, status: inForce() }));
    expect(shown(status)).toContain('Stalled=True/InvalidSpec');
    expect(message(status)).toContain('Not every Secret value is known');
  });

  it('remembers the keys that fit the status', () => {
    const extraBody = { ['k'.repeat(64)]: 1, ['l'.repeat(65)]: 1 };
    const { keys } =
      written(judge({ ...EDIT, component: { extraBody }, status: inForce() })).status.operation ?? {};
    expect(keys).toContain('k'.repeat(64));
    expect(keys).not.toContain('l'.repeat(65));
  });

  it('has no token when the spec is its cause', () => {
    const status = inForce({ lastHandledForceAt: 'a', lastHandledResetAt: 'a' });
    const { operation: open } = written(judge({ ...EDIT, status })).status;
    expect(open).not.toHaveProperty('token');
    expect(open).not.toHaveProperty('tokenBefore');
  });

  it('remembers how the modify and the scale before it ended', () => {
    const previousScale = { result: 'Failed', generation: 1, replica: 3 } as const;
    const { operation: open } = written(
      judge({ ...EDIT, status: inForce({ operation: operation({ previousScale }) }) }),
    ).status;
    expect(open?.previousModify).toMatchObject({
      result: 'Succeeded',
      generation: 1,
      specDigest: SPEC_DIGEST,
    });
    expect(open?.previousScale).toEqual(previousScale);
  });

  it('remembers an adoption that a scale came after as the modify before it', () => {
    const scaled = inForce({ operation: operation({ type: 'Scale', replica: 3 }) });
    const { operation: open } = written(judge({ ...EDIT, status: scaled })).status;
    expect(open?.previousModify).toMatchObject({
      result: 'Succeeded',
      generation: 1,
      specDigest: SPEC_DIGEST,
    });
    expect(open?.previousScale).toMatchObject({ result: 'Succeeded', replica: 3 });
  });

  it('remembers nothing when nothing was ever sent', () => {
    const { operation: _none, ...adopted } = inForce();
    const { operation: open } = written(judge({ ...EDIT, status: adopted })).status;
    expect(open).not.toHaveProperty('previousModify');
    expect(open).not.toHaveProperty('previousScale');
  });

  it('answers a request to look, since it looks', () => {
    const annotations = { 'servicestage.io/reconcile-requested-at': 'a' };
    expect(written(judge({ ...EDIT, annotations, status: inForce() })).status.lastHandledReconcileAt).toBe(
      'a',
    );
  });

  it('is said of the status as it was, when it cannot be built', () => {
    const decision = written(judge({ ...EDIT, component: { name: 'another' }, status: inForce() }));
    expect(shown(decision.status)).toContain('Stalled=True/ImmutableField');
    expect(decision.restMs).toBe(Number.POSITIVE_INFINITY);
    expect(message(decision.status)).toContain('spec.component.name is "mycomponet" in ServiceStage');
  });

  it('is not written for a spec that is invalid', () => {
    const decision = written(judge({ ...EDIT, component: { version: 'latest' }, status: inForce() }));
    expect(shown(decision.status)).toContain('Stalled=True/InvalidSpec');
    expect(decision.restMs).toBe(Number.POSITIVE_INFINITY);
  });
});
