// A modify call is due: refuse without a call what can never work, adopt what is already so, else write the intent.
import type { Attempt, LastApplied, Operation, Status } from '../../api/status.ts';
import {
  type Due,
  echoOf,
  lastAttempt,
  modifyBase,
  modifyDue,
  pendingToken,
  scaleDue,
  withEcho,
  withFirstSightEcho,
} from '../causes.ts';
import { type SituationName, situation, withSituation } from '../conditions.ts';
import type { Account, Decision, Desired, Facts, Note } from '../facts.ts';
import { withEntry } from '../history.ts';
import { isFailed, remoteOf } from '../remote.ts';
import { clip } from '../text.ts';
import { epochMs, isoTime } from '../time.ts';
import { compareWithSpec, immutableProblem, prepareBody, topLevelKeys, writeOnlyPointers } from '../wire.ts';
import { approach, type Clear } from './approach.ts';
import { afterState, withComparison } from './job.ts';
import { rest, show } from './steps.ts';

export function modifyWhenDue(facts: Facts): Decision | undefined {
  const { resource, reads } = facts;
  if (resource.spec.kind === 'invalid') {
    return show(facts, situation('invalidSpec', resource.spec.message), {
      restMs: undefined,
      why: 'spec invalid',
    });
  }
  const { desired } = resource.spec;
  const due = modifyDue(resource, desired, reads.account?.kind === 'ok' ? reads.account.value : undefined);
  if (due === undefined) return undefined;
  const backOff = remainingBackOffMs(facts);
  if (backOff > 0) return rest('back-off of the last try', backOff);
  const clear = approach(facts);
  if (clear.kind === 'do') return clear.decision;
  return modify(facts, desired, { due, ...clear.value });
}

interface Approved extends Clear {
  readonly due: NonNullable<Due>;
}

/** A retry waits for its persisted time; a new spec or a reconcile request does not, unless the service asked for the wait. */
export function remainingBackOffMs(facts: Facts): number {
  const { status, generation } = facts.resource;
  const { operation } = status;
  if (operation?.phase !== 'NotSent' || operation.notBefore === undefined) return 0;
  const hurried =
    operation.generation !== generation || pendingToken(facts.resource, 'reconcile') !== undefined;
  if (hurried && operation.failure !== 'throttled') return 0;
  return Math.max(0, (epochMs(operation.notBefore) ?? 0) - facts.now.wall);
}

function modify(facts: Facts, desired: Desired, approved: Approved): Decision {
  const { component, account } = approved;
  const immutable = immutableProblem(desired, component);
  if (immutable !== undefined) {
    return show(facts, situation('immutableField', immutable), {
      restMs: undefined,
      why: 'immutable field differs',
    });
  }
  const body = prepareBody(desired, component, { account, settings: facts.settings });
  if (body.kind === 'invalid') {
    return show(facts, situation('invalidSpec', body.message), {
      restMs: undefined,
      why: 'body cannot be built',
    });
  }
  const live = compareWithSpec(facts, desired, component, account)?.length === 0;
  if (live && mayAdopt(facts.resource.status, approved)) return adopt(facts, desired, approved);
  const operation = intentOf(facts, desired, {
    approved,
    keys: topLevelKeys(body.body),
    bodyWasLive: live ? 'yes' : 'no',
  });
  return intent(facts, operation, {
    remote: remoteOf(component),
    message: `Version ${operation.version} is being submitted.`,
    request: { kind: 'modify', body: body.text, secretValues: body.secretValues },
  });
}

/** Adoption is for resources without any operation: first sight, or restored without status. */
function mayAdopt(status: Status, { component, lastJob }: Approved): boolean {
  if (status.operation !== undefined || status.lastApplied !== undefined || isFailed(component)) return false;
  return lastJob === undefined || lastJob.kind === 'missing' || lastJob.value.phase === 'succeeded';
}

function adopt(facts: Facts, desired: Desired, approved: Approved): Decision {
  const { resource, now } = facts;
  const { component, account } = approved;
  const lastApplied: LastApplied = {
    generation: resource.generation,
    ...digestsOf(desired, account),
    version: clip(desired.version, 64),
    ...(desired.replica === undefined || component.replica === undefined
      ? {}
      : { replica: component.replica }),
    ...(component.lastJobId === undefined ? {} : { jobId: clip(component.lastJobId, 64) }),
    time: isoTime(now.wall),
  };
  const adopted: Status = {
    ...withFirstSightEcho(resource, resource.status),
    lastApplied,
    remote: remoteOf(component),
    history: withEntry(resource.status.history, {
      operationId: facts.newId,
      type: 'Modify',
      cause: 'Spec',
      generation: resource.generation,
      specDigest: desired.specDigest,
      version: clip(desired.version, 64),
      result: 'Adopted',
      finished: isoTime(now.wall),
    }),
  };
  const compared = withComparison(
    adopted,
    { kind: 'compared', after: 'check', changed: [], removed: [] },
    now.wall,
  );
  const shown = situationOfAdoption(facts, desired, { status: adopted, component: approved.component });
  const status = withSituation(compared, situation(shown[0], shown[1]), {
    generation: resource.generation,
    wall: now.wall,
  });
  return { kind: 'write', status, precondition: 'resourceVersion', notes: [adoptionNote(desired)] };
}

function situationOfAdoption(
  facts: Facts,
  desired: Desired,
  after: { readonly status: Status; readonly component: Approved['component'] },
): readonly [SituationName, string] {
  const scale = scaleDue({ ...facts.resource, status: after.status }, desired);
  if (scale.kind === 'due')
    return ['scaleWaiting', `The component equals the spec; ${scale.target} instances are asked for next.`];
  if (after.component.status === 'RUNNING')
    return ['adopted', `Version ${desired.version} was already in force; nothing was sent.`];
  return afterState(after.component, '');
}

function adoptionNote(desired: Desired): Note {
  const writeOnly = writeOnlyPointers(desired);
  const unseen =
    writeOnly.length === 0 ? '' : ` Not comparable, taken as equal: ${writeOnly.slice(0, 8).join(', ')}.`;
  return {
    type: 'Normal',
    reason: 'Adopted',
    action: 'Adopt',
    note: `The component already equals the spec; nothing was sent.${unseen}`,
  };
}

function digestsOf(desired: Desired, account: Account) {
  return {
    specDigest: desired.specDigest,
    digestVersion: desired.digestVersion,
    ...(account.secretDigest === undefined ? {} : { secretDigest: account.secretDigest }),
    ...(account.keyId === undefined ? {} : { keyId: account.keyId }),
  };
}

interface Beginning {
  readonly approved: Approved;
  readonly keys: readonly string[];
  readonly bodyWasLive: 'yes' | 'no';
}

function intentOf(facts: Facts, desired: Desired, beginning: Beginning): Operation {
  const { component, account, due } = beginning.approved;
  return {
    ...begun(facts, due),
    type: 'Modify',
    ...digestsOf(desired, account),
    version: clip(desired.version, 64),
    ...(component.replica === undefined ? {} : { replica: component.replica }),
    keys: [...beginning.keys],
    ...(component.lastJobId === undefined ? {} : { baselineJobId: clip(component.lastJobId, 64) }),
    bodyWasLive: beginning.bodyWasLive === 'yes',
  };
}

/** What every new operation starts with; the ended attempts before it stay readable in it. */
export function begun(facts: Facts, due: NonNullable<Due>): Omit<Operation, 'type'> {
  const { status, generation } = facts.resource;
  const modified = lastAttempt(status, 'Modify') ?? adoptedAttempt(status);
  const scaled = lastAttempt(status, 'Scale');
  const again =
    status.operation?.phase === 'NotSent' &&
    status.operation.generation === generation &&
    status.operation.cause === due.cause;
  const tokenBefore = echoOf(status, due.cause);
  return {
    id: facts.newId,
    cause: due.cause,
    ...(due.token === undefined ? {} : { token: due.token }),
    ...(due.token === undefined || tokenBefore === undefined ? {} : { tokenBefore }),
    generation,
    attempt: again ? (status.operation?.attempt ?? 0) + 1 : 1,
    phase: 'Intent',
    submittedAt: isoTime(facts.now.wall),
    ...(modified === undefined ? {} : { previousModify: modified }),
    ...(scaled === undefined ? {} : { previousScale: scaled }),
  };
}

function adoptedAttempt(status: Status): Attempt | undefined {
  return status.operation === undefined ? undefined : modifyBase(status);
}

export interface IntentWrite {
  readonly remote: Status['remote'];
  readonly message: string;
  readonly request: Extract<Decision, { kind: 'send' }>['request'];
}

/** Step 2: the intent becomes durable, only if the resource is exactly the one that was judged. */
export function intent(facts: Facts, operation: Operation, writing: IntentWrite): Decision {
  const { resource, now } = facts;
  const before = withFirstSightEcho(resource, resource.status);
  const echoed = withEcho(before, { reconcile: pendingToken(resource, 'reconcile') });
  const base: Status = {
    ...echoed,
    operation,
    ...(writing.remote === undefined ? {} : { remote: writing.remote }),
  };
  const status = withSituation(base, situation('submitting', writing.message), {
    generation: resource.generation,
    wall: now.wall,
  });
  return {
    kind: 'write',
    status,
    precondition: 'resourceVersion',
    notes: [
      {
        type: 'Normal',
        reason: 'Submitting',
        action: operation.type,
        note: `${writing.message} Cause: ${operation.cause}.`,
      },
    ],
    request: writing.request,
  };
}
