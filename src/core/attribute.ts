// Step R: was the write of an open intent accepted, and which job is it?
//
// Promise: `ours` is said only on evidence that fits no other writer under assumptions A1-A5; `notSent` only after the
// settle and two equal reads, never without a witness and never when the component has become what was sent; everything
// else is `unclear`, which may stall but never sends.
// "Newer" means: after the baseline, and not a job in our history or lastApplied.
import type { Operation, Status } from '../api/status.ts';
import { knownJobIds } from './history.ts';
import { usability } from './remote.ts';
import type { DeploymentRecord, Job, Lookup, RecordsLookup, RemoteComponent } from './types.ts';

export interface Evidence {
  readonly status: Status;
  readonly operation: Operation;
  readonly component: RemoteComponent;
  readonly records: RecordsLookup;
  /** The component's last job, when it was read. */
  readonly lastJob: Lookup<Job> | undefined;
  /** Distinct newer `last_job_id`s that this process has seen for the operation. */
  readonly newerJobIds: readonly string[];
  /** The settle has passed since this process first saw the intent. */
  readonly settled: 'yes' | 'no';
  /** Two equal reads at least 15 s apart, the settle passed. */
  readonly steady: 'yes' | 'no';
  /** The spec still has the digest of the intent. */
  readonly specUnchanged: 'yes' | 'no';
  /** The component equals the spec under the field rules. */
  readonly equal: 'yes' | 'no';
}

export type Verdict =
  | { readonly kind: 'ours'; readonly jobId: string }
  | { readonly kind: 'notSent' }
  | { readonly kind: 'unclear'; readonly newerJobIds: readonly string[] };

export function attribute(evidence: Evidence): Verdict {
  const jobId = evidence.operation.type === 'Scale' ? oursOfScale(evidence) : oursOfModify(evidence);
  if (jobId !== undefined) return { kind: 'ours', jobId };
  if (evidence.steady === 'yes' && nothingHappened(evidence)) return { kind: 'notSent' };
  return { kind: 'unclear', newerJobIds: unattributed(evidence) };
}

function oursOfModify(evidence: Evidence): string | undefined {
  const { operation, component, records } = evidence;
  const newer = newerSeen(evidence);
  if (records.kind === 'found') {
    const ours = newerRecords(evidence).filter((record) => record.version === operation.version);
    const ids = new Set(ours.flatMap((record) => newerJobsOf(evidence, record)));
    const [only] = ids;
    return ids.size === 1 ? only : undefined;
  }
  if (evidence.settled === 'no' || evidence.specUnchanged === 'no' || evidence.equal === 'no')
    return undefined;
  if (operation.bodyWasLive === true || newer.length !== 1) return undefined;
  return component.lastJobId !== undefined && isNewer(evidence, component.lastJobId)
    ? component.lastJobId
    : undefined;
}

/** The target is reached or being reached, and exactly one newer job exists that changed no version. */
function oursOfScale(evidence: Evidence): string | undefined {
  const { operation, component, records } = evidence;
  if (records.kind !== 'found' || component.replica !== operation.replica) return undefined;
  const recorded = new Set(records.records.flatMap((record) => record.jobIds));
  const candidates = newerSeen(evidence).filter((id) => !recorded.has(id));
  if (newerRecords(evidence).length > 0) return undefined;
  return candidates.length === 1 ? candidates[0] : undefined;
}

function nothingHappened(evidence: Evidence): boolean {
  const { operation, component, lastJob } = evidence;
  const unmoved = component.lastJobId === operation.baselineJobId;
  if (!isWitnessed(evidence) || hasBecomeWhatWasSent(evidence)) return false;
  const idle =
    usability(component) !== 'busy' && !(lastJob?.kind === 'found' && lastJob.value.phase === 'running');
  return unmoved && idle && newerRecords(evidence).length === 0;
}

/** A component that names no last job, without records, would look the same after any call. */
function isWitnessed({ component, records }: Evidence): boolean {
  return component.lastJobId !== undefined || records.kind === 'found';
}

/** The body was not live before the call and is now: whoever did it left no job to see, so it may have been the call. */
function hasBecomeWhatWasSent({ operation, specUnchanged, equal }: Evidence): boolean {
  return (
    operation.type === 'Modify' &&
    operation.bodyWasLive === false &&
    specUnchanged === 'yes' &&
    equal === 'yes'
  );
}

/**
 * Records of jobs after the baseline. The list is newest first, so it ends at the first record of a job that is the
 * baseline or known to be ours. The baseline itself may have no record; then what lies between looks newer and need not be:
 * an unmoved `last_job_id` means that nothing is (A3: every accepted write moves it), and a record that began well before
 * the intent is older whatever it carries. The hour covers clock skew.
 */
function newerRecords(evidence: Evidence): DeploymentRecord[] {
  if (evidence.records.kind !== 'found') return [];
  const { records } = evidence.records;
  const { baselineJobId, submittedAt } = evidence.operation;
  const older = olderJobs(evidence);
  const boundary = records.findIndex((record) => record.jobIds.some((id) => older.has(id)));
  const newer = boundary === -1 ? records : records.slice(0, boundary);
  const recorded = baselineJobId !== undefined && records[boundary]?.jobIds.includes(baselineJobId);
  const unmoved = baselineJobId !== undefined && evidence.component.lastJobId === baselineJobId;
  if (!recorded && unmoved) return [];
  const since = recorded ? 0 : Date.parse(submittedAt) - 3_600_000;
  return newer.filter(
    (record) => (record.beginMs ?? since) >= since && newerJobsOf(evidence, record).length > 0,
  );
}

/** The newer `last_job_id`s seen, now or when the outcome was given up, without those proven to be somebody else's meanwhile. */
function newerSeen(evidence: Evidence): string[] {
  const { unattributedJobIds = [] } = evidence.operation;
  return [...new Set([...evidence.newerJobIds, ...unattributedJobIds])].filter((id) => isNewer(evidence, id));
}

function newerJobsOf(evidence: Evidence, record: DeploymentRecord): string[] {
  return record.jobIds.filter((id) => isNewer(evidence, id));
}

function isNewer(evidence: Evidence, jobId: string): boolean {
  return !olderJobs(evidence).has(jobId) && !(evidence.operation.excludedJobIds ?? []).includes(jobId);
}

/** That a job which may be ours was told with its end makes it no older: the others would seem to be the only one. */
function olderJobs(evidence: Evidence): Set<string> {
  const { baselineJobId, unattributedJobIds = [] } = evidence.operation;
  const known = knownJobIds(evidence.status).filter((id) => !unattributedJobIds.includes(id));
  return new Set([...known, ...(baselineJobId === undefined ? [] : [baselineJobId])]);
}

/** Also jobs that were taken for ours and given back: only the verify read spoke against them. */
function unattributed(evidence: Evidence): string[] {
  const recorded = newerRecords(evidence).flatMap((record) => newerJobsOf(evidence, record));
  const { excludedJobIds = [] } = evidence.operation;
  return [...new Set([...excludedJobIds, ...newerSeen(evidence), ...recorded])].slice(0, 5);
}
