// The instance count, an operation of its own: when it is due, what is sent, and when nothing has to be.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { type CrOptions, cr, type FactsOptions, facts, remote, START_WALL } from '../support/make.ts';
import {
  AT,
  inForce,
  LAST_APPLIED,
  MINUTE,
  message,
  NOW,
  operation,
  SPEC_DIGEST,
  shown,
  written,
} from './given.ts';

const HOSTS = ['host-1', 'host-2', 'host-3'];
const one = remote({ lastJobId: 'JOB-1', replica: 1 });
const three = remote({ lastJobId: 'JOB-1', replica: 3 });

function judge(object: CrOptions & { readonly status: Status }, options: FactsOptions = {}): Decision {
  const { component, spec, ...more } = object;
  const given = cr({
    component: { replica: 3, ...component },
    spec: { scaleHosts: HOSTS, ...spec },
    ...more,
  });
  return decide(facts({ object: given, component: one, memory: { checkDueMono: NOW + MINUTE }, ...options }));
}

describe('another instance count', () => {
  it('is an operation of its own, after the modify is in force', () => {
    const decision = written(judge({ status: inForce() }));
    expect(decision.status.operation).toMatchObject({
      id: 'op-new',
      type: 'Scale',
      cause: 'Replica',
      replica: 3,
      baselineJobId: 'JOB-1',
      phase: 'Intent',
      previousModify: { result: 'Succeeded', specDigest: SPEC_DIGEST },
    });
    expect(decision.status.operation).not.toHaveProperty('token');
    expect(decision.request).toEqual({ kind: 'act', action: { action: 'scale', replica: 3, hosts: HOSTS } });
    expect(message(decision.status)).toBe('Scaling from 1 to 3 instances is being submitted.');
    expect(decision.status.remote).toMatchObject({ replica: 1, lastJobId: 'JOB-1' });
  });

  it('names no hosts for a component in containers', () => {
    const runtimeStack = { name: 'OpenJDK8', version: '1.1.1', type: 'Java', deployMode: 'container' };
    const server = { name: 'OpenJDK8', version: '1.1.1', type: 'Java', deploy_mode: 'container' };
    const object = cr({ component: { replica: 3, runtimeStack } });
    const { spec } = facts({ object }).resource;
    const specDigest = spec.kind === 'valid' ? spec.desired.specDigest : '';
    const status = inForce({
      operation: operation({ specDigest }),
      lastApplied: { ...LAST_APPLIED, specDigest },
    });
    const component = { ...one, runtimeStack: server };
    const decision = written(
      decide(facts({ object: { ...object, status: { ...status } as never }, component })),
    );
    expect(decision.request).toEqual({ kind: 'act', action: { action: 'scale', replica: 3 } });
  });

  it.each([
    ['no list of hosts', { scaleHosts: undefined as never }],
    ['an empty list of hosts', { scaleHosts: [] }],
  ])('on virtual machines needs hosts: %s', (_name, spec) => {
    const decision = written(judge({ status: inForce(), spec: { ...spec, interval: '10m' } }));
    expect(shown(decision.status)).toContain('Stalled=True/InvalidSpec');
    expect(message(decision.status)).toContain('spec.component.replica asks for 3 instances');
    expect(decision.restMs).toBe(10 * MINUTE);
  });

  it('is not looked at again by itself with interval 0', () => {
    const decision = written(judge({ status: inForce(), spec: { scaleHosts: [], interval: '0s' } }));
    expect(decision.restMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('has no baseline when the component names no job, and says so when its count is not known', () => {
    const { lastJobId: _job, replica: _replica, ...bare } = one;
    const { status } = written(judge({ status: inForce() }, { component: bare }));
    expect(status.operation).not.toHaveProperty('baselineJobId');
    expect(message(status)).toContain('Scaling from unknown to 3');
  });

  it('waits for its back-off', () => {
    const open = operation({
      type: 'Scale',
      cause: 'Replica',
      replica: 3,
      phase: 'NotSent',
      notBefore: '2026-01-01T00:01:00Z',
      finishedAt: AT,
    });
    const status = inForce({
      operation: { ...open, previousModify: { result: 'Succeeded', generation: 1 } },
    });
    expect(judge({ status })).toMatchObject({ kind: 'rest', ms: MINUTE });
    expect(judge({ status }, { wall: START_WALL + MINUTE }).kind).toBe('write');
  });

  it('waits for a component that works', () => {
    const busy = { ...one, status: 'UPGRADING' };
    expect(shown(written(judge({ status: inForce() }, { component: busy })).status)).toContain('RemoteBusy');
  });

  it.each(['FAILED', 'PARTIALLY_FAILED'])('waits for a component that does not take it: %s', (state) => {
    const decision = written(judge({ status: inForce() }, { component: { ...one, status: state } }));
    expect(shown(decision.status)).toContain('Reconciling=True/RemoteBusy');
    expect(message(decision.status)).toContain(
      `The component is ${state}; 3 instances are asked for once it runs.`,
    );
    expect(decision.restMs).toBe(10_000);
  });

  it.each(['PENDING', 'DOWN'])('is sent to a component that is deployed: %s', (state) => {
    const decision = written(judge({ status: inForce() }, { component: { ...one, status: state } }));
    expect(decision.status.operation).toMatchObject({ type: 'Scale', phase: 'Intent' });
  });

  it('asks for nothing while the modify of the same edit is refused', () => {
    const status = inForce({
      lastApplied: { generation: 1, void: true },
      operation: operation({ phase: 'Failed' }),
    });
    expect(shown(written(judge({ status })).status)).toContain('JobFailed');
  });
});

describe('a count that the component has already', () => {
  it('is recorded, and nothing is sent', () => {
    const decision = written(judge({ status: inForce() }, { component: three }));
    expect(decision.status.lastApplied).toEqual({ ...LAST_APPLIED, replica: 3 });
    expect(decision.status.operation).toEqual(operation());
    expect(decision.status.remote).toMatchObject({ replica: 3 });
    expect(shown(decision.status)).toContain('Ready=True/Succeeded');
    expect(decision.status.observedGeneration).toBe(1);
    expect(decision).not.toHaveProperty('request');
  });

  it('is not Ready when the component does not run', () => {
    const { status } = written(judge({ status: inForce() }, { component: { ...three, status: 'PENDING' } }));
    expect(shown(status)).toContain('Reconciling=True/Polling');
  });

  const scaled = (changes: Partial<Operation>, replica?: number) =>
    inForce({
      operation: operation({
        type: 'Scale',
        cause: 'Replica',
        ...changes,
        previousModify: { result: 'Succeeded', generation: 1 },
      }),
      lastApplied: { ...LAST_APPLIED, ...(replica === undefined ? {} : { replica }) },
    });

  it.each([
    [
      'is sent all the same after a scale that did not succeed',
      scaled({ phase: 'Failed', replica: 5 }),
      'Intent',
    ],
    ['is not sent after a scale that succeeded', scaled({ phase: 'Succeeded', replica: 5 }), 'Succeeded'],
    [
      'is not sent when another count is known to be in force',
      scaled({ phase: 'Failed', replica: 5 }, 2),
      'Failed',
    ],
  ] as const)('%s', (_name, status, phase) => {
    expect(written(judge({ status }, { component: three })).status.operation?.phase).toBe(phase);
  });
});

describe('a count whose last attempt did not reach it', () => {
  const failed = inForce({
    operation: operation({
      type: 'Scale',
      cause: 'Replica',
      replica: 3,
      phase: 'Failed',
      message: 'Job ended FAILED.',
      previousModify: { result: 'Succeeded', generation: 1 },
    }),
  });

  it('keeps Ready away, in the words of that attempt', () => {
    const { status } = written(judge({ status: failed }));
    expect(shown(status)).toContain('Stalled=True/JobFailedTerminal');
    expect(message(status)).toBe('Job ended FAILED.');
  });

  it('is sent again after a reset', () => {
    const annotations = { 'servicestage.io/reset-at': 'a' };
    const { operation: open } = written(judge({ status: failed, annotations })).status;
    expect(open).toMatchObject({ type: 'Scale', cause: 'Reset', token: 'a', attempt: 1 });
    expect(open?.previousScale).toMatchObject({ result: 'Failed', replica: 3 });
  });
});
