// The books of a sequence: every cause that a user or a Secret gives, by what it asks for, and what was done to the world. They
// are written before a step is done and know nothing of what the operator makes of it.
import type { HistoryEntry, Status } from '../../src/api/status.ts';
import type { JsonObject } from '../../src/core/types.ts';
import type { World } from '../support/world.ts';
import type { Step } from './steps.ts';

/** What a user asked for, as it can be recognised in a body on the wire. */
export function wishOf(body: JsonObject): string {
  return `${String(body.version)} "${String(body.description ?? '')}"`;
}

export interface Ledger {
  /** Every wish in the order of asking; a new resource asks again. */
  readonly wishes: string[];
  /** Tokens and new Secret values: each may lead to one more call, for whatever is wished then. */
  floating: number;
  /** New instance counts, and new resources that ask for one. */
  counts: number;
  resets: number;
  foreignJobs: number;
  foreignModifies: number;
  /** Answers that were lost, crashes included. */
  lost: number;
  readonly jobEnds: Set<string>;
  /** Journal length at the last change made in the console. */
  changedAt: number;
  /** Journal length when the present resource was made. */
  madeAt: number;
  readonly tokens: Map<string, string>;
  secret: string;
  suspendedAt: number | undefined;
  /** What was told about each job, over time. */
  readonly told: Map<string, HistoryEntry>;
  readonly problems: string[];
}

export interface Play {
  readonly world: World;
  readonly ledger: Ledger;
  readonly spec: { component: Record<string, JsonObject[string]>; rest: JsonObject };
  perform(step: Step): Promise<void>;
  /** Nothing goes wrong any more: faults end, credentials are right, the operator runs, nothing is suspended. */
  calm(): Promise<void>;
  status(): Promise<Status | undefined>;
  stop(): Promise<void>;
}

export function newLedger(): Ledger {
  return {
    wishes: [],
    floating: 0,
    counts: 0,
    resets: 0,
    foreignJobs: 0,
    foreignModifies: 0,
    lost: 0,
    jobEnds: new Set(),
    changedAt: 0,
    madeAt: 0,
    tokens: new Map(),
    secret: 'value-0',
    suspendedAt: undefined,
    told: new Map(),
    problems: [],
  };
}
