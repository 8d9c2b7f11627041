// `ambiguousSubmit`: what may follow a call whose outcome stays unknown. Verify stalls until there is a new cause, Resubmit makes
// one more call for the same cause and never a third, Hold makes none at all until a reset.
import { describe, expect, it } from 'vitest';
import type { Attempt, Operation, Status } from '../../src/api/status.ts';
import { attribute, type Evidence } from '../../src/core/attribute.ts';
import { followsUnknown, modifyDue, scaleDue } from '../../src/core/causes.ts';
import { decide } from '../../src/core/decide.ts';
import type { AmbiguousSubmit, Decision, Desired, Resource } from '../../src/core/facts.ts';
import { type CrOptions, cr, type FactsOptions, facts, job, remote } from '../support/make.ts';

const AT = '2026-01-01T00:00:00Z';
const MINUTE = 60_000;
const FORCE = 'servicestage.io/force-apply-at';
const RESET = 'servicestage.io/reset-at';
const VERSION = '1.0.1';

function desiredOf({ spec }: Resource): Desired {
  if (spec.kind === 'invalid') throw new TypeError(spec.message);
  return spec.desired;
}

const digest = desiredOf(facts({ object: cr({ component: { version: VERSION } }) }).resource).specDigest;

function operation(changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    specDigest: digest,
    digestVersion: 1,
    version: VERSION,
    baselineJobId: 'JOB-0',
    bodyWasLive: false,
    attempt: 1,
    phase: 'UnknownOutcome',
    message: 'unknown',
    submittedAt: AT,
    finishedAt: AT,
    ...changes,
  };
}

function stalled(open: Operation, changes: Partial<Status> = {}): Status {
  const at = { observedGeneration: 1, lastTransitionTime: AT, message: open.message ?? '' };
  const job = { ...at, type: 'JobSucceeded', status: 'Unknown', reason: 'JobLost' } as const;
  return {
    observedGeneration: 1,
    operation: open,
    lastApplied: { generation: 1, specDigest: digest, digestVersion: 1, void: true },
    conditions: [
      { ...at, type: 'Ready', status: 'False', reason: 'UnknownOutcome' },
      { ...at, type: 'Stalled', status: 'True', reason: 'UnknownOutcome' },
      job,
    ],
    ...changes,
  };
}

interface Given extends CrOptions {
  readonly policy: AmbiguousSubmit;
}

function object({ policy, component, ...options }: Given) {
  return cr({
    ...options,
    component: { version: VERSION, ...component },
    spec: { ambiguousSubmit: policy, ...options.spec },
  });
}

function due(given: Given): string {
  const { resource } = facts({ object: object(given) });
  const found = modifyDue(resource, desiredOf(resource), undefined);
  return found === undefined ? '-' : [found.cause, found.token].join(' ').trim();
}

const unknown: Attempt = { result: 'UnknownOutcome', generation: 1, specDigest: digest, digestVersion: 1 };
const status = stalled(operation());
const newer = { generation: 2, component: { version: '1.0.2' } };
const granted = stalled(operation({ phase: 'NotSent', previousModify: unknown }));
const forced = { cause: 'Force', token: 'f' } as const;
const grantedForce = stalled(operation({ ...forced, phase: 'NotSent', previousModify: unknown }), {
  lastHandledForceAt: 'f',
});

const causes: readonly (readonly [string, Given, string])[] = [
  ['Verify: the same spec', { policy: 'Verify', status }, '-'],
  ['Verify: a newer spec', { policy: 'Verify', status, ...newer }, 'Spec'],
  ['Verify: a reset', { policy: 'Verify', status, annotations: { [RESET]: 'r' } }, 'Reset r'],
  ['Verify: what Resubmit granted before', { policy: 'Verify', status: granted }, '-'],
  ['Resubmit: before it is granted', { policy: 'Resubmit', status }, '-'],
  ['Resubmit: granted', { policy: 'Resubmit', status: granted }, 'Spec'],
  ['Resubmit: granted for a token that was echoed', { policy: 'Resubmit', status: grantedForce }, 'Force f'],
  [
    'Resubmit: a try of a token that was taken back is no grant',
    {
      policy: 'Resubmit',
      status: stalled(operation({ ...forced, phase: 'NotSent', previousModify: unknown })),
    },
    '-',
  ],
  [
    'Resubmit: a try of another spec that was taken back is no grant',
    {
      policy: 'Resubmit',
      status: stalled(operation({ phase: 'NotSent', specDigest: 'other', previousModify: unknown })),
    },
    '-',
  ],
  ['Resubmit: a newer spec overtakes the grant', { policy: 'Resubmit', status: granted, ...newer }, 'Spec'],
  ['Hold: the same spec', { policy: 'Hold', status }, '-'],
  ['Hold: a newer spec', { policy: 'Hold', status, ...newer }, '-'],
  ['Hold: a force token', { policy: 'Hold', status, annotations: { [FORCE]: 'f' } }, '-'],
  ['Hold: a reset', { policy: 'Hold', status, annotations: { [RESET]: 'r' } }, 'Reset r'],
  [
    'Hold: a reset and a newer spec are one call, which uses the reset up',
    { policy: 'Hold', status, ...newer, annotations: { [RESET]: 'r', [FORCE]: 'f' } },
    'Reset r',
  ],
  [
    'Hold: a reset that was handled before',
    { policy: 'Hold', status: { ...status, lastHandledResetAt: 'r' }, annotations: { [RESET]: 'r' } },
    '-',
  ],
  [
    'Hold: only an unknown outcome holds',
    { policy: 'Hold', status: stalled(operation({ phase: 'Failed' })), ...newer },
    'Spec',
  ],
  [
    'Hold: a released call that did not leave is not lost',
    {
      policy: 'Hold',
      status: stalled(operation({ cause: 'Reset', token: 'r', phase: 'NotSent', previousModify: unknown })),
      annotations: { [RESET]: 'r' },
    },
    'Reset r',
  ],
];

describe('after an unknown outcome', () => {
  it.each(causes)('%s', (_name, given, want) => expect(due(given)).toBe(want));
});

const scaling = operation({ type: 'Scale', cause: 'Replica', replica: 3 });
const { void: _void, ...applied } = { ...status.lastApplied, generation: 1 };
const scaleStatus = (open: Operation): Status => stalled(open, { lastApplied: applied });
const grantedScale = operation({
  ...scaling,
  phase: 'NotSent',
  previousScale: { result: 'UnknownOutcome', generation: 1, replica: 3 },
});

const scales: readonly (readonly [string, Given, string])[] = [
  [
    'Verify: the same count is held',
    { policy: 'Verify', status: scaleStatus(scaling), component: { replica: 3 } },
    'held',
  ],
  [
    'Verify: another count is due',
    { policy: 'Verify', status: scaleStatus(scaling), component: { replica: 5 } },
    'due 5 Replica',
  ],
  [
    'Hold: another count is held',
    { policy: 'Hold', status: scaleStatus(scaling), component: { replica: 5 } },
    'held',
  ],
  [
    'Hold: a reset releases another count, and is used up',
    {
      policy: 'Hold',
      status: scaleStatus(scaling),
      component: { replica: 5 },
      annotations: { [RESET]: 'r' },
    },
    'due 5 Reset r',
  ],
  [
    'Resubmit: granted',
    { policy: 'Resubmit', status: scaleStatus(grantedScale), component: { replica: 3 } },
    'due 3 Replica',
  ],
  [
    'Verify: what Resubmit granted before',
    { policy: 'Verify', status: scaleStatus(grantedScale), component: { replica: 3 } },
    'held',
  ],
];

describe('after an unknown scaling', () => {
  it.each(scales)('%s', (_name, given, want) => {
    const { resource } = facts({ object: object(given) });
    const found = scaleDue(resource, desiredOf(resource));
    const words = found.kind === 'due' ? ['due', found.target, found.cause, found.token ?? ''] : [found.kind];
    expect(words.join(' ').trim()).toBe(want);
  });
});

describe('the second call for the same content is known', () => {
  const second = operation({ previousModify: unknown });
  const rows: readonly (readonly [string, Operation, boolean])[] = [
    ['by the attempt before it', second, true],
    ['not the first one', operation(), false],
    ['not after a failure', operation({ previousModify: { ...unknown, result: 'Failed' } }), false],
    ['not with another spec', operation({ ...second, specDigest: 'other' }), false],
    [
      'whatever its spec, when the digests cannot be compared',
      operation({ ...second, digestVersion: 2 }),
      true,
    ],
    [
      'not with another Secret value',
      operation({
        previousModify: { ...unknown, keyId: 'k', secretDigest: 'a' },
        keyId: 'k',
        secretDigest: 'b',
      }),
      false,
    ],
    [
      'when only the key of the digest was lost',
      operation({
        previousModify: { ...unknown, keyId: 'k', secretDigest: 'a' },
        keyId: 'l',
        secretDigest: 'b',
      }),
      true,
    ],
    ['when somebody scaled in between', operation({ ...second, replica: 7 }), true],
    ['of a scaling by its count', grantedScale, true],
    ['not of a scaling to another count', { ...grantedScale, replica: 4 }, false],
  ];
  it.each(rows)('%s', (_name, given, want) => expect(followsUnknown(given)).toBe(want));
});

/** A look at the service 20 minutes after the call; nothing of it is clear. */
function look(given: Given, changes: FactsOptions = {}): Decision {
  return decide(
    facts({
      object: object(given),
      component: remote({ version: '9.9.9', lastJobId: 'JOB-9' }),
      records: [
        { version: '9.9.9', jobIds: ['JOB-9'] },
        { version: '1.0.0', jobIds: ['JOB-0'] },
      ],
      jobs: [job('JOB-9', 'succeeded')],
      memory: {
        operationId: 'op-1',
        firstSeenMono: 0,
        newerJobIds: ['JOB-9'],
        equalReads: { fingerprint: 'any', firstMono: 0 },
      },
      mono: 20 * MINUTE,
      ...changes,
    }),
  );
}

const withJob = operation({ unattributedJobIds: ['JOB-9'] });
const entry = { operationId: 'op-1', type: 'Modify', cause: 'Spec', generation: 1 } as const;
const toldJob = { history: [{ ...entry, jobId: 'JOB-9', result: 'Unattributed' }] };
const written = (decision: Decision) => (decision.kind === 'write' ? decision : undefined);
const grants = (decision: Decision) => written(decision)?.status.operation?.phase === 'NotSent';

describe('Resubmit', () => {
  const ready: Given = { policy: 'Resubmit', status: stalled(withJob, toldJob) };

  it('makes the call due once more in one write, with a warning', () => {
    const decision = written(look(ready));
    expect(decision?.status.operation).toMatchObject({
      phase: 'NotSent',
      cause: 'Spec',
      attempt: 1,
      previousModify: { result: 'UnknownOutcome', specDigest: digest },
    });
    expect(decision?.status.lastApplied?.void).toBe(true);
    expect(decision?.precondition).toBe('operation');
    expect(decision?.notes).toMatchObject([
      {
        type: 'Warning',
        reason: 'UnknownOutcome',
        note: expect.stringContaining('may have been accepted too'),
      },
    ]);
  });

  it('begins the operation as the next attempt of the same cause, which remembers that it is the second', () => {
    const after = written(look(ready))?.status ?? status;
    const begun = written(look({ policy: 'Resubmit', status: after }));
    expect(begun?.status.operation).toMatchObject({
      id: 'op-new',
      phase: 'Intent',
      cause: 'Spec',
      attempt: 2,
      previousModify: { result: 'UnknownOutcome' },
    });
    expect(begun?.request?.kind).toBe('modify');
    expect(followsUnknown(begun?.status.operation ?? operation())).toBe(true);
  });

  it('counts on also when the policy was chosen after the stall', () => {
    const later = {
      ...ready,
      generation: 2,
      status: { ...stalled(withJob, toldJob), observedGeneration: 2 },
    };
    const after = written(look(later))?.status ?? status;
    expect(written(look({ ...later, status: after }))?.status.operation).toMatchObject({
      attempt: 2,
      generation: 2,
    });
  });

  const waits: readonly (readonly [string, Given, FactsOptions])[] = [
    [
      'while the component is busy',
      ready,
      { component: remote({ version: '9.9.9', lastJobId: 'JOB-9', status: 'UPGRADING' }) },
    ],
    [
      'while it is stopped',
      ready,
      { component: remote({ version: '9.9.9', lastJobId: 'JOB-9', status: 'STOPPED' }) },
    ],
    ['while the last job runs', ready, { jobs: [job('JOB-9', 'running')] }],
    ['while the component is missing', ready, { component: 'missing' }],
    [
      'after the second one',
      { ...ready, status: stalled({ ...withJob, previousModify: unknown }, toldJob) },
      {},
    ],
    ['under Verify', { ...ready, policy: 'Verify' }, {}],
    ['under Hold', { ...ready, policy: 'Hold' }, {}],
  ];
  it.each(waits)('makes no call %s', (_name, given, changes) => {
    const decision = look(given, changes);
    expect(grants(decision)).toBe(false);
    expect(written(decision)?.request).toBeUndefined();
  });

  it('tells the jobs that may be it first', () => {
    const decision = written(look({ policy: 'Resubmit', status: stalled(withJob) }));
    expect(decision?.status.history?.[0]).toMatchObject({ jobId: 'JOB-9', result: 'Unattributed' });
  });

  it('prefers evidence to a second call', () => {
    const ours = { version: VERSION, jobIds: ['JOB-9'] };
    const decision = look(ready, {
      component: remote({ version: VERSION, lastJobId: 'JOB-9' }),
      records: [ours, { version: '1.0.0', jobIds: ['JOB-0'] }],
    });
    expect(written(decision)?.status.operation).toMatchObject({ phase: 'Submitted', jobId: 'JOB-9' });
  });
});

describe('the message', () => {
  const give = (policy: AmbiguousSubmit, open: Partial<Operation> = {}) => {
    const intent = operation({ phase: 'Intent', ...open });
    return written(look({ policy, status: { observedGeneration: 1, operation: intent } }))?.status.operation;
  };
  const says: readonly (readonly [AmbiguousSubmit, Partial<Operation>, RegExp])[] = [
    ['Verify', {}, /a newer spec, or annotation servicestage\.io\/reset-at .* starts again/],
    ['Resubmit', {}, /sent once more when the component is idle/],
    ['Resubmit', { previousModify: unknown }, /second call; there is no third\. .* starts again/],
    ['Hold', {}, /Nothing is sent, a newer spec neither, until annotation servicestage\.io\/reset-at/],
  ];
  it.each(says)('of %s (%j) says what follows', (policy, open, words) => {
    expect(give(policy, open)).toMatchObject({
      phase: 'UnknownOutcome',
      message: expect.stringMatching(words),
    });
    expect(give(policy, open)?.message).toContain('JOB-9');
  });

  it('changes with the policy', () => {
    const { message = '' } = give('Verify') ?? {};
    const open = operation({ message, unattributedJobIds: ['JOB-9'] });
    const before = { ...stalled(open, toldJob), observedGeneration: 2 };
    const after = written(look({ policy: 'Hold', generation: 2, status: before }))?.status;
    expect(after?.conditions?.[0]).toMatchObject({
      reason: 'UnknownOutcome',
      message: expect.stringContaining('(ambiguousSubmit: Hold)'),
    });
    const again = look({ policy: 'Hold', generation: 2, status: after ?? before });
    expect(written(again)?.status.operation?.message ?? after?.operation?.message).toBe(
      after?.operation?.message,
    );
  });

  it('keeps its cure however long the names of the jobs are', () => {
    const jobs = Array.from({ length: 5 }, (_, index) => `${index}${'x'.repeat(63)}`);
    const open = operation({ unattributedJobIds: jobs });
    const history = jobs.map((jobId) => ({ ...entry, jobId, result: 'Unattributed' }));
    const restated = written(look({ policy: 'Hold', status: stalled(open, { history }) }));
    expect(restated?.status.operation?.message).toMatch(/until annotation \S+ with a new value releases it/);
  });
});

describe('a lost call is not taken for a call that was never accepted, or for another job,', () => {
  const forbidden = { kind: 'unreadable', reason: 'forbidden' } as const;
  const { baselineJobId: _none, ...neverNamed } = operation();
  const { lastJobId: _absent, ...unnamed } = remote();
  const given = (changes: Partial<Evidence>): Evidence => ({
    status: { observedGeneration: 1 },
    operation: operation(),
    component: remote(),
    records: { kind: 'found', records: [] },
    lastJob: undefined,
    newerJobIds: [],
    settled: 'yes',
    steady: 'yes',
    specUnchanged: 'yes',
    equal: 'no',
    ...changes,
  });
  const two = { unattributedJobIds: ['JOB-1', 'JOB-2'] };
  const told: Status = {
    observedGeneration: 1,
    history: [{ ...entry, jobId: 'JOB-1', result: 'Unattributed' }],
  };
  const rows: readonly (readonly [string, Partial<Evidence>, string])[] = [
    ['when nothing moved (the rows below differ from this one)', {}, 'notSent'],
    ['without any witness', { operation: neverNamed, component: unnamed, records: forbidden }, 'unclear'],
    ['with records as the only witness', { operation: neverNamed, component: unnamed }, 'notSent'],
    ['when the component has become what was sent', { equal: 'yes' }, 'unclear'],
    ['unless it was so before', { equal: 'yes', operation: operation({ bodyWasLive: true }) }, 'notSent'],
    ['unless the spec is another one now', { equal: 'yes', specUnchanged: 'no' }, 'notSent'],
    [
      'because the other candidate was told',
      {
        status: told,
        operation: operation(two),
        component: remote({ lastJobId: 'JOB-2' }),
        records: forbidden,
        newerJobIds: ['JOB-2'],
        equal: 'yes',
      },
      'unclear',
    ],
    [
      'because the record of the other candidate was told',
      {
        status: told,
        operation: operation(two),
        component: remote({ lastJobId: 'JOB-2' }),
        records: {
          kind: 'found',
          records: ['JOB-2', 'JOB-1'].map((id) => ({ version: VERSION, jobIds: [id] })),
        },
        newerJobIds: ['JOB-2'],
      },
      'unclear',
    ],
  ];
  it.each(rows)('%s', (_name, changes, want) => expect(attribute(given(changes)).kind).toBe(want));
});
