// Before a drift is set back: it is still there in a fresh look, and it is no quarrel with somebody who sets it again.
import { pendingToken, withEcho } from '../causes.ts';
import { situation } from '../conditions.ts';
import { driftDue, driftedPointers, isDriftLoop } from '../drift.ts';
import type { Decision, Desired, Facts } from '../facts.ts';
import type { RemoteComponent } from '../types.ts';
import { compareAtRest } from '../wire.ts';
import { withComparison } from './conclusion.ts';
import { show, write } from './steps.ts';

/** What is done instead of the call; undefined when the drift is to be set back. */
export function driftStep(facts: Facts, desired: Desired, component: RemoteComponent): Decision | undefined {
  const { status } = facts.resource;
  const now = withComparison(status, compareAtRest(facts, desired, component), facts);
  if (driftDue(now, desired) !== status.drift?.episode) return write(now);
  return isDriftLoop(status) ? loop(facts, desired) : undefined;
}

function loop(facts: Facts, { intervalMs }: Desired): Decision {
  const { resource } = facts;
  const reset = pendingToken(resource, 'reset');
  if (reset !== undefined) {
    const { reverts: _, ...status } = resource.status;
    return write(withEcho(status, { reset }));
  }
  const fields = resource.status.drift === undefined ? [] : driftedPointers(resource.status.drift);
  const message = `Three times within an hour the component was set back and changed again at ${fields.slice(0, 5).join(', ')}. Find out who changes it, or list the fields in spec.ignoreDifferences; a new spec, or annotation servicestage.io/reset-at with a new value, starts again.`;
  return show(facts, situation('driftLoop', message), { restMs: intervalMs, why: 'drift comes back' });
}
