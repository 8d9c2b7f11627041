// The steps that several rules share: ask for a read, write a situation once, wait, fail.
import type { Operation, Status } from '../../api/status.ts';
import { isOpen, modifyDue, scaleDue, withFirstSightEcho } from '../causes.ts';
import { findCondition, type Situation, shows, situation, withSituation, withSynced } from '../conditions.ts';
import { retryDelayMs, spreadOf } from '../delay.ts';
import type { Account, Decision, Facts, Memory, MemoryPatch, Note, ReadRequest, Resource } from '../facts.ts';
import { sentence } from '../text.ts';
import type { Failure, Job, Lookup, RecordsLookup, RemoteComponent } from '../types.ts';

/** How long a missing or refused credential, or a missing permission, is "retrying" before it counts as stalled. */
export const STALL_AFTER_MS = 600_000;

/** So many failed reads in a row are a blip, which is not worth a status write. */
const BLIP_READS = 2;

/** A value that the rule needs: there, or the decision that gets it or waits for it. */
export type Needed<T> =
  | { readonly kind: 'have'; readonly value: T }
  | { readonly kind: 'do'; readonly decision: Decision };

export function have<T>(value: T): Needed<T> {
  return { kind: 'have', value };
}

export function instead<T>(decision: Decision): Needed<T> {
  return { kind: 'do', decision };
}

export function read(request: ReadRequest): Decision {
  return { kind: 'read', read: request };
}

export function rest(why: string, ms: number | undefined, memory?: MemoryPatch): Decision {
  return { kind: 'rest', why, ms, ...(memory === undefined ? {} : { memory }) };
}

export function needAccount(facts: Facts): Needed<Account> {
  const { account } = facts.reads;
  if (account === undefined) return instead(read({ what: 'account' }));
  return account.kind === 'ok' ? have(account.value) : instead(failed(facts, account.failure));
}

export function needComponent(facts: Facts): Needed<Lookup<RemoteComponent>> {
  const account = needAccount(facts);
  if (account.kind === 'do') return account;
  const { component } = facts.reads;
  if (component === undefined) return instead(read({ what: 'component' }));
  return component.kind === 'ok' ? have(component.value) : instead(failed(facts, component.failure));
}

export function needRecords(facts: Facts): Needed<RecordsLookup> {
  const { records } = facts.reads;
  if (records === undefined) return instead(read({ what: 'records' }));
  return records.kind === 'ok' ? have(records.value) : instead(failed(facts, records.failure));
}

export function needJob(facts: Facts, jobId: string): Needed<Lookup<Job>> {
  const account = needAccount(facts);
  if (account.kind === 'do') return account;
  const job = facts.reads.jobs[jobId];
  if (job === undefined) return instead(read({ what: 'job', jobId }));
  return job.kind === 'ok' ? have(job.value) : instead(failed(facts, job.failure));
}

export interface Showing {
  readonly restMs: number | undefined;
  readonly why: string;
  readonly notes?: readonly Note[];
  readonly memory?: MemoryPatch;
}

/**
 * The generation that a status with this operation speaks of: that of the operation, not of an edit that waits behind it.
 * It never goes back.
 */
export function spokenOf(resource: Resource, operation: Operation): number {
  return Math.min(resource.generation, Math.max(resource.status.observedGeneration, operation.generation));
}

/** Writes `shown` unless the status says so already, then waits. */
export function show(facts: Facts, shown: Situation, options: Showing): Decision {
  const { resource, now } = facts;
  const { restMs, why, notes = [], memory } = options;
  const { operation } = resource.status;
  const generation =
    operation !== undefined && isOpen(operation) ? spokenOf(resource, operation) : resource.generation;
  if (shows(resource.status, shown, generation)) return rest(why, restMs, memory);
  const stamp = { generation, wall: now.wall };
  const status = withSituation(withFirstSightEcho(resource, resource.status), shown, stamp);
  return write(status, { restMs: restMs ?? Number.POSITIVE_INFINITY, notes, memory });
}

export interface Writing {
  readonly notes?: readonly Note[];
  readonly restMs?: number | undefined;
  readonly memory?: MemoryPatch | undefined;
}

/** A status write under the tests on the operation; without `restMs` the pass goes on. */
export function write(status: Status, writing: Writing = {}): Decision {
  const { notes = [], restMs, memory } = writing;
  return {
    kind: 'write',
    status,
    precondition: 'operation',
    notes,
    ...(restMs === undefined ? {} : { restMs }),
    ...(memory === undefined ? {} : { memory }),
  };
}

/** A read or a submit did not get through: show it as the table of failures says, and wait. */
export function failed(facts: Facts, failure: Failure): Decision {
  const { resource, memory } = facts;
  const failures = memory.failures + 1;
  const restMs = retryDelayMs(failure, failures, spreadOf(resource.uid));
  const why = `${failure.class} failure`;
  if (keepsLastTruth(facts, failure)) {
    if (failures <= BLIP_READS) return rest(why, restMs, { failures });
    if (!resource.deleting) return unchecked(facts, failure, { restMs, why, memory: { failures } });
  }
  const shown = failureSituation(facts, failure);
  return show(facts, shown, {
    restMs,
    why,
    memory: { failures, ...stuckSince(facts, failure) },
    notes: failureNotes(facts, shown, failure),
  });
}

/** The last truth stays, and Synced says that it could not be checked and why. */
function unchecked({ resource, now }: Facts, failure: Failure, options: Showing): Decision {
  const { restMs, why, memory } = options;
  const message = `ServiceStage cannot be read; the last view is kept: ${sentence(failure.message)}`;
  const synced = findCondition(resource.status, 'Synced');
  if (synced?.reason === 'CheckFailed' && synced.message === message) return rest(why, restMs, memory);
  const shown = { status: 'Unknown', reason: 'CheckFailed', message } as const;
  return write(withSynced(resource.status, shown, now.wall), { restMs, memory });
}

/** A network fault or a throttle says nothing about the component: Ready for this generation stays, a job runs on. */
function keepsLastTruth(facts: Facts, failure: Failure): boolean {
  if (nothingIsDue(facts)) return true;
  if (failure.class !== 'transient' && failure.class !== 'throttled' && failure.class !== 'unknownOutcome')
    return false;
  const { status, generation } = facts.resource;
  if (facts.resource.deleting || status.operation?.phase === 'Submitted') return true;
  if (findCondition(status, 'Reconciling')?.reason === 'Recovering') return true;
  const ready = findCondition(status, 'Ready');
  return ready?.status === 'True' && status.observedGeneration === generation;
}

const ENDS: ReadonlySet<string> = new Set(['JobFailedTerminal', 'JobLost', 'UnknownOutcome', 'InvalidSpec']);

/** In force, or stalled by the end of an attempt, and nothing is due: a look that fails, for whatever reason, changes neither. */
function nothingIsDue({ resource, reads }: Facts): boolean {
  const { status, generation, spec, deleting } = resource;
  if (deleting || spec.kind === 'invalid' || isOpen(status.operation)) return false;
  const ended = ENDS.has(findCondition(status, 'Stalled')?.reason ?? '');
  if (!ended && findCondition(status, 'Ready')?.status !== 'True') return false;
  if (status.observedGeneration !== generation) return false;
  const account = reads.account?.kind === 'ok' ? reads.account.value : undefined;
  return (
    modifyDue(resource, spec.desired, account) === undefined &&
    scaleDue(resource, spec.desired).kind !== 'due'
  );
}

/** The situation of a failure; credentials and permissions stall only after ten minutes of it. */
export function failureSituation(facts: Facts, failure: Failure): Situation {
  const message = sentence(failure.message);
  const long = isLongStuck(facts, failure) ? 'Long' : '';
  if (facts.resource.deleting) return situation('deleting', `Deletion waits: ${message}`);
  switch (failure.class) {
    case 'transient':
    case 'unknownOutcome':
      return situation('retrying', message);
    case 'throttled':
      return situation('throttled', message);
    case 'permission':
      return situation(`permissionDenied${long}`, message);
    case 'credentials':
      return failure.httpStatus === undefined
        ? situation(`credentialsUnavailable${long}`, message)
        : situation(`credentialsRejected${long}`, message);
    case 'configuration':
    case 'permanent':
      return situation('invalidConfiguration', message);
    default: {
      const never: never = failure.class;
      return never;
    }
  }
}

/** What has to last before it stalls: by the words of Ready, since that is what a person sees last. */
function stuckReason({ class: kind, httpStatus }: Failure): string | undefined {
  if (kind === 'permission') return 'PermissionDenied';
  if (kind !== 'credentials') return undefined;
  return httpStatus === undefined ? 'CredentialsUnavailable' : 'CredentialsRejected';
}

/**
 * Since when the service cannot be used for one reason, on this process's own clock: Ready's time is no measure, since it stays
 * where it is when one cause of False follows another. A reason not seen for longer than any wait between two looks is new.
 */
export function stuckSince({ memory, now }: Facts, failure: Failure): Pick<Memory, 'stuck'> {
  const reason = stuckReason(failure);
  if (reason === undefined) return {};
  const { stuck } = memory;
  const goesOn = stuck?.reason === reason && now.mono - stuck.lastMono <= 2 * STALL_AFTER_MS;
  return { stuck: { reason, sinceMono: goesOn ? stuck.sinceMono : now.mono, lastMono: now.mono } };
}

function isLongStuck(facts: Facts, failure: Failure): boolean {
  const { stuck } = stuckSince(facts, failure);
  if (stuck === undefined) return false;
  if (findCondition(facts.resource.status, 'Stalled')?.reason === stuck.reason) return true;
  return facts.now.mono - stuck.sinceMono >= STALL_AFTER_MS;
}

function failureNotes(facts: Facts, shown: Situation, failure: Failure): Note[] {
  const note = requestNote(sentence(failure.message), failure.requestId);
  if (facts.resource.deleting) return [{ type: 'Warning', reason: 'DeleteBlocked', action: 'Delete', note }];
  const before = findCondition(facts.resource.status, 'Ready')?.reason;
  if (before === shown.ready[1]) return [];
  if (failure.class === 'throttled') return [{ type: 'Warning', reason: 'Throttled', action: 'Wait', note }];
  if (failure.class === 'credentials')
    return [{ type: 'Warning', reason: 'CredentialsUnavailable', action: 'Wait', note }];
  return [];
}

/** Text of an event with the request id that a support ticket needs. */
export function requestNote(text: string, requestId: string | undefined): string {
  return requestId === undefined ? text : `${text.replace(/\.$/, '')} (request id ${requestId}).`;
}
