// The ends of operations: result, lastApplied (or its voiding) and the history line, always in one write.
import type { HistoryEntry, LastApplied, Operation, OperationPhase, Status } from '../api/status.ts';
import { withOperationEcho } from './causes.ts';
import type { Resource } from './facts.ts';
import { clip } from './text.ts';
import { isoTime } from './time.ts';
import type { Job, RemoteComponent } from './types.ts';

const HISTORY_LENGTH = 10;

export interface End {
  readonly phase: Extract<OperationPhase, 'Succeeded' | 'Failed' | 'Refused' | 'UnknownOutcome' | 'JobLost'>;
  readonly message: string;
  readonly wall: number;
  /** What the history says where it differs from the phase: a lost job whose change is in force. */
  readonly result?: string;
  readonly job?: Job;
  /** The verify read; present for an end that puts the spec in force. */
  readonly component?: RemoteComponent;
}

/** `status` after its open operation has ended: operation, lastApplied, history and the token's echo. */
export function ended(resource: Resource, operation: Operation, end: End): Status {
  const { status } = resource;
  const finishedAt = isoTime(end.wall);
  const closed: Operation = {
    ...operation,
    phase: end.phase,
    finishedAt,
    ...(end.message === '' ? {} : { message: clip(end.message, 512) }),
    ...(end.job === undefined ? {} : { rawStatus: end.job.rawStatus, tasks: shownTasks(end.job) }),
  };
  const next: Status = {
    ...status,
    operation: closed,
    ...applied(resource, closed, end),
    history: withEntry(status.history, entryOf(status, closed, end)),
  };
  return withOperationEcho(next, closed);
}

function applied(resource: Resource, operation: Operation, end: End): { lastApplied?: LastApplied } {
  if (end.phase === 'Refused' || operation.type === 'Delete') return {};
  const before = resource.status.lastApplied;
  if (operation.type === 'Scale') return scaleApplied(before, operation, end);
  if (end.phase !== 'Succeeded') {
    return { lastApplied: { ...(before ?? { generation: operation.generation }), void: true } };
  }
  const { generation, specDigest, secretDigest, keyId, digestVersion, version, keys, jobId } = operation;
  const replica = managesReplica(resource) ? (before?.replica ?? end.component?.replica) : undefined;
  return {
    lastApplied: {
      generation,
      ...(specDigest === undefined ? {} : { specDigest }),
      ...(secretDigest === undefined ? {} : { secretDigest }),
      ...(keyId === undefined ? {} : { keyId }),
      ...(digestVersion === undefined ? {} : { digestVersion }),
      ...(version === undefined ? {} : { version }),
      ...(replica === undefined ? {} : { replica }),
      ...(keys === undefined ? {} : { keys }),
      ...(jobId === undefined ? {} : { jobId }),
      time: isoTime(end.wall),
    },
  };
}

function managesReplica(resource: Resource): boolean {
  return resource.spec.kind === 'valid' && resource.spec.desired.replica !== undefined;
}

/** A scale that does not succeed voids the instance count: the next wish is sent, also the old one come back. */
function scaleApplied(
  before: LastApplied | undefined,
  operation: Operation,
  end: End,
): { lastApplied?: LastApplied } {
  if (before === undefined) return {};
  const { replica: _voided, ...rest } = before;
  if (end.phase !== 'Succeeded' || operation.replica === undefined) return { lastApplied: rest };
  return { lastApplied: { ...rest, replica: operation.replica } };
}

function entryOf(status: Status, operation: Operation, end: End): HistoryEntry {
  const skipped = skippedGenerations(status, operation);
  const { id, type, cause, generation, specDigest, version, jobId, submittedAt, finishedAt } = operation;
  return {
    operationId: id,
    type,
    cause,
    generation,
    ...(skipped === undefined ? {} : { skippedGenerations: skipped }),
    ...(specDigest === undefined ? {} : { specDigest }),
    ...(version === undefined ? {} : { version }),
    ...(jobId === undefined ? {} : { jobId }),
    result: end.result ?? end.phase,
    ...(end.phase === 'Succeeded' ? {} : { reason: clip(end.message, 200) }),
    started: submittedAt,
    ...(finishedAt === undefined ? {} : { finished: finishedAt }),
  };
}

/** Generations between the last one that was sent or found in force and this one; they were overtaken by a newer edit. */
function skippedGenerations(status: Status, operation: Operation): string | undefined {
  const before = Math.max(operation.previousModify?.generation ?? 0, status.lastApplied?.generation ?? 0);
  const first = before + 1;
  const last = operation.generation - 1;
  if (before === 0 || operation.type !== 'Modify' || last < first) return undefined;
  return first === last ? String(first) : `${first}-${last}`;
}

/** `history` with `entry` first; an older entry of the same operation and job is replaced. */
export function withEntry(history: readonly HistoryEntry[] | undefined, entry: HistoryEntry): HistoryEntry[] {
  const others = (history ?? []).filter(
    (e) => e.operationId !== entry.operationId || e.jobId !== entry.jobId,
  );
  return [entry, ...others].slice(0, HISTORY_LENGTH);
}

const ENDED_WELL = new Set(['SUCCEEDED', 'SKIPPED']);

/** At most eight tasks of a job for the status: what failed first, then the newest. */
export function shownTasks(job: Job): Operation['tasks'] {
  const failed = job.tasks.filter((t) => t.status.includes('FAIL'));
  const rest = job.tasks.filter((t) => !failed.includes(t));
  const running = rest.filter((t) => !ENDED_WELL.has(t.status));
  const done = rest.filter((t) => ENDED_WELL.has(t.status));
  return [...failed, ...running, ...done.reverse()].slice(0, 8).map((task) => ({
    name: clip(task.name, 128),
    status: clip(task.status, 32),
    ...(task.message === '' ? {} : { message: clip(task.message, 128) }),
  }));
}

/** Every job that is known to be ours or settled, newest first. */
export function knownJobIds(status: Status): string[] {
  const ids = [
    status.operation?.jobId,
    ...(status.history ?? []).map((e) => e.jobId),
    status.lastApplied?.jobId,
  ];
  return [...new Set(ids.filter((id) => id !== undefined))];
}
