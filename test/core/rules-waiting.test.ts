// Before a write is made to a component: what has to be waited for, how long, and how the wait is shown.
import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import type { RemoteComponent } from '../../src/core/types.ts';
import { cr, type FactsOptions, facts, job, remote } from '../support/make.ts';
import { AT, inForce, MINUTE, message, NOW, operation, shown, written } from './given.ts';

/** Job THEIRS has replaced what JOB-1 applied, and that is remembered already. */
const TOLD = [{ ourJobId: 'JOB-1', jobId: 'THEIRS', time: AT }];

/** The decision about an edit that has to be sent, for a component of an older version. */
function judge(component: Partial<RemoteComponent> | 'missing', options: FactsOptions = {}): Decision {
  const found =
    component === 'missing'
      ? component
      : remote({ version: '1.0.0', body: { version: '1.0.0' }, ...component });
  const object = cr({
    generation: 2,
    component: { version: '2.0.0' },
    status: inForce({ overwritten: TOLD }),
  });
  return decide(facts({ object, component: found, jobs: [job('JOB-0', 'succeeded')], ...options }));
}

describe('a change waits', () => {
  it.each([
    ['for a component that works', 'UPGRADING', 'RemoteBusy', 10_000, 'UPGRADING'],
    ['for a component without a state', '', 'RemoteBusy', 10_000, 'in an unknown state'],
    ['for a component that was stopped', 'STOPPED', 'RemoteBusy', 30_000, 'after it is started'],
    ['for the decision on a gray release', 'GRAYING', 'GrayReleaseWaiting', 30_000, 'roll it back'],
  ])('%s (%s)', (_name, status, reason, restMs, text) => {
    const decision = written(judge({ status, lastJobId: 'JOB-1' }));
    expect(shown(decision.status)).toContain(`Ready=Unknown/${reason} Reconciling=True/${reason}`);
    expect(decision.restMs).toBe(restMs);
    expect(message(decision.status)).toContain(text);
    expect(decision.status.observedGeneration).toBe(2);
    expect(decision.notes).toEqual([]);
  });

  it.each(['DELETED', 'RESERVED'])('for ever, and says so, when the component is %s', (status) => {
    const decision = written(judge({ status, lastJobId: 'JOB-1' }));
    expect(shown(decision.status)).toContain('Stalled=True/NotFound');
    expect(message(decision.status)).toContain(`its state is ${status}`);
    expect(decision.restMs).toBe(60_000);
  });

  it('for a component that is missing', () => {
    const decision = written(judge('missing'));
    expect(shown(decision.status)).toContain('Stalled=True/NotFound');
    expect(decision.restMs).toBe(60_000);
  });

  it('for the job of somebody else, without calling it late', () => {
    const decision = written(judge({ lastJobId: 'THEIRS' }, { jobs: [job('THEIRS', 'running')] }));
    expect(message(decision.status)).toContain('Job THEIRS, started by somebody else');
    expect(decision).toMatchObject({
      restMs: 10_000,
      memory: { waitsFor: { jobId: 'THEIRS', sinceMono: NOW } },
    });
  });

  it.each(['succeeded', 'failed'] as const)('not for a job of somebody else that has %s', (phase) => {
    const decision = written(judge({ lastJobId: 'THEIRS' }, { jobs: [job('THEIRS', phase)] }));
    expect(decision.status.operation).toMatchObject({ phase: 'Intent', baselineJobId: 'THEIRS' });
  });

  it('not for a job that the service no longer knows', () => {
    const lost = { THEIRS: { kind: 'ok', value: { kind: 'missing', code: 'C', message: 'm' } } } as const;
    const decision = written(judge({ lastJobId: 'THEIRS' }, { reads: { jobs: lost } }));
    expect(decision.status.operation?.phase).toBe('Intent');
  });

  it('not for its own job that has ended', () => {
    expect(written(judge({ lastJobId: 'JOB-1' }, { jobs: [] })).status.operation?.phase).toBe('Intent');
  });
});

describe('a wait for a busy component', () => {
  const hour = 60 * MINUTE;
  it.each([
    ['is a wait before the deadline of one job', hour - 1, 'Reconciling=True/RemoteBusy', 10_000],
    ['is stalled from then on, and looked at less often', hour, 'Stalled=True/Timeout', 60_000],
  ])('%s', (_name, waitedMs, want, restMs) => {
    const memory = { waitsFor: { jobId: 'JOB-1', sinceMono: NOW } };
    const decision = written(
      judge({ status: 'UPGRADING', lastJobId: 'JOB-1' }, { memory, mono: NOW + waitedMs }),
    );
    expect(shown(decision.status)).toContain(want);
    expect(decision.restMs).toBe(restMs);
    expect(decision.memory).toEqual(memory);
  });

  it('begins anew with another job', () => {
    const memory = { waitsFor: { jobId: 'JOB-0', sinceMono: 0 } };
    const decision = written(judge({ status: 'UPGRADING', lastJobId: 'JOB-1' }, { memory, mono: 2 * hour }));
    expect(decision.memory).toEqual({ waitsFor: { jobId: 'JOB-1', sinceMono: 2 * hour } });
    expect(shown(decision.status)).toContain('RemoteBusy');
  });

  it('is written once, and then only waited', () => {
    const first = written(judge({ status: 'UPGRADING', lastJobId: 'JOB-1' }));
    const object = cr({ generation: 2, component: { version: '2.0.0' }, status: first.status });
    const component = remote({ status: 'UPGRADING', lastJobId: 'JOB-1' });
    const again = decide(
      facts({ object, component, memory: { waitsFor: { jobId: 'JOB-1', sinceMono: NOW } } }),
    );
    expect(again).toMatchObject({ kind: 'rest', ms: 10_000, memory: { waitsFor: { jobId: 'JOB-1' } } });
  });
});

describe('a service that shows an older job than our last one', () => {
  const behind = { lastJobId: 'JOB-0' };

  it('is waited for without a word during the settle', () => {
    expect(judge(behind)).toMatchObject({
      kind: 'rest',
      ms: 5_000,
      memory: { waitsFor: { jobId: 'JOB-0', sinceMono: NOW } },
    });
  });

  it.each([
    ['until the settle has passed', 119_999, 'rest'],
    ['then it is shown as busy', 120_000, 'write'],
  ])('%s', (_name, waitedMs, want) => {
    const memory = { waitsFor: { jobId: 'JOB-0', sinceMono: NOW } };
    const decision = judge(behind, { memory, mono: NOW + waitedMs });
    expect(decision.kind).toBe(want);
    if (decision.kind === 'write') {
      expect(shown(decision.status)).toContain('Reconciling=True/RemoteBusy');
      expect(message(decision.status)).toContain('still shows job JOB-0, which is older than job JOB-1');
    }
  });

  it('is waited for also when that job stands in our history', () => {
    const entry: HistoryEntry = {
      operationId: 'op-0',
      type: 'Modify',
      cause: 'Spec',
      generation: 1,
      jobId: 'JOB-A',
      result: 'Succeeded',
    };
    const object = cr({
      generation: 2,
      component: { version: '2.0.0' },
      status: inForce({ history: [entry] }),
    });
    const decision = decide(facts({ object, component: remote({ lastJobId: 'JOB-A' }) }));
    expect(decision).toMatchObject({ kind: 'rest', memory: { waitsFor: { jobId: 'JOB-A' } } });
  });

  it('is no reason to wait when that job could not be attributed, since its place in time is unknown', () => {
    const entry: HistoryEntry = {
      operationId: 'op-0',
      type: 'Modify',
      cause: 'Spec',
      generation: 1,
      jobId: 'JOB-A',
      result: 'Unattributed',
    };
    const object = cr({
      generation: 2,
      component: { version: '2.0.0' },
      status: inForce({ history: [entry] }),
    });
    const decision = written(decide(facts({ object, component: remote({ lastJobId: 'JOB-A' }) })));
    expect(decision.status.operation?.phase).toBe('Intent');
  });

  it('is no reason to wait when the last operation never had a job', () => {
    const { jobId: _none, ...refused } = operation({ phase: 'Refused' });
    const status = inForce({ operation: refused });
    const object = cr({ generation: 2, component: { version: '2.0.0' }, status });
    const decision = written(
      decide(facts({ object, component: remote(behind), jobs: [job('JOB-0', 'succeeded')] })),
    );
    expect(decision.status.operation?.phase).toBe('Intent');
  });

  it('is no reason to wait when neither the component nor the last call named a job before it', () => {
    const { baselineJobId: _first, ...first } = operation();
    const status = inForce({ operation: first });
    const object = cr({ generation: 2, component: { version: '2.0.0' }, status });
    const { lastJobId: _none, ...never } = remote({ version: '1.0.0', body: { version: '1.0.0' } });
    expect(written(decide(facts({ object, component: never }))).status.operation?.phase).toBe('Intent');
  });

  it('is no reason to wait for a component without any job', () => {
    const object = cr({ generation: 2, component: { version: '2.0.0' }, status: inForce() });
    const { lastJobId: _none, ...never } = remote({ version: '1.0.0', body: { version: '1.0.0' } });
    expect(written(decide(facts({ object, component: never }))).status.operation?.phase).toBe('Intent');
  });
});
