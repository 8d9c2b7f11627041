// Pause: no new operation starts. A running job is still followed and a deletion still works, because those rules come first.
import { ANNOTATIONS, type PausedReason } from '../../api/names.ts';
import { findCondition, situation, withPaused, withSituation } from '../conditions.ts';
import type { Decision, Facts } from '../facts.ts';
import { rest, write } from './steps.ts';

interface Pause {
  readonly reason: PausedReason;
  readonly message: string;
}

export function pausedOrResumed(facts: Facts): Decision | undefined {
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
    return write(withPaused(resource.status, undefined, now.wall), { notes: [note] });
  }
  if (shown?.reason === pause.reason) return rest('paused', undefined);
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
