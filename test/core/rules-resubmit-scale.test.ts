// One more call for a scale whose outcome stays unknown, where `ambiguousSubmit` asks for it.
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import { cr, facts, job, remote } from '../support/make.ts';
import { inForce, intentOf, written } from './given.ts';

describe('a scale whose outcome stays unknown, with ambiguousSubmit Resubmit', () => {
  const {
    specDigest: _digest,
    digestVersion: _version,
    ...scale
  } = intentOf({
    type: 'Scale',
    cause: 'Replica',
    phase: 'UnknownOutcome',
    replica: 3,
    message: 'Unknown.',
  });
  const spec = { ambiguousSubmit: 'Resubmit', scaleHosts: ['a', 'b', 'c'], interval: '0s' };
  const baseline = [{ version: '1.0.0', jobIds: ['JOB-0'] }];

  /** The first decision that is more than showing what is known. */
  function settle(replica: number, component = remote({ lastJobId: 'JOB-0' })) {
    let status = inForce({ operation: scale, conditions: [] });
    for (let writes = 0; writes < 3; writes += 1) {
      const object = cr({ component: { replica }, spec, status });
      const decision = decide(
        facts({
          object,
          component,
          records: baseline,
          jobs: [job('JOB-0', 'succeeded')],
          memory: { operationId: 'op-1', firstSeenMono: 0 },
        }),
      );
      if (decision.kind !== 'write' || decision.status.operation?.phase !== 'UnknownOutcome') return decision;
      status = decision.status;
    }
    throw new Error('it does not settle');
  }

  it('is made due once more, and remembers the first call', () => {
    const { status, notes } = written(settle(3));
    expect(status.operation).toMatchObject({
      type: 'Scale',
      phase: 'NotSent',
      previousScale: { result: 'UnknownOutcome', replica: 3 },
    });
    expect(status.operation).not.toHaveProperty('previousModify');
    expect(notes).toMatchObject([{ type: 'Warning', reason: 'UnknownOutcome', action: 'Scale' }]);
    const again = decide(
      facts({
        object: cr({ component: { replica: 3 }, spec, status }),
        component: remote({ lastJobId: 'JOB-0' }),
        jobs: [job('JOB-0', 'succeeded')],
      }),
    );
    expect(written(again).status.operation).toMatchObject({
      type: 'Scale',
      phase: 'Intent',
      replica: 3,
      attempt: 2,
    });
  });

  it('is left behind for another count, which is a cause of its own', () => {
    expect(written(settle(2)).status.operation).toMatchObject({
      phase: 'Intent',
      cause: 'Replica',
      replica: 2,
      attempt: 1,
    });
  });

  it('is not made due while the component works', () => {
    expect(settle(3, remote({ lastJobId: 'JOB-0', status: 'UPGRADING' })).kind).toBe('rest');
  });
});
