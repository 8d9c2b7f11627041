// What needs more than one rule after an unknown outcome: a reset that accepts what is there, and Hold after a scaling.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { type CrOptions, cr, type FactsOptions, facts, job, remote } from '../support/make.ts';

const AT = '2026-01-01T00:00:00Z';
const VERSION = '1.0.1';
const spec = facts({ object: cr({ component: { version: VERSION } }) }).resource.spec;
const digest = spec.kind === 'valid' ? spec.desired.specDigest : '';

function operation(changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    specDigest: digest,
    digestVersion: 1,
    version: VERSION,
    baselineJobId: 'JOB-0',
    bodyWasLive: false,
    attempt: 1,
    phase: 'UnknownOutcome',
    message: 'unknown',
    keys: ['name', 'version'],
    submittedAt: AT,
    finishedAt: AT,
    ...changes,
  };
}

function stalled(open: Operation, applied: Partial<Status['lastApplied']> = { void: true }): Status {
  const at = { observedGeneration: 1, lastTransitionTime: AT, message: 'unknown' };
  return {
    observedGeneration: 1,
    operation: open,
    lastApplied: { generation: 1, specDigest: digest, digestVersion: 1, ...applied },
    conditions: [
      { ...at, type: 'Ready', status: 'False', reason: 'UnknownOutcome' },
      { ...at, type: 'Stalled', status: 'True', reason: 'UnknownOutcome' },
      { ...at, type: 'JobSucceeded', status: 'Unknown', reason: 'JobLost' },
    ],
  };
}

const equal = remote({ version: VERSION, body: { version: VERSION }, lastJobId: 'JOB-9' });

function judged(open: Operation, given: CrOptions = {}, look: FactsOptions = {}): Decision {
  const { component, ...options } = given;
  return decide(
    facts({
      object: cr({
        status: stalled(open),
        annotations: { 'servicestage.io/reset-at': 'r' },
        ...options,
        component: { version: VERSION, ...component },
      }),
      component: equal,
      jobs: [job('JOB-9', 'succeeded')],
      ...look,
    }),
  );
}

const written = (decision: Decision) => (decision.kind === 'write' ? decision : undefined);
const called = (decision: Decision) => written(decision)?.request !== undefined;

describe('a reset after an unknown outcome', () => {
  it('accepts a component that has become what was sent, without a call', () => {
    const decision = written(judged(operation()));
    expect(called(judged(operation()))).toBe(false);
    const { status } = decision ?? { status: undefined };
    expect(status?.operation).toMatchObject({ phase: 'Succeeded', jobId: 'JOB-9' });
    expect(status?.lastApplied).toMatchObject({
      specDigest: digest,
      jobId: 'JOB-9',
      keys: ['name', 'version'],
    });
    expect(status?.lastApplied?.void).toBeUndefined();
    expect(status?.lastHandledResetAt).toBe('r');
    expect(status?.history?.[0]?.result).toBe('Adopted');
    expect(status?.conditions?.map(({ type, status: value }) => `${type}=${value}`)).toEqual([
      'Ready=True',
      'Synced=True',
    ]);
  });

  it('is at rest afterwards', () => {
    const status = written(judged(operation()))?.status;
    const next = judged(operation(), status === undefined ? {} : { status });
    expect(next.kind).toBe('rest');
  });

  const sends: readonly (readonly [string, Operation, CrOptions, FactsOptions])[] = [
    ['when the component differs', operation(), {}, { component: remote({ lastJobId: 'JOB-9' }) }],
    ['when the body was live before the call', operation({ bodyWasLive: true }), {}, {}],
    ['when the spec was edited since', operation({ specDigest: 'other' }), {}, {}],
    ['when a Secret value may be another', operation({ secretDigest: 'a', keyId: 'k' }), {}, {}],
    ['when the component does not run', operation(), {}, { component: { ...equal, status: 'PENDING' } }],
    ['when its last job failed', operation(), {}, { jobs: [job('JOB-9', 'failed')] }],
    ['when the outcome is known to be a failure', operation({ phase: 'Failed', jobId: 'JOB-9' }), {}, {}],
    [
      'for a force token',
      operation(),
      { annotations: { 'servicestage.io/reset-at': 'r', 'servicestage.io/force-apply-at': 'f' } },
      {},
    ],
  ];
  it.each(sends)('sends %s', (_name, open, given, look) =>
    expect(called(judged(open, given, look))).toBe(true),
  );
});

describe('Hold after an unknown scaling', () => {
  const scaling = operation({
    type: 'Scale',
    cause: 'Replica',
    replica: 3,
    previousModify: { result: 'Succeeded', generation: 1, specDigest: digest, digestVersion: 1 },
  });
  const given = (annotations: Record<string, string>): CrOptions => ({
    status: { ...stalled(scaling, {}), observedGeneration: 1 },
    generation: 2,
    annotations,
    component: { version: '1.0.2', replica: 3 },
    spec: { ambiguousSubmit: 'Hold', scaleHosts: ['a', 'b', 'c'] },
  });

  it('lets a newer version wait, and says that the outcome is unknown', () => {
    const decision = judged(scaling, given({}));
    expect(called(decision)).toBe(false);
    expect(written(decision)?.status.conditions?.[0]).toMatchObject({
      reason: 'UnknownOutcome',
      message: 'unknown',
    });
  });

  it('sends it after a reset', () => {
    expect(called(judged(scaling, given({ 'servicestage.io/reset-at': 'r' })))).toBe(true);
  });
});
