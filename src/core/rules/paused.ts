// Pause: no new operation starts. It is shown at once, also while a job runs; the job is still followed, and a deletion still
// works, because those rules stand between the two of this file.
import { ANNOTATIONS, type PausedReason } from '../../api/names.ts';
import type { Status } from '../../api/status.ts';
import { findCondition, situation, withPaused, withSituation } from '../conditions.ts';
import type { Decision, Facts } from '../facts.ts';
import { rest, write } from './steps.ts';

interface Pause {
  readonly reason: PausedReason;
  readonly message: string;
}

/** Shows a pause, or that it is over, in one write. */
export function showPause(facts: Facts): Decision | undefined {
  const { resource, now } = facts;
  const pause = pauseOf(facts);
  const shown = findCondition(resource.status, 'Paused');
  if (pause === undefined) {
    if (shown === undefined) return undefined;
    const note = {
      type: 'Normal',
      reason: 'Resumed',
      action: 'Resume',
      note: 'Resumed; the newest spec is applied.',
    } as const;
    return write(resumed(resource.status, now.wall), { notes: [note] });
  }
  if (shown?.reason === pause.reason) return undefined;
  const bornPaused = findCondition(resource.status, 'Ready') === undefined;
  const before = bornPaused
    ? withSituation(resource.status, situation('bornPaused', pause.message), {
        generation: resource.status.observedGeneration,
        wall: now.wall,
      })
    : resource.status;
  const note = { type: 'Normal', reason: 'Paused', action: 'Pause', note: pause.message } as const;
  return write(withPaused(before, pause, now.wall), { notes: [note] });
}

/** Ends a pass that would start something new. What a job that ended meanwhile left to be done is not being done. */
export function holdWhilePaused(facts: Facts): Decision | undefined {
  const pause = pauseOf(facts);
  if (pause === undefined) return undefined;
  const { status } = facts.resource;
  const held = withPaused(status, pause, facts.now.wall);
  const holds = held.conditions?.length === status.conditions?.length;
  return holds ? rest('paused', undefined) : write(held);
}

/** The pause took Reconciling away; what was being worked on goes on, and says so until it is looked at again. */
function resumed(status: Status, wall: number): Status {
  const open = withPaused(status, undefined, wall);
  const unsettled = findCondition(open, 'Ready')?.status === 'Unknown' && !findCondition(open, 'Reconciling');
  if (!unsettled) return open;
  const shown = situation('scaleWaiting', 'Resumed; the component is looked at next.');
  return withSituation(open, shown, { generation: status.observedGeneration, wall });
}

function pauseOf(facts: Facts): Pause | undefined {
  const { spec, annotations } = facts.resource;
  if (facts.settings.operatorPaused) {
    return {
      reason: 'OperatorPaused',
      message: 'The operator runs with --suspend-all; nothing is sent until it is restarted without it.',
    };
  }
  if (annotations[ANNOTATIONS.paused] === 'true') {
    return {
      reason: 'AnnotationPaused',
      message: `Paused by annotation ${ANNOTATIONS.paused}; remove it to resume.`,
    };
  }
  if (spec.kind === 'valid' && spec.desired.suspend) {
    return { reason: 'SpecSuspended', message: 'Paused by spec.suspend; set it to false to resume.' };
  }
  return undefined;
}
