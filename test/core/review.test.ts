// What a hostile reading of the rules found: each row or story is named after what a user would have seen.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { freeMoves, newWorld, restOf, statusOf, type World, type WorldOptions } from '../support/drive.ts';
import { cr, facts, job, remote, START_WALL } from '../support/make.ts';

const { spec: specFacts } = facts({ object: cr({ component: { version: '1.0.1' } }) }).resource;
const digest = specFacts.kind === 'valid' ? specFacts.desired.specDigest : '';
const AT = '2026-01-01T00:00:00Z';
const MINUTE = 60_000;

function operation(changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-old',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    specDigest: digest,
    digestVersion: 1,
    version: '1.0.1',
    replica: 1,
    baselineJobId: 'J-0',
    bodyWasLive: false,
    attempt: 1,
    phase: 'Succeeded',
    submittedAt: AT,
    jobId: 'J-1',
    ...changes,
  };
}

function condition(
  type: 'Ready' | 'Reconciling' | 'JobSucceeded',
  status: 'True' | 'False' | 'Unknown',
  reason: string,
) {
  return { type, status, reason, message: 'as it was', observedGeneration: 1, lastTransitionTime: AT };
}

const lastApplied = { generation: 1, specDigest: digest, digestVersion: 1, version: '1.0.1', jobId: 'J-1' };
const readyStatus: Status = {
  observedGeneration: 1,
  operation: operation(),
  lastApplied,
  conditions: [condition('Ready', 'True', 'Succeeded'), condition('JobSucceeded', 'True', 'JobSucceeded')],
  history: [
    {
      operationId: 'op-old',
      type: 'Modify',
      cause: 'Spec',
      generation: 1,
      jobId: 'J-1',
      result: 'Succeeded',
    },
  ],
};

const ourJob = {
  operationId: 'op-old',
  version: '1.0.1',
  replica: undefined,
  phase: 'succeeded',
  forgotten: false,
  visible: true,
  visibleByMono: 0,
  endsByMono: 0,
} as const;

/** A world in which version 1.0.1 was applied by J-1. */
function appliedWorld(
  options: WorldOptions & { readonly status?: Status; readonly interval?: string } = {},
): World {
  const { status = readyStatus, interval = '0s', cloud, ...rest } = options;
  return newWorld({
    object: cr({ component: { version: '1.0.1' }, spec: { interval }, status }),
    ...rest,
    cloud: {
      version: '1.0.1',
      jobs: [
        { ...ourJob, id: 'J-0', operationId: undefined },
        { ...ourJob, id: 'J-1' },
      ],
      ...cloud,
    },
  });
}

function shown(status: Status): string {
  return (status.conditions ?? []).map((c) => `${c.type}=${c.status}/${c.reason}`).join(' ');
}

function statusWritten(decision: Decision): Status {
  if (decision.kind !== 'write') throw new Error(`not a write: ${JSON.stringify(decision)}`);
  return decision.status;
}

describe('at rest, a look that fails', () => {
  it('says once that the component is gone, and stays with it', () => {
    const { world, promises } = restOf(appliedWorld({ interval: '10m', cloud: { reads: 'missing' } }));
    expect(promises).toEqual([]);
    expect(shown(statusOf(world.object))).toContain('Stalled=True/NotFound');
  });

  it('is Ready again once the component is back', () => {
    const { world } = restOf(appliedWorld({ interval: '10m', cloud: { reads: 'missing' } }));
    const back = restOf({ ...world, cloud: { ...world.cloud, reads: 'answered' } });
    expect(shown(statusOf(back.world.object))).toContain('Ready=True/Succeeded');
  });

  it('stays with a failed job when the credentials are lost later', () => {
    const failed: Status = {
      ...readyStatus,
      operation: operation({ phase: 'Failed', message: 'Job J-1 ended FAILED.' }),
      lastApplied: { ...lastApplied, void: true },
    };
    const { world, promises } = restOf(
      appliedWorld({ interval: '10m', status: failed, credentials: 'missing' }),
    );
    expect(promises).toEqual([]);
    expect(shown(statusOf(world.object))).toContain('Ready=False/JobFailed Stalled=True/JobFailedTerminal');
    expect(world.ledger.statusWrites).toBeLessThanOrEqual(2);
  });

  it('does not take a failed job for a retry', () => {
    const failed: Status = {
      ...readyStatus,
      operation: operation({ phase: 'Failed', message: 'Job J-1 ended FAILED.' }),
      lastApplied: { ...lastApplied, void: true },
      conditions: [
        { ...condition('Ready', 'False', 'JobFailed'), message: 'Job J-1 ended FAILED.' },
        {
          ...condition('Ready', 'True', 'JobFailedTerminal'),
          type: 'Stalled',
          message: 'Job J-1 ended FAILED.',
        },
        condition('JobSucceeded', 'False', 'JobFailed'),
      ],
    };
    const decision = decide(
      facts({
        object: cr({ component: { version: '1.0.1' }, status: failed }),
        memory: { checkDueMono: 0 },
        reads: {
          component: {
            kind: 'failed',
            failure: { class: 'transient', code: 'ECONNRESET', message: 'reset' },
          },
        },
      }),
    );
    expect(decision.kind).toBe('rest');
  });
});

describe('a component that does not run yet', () => {
  const pendingStatus: Status = {
    ...readyStatus,
    conditions: [
      condition('Ready', 'Unknown', 'Progressing'),
      condition('Reconciling', 'True', 'Polling'),
      condition('JobSucceeded', 'True', 'JobSucceeded'),
    ],
    remote: { componentStatus: 'PENDING' },
  };

  it('is not Ready because a look at it failed', () => {
    const failing = appliedWorld({
      status: pendingStatus,
      cloud: { idleStatus: 'PENDING', reads: 'failing' },
    });
    let world = failing;
    for (let count = 0; count < 30; count += 1) world = freeMoves(world)[0]?.after() ?? world;
    const { world: later, promises } = restOf(world);
    expect(promises).toEqual([]);
    expect(shown(statusOf(later.object))).toContain('Ready=False/NotRunning');
  });

  it('is not Ready after a pause and a resume', () => {
    const paused = restOf(
      appliedWorld({
        status: pendingStatus,
        cloud: { idleStatus: 'PENDING' },
        settings: { operatorPaused: true },
      }),
    );
    const resumed = { ...paused.world, settings: { ...paused.world.settings, operatorPaused: false } };
    const woken = { ...resumed, processes: resumed.processes.map((p) => ({ ...p, dueMono: resumed.mono })) };
    const { world, promises } = restOf(woken);
    expect(world.ledger.broken).toEqual([]);
    expect(promises).toEqual([]);
    expect(shown(statusOf(world.object))).toContain('Ready=False/NotRunning');
  });

  it('has ten minutes after its job, however long the job took', () => {
    const long: Status = {
      ...pendingStatus,
      conditions: [
        { ...condition('Ready', 'Unknown', 'Progressing'), lastTransitionTime: '2025-12-31T23:30:00Z' },
        condition('Reconciling', 'True', 'Polling'),
        condition('JobSucceeded', 'True', 'JobSucceeded'),
      ],
    };
    const decision = decide(
      facts({
        object: cr({ component: { version: '1.0.1' }, status: long }),
        component: remote({ version: '1.0.1', lastJobId: 'J-1', status: 'PENDING' }),
        wall: START_WALL + MINUTE,
      }),
    );
    expect(decision.kind === 'write' ? shown(decision.status) : 'Reconciling').toContain('Reconciling');
  });
});

describe('pause', () => {
  it('does not leave Reconciling behind when the job it waited for has ended', () => {
    const { conditions = [] } = readyStatus;
    const status: Status = {
      ...readyStatus,
      conditions: [
        condition('Ready', 'Unknown', 'Progressing'),
        condition('Reconciling', 'True', 'Polling'),
        ...conditions.slice(1),
        { ...condition('Ready', 'True', 'SpecSuspended'), type: 'Paused' },
      ],
    };
    const decision = decide(
      facts({ object: cr({ component: { version: '1.0.1' }, spec: { suspend: true }, status }) }),
    );
    expect(shown(statusWritten(decision))).not.toContain('Reconciling');
  });

  it('ends with a status that says what follows, also for a resource born paused', () => {
    const born = restOf(newWorld({ settings: { operatorPaused: true } })).world;
    const resumed: World = {
      ...born,
      settings: { ...born.settings, operatorPaused: false },
      processes: born.processes.map((p) => ({ ...p, dueMono: born.mono })),
    };
    const { world, promises } = restOf(resumed);
    expect(promises).toEqual([]);
    expect(shown(statusOf(world.object))).toContain('Ready=True/Succeeded');
  });
});

describe('the generation that a status speaks of', () => {
  it('is not that of an edit which waits behind a running job', () => {
    const submitted: Status = {
      observedGeneration: 1,
      operation: operation({ phase: 'Submitted' }),
      conditions: [
        condition('Ready', 'Unknown', 'Progressing'),
        condition('Reconciling', 'True', 'JobRunning'),
      ],
    };
    const object = cr({ generation: 2, component: { version: '1.0.2' }, status: submitted });
    const failing = decide(
      facts({
        object,
        reads: {
          account: {
            kind: 'failed',
            failure: { class: 'credentials', code: 'SecretUnavailable', message: 'no Secret' },
          },
        },
      }),
    );
    const status = failing.kind === 'write' ? failing.status : submitted;
    const concluded = statusWritten(
      decide(
        facts({
          object: { ...object, status: status as never },
          jobs: [job('J-1', 'succeeded')],
          component: remote({ version: '1.0.1', lastJobId: 'J-1', body: { version: '1.0.1' } }),
        }),
      ),
    );
    expect(concluded.conditions?.find((c) => c.type === 'Ready')).toMatchObject({
      status: 'True',
      observedGeneration: 1,
    });
  });
});

describe('scaling', () => {
  const hosts = { scaleHosts: ['a', 'b', 'c'] };

  it('that failed keeps Ready away also after a modify that works', () => {
    const object = cr({ component: { version: '1.0.1', replica: 3 }, spec: hosts });
    const submitted: Status = {
      ...readyStatus,
      operation: operation({
        phase: 'Submitted',
        previousScale: { result: 'Failed', generation: 1, replica: 3, message: 'the scaling failed' },
      }),
      lastApplied,
    };
    const decision = decide(
      facts({
        object: { ...object, status: submitted as never },
        component: remote({ version: '1.0.1', lastJobId: 'J-1', body: { version: '1.0.1' } }),
        jobs: [job('J-1', 'succeeded')],
      }),
    );
    expect(shown(statusWritten(decision))).toContain('Ready=False/JobFailed Stalled=True/JobFailedTerminal');
  });

  it('keeps Ready away from a generation whose count was overtaken by an edit', () => {
    const object = cr({ generation: 2, component: { version: '1.0.1', replica: 3 }, spec: hosts });
    const submitted: Status = { observedGeneration: 1, operation: operation({ phase: 'Submitted' }) };
    const decision = decide(
      facts({
        object: { ...object, status: submitted as never },
        component: remote({ version: '1.0.1', lastJobId: 'J-1', body: { version: '1.0.1' } }),
        jobs: [job('J-1', 'succeeded')],
      }),
    );
    expect(shown(statusWritten(decision))).toContain('Ready=Unknown/Progressing');
  });

  it('waits while the modify of the same edit stands refused', () => {
    const object = cr({
      generation: 2,
      component: { version: '1.0.2', replica: 3 },
      spec: hosts,
    });
    const { spec } = facts({ object }).resource;
    const newer = spec.kind === 'valid' ? spec.desired.specDigest : '';
    const refused: Status = {
      ...readyStatus,
      observedGeneration: 2,
      operation: operation({
        phase: 'Refused',
        generation: 2,
        specDigest: newer,
        message: 'refused',
        finishedAt: AT,
      }),
      lastApplied: { ...lastApplied, replica: 1 },
    };
    const decision = decide(
      facts({
        object: { ...object, status: refused as never },
        component: remote({ version: '1.0.1', lastJobId: 'J-1' }),
        memory: { refusalChecked: true, operationId: 'op-old' },
      }),
    );
    expect(decision.kind === 'write' ? decision.status.operation?.type : 'Modify').toBe('Modify');
  });

  it.each([
    ['Refused', 'InvalidSpec'],
    ['UnknownOutcome', 'UnknownOutcome'],
    ['JobLost', 'JobLost'],
    ['Failed', 'JobFailed'],
  ] as const)('that ended %s keeps saying so', (phase, reason) => {
    const object = cr({ component: { version: '1.0.1', replica: 3 }, spec: hosts });
    const held: Status = {
      ...readyStatus,
      operation: operation({ type: 'Scale', replica: 3, phase, message: 'what happened', finishedAt: AT }),
    };
    const decision = decide(
      facts({
        object: { ...object, status: held as never },
        component: remote({ version: '1.0.1', lastJobId: 'J-1' }),
        records: [],
        memory: { refusalChecked: true, operationId: 'op-old' },
      }),
    );
    expect(shown(statusWritten(decision))).toContain(`Ready=False/${reason}`);
  });

  it('needs no call for a count that the component has already, after an earlier scale that worked', () => {
    const object = cr({ component: { version: '1.0.1', replica: 5 }, spec: hosts });
    const scaled: Status = {
      ...readyStatus,
      operation: operation({ type: 'Scale', replica: 3 }),
      lastApplied: { ...lastApplied, replica: 3 },
    };
    const decision = decide(
      facts({
        object: { ...object, status: scaled as never },
        component: remote({ version: '1.0.1', lastJobId: 'J-1', replica: 5 }),
      }),
    );
    expect(statusWritten(decision).operation?.phase).toBe('Succeeded');
    expect(statusWritten(decision).lastApplied?.replica).toBe(5);
  });

  it('does not ask for hosts when the component has the count already', () => {
    const object = cr({ component: { version: '1.0.1', replica: 5 } });
    const status: Status = { ...readyStatus, lastApplied: { ...lastApplied, replica: 1 } };
    const decision = decide(
      facts({
        object: { ...object, status: status as never },
        component: remote({ version: '1.0.1', lastJobId: 'J-1', replica: 5 }),
      }),
    );
    expect(statusWritten(decision).lastApplied?.replica).toBe(5);
  });
});

describe('jobs that could not be attributed', () => {
  const unknown = operation({ phase: 'UnknownOutcome', message: 'unknown', unattributedJobIds: ['J-2'] });
  const { jobId: _none, ...withoutJob } = unknown;
  const stalled: Status = {
    ...readyStatus,
    operation: withoutJob,
    lastApplied: { ...lastApplied, void: true },
  };

  it('are told with their end before a newer spec is sent', () => {
    const decision = decide(
      facts({
        object: cr({ generation: 2, component: { version: '1.0.3' }, status: stalled }),
        component: remote({ version: '1.0.1', lastJobId: 'J-2' }),
        jobs: [job('J-2', 'succeeded')],
        records: [],
      }),
    );
    expect(statusWritten(decision).history?.[0]).toMatchObject({ jobId: 'J-2', result: 'Unattributed' });
  });

  it('are no reason to wait for the service for ever, in whatever order they were told', () => {
    const entry = (jobId: string) =>
      ({
        operationId: 'op-old',
        type: 'Modify',
        cause: 'Spec',
        generation: 1,
        jobId,
        result: 'Unattributed',
      }) as const;
    const told: Status = {
      ...stalled,
      operation: { ...withoutJob, unattributedJobIds: ['J-3', 'J-2'] },
      history: [entry('J-2'), entry('J-3')],
    };
    const decision = decide(
      facts({
        object: cr({ generation: 2, component: { version: '1.0.3' }, status: told }),
        component: remote({ version: '1.0.1', lastJobId: 'J-3' }),
      }),
    );
    expect(decision.kind).toBe('write');
  });
});

describe('deletion', () => {
  it('with policy Orphan is not held by a refusal that cannot be looked into', () => {
    const intent: Status = { observedGeneration: 1, operation: { ...operation({ phase: 'Intent' }) } };
    const failure = {
      class: 'permanent',
      code: 'SVCSTG.00100400',
      message: 'invalid',
      httpStatus: 400,
    } as const;
    const decision = decide(
      facts({
        object: cr({ component: { version: '1.0.1' }, status: intent, deleting: true }),
        memory: {
          operationId: 'op-old',
          sentMono: 1,
          answer: { to: 'submit', outcome: { kind: 'refused', failure } },
        },
        reads: {
          component: {
            kind: 'failed',
            failure: { class: 'transient', code: 'ECONNRESET', message: 'reset' },
          },
        },
      }),
    );
    expect(statusWritten(decision).operation?.phase).toBe('NotSent');
  });
});

describe('recovery', () => {
  const intent = (changes: Partial<Operation> = {}): Status => {
    const { jobId: _jobId, ...open } = operation({ phase: 'Intent', ...changes });
    return { observedGeneration: 1, operation: open };
  };
  const steady = { operationId: 'op-old', firstSeenMono: 0, equalReads: { fingerprint: 'x', firstMono: 0 } };

  it('does not take a deployment from before the baseline for its own', () => {
    const decision = decide(
      facts({
        object: cr({
          component: { version: '1.0.1' },
          status: intent({ baselineJobId: 'J-9', bodyWasLive: true }),
        }),
        component: remote({ version: '1.0.1', body: { version: '1.0.1' }, lastJobId: 'J-9' }),
        records: [{ version: '1.0.1', jobIds: ['J-8'] }],
        memory: steady,
      }),
    );
    expect(statusWritten(decision).operation?.phase).toBe('NotSent');
  });

  it('without records, does not count a job that is proven to be another’s', () => {
    const decision = decide(
      facts({
        object: cr({ component: { version: '1.0.1' }, status: intent({ excludedJobIds: ['J-5'] }) }),
        component: remote({ version: '1.0.1', body: { version: '1.0.1' }, lastJobId: 'J-6' }),
        records: 'forbidden',
        jobs: [job('J-6', 'succeeded')],
        memory: { ...steady, newerJobIds: ['J-5', 'J-6'] },
      }),
    );
    expect(statusWritten(decision).operation).toMatchObject({ phase: 'Submitted', jobId: 'J-6' });
  });

  it('tells the end of a job that was taken for ours and given back', () => {
    const decision = decide(
      facts({
        object: cr({ component: { version: '1.0.1' }, status: intent({ excludedJobIds: ['J-5'] }) }),
        component: remote({ version: '0.9.9', lastJobId: 'J-5' }),
        records: [],
        jobs: [job('J-5', 'succeeded')],
        memory: steady,
        mono: 13 * MINUTE,
      }),
    );
    expect(statusWritten(decision).operation?.unattributedJobIds).toEqual(['J-5']);
  });

  it('does not write for each answer that fails and each that comes', () => {
    const recovering: Status = {
      ...intent(),
      conditions: [
        condition('Ready', 'Unknown', 'Progressing'),
        condition('Reconciling', 'True', 'Recovering'),
      ],
    };
    const decision = decide(
      facts({
        object: cr({ component: { version: '1.0.1' }, status: recovering }),
        reads: {
          component: {
            kind: 'failed',
            failure: { class: 'transient', code: 'ECONNRESET', message: 'reset' },
          },
        },
      }),
    );
    expect(decision.kind).toBe('rest');
  });
});

describe('waiting', () => {
  it('for a busy component counts from this time, not from one long ago', () => {
    const first = decide(
      facts({
        object: cr({ component: { version: '1.0.1' } }),
        component: remote({ status: 'UPGRADING', lastJobId: 'J-1' }),
      }),
    );
    const memory = first.kind === 'write' || first.kind === 'rest' ? first.memory : undefined;
    const later = decide(
      facts({
        object: cr({ component: { version: '1.0.1' } }),
        component: remote({ status: 'UPGRADING', lastJobId: 'J-7' }),
        memory: memory as never,
        mono: 1_000_000 + 120 * MINUTE,
      }),
    );
    expect(shown(statusWritten(later))).toContain('Reconciling=True/RemoteBusy');
  });

  it('for missing credentials counts from their loss, not from an earlier failure', () => {
    const failedLongAgo: Status = {
      ...readyStatus,
      observedGeneration: 2,
      operation: operation({ phase: 'Failed' }),
      lastApplied: { ...lastApplied, void: true },
      conditions: [
        { ...condition('Ready', 'False', 'JobFailed'), lastTransitionTime: '2025-12-31T00:00:00Z' },
      ],
    };
    const account = {
      kind: 'failed',
      failure: { class: 'credentials', code: 'SecretUnavailable', message: 'no Secret' },
    } as const;
    const object = cr({ generation: 2, component: { version: '1.0.2' }, status: failedLongAgo });
    const first = statusWritten(decide(facts({ object, reads: { account } })));
    expect(shown(first)).toContain('Reconciling=True/ProgressingWithRetry');
    const second = decide(
      facts({ object: { ...object, status: first as never }, reads: { account }, mono: 1_030_000 }),
    );
    expect(second.kind).toBe('rest');
  });

  it('for a persisted time is over when the clock was set back, since how much of it is left is not known', () => {
    const notSent = operation({
      phase: 'NotSent',
      finishedAt: AT,
      notBefore: '2026-01-01T00:00:31Z',
      failure: 'transient',
    });
    const decision = decide(
      facts({
        object: cr({
          component: { version: '1.0.1' },
          status: { observedGeneration: 1, operation: notSent },
        }),
        wall: START_WALL - 24 * 60 * MINUTE,
      }),
    );
    expect(decision.kind).not.toBe('rest');
  });

  it('for the second look at a refusal is at most one settle, also when the clock goes back', () => {
    const refused: Status = {
      ...readyStatus,
      operation: operation({ phase: 'Refused', specDigest: digest, message: 'refused', finishedAt: AT }),
      lastApplied: { ...lastApplied, specDigest: 'other' },
      conditions: [
        { ...condition('Ready', 'False', 'InvalidSpec'), message: 'refused' },
        { ...condition('Ready', 'True', 'InvalidSpec'), type: 'Stalled', message: 'refused' },
      ],
    };
    const decision = decide(
      facts({
        object: cr({ component: { version: '1.0.1' }, status: refused }),
        wall: START_WALL - 24 * 60 * MINUTE,
      }),
    );
    expect(decision.kind === 'rest' ? decision.ms : undefined).toBeLessThanOrEqual(122_000);
  });

  it('after an intent that got stale grows from try to try', () => {
    const { jobId: _jobId, ...open } = operation({ phase: 'Intent' });
    const decision = decide(
      facts({
        object: cr({ component: { version: '1.0.1' }, status: { observedGeneration: 1, operation: open } }),
        memory: {
          operationId: 'op-old',
          prepared: { startedMono: 0, request: { kind: 'modify', body: '{}', secretValues: [] } },
        },
      }),
    );
    expect(statusWritten(decision).operation).toMatchObject({
      phase: 'NotSent',
      notBefore: expect.any(String),
    });
  });
});

describe('digests', () => {
  it('of a version this program does not know never hide an edit', () => {
    const status: Status = {
      ...readyStatus,
      operation: operation({ digestVersion: 9, specDigest: 'of another program' }),
      lastApplied: { ...lastApplied, digestVersion: 9, specDigest: 'of another program' },
    };
    const decision = decide(
      facts({ object: cr({ generation: 2, component: { version: '1.0.2' }, status }) }),
    );
    expect(decision).toEqual({ kind: 'read', read: { what: 'component' } });
  });

  it('of a version this program does not know are no cause by themselves, and are recorded anew', () => {
    const status: Status = {
      ...readyStatus,
      operation: operation({ digestVersion: 9, specDigest: 'of another program' }),
      lastApplied: { ...lastApplied, digestVersion: 9, specDigest: 'of another program' },
    };
    const next = statusWritten(decide(facts({ object: cr({ component: { version: '1.0.1' }, status }) })));
    expect(next.lastApplied).toMatchObject({ digestVersion: 1, specDigest: digest });
    expect(next.operation).toMatchObject({ digestVersion: 1, specDigest: digest, phase: 'Succeeded' });
    const again = decide(facts({ object: cr({ component: { version: '1.0.1' }, status: next }) }));
    expect(again.kind).toBe('rest');
  });
});

describe('the job', () => {
  it('counts UNKNOWN reads in a row, not over its whole life', () => {
    const submitted: Status = {
      observedGeneration: 1,
      operation: operation({ phase: 'Submitted' }),
      conditions: [
        condition('Ready', 'Unknown', 'Progressing'),
        condition('Reconciling', 'True', 'JobRunning'),
      ],
    };
    const decision = decide(
      facts({
        object: cr({ component: { version: '1.0.1' }, status: submitted }),
        jobs: [job('J-1', 'running')],
        memory: { operationId: 'op-old', unknownReads: { count: 2, lastMono: 0 } },
      }),
    );
    expect(decision).toMatchObject({ kind: 'rest', memory: { unknownReads: undefined } });
    expect(decision.kind === 'rest' && 'unknownReads' in (decision.memory ?? {})).toBe(true);
  });
});

const remoteShown = { componentStatus: 'RUNNING', version: '1.0.1', replica: 1, lastJobId: 'J-1' };

describe('conditions', () => {
  it('keep their order, so that a look that finds nothing writes nothing', () => {
    const synced = {
      ...condition('Ready', 'True', 'InSync'),
      type: 'Synced',
      message: 'The component equals the spec.',
    } as const;
    const { world } = restOf(appliedWorld());
    const status: Status = {
      ...readyStatus,
      observedGeneration: 0,
      conditions: [...(readyStatus.conditions ?? []), synced],
      remote: statusOf(world.object).remote ?? remoteShown,
    };
    expect(restOf(appliedWorld({ interval: '10m', status })).world.ledger.statusWrites).toBe(1);
  });
});
