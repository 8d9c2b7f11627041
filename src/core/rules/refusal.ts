// A refusal stands only when nothing else moved: the service answers 400 also when it is busy, and a job that started in
// between may become visible late.
import type { Operation, Status } from '../../api/status.ts';
import { withEpisode } from '../drift.ts';
import type { Decision, Facts } from '../facts.ts';
import { knownJobIds } from '../history.ts';
import { epochMs } from '../time.ts';
import { needComponent, rest, write } from './steps.ts';

const REFUSAL_WATCH_MS = 3_600_000;

/** One more look after the settle: a newer job means that the refused call was overtaken, so the refusal does not count. */
export function withdrawnRefusal(facts: Facts): Decision | undefined {
  const { operation } = facts.resource.status;
  if (operation?.phase !== 'Refused' || facts.memory.refusalChecked === true) return undefined;
  const age = facts.now.wall - (epochMs(operation.finishedAt) ?? 0);
  if (age > REFUSAL_WATCH_MS) return undefined;
  if (age < facts.settings.settleMs)
    return rest(
      'a refusal is looked at again after the settle',
      Math.min(facts.settings.settleMs - age, facts.settings.settleMs) + 1_000,
    );
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup.decision;
  const lastJobId = lookup.value.kind === 'found' ? lookup.value.value.lastJobId : undefined;
  const newer =
    lastJobId !== undefined &&
    lastJobId !== operation.baselineJobId &&
    !knownJobIds(facts.resource.status).includes(lastJobId);
  if (!newer)
    return {
      kind: 'note',
      notes: [],
      memory: { refusalChecked: true, operationId: operation.id },
      why: 'refusal stands',
    };
  return write(withdraw(facts.resource.status, operation));
}

function withdraw(status: Status, operation: Operation): Status {
  const { tokenBefore, ...closed } = operation;
  const history = (status.history ?? []).filter((entry) => entry.operationId !== operation.id);
  const next: Status = { ...status, operation: { ...closed, phase: 'NotSent' }, history };
  if (operation.cause === 'Drift') return withEpisode(next, operation.token);
  if (operation.token === undefined) return next;
  const field = operation.cause === 'Force' ? 'lastHandledForceAt' : 'lastHandledResetAt';
  const { [field]: _echo, ...unechoed } = next;
  return tokenBefore === undefined ? unechoed : { ...unechoed, [field]: tokenBefore };
}
