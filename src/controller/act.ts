// The hands of a pass: one outside call per step. `send` is the only place from which a write to the cloud leaves; it asks
// once more, just before, whether this process may still write and whether the intent is still fresh.
import type { Answer, CloudRequest, Decision, Memory } from '../core/facts.ts';
import { fitted } from '../core/fit.ts';
import { ofNewOperation, patched, remember } from '../core/memory.ts';
import { accountOf, isRefused } from './accounts.ts';
import { observe } from './observe.ts';
import type { Parts } from './parts.ts';
import { statusPatch } from './patch.ts';
import type { CloudSession, KubeObject, WriteOutcome } from './ports.ts';
import {
  factsOf,
  fetchObject,
  type Hands,
  keep,
  NOTHING_READ,
  type PassEnd,
  type Run,
  rests,
  started,
  withoutReads,
} from './run.ts';

const MAX_STALE_VIEWS = 3;

type Doing<K extends Decision['kind']> = Extract<Decision, { kind: K }>;

/** Does what was decided; gives the run that goes on, or the end of the pass. */
export async function act(
  run: Run,
  decision: Exclude<Decision, { kind: 'rest' }>,
  hands: Hands,
): Promise<Run | PassEnd> {
  switch (decision.kind) {
    case 'read':
      return look(run, decision.read, hands);
    case 'write':
      return report(run, decision, hands);
    case 'send':
      return send(run, decision.request, hands);
    case 'finalizer':
      return changeFinalizer(run, decision, hands);
    case 'note':
      for (const note of decision.notes) hands.parts.cluster.event(run.object, note);
      return { ...run, memory: patched(run.memory, decision.memory) };
    default: {
      const never: never = decision;
      return never;
    }
  }
}

async function look(run: Run, request: Doing<'read'>['read'], hands: Hands): Promise<Run> {
  const { parts, signal } = hands;
  if (request.what === 'account') {
    const opened = await accountOf(run, hands);
    return { ...run, reads: { ...run.reads, account: opened.read }, session: opened.session };
  }
  if (run.session === undefined) throw new Error('the cloud was asked for without an account');
  const next = { ...run, reads: await observe(run.reads, request, { session: run.session, signal }) };
  if (isRefused(next.reads)) parts.accounts.delete(run.read.resource.key);
  return { ...next, memory: remember(factsOf(next, parts)) };
}

async function report(run: Run, decision: Doing<'write'>, hands: Hands): Promise<Run | PassEnd> {
  const { parts, signal } = hands;
  const startedMono = parts.time.now().mono;
  const memory = patched(run.memory, decision.memory ?? {});
  const patch = statusPatch(run.read.resource, fitted(decision.status), decision.precondition);
  if (decision.request !== undefined) keepPrepared(run, decision, { startedMono, parts });
  const outcome: WriteOutcome =
    patch.length === 0
      ? { kind: 'written', object: run.object }
      : await parts.cluster.patchStatus(run.object, patch, signal).catch(lookAgainAfter(run, parts));
  if (outcome.kind !== 'written') return unwritten({ ...run, memory }, outcome, hands);
  parts.store.putOwn(outcome.object, run.object);
  for (const note of decision.notes) parts.cluster.event(outcome.object, note);
  announce(run, decision, parts);
  const next = started(outcome.object, { ...carriedOn(run, outcome.object, decision), memory }, parts);
  const { request, restMs } = decision;
  const ready = request === undefined ? next : withPrepared(next, { startedMono, request });
  if (restMs === undefined) return ready;
  keep(ready, parts);
  return rests(ready, Number.isFinite(restMs) ? restMs : undefined);
}

/** After a write whose outcome is not known the next pass starts from the resource as the API server has it. */
function lookAgainAfter({ read: { resource } }: Run, { store }: Parts): (error: unknown) => never {
  return (error) => {
    store.settle(resource.key, resource.resourceVersion);
    throw error;
  };
}

/**
 * Before an intent is written, so that a lost answer to that write costs nothing: when the resource shows this very operation,
 * this process knows that it was never sent, and may send it while it is fresh. When it does not, this is forgotten.
 */
function keepPrepared(
  run: Run,
  { status, request }: Doing<'write'>,
  { startedMono, parts }: { readonly startedMono: number; readonly parts: Parts },
): void {
  const { operation } = status;
  if (operation === undefined || request === undefined) return;
  keep({ ...run, memory: ofNewOperation(run.memory, operation.id, { startedMono, request }) }, parts);
}

/**
 * What was read of the cloud is old after a write; the account goes on unless the next step may send with it while it is old
 * too: the spec was edited since, or a job has ended that was followed with a kept account.
 */
function carriedOn(run: Run, { metadata }: KubeObject, { status }: Doing<'write'>): Run {
  const edited = metadata.generation !== run.object.metadata.generation;
  const followed = run.read.resource.status.operation?.phase === 'Submitted';
  const ended = followed && status.operation?.phase !== 'Submitted';
  return edited || ended ? { ...run, reads: NOTHING_READ, session: undefined } : withoutReads(run);
}

function withPrepared(run: Run, prepared: NonNullable<Memory['prepared']>): Run {
  return { ...run, memory: { ...run.memory, prepared } };
}

function announce(run: Run, { status }: Doing<'write'>, parts: Parts): void {
  const before = run.read.resource.status.operation;
  const after = status.operation;
  if (after === undefined || (after.id === before?.id && after.phase === before.phase)) return;
  const { id, type, cause, phase, jobId, generation } = after;
  parts.log.info(
    { key: run.read.resource.key, operation: id, type, cause, phase, job: jobId, generation },
    'operation',
  );
  const seconds = Math.max(0, (parts.time.now().wall - Date.parse(after.submittedAt)) / 1_000);
  parts.observer.operation({
    type,
    phase,
    cause,
    seconds,
    recovered: after.recovered === true ? 'yes' : 'no',
  });
}

const REJECTED_CURE =
  'correct what it names in the spec, or apply the CRD of this release if it is older than the operator';

/** Nothing was written: the view was stale, the resource is gone, or the API server refuses our status. */
async function unwritten(
  run: Run,
  outcome: Exclude<WriteOutcome, { kind: 'written' }>,
  hands: Hands,
): Promise<Run | PassEnd> {
  const { parts } = hands;
  const { key } = run.read.resource;
  keep(run, parts);
  switch (outcome.kind) {
    case 'gone':
      return { kind: 'absent' };
    case 'rejected':
      parts.log.error({ key, reason: outcome.message }, `the API server refuses our write; ${REJECTED_CURE}`);
      parts.cluster.event(run.object, {
        type: 'Warning',
        reason: 'SpecWarning',
        action: 'Report',
        note: `The API server does not store what the operator reports; ${REJECTED_CURE}. It says: ${outcome.message}`,
      });
      return rests(run, 60_000, 'error');
    case 'stale': {
      if (run.staleViews >= MAX_STALE_VIEWS) return rests(run, 1_000, 'error');
      const object = await fetchObject(key, hands);
      if (object === undefined) return { kind: 'absent' };
      return started(object, { ...run, reads: NOTHING_READ, staleViews: run.staleViews + 1 }, parts);
    }
    default: {
      const never: never = outcome;
      return never;
    }
  }
}

async function send(run: Run, request: CloudRequest, hands: Hands): Promise<Run | PassEnd> {
  const { parts, signal } = hands;
  const session = run.session ?? (await look(run, { what: 'account' }, hands)).session;
  if (session === undefined) return rests(run, 1_000, 'error');
  const { mono } = parts.time.now();
  if (signal.aborted || !parts.leadership.leading() || isStale(run, request, { mono, parts })) {
    parts.observer.prevented(request.kind);
    keep(run, parts);
    return rests(run, 0);
  }
  const sent: Run = { ...run, session, memory: patched(run.memory, { sentMono: mono, prepared: undefined }) };
  keep(sent, parts);
  const answer = await submit(session, request, signal);
  const answered: Run = { ...sent, memory: { ...sent.memory, answer } };
  keep(answered, parts);
  return withoutReads(answered);
}

/** DELETE may be repeated and needs no fresh intent; everything else does. */
function isStale(
  run: Run,
  request: CloudRequest,
  at: { readonly mono: number; readonly parts: Parts },
): boolean {
  if (request.kind === 'remove') return false;
  const startedMono = run.memory.prepared?.startedMono;
  return startedMono === undefined || at.mono - startedMono >= at.parts.settings.freshIntentMs;
}

async function submit(session: CloudSession, request: CloudRequest, signal: AbortSignal): Promise<Answer> {
  switch (request.kind) {
    case 'modify':
      return { to: 'submit', outcome: await session.modify(request.body, signal, request.secretValues) };
    case 'act':
      return { to: 'submit', outcome: await session.act(request.action, signal) };
    case 'remove':
      return { to: 'remove', outcome: await session.remove(signal) };
    default: {
      const never: never = request;
      return never;
    }
  }
}

async function changeFinalizer(run: Run, decision: Doing<'finalizer'>, hands: Hands): Promise<Run | PassEnd> {
  const { parts, signal } = hands;
  if (decision.change === 'add') {
    const outcome = await parts.cluster.addFinalizer(run.object, signal);
    if (outcome.kind !== 'written') return unwritten(run, outcome, hands);
    parts.store.putOwn(outcome.object, run.object);
    return started(outcome.object, run, parts);
  }
  for (const note of decision.notes) parts.cluster.event(run.object, note);
  const outcome = await parts.cluster.removeFinalizer(run.object, signal);
  if (outcome.kind === 'stale' || outcome.kind === 'rejected') return unwritten(run, outcome, hands);
  const { key, deletionPolicy } = run.read.resource;
  parts.log.info({ key, policy: deletionPolicy }, 'released');
  return { kind: 'absent' };
}
