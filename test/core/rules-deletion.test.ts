// deletionPolicy Delete, step by step: the call is announced, sent, looked after, repeated when it did not take, and its failures
// are shown without ever holding the resource for good.
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision, Memory } from '../../src/core/facts.ts';
import type { RemoteComponent, RemoveOutcome } from '../../src/core/types.ts';
import { cr, facts, remote } from '../support/make.ts';
import { AT, failure, inForce, NOW, operation, shown, written } from './given.ts';

const deleting = (changes: Partial<Operation> = {}): Operation => ({
  id: 'op-1',
  type: 'Delete',
  cause: 'Deletion',
  generation: 1,
  attempt: 1,
  phase: 'Intent',
  submittedAt: AT,
  ...changes,
});

interface Given {
  readonly operation?: Operation | undefined;
  readonly component?: RemoteComponent | 'missing';
  readonly memory?: Partial<Memory>;
}

function judge({ operation: open, component, memory = {} }: Given): Decision {
  const status = inForce(open === undefined ? {} : { operation: open });
  const object = cr({ deleting: true, spec: { deletionPolicy: 'Delete' }, status });
  const known = { operationId: 'op-1', ...memory };
  return decide(facts({ object, memory: known, ...(component === undefined ? {} : { component }) }));
}

const answer = (outcome: RemoveOutcome) => ({ answer: { to: 'remove', outcome } }) as const;
const blocked = answer({ kind: 'refused', failure: failure('transient', { requestId: 'req-1' }) });

describe('a resource that is being deleted', () => {
  it('is left alone when the mark is not ours any more', () => {
    const object = cr({ deleting: true, finalizers: [], spec: { deletionPolicy: 'Delete' } });
    expect(decide(facts({ object, component: remote() }))).toMatchObject({ kind: 'rest', ms: undefined });
  });

  it('tells the orphan’s owner which job runs on', () => {
    const status = inForce({ operation: operation({ phase: 'Submitted', jobId: 'JOB-7' }) });
    const decision = decide(facts({ object: cr({ deleting: true, status }) }));
    expect(decision).toMatchObject({ kind: 'finalizer', notes: [{ type: 'Normal', reason: 'Orphaned' }] });
    expect(JSON.stringify(decision)).toContain('Job JOB-7 runs on.');
  });

  it('names no running job when none runs', () => {
    const decision = decide(facts({ object: cr({ deleting: true, status: inForce() }) }));
    expect(JSON.stringify(decision)).not.toContain('runs on');
    expect(JSON.stringify(decision)).toContain('(deletionPolicy Orphan)');
  });

  it('is deleted in the service also when nothing was ever done for it', () => {
    const memory = { operationId: 'op-0', failures: 0, ...answer({ kind: 'accepted' }) };
    const object = cr({ deleting: true, spec: { deletionPolicy: 'Delete' } });
    const { status } = written(decide(facts({ object, component: remote(), memory })));
    expect(status.operation).toMatchObject({ type: 'Delete', phase: 'Intent' });
  });

  it('keeps, in the operation that deletes, what was attempted before', () => {
    const { status, precondition, notes } = written(judge({ component: remote() }));
    expect(status.operation).toMatchObject({
      id: 'op-new',
      type: 'Delete',
      cause: 'Deletion',
      generation: 1,
    });
    expect(status.operation?.previousModify).toMatchObject({ result: 'Succeeded' });
    expect(precondition).toBe('resourceVersion');
    expect(notes).toEqual([]);
    expect(status.observedGeneration).toBe(1);
  });

  it.each(['DELETED', 'RESERVED'])('is released when the component is %s', (state) => {
    const decision = judge({ operation: deleting(), component: remote({ status: state }) });
    expect(decision).toMatchObject({ kind: 'finalizer', change: 'remove', notes: [{ reason: 'Deleted' }] });
  });

  it('waits for a component that works, and says so', () => {
    const decision = written(judge({ component: remote({ status: 'UPGRADING' }) }));
    expect(decision.restMs).toBe(5_000);
    expect(shown(decision.status)).toContain('Ready=False/Deleting Reconciling=True/Deleting');
    expect(JSON.stringify(decision.status)).toContain('The component is UPGRADING; its deletion waits.');
  });

  it('says that the deletion runs while the component is DELETING', () => {
    const { status } = written(judge({ operation: deleting(), component: remote({ status: 'DELETING' }) }));
    expect(JSON.stringify(status)).toContain('The component is DELETING; its deletion runs.');
  });

  it('says so when the component has no state at all', () => {
    const { status } = written(judge({ operation: deleting(), component: remote({ status: '' }) }));
    expect(JSON.stringify(status)).toContain('in an unknown state');
  });
});

describe('the DELETE call', () => {
  it('is sent once it is announced', () => {
    const decision = judge({ operation: deleting(), component: remote() });
    expect(decision).toMatchObject({ kind: 'send', request: { kind: 'remove' }, operation: { id: 'op-1' } });
  });

  it('is sent also when an earlier operation of another process was answered', () => {
    const decision = judge({
      operation: deleting(),
      component: remote(),
      memory: { operationId: 'op-0', ...answer({ kind: 'accepted' }) },
    });
    expect(decision.kind).toBe('send');
  });

  it('is recorded when it is accepted, and its answer is used up', () => {
    const decision = written(
      judge({ operation: deleting(), component: remote(), memory: answer({ kind: 'accepted' }) }),
    );
    expect(decision.status.operation?.phase).toBe('Submitted');
    expect(decision).toMatchObject({ restMs: 5_000, memory: { answer: undefined } });
    expect(Object.keys(decision.memory ?? {})).toContain('answer');
  });

  it('is no second write when it is accepted again', () => {
    const decision = judge({
      operation: deleting({ phase: 'Submitted' }),
      component: remote(),
      memory: answer({ kind: 'accepted' }),
    });
    expect(decision).toMatchObject({ kind: 'rest', ms: 5_000 });
    expect(decision.kind === 'rest' && Object.keys(decision.memory ?? {})).toEqual(['answer']);
  });

  it('ends with the component when the service says that it is gone', () => {
    const decision = judge({ operation: deleting(), component: remote(), memory: answer({ kind: 'gone' }) });
    expect(decision).toMatchObject({ kind: 'finalizer', notes: [{ type: 'Normal', reason: 'Deleted' }] });
  });

  it.each([
    [
      'not before the settle has passed since it was sent',
      { sentMono: NOW - 119_999, firstSeenMono: 0 },
      'rest',
    ],
    ['once the settle has passed since it was sent', { sentMono: NOW - 120_000, firstSeenMono: NOW }, 'send'],
    ['not before the settle after a restart', { firstSeenMono: NOW - 119_999 }, 'rest'],
    ['a settle after a restart', { firstSeenMono: NOW - 120_000 }, 'send'],
    ['not by a process that has only just seen it', {}, 'rest'],
  ] as const)('that left the component idle is repeated: %s', (_name, memory, want) => {
    const decision = judge({ operation: deleting({ phase: 'Submitted' }), component: remote(), memory });
    expect(decision.kind).toBe(want);
    if (decision.kind === 'rest') expect(decision.ms).toBe(5_000);
  });
});

describe('a DELETE call that does not get through', () => {
  it.each(['busy', 'unknown', 'refused'] as const)('is shown and tried again: %s', (kind) => {
    const memory = answer({ kind, failure: failure('transient', { requestId: 'req-1' }) });
    const decision = written(judge({ operation: deleting(), component: remote(), memory }));
    expect(shown(decision.status)).toContain('Ready=False/Deleting Reconciling=True/Deleting');
    expect(decision.notes).toMatchObject([{ type: 'Warning', reason: 'DeleteBlocked', action: 'Delete' }]);
    expect(decision.notes[0]?.note).toContain('request id req-1');
    expect(decision.memory).toEqual({ failures: 1, answer: undefined });
    expect(decision.restMs).toBeGreaterThan(0);
    expect(decision.restMs).toBeLessThanOrEqual(1_000);
  });

  it.each([
    ['is not yet stalled', 3, 'Ready=False/Deleting Reconciling=True/Deleting'],
    ['is stalled at the fifth try', 4, 'Ready=False/DeleteFailed Stalled=True/DeleteFailed'],
  ] as const)('%s', (_name, failures, want) => {
    const memory = { ...blocked, failures };
    const decision = written(judge({ operation: deleting(), component: remote(), memory }));
    expect(shown(decision.status)).toContain(want);
  });

  it('is stalled at once when trying cannot help, and names the way out', () => {
    const memory = answer({ kind: 'refused', failure: failure('permanent') });
    const { status } = written(judge({ operation: deleting(), component: remote(), memory }));
    expect(shown(status)).toContain('Stalled=True/DeleteFailed');
    expect(JSON.stringify(status)).toContain('servicestage.io/deletion-policy: Orphan');
  });
});
