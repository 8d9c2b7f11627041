// Step 5: a submitted job, followed to its end. Polling is requeued work; progress is not written per poll.
import type { Operation } from '../../api/status.ts';
import { findCondition, situation, withSituation } from '../conditions.ts';
import type { Decision, Facts, MemoryPatch } from '../facts.ts';
import { ended, knownJobIds } from '../history.ts';
import { UNKNOWN_READS_MS } from '../memory.ts';
import { usability } from '../remote.ts';
import { clip, sentence } from '../text.ts';
import { epochMs } from '../time.ts';
import type { Job, RemoteComponent } from '../types.ts';
import { compareAfterJob } from '../wire.ts';
import { conclude, shownFor } from './conclusion.ts';
import { runningMessage } from './operation.ts';
import { needComponent, needJob, rest, spokenOf, write } from './steps.ts';

const LAG_READS = 10;
const SLOW_POLL_MS = 60_000;

export function followJob(facts: Facts): Decision | undefined {
  const { operation } = facts.resource.status;
  if (operation?.phase !== 'Submitted' || operation.jobId === undefined) return undefined;
  const lookup = needJob(facts, operation.jobId);
  if (lookup.kind === 'do') return lookup.decision;
  if (lookup.value.kind === 'missing') return forgotten(facts, operation);
  const job = lookup.value.value;
  switch (job.phase) {
    case 'running':
      return withMemory(stillRunning(facts, operation), { unknownReads: undefined });
    case 'unknown':
      return unknownState(facts, operation);
    case 'failed':
      return jobFailed(facts, operation, job);
    case 'succeeded':
      return jobSucceeded(facts, operation, job);
    default: {
      const never: never = job.phase;
      return never;
    }
  }
}

/** Reads that count only in a row are forgotten by the one that says otherwise. */
function withMemory(decision: Decision, memory: MemoryPatch): Decision {
  if (decision.kind !== 'rest' && decision.kind !== 'write') return decision;
  return { ...decision, memory: { ...decision.memory, ...memory } };
}

function stillRunning(facts: Facts, operation: Operation): Decision {
  const { now, settings, resource } = facts;
  const age = now.wall - (epochMs(operation.submittedAt) ?? now.wall);
  if (age < settings.jobDeadlineMs) {
    const shown = situation('jobRunning', runningMessage(operation));
    const ready = findCondition(resource.status, 'Ready');
    if (ready?.status === 'Unknown' || resource.deleting) return rest('job runs', settings.pollMs);
    const stamp = { generation: spokenOf(resource, operation), wall: now.wall };
    return write(withSituation(resource.status, shown, stamp), { restMs: settings.pollMs });
  }
  const minutes = Math.round(settings.jobDeadlineMs / 60_000);
  const message = `Job ${operation.jobId} has not ended within ${minutes} minutes; it is still looked at and never sent again. Look at it in the ServiceStage console.`;
  if (resource.deleting || findCondition(resource.status, 'Stalled')?.reason === 'Timeout')
    return rest('job past its deadline', SLOW_POLL_MS);
  const status = withSituation(resource.status, situation('jobTimeout', message), {
    generation: spokenOf(resource, operation),
    wall: now.wall,
  });
  return write(status, {
    restMs: SLOW_POLL_MS,
    notes: [{ type: 'Warning', reason: 'JobFailed', action: operation.type, note: message }],
  });
}

/** A job that the service does not know may be new (lag) or expired; it counts only after the settle. */
function forgotten(facts: Facts, operation: Operation): Decision {
  const seenMs = facts.now.mono - (facts.memory.firstSeenMono ?? facts.now.mono);
  if (seenMs < facts.settings.settleMs) return rest('job not visible yet', facts.settings.pollMs);
  return lostJob(facts, operation, `ServiceStage no longer knows job ${operation.jobId}`);
}

function unknownState(facts: Facts, operation: Operation): Decision {
  const { memory, now, settings } = facts;
  const before = memory.unknownReads ?? { count: 0, lastMono: Number.NEGATIVE_INFINITY };
  const counts = now.mono - before.lastMono >= UNKNOWN_READS_MS;
  const unknownReads = counts ? { count: before.count + 1, lastMono: now.mono } : before;
  if (unknownReads.count >= 3)
    return lostJob(facts, operation, `ServiceStage reports job ${operation.jobId} as UNKNOWN`);
  return rest('job state unknown', Math.max(settings.pollMs, UNKNOWN_READS_MS), { unknownReads });
}

/** The job's own word is lost; the component is the next best witness. */
function lostJob(facts: Facts, operation: Operation, what: string): Decision {
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup.decision;
  const component = lookup.value.kind === 'found' ? lookup.value.value : undefined;
  // Past the deadline it is shown as that, and still looked at.
  if (component !== undefined && usability(component) === 'busy') return stillRunning(facts, operation);
  if (component?.status === 'RUNNING' && isInForceAt(facts, operation, component)) {
    const message = `${what}; the component runs and equals the spec.`;
    return conclude(facts, operation, { component, message, result: 'JobLost' });
  }
  const message = `${what}, and the component ${component === undefined ? 'is missing' : 'does not show the change'}. Look at it in the console; a newer spec, or annotation servicestage.io/reset-at with a new value, sends again.`;
  const after = ended(facts.resource, operation, { phase: 'JobLost', message, wall: facts.now.wall });
  return write(shownFor(facts, after, ['jobLost', message]), {
    notes: [{ type: 'Warning', reason: 'UnknownOutcome', action: operation.type, note: message }],
  });
}

function isInForceAt(facts: Facts, operation: Operation, component: RemoteComponent): boolean {
  if (operation.type === 'Scale') return component.replica === operation.replica;
  const comparison = compareAfterJob(facts, operation, component);
  return comparison.kind === 'compared' && comparison.changed.length === 0;
}

function jobFailed(facts: Facts, operation: Operation, job: Job): Decision {
  const task = job.tasks.find((t) => t.status.includes('FAIL')) ?? job.tasks.find((t) => t.message !== '');
  const detail =
    task === undefined
      ? ''
      : `: task ${task.name}${task.message === '' ? '' : ` says "${clip(task.message, 128)}"`}`;
  const message = `${sentence(`Job ${job.id} ended ${job.rawStatus}${detail}`)} Correct the spec, or set annotation servicestage.io/reset-at to a new value to send it again.`;
  const after = ended(facts.resource, operation, { phase: 'Failed', message, wall: facts.now.wall, job });
  return write(shownFor(facts, after, ['jobFailed', message]), {
    notes: [{ type: 'Warning', reason: 'JobFailed', action: operation.type, note: message }],
  });
}

function jobSucceeded(facts: Facts, operation: Operation, job: Job): Decision {
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup.decision;
  if (lookup.value.kind === 'missing') {
    const message = `Job ${job.id} succeeded, then the component was no longer found: ${lookup.value.message}.`;
    const after = ended(facts.resource, operation, {
      phase: 'Succeeded',
      message,
      wall: facts.now.wall,
      job,
    });
    return write(shownFor(facts, after, ['notFound', message]));
  }
  const component = lookup.value.value;
  if (isBehind(facts, operation, component) && facts.memory.failures < LAG_READS) {
    return rest('the service shows an older state than our job', facts.settings.pollMs, {
      failures: facts.memory.failures + 1,
    });
  }
  if (isNotOurs(facts, operation, component)) return backToIntent(facts, operation);
  return conclude(facts, operation, { component, job, message: '' });
}

function isBehind(facts: Facts, operation: Operation, component: RemoteComponent): boolean {
  const { lastJobId } = component;
  if (lastJobId === undefined || lastJobId === operation.jobId) return false;
  return lastJobId === operation.baselineJobId || knownJobIds(facts.resource.status).includes(lastJobId);
}

/** A job that was found again, ended well, and left another component than we asked for was somebody else's. */
function isNotOurs(facts: Facts, operation: Operation, component: RemoteComponent): boolean {
  if (operation.recovered !== true || operation.type !== 'Modify' || component.lastJobId !== operation.jobId)
    return false;
  const comparison = compareAfterJob(facts, operation, component);
  return comparison.kind === 'compared' && comparison.changed.length > 0;
}

function backToIntent(facts: Facts, operation: Operation): Decision {
  const { jobId, recovered: _r, requestId: _q, ...rest_ } = operation;
  const excludedJobIds = [...(operation.excludedJobIds ?? []), ...(jobId === undefined ? [] : [jobId])].slice(
    -5,
  );
  return write({ ...facts.resource.status, operation: { ...rest_, phase: 'Intent', excludedJobIds } });
}
