// What the loop needs of the world, as plain types. The adapters do not import this file: main hands them over and
// the compiler checks the fit there.
import type { EventReason } from '../api/names.ts';
import type {
  ComponentAction,
  Job,
  JsonObject,
  Lookup,
  RecordsLookup,
  RemoteComponent,
  RemoveOutcome,
  SubmitOutcome,
  Target,
} from '../core/types.ts';

/** Time as two clocks: `wall` (epoch ms) is for people, `mono` (ms, never jumps) is for judgements. */
export interface Clock {
  now(): { readonly wall: number; readonly mono: number };
}

/** A clock whose timers can be waited for; tests hand in one that jumps. */
export interface Time extends Clock {
  /** Calls `run` once after `ms`; the answer cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** Data of a Secret, decoded to text. Never printed. */
export type SecretData = Readonly<Record<string, string>>;

/** One component of one account. Reads throw a `CloudFailure`; writes always return an outcome. */
export interface CloudSession {
  getComponent(signal: AbortSignal): Promise<Lookup<RemoteComponent>>;
  /** `body` is the exact text that goes on the wire. One try, own connection, no redirect. */
  modify(body: string, signal: AbortSignal, secretValues?: readonly string[]): Promise<SubmitOutcome>;
  act(action: ComponentAction, signal: AbortSignal): Promise<SubmitOutcome>;
  remove(signal: AbortSignal): Promise<RemoveOutcome>;
  getJob(jobId: string, signal: AbortSignal): Promise<Lookup<Job>>;
  listRecords(signal: AbortSignal): Promise<RecordsLookup>;
}

export interface Cloud {
  /**
   * Throws a `CloudFailure` of class `credentials` that names the missing or malformed key, or of class `configuration`.
   * `hidden`: texts beside the credentials that no message of the session may repeat.
   */
  open(target: Target, secret: SecretData, hidden?: readonly string[]): CloudSession;
}

/** A custom resource as the API server gave it. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: JsonObject;
  readonly status?: JsonObject;
}

export type JsonPatch = readonly (
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
)[];

/** `stale`: a test of the patch failed or the object changed: nothing was written. `gone`: no such object. */
export type WriteOutcome =
  | { readonly kind: 'written'; readonly object: KubeObject }
  | { readonly kind: 'stale' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'rejected'; readonly message: string };

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly action: string;
  readonly note: string;
}

export type SecretLookup =
  | { readonly kind: 'found'; readonly data: SecretData }
  | { readonly kind: 'missing' }
  | { readonly kind: 'forbidden'; readonly message: string };

/** The cluster. Methods throw a `KubeFailure` (class transient, throttled, permission, credentials) when the answer is not known. */
export interface Cluster {
  get(namespace: string, name: string, signal: AbortSignal): Promise<KubeObject | undefined>;
  patchStatus(object: KubeObject, patch: JsonPatch, signal: AbortSignal): Promise<WriteOutcome>;
  /** Adds or removes our finalizer only; other finalizers stay untouched. */
  addFinalizer(object: KubeObject, signal: AbortSignal): Promise<WriteOutcome>;
  removeFinalizer(object: KubeObject, signal: AbortSignal): Promise<WriteOutcome>;
  readSecret(namespace: string, name: string, signal: AbortSignal): Promise<SecretLookup>;
  /** Best effort and rate-limited; never fails a pass. */
  event(object: KubeObject, note: EventNote): void;
}

/** Whether this process may write. */
export interface Leadership {
  leading(): boolean;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the store answers for a key: the object itself while work is due, else that it must be fetched. */
export type Taken =
  | { readonly kind: 'object'; readonly object: KubeObject }
  | { readonly kind: 'compact'; readonly record: { readonly resourceVersion: string } }
  | { readonly kind: 'absent' };

/** Records by key. The watch and our own writes put; a pass takes; a resource at rest is settled to a compact record. */
export interface Store {
  take(key: string): Taken;
  put(object: KubeObject): unknown;
  /** The answer to a write of ours that was decided on `base`; `overtaken`: somebody else changed it in between. */
  putOwn(object: KubeObject, base: KubeObject): unknown;
  settle(key: string, resourceVersion: string): void;
}

/** Key of the keyed digest over Secret values; undefined where the operator may not keep one. */
export interface DigestKey {
  get(signal: AbortSignal): Promise<{ readonly keyId: string; readonly key: Uint8Array } | undefined>;
}

/** What the loop tells the metrics; plain functions, may be empty. */
export interface Observer {
  /** A key was added to the queue, or an end of a pass asked for a retry. */
  added(): void;
  retried(): void;
  /** How long a key waited in the queue. */
  waited(seconds: number): void;
  working(count: number): void;
  pass(fact: { readonly result: 'success' | 'error' | 'requeue_after'; readonly seconds: number }): void;
  /** An operation moved to another phase; `seconds` since it was submitted. */
  operation(fact: {
    readonly type: string;
    readonly phase: string;
    readonly cause: string;
    readonly seconds: number;
    readonly recovered: 'yes' | 'no';
  }): void;
  /** A request was held back just before it would have left: stale intent, lost lease. */
  prevented(kind: string): void;
}
