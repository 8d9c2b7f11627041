// The whole behaviour as rows: what is known, what follows. A row reads as a sentence.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision, Facts } from '../../src/core/facts.ts';
import { cr, facts, job, remote } from '../support/make.ts';
import { statusViolations } from '../support/status-rules.ts';

const { spec: specFacts } = facts().resource;
const digest = specFacts.kind === 'valid' ? specFacts.desired.specDigest : '';
const FUTURE = '2026-01-01T00:01:00Z';

function operation(changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    specDigest: digest,
    digestVersion: 1,
    version: '2023.0323.15181',
    replica: 1,
    baselineJobId: 'JOB-0',
    bodyWasLive: false,
    attempt: 1,
    phase: 'Intent',
    submittedAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
}

function status(changes: Partial<Status> = {}): Status {
  return { observedGeneration: 1, ...changes };
}

const applied = {
  generation: 1,
  specDigest: digest,
  digestVersion: 1,
  version: '2023.0323.15181',
  jobId: 'JOB-1',
};
const ready: Status = status({
  operation: operation({ phase: 'Succeeded', jobId: 'JOB-1' }),
  lastApplied: applied,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Succeeded',
      message: 'Version 2023.0323.15181 is in force.',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
});
const old = remote({ version: '1.0.0', body: { version: '1.0.0' } });

interface Row {
  readonly name: string;
  readonly given: Facts;
  readonly want: string;
}

/** A decision in a few words. */
function words(decision: Decision): string {
  switch (decision.kind) {
    case 'read':
      return decision.read.what === 'job' ? `read job ${decision.read.jobId}` : `read ${decision.read.what}`;
    case 'write': {
      const { operation: op, conditions = [] } = decision.status;
      const shown = conditions.map((c) => `${c.type}=${c.status}/${c.reason}`).join(' ');
      return `write ${op === undefined ? '-' : `${op.type} ${op.phase} ${op.cause}`}${decision.request === undefined ? '' : ' +request'} | ${shown}`;
    }
    case 'finalizer':
      return `finalizer ${decision.change}`;
    case 'send':
      return `send ${decision.request.kind}`;
    case 'note':
      return `note ${decision.why}`;
    case 'rest':
      return `rest ${decision.why}`;
    default: {
      const never: never = decision;
      return never;
    }
  }
}

const minute = 60_000;
const seen = { operationId: 'op-1', failures: 0, firstSeenMono: 1_000_000 } as const;
const prepared = { startedMono: 999_000, request: { kind: 'modify', body: '{}', secretValues: [] } } as const;
const openIntent = (changes: Partial<Operation> = {}) =>
  cr({ status: status({ operation: operation(changes) }) });
const submittedJob = cr({ status: status({ operation: operation({ phase: 'Submitted', jobId: 'JOB-1' }) }) });
const steady = { ...seen, firstSeenMono: 0, equalReads: { fingerprint: 'x', firstMono: 0 } };

const beginnings: Row[] = [
  {
    name: 'does nothing while another replica leads',
    given: facts({ leading: false }),
    want: 'rest not the leader',
  },
  {
    name: 'marks the resource before anything else',
    given: facts({ object: cr({ finalizers: [] }) }),
    want: 'finalizer add',
  },
  {
    name: 'reads the Secrets before it asks the cloud',
    given: facts({ reads: { account: undefined as never } }),
    want: 'read account',
  },
  { name: 'reads the component before it writes an intent', given: facts(), want: 'read component' },
  {
    name: 'looks at a last job that is not its own',
    given: facts({ component: old }),
    want: 'read job JOB-0',
  },
  {
    name: 'waits for a job that somebody else started',
    given: facts({ component: old, jobs: [job('JOB-0', 'running')] }),
    want: 'write - | Ready=Unknown/RemoteBusy Reconciling=True/RemoteBusy',
  },
  {
    name: 'waits while the component is upgrading',
    given: facts({ component: remote({ status: 'UPGRADING' }) }),
    want: 'write - | Ready=Unknown/RemoteBusy Reconciling=True/RemoteBusy',
  },
  {
    name: 'takes a state nobody documented as busy, not as an error',
    given: facts({ component: remote({ status: 'REBALANCING' }) }),
    want: 'write - | Ready=Unknown/RemoteBusy Reconciling=True/RemoteBusy',
  },
  {
    name: 'waits for a person while a gray release is open',
    given: facts({ component: remote({ status: 'GRAYING' }) }),
    want: 'write - | Ready=Unknown/GrayReleaseWaiting Reconciling=True/GrayReleaseWaiting',
  },
  {
    name: 'waits for a component that was stopped on purpose',
    given: facts({ component: remote({ status: 'STOPPED' }) }),
    want: 'write - | Ready=Unknown/RemoteBusy Reconciling=True/RemoteBusy',
  },
  {
    name: 'writes the intent when the idle component differs',
    given: facts({ component: old, jobs: [job('JOB-0', 'succeeded')] }),
    want: 'write Modify Intent Spec +request | Ready=Unknown/Progressing Reconciling=True/Submitting JobSucceeded=Unknown/JobRunning',
  },
  {
    name: 'repairs a FAILED component',
    given: facts({ component: remote({ status: 'FAILED' }), jobs: [job('JOB-0', 'failed')] }),
    want: 'write Modify Intent Spec +request | Ready=Unknown/Progressing Reconciling=True/Submitting JobSucceeded=Unknown/JobRunning',
  },
  {
    name: 'adopts an equal component at first sight without a call',
    given: facts({ component: remote(), jobs: [job('JOB-0', 'succeeded')] }),
    want: 'write - | Ready=True/Succeeded Synced=True/InSync',
  },
  {
    name: 'does not adopt an equal component whose last job failed',
    given: facts({ component: remote(), jobs: [job('JOB-0', 'failed')] }),
    want: 'write Modify Intent Spec +request | Ready=Unknown/Progressing Reconciling=True/Submitting JobSucceeded=Unknown/JobRunning',
  },
  {
    name: 'refuses another name without a call',
    given: facts({ component: remote({ name: 'other' }), jobs: [job('JOB-0', 'succeeded')] }),
    want: 'write - | Ready=False/ImmutableField Stalled=True/ImmutableField',
  },
  {
    name: 'says that the component is missing',
    given: facts({ component: 'missing' }),
    want: 'write - | Ready=False/NotFound Stalled=True/NotFound',
  },
  {
    name: 'says which field of a spec is invalid',
    given: facts({ object: cr({ component: { version: 'latest' } }) }),
    want: 'write - | Ready=False/InvalidSpec Stalled=True/InvalidSpec',
  },
  {
    name: 'does nothing while suspended, and says so',
    given: facts({ object: cr({ spec: { suspend: true } }) }),
    want: 'write - | Ready=Unknown/Suspended Paused=True/SpecSuspended',
  },
];

const answers: Row[] = [
  {
    name: 'sends a fresh intent of its own',
    given: facts({ object: openIntent(), memory: { ...seen, prepared } }),
    want: 'send modify',
  },
  {
    name: 'closes its own intent that got stale before it was sent',
    given: facts({
      object: openIntent(),
      memory: { ...seen, prepared: { ...prepared, startedMono: 990_000 } },
    }),
    want: 'write Modify NotSent Spec | ',
  },
  {
    name: 'records the job id of an accepted call',
    given: facts({
      object: openIntent(),
      memory: {
        ...seen,
        sentMono: 1,
        answer: { to: 'submit', outcome: { kind: 'accepted', jobId: 'JOB-1' } },
      },
    }),
    want: 'write Modify Submitted Spec | Ready=Unknown/Progressing Reconciling=True/JobRunning JobSucceeded=Unknown/JobRunning',
  },
  {
    name: 'records a late answer even when the operation was given up meanwhile',
    given: facts({
      object: openIntent({ phase: 'UnknownOutcome' }),
      memory: {
        ...seen,
        sentMono: 1,
        answer: { to: 'submit', outcome: { kind: 'accepted', jobId: 'JOB-1' } },
      },
    }),
    want: 'write Modify Submitted Spec | Ready=Unknown/Progressing Reconciling=True/JobRunning JobSucceeded=Unknown/JobRunning',
  },
  {
    name: 'takes a throttled call as not sent and waits',
    given: facts({
      object: openIntent(),
      memory: {
        ...seen,
        sentMono: 1,
        answer: {
          to: 'submit',
          outcome: {
            kind: 'notSent',
            failure: { class: 'throttled', code: 'APIGW.0308', message: 'slow down' },
          },
        },
      },
    }),
    want: 'write Modify NotSent Spec | Ready=Unknown/Throttled Reconciling=True/Throttled',
  },
  {
    name: 'looks once more before it believes a 400',
    given: facts({ object: openIntent(), memory: { ...seen, sentMono: 1, answer: refusal(400) } }),
    want: 'read component',
  },
  {
    name: 'believes a 400 when nothing else changed',
    given: facts({
      object: openIntent(),
      component: old,
      memory: { ...seen, sentMono: 1, answer: refusal(400) },
    }),
    want: 'write Modify Refused Spec | Ready=False/InvalidSpec Stalled=True/InvalidSpec',
  },
  {
    name: 'takes a 400 as busy when a newer job exists',
    given: facts({
      object: openIntent(),
      component: remote({ lastJobId: 'JOB-9' }),
      memory: { ...seen, sentMono: 1, answer: refusal(400) },
    }),
    want: 'write Modify NotSent Spec | Ready=Unknown/RemoteBusy Reconciling=True/RemoteBusy',
  },
  {
    name: 'takes a 400 as busy when the instance count changed',
    given: facts({
      object: openIntent(),
      component: remote({ replica: 3 }),
      memory: { ...seen, sentMono: 1, answer: refusal(400) },
    }),
    want: 'write Modify NotSent Spec | Ready=Unknown/RemoteBusy Reconciling=True/RemoteBusy',
  },
  {
    name: 'takes any other 4xx as refused at once',
    given: facts({ object: openIntent(), memory: { ...seen, sentMono: 1, answer: refusal(413) } }),
    want: 'write Modify Refused Spec | Ready=False/InvalidSpec Stalled=True/InvalidSpec',
  },
];

function refusal(httpStatus: number) {
  return {
    to: 'submit',
    outcome: {
      kind: 'refused',
      failure: { class: 'permanent', code: 'SVCSTG.00100400', message: 'invalid parameter', httpStatus },
    },
  } as const;
}

const lost = {
  ...seen,
  sentMono: 1,
  answer: {
    to: 'submit',
    outcome: { kind: 'unknown', failure: { class: 'unknownOutcome', code: 'ECONNRESET', message: 'reset' } },
  },
} as const;
const recovery: Row[] = [
  {
    name: 'asks the service after a lost answer',
    given: facts({ object: openIntent(), memory: lost }),
    want: 'read component',
  },
  {
    name: 'asks for the records too',
    given: facts({ object: openIntent(), component: old, memory: seen }),
    want: 'read records',
  },
  {
    name: 'finds its job again by the version in a newer record',
    given: facts({
      object: openIntent(),
      component: remote({ lastJobId: 'JOB-1', status: 'UPGRADING' }),
      records: [
        { version: '2023.0323.15181', jobIds: ['JOB-1'] },
        { version: '1.0.0', jobIds: ['JOB-0'] },
      ],
      jobs: [job('JOB-1', 'running')],
      memory: seen,
    }),
    want: 'write Modify Submitted Spec | Ready=Unknown/Progressing Reconciling=True/JobRunning JobSucceeded=Unknown/JobRunning',
  },
  {
    name: 'does not take a newer job of another version as its own',
    given: facts({
      object: openIntent(),
      component: remote({ lastJobId: 'JOB-1' }),
      records: [
        { version: '9.9.9', jobIds: ['JOB-1'] },
        { version: '1.0.0', jobIds: ['JOB-0'] },
      ],
      jobs: [job('JOB-1', 'running')],
      memory: seen,
    }),
    want: 'write Modify Intent Spec | Ready=Unknown/Progressing Reconciling=True/Recovering',
  },
  {
    name: 'waits the whole settle before it believes that nothing was sent',
    given: facts({
      object: openIntent(),
      component: old,
      records: [],
      memory: { ...steady, firstSeenMono: 900_000 },
    }),
    want: 'write Modify Intent Spec | Ready=Unknown/Progressing Reconciling=True/Recovering',
  },
  {
    name: 'starts over after the settle and two equal reads',
    given: facts({ object: openIntent(), component: old, records: [], memory: steady }),
    want: 'write Modify NotSent Spec | ',
  },
  {
    name: 'does not start over while the baseline has moved',
    given: facts({
      object: openIntent(),
      component: remote({ lastJobId: 'JOB-9' }),
      records: [],
      jobs: [job('JOB-9', 'succeeded')],
      memory: { ...steady, firstSeenMono: 800_000 },
    }),
    want: 'write Modify Intent Spec | Ready=Unknown/Progressing Reconciling=True/Recovering',
  },
  {
    name: 'says after ten more minutes that it cannot tell',
    given: facts({
      object: openIntent(),
      component: remote({ lastJobId: 'JOB-9' }),
      records: [],
      jobs: [job('JOB-9', 'succeeded')],
      memory: steady,
      mono: 13 * minute,
    }),
    want: 'write Modify UnknownOutcome Spec | Ready=False/UnknownOutcome Stalled=True/UnknownOutcome JobSucceeded=Unknown/JobLost',
  },
  {
    name: 'without records, takes the one newer job as its own only after the settle',
    given: facts({
      object: openIntent(),
      component: remote({ lastJobId: 'JOB-1' }),
      records: 'forbidden',
      jobs: [job('JOB-1', 'running')],
      memory: { ...seen, newerJobIds: ['JOB-1'] },
    }),
    want: 'write Modify Intent Spec | Ready=Unknown/Progressing Reconciling=True/Recovering',
  },
  {
    name: 'without records, and the settle passed, takes the one newer job as its own',
    given: facts({
      object: openIntent(),
      component: remote({ lastJobId: 'JOB-1' }),
      records: 'forbidden',
      jobs: [job('JOB-1', 'running')],
      memory: { ...steady, newerJobIds: ['JOB-1'] },
    }),
    want: 'write Modify Submitted Spec | Ready=Unknown/Progressing Reconciling=True/JobRunning JobSucceeded=Unknown/JobRunning',
  },
  {
    name: 'without records, never takes a job as its own when the body was live before',
    given: facts({
      object: openIntent({ bodyWasLive: true }),
      component: remote({ lastJobId: 'JOB-1' }),
      records: 'forbidden',
      jobs: [job('JOB-1', 'running')],
      memory: { ...steady, firstSeenMono: 800_000, newerJobIds: ['JOB-1'] },
    }),
    want: 'write Modify Intent Spec | Ready=Unknown/Progressing Reconciling=True/Recovering',
  },
];

const jobs: Row[] = [
  { name: 'polls the job', given: facts({ object: submittedJob }), want: 'read job JOB-1' },
  {
    name: 'verifies the component when the job has succeeded',
    given: facts({ object: submittedJob, jobs: [job('JOB-1', 'succeeded')] }),
    want: 'read component',
  },
  {
    name: 'is Ready when the job succeeded and the component runs',
    given: facts({
      object: submittedJob,
      component: remote({ lastJobId: 'JOB-1' }),
      jobs: [job('JOB-1', 'succeeded')],
    }),
    want: 'write Modify Succeeded Spec | Ready=True/Succeeded JobSucceeded=True/JobSucceeded Synced=True/InSync',
  },
  {
    name: 'is not Ready while the component is PENDING after its job',
    given: facts({
      object: submittedJob,
      component: remote({ lastJobId: 'JOB-1', status: 'PENDING' }),
      jobs: [job('JOB-1', 'succeeded')],
    }),
    want: 'write Modify Succeeded Spec | Ready=Unknown/Progressing Reconciling=True/Polling JobSucceeded=True/JobSucceeded Synced=True/InSync',
  },
  {
    name: 'waits for the service to show its own job before it verifies',
    given: facts({
      object: submittedJob,
      component: remote({ lastJobId: 'JOB-0' }),
      jobs: [job('JOB-1', 'succeeded')],
    }),
    want: 'rest the service shows an older state than our job',
  },
  {
    name: 'holds after a failed job',
    given: facts({ object: submittedJob, jobs: [job('JOB-1', 'failed')] }),
    want: 'write Modify Failed Spec | Ready=False/JobFailed Stalled=True/JobFailedTerminal JobSucceeded=False/JobFailed',
  },
  {
    name: 'stalls, but looks on, after the job deadline',
    given: facts({
      object: submittedJob,
      jobs: [job('JOB-1', 'running')],
      wall: Date.parse('2026-01-01T01:00:01Z'),
    }),
    want: 'write Modify Submitted Spec | Ready=False/Timeout Stalled=True/Timeout JobSucceeded=Unknown/JobTimedOut',
  },
  {
    name: 'asks again about a job in state UNKNOWN',
    given: facts({ object: submittedJob, jobs: [job('JOB-1', 'unknown')] }),
    want: 'rest job state unknown',
  },
  {
    name: 'judges by the component after three UNKNOWN reads',
    given: facts({
      object: submittedJob,
      component: remote({ lastJobId: 'JOB-1' }),
      jobs: [job('JOB-1', 'unknown')],
      memory: { ...seen, unknownReads: { count: 2, lastMono: 0 } },
    }),
    want: 'write Modify Succeeded Spec | Ready=True/Succeeded JobSucceeded=True/JobSucceeded Synced=True/InSync',
  },
  {
    name: 'says that the job is lost when the component does not show the change',
    given: facts({
      object: submittedJob,
      component: old,
      jobs: [job('JOB-1', 'unknown')],
      memory: { ...seen, unknownReads: { count: 2, lastMono: 0 } },
    }),
    want: 'write Modify JobLost Spec | Ready=False/JobLost Stalled=True/JobLost JobSucceeded=Unknown/JobLost',
  },
];

const failedBefore = status({
  operation: operation({ phase: 'Failed', jobId: 'JOB-1', message: 'Job JOB-1 ended FAILED.' }),
  lastApplied: { ...applied, void: true },
});
const rests: Row[] = [
  {
    name: 'is at rest when the spec is in force',
    given: facts({ object: cr({ status: ready }) }),
    want: 'rest at rest',
  },
  {
    name: 'needs one write and no call for a generation that changes nothing',
    given: facts({ object: cr({ generation: 2, status: ready }), reads: { account: undefined as never } }),
    want: 'write Modify Succeeded Spec | Ready=True/Succeeded JobSucceeded=True/JobSucceeded',
  },
  {
    name: 'does not send again what failed',
    given: facts({ object: cr({ status: failedBefore }) }),
    want: 'write Modify Failed Spec | Ready=False/JobFailed Stalled=True/JobFailedTerminal JobSucceeded=False/JobFailed',
  },
  {
    name: 'sends what failed again after a reset token',
    given: facts({ object: cr({ status: failedBefore, annotations: { 'servicestage.io/reset-at': 'a' } }) }),
    want: 'read component',
  },
  {
    name: 'records a token that was there at first sight as handled',
    given: facts({
      object: cr({ annotations: { 'servicestage.io/force-apply-at': 'a' } }),
      component: remote(),
      jobs: [job('JOB-0', 'succeeded')],
    }),
    want: 'write - | Ready=True/Succeeded Synced=True/InSync',
  },
  {
    name: 'sends again when forced',
    given: facts({ object: cr({ status: ready, annotations: { 'servicestage.io/force-apply-at': 'a' } }) }),
    want: 'read component',
  },
  {
    name: 'waits out a persisted back-off',
    given: facts({
      object: cr({ status: status({ operation: operation({ phase: 'NotSent', notBefore: FUTURE }) }) }),
    }),
    want: 'rest back-off of the last try',
  },
  {
    name: 'looks when asked to',
    given: facts({
      object: cr({ status: ready, annotations: { 'servicestage.io/reconcile-requested-at': 'a' } }),
    }),
    want: 'read component',
  },
];

const deletions: Row[] = [
  {
    name: 'releases an orphan at once, without credentials',
    given: facts({ object: cr({ deleting: true }), reads: { account: undefined as never } }),
    want: 'finalizer remove',
  },
  {
    name: 'settles an open intent before it releases',
    given: facts({
      object: { ...openIntent(), metadata: { ...openIntent().metadata, deletionTimestamp: FUTURE } },
    }),
    want: 'read component',
  },
  {
    name: 'follows the job to its end before it deletes the component',
    given: facts({
      object: {
        ...submittedJob,
        spec: { ...submittedJob.spec, deletionPolicy: 'Delete' },
        metadata: { ...submittedJob.metadata, deletionTimestamp: FUTURE },
      },
    }),
    want: 'read job JOB-1',
  },
  {
    name: 'is done when the component is gone',
    given: facts({
      object: cr({ deleting: true, spec: { deletionPolicy: 'Delete' } }),
      component: 'missing',
    }),
    want: 'finalizer remove',
  },
  {
    name: 'says that it deletes before it does',
    given: facts({
      object: cr({ deleting: true, status: ready, spec: { deletionPolicy: 'Delete' } }),
      component: remote(),
    }),
    want: 'write Delete Intent Deletion | Ready=False/Deleting Reconciling=True/Deleting',
  },
  {
    name: 'lets an annotation turn a stuck deletion into a release',
    given: facts({
      object: cr({
        deleting: true,
        spec: { deletionPolicy: 'Delete' },
        annotations: { 'servicestage.io/deletion-policy': 'Orphan' },
      }),
    }),
    want: 'finalizer remove',
  },
];

describe.each([
  ['beginnings', beginnings],
  ['answers', answers],
  ['recovery', recovery],
  ['jobs', jobs],
  ['rest', rests],
  ['deletion', deletions],
] as const)('decide: %s', (_name, rows) => {
  it.each(rows)('$name', ({ given, want }) => {
    const decision = decide(given);
    expect(words(decision)).toBe(want);
    if (decision.kind !== 'write' || decision.status.conditions === undefined) return;
    const { generation, deleting, status: before } = given.resource;
    expect(statusViolations(before, { generation, deleting, status: decision.status })).toEqual([]);
  });
});
