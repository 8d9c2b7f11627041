// Somebody changed the status so that the operation can no longer be read. What was sent is then unknown, so nothing is
// sent until a person says so with a reset token; a deletion with policy Orphan is not held up.
import type { Operation, Status } from '../../api/status.ts';
import { isOpen, pendingToken } from '../causes.ts';
import { situation } from '../conditions.ts';
import type { Decision, Facts } from '../facts.ts';
import { isoTime } from '../time.ts';
import { show, write } from './steps.ts';

export function unreadableStatus(facts: Facts): Decision | undefined {
  const { resource } = facts;
  if (resource.statusProblem === undefined) return undefined;
  if (resource.deleting && resource.deletionPolicy === 'Orphan') return undefined;
  if (pendingToken(resource, 'reset') !== undefined) return write(readable(facts));
  const message = `The status was changed by another writer: ${resource.statusProblem}. Nothing is sent. Check the component in the console, then set annotation servicestage.io/reset-at to a new value to apply the spec again.`;
  return show(facts, situation('invalidConfiguration', message), {
    restMs: undefined,
    why: 'status unreadable',
  });
}

/**
 * The status with what cannot be read replaced: nothing is known to be in force, and no attempt was made; only an operation that
 * is open, and readable, goes on. The token stays pending, so that it is the cause of what is sent next and is echoed by its end.
 */
function readable({ resource, now, newId }: Facts): Status {
  const { status, generation, statusProblem = '' } = resource;
  const attempt: Operation = {
    id: newId,
    type: 'Modify',
    cause: 'Reset',
    generation,
    attempt: 1,
    phase: 'NotSent',
    submittedAt: isoTime(now.wall),
    message: 'What was known before it could not be read.',
  };
  const operation = isOpen(status.operation) ? status.operation : attempt;
  return {
    ...status,
    ...(operation === undefined ? {} : { operation }),
    lastApplied: { generation, void: true },
    ...(statusProblem.includes('status.history') ? { history: [] } : {}),
  };
}
