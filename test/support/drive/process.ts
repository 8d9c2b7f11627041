// One step of one operator process, as the controller makes it: the real decide, remember, recall, statusPatch and readResource
// over the state of the model. Only the outside calls are replaced, and what each of them may answer is part of the move.
import type { Operation } from '../../../src/api/status.ts';
import { statusPatch } from '../../../src/controller/patch.ts';
import type { KubeObject } from '../../../src/controller/ports.ts';
import { type ReadResource, readResource } from '../../../src/controller/resource.ts';
import { decide } from '../../../src/core/decide.ts';
import { retryDelayMs, spreadOf } from '../../../src/core/delay.ts';
import type { Account, Answer, Decision, Facts, Memory, Read, Reads } from '../../../src/core/facts.ts';
import { fitted } from '../../../src/core/fit.ts';
import { patched, recall, remember } from '../../../src/core/memory.ts';
import { START_WALL } from '../make.ts';
import { readsComponent, readsJob, readsRecords } from './cloud.ts';
import { judgedWrite, statusOf } from './judge.ts';
import { patchedStatus, withFinalizers } from './kube.ts';
import {
  broke,
  type InFlight,
  type Pass,
  type Process,
  versionOf,
  type World,
  withProcess,
} from './state.ts';

/** What becomes of a write to the API server: its answer arrives, is lost after it worked, or it never arrives. */
export type Fate = 'works' | 'answer lost' | 'fails';

const NOTHING_READ: Reads = { jobs: {} };
const read = new WeakMap<KubeObject, ReadResource>();

function resourceOf(object: KubeObject): ReadResource['resource'] {
  const known = read.get(object) ?? readResource(object);
  read.set(object, known);
  return known.resource;
}

/** What the next step of a process would do, without doing it. */
export function next(
  world: World,
  index: number,
): { readonly pass: Pass; readonly decision: Decision } | undefined {
  const process = world.processes[index];
  if (process === undefined || world.object === undefined || process.awaiting !== undefined) return undefined;
  const pass = process.pass ?? begun(world, process);
  return { pass, decision: decide(factsOf(world, process, pass)) };
}

function begun(world: World, process: Process): Pass {
  const object = process.view ?? (world.object as KubeObject);
  return started(world, object, { memory: process.memory, reads: NOTHING_READ, staleViews: 0 });
}

function started(world: World, object: KubeObject, rest: Omit<Pass, 'object'>): Pass {
  return { ...rest, object, memory: recall(rest.memory, resourceOf(object).status, world.mono) };
}

function factsOf(world: World, process: Process, pass: Pass): Facts {
  return {
    resource: resourceOf(pass.object),
    memory: pass.memory,
    reads: pass.reads,
    settings: world.settings,
    leading: process.leading,
    now: { mono: world.mono, wall: START_WALL + world.mono },
    newId: `op-${world.nextId}`,
  };
}

export function step(world: World, index: number, fate: Fate = 'works'): World {
  const process = world.processes[index];
  const upcoming = next(world, index);
  if (process === undefined || upcoming === undefined) return world;
  const { pass, decision } = upcoming;
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

interface At {
  readonly world: World;
  readonly index: number;
  readonly pass: Pass;
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
  if (fate === 'fails') return breaks(at);
  const patch = statusPatch(resourceOf(pass.object), fitted(decision.status), decision.precondition);
  const same = world.object?.metadata.uid === pass.object.metadata.uid ? world.object : undefined;
  if (same === undefined) return ends({ world, index, pass }, undefined);
  const object = patch.length === 0 ? pass.object : patchedStatus(same, patch);
  if (object === undefined) return stale({ world, index, pass });
  const stored: World =
    patch.length === 0
      ? world
      : { ...world, object, ledger: { ...world.ledger, statusWrites: world.ledger.statusWrites + 1 } };
  const judged = broke(stored, patch.length === 0 ? [] : judgedWrite(same, stored));
  if (fate === 'answer lost') return breaks({ ...at, world: judged });
  const told: World = {
    ...judged,
    ledger: { ...judged.ledger, notes: [...judged.ledger.notes, ...decision.notes] },
  };
  return afterReport({ world: numbered(told, decision.status.operation), index, pass }, object, decision);
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
  const reads: Reads = account === undefined || !sameSpec ? NOTHING_READ : { ...NOTHING_READ, account };
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

function withView(world: World, index: number, object: KubeObject): World {
  const process = world.processes[index];
  if (process?.view !== undefined && versionOf(process.view) >= versionOf(object)) return world;
  return withProcess(world, index, { view: object, seenVersion: versionOf(object) });
}

function stale({ world, index, pass }: At): World {
  const kept = withProcess(world, index, { memory: pass.memory });
  if (pass.staleViews >= 3) return ends({ world: kept, index, pass }, 1_000);
  const object = world.object as KubeObject;
  const seen = withView(kept, index, object);
  return withProcess(seen, index, {
    pass: started(world, object, { ...pass, reads: NOTHING_READ, staleViews: pass.staleViews + 1 }),
  });
}

/** The API server's answer is not known: the pass ends, what only the pass remembered is lost. */
function breaks({ world, index, pass }: At): World {
  const memory = world.processes[index]?.memory ?? pass.memory;
  const failures = memory.failures + 1;
  const delayMs = retryDelayMs({ class: 'transient' }, failures, spreadOf('shop/weather'));
  return withProcess(world, index, {
    pass: undefined,
    memory: { ...memory, failures },
    dueMono: world.mono + delayMs,
  });
}

function send(at: At, { operation, request }: Doing<'send'>): World {
  const { world, index, pass } = at;
  const age = world.mono - (pass.memory.prepared?.startedMono ?? Number.NEGATIVE_INFINITY);
  if (request.kind === 'remove') return broke(world, ['the model does not delete components']);
  if (world.processes[index]?.leading !== true || age >= world.settings.freshIntentMs) return rests(at, 0);
  const memory = patched(pass.memory, { sentMono: world.mono, prepared: undefined });
  const flying: InFlight = {
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
export function answered(
  world: World,
  index: number,
  outcome: Extract<Answer, { to: 'submit' }>['outcome'],
): World {
  const process = world.processes[index];
  if (process?.pass === undefined) return world;
  const memory = patched(process.pass.memory, { answer: { to: 'submit', outcome } });
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
  if (fate === 'fails') return breaks(at);
  const { object } = world;
  if (object === undefined) return ends(at, undefined);
  const present = object.metadata.finalizers ?? [];
  if (decision.change === 'remove') {
    const released = withFinalizers(world, []);
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

function rests(at: At, ms: number | undefined): World {
  const { world, index, pass } = at;
  const soon = ms !== undefined && ms <= world.settings.pollMs;
  const { view } = world.processes[index] ?? {};
  const settled = !soon && (view === undefined || versionOf(view) <= versionOf(pass.object));
  const kept = withProcess(world, index, settled ? { view: undefined } : {});
  return ends({ world: kept, index, pass }, ms);
}

/** The pass is over; what the watch brought meanwhile starts the next one. */
function ends({ world, index, pass }: At, ms: number | undefined): World {
  const process = world.processes[index];
  const news = (process?.seenVersion ?? 0) > versionOf(pass.object);
  const dueMono = news ? world.mono : ms === undefined ? undefined : world.mono + ms;
  return withProcess(world, index, { pass: undefined, memory: pass.memory, dueMono });
}
