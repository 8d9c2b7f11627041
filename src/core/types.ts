// The nouns that the rooms hand to each other. Readonly data, tagged unions, no behaviour.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** The component in ServiceStage that a custom resource names. */
export interface Target {
  readonly region: string;
  readonly projectId: string;
  readonly applicationId: string;
  readonly componentId: string;
}

/**
 * How a failed call is to be treated; decided once, where the answer arrives.
 * `configuration` is a permanent failure that lies outside the spec (wrong endpoint, TLS, API path unknown).
 */
export type FailureClass =
  | 'transient'
  | 'throttled'
  | 'permanent'
  | 'unknownOutcome'
  | 'credentials'
  | 'permission'
  | 'configuration';

/** What is known of a failed call. `message` is safe to show: no body, no header, no secret, at most 300 bytes. */
export interface Failure {
  readonly class: FailureClass;
  /** Stable code: the service's own (`SVCSTG.00100400`), else ours (`ECONNREFUSED`, `HTTP_502`). */
  readonly code: string;
  readonly message: string;
  readonly httpStatus?: number;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

/** Presence and absence are facts; only failure to know is thrown. */
export type Lookup<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'missing'; readonly code: string; readonly message: string };

/** The answer of GET component. `body` carries wire names and may hold secrets: never log or store it. */
export interface RemoteComponent {
  readonly body: JsonObject;
  readonly name: string;
  readonly version?: string;
  readonly runtimeStack: JsonObject;
  readonly replica?: number;
  /** `status.component_status`, upper case, `''` when absent. */
  readonly status: string;
  readonly lastJobId?: string;
  readonly availableReplica?: number;
  readonly failDetail?: string;
  /** `status.artifact.url` without user-info and query. */
  readonly artifact?: string;
}

/** `unknown` is the job state UNKNOWN; every unrecognised state counts as `running`. */
export type JobPhase = 'running' | 'succeeded' | 'failed' | 'unknown';

export interface JobTask {
  readonly name: string;
  readonly status: string;
  /** Text of the task, taken out of the JSON string that carries it; truncated to 128 bytes. */
  readonly message: string;
}

export interface Job {
  readonly id: string;
  /** `execution_status` in the words of the service, upper case. */
  readonly rawStatus: string;
  readonly phase: JobPhase;
  /** All tasks of all pages, in order. */
  readonly tasks: readonly JobTask[];
}

/** One deployment record; a job without a record changed no version. */
export interface DeploymentRecord {
  readonly version: string;
  readonly jobIds: readonly string[];
  /** Newest first in a list; epoch milliseconds where the service's text could be read. */
  readonly beginMs?: number;
}

export type RecordsLookup =
  | { readonly kind: 'found'; readonly records: readonly DeploymentRecord[] }
  | { readonly kind: 'unreadable'; readonly reason: 'forbidden' | 'missing' };

/**
 * What became of one write to the cloud.
 * `accepted`: 2xx with a readable job id. `notSent`: no byte left, or the service said that it did nothing and the cause
 * lies outside the spec. `refused`: the spec must change; `httpStatus` 400 still needs the look described at `decide`.
 * `unknown`: the service may have acted.
 */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly jobId: string; readonly requestId?: string }
  | { readonly kind: 'notSent'; readonly failure: Failure }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'unknown'; readonly failure: Failure };

/** What became of a DELETE; it has no job, the component's absence is its end. */
export type RemoveOutcome =
  | { readonly kind: 'accepted'; readonly requestId?: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'busy'; readonly failure: Failure }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'unknown'; readonly failure: Failure };

export type ComponentAction = {
  readonly action: 'scale';
  readonly replica: number;
  readonly hosts?: readonly string[];
};
