// One component, one owner. A resource that is not the owner makes no call: not for its spec and not for its deletion. One
// whose changes somebody outside keeps undoing stops as well, until a person says who shall have the component.
import { pendingToken, withEcho } from '../causes.ts';
import { situation } from '../conditions.ts';
import type { Decision, Facts } from '../facts.ts';
import { isContested } from '../overwritten.ts';
import { show, write } from './steps.ts';

export function ownership(facts: Facts): Decision | undefined {
  const { takenBy, resource } = facts;
  if (takenBy !== undefined) {
    return conflict(
      facts,
      `The component belongs to the older resource ${takenBy}; nothing is sent for this one. Delete one of the two, or correct spec.componentId in a new resource; this one takes over when the other is gone.`,
    );
  }
  if (!isContested(resource.status)) return undefined;
  const reset = pendingToken(resource, 'reset');
  if (reset !== undefined) return goOn(facts, reset);
  return pendingToken(resource, 'force') === undefined ? conflict(facts, contestedMessage(facts)) : undefined;
}

/** A person has decided. The last of the two stays counted: one more within the hour stops again. */
function goOn({ resource: { status } }: Facts, reset: string): Decision {
  return write(withEcho({ ...status, overwritten: (status.overwritten ?? []).slice(-1) }, { reset }));
}

function contestedMessage({ resource }: Facts): string {
  const jobs = (resource.status.overwritten ?? []).map(({ jobId }) => jobId).join(' and ');
  return `Twice within an hour a modify of somebody else replaced what was applied here (jobs ${jobs}): another installation or person works on this component. Nothing more is sent; once that is settled, set annotation servicestage.io/reset-at or servicestage.io/force-apply-at to a new value.`;
}

function conflict(facts: Facts, message: string): Decision {
  const shown = situation('ownershipConflict', message);
  const note = { type: 'Warning', reason: 'OwnershipConflict', action: 'Wait', note: message } as const;
  return show(facts, shown, { restMs: undefined, why: 'the component is not ours', notes: [note] });
}
