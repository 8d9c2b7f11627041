// The status of a ServiceStageComponent: what the operator remembers between two passes and what people read.
// It holds no secret, no clock value that moves without a cause, and stays below 16 KiB. The CRD's status schema is
// generated from here. Bounds are in UTF-8 bytes where a writer truncates, in characters where the schema checks.
import { z } from 'zod';
import { CONDITION_TYPES } from './names.ts';

export const OPERATION_TYPES = ['Modify', 'Scale', 'Delete'] as const;
/** Intent and Submitted are open; all others are ends. NotSent is an end that is no attempt. */
export const OPERATION_PHASES = [
  'Intent',
  'Submitted',
  'Succeeded',
  'Failed',
  'Refused',
  'NotSent',
  'UnknownOutcome',
  'JobLost',
] as const;
export const CAUSES = ['Spec', 'Secret', 'Force', 'Reset', 'Drift', 'Replica', 'Deletion'] as const;

const digest = z.string().max(80);
const token = z.string().max(128);
const time = z.iso.datetime().describe('RFC 3339 time, UTC');
const jobId = z.string().max(64);

export const conditionSchema = z.object({
  type: z.enum(CONDITION_TYPES),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().min(1).max(64),
  message: z.string().max(512),
  observedGeneration: z.int().min(0).optional(),
  lastTransitionTime: time,
});
export type Condition = z.infer<typeof conditionSchema>;

/** What an ended attempt leaves behind for the comparison with the next spec. */
export const attemptSchema = z.object({
  result: z.enum(OPERATION_PHASES),
  generation: z.int(),
  specDigest: digest.optional(),
  secretDigest: digest.optional(),
  keyId: z.string().max(64).optional(),
  digestVersion: z.int().optional(),
  replica: z.int().optional(),
  message: z.string().max(512).optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const taskSchema = z.object({
  name: z.string().max(128),
  status: z.string().max(32),
  message: z.string().max(128).optional(),
});

export const operationSchema = z.object({
  id: z.string().max(64).describe('Name of the attempt, made by the operator'),
  type: z.enum(OPERATION_TYPES),
  cause: z.enum(CAUSES),
  token: token.optional().describe('Value of the force or reset annotation that caused it'),
  generation: z.int(),
  specDigest: digest.optional(),
  secretDigest: digest.optional(),
  keyId: z.string().max(64).optional(),
  digestVersion: z.int().optional(),
  version: z.string().max(64).optional().describe('Component version that was sent'),
  replica: z.int().optional().describe('Target of a scale operation, instances'),
  keys: z.array(z.string().max(64)).max(80).optional().describe('Top-level wire names that were sent'),
  baselineJobId: jobId
    .optional()
    .describe('last_job_id of the component before the call; the key to find a lost answer'),
  bodyWasLive: z.boolean().optional().describe('The component already equalled the body before the call'),
  attempt: z.int().min(1).describe('Tries for this cause, NotSent ones included'),
  phase: z.enum(OPERATION_PHASES),
  submittedAt: time,
  notBefore: time.optional().describe('No next try before this time'),
  finishedAt: time.optional(),
  jobId: jobId.optional(),
  requestId: z.string().max(64).optional().describe('X-Request-Id of the answer, for a support ticket'),
  recovered: z.boolean().optional().describe('The job was found again after its answer was lost'),
  excludedJobIds: z.array(jobId).max(5).optional().describe('Jobs proven not to be ours'),
  unattributedJobIds: z.array(jobId).max(5).optional().describe('Newer jobs that may be ours'),
  failure: z.string().max(32).optional().describe('Class of the failure that ended or delayed it'),
  rawStatus: z.string().max(64).optional().describe('Job status in the words of ServiceStage'),
  message: z.string().max(512).optional(),
  tasks: z.array(taskSchema).max(8).optional().describe('Tasks of the job, failed ones first'),
  tokenBefore: token.optional().describe('Echo that a withdrawn refusal restores'),
  previousModify: attemptSchema.optional(),
  previousScale: attemptSchema.optional(),
});
export type Operation = z.infer<typeof operationSchema>;
export type OperationPhase = Operation['phase'];
export type Cause = Operation['cause'];

export const lastAppliedSchema = z.object({
  void: z
    .boolean()
    .optional()
    .describe('An attempt after it did not succeed: the next spec is sent, also this one come back'),
  generation: z.int(),
  specDigest: digest.optional(),
  secretDigest: digest.optional(),
  keyId: z.string().max(64).optional(),
  digestVersion: z.int().optional(),
  version: z.string().max(64).optional(),
  replica: z.int().optional(),
  keys: z.array(z.string().max(64)).max(80).optional(),
  jobId: jobId.optional(),
  time: time.optional(),
});
export type LastApplied = z.infer<typeof lastAppliedSchema>;

export const historySchema = z.object({
  operationId: z.string().max(64),
  type: z.enum(OPERATION_TYPES),
  cause: z.string().max(16),
  generation: z.int(),
  skippedGenerations: z.string().max(48).optional().describe('Generations never sent, "2" or "2-4"'),
  specDigest: digest.optional(),
  version: z.string().max(64).optional(),
  jobId: jobId.optional(),
  result: z
    .string()
    .max(32)
    .describe('Succeeded, Failed, Refused, UnknownOutcome, JobLost, Adopted or Unattributed'),
  reason: z.string().max(200).optional(),
  started: time.optional(),
  finished: time.optional(),
});
export type HistoryEntry = z.infer<typeof historySchema>;

export const remoteSchema = z.object({
  componentStatus: z.string().max(64).optional().describe('component_status in the words of ServiceStage'),
  version: z.string().max(64).optional(),
  replica: z.int().optional(),
  availableReplica: z.int().optional(),
  lastJobId: jobId.optional(),
  artifact: z.string().max(512).optional().describe('What is deployed, without user-info and query'),
  failDetail: z.string().max(128).optional(),
});
export type Remote = z.infer<typeof remoteSchema>;

export const driftSchema = z.object({
  since: time,
  fields: z
    .array(z.object({ pointer: z.string().max(100), kind: z.string().max(32) }))
    .max(20)
    .describe('JSON pointers into spec.component and the kind of difference, never a value'),
  notApplied: z
    .array(z.string().max(8))
    .max(64)
    .optional()
    .describe('Fingerprints of the pointers that differed right after our own job; never set back'),
  signature: z.string().max(8).optional().describe('Fingerprint of all pointers that differ since then'),
  episode: z
    .string()
    .max(64)
    .optional()
    .describe('Identity of a difference that driftPolicy Revert sets back once'),
});
export type Drift = z.infer<typeof driftSchema>;

export const revertsSchema = z
  .array(z.object({ time, specDigest: digest, signature: z.string().max(8) }))
  .max(3)
  .describe('Drift that was set back since the last other modify; three equal ones within an hour stop it');

export const overwrittenSchema = z
  .array(z.object({ ourJobId: jobId, jobId, time }))
  .max(2)
  .describe('Changes of ours that a modify of somebody else replaced; two within an hour stop all calls');

export const statusSchema = z.object({
  observedGeneration: z.int().min(-1).default(-1),
  conditions: z.array(conditionSchema).optional(),
  operation: operationSchema.optional(),
  lastApplied: lastAppliedSchema.optional(),
  remote: remoteSchema.optional(),
  drift: driftSchema.optional(),
  reverts: revertsSchema.optional(),
  overwritten: overwrittenSchema.optional(),
  history: z.array(historySchema).max(10).optional(),
  lastHandledReconcileAt: token.optional(),
  lastHandledForceAt: token.optional(),
  lastHandledResetAt: token.optional(),
  lastHandledApproval: token.optional(),
  lastHandledOperation: token.optional(),
});
export type Status = z.infer<typeof statusSchema>;
