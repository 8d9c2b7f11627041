// Somebody changed the status so that the operation can no longer be read. What was sent is then unknown, so nothing is
// sent until a person says so with a reset token; a deletion with policy Orphan is not held up.
import { pendingToken, withEcho } from '../causes.ts';
import { situation } from '../conditions.ts';
import type { Decision, Facts } from '../facts.ts';
import { show, write } from './steps.ts';

export function unreadableStatus(facts: Facts): Decision | undefined {
  const { resource } = facts;
  if (resource.statusProblem === undefined) return undefined;
  if (resource.deleting && resource.deletionPolicy === 'Orphan') return undefined;
  const reset = pendingToken(resource, 'reset');
  if (reset !== undefined) {
    const lastApplied = { generation: resource.generation, void: true };
    return write(withEcho({ ...resource.status, lastApplied }, { reset }));
  }
  const message = `The status was changed by another writer: ${resource.statusProblem}. Nothing is sent. Check the component in the console, then set annotation servicestage.io/reset-at to a new value to apply the spec again.`;
  return show(facts, situation('invalidConfiguration', message), {
    restMs: undefined,
    why: 'status unreadable',
  });
}
