// One pass over one resource: take the key, then observe, decide, act and report in turn until there is nothing left to do
// now, and say when to look again. The judgement (core/decide.ts) says what; act.ts does it.
import { retryDelayMs, spreadOf } from '../core/delay.ts';
import type { Decision } from '../core/facts.ts';
import { failureOf } from '../core/failure.ts';
import { EMPTY_MEMORY, patched } from '../core/memory.ts';
import { act } from './act.ts';
import type { Parts } from './parts.ts';
import { begin, factsOf, type Hands, keep, type PassEnd, type Run, rests } from './run.ts';

const MAX_STEPS = 40;

/** Runs a pass. Never throws for what the world does; a bug is logged, counted and retried slowly, other keys go on. */
export async function reconcile(key: string, hands: Hands): Promise<PassEnd> {
  try {
    return await pass(key, hands);
  } catch (error) {
    return broken(key, error, hands);
  }
}

async function pass(key: string, hands: Hands): Promise<PassEnd> {
  let run = await begin(key, hands);
  for (let step = 0; step < MAX_STEPS && run !== undefined; step += 1) {
    const decision = hands.parts.judge(factsOf(run, hands.parts));
    hands.parts.log.debug({ key, decision: described(decision) }, 'decided');
    if (decision.kind === 'rest') return end(run, decision, hands.parts);
    const next: Run | PassEnd = await act(run, decision, hands);
    if ('kind' in next) return next;
    run = next;
  }
  return run === undefined ? { kind: 'absent' } : rests(run, 1_000, 'error');
}

function described(decision: Decision): string {
  if (decision.kind === 'read') return `read ${decision.read.what}`;
  if (decision.kind === 'rest' || decision.kind === 'note') return `${decision.kind}: ${decision.why}`;
  return decision.kind;
}

/** A pass that met no failure ends the row of failures; a resource that needs nothing soon is held as a few words. */
function end(run: Run, decision: Extract<Decision, { kind: 'rest' }>, parts: Parts): PassEnd {
  const patch = decision.memory ?? {};
  keep({ ...run, memory: patched(run.memory, { failures: 0, ...patch }) }, parts);
  const soon = decision.ms !== undefined && decision.ms <= parts.settings.pollMs;
  if (!soon) {
    parts.store.settle(run.read.resource.key, run.read.resource.resourceVersion);
    for (const held of [parts.accounts, parts.known]) held.delete(run.read.resource.key);
  }
  return rests(run, decision.ms, (patch.failures ?? 0) > 0 ? 'error' : 'success');
}

function broken(key: string, error: unknown, { parts, signal }: Hands): PassEnd {
  const over = { kind: 'rest', version: undefined } as const;
  if (signal.aborted) return { ...over, ms: undefined, result: 'success' };
  const failure = failureOf(error);
  const memory = parts.memories.get(key) ?? EMPTY_MEMORY;
  const failures = memory.failures + 1;
  parts.memories.set(key, { ...memory, failures });
  if (failure === undefined) {
    parts.log.error({ key, err: error }, 'a bug stopped a pass; the resource is tried again in a minute');
    return { ...over, ms: 60_000, result: 'error' };
  }
  parts.log.warn(
    { key, code: failure.code, class: failure.class, reason: failure.message },
    'the API server did not do what the pass needs; it is tried again',
  );
  return { ...over, ms: retryDelayMs(failure, failures, spreadOf(key)), result: 'error' };
}
