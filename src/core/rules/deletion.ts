// The resource is being deleted. Orphan releases it at once, Delete follows the component to its absence. Neither waits for
// more than one settle of an open intent, and Orphan needs no credentials and no answer of the service.
import type { Operation } from '../../api/status.ts';
import { situation, withSituation } from '../conditions.ts';
import { retryDelayMs, spreadOf } from '../delay.ts';
import type { Decision, Facts, Note } from '../facts.ts';
import { usability } from '../remote.ts';
import { clip, sentence } from '../text.ts';
import type { Failure, RemoveOutcome } from '../types.ts';
import { followJob } from './job.ts';
import { begun } from './modify.ts';
import { needComponent, requestNote, rest, show, write } from './steps.ts';

const DELETE_LOOK_MS = 5_000;
const TRIES_BEFORE_STALLED = 5;

export function deletion(facts: Facts): Decision | undefined {
  const { resource } = facts;
  if (!resource.deleting) return undefined;
  if (!resource.hasFinalizer) return rest('deleted, not held by us', undefined);
  if (resource.deletionPolicy === 'Orphan' || facts.takenBy !== undefined) return orphan(facts);
  const job = resource.status.operation?.type === 'Delete' ? undefined : followJob(facts);
  return job ?? remove(facts);
}

function orphan(facts: Facts): Decision {
  const { operation } = facts.resource.status;
  const why =
    facts.takenBy === undefined ? 'deletionPolicy Orphan' : `it belongs to resource ${facts.takenBy}`;
  const running = operation?.phase === 'Submitted' ? ` Job ${operation.jobId} runs on.` : '';
  const note: Note = {
    type: 'Normal',
    reason: 'Orphaned',
    action: 'Delete',
    note: `The component stays in ServiceStage as it is (${why}).${running}`,
  };
  return { kind: 'finalizer', change: 'remove', notes: [note] };
}

function remove(facts: Facts): Decision {
  const answer = answerOf(facts);
  if (answer !== undefined) return afterRemove(facts, answer);
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup.decision;
  if (lookup.value.kind === 'missing' || usability(lookup.value.value) === 'gone') return released();
  const component = lookup.value.value;
  if (usability(component) === 'busy') {
    const message = `The component is ${component.status || 'in an unknown state'}; its deletion ${component.status === 'DELETING' ? 'runs' : 'waits'}.`;
    return show(facts, situation('deleting', message), { restMs: DELETE_LOOK_MS, why: 'component busy' });
  }
  const { operation } = facts.resource.status;
  if (operation?.type !== 'Delete') return beginDelete(facts);
  if (operation.phase === 'Submitted' && !isDueAgain(facts)) return rest('deletion accepted', DELETE_LOOK_MS);
  return { kind: 'send', operation, request: { kind: 'remove' } };
}

function answerOf(facts: Facts): RemoveOutcome | undefined {
  const { memory, resource } = facts;
  if (memory.answer?.to !== 'remove' || memory.operationId !== resource.status.operation?.id)
    return undefined;
  return memory.answer.outcome;
}

/** DELETE may be repeated after a look: an accepted one that left the component idle for a settle did not take. */
function isDueAgain(facts: Facts): boolean {
  const { sentMono, firstSeenMono } = facts.memory;
  return facts.now.mono - (sentMono ?? firstSeenMono ?? facts.now.mono) >= facts.settings.settleMs;
}

function beginDelete(facts: Facts): Decision {
  const operation: Operation = { ...begun(facts, { cause: 'Deletion' }), type: 'Delete' };
  const message = 'The component is being deleted in ServiceStage (deletionPolicy Delete).';
  const status = withSituation({ ...facts.resource.status, operation }, situation('deleting', message), {
    generation: facts.resource.generation,
    wall: facts.now.wall,
  });
  return { kind: 'write', status, precondition: 'resourceVersion', notes: [] };
}

function released(): Decision {
  const note: Note = {
    type: 'Normal',
    reason: 'Deleted',
    action: 'Delete',
    note: 'The component no longer exists in ServiceStage.',
  };
  return { kind: 'finalizer', change: 'remove', notes: [note] };
}

function afterRemove(facts: Facts, outcome: RemoveOutcome): Decision {
  switch (outcome.kind) {
    case 'gone':
      return released();
    case 'accepted':
      return accepted(facts);
    case 'busy':
    case 'unknown':
      return again(facts, outcome.failure);
    case 'refused':
      return again(facts, outcome.failure);
    default: {
      const never: never = outcome;
      return never;
    }
  }
}

const FORGET = { answer: undefined } as const;

function accepted(facts: Facts): Decision {
  const { operation } = facts.resource.status;
  if (operation === undefined || operation.phase === 'Submitted')
    return rest('deletion accepted', DELETE_LOOK_MS, FORGET);
  return write(
    { ...facts.resource.status, operation: { ...operation, phase: 'Submitted' } },
    { restMs: DELETE_LOOK_MS, memory: FORGET },
  );
}

function again(facts: Facts, failure: Failure): Decision {
  const failures = facts.memory.failures + 1;
  const restMs = retryDelayMs(failure, failures, spreadOf(facts.resource.uid));
  const stalled = failures >= TRIES_BEFORE_STALLED || failure.class === 'permanent';
  const message = clip(
    `Deletion in ServiceStage did not get through: ${sentence(failure.message)} It is tried again; annotation servicestage.io/deletion-policy: Orphan releases the resource without it.`,
    512,
  );
  const note: Note = {
    type: 'Warning',
    reason: 'DeleteBlocked',
    action: 'Delete',
    note: requestNote(message, failure.requestId),
  };
  return show(facts, situation(stalled ? 'deleteFailed' : 'deleting', message), {
    restMs,
    why: 'deletion not accepted',
    notes: [note],
    memory: { failures, ...FORGET },
  });
}
