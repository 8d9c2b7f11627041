// The looks at rest: a component that did not run yet after its job, a look that was asked for, and the comparison with the
// service once per interval. What is found changes the status only when it differs.
import type { Operation, Status } from '../../api/status.ts';
import { modifyBase, pendingToken, withEcho } from '../causes.ts';
import { findCondition, situation, withSituation, withSynced } from '../conditions.ts';
import { spreadOf } from '../delay.ts';
import { driftDue, driftedPointers } from '../drift.ts';
import type { Account, Decision, Desired, Facts, Note } from '../facts.ts';
import { isContested, withOverwritten } from '../overwritten.ts';
import { remoteOf } from '../remote.ts';
import { clip } from '../text.ts';
import { epochMs } from '../time.ts';
import type { RemoteComponent } from '../types.ts';
import { compareAtRest } from '../wire.ts';
import { notFound } from './approach.ts';
import {
  afterState,
  inForceMessage,
  type Shown,
  waitShown,
  withComparison,
  withCount,
} from './conclusion.ts';
import { needAccount, needComponent, rest, show, write } from './steps.ts';

const LOOK_MS = 10_000;
const SLOW_LOOK_MS = 60_000;
const NOT_RUNNING_MS = 600_000;

/** A component that was not RUNNING after its job keeps its own situation until a look says otherwise. */
export function following(status: Status): Shown | undefined {
  const ready = findCondition(status, 'Ready');
  const message = ready?.message ?? '';
  if (ready?.reason === 'NotRunning') return ['notRunning', message];
  if (ready?.reason === 'GrayReleaseWaiting') return ['grayWaiting', message];
  return findCondition(status, 'Reconciling')?.reason === 'Polling' ? ['startingUp', message] : undefined;
}

export function check(facts: Facts, desired: Desired): Decision {
  const { resource, memory, now } = facts;
  const follow = following(resource.status);
  if (follow !== undefined) return followComponent(facts, follow);
  const requested = pendingToken(resource, 'reconcile');
  const inMs = dueInMs(facts, desired);
  if (requested === undefined && inMs > 0) {
    return rest(
      'at rest',
      finite(lookMs(resource.status, inMs)),
      memory.checkDueMono === undefined ? { checkDueMono: now.mono + inMs } : undefined,
    );
  }
  return compareNow(facts, desired, requested);
}

/** While an outcome is not known, evidence is looked for more often than drift. */
function lookMs({ operation }: Status, inMs: number): number {
  return operation?.phase === 'UnknownOutcome' ? Math.min(SLOW_LOOK_MS, inMs) : inMs;
}

function finite(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined;
}

/** Ms until the next comparison with the service; the first one after a start is spread over the interval. */
function dueInMs(facts: Facts, desired: Desired): number {
  const { memory, now, resource } = facts;
  if (desired.intervalMs === 0) return Number.POSITIVE_INFINITY;
  // An interval that was shortened counts from now on, not only after the longer one.
  if (memory.checkDueMono !== undefined)
    return Math.min(memory.checkDueMono - now.mono, Math.round(desired.intervalMs * 1.1));
  return Math.round(desired.intervalMs * (0.1 + 0.9 * spreadOf(resource.uid)));
}

function compareNow(facts: Facts, desired: Desired, requested: string | undefined): Decision {
  const { resource, now } = facts;
  const account = needAccount(facts);
  if (account.kind === 'do') return account.decision;
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup.decision;
  if (lookup.value.kind === 'missing') return notFound(facts, lookup.value.message);
  const component = lookup.value.value;
  const observed: Status = { ...resource.status, remote: remoteOf(component) };
  const comparison = compareAtRest(facts, desired, component);
  const compared = withComparison(observed, comparison, facts);
  const told = desired.driftPolicy === 'Ignore' ? withoutCheckFailed(observed, now.wall) : compared;
  // What our own job did not bring is not somebody's change.
  const drift = comparison.kind === 'compared' ? compared.drift : undefined;
  const differs = drift !== undefined && driftedPointers(drift).length > 0 ? 'yes' : 'no';
  const watched = withOverwritten(told, { component, differs, wall: now.wall });
  const next = withKeyId(withEcho(watched, { reconcile: requested }), account.value);
  const checkDueMono =
    now.mono + Math.round(desired.intervalMs * (0.9 + 0.2 * spreadOf(`${resource.uid}${now.mono}`)));
  const nextMs = desired.intervalMs === 0 ? Number.POSITIVE_INFINITY : checkDueMono - now.mono;
  const restMs = finite(lookMs(resource.status, nextMs));
  if (JSON.stringify(next) === JSON.stringify(resource.status))
    return rest('compared, nothing changed', restMs, { checkDueMono });
  return write(next, {
    notes: checkNotes(facts, next, requested),
    restMs: goesOn(next, desired) ? undefined : (restMs ?? Number.POSITIVE_INFINITY),
    memory: { checkDueMono },
  });
}

/** What was found asks for more than to be told. */
function goesOn(next: Status, desired: Desired): boolean {
  return isContested(next) || driftDue(next, desired) !== undefined;
}

/** Where drift is ignored nothing is compared, but an earlier failure to look is over. */
function withoutCheckFailed(status: Status, wall: number): Status {
  if (findCondition(status, 'Synced')?.reason !== 'CheckFailed') return status;
  const message = 'The component is not compared with the spec (driftPolicy Ignore).';
  return withSynced(status, { status: 'Unknown', reason: 'NotChecked', message }, wall);
}

/** A digest under a key that was lost is written anew under the present one; that is never a cause. */
function withKeyId(status: Status, account: Account): Status {
  const { keyId, secretDigest } = account;
  const { operation, lastApplied } = status;
  const bases = [modifyBase(status), lastApplied].filter((base) => base !== undefined);
  if (keyId === undefined || secretDigest === undefined || bases.every((base) => base.keyId === keyId))
    return status;
  const digests = { secretDigest, keyId };
  return {
    ...status,
    ...(lastApplied === undefined ? {} : { lastApplied: { ...lastApplied, ...digests } }),
    ...(operation === undefined ? {} : { operation: rekeyed(operation, digests) }),
  };
}

function rekeyed(
  operation: Operation,
  digests: { readonly secretDigest: string; readonly keyId: string },
): Operation {
  if (operation.type === 'Modify' && operation.phase !== 'NotSent') return { ...operation, ...digests };
  const { previousModify } = operation;
  return previousModify === undefined
    ? operation
    : { ...operation, previousModify: { ...previousModify, ...digests } };
}

function checkNotes(facts: Facts, next: Status, requested: string | undefined): Note[] {
  const before = facts.resource.status;
  const notes: Note[] = [];
  const synced = findCondition(next, 'Synced');
  const told = findCondition(before, 'Synced');
  if (synced?.status === 'False' && (told?.status !== 'False' || told.reason !== synced.reason)) {
    notes.push({ type: 'Warning', reason: 'DriftDetected', action: 'Compare', note: synced.message });
  }
  if (synced?.reason === 'DriftIgnored' && told?.reason !== 'DriftIgnored') {
    notes.push({ type: 'Normal', reason: 'DriftIgnored', action: 'Compare', note: synced.message });
  }
  const state = next.remote?.componentStatus;
  if (
    state !== before.remote?.componentStatus &&
    state !== 'RUNNING' &&
    before.remote?.componentStatus === 'RUNNING'
  ) {
    notes.push({
      type: 'Warning',
      reason: 'ComponentUnhealthy',
      action: 'Compare',
      note: `The component is ${state ?? 'in an unknown state'}.`,
    });
  }
  if (requested !== undefined) {
    notes.push({
      type: 'Normal',
      reason: 'ReconcileRequestHandled',
      action: 'Compare',
      note: `Looked at the component as asked for by ${clip(requested, 128)}.`,
    });
  }
  return notes;
}

/** The job succeeded but the component did not run yet: looked at until it does, stalled after ten minutes. */
function followComponent(facts: Facts, follow: Shown): Decision {
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup.decision;
  if (lookup.value.kind === 'missing') return notFound(facts, lookup.value.message);
  const component = lookup.value.value;
  const state = afterState(component, inForceMessage(facts.resource.status));
  if (state[0] === 'inForce') return runsNow(facts, component, state);
  if (state[0] === 'grayWaiting') return waitShown(facts, state, LOOK_MS * 3);
  const late = follow[0] === 'notRunning' || facts.now.wall - startingSince(facts) >= NOT_RUNNING_MS;
  if (!late) return waitShown(facts, state, LOOK_MS);
  const message = `The job succeeded, but the component is ${component.status || 'in an unknown state'} for over ten minutes; look at its instances in the ServiceStage console.`;
  return show(facts, situation('notRunning', message), {
    restMs: SLOW_LOOK_MS,
    why: 'component not running',
  });
}

/** Since its job has succeeded, or since Ready was lost after that, whichever is later. */
function startingSince({ resource, now }: Facts): number {
  const times = (['JobSucceeded', 'Ready'] as const).map((type) =>
    epochMs(findCondition(resource.status, type)?.lastTransitionTime),
  );
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? now.wall : Math.max(...known);
}

/** It runs: compared at once, since a gray release that was rolled back runs too, with what was there before. */
function runsNow(facts: Facts, component: RemoteComponent, state: Shown): Decision {
  const { resource, now } = facts;
  const { spec } = resource;
  const next = { ...resource.status, remote: remoteOf(component) };
  if (spec.kind === 'invalid') return rest('spec invalid', undefined);
  const [name, message] = withCount(resource, spec.desired, state);
  const shown = withSituation(next, situation(name, message), {
    generation: resource.generation,
    wall: now.wall,
  });
  if (spec.desired.driftPolicy === 'Ignore') return write(shown);
  return write(withComparison(shown, compareAtRest(facts, spec.desired, component), facts));
}
