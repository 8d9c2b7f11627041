// An intent whose answer is not known: how long it is looked for, when that ends, and what is told of the end.
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision, Memory } from '../../src/core/facts.ts';
import { type CrOptions, cr, type FactsOptions, facts, job, remote } from '../support/make.ts';
import { AT, condition, failing, inForce, intentOf, MINUTE, message, NOW, shown, written } from './given.ts';

const SETTLE = 2 * MINUTE;
const LONG_AGO = { equalReads: { fingerprint: 'x', firstMono: 0 } };
const LOOKING = [
  condition('Ready', ['Unknown', 'Progressing']),
  condition('Reconciling', ['True', 'Submitting']),
];
/** Another version than the intent asks for, and the job from before it. */
const old = remote({ version: '1.0.0', body: { version: '1.0.0' }, lastJobId: 'JOB-0' });
const moved = remote({ version: '9.9.9', body: { version: '9.9.9' }, lastJobId: 'JOB-9' });
const foreign = { records: [{ version: '9.9.9', jobIds: ['JOB-9'] }], jobs: [job('JOB-9', 'succeeded')] };

interface Given extends FactsOptions {
  readonly seenMs?: number;
  readonly operation?: Partial<Operation>;
  readonly cr?: CrOptions;
  readonly memory?: Partial<Memory>;
}

function judge({ seenMs, operation = {}, cr: object = {}, memory = {}, ...options }: Given): Decision {
  const status = inForce({ operation: intentOf(operation), conditions: LOOKING });
  const seen = seenMs === undefined ? {} : { firstSeenMono: NOW - seenMs };
  return decide(
    facts({
      object: cr({ status, ...object }),
      component: old,
      records: [],
      mono: NOW,
      memory: { operationId: 'op-1', ...seen, ...memory },
      ...options,
    }),
  );
}

describe('an answer that was lost', () => {
  it('is looked for, which is shown once and then only polled', () => {
    const decision = written(judge({ seenMs: MINUTE }));
    expect(shown(decision.status)).toBe('Ready=Unknown/Progressing Reconciling=True/Recovering');
    expect(decision.restMs).toBe(5_000);
    const again = judge({ seenMs: MINUTE, cr: { status: decision.status } });
    expect(again).toMatchObject({ kind: 'rest', ms: 5_000, why: 'outcome not clear yet' });
  });

  it('is shown for the generation that was sent, not for an edit that waits', () => {
    const status = inForce({ operation: intentOf(), conditions: LOOKING });
    const { status: next } = written(
      judge({ seenMs: MINUTE, cr: { generation: 2, component: { version: '2.0.0' }, status } }),
    );
    expect(next.observedGeneration).toBe(1);
  });

  it.each([
    ['before the settle has passed', { seenMs: SETTLE - 1, memory: LONG_AGO }],
    ['by a process that has only just seen the intent', { memory: LONG_AGO }],
    ['after one look', { seenMs: 10 * MINUTE }],
    [
      'after two looks less than 15 s apart',
      { seenMs: 10 * MINUTE, memory: { equalReads: { fingerprint: 'x', firstMono: NOW - 14_999 } } },
    ],
  ] as const)('is not yet taken for a call that was never made %s', (_name, given) => {
    expect(written(judge(given)).status.operation?.phase).toBe('Intent');
  });

  it.each([
    [
      'the settle and two equal looks 15 s apart',
      { seenMs: SETTLE, memory: { equalReads: { fingerprint: 'x', firstMono: NOW - 15_000 } } },
    ],
  ] as const)('is taken for a call that was never made after %s, which is told', (_name, given) => {
    const decision = written(judge(given));
    expect(decision.status.operation).toMatchObject({ phase: 'NotSent', finishedAt: AT });
    expect(decision.notes).toMatchObject([{ type: 'Warning', reason: 'SubmitFailed', action: 'Modify' }]);
    expect(decision.notes[0]?.note).toContain('its last job is still JOB-0');
    expect(decision.restMs).toBeUndefined();
  });

  it('is not the job of somebody who made the component what the spec asks for by now', () => {
    const theirs = remote({ lastJobId: 'JOB-9' });
    const given = {
      seenMs: SETTLE,
      component: theirs,
      records: 'forbidden',
      jobs: [job('JOB-9', 'succeeded')],
      memory: { newerJobIds: ['JOB-9'] },
    } as const;
    const intent = intentOf({ specDigest: 'of-the-spec-before' });
    const edited = { status: inForce({ operation: intent, conditions: LOOKING }) };
    expect(written(judge(given)).status.operation?.phase).toBe('Submitted');
    expect(written(judge({ ...given, cr: edited })).status.operation?.phase).toBe('Intent');
  });

  it('names no last job where there is none', () => {
    const { lastJobId: _none, ...never } = old;
    const { baselineJobId: _first, ...first } = intentOf();
    const status = inForce({ operation: first, conditions: LOOKING });
    const decision = judge({ seenMs: SETTLE, memory: LONG_AGO, component: never, cr: { status } });
    expect(written(decision).notes[0]?.note).toContain('it still names no last job');
  });

  it('is a job that was found again: no second call is made', () => {
    const records = [
      { version: intentOf().version ?? '', jobIds: ['JOB-2'] },
      { version: '1.0.0', jobIds: ['JOB-0'] },
    ];
    const component = remote({ lastJobId: 'JOB-2' });
    const { status } = written(judge({ seenMs: 0, records, component, jobs: [job('JOB-2', 'running')] }));
    expect(status.operation).toMatchObject({ phase: 'Submitted', jobId: 'JOB-2', recovered: true });
  });

  it.each([
    ['the account', { reads: { account: failing('permission') } }],
    ['the component', { reads: { component: failing('permission') } }],
    ['the records', { reads: { records: failing('permission') } }],
    ['the last job', { component: moved, reads: { jobs: { 'JOB-9': failing('permission') } } }],
  ])('is not judged while a read fails: %s', (_name, options) => {
    const { status } = written(judge({ seenMs: SETTLE, memory: LONG_AGO, ...options }));
    expect(shown(status)).toContain('Ready=False/PermissionDenied');
    expect(status.operation?.phase).toBe('Intent');
  });
});

describe('an outcome that stays unclear', () => {
  const STEADY = { equalReads: { fingerprint: 'x', firstMono: NOW - 15_000 }, newerJobIds: ['JOB-9'] };
  const unclear = { component: moved, ...foreign };

  it.each([
    ['is looked for ten minutes after the settle', 12 * MINUTE - 1, STEADY, 'Intent'],
    ['is given up then', 12 * MINUTE, STEADY, 'UnknownOutcome'],
    [
      'is looked for longer while every look shows something else',
      32 * MINUTE - 1,
      { newerJobIds: ['JOB-9'] },
      'Intent',
    ],
    ['is given up after thirty minutes also then', 32 * MINUTE, { newerJobIds: ['JOB-9'] }, 'UnknownOutcome'],
    [
      'is looked for longer after one look of 15 s',
      12 * MINUTE,
      { ...STEADY, equalReads: { fingerprint: 'x', firstMono: NOW - 14_999 } },
      'Intent',
    ],
  ] as const)('%s', (_name, seenMs, memory, phase) => {
    const start = judge({ seenMs, memory, ...unclear });
    expect(start.kind === 'write' ? start.status.operation?.phase : 'Intent').toBe(phase);
  });

  it('is told with the jobs that may be it and with what starts again', () => {
    const decision = written(judge({ seenMs: 12 * MINUTE, memory: STEADY, ...unclear }));
    expect(decision.status.operation).toMatchObject({
      phase: 'UnknownOutcome',
      unattributedJobIds: ['JOB-9'],
    });
    expect(shown(decision.status)).toContain('Ready=False/UnknownOutcome Stalled=True/UnknownOutcome');
    expect(message(decision.status)).toContain('Newer jobs, not attributed: JOB-9.');
    expect(decision.notes).toMatchObject([{ type: 'Warning', reason: 'UnknownOutcome', action: 'Modify' }]);
    expect(decision.notes[0]?.note).toBe(message(decision.status));
    expect(decision.status.observedGeneration).toBe(1);
    expect(decision.restMs).toBeUndefined();
  });

  it('is not told as a second call where no second call is made', () => {
    const { specDigest = '', digestVersion = 1 } = intentOf();
    const previousModify = { result: 'UnknownOutcome', generation: 1, specDigest, digestVersion } as const;
    const status = inForce({ operation: intentOf({ previousModify }), conditions: LOOKING });
    const decision = written(judge({ seenMs: 12 * MINUTE, memory: STEADY, ...unclear, cr: { status } }));
    expect(message(decision.status)).not.toContain('second call');
  });

  it('names at most five jobs', () => {
    const newerJobIds = ['A', 'B', 'C', 'D', 'E', 'F'];
    const { operation } = written(
      judge({ seenMs: 12 * MINUTE, memory: { ...STEADY, newerJobIds }, ...unclear }),
    ).status;
    expect(operation?.unattributedJobIds).toHaveLength(5);
  });
});

describe('a component that is missing during recovery', () => {
  it.each([
    ['is waited for until the settle has passed', SETTLE - 1, 'rest'],
    ['is then looked for like any other', SETTLE, 'write'],
  ])('%s', (_name, seenMs, kind) => {
    const decision = judge({ seenMs, component: 'missing' });
    expect(decision.kind).toBe(kind);
    if (decision.kind === 'rest') expect(decision.ms).toBe(5_000);
  });

  it('is given up with the jobs that were seen before', () => {
    const memory = { newerJobIds: ['JOB-9'], ...LONG_AGO };
    const { operation } = written(judge({ seenMs: 12 * MINUTE, component: 'missing', memory })).status;
    expect(operation).toMatchObject({ phase: 'UnknownOutcome', unattributedJobIds: ['JOB-9'] });
  });

  it('is given up with at most five of them', () => {
    const memory = { newerJobIds: ['A', 'B', 'C', 'D', 'E', 'F'], ...LONG_AGO };
    const { operation } = written(judge({ seenMs: 12 * MINUTE, component: 'missing', memory })).status;
    expect(operation?.unattributedJobIds).toHaveLength(5);
  });

  it('is given up without jobs when none were seen', () => {
    const decision = written(judge({ seenMs: 12 * MINUTE, component: 'missing', memory: LONG_AGO }));
    expect(decision.status.operation).not.toHaveProperty('unattributedJobIds');
    expect(message(decision.status)).toContain('No newer job is visible.');
  });

  it('is looked for once a minute when the outcome was given up', () => {
    const operation = intentOf({ phase: 'UnknownOutcome', message: 'Unknown.' });
    const given = { component: 'missing', seenMs: 10 * MINUTE } as const;
    let status = inForce({ operation, lastApplied: { generation: 1, void: true }, conditions: [] });
    let decision = judge({ ...given, cr: { status } });
    for (let writes = 0; decision.kind === 'write' && writes < 3; writes += 1) {
      status = decision.status;
      decision = judge({ ...given, cr: { status } });
    }
    expect(shown(status)).toContain('Stalled=True/UnknownOutcome');
    expect(decision).toMatchObject({ kind: 'rest', ms: MINUTE, why: 'component missing during recovery' });
  });
});

describe('a deletion', () => {
  const deleting = { deleting: true, spec: { deletionPolicy: 'Delete' } } as const;

  it.each([
    ['waits for the outcome for the settle and 15 s', SETTLE + 14_999, 'Intent'],
    ['gives it up then', SETTLE + 15_000, 'UnknownOutcome'],
  ])('%s', (_name, seenMs, phase) => {
    const decision = judge({ seenMs, cr: { ...inDeletion(), ...deleting }, component: moved, ...foreign });
    expect(decision.kind === 'write' ? decision.status.operation?.phase : 'Intent').toBe(phase);
  });

  it('gives it up also while the service cannot be read', () => {
    const decision = judge({
      seenMs: SETTLE + 15_000,
      cr: { ...inDeletion(), ...deleting },
      reads: { component: failing('transient') },
      memory: { failures: 5 },
    });
    expect(written(decision).status.operation).toMatchObject({ phase: 'UnknownOutcome' });
    expect(written(decision).status.operation).not.toHaveProperty('unattributedJobIds');
  });

  it('still reads what it can read', () => {
    const decision = judge({
      seenMs: SETTLE + 15_000,
      cr: { ...inDeletion(), ...deleting },
      reads: { records: undefined as never },
    });
    expect(decision).toMatchObject({ kind: 'read', read: { what: 'records' } });
  });

  it('leaves it open while the service cannot be read before that', () => {
    const decision = judge({
      seenMs: SETTLE,
      cr: { ...inDeletion(), ...deleting },
      reads: { component: failing('transient') },
    });
    expect(decision.kind).toBe('rest');
  });

  function inDeletion(): CrOptions {
    return { status: inForce({ operation: intentOf(), conditions: LOOKING }) };
  }
});
