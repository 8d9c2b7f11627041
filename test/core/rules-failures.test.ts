// A read that does not get through: what is shown, what stays as it was, when a failure that lasts becomes a stall.
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import type { FailureClass } from '../../src/core/types.ts';
import { cr, type FactsOptions, facts } from '../support/make.ts';
import { condition, failing, inForce, MINUTE, message, NOW, operation, shown, written } from './given.ts';

/** An edit is to be sent and the component cannot be read. */
function edited(kind: FailureClass, options: FactsOptions & { readonly httpStatus?: number } = {}): Decision {
  const { httpStatus, ...more } = options;
  const object = cr({ generation: 2, component: { version: '2.0.0' }, status: inForce() });
  const component = failing(kind, httpStatus === undefined ? {} : { httpStatus });
  return decide(facts({ object, reads: { component }, ...more }));
}

describe('a read that fails while something is to be sent', () => {
  it.each([
    ['transient', undefined, 'Ready=Unknown/ProgressingWithRetry Reconciling=True/ProgressingWithRetry'],
    ['unknownOutcome', undefined, 'Ready=Unknown/ProgressingWithRetry Reconciling=True/ProgressingWithRetry'],
    ['throttled', 429, 'Ready=Unknown/Throttled Reconciling=True/Throttled'],
    ['permission', 403, 'Ready=False/PermissionDenied Reconciling=True/ProgressingWithRetry'],
    ['credentials', undefined, 'Ready=False/CredentialsUnavailable Reconciling=True/ProgressingWithRetry'],
    ['credentials', 401, 'Ready=False/CredentialsRejected Reconciling=True/ProgressingWithRetry'],
    ['configuration', undefined, 'Ready=False/InvalidConfiguration Stalled=True/InvalidConfiguration'],
    ['permanent', 400, 'Ready=False/InvalidConfiguration Stalled=True/InvalidConfiguration'],
  ] as const)('is shown by its class: %s (HTTP %s)', (kind, httpStatus, want) => {
    const decision = written(edited(kind, httpStatus === undefined ? {} : { httpStatus }));
    expect(shown(decision.status)).toContain(want);
    expect(message(decision.status)).toBe('it did not work.');
    expect(decision.memory).toMatchObject({ failures: 1 });
  });

  it('waits longer from try to try', () => {
    const waits = [0, 3].map((failures) => written(edited('transient', { memory: { failures } })));
    expect(waits[0]?.restMs).toBeLessThanOrEqual(1_000);
    expect(waits[1]?.restMs).toBeGreaterThanOrEqual(4_000);
    expect(waits[1]?.memory).toMatchObject({ failures: 4 });
  });

  it.each([
    ['throttled', [{ type: 'Warning', reason: 'Throttled', action: 'Wait', note: 'it did not work.' }]],
    [
      'credentials',
      [{ type: 'Warning', reason: 'CredentialsUnavailable', action: 'Wait', note: 'it did not work.' }],
    ],
    ['permission', []],
  ] as const)('is told as an event when a person can do something: %s', (kind, notes) => {
    expect(written(edited(kind)).notes).toEqual(notes);
  });

  it('is told once, not again while Ready says it', () => {
    const status = written(edited('throttled')).status;
    const conditions = (status.conditions ?? []).map((each) => ({ ...each, message: 'another text' }));
    const object = cr({ generation: 2, component: { version: '2.0.0' }, status: { ...status, conditions } });
    const again = written(decide(facts({ object, reads: { component: failing('throttled') } })));
    expect(again.notes).toEqual([]);
  });

  it('names the request that a support ticket needs', () => {
    const object = cr({ generation: 2, component: { version: '2.0.0' }, status: inForce() });
    const component = failing('throttled', { requestId: 'req-1', message: 'slow down. please.' });
    const decision = written(decide(facts({ object, reads: { component } })));
    expect(decision.notes[0]?.note).toBe('slow down. please (request id req-1).');
  });
});

describe('the first read of all', () => {
  it('is shown when it fails', () => {
    const decision = written(decide(facts({ reads: { component: failing('transient') } })));
    expect(shown(decision.status)).toContain('Ready=Unknown/ProgressingWithRetry');
    expect(decision.notes).toEqual([]);
  });
});

describe('each of the reads that a change needs', () => {
  const open = operation({ phase: 'Submitted' });
  it.each([
    ['the account', inForce(), { account: failing('permission') }],
    ['the component', inForce(), { component: failing('permission') }],
    ['the job', inForce({ operation: open }), { jobs: { 'JOB-1': failing('permission') } }],
  ])('shows its own failure: %s', (_name, status, reads) => {
    const object = cr({ generation: 2, component: { version: '2.0.0' }, status });
    const decision = written(decide(facts({ object, reads })));
    expect(shown(decision.status)).toContain('Ready=False/PermissionDenied');
  });
});

describe('a refused credential or permission', () => {
  const rejected = 'CredentialsRejected';
  const judge = (sinceMs: number, lastMs: number, reason = rejected) =>
    written(
      edited('credentials', {
        httpStatus: 401,
        memory: { stuck: { reason, sinceMono: NOW - sinceMs, lastMono: NOW - lastMs } },
      }),
    );

  it.each([
    ['is retried for ten minutes', 10 * MINUTE - 1, MINUTE, 'Reconciling=True/ProgressingWithRetry'],
    ['is stalled from then on', 10 * MINUTE, MINUTE, 'Stalled=True/CredentialsRejected'],
    [
      'counts on when it was seen twenty minutes ago',
      30 * MINUTE,
      20 * MINUTE,
      'Stalled=True/CredentialsRejected',
    ],
    [
      'counts anew when it was not seen for longer',
      30 * MINUTE,
      20 * MINUTE + 1,
      'Reconciling=True/ProgressingWithRetry',
    ],
  ])('%s', (_name, sinceMs, lastMs, want) => {
    expect(shown(judge(sinceMs, lastMs).status)).toContain(want);
  });

  it('remembers since when, and when it was seen last', () => {
    expect(judge(5 * MINUTE, MINUTE).memory).toEqual({
      failures: 1,
      stuck: { reason: rejected, sinceMono: NOW - 5 * MINUTE, lastMono: NOW },
    });
  });

  it('counts anew when it was another reason before', () => {
    expect(judge(30 * MINUTE, MINUTE, 'PermissionDenied').memory).toMatchObject({
      stuck: { reason: rejected, sinceMono: NOW },
    });
  });

  it('begins to count at once', () => {
    expect(written(edited('permission')).memory).toMatchObject({
      stuck: { reason: 'PermissionDenied', sinceMono: NOW, lastMono: NOW },
    });
  });

  it('stays stalled after a restart, which forgets since when', () => {
    const conditions = [condition('Ready', ['False', rejected]), condition('Stalled', ['True', rejected])];
    const object = cr({ generation: 2, component: { version: '2.0.0' }, status: inForce({ conditions }) });
    const component = failing('credentials', { httpStatus: 401 });
    const decision = written(decide(facts({ object, reads: { component } })));
    expect(shown(decision.status)).toContain(`Stalled=True/${rejected}`);
  });

  it('is nothing that lasts when the network fails', () => {
    expect(written(edited('transient')).memory).toEqual({ failures: 1 });
  });
});
