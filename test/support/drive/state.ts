// The state of the model: one custom resource, one component, some operator processes, a steady and a wall clock. Plain readonly
// data: a move makes a new state, so that states can be kept, compared and explored.
//
// Modelled: a watch that lags behind, requests that were sent and are not answered, writes to the API server that land late, jobs
// that the service accepted and does not show yet (at most one settle: assumptions A1 and A2), a lease that moves, a wall clock
// that jumps, credentials that go and come back. Not modelled: several resources, several workers, interval checks (drift).
import type { JsonPatch, KubeObject } from '../../../src/controller/ports.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Decision, Facts, Memory, Note, Reads, Settings } from '../../../src/core/facts.ts';
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
  /** The service says UNKNOWN when it is asked for this job. */
  readonly mute?: 'yes';
}

/** A write that left a process and has neither been accepted nor dropped. */
export interface InFlight {
  readonly kind: 'write' | 'remove';
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
  /** A DELETE was accepted; `done`: the component no longer exists. */
  readonly removal?: 'runs' | 'done';
  /** The component has begun to start and is RUNNING by then. */
  readonly startsByMono?: number;
}

/** A status write that has left its process, which no longer waits for it, and has not reached the API server. */
export interface LateWrite {
  readonly patch: JsonPatch;
  /** It lands by then, or never. */
  readonly byMono: number;
}

/** What judges and writes. A broken variant of the operator replaces one of them. */
export interface Hands {
  readonly judge: (facts: Facts) => Decision;
  readonly patch: (patch: JsonPatch) => JsonPatch;
  /** Whether the age of an intent is looked at just before it is sent. */
  readonly freshness: 'checked' | 'ignored';
}

export const HANDS: Hands = { judge: decide, patch: (patch) => patch, freshness: 'checked' };

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
  /** Its watch brings nothing, until it does again. */
  readonly watch: 'on time' | 'lags';
  readonly memory: Memory;
  readonly pass: Pass | undefined;
  /** Operation whose request waits for its answer. */
  readonly awaiting: string | undefined;
  readonly dueMono: number | undefined;
  /** It lost the lease for good. */
  readonly retired?: 'yes';
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
  /** Force tokens given to a resource that had a status already. */
  readonly forced: readonly string[];
  readonly notes: readonly Note[];
  readonly statusWrites: number;
  /** Promises that a move broke. */
  readonly broken: readonly string[];
}

export interface World {
  readonly mono: number;
  /** How far the wall clock has been set forward (or back), ms. */
  readonly wallShiftMs: number;
  readonly hands: Hands;
  readonly late: readonly LateWrite[];
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
  readonly hands?: Partial<Hands>;
}

export const START_VERSION = '2023.0323.15181';
/** Interval checks off, so that a world at rest has nothing due. */
const QUIET_SPEC: JsonObject = { interval: '0s' };

export const NEW_PROCESS: Process = {
  leading: true,
  view: undefined,
  seenVersion: 0,
  watch: 'on time',
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
    wallShiftMs: 0,
    hands: { ...HANDS, ...options.hands },
    late: [],
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
      seenVersion: versionOf(object),
      leading: index === 0,
    })),
    nextId: 1,
    ledger: {
      accepted: {},
      causeOf: [0, object.metadata.generation],
      versionOf: ['', String(component.version)],
      replicaOf: [undefined, component.replica as number | undefined],
      replicaCauseOf: [0, object.metadata.generation],
      forced: [],
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
