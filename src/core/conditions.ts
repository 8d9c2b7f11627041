// From a situation to conditions. One table says what each situation shows, so that kubectl wait, kstatus, Argo CD and
// Flux read the same truth; `withSituation` is the only place that writes conditions.
//
// Promises: Ready is always present; Reconciling and Stalled exist only while True and never together; Ready names
// the cause, the other two the mode, with the same message; lastTransitionTime moves only when status moves.
import type {
  ConditionType,
  JobReason,
  PausedReason,
  ReadyReason,
  ReconcilingReason,
  StalledReason,
  SyncedReason,
} from '../api/names.ts';
import type { Condition, Status } from '../api/status.ts';
import { clip } from './text.ts';
import { isoTime } from './time.ts';

type ConditionStatus = Condition['status'];

/** What one situation shows. `job` and `synced` absent: that condition stays as it was. */
export interface Situation {
  readonly ready: readonly [ConditionStatus, ReadyReason];
  readonly reconciling?: ReconcilingReason;
  readonly stalled?: StalledReason;
  readonly job?: readonly [ConditionStatus, JobReason];
  readonly message: string;
}

type Shown = Omit<Situation, 'message'>;

/** The state table: each row is one line of the table on the documentation page of statuses. */
export const SITUATIONS = {
  submitting: {
    ready: ['Unknown', 'Progressing'],
    reconciling: 'Submitting',
    job: ['Unknown', 'JobRunning'],
  },
  scaleWaiting: { ready: ['Unknown', 'Progressing'], reconciling: 'Submitting' },
  recovering: { ready: ['Unknown', 'Progressing'], reconciling: 'Recovering' },
  jobRunning: {
    ready: ['Unknown', 'Progressing'],
    reconciling: 'JobRunning',
    job: ['Unknown', 'JobRunning'],
  },
  jobTimeout: { ready: ['False', 'Timeout'], stalled: 'Timeout', job: ['Unknown', 'JobTimedOut'] },
  busyTimeout: { ready: ['False', 'Timeout'], stalled: 'Timeout' },
  inForce: { ready: ['True', 'Succeeded'], job: ['True', 'JobSucceeded'] },
  adopted: { ready: ['True', 'Succeeded'] },
  startingUp: {
    ready: ['Unknown', 'Progressing'],
    reconciling: 'Polling',
    job: ['True', 'JobSucceeded'],
  },
  notRunning: { ready: ['False', 'NotRunning'], stalled: 'NotRunning', job: ['True', 'JobSucceeded'] },
  grayWaiting: { ready: ['Unknown', 'GrayReleaseWaiting'], reconciling: 'GrayReleaseWaiting' },
  jobFailed: {
    ready: ['False', 'JobFailed'],
    stalled: 'JobFailedTerminal',
    job: ['False', 'JobFailed'],
  },
  jobLost: { ready: ['False', 'JobLost'], stalled: 'JobLost', job: ['Unknown', 'JobLost'] },
  invalidSpec: { ready: ['False', 'InvalidSpec'], stalled: 'InvalidSpec' },
  immutableField: { ready: ['False', 'ImmutableField'], stalled: 'ImmutableField' },
  invalidConfiguration: { ready: ['False', 'InvalidConfiguration'], stalled: 'InvalidConfiguration' },
  ownershipConflict: { ready: ['False', 'OwnershipConflict'], stalled: 'OwnershipConflict' },
  driftLoop: { ready: ['False', 'RetriesExceeded'], stalled: 'DriftLoop' },
  notFound: { ready: ['False', 'NotFound'], stalled: 'NotFound' },
  unknownOutcome: {
    ready: ['False', 'UnknownOutcome'],
    stalled: 'UnknownOutcome',
    job: ['Unknown', 'JobLost'],
  },
  remoteBusy: { ready: ['Unknown', 'RemoteBusy'], reconciling: 'RemoteBusy' },
  throttled: { ready: ['Unknown', 'Throttled'], reconciling: 'Throttled' },
  retrying: { ready: ['Unknown', 'ProgressingWithRetry'], reconciling: 'ProgressingWithRetry' },
  credentialsUnavailable: {
    ready: ['False', 'CredentialsUnavailable'],
    reconciling: 'ProgressingWithRetry',
  },
  credentialsUnavailableLong: {
    ready: ['False', 'CredentialsUnavailable'],
    stalled: 'CredentialsUnavailable',
  },
  credentialsRejected: { ready: ['False', 'CredentialsRejected'], reconciling: 'ProgressingWithRetry' },
  credentialsRejectedLong: { ready: ['False', 'CredentialsRejected'], stalled: 'CredentialsRejected' },
  permissionDenied: { ready: ['False', 'PermissionDenied'], reconciling: 'ProgressingWithRetry' },
  permissionDeniedLong: { ready: ['False', 'PermissionDenied'], stalled: 'PermissionDenied' },
  bornPaused: { ready: ['Unknown', 'Suspended'] },
  deleting: { ready: ['False', 'Deleting'], reconciling: 'Deleting' },
  deleteFailed: { ready: ['False', 'DeleteFailed'], stalled: 'DeleteFailed' },
} as const satisfies Record<string, Shown>;

export type SituationName = keyof typeof SITUATIONS;

export function situation(name: SituationName, message: string): Situation {
  return { ...SITUATIONS[name], message };
}

export interface Stamp {
  readonly generation: number;
  readonly wall: number;
}

type Wanted = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** `status` with the conditions of `shown` and `observedGeneration` set to `stamp.generation`. */
export function withSituation(status: Status, shown: Situation, stamp: Stamp): Status {
  const message = clip(shown.message, 512);
  const wanted: Wanted[] = [
    { type: 'Ready', status: shown.ready[0], reason: shown.ready[1], message },
    ...(shown.reconciling === undefined
      ? []
      : [{ type: 'Reconciling' as const, status: 'True' as const, reason: shown.reconciling, message }]),
    ...(shown.stalled === undefined
      ? []
      : [{ type: 'Stalled' as const, status: 'True' as const, reason: shown.stalled, message }]),
  ];
  const kept = (status.conditions ?? [])
    .filter((c) => KEPT.has(c.type) && !(c.type === 'JobSucceeded' && shown.job))
    .map((c) => (c.type === 'Synced' && isOutdated(status, shown, stamp) ? NOT_COMPARED : c));
  const job: Wanted[] = shown.job === undefined ? [] : [jobCondition(shown.job, message)];
  const conditions = inOrder(
    [...wanted, ...kept, ...job].map((condition) => stamped(status, condition, stamp)),
  );
  const { drift, ...others } = status;
  const stale = drift === undefined || isOutdated(status, shown, stamp);
  return { ...others, ...(stale ? {} : { drift }), observedGeneration: stamp.generation, conditions };
}

/** `status` without the outcome of a job: the call that should have started one did not. */
export function withoutJob(status: Status): Status {
  return { ...status, conditions: (status.conditions ?? []).filter((c) => c.type !== 'JobSucceeded') };
}

/** A comparison speaks of the spec it was made with; a generation that needed no call is that same spec. */
function isOutdated(status: Status, shown: Situation, stamp: Stamp): boolean {
  return status.observedGeneration !== stamp.generation && shown.ready[0] !== 'True';
}

const NOT_COMPARED: Wanted = {
  type: 'Synced',
  status: 'Unknown',
  reason: 'NotChecked',
  message: 'The spec was edited after the last comparison.',
};

const KEPT: ReadonlySet<ConditionType> = new Set(['Synced', 'JobSucceeded', 'Paused']);

function jobCondition(job: readonly [ConditionStatus, JobReason], message: string): Wanted {
  return { type: 'JobSucceeded', status: job[0], reason: job[1], message };
}

/** `status` with Synced set; everything else stays. */
export function withSynced(
  status: Status,
  synced: { readonly status: ConditionStatus; readonly reason: SyncedReason; readonly message: string },
  wall: number,
): Status {
  return withCondition(status, { type: 'Synced', ...synced, message: clip(synced.message, 512) }, wall);
}

/** `status` with Paused=True, or without Paused when `paused` is undefined; Reconciling stays only while a job runs. */
export function withPaused(
  status: Status,
  paused: { readonly reason: PausedReason; readonly message: string } | undefined,
  wall: number,
): Status {
  if (paused === undefined) {
    return { ...status, conditions: (status.conditions ?? []).filter((c) => c.type !== 'Paused') };
  }
  const jobRuns = status.operation?.phase === 'Submitted' || status.operation?.phase === 'Intent';
  const conditions = (status.conditions ?? []).filter((c) => jobRuns || c.type !== 'Reconciling');
  return withCondition({ ...status, conditions }, { type: 'Paused', status: 'True', ...paused }, wall);
}

function withCondition(status: Status, wanted: Wanted, wall: number): Status {
  const next = stamped(status, wanted, { generation: status.observedGeneration, wall });
  const others = (status.conditions ?? []).filter((c) => c.type !== wanted.type);
  return { ...status, conditions: inOrder([...others, next]) };
}

const ORDER: readonly ConditionType[] = [
  'Ready',
  'Reconciling',
  'Stalled',
  'JobSucceeded',
  'Synced',
  'Paused',
];

/** One order whatever was written last, so that a look that finds nothing new is no write. */
function inOrder(conditions: readonly Condition[]): Condition[] {
  const place = ({ type }: Condition) => ORDER.indexOf(type);
  return conditions.toSorted((a, b) => place(a) - place(b));
}

function stamped(status: Status, wanted: Wanted, stamp: Stamp): Condition {
  const before = findCondition(status, wanted.type);
  const { type, status: value, reason, message } = wanted;
  return {
    type,
    status: value,
    reason,
    message,
    ...(stamp.generation >= 0 ? { observedGeneration: stamp.generation } : {}),
    lastTransitionTime: before?.status === value ? before.lastTransitionTime : isoTime(stamp.wall),
  };
}

export function findCondition(status: Status, type: ConditionType): Condition | undefined {
  return status.conditions?.find((c) => c.type === type);
}

/** Whether `status` already shows exactly `shown` for `generation`. */
export function shows(status: Status, shown: Situation, generation: number): boolean {
  if (status.observedGeneration !== generation) return false;
  const message = clip(shown.message, 512);
  const is = (type: ConditionType, want: readonly [string, string] | undefined) => {
    const have = findCondition(status, type);
    if (want === undefined) return have === undefined;
    return have?.status === want[0] && have.reason === want[1];
  };
  return (
    is('Ready', shown.ready) &&
    findCondition(status, 'Ready')?.message === message &&
    is('Reconciling', shown.reconciling && ['True', shown.reconciling]) &&
    is('Stalled', shown.stalled && ['True', shown.stalled]) &&
    (shown.job === undefined || is('JobSucceeded', shown.job))
  );
}
