// One pass over one resource: take the key, then observe, decide, act and report in turn until there is nothing left to do
// now, and return when to look again. `decide` says what; this file only does it.
//
// Promise: at most one outside write per step, and the only place from which a request to the cloud leaves is `send`, which
// asks once more, just before, whether this process may still write and whether the intent is still fresh.
import { decide } from '../core/decide.ts';
import { retryDelayMs, spreadOf } from '../core/delay.ts';
import type { Answer, CloudRequest, Decision, Facts, Memory, Reads } from '../core/facts.ts';
import { failureOf } from '../core/failure.ts';
import { EMPTY_MEMORY, patched, recall, remember } from '../core/memory.ts';
import { openAccount } from './account.ts';
import { observe } from './observe.ts';
import type { Parts } from './parts.ts';
import { statusPatch } from './patch.ts';
import type { CloudSession, KubeObject, WriteOutcome } from './ports.ts';
import { type ReadResource, readResource } from './resource.ts';

/** What became of a pass. `ms` undefined: not before the resource changes. */
export type PassEnd =
  | { readonly kind: 'rest'; readonly ms: number | undefined; readonly result: 'success' | 'error' }
  | { readonly kind: 'absent' };

/** The state of a pass between two steps. */
interface Run {
  readonly object: KubeObject;
  readonly read: ReadResource;
  readonly memory: Memory;
  readonly reads: Reads;
  readonly session: CloudSession | undefined;
  readonly staleViews: number;
}

const MAX_STEPS = 40;
const MAX_STALE_VIEWS = 3;
const NOTHING_READ: Reads = { jobs: {} };

/** Runs a pass. Never throws for what the world does; a bug is logged, counted and retried slowly, other keys go on. */
export async function reconcile(key: string, parts: Parts, signal: AbortSignal): Promise<PassEnd> {
  try {
    return await pass(key, parts, signal);
  } catch (error) {
    const failure = failureOf(error);
    if (signal.aborted) return { kind: 'rest', ms: undefined, result: 'success' };
    const memory = parts.memories.get(key) ?? EMPTY_MEMORY;
    parts.memories.set(key, { ...memory, failures: memory.failures + 1 });
    if (failure === undefined) parts.log.error({ key, err: error }, 'a bug stopped a pass; the resource is tried again in a minute');
    else parts.log.warn({ key, code: failure.code, class: failure.class, reason: failure.message }, 'the cluster did not answer');
    const ms = failure === undefined ? 60_000 : retryDelayMs(failure, memory.failures + 1, spreadOf(key));
    return { kind: 'rest', ms, result: 'error' };
  }
}

async function pass(key: string, parts: Parts, signal: AbortSignal): Promise<PassEnd> {
  let run = await begin(key, parts, signal);
  for (let step = 0; step < MAX_STEPS && run !== undefined; step += 1) {
    const facts = factsOf(run, parts);
    const decision = decide(facts);
    parts.log.debug({ key, decision: described(decision) }, 'decided');
    if (decision.kind === 'rest') return end(run, decision, parts);
    const next = await act(run, decision, { parts, signal });
    if ('kind' in next) return next;
    run = next;
  }
  return run === undefined ? { kind: 'absent' } : { kind: 'rest', ms: 1_000, result: 'error' };
}

function described(decision: Decision): string {
  if (decision.kind === 'read') return `read ${decision.read.what}`;
  if (decision.kind === 'rest' || decision.kind === 'note') return `${decision.kind}: ${decision.why}`;
  return decision.kind;
}

async function begin(key: string, parts: Parts, signal: AbortSignal): Promise<Run | undefined> {
  const taken = parts.store.take(key);
  if (taken.kind === 'absent') return undefined;
  const object = taken.kind === 'object' ? taken.object : await fetchObject(key, parts, signal);
  if (object === undefined) return undefined;
  return started(object, { memory: parts.memories.get(key) ?? EMPTY_MEMORY, session: undefined, reads: NOTHING_READ, staleViews: 0 }, parts);
}

async function fetchObject(key: string, parts: Parts, signal: AbortSignal): Promise<KubeObject | undefined> {
  const [namespace = '', name = ''] = key.split('/');
  const object = await parts.cluster.get(namespace, name, signal);
  if (object !== undefined) parts.store.put(object);
  return object;
}

function started(object: KubeObject, rest: Omit<Run, 'object' | 'read'>, parts: Parts): Run {
  const read = readResource(object);
  return { ...rest, object, read, memory: recall(rest.memory, read.resource.status, parts.time.now().mono) };
}

function factsOf(run: Run, parts: Parts): Facts {
  return {
    resource: run.read.resource,
    memory: run.memory,
    reads: run.reads,
    settings: parts.settings,
    leading: parts.leadership.leading(),
    now: parts.time.now(),
    newId: parts.newId(),
  };
}

/** Keeps what this process learned; a pass that met no failure ends the row of failures. */
function keep(run: Run, memory: Memory, parts: Parts): void {
  parts.memories.set(run.read.resource.key, memory);
}

function end(run: Run, decision: Extract<Decision, { kind: 'rest' }>, parts: Parts): PassEnd {
  const patch = decision.memory ?? {};
  keep(run, patched(run.memory, { failures: 0, ...patch }), parts);
  if (decision.ms === undefined || decision.ms > parts.settings.pollMs) {
    parts.store.settle(run.read.resource.key, run.read.resource.resourceVersion);
  }
  return { kind: 'rest', ms: decision.ms, result: (patch.failures ?? 0) > 0 ? 'error' : 'success' };
}

interface Hands {
  readonly parts: Parts;
  readonly signal: AbortSignal;
}

async function act(run: Run, decision: Exclude<Decision, { kind: 'rest' }>, hands: Hands): Promise<Run | PassEnd> {
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

async function look(run: Run, request: Extract<Decision, { kind: 'read' }>['read'], hands: Hands): Promise<Run> {
  const { parts, signal } = hands;
  if (request.what === 'account') {
    const { spec } = run.read;
    if (spec === undefined) throw new Error('an account was asked for without a valid spec');
    const opened = await openAccount(parts, { namespace: run.object.metadata.namespace, spec }, signal);
    return { ...run, reads: { ...run.reads, account: opened.read }, session: opened.session };
  }
  if (run.session === undefined) throw new Error('the cloud was asked for without an account');
  const reads = await observe(run.reads, request, { session: run.session, signal });
  const next = { ...run, reads };
  return { ...next, memory: remember(factsOf(next, parts)) };
}

async function report(run: Run, decision: Extract<Decision, { kind: 'write' }>, hands: Hands): Promise<Run | PassEnd> {
  const { parts, signal } = hands;
  const { resource } = run.read;
  const startedMono = parts.time.now().mono;
  const memory = patched(run.memory, decision.memory ?? {});
  const patch = statusPatch(resource, decision.status, decision.precondition);
  const outcome: WriteOutcome = patch.length === 0 ? { kind: 'written', object: run.object } : await parts.cluster.patchStatus(run.object, patch, signal);
  if (outcome.kind !== 'written') return unwritten({ ...run, memory }, outcome, hands);
  parts.store.putOwn(outcome.object, run.object);
  for (const note of decision.notes) parts.cluster.event(outcome.object, note);
  announce(run, decision, parts);
  const account = run.reads.account;
  const reads = account === undefined ? NOTHING_READ : { ...NOTHING_READ, account };
  const next = started(outcome.object, { ...run, memory, reads, staleViews: run.staleViews }, parts);
  const prepared = decision.request === undefined ? next.memory : { ...next.memory, prepared: { startedMono, request: decision.request } };
  if (decision.restMs === undefined) return { ...next, memory: prepared };
  keep(next, prepared, parts);
  return { kind: 'rest', ms: Number.isFinite(decision.restMs) ? decision.restMs : undefined, result: 'success' };
}

function announce(run: Run, { status }: Extract<Decision, { kind: 'write' }>, parts: Parts): void {
  const before = run.read.resource.status.operation;
  const after = status.operation;
  if (after === undefined || (after.id === before?.id && after.phase === before.phase)) return;
  parts.log.info(
    { key: run.read.resource.key, operation: after.id, type: after.type, cause: after.cause, phase: after.phase, job: after.jobId, generation: after.generation },
    'operation',
  );
  parts.observer.operation({ type: after.type, result: after.phase, cause: after.cause, seconds: undefined });
}

/** Nothing was written: the view was stale, the resource is gone, or the API server refuses our status. */
async function unwritten(run: Run, outcome: Exclude<WriteOutcome, { kind: 'written' }>, hands: Hands): Promise<Run | PassEnd> {
  const { parts, signal } = hands;
  const { key } = run.read.resource;
  keep(run, run.memory, parts);
  switch (outcome.kind) {
    case 'gone':
      return { kind: 'absent' };
    case 'rejected':
      parts.log.error({ key, reason: outcome.message }, 'the API server refuses our status; is the CRD older than the operator? Apply crds/ of this release');
      return { kind: 'rest', ms: 60_000, result: 'error' };
    case 'stale': {
      if (run.staleViews >= MAX_STALE_VIEWS) return { kind: 'rest', ms: 1_000, result: 'error' };
      const object = await fetchObject(key, parts, signal);
      if (object === undefined) return { kind: 'absent' };
      return started(object, { memory: run.memory, session: run.session, reads: NOTHING_READ, staleViews: run.staleViews + 1 }, parts);
    }
    default: {
      const never: never = outcome;
      return never;
    }
  }
}

/** The one place from which a write to the cloud leaves. */
async function send(run: Run, request: CloudRequest, hands: Hands): Promise<Run | PassEnd> {
  const { parts, signal } = hands;
  const opened = run.session ?? (await look(run, { what: 'account' }, hands)).session;
  if (opened === undefined) return { kind: 'rest', ms: 1_000, result: 'error' };
  const { mono } = parts.time.now();
  const startedMono = run.memory.prepared?.startedMono;
  const stale = request.kind !== 'remove' && (startedMono === undefined || mono - startedMono >= parts.settings.freshIntentMs);
  if (stale || !parts.leadership.leading() || signal.aborted) {
    parts.observer.prevented();
    keep(run, run.memory, parts);
    return { kind: 'rest', ms: 0, result: 'success' };
  }
  const sent: Memory = patched(run.memory, { sentMono: mono, prepared: undefined });
  keep(run, sent, parts);
  const answer = await submit(opened, request, signal);
  const memory: Memory = { ...sent, answer };
  keep(run, memory, parts);
  const { account } = run.reads;
  return { ...run, memory, reads: account === undefined ? NOTHING_READ : { ...NOTHING_READ, account } };
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

async function changeFinalizer(run: Run, decision: Extract<Decision, { kind: 'finalizer' }>, hands: Hands): Promise<Run | PassEnd> {
  const { parts, signal } = hands;
  const { cluster } = parts;
  if (decision.change === 'add') {
    const outcome = await cluster.addFinalizer(run.object, signal);
    if (outcome.kind !== 'written') return unwritten(run, outcome, hands);
    parts.store.putOwn(outcome.object, run.object);
    return { ...run, object: outcome.object, read: readResource(outcome.object) };
  }
  for (const note of decision.notes) cluster.event(run.object, note);
  const outcome = await cluster.removeFinalizer(run.object, signal);
  if (outcome.kind === 'stale' || outcome.kind === 'rejected') return unwritten(run, outcome, hands);
  parts.log.info({ key: run.read.resource.key, policy: run.read.resource.deletionPolicy }, 'released');
  return { kind: 'absent' };
}
