// The writes that more than one rule makes to an open operation: its job became known, or it is closed as no attempt.
import type { Operation } from '../../api/status.ts';
import { situation, withSituation } from '../conditions.ts';
import type { Decision, Facts, Note } from '../facts.ts';
import { clip } from '../text.ts';
import { isoTime } from '../time.ts';
import { requestNote, spokenOf, write } from './steps.ts';

export interface SubmittedJob {
  readonly jobId: string;
  readonly requestId: string | undefined;
  readonly recovered?: true;
}

/** Step 4: the job id becomes durable. */
export function submitted(facts: Facts, operation: Operation, job: SubmittedJob): Decision {
  const {
    notBefore: _n,
    failure: _f,
    finishedAt: _d,
    message: _m,
    unattributedJobIds: _u,
    ...open
  } = operation;
  const next: Operation = {
    ...open,
    phase: 'Submitted',
    jobId: clip(job.jobId, 64),
    ...(job.requestId === undefined ? {} : { requestId: clip(job.requestId, 64) }),
    ...(job.recovered === undefined ? {} : { recovered: job.recovered }),
  };
  const text = runningMessage(next);
  const status = withSituation({ ...facts.resource.status, operation: next }, situation('jobRunning', text), {
    generation: spokenOf(facts.resource, operation),
    wall: facts.now.wall,
  });
  const note: Note = job.recovered
    ? {
        type: 'Normal',
        reason: 'OperationRecovered',
        action: 'Recover',
        note: `The answer was lost, the job was found again: ${job.jobId}. No second call was made.`,
      }
    : {
        type: 'Normal',
        reason: 'JobStarted',
        action: operation.type,
        note: requestNote(text, job.requestId),
      };
  return write(status, {
    notes: [note],
    restMs: facts.settings.pollMs,
    memory: { failures: 0, stuck: undefined },
  });
}

export function runningMessage(operation: Operation): string {
  const what =
    operation.type === 'Scale'
      ? `scales the component to ${operation.replica} instances`
      : `rolls out version ${operation.version}`;
  return `Job ${operation.jobId} ${what}.`;
}

/** The operation closed as no attempt: a later decision starts over, from the newest spec. */
export function closedNotSent(operation: Operation, facts: Facts): Operation {
  return { ...operation, phase: 'NotSent', finishedAt: isoTime(facts.now.wall) };
}
