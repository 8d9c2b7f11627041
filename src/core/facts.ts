// What a pass knows (Facts) and what it may do next (Decision). `decide` maps one to the other and touches nothing.
//
// Three kinds of knowledge, kept apart on purpose: the resource (durable, seen by every replica), the reads of this
// pass (fresh, thrown away with the pass) and the memory of this process (lost in a crash, therefore never needed
// for correctness: losing it only costs time).
import type { EventReason } from '../api/names.ts';
import type { Operation, Status } from '../api/status.ts';
import type {
  ComponentAction,
  Failure,
  Job,
  JsonObject,
  Lookup,
  RecordsLookup,
  RemoteComponent,
  RemoveOutcome,
  SubmitOutcome,
} from './types.ts';

/** `wall`: epoch ms, for people. `mono`: ms of this process, never jumps, for judgements. */
export interface Instant {
  readonly wall: number;
  readonly mono: number;
}

export interface Settings {
  readonly pollMs: number;
  /** Time within which the service shows what it accepted (assumptions A1 and A2). */
  readonly settleMs: number;
  /** Age at which an intent of our own may no longer be sent. */
  readonly freshIntentMs: number;
  readonly jobDeadlineMs: number;
  readonly configIdWireName: 'conifg_id' | 'config_id';
  readonly operatorPaused: boolean;
}

/** What follows a call whose outcome stays unknown: stall, one more call, or stall until a person decides. */
export type AmbiguousSubmit = 'Verify' | 'Resubmit' | 'Hold';

/** What the spec asks for; all of it computed from the spec alone. */
export interface Desired {
  readonly component: JsonObject;
  readonly specDigest: string;
  readonly digestVersion: number;
  readonly version: string;
  readonly replica: number | undefined;
  readonly scaleHosts: readonly string[] | undefined;
  readonly deployMode: string;
  readonly hasSecretRefs: boolean;
  readonly rolloutOnSecretChange: boolean;
  readonly ambiguousSubmit: AmbiguousSubmit;
  readonly suspend: boolean;
  readonly driftPolicy: 'Ignore' | 'Observe' | 'Revert' | 'RevertOnce';
  /** JSON pointers into spec.component; what is at or below them is no difference. */
  readonly ignoreDifferences: readonly string[];
  readonly intervalMs: number;
  readonly warnings: readonly string[];
}

export type SpecFacts =
  | { readonly kind: 'valid'; readonly desired: Desired }
  | { readonly kind: 'invalid'; readonly message: string };

export interface Resource {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deleting: boolean;
  readonly hasFinalizer: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly deletionPolicy: 'Orphan' | 'Delete';
  readonly spec: SpecFacts;
  readonly status: Status;
  /** The API server stores a status at all; it always does once the CRD's default has fired. */
  readonly hasStatus: boolean;
  /** Set when `.status.operation`, `.lastApplied` or `.history` was changed by somebody and can no longer be read. */
  readonly statusProblem?: string;
}

/** The account of the CR: credentials that parse, and the values of every Secret the spec refers to. */
export interface Account {
  /** Resolved values by JSON pointer into spec.component; never printed. */
  readonly secrets: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly secretDigest: string | undefined;
  readonly keyId: string | undefined;
}

export type Read<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface Reads {
  readonly account?: Read<Account>;
  readonly component?: Read<Lookup<RemoteComponent>>;
  readonly records?: Read<RecordsLookup>;
  readonly jobs: Readonly<Record<string, Read<Lookup<Job>>>>;
}

export type CloudRequest =
  | { readonly kind: 'modify'; readonly body: string; readonly secretValues: readonly string[] }
  | { readonly kind: 'act'; readonly action: ComponentAction }
  | { readonly kind: 'remove' };

export type Answer =
  | { readonly to: 'submit'; readonly outcome: SubmitOutcome }
  | { readonly to: 'remove'; readonly outcome: RemoveOutcome };

/** What this process remembers of the open operation and of its own clock. */
export interface Memory {
  /** The operation that the next six belong to. */
  readonly operationId?: string;
  /** Present only in the process that wrote the intent; `startedMono` was read before that write began. */
  readonly prepared?: { readonly startedMono: number; readonly request: CloudRequest };
  readonly sentMono?: number;
  readonly answer?: Answer;
  readonly firstSeenMono?: number;
  /** Reads of component and records that looked the same; `firstMono` is the first of them. */
  readonly equalReads?: { readonly fingerprint: string; readonly firstMono: number };
  readonly unknownReads?: { readonly count: number; readonly lastMono: number };
  readonly newerJobIds?: readonly string[];
  readonly refusalChecked?: boolean;
  /** Failed reads in a row, for the back-off. */
  readonly failures: number;
  /** The job (by `last_job_id`) that keeps the component busy or the service behind, and since when. */
  readonly waitsFor?: { readonly jobId: string; readonly sinceMono: number };
  /** Why the service cannot be used, since when, and when it was last seen to be so. */
  readonly stuck?: { readonly reason: string; readonly sinceMono: number; readonly lastMono: number };
  readonly checkDueMono?: number;
  /** Generation whose spec warnings were told. */
  readonly warnedGeneration?: number;
}

/** Changes to the memory; `undefined` forgets. */
export type MemoryPatch = { readonly [K in keyof Memory]?: Memory[K] | undefined };

export interface Facts {
  readonly resource: Resource;
  readonly memory: Memory;
  readonly reads: Reads;
  readonly settings: Settings;
  readonly leading: boolean;
  /** `namespace/name` of the resource that owns the component, when that is not this one. */
  readonly takenBy?: string | undefined;
  readonly now: Instant;
  /** A fresh id for an operation that this decision may begin. */
  readonly newId: string;
}

export interface Note {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly action: string;
  readonly note: string;
}

export type ReadRequest =
  | { readonly what: 'account' | 'component' | 'records' }
  | { readonly what: 'job'; readonly jobId: string };

/** `resourceVersion`: the object is exactly the one that was judged. `operation`: the operation's id and phase are. */
export type Precondition = 'resourceVersion' | 'operation';

export type Decision =
  | { readonly kind: 'read'; readonly read: ReadRequest }
  | {
      readonly kind: 'write';
      readonly status: Status;
      readonly precondition: Precondition;
      readonly notes: readonly Note[];
      /** Present for an intent: what is to be sent once the intent is durable. */
      readonly request?: CloudRequest;
      /** Present when the pass ends with this write. */
      readonly restMs?: number;
      readonly memory?: MemoryPatch;
    }
  | { readonly kind: 'send'; readonly operation: Operation; readonly request: CloudRequest }
  | { readonly kind: 'finalizer'; readonly change: 'add' | 'remove'; readonly notes: readonly Note[] }
  | {
      readonly kind: 'note';
      readonly notes: readonly Note[];
      readonly memory: MemoryPatch;
      readonly why: string;
    }
  /** `ms` undefined: nothing to do until the resource changes. */
  | {
      readonly kind: 'rest';
      readonly ms: number | undefined;
      readonly memory?: MemoryPatch;
      readonly why: string;
    };
