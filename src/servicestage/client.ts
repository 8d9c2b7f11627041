// The calls of one component, a function each: parts of the request in, facts or an outcome out.
// Promises: a read returns a fact or throws a CloudFailure; a write always returns an outcome. "Missing" is said only
// where the service itself said so by code; an HTML page or an unknown path never means that something is gone.
// Leaves to others: signing, connections and judgement (`call.ts`).
import type {
  ComponentAction,
  Failure,
  Lookup,
  RemoteComponent,
  RemoveOutcome,
  SubmitOutcome,
  Target,
} from '../core/types.ts';
import type { Call, Caller, Reply } from './call.ts';
import { componentPath, isJobId } from './endpoint.ts';
import { judgeUnreadable, requestIdOf, type Verdict } from './errors.ts';
import { CloudFailure } from './failure.ts';
import { readComponent, readJobId } from './schema.ts';
import { cleanText, type Redact } from './text.ts';

export interface Handle {
  readonly caller: Caller;
  readonly target: Target;
  readonly signal: AbortSignal;
}

/** GET component; `missing` when the component or its application is gone. */
export async function getComponent(handle: Handle): Promise<Lookup<RemoteComponent>> {
  const call: Call = { operation: 'getComponent', method: 'GET', path: componentPath(handle.target) };
  const reply = await handle.caller.read(call, handle.signal);
  if (reply.kind === 'failed') return missingOrThrow(reply.verdict);
  const value = readOrThrow(reply, readComponent);
  const { redact } = reply.reading;
  const failDetail = value.failDetail === undefined ? {} : { failDetail: label(value.failDetail, redact) };
  return { kind: 'found', value: { ...value, status: label(value.status, redact), ...failDetail } };
}

/** A state or name in the words of the service, safe to show: one clean line of at most 64 bytes. */
export function label(text: string, redact: Redact): string {
  return cleanText(text, { redact, maxBytes: 64 });
}

/** PUT component with exactly this text. */
export async function modify(handle: Handle, body: string): Promise<SubmitOutcome> {
  const call: Call = { operation: 'modify', method: 'PUT', path: componentPath(handle.target), body };
  return submitted(await handle.caller.write(call, handle.signal));
}

/** POST action. */
export async function act(handle: Handle, action: ComponentAction): Promise<SubmitOutcome> {
  const { replica, hosts } = action;
  const body = JSON.stringify({
    action: action.action,
    parameters: { replica, ...(hosts === undefined ? {} : { hosts }) },
  });
  const call: Call = { operation: 'act', method: 'POST', path: componentPath(handle.target, 'action'), body };
  return submitted(await handle.caller.write(call, handle.signal));
}

/**
 * DELETE component. `busy`: nothing was done, and it passes by itself (busy, throttled, no connection); `refused`:
 * nothing was done, and someone must act (identity, permission, endpoint, the request itself).
 */
export async function remove(handle: Handle): Promise<RemoveOutcome> {
  const call: Call = { operation: 'remove', method: 'DELETE', path: componentPath(handle.target) };
  const reply = await handle.caller.write(call, handle.signal);
  if (reply.kind === 'failed') return removeFailed(reply.verdict);
  if (reply.value === undefined && reply.answer.text.trim() !== '') {
    return { kind: 'unknown', failure: unknownOutcome(judgeUnreadable(reply.answer, reply.reading).failure) };
  }
  const requestId = requestIdOf(reply.answer, reply.reading.redact);
  return { kind: 'accepted', ...(requestId === undefined ? {} : { requestId }) };
}

/** Whether the service itself, and no gateway, said that an object is not there. */
export function saysAbsent(failure: Failure): boolean {
  return failure.httpStatus === 404 && failure.code.startsWith('SVCSTG.');
}

export function missingOrThrow(verdict: Verdict): { kind: 'missing'; code: string; message: string } {
  if (verdict.absent !== 'target') throw new CloudFailure(verdict.failure);
  return { kind: 'missing', code: verdict.failure.code, message: verdict.failure.message };
}

/** The value of a reply as its reader sees it. Throws a CloudFailure when it is not what was asked for. */
export function readOrThrow<T>(reply: Reply & { kind: 'done' }, read: (value: unknown) => T | undefined): T {
  const value = read(reply.value);
  if (value === undefined) throw new CloudFailure(judgeUnreadable(reply.answer, reply.reading).failure);
  return value;
}

function submitted(reply: Reply): SubmitOutcome {
  if (reply.kind === 'failed') return submitFailed(reply.verdict);
  const jobId = readJobId(reply.value);
  if (jobId === undefined || !isJobId(jobId)) {
    return { kind: 'unknown', failure: unknownOutcome(judgeUnreadable(reply.answer, reply.reading).failure) };
  }
  const requestId = requestIdOf(reply.answer, reply.reading.redact);
  return { kind: 'accepted', jobId, ...(requestId === undefined ? {} : { requestId }) };
}

function submitFailed({ failure, effect }: Verdict): SubmitOutcome {
  switch (effect) {
    case 'none':
      return { kind: 'notSent', failure };
    case 'refused':
      return { kind: 'refused', failure };
    case 'maybe':
      return { kind: 'unknown', failure: unknownOutcome(failure) };
    default: {
      const never: never = effect;
      return never;
    }
  }
}

function removeFailed(verdict: Verdict): RemoveOutcome {
  const { failure, effect } = verdict;
  if (verdict.absent === 'target') return { kind: 'gone' };
  if (effect === 'maybe') return { kind: 'unknown', failure: unknownOutcome(failure) };
  const passes = failure.class === 'transient' || failure.class === 'throttled';
  return effect === 'none' && passes ? { kind: 'busy', failure } : { kind: 'refused', failure };
}

function unknownOutcome(failure: Failure): Failure {
  return { ...failure, class: 'unknownOutcome' };
}
