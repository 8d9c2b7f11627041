// After an outcome that could not be told: reading goes on. Evidence un-stalls, and every job that may be ours is told with
// its true end, so that nothing the service still knows is lost.
import type { Operation } from '../../api/status.ts';
import type { Decision, Facts } from '../facts.ts';
import { withEntry } from '../history.ts';
import { clip } from '../text.ts';
import { isoTime } from '../time.ts';
import { submitted } from './operation.ts';
import { examine } from './recovery.ts';
import { needJob, write } from './steps.ts';

/** Jobs that may be ours are told before anything else begins, since a newer operation no longer knows of them. */
export function untoldJobs(facts: Facts): Decision | undefined {
  const { operation, history = [] } = facts.resource.status;
  if (operation?.phase !== 'UnknownOutcome') return undefined;
  const untold = (operation.unattributedJobIds ?? []).filter((id) => !history.some((e) => e.jobId === id));
  return untold.length === 0 ? undefined : attribution(facts);
}

/** An unknown outcome is still looked at: evidence un-stalls it, and jobs that may be ours are told with their end. */
export function attribution(facts: Facts): Decision | undefined {
  const { operation } = facts.resource.status;
  if (operation?.phase !== 'UnknownOutcome') return undefined;
  const seenMs = facts.now.mono - (facts.memory.firstSeenMono ?? facts.now.mono);
  const found = examine(facts, operation, seenMs);
  if (found.kind === 'do') return found.decision;
  if (found.value.kind === 'ours')
    return submitted(facts, operation, { jobId: found.value.jobId, requestId: undefined, recovered: true });
  for (const jobId of operation.unattributedJobIds ?? []) {
    const told = tellJob(facts, operation, jobId);
    if (told !== undefined) return told;
  }
  return undefined;
}

function tellJob(facts: Facts, operation: Operation, jobId: string): Decision | undefined {
  const { status } = facts.resource;
  if ((status.history ?? []).some((entry) => entry.jobId === jobId)) return undefined;
  const job = needJob(facts, jobId);
  if (job.kind === 'do') return job.decision;
  if (job.value.kind === 'found' && job.value.value.phase === 'running') return undefined;
  const raw = job.value.kind === 'found' ? job.value.value.rawStatus : 'no longer known';
  const text = `Job ${jobId}, newer than the lost call and not attributed to it, is ${raw}.`;
  const history = withEntry(status.history, {
    operationId: operation.id,
    type: operation.type,
    cause: operation.cause,
    generation: operation.generation,
    jobId,
    result: 'Unattributed',
    reason: clip(text, 200),
    finished: isoTime(facts.now.wall),
  });
  return write(
    { ...status, history },
    { notes: [{ type: 'Warning', reason: 'UnknownOutcome', action: 'Recover', note: text }] },
  );
}
