// The end of a job that worked: what is said of the component, of the count, of an edit that waits, and of what differs.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { RemoteComponent } from '../../src/core/types.ts';
import { type CrOptions, cr, type FactsOptions, facts, job, remote } from '../support/make.ts';
import {
  AT,
  inForce,
  message,
  operation,
  remembering,
  SPEC_DIGEST,
  shown,
  VERSION,
  written,
} from './given.ts';

const submitted = (changes: Partial<Operation> = {}, more: Partial<Status> = {}): Status => {
  const { lastApplied: _none, conditions: _shown, ...status } = inForce(more);
  return { ...status, ...more, operation: operation({ phase: 'Submitted', ...changes }) };
};

function conclude(
  object: CrOptions & { readonly status?: Status } = {},
  component: RemoteComponent = remote({ lastJobId: 'JOB-1' }),
  options: FactsOptions = {},
) {
  const given = cr({ status: submitted(), ...object });
  return written(decide(facts({ object: given, component, jobs: [job('JOB-1', 'succeeded')], ...options })));
}

describe('the end of a job that worked', () => {
  it('puts the spec in force in one write, and tells it', () => {
    const decision = conclude({}, undefined, remembering({ failures: 3 }));
    expect(decision.status).toMatchObject({
      observedGeneration: 1,
      operation: { phase: 'Succeeded', finishedAt: AT, rawStatus: 'SUCCEEDED', tasks: [] },
      lastApplied: { generation: 1, specDigest: SPEC_DIGEST, version: VERSION, jobId: 'JOB-1', time: AT },
      remote: { componentStatus: 'RUNNING', lastJobId: 'JOB-1' },
      history: [{ operationId: 'op-1', result: 'Succeeded' }],
    });
    expect(shown(decision.status)).toBe(
      'Ready=True/Succeeded JobSucceeded=True/JobSucceeded Synced=True/InSync',
    );
    expect(message(decision.status)).toBe(`Version ${VERSION} is in force.`);
    expect(decision.memory).toEqual({ failures: 0 });
    expect(decision.notes).toEqual([
      { type: 'Normal', reason: 'JobSucceeded', action: 'Modify', note: 'Job JOB-1 succeeded.' },
    ]);
    expect(decision.restMs).toBeUndefined();
  });

  it.each([
    ['GRAYING', 'Reconciling=True/GrayReleaseWaiting', 'roll it back'],
    ['PENDING', 'Reconciling=True/Polling', 'the component is PENDING and not RUNNING yet'],
    ['', 'Reconciling=True/Polling', 'the component is in an unknown state and not RUNNING yet'],
  ])('is not yet Ready while the component is "%s"', (status, want, text) => {
    const decision = conclude({}, remote({ lastJobId: 'JOB-1', status }));
    expect(shown(decision.status)).toContain(want);
    expect(message(decision.status)).toContain(text);
  });

  it('says where the component differs all the same, and tells it', () => {
    const decision = conclude({}, remote({ lastJobId: 'JOB-1', body: { version: '1.0.0' } }));
    expect(shown(decision.status)).toContain('Synced=False/NotApplied');
    expect(message(decision.status, 'Synced')).toBe(
      'The job succeeded but the component differs at /version.',
    );
    expect(decision.status.drift).toMatchObject({
      since: AT,
      fields: [{ pointer: '/version', kind: 'changed' }],
    });
    expect(decision.notes).toMatchObject([
      { reason: 'JobSucceeded' },
      { type: 'Warning', reason: 'DriftDetected', action: 'Compare' },
    ]);
  });

  it('names what is no longer in the spec and still set', () => {
    const lastApplied = { generation: 1, specDigest: 'older', keys: ['jvm_opts'] };
    const component = remote({ lastJobId: 'JOB-1', body: { jvm_opts: '-Xmx1g' } });
    const decision = conclude({ status: submitted({}, { lastApplied }) }, component);
    expect(message(decision.status, 'Synced')).toBe(
      'No longer in the spec but still set in ServiceStage: /jvmOpts. Write an empty value to clear it.',
    );
    expect(decision.status.drift?.fields).toEqual([{ pointer: '/jvmOpts', kind: 'removed' }]);
    expect(decision.notes).toHaveLength(2);
  });
});

describe('an edit that waits behind the job', () => {
  it('is not what Ready speaks of', () => {
    const decision = conclude({ generation: 2, component: { version: '2.0.0' } });
    expect(decision.status.observedGeneration).toBe(1);
    expect(shown(decision.status)).toContain('Ready=True/Succeeded');
    expect(shown(decision.status)).toContain('Synced=Unknown/NotChecked');
    expect(decision.notes).toHaveLength(1);
  });

  it('keeps Ready away when it asks for a count, since the count before it is not known', () => {
    const decision = conclude({ generation: 2, component: { version: '2.0.0', replica: 3 } });
    expect(shown(decision.status)).toContain('Ready=Unknown/Progressing Reconciling=True/Submitting');
    expect(message(decision.status)).toContain('the newer spec is looked at next');
  });

  it('is not what Ready speaks of, also when it was spoken of before', () => {
    const status = submitted({}, { observedGeneration: 2 });
    const decision = conclude({ generation: 2, component: { version: '2.0.0' }, status });
    expect(shown(decision.status)).toContain('Ready=True/Succeeded');
    expect(decision.status.observedGeneration).toBe(1);
  });

  it('that is invalid is not what Ready speaks of either', () => {
    const decision = conclude({ generation: 2, component: { version: 'latest' } });
    expect(decision.status.observedGeneration).toBe(1);
    expect(shown(decision.status)).toContain('Ready=True/Succeeded');
  });

  it('that only came back to the same spec, and was spoken of before, is what Ready speaks of', () => {
    const decision = conclude({ generation: 2, status: submitted({}, { observedGeneration: 2 }) });
    expect(shown(decision.status)).toContain('Ready=True/Succeeded');
    expect(decision.status.observedGeneration).toBe(2);
  });

  it('that only came back to the same spec is in force with it', () => {
    const decision = conclude({ generation: 2 });
    expect(decision.status.observedGeneration).toBe(1);
    expect(shown(decision.status)).toContain('Synced=True/InSync');
  });
});

describe('the count of the same spec', () => {
  const spec = { scaleHosts: ['a', 'b', 'c'] };

  it('is asked for next', () => {
    const decision = conclude({ component: { replica: 3 }, spec });
    expect(shown(decision.status)).toContain('Ready=Unknown/Progressing Reconciling=True/Submitting');
    expect(message(decision.status)).toBe('The change is in force; 3 instances are asked for next.');
  });

  it('is not asked for while the component does not run', () => {
    const decision = conclude(
      { component: { replica: 3 }, spec },
      remote({ lastJobId: 'JOB-1', status: 'PENDING' }),
    );
    expect(shown(decision.status)).toContain('Reconciling=True/Polling');
  });

  it('is in force when the component has it', () => {
    const decision = conclude({ component: { replica: 1 }, spec });
    expect(shown(decision.status)).toContain('Ready=True/Succeeded');
    expect(decision.status.lastApplied?.replica).toBe(1);
  });

  it('keeps Ready away when its last attempt did not reach it', () => {
    const previousScale = {
      result: 'Refused',
      generation: 1,
      replica: 3,
      message: 'Refused before.',
    } as const;
    const decision = conclude({ component: { replica: 3 }, spec, status: submitted({ previousScale }) });
    expect(shown(decision.status)).toContain('Stalled=True/InvalidSpec');
    expect(message(decision.status)).toBe('Refused before.');
  });
});

describe('the end of a scale', () => {
  const scale = submitted(
    { type: 'Scale', cause: 'Replica', replica: 3, previousModify: { result: 'Succeeded', generation: 1 } },
    {
      lastApplied: {
        generation: 1,
        specDigest: SPEC_DIGEST,
        digestVersion: 1,
        version: VERSION,
        jobId: 'JOB-0',
      },
    },
  );

  it('records the count, and the rest of the spec stays in force', () => {
    const decision = conclude(
      { component: { replica: 3 }, status: scale },
      remote({ lastJobId: 'JOB-1', replica: 3 }),
    );
    expect(decision.status.lastApplied).toMatchObject({
      replica: 3,
      specDigest: SPEC_DIGEST,
      jobId: 'JOB-0',
    });
    expect(shown(decision.status)).toContain('Ready=True/Succeeded');
    expect(shown(decision.status)).toContain('Synced=True/InSync');
    expect(decision.notes).toMatchObject([{ reason: 'JobSucceeded', action: 'Scale' }]);
  });
});
