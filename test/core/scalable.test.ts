// The number of instances is changed only where the service takes that: a component that is not deployed is waited for, and a
// refusal because of its state is no fault of the spec.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { cr, facts, remote } from '../support/make.ts';

const FINALIZERS = ['servicestage.io/finalizer'];
const { spec } = facts({ object: cr({ component: { replica: 2 } }) }).resource;
const specDigest = spec.kind === 'valid' ? spec.desired.specDigest : '';
const inForce: Status = {
  observedGeneration: 1,
  lastApplied: { generation: 1, specDigest, digestVersion: 1, replica: 1, jobId: 'JOB-0' },
};
const scaling = (status: Status) =>
  cr({ finalizers: FINALIZERS, status, component: { replica: 2 }, spec: { scaleHosts: ['a', 'b'] } });

function written(decision: Decision): Status {
  if (decision.kind !== 'write') throw new Error(`expected a write, got ${decision.kind}`);
  return decision.status;
}

const reconciling = (status: Status) => status.conditions?.find(({ type }) => type === 'Reconciling')?.reason;

describe('a number of instances that is due', () => {
  it.each(['RUNNING', 'PENDING', 'DOWN'])('is asked for while the component is %s', (state) => {
    const decision = decide(facts({ object: scaling(inForce), component: remote({ status: state }) }));
    expect(written(decision).operation).toMatchObject({ type: 'Scale', phase: 'Intent', replica: 2 });
  });

  it.each(['FAILED', 'PARTIALLY_FAILED'])('waits while the component is %s, and says what helps', (state) => {
    const decision = decide(facts({ object: scaling(inForce), component: remote({ status: state }) }));
    expect(reconciling(written(decision))).toBe('RemoteBusy');
    expect(JSON.stringify(written(decision).conditions)).toContain('force-apply-at');
  });

  it('that was refused while the component was FAILED is no attempt', () => {
    const operation: Operation = {
      id: 'op-1',
      type: 'Scale',
      cause: 'Replica',
      generation: 1,
      attempt: 1,
      phase: 'Intent',
      submittedAt: '2026-01-01T00:00:00Z',
      replica: 2,
      baselineJobId: 'JOB-0',
    };
    const failure = { class: 'permanent', code: 'SVCSTG.00100400', message: 'no', httpStatus: 400 } as const;
    const decision = decide(
      facts({
        object: scaling({ ...inForce, operation }),
        memory: {
          operationId: 'op-1',
          sentMono: 1,
          answer: { to: 'submit', outcome: { kind: 'refused', failure } },
        },
        component: remote({ status: 'FAILED' }),
      }),
    );
    expect(written(decision).operation?.phase).toBe('NotSent');
    expect(reconciling(written(decision))).toBe('RemoteBusy');
  });
});
