// Nothing is left to send. What remains: say so for the newest generation, finish looks that are owed, answer tokens,
// and compare with the service once per interval. At rest this writes nothing and calls nobody.
import type { Operation, Status } from '../../api/status.ts';
import {
  heldCall,
  isInForce,
  lastAttempt,
  pendingToken,
  scaleDue,
  withEcho,
  withFirstSightEcho,
} from '../causes.ts';
import { findCondition, shows, situation, withSituation } from '../conditions.ts';
import type { Decision, Desired, Facts } from '../facts.ts';
import { remoteOf } from '../remote.ts';
import { notFound } from './approach.ts';
import { attribution } from './attribution.ts';
import { check, following } from './check.ts';
import { afterState, heldBy, inForceMessage, type Shown } from './conclusion.ts';
import { withdrawnRefusal } from './refusal.ts';
import { have, instead, type Needed, needComponent, rest, write } from './steps.ts';

export function settled(facts: Facts): Decision {
  const { spec } = facts.resource;
  if (spec.kind === 'invalid') return rest('spec invalid', undefined);
  return (
    redigested(facts, spec.desired) ??
    standing(facts, spec.desired) ??
    withdrawnRefusal(facts) ??
    attribution(facts) ??
    check(facts, spec.desired)
  );
}

/**
 * What was recorded by another algorithm is recorded anew: it is the same generation, so it was this spec. Without that every
 * later edit would look like another spec.
 */
function redigested({ resource }: Facts, desired: Desired): Decision | undefined {
  const { status, generation } = resource;
  const { specDigest, digestVersion } = desired;
  const renewed = <T extends Digested>(old: T): T =>
    old.generation === generation && old.digestVersion !== digestVersion && old.specDigest !== undefined
      ? { ...old, specDigest, digestVersion }
      : old;
  const lastApplied = status.lastApplied === undefined ? undefined : renewed(status.lastApplied);
  const operation = status.operation === undefined ? undefined : renewedIn(status.operation, renewed);
  if (lastApplied === status.lastApplied && operation === status.operation) return undefined;
  return write({
    ...status,
    ...(lastApplied === undefined ? {} : { lastApplied }),
    ...(operation === undefined ? {} : { operation }),
  });
}

interface Digested {
  readonly generation: number;
  readonly specDigest?: string | undefined;
  readonly digestVersion?: number | undefined;
}

function renewedIn(operation: Operation, renewed: <T extends Digested>(old: T) => T): Operation {
  const next = operation.type === 'Modify' ? renewed(operation) : operation;
  const { previousModify } = operation;
  const before = previousModify === undefined ? undefined : renewed(previousModify);
  return before === previousModify ? next : { ...next, previousModify: before };
}

/** The conditions of the newest generation, when it needed no call. */
function standing(facts: Facts, desired: Desired): Decision | undefined {
  const { resource, now } = facts;
  const wanted = expected(facts, desired);
  const accepted = resource.status.observedGeneration === resource.generation && isShown(facts, wanted);
  const reset = pendingToken(resource, 'reset');
  if (accepted && reset === undefined) return undefined;
  const seen = lookedAt(facts, wanted);
  if (seen.kind === 'do') return seen.decision;
  const { shown, remote } = seen.value;
  const echoed = withEcho(withFirstSightEcho(resource, resource.status), { reset });
  const base = remote === undefined ? echoed : { ...echoed, remote };
  const inForce = shown[0] === 'inForce' && base.lastApplied !== undefined;
  const stamped = inForce
    ? { ...base, lastApplied: { ...base.lastApplied, generation: resource.generation } }
    : base;
  return write(
    withSituation(stamped as Status, situation(shown[0], shown[1]), {
      generation: resource.generation,
      wall: now.wall,
    }),
  );
}

/** "In force" is not said again from memory: whatever Ready said meanwhile, the component may not run. */
function lookedAt(facts: Facts, wanted: Shown): Needed<{ shown: Shown; remote?: Status['remote'] }> {
  const ready = findCondition(facts.resource.status, 'Ready');
  if (wanted[0] !== 'inForce' || ready?.status === 'True') return have({ shown: wanted });
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup;
  if (lookup.value.kind === 'missing') return instead(notFound(facts, lookup.value.message));
  const component = lookup.value.value;
  return have({ shown: afterState(component, wanted[1]), remote: remoteOf(component) });
}

function expected(facts: Facts, desired: Desired): Shown {
  const { resource } = facts;
  const account = facts.reads.account?.kind === 'ok' ? facts.reads.account.value : undefined;
  const scale = scaleDue(resource, desired);
  if (!isInForce(resource, desired, account))
    return heldBy(heldCall(resource.status, desired) ?? lastAttempt(resource.status, 'Modify'));
  if (scale.kind === 'held') return heldBy(scale.attempt);
  return following(resource.status) ?? ['inForce', inForceMessage(resource.status)];
}

function isShown(facts: Facts, shown: Shown): boolean {
  const { status, generation } = facts.resource;
  if (shown[0] === 'inForce') return findCondition(status, 'Ready')?.status === 'True';
  return shows(status, situation(shown[0], shown[1]), generation);
}
