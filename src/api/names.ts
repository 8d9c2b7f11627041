// Every word a user of the operator can see: group, kind, annotations, condition types, reasons, events.
// Closed lists: a reason used anywhere else does not compile, and the docs page of reasons is checked against them.

export const GROUP = 'servicestage.io';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;
export const KIND = 'ServiceStageComponent';
export const PLURAL = 'servicestagecomponents';
export const CRD_NAME = `${PLURAL}.${GROUP}`;
export const FINALIZER = `${GROUP}/finalizer`;
/** Name under which our writes stand in managedFields and our events in reportingController. */
export const FIELD_MANAGER = 'servicestage-operator';

export const ANNOTATIONS = {
  reconcile: `${GROUP}/reconcile-requested-at`,
  force: `${GROUP}/force-apply-at`,
  reset: `${GROUP}/reset-at`,
  approve: `${GROUP}/approve`,
  paused: `${GROUP}/paused`,
  deletionPolicy: `${GROUP}/deletion-policy`,
} as const;

export const READY_REASONS = [
  'Succeeded',
  'Progressing',
  'ProgressingWithRetry',
  'JobFailed',
  'SubmitFailed',
  'RolledBack',
  'GrayReleaseWaiting',
  'AwaitingApproval',
  'OutsideWindow',
  'DependencyNotReady',
  'CredentialsUnavailable',
  'CredentialsRejected',
  'PermissionDenied',
  'NotFound',
  'InvalidSpec',
  'ImmutableField',
  'OwnershipConflict',
  'RetriesExceeded',
  'RemoteBusy',
  'Throttled',
  'Deleting',
  'DeleteFailed',
  'Timeout',
  'UnknownOutcome',
  'Suspended',
  'NotRunning',
  'InvalidConfiguration',
  'JobLost',
] as const;
export type ReadyReason = (typeof READY_REASONS)[number];

export const RECONCILING_REASONS = [
  'Deleting',
  'Submitting',
  'JobRunning',
  'Polling',
  'ProgressingWithRetry',
  'Recovering',
  'AwaitingApproval',
  'OutsideWindow',
  'GrayReleaseWaiting',
  'DependencyNotReady',
  'RemoteBusy',
  'Throttled',
] as const;
export type ReconcilingReason = (typeof RECONCILING_REASONS)[number];

export const STALLED_REASONS = [
  'InvalidSpec',
  'ImmutableField',
  'InvalidConfiguration',
  'RetriesExceeded',
  'JobFailedTerminal',
  'NotFound',
  'OwnershipConflict',
  'UnknownOutcome',
  'CredentialsUnavailable',
  'CredentialsRejected',
  'PermissionDenied',
  'DriftLoop',
  'DependencyCycle',
  'DeleteFailed',
  'Timeout',
  'NotRunning',
  'JobLost',
] as const;
export type StalledReason = (typeof STALLED_REASONS)[number];

export const SYNCED_REASONS = [
  'InSync',
  'Drifted',
  'NotApplied',
  'DriftIgnored',
  'CheckFailed',
  'NotChecked',
] as const;
export type SyncedReason = (typeof SYNCED_REASONS)[number];

export const JOB_REASONS = ['JobRunning', 'JobSucceeded', 'JobFailed', 'JobLost', 'JobTimedOut'] as const;
export type JobReason = (typeof JOB_REASONS)[number];

export const PAUSED_REASONS = [
  'SpecSuspended',
  'AnnotationPaused',
  'NamespacePaused',
  'OperatorPaused',
] as const;
export type PausedReason = (typeof PAUSED_REASONS)[number];

export const CONDITION_TYPES = [
  'Ready',
  'Reconciling',
  'Stalled',
  'Synced',
  'JobSucceeded',
  'Paused',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

export const EVENT_REASONS = [
  'Submitting',
  'JobStarted',
  'JobSucceeded',
  'JobFailed',
  'SubmitFailed',
  'OperationRecovered',
  'UnknownOutcome',
  'DriftDetected',
  'DriftCorrected',
  'DriftIgnored',
  'Paused',
  'Resumed',
  'AwaitingApproval',
  'Approved',
  'WindowClosed',
  'Throttled',
  'CredentialsUnavailable',
  'CredentialsRotated',
  'Adopted',
  'OwnershipConflict',
  'RollbackRequested',
  'RolledBack',
  'Deleted',
  'Orphaned',
  'DeleteBlocked',
  'ReconcileRequestHandled',
  'SpecWarning',
  'ComponentUnhealthy',
] as const;
export type EventReason = (typeof EVENT_REASONS)[number];
