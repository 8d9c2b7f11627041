// One step of one operator process, as the controller makes it: the real decide, remember, recall, statusPatch and readResource
// over the state of the model. Only the outside calls are replaced, and what each of them may answer is part of the move.
import type { Operation } from '../../../src/api/status.ts';
import { statusPatch } from '../../../src/controller/patch.ts';
import type { JsonPatch, KubeObject } from '../../../src/controller/ports.ts';
import type { Account, Answer, Decision, Facts, Memory, Read, Reads } from '../../../src/core/facts.ts';
import { fitted } from '../../../src/core/fit.ts';
import { ofNewOperation, patched, remember } from '../../../src/core/memory.ts';
import { readsComponent, readsJob, readsRecords } from './cloud.ts';
import { statusOf } from './judge.ts';
import { stored, withFinalizers } from './kube.ts';
import {
  type At,
  begun,
  breaks,
  ends,
  factsOf,
  NOTHING_READ,
  resourceOf,
  rests,
  stale,
  started,
  withView,
} from './pass.ts';
import {
  broke,
  type InFlight,
  type Pass,
  type Process,
  versionOf,
  type World,
  withProcess,
} from './state.ts';

/**
 * What becomes of a write to the API server: its answer arrives, is lost after it worked, it never arrives, or it lands after
 * its process has given up waiting.
 */
export type Fate = 'works' | 'answer lost' | 'fails' | 'late';
/** How long such a write is under way at most. */
const LATE_MS = 60_000;

/** What the next step of a process would do, without doing it. */
export function next(world: World, index: number): Upcoming | undefined {
  const process = world.processes[index];
  if (process === undefined || world.object === undefined || process.awaiting !== undefined) return undefined;
  const known = upcoming.get(process);
  if (known !== undefined && isSameMoment(known.world, world)) return known;
  const pass = process.pass ?? begun(world, process);
  const found = { world, pass, decision: world.hands.judge(factsOf(world, process, pass)) };
  upcoming.set(process, found);
  return found;
}

/** The last judgement of a process, since the same process is asked in worlds that differ in what it does not see. */
const upcoming = new WeakMap<Process, Upcoming & { readonly world: World }>();

interface Upcoming {
  readonly pass: Pass;
  readonly decision: Decision;
}

function isSameMoment(a: World, b: World): boolean {
  const sameTime = a.mono === b.mono && a.wallShiftMs === b.wallShiftMs;
  return sameTime && a.object === b.object && a.nextId === b.nextId && a.settings === b.settings;
}

export function step(world: World, index: number, fate: Fate = 'works'): World {
  const process = world.processes[index];
  const judged = next(world, index);
  if (process === undefined || judged === undefined) return world;
  const { pass, decision } = judged;
  const at: At = { world, index, pass };
  switch (decision.kind) {
    case 'read':
      return look(at, decision.read, factsOf(world, process, pass));
    case 'write':
      return report(at, decision, fate);
    case 'send':
      return send(at, decision);
    case 'finalizer':
      return finalizer(at, decision, fate);
    case 'note':
      return withProcess(world, index, { pass: { ...pass, memory: patched(pass.memory, decision.memory) } });
    case 'rest':
      return rests(
        { ...at, pass: { ...pass, memory: patched(pass.memory, { failures: 0, ...decision.memory }) } },
        decision.ms,
      );
    default: {
      const never: never = decision;
      return never;
    }
  }
}

type Doing<K extends Decision['kind']> = Extract<Decision, { kind: K }>;

function look({ world, index, pass }: At, request: Doing<'read'>['read'], facts: Facts): World {
  const reads = readsWith(world, pass.reads, request);
  const memory = request.what === 'account' ? pass.memory : remember({ ...facts, reads });
  const looked = withProcess(world, index, { pass: { ...pass, reads, memory } });
  // Nothing in the model hangs on when exactly the Secrets are read.
  return request.what === 'account' ? step(looked, index) : looked;
}

function readsWith(world: World, reads: Reads, request: Doing<'read'>['read']): Reads {
  switch (request.what) {
    case 'account':
      return { ...reads, account: accountOf(world) };
    case 'component':
      return { ...reads, component: readsComponent(world) };
    case 'records':
      return { ...reads, records: readsRecords(world) };
    case 'job':
      return { ...reads, jobs: { ...reads.jobs, [request.jobId]: readsJob(world, request.jobId) } };
    default: {
      const never: never = request;
      return never;
    }
  }
}

function accountOf({ secret, credentials }: World): Read<Account> {
  if (credentials === 'missing') {
    const message = 'Secret shop/huaweicloud does not exist; create it';
    return { kind: 'failed', failure: { class: 'credentials', code: 'SecretUnavailable', message } };
  }
  const keyId = secret === undefined ? undefined : 'key';
  return { kind: 'ok', value: { secrets: {}, secretDigest: secret, keyId } };
}

function report(at: At, decision: Doing<'write'>, fate: Fate): World {
  const { world, index } = at;
  const pass: Pass = { ...at.pass, memory: patched(at.pass.memory, decision.memory ?? {}) };
  const patch = patchOf(world, pass, decision);
  const kept = { ...at, world: withPrepared(at, decision) };
  if (fate === 'fails') return breaks(kept);
  if (fate === 'late') return breaks({ ...kept, world: withLate(kept.world, decision, patch) });
  const same = world.object?.metadata.uid === pass.object.metadata.uid;
  if (!same) return ends({ world, index, pass }, undefined);
  const after = stored(kept.world, patch);
  if (after === undefined) return stale({ world: kept.world, index, pass });
  if (fate === 'answer lost') return breaks({ ...at, world: numbered(after, decision.status.operation) });
  const { ledger } = after;
  const told: World = { ...after, ledger: { ...ledger, notes: [...ledger.notes, ...decision.notes] } };
  const object = patch.length === 0 ? pass.object : (after.object as KubeObject);
  return afterReport({ world: numbered(told, decision.status.operation), index, pass }, object, decision);
}

function patchOf({ hands }: World, { object }: Pass, { status, precondition }: Doing<'write'>): JsonPatch {
  return hands.patch(statusPatch(resourceOf(object), fitted(status), precondition));
}

/** The write that a process is about to make is on its way and will land later; undefined: it makes none. */
export function lateWrite(world: World, index: number): World | undefined {
  const judged = next(world, index);
  if (judged?.decision.kind !== 'write') return undefined;
  const patch = patchOf(world, judged.pass, judged.decision);
  return patch.length === 0 ? undefined : withLate(world, judged.decision, patch);
}

function withLate(world: World, { status }: Doing<'write'>, patch: JsonPatch): World {
  const late = [...world.late, { patch, byMono: world.mono + LATE_MS }];
  return numbered({ ...world, late }, status.operation);
}

/** Before an intent is written its process keeps what it is about to send: act.ts does so for a lost answer. */
function withPrepared({ world, index, pass }: At, { status, request }: Doing<'write'>): World {
  if (request === undefined || status.operation === undefined) return world;
  const prepared = { startedMono: world.mono, request };
  return withProcess(world, index, { memory: ofNewOperation(pass.memory, status.operation.id, prepared) });
}

/** Ids that were used are spent. */
function numbered(world: World, operation: Operation | undefined): World {
  const spent =
    operation?.id === `op-${world.nextId}` ||
    statusOf(world.object).history?.[0]?.operationId === `op-${world.nextId}`;
  return spent ? { ...world, nextId: world.nextId + 1 } : world;
}

function afterReport({ world, index, pass }: At, object: KubeObject, decision: Doing<'write'>): World {
  const { account } = pass.reads;
  const sameSpec = object.metadata.generation === pass.object.metadata.generation;
  const followed = statusOf(pass.object).operation?.phase === 'Submitted';
  const ended = followed && decision.status.operation?.phase !== 'Submitted';
  const reads: Reads =
    account === undefined || !sameSpec || ended ? NOTHING_READ : { ...NOTHING_READ, account };
  const going = started(world, object, { ...pass, reads });
  const prepared = { startedMono: world.mono, request: decision.request };
  const memory: Memory =
    decision.request === undefined
      ? going.memory
      : { ...going.memory, prepared: { ...prepared, request: decision.request } };
  const viewed = withView(world, index, object);
  const after = { ...going, memory };
  if (decision.restMs === undefined) return withProcess(viewed, index, { pass: after });
  return rests(
    { world: viewed, index, pass: after },
    Number.isFinite(decision.restMs) ? decision.restMs : undefined,
  );
}

function send(at: At, { operation, request }: Doing<'send'>): World {
  const { world, index, pass } = at;
  const age = world.mono - (pass.memory.prepared?.startedMono ?? Number.NEGATIVE_INFINITY);
  const isOld = age >= world.settings.freshIntentMs && world.hands.freshness === 'checked';
  if (isOld && request.kind !== 'remove') return rests(at, 0);
  const memory = patched(pass.memory, { sentMono: world.mono, prepared: undefined });
  const flying: InFlight = {
    kind: request.kind === 'remove' ? 'remove' : 'write',
    operationId: operation.id,
    causeKey: causeKeyOf(world, operation),
    version: operation.type === 'Modify' ? operation.version : undefined,
    replica: operation.type === 'Scale' ? operation.replica : undefined,
    byMono: world.mono + world.cloud.acceptsWithinMs,
  };
  const sent = withProcess(world, index, { memory, awaiting: operation.id, pass: { ...pass, memory } });
  return { ...sent, cloud: { ...sent.cloud, inFlight: [...sent.cloud.inFlight, flying] } };
}

/** Which cause a write would use up, by what really happened and not by what the operator believes. */
function causeKeyOf({ ledger, secret }: World, operation: Operation): string {
  const { cause, generation, token } = operation;
  if (cause === 'Force' || cause === 'Reset') return `${cause} ${token}`;
  if (cause === 'Secret') return `Secret ${secret}`;
  return cause === 'Replica'
    ? `Replica of generation ${ledger.replicaCauseOf[generation]}`
    : `Spec of generation ${ledger.causeOf[generation]}`;
}

/** The answer to a request arrives, whatever it is. */
export function answered(world: World, index: number, answer: Answer): World {
  const process = world.processes[index];
  if (process?.pass === undefined) return world;
  const memory = patched(process.pass.memory, { answer });
  const { account } = process.pass.reads;
  return withProcess(world, index, {
    awaiting: undefined,
    memory,
    pass: {
      ...process.pass,
      memory,
      reads: account === undefined ? NOTHING_READ : { ...NOTHING_READ, account },
    },
  });
}

function finalizer(at: At, decision: Doing<'finalizer'>, fate: Fate): World {
  const { world, index, pass } = at;
  if (fate === 'fails' || fate === 'late') return breaks(at);
  const { object } = world;
  if (object === undefined) return ends(at, undefined);
  const present = object.metadata.finalizers ?? [];
  if (decision.change === 'remove') {
    const released = broke(withFinalizers(world, []), orphanOf(world, object));
    return fate === 'works'
      ? ends({ ...at, world: released }, undefined)
      : breaks({ ...at, world: released });
  }
  if (versionOf(object) !== versionOf(pass.object)) return stale(at);
  const marked = withFinalizers(world, [...present, 'servicestage.io/finalizer']);
  if (fate === 'answer lost') return breaks({ ...at, world: marked });
  const seen = withView(marked, index, marked.object as KubeObject);
  return withProcess(seen, index, { pass: started(marked, marked.object as KubeObject, pass) });
}

/** With policy Delete a resource is released after its component is gone. */
function orphanOf({ cloud }: World, object: KubeObject): string[] {
  const gone = cloud.reads === 'missing' || cloud.removal === 'done';
  if (gone || resourceOf(object).deletionPolicy === 'Orphan') return [];
  return ['NOORPH: released under policy Delete while the component exists'];
}
