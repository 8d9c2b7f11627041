// Nothing is left to send. What remains: say so for the newest generation, finish looks that are owed, answer tokens,
// and compare with the service once per interval. At rest this writes nothing and calls nobody.
import type { Operation, Status } from '../../api/status.ts';
import {
  isInForce,
  lastAttempt,
  modifyBase,
  pendingToken,
  scaleDue,
  withEcho,
  withFirstSightEcho,
} from '../causes.ts';
import { findCondition, type SituationName, shows, situation, withSituation } from '../conditions.ts';
import { spreadOf } from '../delay.ts';
import type { Account, Decision, Desired, Facts, Note } from '../facts.ts';
import { knownJobIds, withEntry } from '../history.ts';
import { remoteOf } from '../remote.ts';
import { clip } from '../text.ts';
import { epochMs, isoTime } from '../time.ts';
import type { RemoteComponent } from '../types.ts';
import { compareAtRest } from '../wire.ts';
import { notFound } from './approach.ts';
import { submitted } from './intent.ts';
import { afterState, inForceMessage, waitShown, withComparison } from './job.ts';
import { examine } from './recovery.ts';
import { needAccount, needComponent, needJob, rest, show, write } from './steps.ts';

const LOOK_MS = 10_000;
const SLOW_LOOK_MS = 60_000;
const NOT_RUNNING_MS = 600_000;
const REFUSAL_WATCH_MS = 3_600_000;

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

/** One more look after the settle: a newer job means that the refused call was overtaken, so the refusal does not count. */
function withdrawnRefusal(facts: Facts): Decision | undefined {
  const { operation } = facts.resource.status;
  if (operation?.phase !== 'Refused' || facts.memory.refusalChecked === true) return undefined;
  const age = facts.now.wall - (epochMs(operation.finishedAt) ?? 0);
  if (age > REFUSAL_WATCH_MS) return undefined;
  if (age < facts.settings.settleMs)
    return rest('a refusal is looked at again after the settle', facts.settings.settleMs - age + 1_000);
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
  if (operation.token === undefined) return next;
  const field = operation.cause === 'Force' ? 'lastHandledForceAt' : 'lastHandledResetAt';
  const { [field]: _echo, ...unechoed } = next;
  return tokenBefore === undefined ? unechoed : { ...unechoed, [field]: tokenBefore };
}

/** An unknown outcome is still looked at: evidence un-stalls it, and jobs that may be ours are told with their end. */
function attribution(facts: Facts): Decision | undefined {
  const { operation } = facts.resource.status;
  if (operation?.phase !== 'UnknownOutcome') return undefined;
  for (const jobId of operation.unattributedJobIds ?? []) {
    const told = tellJob(facts, operation, jobId);
    if (told !== undefined) return told;
  }
  const seenMs = facts.now.mono - (facts.memory.firstSeenMono ?? facts.now.mono);
  const found = examine(facts, operation, seenMs);
  if (found.kind === 'do')
    return found.decision.kind === 'write' ? rest('outcome unknown', SLOW_LOOK_MS) : found.decision;
  if (found.value.kind !== 'ours') return undefined;
  return submitted(facts, operation, { jobId: found.value.jobId, requestId: undefined, recovered: true });
}

function tellJob(facts: Facts, operation: Operation, jobId: string): Decision | undefined {
  const { status } = facts.resource;
  if ((status.history ?? []).some((entry) => entry.jobId === jobId)) return undefined;
  const job = needJob(facts, jobId);
  if (job.kind === 'do') return job.decision;
  if (job.value.kind === 'found' && job.value.value.phase === 'running') return undefined;
  const raw = job.value.kind === 'found' ? job.value.value.rawStatus : 'no longer known';
  const text = `Job ${jobId}, newer than the lost call and not attributed to it, is ${raw}.`;
  const history = withEntry(status.history, {
    operationId: operation.id,
    type: operation.type,
    cause: operation.cause,
    generation: operation.generation,
    jobId,
    result: 'Unattributed',
    reason: clip(text, 200),
    finished: isoTime(facts.now.wall),
  });
  return write(
    { ...status, history },
    { notes: [{ type: 'Warning', reason: 'UnknownOutcome', action: 'Recover', note: text }] },
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

/** A component that was not RUNNING after its job keeps its own situation until a look says otherwise. */
function following(status: Status): readonly [SituationName, string] | undefined {
  const ready = findCondition(status, 'Ready');
  const message = ready?.message ?? '';
  if (ready?.reason === 'NotRunning') return ['notRunning', message];
  if (ready?.reason === 'GrayReleaseWaiting') return ['grayWaiting', message];
  return findCondition(status, 'Reconciling')?.reason === 'Polling' ? ['startingUp', message] : undefined;
}

function isShown(facts: Facts, shown: readonly [SituationName, string]): boolean {
  const { status, generation } = facts.resource;
  if (shown[0] === 'inForce') return findCondition(status, 'Ready')?.status === 'True';
  return shows(status, situation(shown[0], shown[1]), generation);
}

function check(facts: Facts, desired: Desired): Decision {
  const { resource, memory, now } = facts;
  const follow = following(resource.status);
  if (follow !== undefined) return followComponent(facts, follow);
  const requested = pendingToken(resource, 'reconcile');
  const inMs = dueInMs(facts, desired);
  if (requested === undefined && inMs > 0) {
    const wait = resource.status.operation?.phase === 'UnknownOutcome' ? SLOW_LOOK_MS : inMs;
    return rest(
      'at rest',
      Number.isFinite(wait) ? wait : undefined,
      memory.checkDueMono === undefined ? { checkDueMono: now.mono + inMs } : undefined,
    );
  }
  return compareNow(facts, desired, requested);
}

/** Ms until the next comparison with the service; the first one after a start is spread over the interval. */
function dueInMs(facts: Facts, desired: Desired): number {
  const { memory, now, resource } = facts;
  if (desired.intervalMs === 0) return Number.POSITIVE_INFINITY;
  if (memory.checkDueMono !== undefined) return memory.checkDueMono - now.mono;
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
  const compared =
    desired.driftPolicy === 'Ignore'
      ? observed
      : withComparison(observed, compareAtRest(facts, desired, component), now.wall);
  const next = withKeyId(withEcho(compared, { reconcile: requested }), account.value);
  const checkDueMono =
    now.mono + Math.round(desired.intervalMs * (0.9 + 0.2 * spreadOf(`${resource.uid}${now.mono}`)));
  const restMs = desired.intervalMs === 0 ? undefined : checkDueMono - now.mono;
  if (JSON.stringify(next) === JSON.stringify(resource.status))
    return rest('compared, nothing changed', restMs, { checkDueMono });
  return write(next, {
    notes: checkNotes(facts, next, requested),
    restMs: restMs ?? Number.POSITIVE_INFINITY,
    memory: { checkDueMono },
  });
}

/** A digest under a key that was lost is written anew under the present one; that is never a cause. */
function withKeyId(status: Status, account: Account): Status {
  const base = modifyBase(status);
  if (account.keyId === undefined || base?.keyId === account.keyId || account.secretDigest === undefined)
    return status;
  const digests = { secretDigest: account.secretDigest, keyId: account.keyId };
  const { operation, lastApplied } = status;
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
  if (synced?.status === 'False' && findCondition(before, 'Synced')?.status !== 'False') {
    notes.push({ type: 'Warning', reason: 'DriftDetected', action: 'Compare', note: synced.message });
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
function followComponent(facts: Facts, follow: readonly [SituationName, string]): Decision {
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup.decision;
  if (lookup.value.kind === 'missing') return notFound(facts, lookup.value.message);
  const component = lookup.value.value;
  const state = afterState(component, inForceMessage(facts.resource.status));
  if (state[0] === 'inForce') return runsNow(facts, component, state[1]);
  if (state[0] === 'grayWaiting') return waitShown(facts, state, LOOK_MS * 3);
  const since = epochMs(findCondition(facts.resource.status, 'Ready')?.lastTransitionTime) ?? facts.now.wall;
  const late = follow[0] === 'notRunning' || facts.now.wall - since >= NOT_RUNNING_MS;
  if (!late) return waitShown(facts, state, LOOK_MS);
  const message = `The job succeeded, but the component is ${component.status || 'in an unknown state'} for over ten minutes; look at its instances in the ServiceStage console.`;
  return show(facts, situation('notRunning', message), {
    restMs: SLOW_LOOK_MS,
    why: 'component not running',
  });
}

function runsNow(facts: Facts, component: RemoteComponent, message: string): Decision {
  const { resource, now } = facts;
  const next = { ...resource.status, remote: remoteOf(component) };
  return write(
    withSituation(next, situation('inForce', message), { generation: resource.generation, wall: now.wall }),
  );
}
