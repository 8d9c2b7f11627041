// Nothing is left to send. What remains: say so for the newest generation, finish looks that are owed, answer tokens,
// and compare with the service once per interval. At rest this writes nothing and calls nobody.
import type { Status } from '../../api/status.ts';
import { isInForce, lastAttempt, pendingToken, scaleDue, withEcho, withFirstSightEcho } from '../causes.ts';
import { findCondition, type SituationName, shows, situation, withSituation } from '../conditions.ts';
import type { Decision, Desired, Facts } from '../facts.ts';
import { attribution } from './attribution.ts';
import { check, following } from './check.ts';
import { inForceMessage } from './conclusion.ts';
import { withdrawnRefusal } from './refusal.ts';
import { rest, write } from './steps.ts';

export function settled(facts: Facts): Decision {
  const { spec } = facts.resource;
  if (spec.kind === 'invalid') return rest('spec invalid', undefined);
  return (
    withdrawnRefusal(facts) ??
    attribution(facts) ??
    standing(facts, spec.desired) ??
    check(facts, spec.desired)
  );
}

/** The conditions of the newest generation, when it needed no call. */
function standing(facts: Facts, desired: Desired): Decision | undefined {
  const { resource, now } = facts;
  const shown = expected(facts, desired);
  const accepted = resource.status.observedGeneration === resource.generation && isShown(facts, shown);
  const reset = pendingToken(resource, 'reset');
  if (accepted && reset === undefined) return undefined;
  const base = withEcho(withFirstSightEcho(resource, resource.status), { reset });
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

function expected(facts: Facts, desired: Desired): readonly [SituationName, string] {
  const { resource } = facts;
  const account = facts.reads.account?.kind === 'ok' ? facts.reads.account.value : undefined;
  const scale = scaleDue(resource, desired);
  if (isInForce(resource.status, desired, account)) {
    if (scale.kind === 'held') return ['jobFailed', scale.attempt.message ?? 'The last scaling failed.'];
    return following(resource.status) ?? ['inForce', inForceMessage(resource.status)];
  }
  const attempt = lastAttempt(resource.status, 'Modify');
  const message = attempt?.message ?? 'The last attempt did not succeed.';
  switch (attempt?.result) {
    case 'Refused':
      return ['invalidSpec', message];
    case 'UnknownOutcome':
      return ['unknownOutcome', message];
    case 'JobLost':
      return ['jobLost', message];
    default:
      return ['jobFailed', message];
  }
}

function isShown(facts: Facts, shown: readonly [SituationName, string]): boolean {
  const { status, generation } = facts.resource;
  if (shown[0] === 'inForce') return findCondition(status, 'Ready')?.status === 'True';
  return shows(status, situation(shown[0], shown[1]), generation);
}
