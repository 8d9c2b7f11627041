// A modify call is due: refuse without a call what can never work, adopt what is already so, else write the intent.
import type { Attempt, Operation, Status } from '../../api/status.ts';
import {
  type Due,
  echoOf,
  lastAttempt,
  modifyBase,
  modifyDue,
  pendingToken,
  withEcho,
  withFirstSightEcho,
} from '../causes.ts';
import { situation, withSituation } from '../conditions.ts';
import type { Decision, Desired, Facts } from '../facts.ts';
import { withOverwritten } from '../overwritten.ts';
import { remoteOf } from '../remote.ts';
import { clip } from '../text.ts';
import { epochMs, isoTime } from '../time.ts';
import type { RemoteComponent } from '../types.ts';
import { compareWithSpec, immutableProblem, prepareBody, topLevelKeys } from '../wire.ts';
import { accept, mayAccept } from './accepted.ts';
import { type Approved, adopt, digestsOf, mayAdopt } from './adoption.ts';
import { approach } from './approach.ts';
import { driftStep } from './revert.ts';
import { rest, show, write } from './steps.ts';

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

/** A retry waits for its persisted time; a new spec or a reconcile request does not, unless the service asked for the wait. */
export function remainingBackOffMs(facts: Facts): number {
  const { status, generation } = facts.resource;
  const { operation } = status;
  if (operation?.phase !== 'NotSent' || operation.notBefore === undefined) return 0;
  const hurried =
    operation.generation !== generation || pendingToken(facts.resource, 'reconcile') !== undefined;
  if (hurried && operation.failure !== 'throttled') return 0;
  const now = facts.now.wall;
  // The clock was set back since: how much of the wait is left is not known any more, and a try too early is harmless.
  if (now < (epochMs(operation.finishedAt) ?? now)) return 0;
  return Math.max(0, (epochMs(operation.notBefore) ?? 0) - now);
}

function modify(facts: Facts, desired: Desired, approved: Approved): Decision {
  const { component, account, due } = approved;
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
  const live = compareWithSpec(facts, component, account)?.length === 0;
  const drift = due.cause === 'Drift' ? driftStep(facts, desired, component) : undefined;
  if (drift !== undefined) return drift;
  if (live && mayAdopt(facts.resource.status, approved)) return adopt(facts, desired, approved);
  if (live && mayAccept(facts.resource.status, desired, approved)) return accept(facts, desired, approved);
  const replaced = replacedByOthers(facts, desired, { component, live: live ? 'yes' : 'no' });
  if (replaced !== undefined) return write(replaced);
  const operation = intentOf(facts, desired, {
    approved,
    keys: topLevelKeys(body.body).filter((key) => key.length <= KEY_CHARS),
    bodyWasLive: live ? 'yes' : 'no',
  });
  return intent(facts, operation, {
    remote: remoteOf(component),
    message: `Version ${operation.version} is being submitted.`,
    request: { kind: 'modify', body: body.text, secretValues: body.secretValues },
  });
}

/** The status with one more change of ours that somebody else has replaced; undefined when that is nothing new. */
function replacedByOthers(
  { resource: { status }, now }: Facts,
  { specDigest }: Desired,
  { component, live }: { readonly component: RemoteComponent; readonly live: 'yes' | 'no' },
): Status | undefined {
  const applied = status.lastApplied;
  const same = applied?.specDigest === specDigest ? live === 'yes' : applied?.version === component.version;
  const next = withOverwritten(status, { component, differs: same ? 'no' : 'yes', wall: now.wall });
  return next === status ? undefined : next;
}

/** Bounds of the status; what extraBody has beyond them is sent and not remembered. */
const KEPT_KEYS = 80;
const KEY_CHARS = 64;

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
    keys: beginning.keys.slice(0, KEPT_KEYS),
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

/** What only somebody outside can change is shown until a try gets through, not taken back for the length of each try. */
function staysShown({ operation }: Status, next: Operation): boolean {
  return next.attempt > 1 && OUTSIDE.has(operation?.failure ?? '');
}

const OUTSIDE: ReadonlySet<string> = new Set(['credentials', 'permission', 'configuration', 'permanent']);

/** Step 2: the intent becomes durable, only if the resource is exactly the one that was judged. */
export function intent(facts: Facts, operation: Operation, writing: IntentWrite): Decision {
  const { resource, now } = facts;
  const before = withFirstSightEcho(resource, resource.status);
  const subsumed = operation.cause === 'Spec' || operation.cause === 'Secret';
  const echoed = withEcho(before, {
    reconcile: pendingToken(resource, 'reconcile'),
    // A wish to send again is met by a call that is made anyway; it must not grant a second one later.
    reset: subsumed ? pendingToken(resource, 'reset') : undefined,
  });
  const { overwritten, ...others } = echoed;
  const base: Status = {
    ...others,
    ...(overwritten === undefined || operation.token !== undefined ? {} : { overwritten }),
    operation,
    ...(writing.remote === undefined ? {} : { remote: writing.remote }),
  };
  const stamp = { generation: resource.generation, wall: now.wall };
  return {
    kind: 'write',
    status: staysShown(before, operation)
      ? base
      : withSituation(base, situation('submitting', writing.message), stamp),
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
