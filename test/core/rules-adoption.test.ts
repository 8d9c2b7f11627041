// Adoption: the component already is what the spec asks for, so nothing is sent, and what is recorded instead.
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { type CrOptions, cr, type FactsOptions, facts, job, remote } from '../support/make.ts';
import { AT, inForce, intentOf, LAST_APPLIED, message, READY, SPEC_DIGEST, shown, written } from './given.ts';

const old = remote({ version: '1.0.0', body: { version: '1.0.0' }, lastJobId: 'JOB-1' });

function judge(object: CrOptions, options: FactsOptions = {}): Decision {
  return decide(facts({ object: cr(object), component: old, jobs: [job('JOB-0', 'succeeded')], ...options }));
}

describe('adoption', () => {
  const equal = remote({ artifact: 'obs://bucket0001/weather-1.0.0.jar' });
  const account = { secrets: {}, secretDigest: 'digest', keyId: 'key-1' };
  const first = (object: CrOptions = {}, options: FactsOptions = {}) =>
    judge(object, { component: equal, ...options });

  it('records what is in force as if it had been sent, and tells it', () => {
    const decision = written(first({}, { reads: { account: { kind: 'ok', value: account } } }));
    expect(decision.status.lastApplied).toEqual({
      generation: 1,
      specDigest: SPEC_DIGEST,
      digestVersion: 1,
      secretDigest: 'digest',
      keyId: 'key-1',
      version: LAST_APPLIED.version,
      jobId: 'JOB-0',
      time: AT,
    });
    expect(decision.status.history).toEqual([
      {
        operationId: 'op-new',
        type: 'Modify',
        cause: 'Spec',
        generation: 1,
        specDigest: SPEC_DIGEST,
        version: LAST_APPLIED.version,
        result: 'Adopted',
        finished: AT,
      },
    ]);
    expect(decision.status.remote).toMatchObject({ lastJobId: 'JOB-0', artifact: equal.artifact });
    expect(decision).toMatchObject({
      precondition: 'resourceVersion',
      notes: [{ type: 'Normal', reason: 'Adopted', action: 'Adopt' }],
    });
    expect(shown(decision.status)).toBe('Ready=True/Succeeded Synced=True/InSync');
    expect(decision.status.observedGeneration).toBe(1);
  });

  it('keeps the count only where the spec manages it', () => {
    const managed = written(first({ component: { replica: 1 } })).status.lastApplied;
    expect(managed).toMatchObject({ replica: 1 });
    const { replica: _none, ...silent } = equal;
    expect(
      written(first({ component: { replica: 1 } }, { component: silent })).status.lastApplied,
    ).not.toHaveProperty('replica');
  });

  it('has no digest of Secrets and no job where there are none', () => {
    const { lastJobId: _none, ...never } = equal;
    const { lastApplied } = written(first({}, { component: never })).status;
    for (const absent of ['secretDigest', 'keyId', 'jobId', 'replica'])
      expect(lastApplied).not.toHaveProperty(absent);
  });

  it('waits for the count that the spec asks for', () => {
    const { status } = written(first({ component: { replica: 3 } }));
    expect(shown(status)).toContain('Ready=Unknown/Progressing Reconciling=True/Submitting');
    expect(message(status)).toContain('3 instances are asked for next');
  });

  it('is not Ready while the component does not run', () => {
    const { status } = written(first({}, { component: { ...equal, status: 'PENDING' } }));
    expect(shown(status)).toContain('Reconciling=True/Polling');
  });

  it('names what could not be compared, as far as eight places go', () => {
    const container = (i: number) => ({
      containerName: `c${i}`,
      source: { kind: 'image', storage: 'swr', url: 'swr/x:1', httpHeaders: { a: 'b' } },
    });
    const multiContainers = Array.from({ length: 9 }, (_, i) => container(i));
    const { notes } = written(first({ component: { multiContainers } }, { memory: { warnedGeneration: 1 } }));
    const places = Array.from({ length: 8 }, (_, i) => `/multiContainers/${i}/source/httpHeaders`);
    expect(notes[0]?.note).toBe(
      `The component already equals the spec; nothing was sent. Not comparable, taken as equal: ${places.join(', ')}.`,
    );
    expect(written(first()).notes[0]?.note).toBe('The component already equals the spec; nothing was sent.');
  });

  it.each([
    ['FAILED', 'Intent'],
    ['PARTIALLY_FAILED', 'Intent'],
    ['DOWN', 'Intent'],
    ['RUNNING', undefined],
  ] as const)('of a component that is %s: %s', (state, phase) => {
    const { status } = written(first({}, { component: { ...equal, status: state } }));
    expect(status.operation?.phase).toBe(phase);
  });

  it('is for a job that the service no longer knows as well', () => {
    const lost = { 'JOB-0': { kind: 'ok', value: { kind: 'missing', code: 'C', message: 'm' } } } as const;
    expect(written(first({}, { reads: { jobs: lost } })).status.lastApplied).toBeDefined();
  });

  it('is not for a resource that something was done for before', () => {
    const status = inForce({ operation: intentOf({ phase: 'NotSent' }), conditions: READY.slice() });
    const { lastApplied: _none, ...without } = status;
    expect(written(first({ status: without })).status.operation?.phase).toBe('Intent');
    const { operation: _gone, ...restored } = inForce({ lastApplied: { generation: 1, void: true } });
    const forced = { status: restored, annotations: { 'servicestage.io/force-apply-at': 'a' } };
    expect(written(first(forced)).status.operation?.phase).toBe('Intent');
  });
});
