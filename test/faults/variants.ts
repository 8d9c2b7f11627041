// Operators that are broken on purpose, each in one rule of the submit protocol: the proof that the sweep would notice. What is
// broken in the judgement is a plain function over it, so that the model can take it as well.
import type { Operation, Status } from '../../src/api/status.ts';
import type { Judge } from '../../src/controller/parts.ts';
import type { Cluster, JsonPatch, KubeObject } from '../../src/controller/ports.ts';
import { withOperationEcho } from '../../src/core/causes.ts';
import type { Decision, Facts } from '../../src/core/facts.ts';
import type { JsonObject } from '../../src/core/types.ts';
import type { Wrap } from '../../src/operator.ts';

export type Twist = (judge: Judge) => Judge;

function withStatus(facts: Facts, status: Status): Facts {
  return { ...facts, resource: { ...facts.resource, status } };
}

/** An open intent that this process did not write, or whose answer it does not have. */
function isRecovering({ resource, memory }: Facts): boolean {
  const { operation } = resource.status;
  if (operation?.phase !== 'Intent' || operation.type === 'Delete') return false;
  return memory.prepared === undefined || memory.sentMono !== undefined;
}

function without<K extends string>(object: object, key: K): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

/** Recovery does not ask which job was there before the call. */
export const baselineIgnored: Twist = (judge) => (facts) => {
  const { status } = facts.resource;
  if (!isRecovering(facts) || status.operation === undefined) return judge(facts);
  const operation = without(status.operation, 'baselineJobId') as Operation;
  return judge(withStatus(facts, { ...status, operation }));
};

/** An intent that is found again is sent again, without a look. */
export const recoverySends: Twist = (judge) => (facts) => {
  const { status } = facts.resource;
  if (!isRecovering(facts) || status.operation === undefined) return judge(facts);
  const operation: Operation = { ...status.operation, phase: 'NotSent' };
  return { kind: 'write', status: { ...status, operation }, precondition: 'operation', notes: [] };
};

/** One look is enough to believe that nothing was accepted. */
export const recoveryWaitsNothing: Twist = (judge) => (facts) => {
  const equalReads = { fingerprint: '', firstMono: Number.NEGATIVE_INFINITY };
  return judge({
    ...facts,
    memory: { ...facts.memory, equalReads },
    settings: { ...facts.settings, settleMs: 0 },
  });
};

/** Recovery does not know which jobs were its own. */
export const ownJobTakenAsNew: Twist = (judge) => (facts) => {
  const { status } = facts.resource;
  if (!isRecovering(facts)) return judge(facts);
  const forgotten: Status = {
    ...status,
    history: [],
    ...(status.lastApplied === undefined
      ? {}
      : { lastApplied: without(status.lastApplied, 'jobId') as Status['lastApplied'] }),
  };
  return remembered(judge(withStatus(facts, forgotten)), status);
};

/** Puts back what only the judgement was not to know. */
function remembered(decision: Decision, { history = [], lastApplied }: Status): Decision {
  if (decision.kind !== 'write') return decision;
  const added = decision.status.history ?? [];
  return {
    ...decision,
    status: {
      ...decision.status,
      history: [...added, ...history],
      ...(lastApplied === undefined || decision.status.lastApplied?.void === true ? {} : { lastApplied }),
    },
  };
}

/** A token counts as handled as soon as its call is intended. */
export const tokenEchoedWithIntent: Twist = (judge) => (facts) => {
  const decision = judge(facts);
  if (decision.kind !== 'write' || decision.request === undefined) return decision;
  const { operation } = decision.status;
  if (operation === undefined) return decision;
  return { ...decision, status: withOperationEcho(decision.status, operation) };
};

/** After an attempt that did not succeed a newer spec is judged as if nothing had ever been applied. */
export const voidTreatedAsAbsence: Twist = (judge) => (facts) => {
  const { status, spec } = facts.resource;
  const isNewer = spec.kind === 'valid' && spec.desired.specDigest !== status.operation?.specDigest;
  if (status.lastApplied?.void !== true || status.operation?.phase !== 'Failed' || !isNewer)
    return judge(facts);
  return judge(withStatus(facts, without(without(status, 'lastApplied'), 'operation') as unknown as Status));
};

/** The finalizer comes only when the first call has been made. */
export const finalizerAfterIntent: Twist = (judge) => (facts) => {
  const decision = judge(facts);
  const { operation } = facts.resource.status;
  const early = operation === undefined || operation.phase === 'Intent';
  if (decision.kind !== 'finalizer' || decision.change !== 'add' || !early) return decision;
  return judge({ ...facts, resource: { ...facts.resource, hasFinalizer: true } });
};

/** An intent may be sent however old it is. */
export const noFreshnessCheck: Wrap = {
  settings: (settings) => ({ ...settings, freshIntentMs: Number.POSITIVE_INFINITY }),
};

const isTest = ({ op }: JsonPatch[number]): boolean => op === 'test';

/** The status that a patch gives an object. */
function patched(object: KubeObject, patch: JsonPatch): JsonObject {
  const status: Record<string, unknown> = { ...object.status };
  for (const change of patch) {
    const member = change.path.replace('/status/', '');
    if (change.op === 'remove') delete status[member];
    else if (change.path === '/status') Object.assign(status, change.value);
    else if (change.op !== 'test') status[member] = change.value;
  }
  return status as JsonObject;
}

function carriesIntent(object: KubeObject, patch: JsonPatch): boolean {
  const operation = patched(object, patch).operation as Operation | undefined;
  return operation?.phase === 'Intent' && patch.some(({ path }) => path === '/status/operation');
}

/** The intent stays in memory and is written together with what follows it. */
export function noIntentWrite(): Wrap {
  return {
    cluster: (cluster) => {
      let held: JsonPatch = [];
      return {
        ...cluster,
        patchStatus: async (object, patch, signal) => {
          if (carriesIntent(object, patch)) {
            held = patch.filter((each) => !isTest(each));
            return { kind: 'written', object: { ...object, status: patched(object, patch) } };
          }
          const whole = held.length === 0 ? patch : [...held, ...patch.filter((each) => !isTest(each))];
          held = [];
          return cluster.patchStatus(object, whole, signal);
        },
      } satisfies Cluster;
    },
  };
}

/** The intent is written over whatever came in between. */
export const intentWithoutVersion: Wrap = {
  cluster: (cluster) => ({
    ...cluster,
    patchStatus: (object, patch, signal) => {
      const blind = carriesIntent(object, patch) ? patch.filter((each) => !isTest(each)) : patch;
      return cluster.patchStatus(object, blind, signal);
    },
  }),
};

/** Writes do not test which operation, in which phase and of which generation, they leave. */
export const noPhaseTest: Wrap = {
  cluster: (cluster) => ({
    ...cluster,
    patchStatus: (object, patch, signal) =>
      cluster.patchStatus(
        object,
        patch.filter((each) => !isTest(each) || !each.path.startsWith('/status/')),
        signal,
      ),
  }),
};

export const twisted = (judge: Twist): Wrap => ({ judge });
