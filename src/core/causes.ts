// Cause: what alone may lead to a write. Everything is compared with the last *attempted* operation, so what was refused
// or failed is not sent again without a new cause.
import { ANNOTATIONS } from '../api/names.ts';
import type { Attempt, Cause, Operation, OperationPhase, Status } from '../api/status.ts';
import { driftDue, withEpisodeAnswered } from './drift.ts';
import type { Account, Desired, Resource } from './facts.ts';
import { clip } from './text.ts';

const ATTEMPT_ENDS: ReadonlySet<OperationPhase> = new Set([
  'Succeeded',
  'Failed',
  'Refused',
  'UnknownOutcome',
  'JobLost',
]);

export type TokenKind = 'reconcile' | 'force' | 'reset';

const ECHO = {
  reconcile: 'lastHandledReconcileAt',
  force: 'lastHandledForceAt',
  reset: 'lastHandledResetAt',
} as const satisfies Record<TokenKind, keyof Status>;

/** Whether the operation has not ended. */
export function isOpen(operation: Operation | undefined): boolean {
  return operation?.phase === 'Intent' || operation?.phase === 'Submitted';
}

/** The last attempt of a type: the operation itself once it has ended as one, else what it remembers from before. */
export function lastAttempt(status: Status, type: 'Modify' | 'Scale'): Attempt | undefined {
  const operation = status.operation;
  if (operation?.type === type && ATTEMPT_ENDS.has(operation.phase)) return attemptOf(operation);
  return type === 'Modify' ? operation?.previousModify : operation?.previousScale;
}

function attemptOf(operation: Operation): Attempt {
  const { specDigest, secretDigest, keyId, digestVersion, replica, message } = operation;
  return {
    result: operation.phase,
    generation: operation.generation,
    ...(specDigest === undefined ? {} : { specDigest }),
    ...(secretDigest === undefined ? {} : { secretDigest }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(digestVersion === undefined ? {} : { digestVersion }),
    ...(replica === undefined ? {} : { replica }),
    ...(message === undefined ? {} : { message }),
  };
}

/** No echo exists yet: a new UID, or a resource restored without status. Its tokens are recorded, not executed. */
export function isFirstSight(status: Status): boolean {
  return status.observedGeneration === -1;
}

/** The value of a token annotation that waits to be handled. */
export function pendingToken(resource: Resource, kind: TokenKind): string | undefined {
  const value = tokenValue(resource, kind);
  if (value === undefined || isFirstSight(resource.status)) return undefined;
  return value === resource.status[ECHO[kind]] ? undefined : value;
}

function tokenValue(resource: Resource, kind: TokenKind): string | undefined {
  const value = resource.annotations[ANNOTATIONS[kind]];
  return value === undefined || value === '' ? undefined : clip(value, 128);
}

/** `status` with the given tokens recorded as handled. */
export function withEcho(status: Status, tokens: Partial<Record<TokenKind, string | undefined>>): Status {
  let next = status;
  for (const kind of ['reconcile', 'force', 'reset'] as const) {
    const value = tokens[kind];
    if (value !== undefined) next = { ...next, [ECHO[kind]]: value };
  }
  return next;
}

/** `status` with every token that is present at first sight recorded as handled. */
export function withFirstSightEcho(resource: Resource, status: Status): Status {
  if (!isFirstSight(resource.status)) return status;
  return withEcho(status, {
    reconcile: tokenValue(resource, 'reconcile'),
    force: tokenValue(resource, 'force'),
    reset: tokenValue(resource, 'reset'),
  });
}

/** `status` with the token of an operation recorded, by the write that ends it. */
export function withOperationEcho(status: Status, operation: Operation): Status {
  if (operation.cause === 'Drift') return withEpisodeAnswered(status);
  if (operation.token === undefined) return status;
  return operation.cause === 'Force'
    ? withEcho(status, { force: operation.token })
    : withEcho(status, { reset: operation.token });
}

export function echoOf(status: Status, cause: Cause): string | undefined {
  if (cause === 'Force') return status.lastHandledForceAt;
  return cause === 'Reset' ? status.lastHandledResetAt : undefined;
}

export type Due = { readonly cause: Cause; readonly token?: string } | undefined;

/** What is compared with the spec: the last attempt, or an adoption when nothing was ever attempted. */
export function modifyBase(status: Status): Attempt | undefined {
  const attempt = lastAttempt(status, 'Modify');
  if (attempt !== undefined || status.lastApplied === undefined) return attempt;
  return { ...status.lastApplied, result: status.lastApplied.void === true ? 'Failed' : 'Succeeded' };
}

/** With `ambiguousSubmit: Hold` nothing but a reset follows a call whose outcome is unknown, of whatever kind it was. */
export function heldCall(status: Status, desired: Desired): Attempt | undefined {
  if (desired.ambiguousSubmit !== 'Hold') return undefined;
  const attempt = lastAttempt(status, status.operation?.type === 'Scale' ? 'Scale' : 'Modify');
  return attempt?.result === 'UnknownOutcome' ? attempt : undefined;
}

/**
 * Whether the attempt before this operation had the same content and ended unknown. Then it is the second call for it, and
 * there is no third without a new cause. Content counts as the same unless digests that can be compared differ.
 */
export function followsUnknown(operation: Operation): boolean {
  const before = operation.type === 'Scale' ? operation.previousScale : operation.previousModify;
  if (before?.result !== 'UnknownOutcome') return false;
  if (operation.type === 'Scale') return before.replica === operation.replica;
  const otherSpec =
    before.digestVersion === operation.digestVersion && before.specDigest !== operation.specDigest;
  const otherSecret = before.keyId === operation.keyId && before.secretDigest !== operation.secretDigest;
  return !otherSpec && !otherSecret;
}

/**
 * The call that `ambiguousSubmit: Resubmit` grants, while it is not sent: rules/recovery.ts grants it in one write. A token
 * that is not echoed yet is a cause of its own and no part of the grant.
 */
function grantedCall(status: Status, desired: Desired, type: Operation['type']): Due {
  const { operation } = status;
  if (desired.ambiguousSubmit !== 'Resubmit' || operation?.type !== type) return undefined;
  if (operation.phase !== 'NotSent' || !followsUnknown(operation)) return undefined;
  const { cause, token } = operation;
  if (token === undefined) return { cause };
  const ofAnnotation = cause === 'Force' || cause === 'Reset';
  return ofAnnotation && echoOf(status, cause) !== token ? undefined : { cause, token };
}

/**
 * Why a modify call is due, if it is. `account` undefined: the Secrets were not read, so they are no cause in this pass.
 * A digest under an unknown key is never a cause (the key was lost, not the secret changed).
 */
export function modifyDue(resource: Resource, desired: Desired, account: Account | undefined): Due {
  const { status } = resource;
  const base = modifyBase(status);
  const reset = pendingToken(resource, 'reset');
  const held = heldCall(status, desired) !== undefined;
  if (held && reset === undefined) return undefined;
  const force = pendingToken(resource, 'force');
  if (force !== undefined && !held) return { cause: 'Force', token: force };
  if (base === undefined) return { cause: 'Spec' };
  if (reset !== undefined && base.result !== 'Succeeded') return { cause: 'Reset', token: reset };
  if (isInForce(resource, desired, account)) return driftCause(status, desired);
  if (!sameSpec(base, desired, resource.generation)) return { cause: 'Spec' };
  if (secretChanged(base, desired, account)) return { cause: 'Secret' };
  return grantedCall(status, desired, 'Modify');
}

function driftCause(status: Status, desired: Desired): Due {
  const episode = driftDue(status, desired);
  return episode === undefined ? undefined : { cause: 'Drift', token: episode };
}

/** Whether the spec is what was last applied, and nothing has made that void since. */
export function isInForce(
  { status, generation }: Pick<Resource, 'status' | 'generation'>,
  desired: Desired,
  account: Account | undefined,
): boolean {
  const applied = status.lastApplied;
  if (applied === undefined || applied.void === true || isOpen(status.operation)) return false;
  return sameSpec(applied, desired, generation) && !secretChanged(applied, desired, account);
}

type Digests = Pick<Attempt, 'specDigest' | 'secretDigest' | 'keyId' | 'digestVersion' | 'generation'>;

/** A digest of a version this program does not know is compared by generation, so that an upgrade rolls nothing out. */
function sameSpec(base: Digests, desired: Desired, generation: number): boolean {
  if (base.digestVersion === desired.digestVersion) return base.specDigest === desired.specDigest;
  return base.generation === generation;
}

function secretChanged(base: Digests, desired: Desired, account: Account | undefined): boolean {
  if (!desired.rolloutOnSecretChange || account?.secretDigest === undefined) return false;
  if (base.secretDigest === undefined || base.keyId !== account.keyId) return false;
  return base.secretDigest !== account.secretDigest;
}

export type ScaleDue =
  | { readonly kind: 'none' }
  | { readonly kind: 'due'; readonly target: number; readonly cause: Cause; readonly token?: string }
  | { readonly kind: 'held'; readonly attempt: Attempt };

/** Whether the instance count has to be changed, once the modify is in force. */
export function scaleDue(resource: Resource, desired: Desired): ScaleDue {
  const { status } = resource;
  const target = desired.replica;
  if (target === undefined || status.lastApplied?.replica === target) return { kind: 'none' };
  const attempt = lastAttempt(status, 'Scale');
  if (attempt === undefined) return { kind: 'due', target, cause: 'Replica' };
  const other = attempt.replica !== target || attempt.result === 'Succeeded';
  if (other && heldCall(status, desired) === undefined) return { kind: 'due', target, cause: 'Replica' };
  const token = pendingToken(resource, 'reset');
  if (token !== undefined) return { kind: 'due', target, cause: 'Reset', token };
  const granted = grantedCall(status, desired, 'Scale');
  return granted === undefined ? { kind: 'held', attempt } : { kind: 'due', target, ...granted };
}
