// The operator, broken on purpose in one way at a time: the proof that the model can fail. A variant changes what is judged
// (facts before the judgement, its decision afterwards) or leaves out tests of a patch; everything else is the real code.

import type { Operation, Status } from '../../../src/api/status.ts';
import type { JsonPatch } from '../../../src/controller/ports.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Decision, Facts, Memory } from '../../../src/core/facts.ts';
import { prepareBody } from '../../../src/core/wire.ts';
import type { Hands } from './state.ts';

export type Variant = Partial<Hands>;

type Write = Extract<Decision, { kind: 'write' }>;

function isIntent(
  decision: Decision,
): decision is Write & { readonly request: NonNullable<Write['request']> } {
  return decision.kind === 'write' && decision.request !== undefined;
}

function withStatus(facts: Facts, status: Status): Facts {
  return { ...facts, resource: { ...facts.resource, status } };
}

function withOperation(facts: Facts, change: Partial<Operation>): Facts {
  const { operation } = facts.resource.status;
  if (operation === undefined) return facts;
  return withStatus(facts, { ...facts.resource.status, operation: { ...operation, ...change } });
}

/** The call is made at once, nothing is written before it. */
function noIntent(facts: Facts): Decision {
  const decision = decide(facts);
  const operation = isIntent(decision) ? decision.status.operation : undefined;
  if (!isIntent(decision) || operation === undefined) return decision;
  return { kind: 'send', operation, request: decision.request };
}

/** The write of an intent does not say which version of the resource was judged. */
function unconditionalIntent(patch: JsonPatch): JsonPatch {
  return patch.filter(({ op, path }) => op !== 'test' || path !== '/metadata/resourceVersion');
}

/** A write under the tests on the operation may leave any phase. */
function anyPhase(patch: JsonPatch): JsonPatch {
  return patch.filter(({ op, path }) => op !== 'test' || path !== '/status/operation/phase');
}

/** Every job counts as newer than the intent. */
function noBaseline(facts: Facts): Decision {
  const { operation } = facts.resource.status;
  if (operation?.phase !== 'Intent') return decide(facts);
  return decide(withOperation(facts, { baselineJobId: 'none' }));
}

/** An intent whose answer is not known is sent again. */
function recoverySends(facts: Facts): Decision {
  const { resource, memory, reads, settings } = facts;
  const { operation } = resource.status;
  const lost = memory.prepared === undefined && memory.answer?.to !== 'submit';
  const unknown = memory.answer?.to === 'submit' && memory.answer.outcome.kind === 'unknown';
  if (operation?.phase !== 'Intent' || operation.type !== 'Modify' || !(lost || unknown))
    return decide(facts);
  const { account, component } = reads;
  if (component?.kind !== 'ok' || component.value.kind !== 'found' || account?.kind !== 'ok')
    return decide(facts);
  if (resource.spec.kind !== 'valid' || component.value.value.status !== 'RUNNING') return decide(facts);
  const body = prepareBody(resource.spec.desired, component.value.value, {
    account: account.value,
    settings,
  });
  if (body.kind === 'invalid') return decide(facts);
  return { kind: 'send', operation, request: { kind: 'modify', body: body.text, secretValues: [] } };
}

/** "Nothing happened" is believed at the first look. */
function noSettle(facts: Facts): Decision {
  const { memory, settings } = facts;
  const long = Number.NEGATIVE_INFINITY;
  const seen: Memory = {
    ...memory,
    firstSeenMono: long,
    ...(memory.equalReads === undefined ? {} : { equalReads: { ...memory.equalReads, firstMono: long } }),
  };
  const open = facts.resource.status.operation?.phase === 'Intent';
  return decide(open ? { ...facts, memory: seen, settings: { ...settings, settleMs: 0 } } : facts);
}

/** An intent is sent however old it is. */
function noFreshness(facts: Facts): Decision {
  return decide({ ...facts, settings: { ...facts.settings, freshIntentMs: Number.POSITIVE_INFINITY } });
}

/** Jobs that are known to be ours count as anybody's. */
function ownJobIsNew(facts: Facts): Decision {
  const { history: _, lastApplied, ...status } = facts.resource.status;
  if (status.operation?.phase === 'Submitted') return decide(facts);
  const { jobId: _j, ...applied } = lastApplied ?? { generation: 0 };
  const { jobId: _o, ...operation } = status.operation ?? {};
  const stripped: Status = {
    ...status,
    ...(lastApplied === undefined ? {} : { lastApplied: applied }),
    ...(status.operation === undefined ? {} : { operation: operation as Operation }),
  };
  const decision = decide(withStatus(facts, stripped));
  if (decision.kind !== 'write') return decision;
  return { ...decision, status: restored(decision.status, facts.resource.status) };
}

function restored(status: Status, before: Status): Status {
  const history = [...(status.history ?? []), ...(before.history ?? [])].slice(0, 10);
  const lastApplied = status.lastApplied?.void === true ? status.lastApplied : before.lastApplied;
  return { ...status, history, ...(lastApplied === undefined ? {} : { lastApplied }) };
}

/** A token is recorded as handled before the call that it asks for. */
function earlyEcho(facts: Facts): Decision {
  const decision = decide(facts);
  if (!isIntent(decision) || decision.status.operation?.cause !== 'Force') return decision;
  const { token } = decision.status.operation;
  if (token === undefined) return decision;
  return { ...decision, status: { ...decision.status, lastHandledForceAt: token } };
}

/** What did not succeed leaves nothing behind, as if nothing had ever been tried. */
function voidIsAbsence(facts: Facts): Decision {
  const { lastApplied, operation, ...status } = facts.resource.status;
  const ended =
    operation?.phase === 'Failed' || operation?.phase === 'JobLost' || operation?.phase === 'UnknownOutcome';
  return decide(lastApplied?.void === true && ended ? withStatus(facts, status) : facts);
}

/** The resource is held only once the call has been announced. */
function lateFinalizer(facts: Facts): Decision {
  const { resource } = facts;
  const announced = resource.status.operation !== undefined && resource.status.operation.phase !== 'Intent';
  if (announced || resource.hasFinalizer || resource.deleting) return decide(facts);
  return decide({ ...facts, resource: { ...resource, hasFinalizer: true } });
}

export const VARIANTS = {
  'no intent write': { judge: noIntent, freshness: 'ignored' },
  'intent without resourceVersion': { patch: unconditionalIntent },
  'baseline ignored': { judge: noBaseline },
  'R sends': { judge: recoverySends, freshness: 'ignored' },
  'R waits nothing': { judge: noSettle },
  'no freshness check': { judge: noFreshness, freshness: 'ignored' },
  'no phase test on writes': { patch: anyPhase },
  'a job of our own taken as new': { judge: ownJobIsNew },
  'token echoed with the intent': { judge: earlyEcho },
  'void treated as absence': { judge: voidIsAbsence },
  'finalizer after the intent': { judge: lateFinalizer },
} as const satisfies Readonly<Record<string, Variant>>;
