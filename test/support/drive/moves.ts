// What happens in the model sooner or later by itself, and the words in which moves are told.
import type { Answer } from '../../../src/core/facts.ts';
import type { JsonObject } from '../../../src/core/types.ts';
import { accepted, isBusy, jobEnds, jobShows, withoutRequest } from './cloud.ts';
import { landed, watched } from './kube.ts';
import { answered, type Fate, next, step } from './process.ts';
import { type InFlight, type World, withProcess } from './state.ts';

/** How often each fault or deed may happen; absent: never. */
export interface Bounds {
  readonly edit?: number;
  readonly annotate?: number;
  readonly remove?: number;
  readonly secret?: number;
  /** A job started in the console. */
  readonly console?: number;
  readonly crash?: number;
  /** A request whose answer never comes; it may be accepted all the same, until the settle. */
  readonly lose?: number;
  readonly refuse?: number;
  readonly throttle?: number;
  /** A job that shows only later, within the settle. */
  readonly late?: number;
  readonly jobFails?: number;
  /** An ended job is forgotten by the service. */
  readonly forget?: number;
  /** A status write whose answer is lost, or that never arrives. */
  readonly api?: number;
  /** The lease goes to another process. */
  readonly lead?: number;
  /** A status write that its process gives up on lands later. */
  readonly tardy?: number;
  /** The watch of a process lags behind for a while: its passes may judge an old view. */
  readonly stale?: number;
  /** Six seconds pass in the middle of a pass. */
  readonly stall?: number;
  /** The wall clock jumps by two hours, forward or back. */
  readonly jump?: number;
  /** The credentials go, or come back. */
  readonly credentials?: number;
  /** The service says UNKNOWN of a job. */
  readonly mute?: number;
  /** The component is PENDING for a while after a job. */
  readonly pending?: number;
  /** The cloud stops answering reads, until it answers again. */
  readonly outage?: number;
}
export type Kind = keyof Bounds;

export interface Menu {
  readonly edits?: readonly { readonly component?: JsonObject; readonly spec?: JsonObject }[];
  readonly annotations?: readonly Readonly<Record<string, string>>[];
  /** Versions that the console deploys; undefined: a job without a record. */
  readonly console?: readonly (string | undefined)[];
  /** What a process that loses the lease keeps, which matters when it may get it again: it wakes where it was. Default nothing. */
  readonly oldLeader?: 'returns';
}

export interface Move {
  readonly name: () => string;
  /** Undefined: it happens by itself. */
  readonly kind?: Kind;
  readonly after: () => World;
}

/** What happens by itself, the most urgent first: taking the first one again and again leads to rest. */
export function freeMoves(world: World): Move[] {
  const known = free.get(world) ?? heard(allFree(world));
  free.set(world, known);
  return known;
}

const free = new WeakMap<World, Move[]>();

/** Moves whose worlds are made at most once, and are such as the watches that are on time have told of. */
export function heard(moves: readonly Move[]): Move[] {
  return moves.map((move) => {
    let made: World | undefined;
    return {
      ...move,
      after: () => {
        made ??= watched(move.after());
        return made;
      },
    };
  });
}

function allFree(world: World): Move[] {
  return [
    ...answers(world),
    ...arrivals(world),
    ...hidden(world),
    ...landings(world),
    ...catchingUp(world),
    ...steps(world, 'works'),
    ...wakings(world),
    ...starting(world),
    ...jobs(world),
    ...time(world),
  ];
}

/** Index of the process that waits for an answer; -1: none. */
export function waiterOf(world: World, operationId: string): number {
  return world.processes.findIndex((process) => process.awaiting === operationId);
}

function answers(world: World): Move[] {
  return world.processes.flatMap(({ awaiting }, index): Move[] => {
    if (awaiting === undefined || world.cloud.inFlight.some((each) => each.operationId === awaiting))
      return [];
    const job = world.cloud.jobs.find((each) => each.operationId === awaiting);
    const answer: Answer =
      job === undefined
        ? { to: 'remove', outcome: { kind: 'accepted' } }
        : { to: 'submit', outcome: { kind: 'accepted', jobId: job.id } };
    const name = () => `process ${index} learns of ${job?.id ?? 'the accepted DELETE'}`;
    return [{ name, after: () => answered(world, index, answer) }];
  });
}

function arrivals(world: World): Move[] {
  return world.cloud.inFlight.flatMap((request): Move[] => {
    const waiter = waiterOf(world, request.operationId);
    const drop: Move[] =
      waiter >= 0
        ? []
        : [
            {
              name: () => `the request of ${request.operationId} is lost`,
              after: () => withoutRequest(world, request),
            },
          ];
    if (request.kind === 'remove') return [...drop, ...removals(world, request)];
    if (isBusy(world.cloud)) {
      const busy =
        waiter < 0
          ? []
          : [{ name: () => `busy: 400 for ${request.operationId}`, after: () => refused(world, request) }];
      return [...drop, ...busy];
    }
    const take = () => accepted(world, request, 'at once').world;
    const move: Move = { name: () => `the request of ${request.operationId} is accepted`, after: take };
    return waiter >= 0 ? [move] : [...drop, move];
  });
}

/** A DELETE arrives: it begins, or is refused while a job runs, or finds nothing. */
function removals(world: World, request: InFlight): Move[] {
  const waiter = waiterOf(world, request.operationId);
  const rest = withoutRequest(world, request);
  const told = (outcome: Extract<Answer, { to: 'remove' }>['outcome']): World =>
    waiter < 0 ? rest : answered(rest, waiter, { to: 'remove', outcome });
  const { removal } = world.cloud;
  if (removal === 'done')
    return [{ name: () => 'DELETE finds nothing', after: () => told({ kind: 'gone' }) }];
  if (isBusy(world.cloud))
    return [{ name: () => 'busy: 400 for DELETE', after: () => told({ kind: 'busy', failure: BUSY }) }];
  const after = () => ({ ...rest, cloud: { ...rest.cloud, removal: 'runs' as const } });
  return [{ name: () => 'the DELETE is accepted', after }];
}

const BUSY = {
  class: 'permanent',
  code: 'SVCSTG.00100400',
  message: 'invalid',
  httpStatus: 400,
} as const;

/** The service answers 400 and does nothing. */
export function refused(world: World, request: InFlight): World {
  return answered(withoutRequest(world, request), waiterOf(world, request.operationId), {
    to: 'submit',
    outcome: { kind: 'refused', failure: BUSY },
  });
}

function hidden(world: World): Move[] {
  return world.cloud.jobs
    .filter((job) => !job.visible)
    .map((job) => ({ name: () => `${job.id} becomes visible`, after: () => jobShows(world, job.id) }));
}

export function isRunnable(world: World, index: number): boolean {
  const process = world.processes[index];
  if (process === undefined || process.awaiting !== undefined || world.object === undefined) return false;
  if (!process.leading) return false;
  return process.pass !== undefined || (process.dueMono !== undefined && process.dueMono <= world.mono);
}

/** What is done to the resource now, and not a step earlier or later, makes a difference. */
export function touchesObject(world: World): boolean {
  if (world.late.length > 0) return true;
  return world.processes.every((process, index) => {
    if (!process.leading || process.pass === undefined) return true;
    if (process.awaiting !== undefined) return false;
    const kind = next(world, index)?.decision.kind;
    return kind === 'write' || kind === 'finalizer';
  });
}

/** The next step of every process that can make one. */
export function steps(world: World, fate: Fate): Move[] {
  return world.processes.flatMap((_process, index): Move[] => {
    if (!isRunnable(world, index)) return [];
    if (fate !== 'works' && !writesToCluster(world, index)) return [];
    const suffix = fate === 'works' ? '' : ` (${fate})`;
    const name = () => `process ${index}: ${described(world, index)}${suffix}`;
    return [{ name, after: () => step(world, index, fate) }];
  });
}

function writesToCluster(world: World, index: number): boolean {
  const kind = next(world, index)?.decision.kind;
  return kind === 'write' || kind === 'finalizer';
}

function described(world: World, index: number): string {
  const decision = next(world, index)?.decision;
  if (decision === undefined) return 'nothing';
  switch (decision.kind) {
    case 'read':
      return `read ${decision.read.what}${decision.read.what === 'job' ? ` ${decision.read.jobId}` : ''}`;
    case 'write': {
      const { operation, conditions = [], observedGeneration } = decision.status;
      const shown = conditions.map((c) => `${c.type}=${c.status}/${c.reason}`).join(' ');
      const op = operation === undefined ? '-' : `${operation.id} ${operation.type} ${operation.phase}`;
      return `write ${op} | gen ${observedGeneration} ${shown}`;
    }
    case 'rest':
      return `rest: ${decision.why} (${decision.ms ?? '-'} ms)`;
    case 'send':
      return `send ${decision.request.kind} of ${decision.operation.id}`;
    case 'finalizer':
      return `finalizer ${decision.change}`;
    case 'note':
      return `note: ${decision.why}`;
    default: {
      const never: never = decision;
      return never;
    }
  }
}

function landings(world: World): Move[] {
  return world.late.map((write) => ({
    name: () => 'the late write lands, if its tests hold',
    after: () => landed(world, write),
  }));
}

/** A standby looks at nothing, so it catches up as a leader. */
function catchingUp(world: World): Move[] {
  return world.processes.flatMap((process, index): Move[] =>
    process.watch === 'on time' || !process.leading
      ? []
      : [
          {
            name: () => `the watch of process ${index} catches up`,
            after: () => withProcess(world, index, { watch: 'on time' }),
          },
        ],
  );
}

/** A process that was stopped in a pass finds that it no longer leads: the pass ends, its memory stays. */
function wakings(world: World): Move[] {
  return world.processes.flatMap(({ leading, pass, awaiting }, index): Move[] =>
    leading || pass === undefined || awaiting !== undefined
      ? []
      : [
          {
            name: () => `process ${index} wakes and no longer leads`,
            after: () => withProcess(world, index, { pass: undefined, memory: pass.memory }),
          },
        ],
  );
}

function starting(world: World): Move[] {
  const { startsByMono, ...cloud } = world.cloud;
  return startsByMono === undefined
    ? []
    : [{ name: () => 'the component runs', after: () => ({ ...world, cloud }) }];
}

function jobs(world: World): Move[] {
  const { cloud } = world;
  const ends = cloud.jobs
    .filter((job) => job.phase === 'running')
    .map((job) => ({ name: () => `${job.id} succeeds`, after: () => jobEnds(world, job.id, 'succeeded') }));
  if (cloud.removal !== 'runs') return ends;
  const after = () => ({ ...world, cloud: { ...cloud, removal: 'done' as const } });
  return [...ends, { name: () => 'the component is gone', after }];
}

/** To the next thing that is due; nobody is in the middle of something then, and no bound of the assumptions is passed. */
function time(world: World): Move[] {
  const { processes, cloud, mono } = world;
  const active = processes.some(
    (process, index) => process.leading && (isRunnable(world, index) || process.awaiting !== undefined),
  );
  const bounds = [
    ...cloud.inFlight.map((request) => request.byMono),
    ...world.late.map((write) => write.byMono),
    ...(cloud.startsByMono === undefined ? [] : [cloud.startsByMono]),
    ...cloud.jobs.filter((job) => !job.visible).map((job) => job.visibleByMono),
  ];
  if (active || bounds.some((bound) => bound <= mono)) return [];
  const due = processes.flatMap(({ leading, dueMono }) =>
    leading && dueMono !== undefined && dueMono > mono ? [dueMono] : [],
  );
  const to = Math.min(...bounds, ...due);
  if (!Number.isFinite(to)) return [];
  return [{ name: () => `${(to - mono) / 1_000} s pass`, after: () => ({ ...world, mono: to }) }];
}
