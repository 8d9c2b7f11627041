// The state of the model: one custom resource, one component, some operator processes, one clock. Plain readonly data: a move
// makes a new state, so that states can be kept, compared and explored.
//
// Modelled: what a watch has not shown yet, requests that were sent and are not answered, jobs that the service accepted and
// does not show yet (at most one settle: assumptions A1 and A2), a lease that moves. Not modelled: several resources, several
// workers, wall clocks that jump, Secrets that cannot be read.
import type { KubeObject } from '../../../src/controller/ports.ts';
import type { Memory, Note, Reads, Settings } from '../../../src/core/facts.ts';
import { EMPTY_MEMORY } from '../../../src/core/memory.ts';
import type { JobPhase, JsonObject } from '../../../src/core/types.ts';
import { cr, SETTINGS } from '../make.ts';

export interface CloudJob {
  readonly id: string;
  /** The operation that started it; undefined: the console. */
  readonly operationId: string | undefined;
  /** The version it rolls out; undefined: a job without a record. */
  readonly version: string | undefined;
  readonly replica: number | undefined;
  readonly phase: JobPhase;
  /** The service no longer answers for it, although `last_job_id` still names it. */
  readonly forgotten: boolean;
  /** Shown by `last_job_id` and the records. */
  readonly visible: boolean;
  /** It must be visible by then. */
  readonly visibleByMono: number;
  /** It must have ended by then, so that waiting for it is no endless path. */
  readonly endsByMono: number;
}

/** A write that left a process and has neither been accepted nor dropped. */
export interface InFlight {
  readonly operationId: string;
  readonly causeKey: string;
  readonly version: string | undefined;
  readonly replica: number | undefined;
  /** Assumption A1: accepted by then, or never. */
  readonly byMono: number;
}

export interface Cloud {
  readonly version: string;
  readonly replica: number;
  /** State of the component when no job runs. */
  readonly idleStatus: string;
  /** Oldest first. */
  readonly jobs: readonly CloudJob[];
  readonly inFlight: readonly InFlight[];
  /** Assumption A1 holds while this is less than the operator's settle. */
  readonly acceptsWithinMs: number;
  readonly records: 'readable' | 'forbidden';
  /** `missing`: the component was deleted by somebody else. */
  readonly reads: 'answered' | 'failing' | 'missing';
}

/** A pass under way; `memory` is kept only where the controller keeps it. */
export interface Pass {
  readonly object: KubeObject;
  readonly memory: Memory;
  readonly reads: Reads;
  readonly staleViews: number;
}

export interface Process {
  readonly leading: boolean;
  /** What the store holds; undefined: a few words, so that the next pass fetches the object. */
  readonly view: KubeObject | undefined;
  readonly seenVersion: number;
  readonly memory: Memory;
  readonly pass: Pass | undefined;
  /** Operation whose request waits for its answer. */
  readonly awaiting: string | undefined;
  readonly dueMono: number | undefined;
}

/** What an onlooker with full knowledge notes down; no process can see it. */
export interface Ledger {
  /** Accepted writes by cause. */
  readonly accepted: Readonly<Record<string, readonly string[]>>;
  /** Generation whose edit made the digest of each generation, by generation. */
  readonly causeOf: readonly number[];
  readonly versionOf: readonly string[];
  readonly replicaOf: readonly (number | undefined)[];
  readonly replicaCauseOf: readonly number[];
  readonly notes: readonly Note[];
  readonly statusWrites: number;
  /** Promises that a move broke. */
  readonly broken: readonly string[];
}

export interface World {
  readonly mono: number;
  readonly settings: Settings;
  /** Undefined once the resource is gone. */
  readonly object: KubeObject | undefined;
  /** Digest of the Secrets that the spec refers to. */
  readonly secret: string | undefined;
  readonly credentials: 'there' | 'missing';
  readonly cloud: Cloud;
  readonly processes: readonly Process[];
  readonly nextId: number;
  readonly ledger: Ledger;
}

export interface WorldOptions {
  readonly object?: KubeObject;
  readonly settings?: Partial<Settings>;
  readonly cloud?: Partial<Cloud>;
  readonly processes?: number;
  readonly secret?: string;
  readonly credentials?: World['credentials'];
}

export const START_VERSION = '2023.0323.15181';
/** Longest job of the model: one poll finds it running. */
export const JOB_MS = 70_000;
/** Interval checks off, so that a world at rest has nothing due. */
const QUIET_SPEC: JsonObject = { interval: '0s' };

export const NEW_PROCESS: Process = {
  leading: true,
  view: undefined,
  seenVersion: 0,
  memory: EMPTY_MEMORY,
  pass: undefined,
  awaiting: undefined,
  dueMono: 0,
};

/** A resource nobody has looked at, beside an idle component whose last job succeeded. */
export function newWorld(options: WorldOptions = {}): World {
  const object = options.object ?? cr({ component: { version: '1.0.1' }, spec: QUIET_SPEC });
  const component = object.spec.component as JsonObject;
  return {
    mono: 0,
    settings: { ...SETTINGS, pollMs: 60_000, ...options.settings },
    object,
    secret: options.secret,
    credentials: options.credentials ?? 'there',
    cloud: {
      version: START_VERSION,
      replica: 1,
      idleStatus: 'RUNNING',
      jobs: [
        {
          id: 'J-0',
          operationId: undefined,
          version: START_VERSION,
          replica: undefined,
          phase: 'succeeded',
          forgotten: false,
          visible: true,
          visibleByMono: 0,
          endsByMono: 0,
        },
      ],
      inFlight: [],
      acceptsWithinMs: SETTINGS.settleMs - 1_000,
      records: 'readable',
      reads: 'answered',
      ...options.cloud,
    },
    processes: Array.from({ length: options.processes ?? 1 }, (_, index) => ({
      ...NEW_PROCESS,
      leading: index === 0,
    })),
    nextId: 1,
    ledger: {
      accepted: {},
      causeOf: [0, object.metadata.generation],
      versionOf: ['', String(component.version)],
      replicaOf: [undefined, component.replica as number | undefined],
      replicaCauseOf: [0, object.metadata.generation],
      notes: [],
      statusWrites: 0,
      broken: [],
    },
  };
}

export function versionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion);
}

export function withProcess(world: World, index: number, change: Partial<Process>): World {
  return {
    ...world,
    processes: world.processes.map((process, at) => (at === index ? { ...process, ...change } : process)),
  };
}

export function broke(world: World, promises: readonly string[]): World {
  if (promises.length === 0) return world;
  return { ...world, ledger: { ...world.ledger, broken: [...world.ledger.broken, ...promises] } };
}
