// A person accepts what is there: a reset after an unknown outcome, and the component has become what was sent. Nothing is sent.
//
// Only where the equality says something: the body was not live before the call, and neither the spec nor a Secret value has
// changed since. Everything else is sent; `force-apply-at` always is.
import type { Operation, Status } from '../../api/status.ts';
import { withEcho } from '../causes.ts';
import type { Account, Decision, Desired, Facts } from '../facts.ts';
import { isoTime } from '../time.ts';
import { type Approved, adopt } from './adoption.ts';

/** Whether the reset that is due finds the component equal by the call whose outcome was never told. */
export function mayAccept(
  { operation }: Status,
  desired: Desired,
  { due, component, lastJob, account }: Approved,
): boolean {
  if (due.cause !== 'Reset' || operation?.type !== 'Modify' || operation.phase !== 'UnknownOutcome')
    return false;
  if (operation.bodyWasLive !== false || !isSameContent(operation, desired, account)) return false;
  const failed = lastJob?.kind === 'found' && lastJob.value.phase !== 'succeeded';
  return component.status === 'RUNNING' && !failed;
}

function isSameContent(operation: Operation, desired: Desired, account: Account): boolean {
  const sameSecret = operation.keyId === account.keyId && operation.secretDigest === account.secretDigest;
  return operation.specDigest === desired.specDigest && sameSecret;
}

export function accept(facts: Facts, desired: Desired, approved: Approved): Decision {
  const adopted = adopt(facts, desired, approved);
  const { operation } = facts.resource.status;
  if (adopted.kind !== 'write' || operation === undefined) return adopted;
  const { keys } = operation;
  const lastApplied = adopted.status.lastApplied;
  const accepted: Operation = {
    ...operation,
    phase: 'Succeeded',
    // The newest job of the order by which an answer that is behind is told; without it this one would seem to be older.
    ...(lastApplied?.jobId === undefined ? {} : { jobId: lastApplied.jobId }),
    finishedAt: isoTime(facts.now.wall),
    message: 'The outcome of the call was never told; the component was accepted as it is by reset-at.',
  };
  const status: Status = {
    ...adopted.status,
    operation: accepted,
    ...(lastApplied === undefined || keys === undefined ? {} : { lastApplied: { ...lastApplied, keys } }),
    conditions: (adopted.status.conditions ?? []).filter(({ type }) => type !== 'JobSucceeded'),
  };
  return { ...adopted, status: withEcho(status, { reset: approved.due.token }) };
}
