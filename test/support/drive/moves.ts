// What happens in the model sooner or later by itself, and the words in which moves are told.
import type { JsonObject } from '../../../src/core/types.ts';
import { accepted, isBusy, jobEnds, jobShows, withoutRequest } from './cloud.ts';
import { answered, type Fate, next, step } from './process.ts';
import { type InFlight, versionOf, type World, withProcess } from './state.ts';

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
  /** Six seconds pass in the middle of a pass. */
  readonly stall?: number;
  /** The cloud stops answering reads, until it answers again. */
  readonly outage?: number;
}
export type Kind = keyof Bounds;

export interface Menu {
  readonly edits?: readonly { readonly component?: JsonObject; readonly spec?: JsonObject }[];
  readonly annotations?: readonly Readonly<Record<string, string>>[];
  /** Versions that the console deploys; undefined: a job without a record. */
  readonly console?: readonly (string | undefined)[];
}

export interface Move {
  readonly name: () => string;
  /** Undefined: it happens by itself. */
  readonly kind?: Kind;
  readonly after: () => World;
}

/** What happens by itself, the most urgent first: taking the first one again and again leads to rest. */
export function freeMoves(world: World): Move[] {
  return [
    ...answers(world),
    ...arrivals(world),
    ...hidden(world),
    ...steps(world, 'works'),
    ...watches(world),
    ...jobs(world),
    ...time(world),
  ];
}

/** Index of the process that waits for an answer; -1: none. */
export function waiterOf(world: World, operationId: string): number {
  return world.processes.findIndex((process) => process.awaiting === operationId);
}

function answers(world: World): Move[] {
  return world.processes.flatMap((process, index): Move[] => {
    const job = world.cloud.jobs.find((each) => each.operationId === process.awaiting);
    if (process.awaiting === undefined || job === undefined) return [];
    const after = () => answered(world, index, { kind: 'accepted', jobId: job.id });
    return [{ name: () => `process ${index} learns of ${job.id}`, after }];
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

/** The service answers 400 and does nothing. */
export function refused(world: World, request: InFlight): World {
  const failure = {
    class: 'permanent',
    code: 'SVCSTG.00100400',
    message: 'invalid',
    httpStatus: 400,
  } as const;
  return answered(withoutRequest(world, request), waiterOf(world, request.operationId), {
    kind: 'refused',
    failure,
  });
}

function hidden(world: World): Move[] {
  return world.cloud.jobs
    .filter((job) => !job.visible)
    .map((job) => ({ name: () => `${job.id} becomes visible`, after: () => jobShows(world, job.id) }));
}

function isRunnable(world: World, index: number): boolean {
  const process = world.processes[index];
  if (process === undefined || process.awaiting !== undefined || world.object === undefined) return false;
  return process.pass !== undefined || (process.dueMono !== undefined && process.dueMono <= world.mono);
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

function watches(world: World): Move[] {
  const { object } = world;
  if (object === undefined) return [];
  return world.processes.flatMap((process, index): Move[] => {
    if (process.seenVersion >= versionOf(object)) return [];
    const busy = process.pass !== undefined;
    const change = { view: object, seenVersion: versionOf(object), ...(busy ? {} : { dueMono: world.mono }) };
    return [
      {
        name: () => `process ${index} sees version ${versionOf(object)}`,
        after: () => withProcess(world, index, change),
      },
    ];
  });
}

function jobs(world: World): Move[] {
  return world.cloud.jobs
    .filter((job) => job.phase === 'running')
    .map((job) => ({ name: () => `${job.id} succeeds`, after: () => jobEnds(world, job.id, 'succeeded') }));
}

/** To the next thing that is due; nobody is in the middle of something then, and no bound of the assumptions is passed. */
function time(world: World): Move[] {
  const { processes, cloud, mono } = world;
  const active = processes.some(
    (process, index) => process.leading && (isRunnable(world, index) || process.awaiting !== undefined),
  );
  const bounds = [
    ...cloud.inFlight.map((request) => request.byMono),
    ...cloud.jobs.filter((job) => !job.visible).map((job) => job.visibleByMono),
    ...cloud.jobs.filter((job) => job.phase === 'running').map((job) => job.endsByMono),
  ];
  if (active || bounds.some((bound) => bound <= mono)) return [];
  const due = processes.map((process) => process.dueMono).filter((ms) => ms !== undefined && ms > mono);
  const to = Math.min(...bounds, ...(due as number[]));
  if (!Number.isFinite(to)) return [];
  return [{ name: () => `${(to - mono) / 1_000} s pass`, after: () => ({ ...world, mono: to }) }];
}
