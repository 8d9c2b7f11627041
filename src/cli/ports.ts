// What the verbs need of the world; main.ts hands it over.
import type { Status } from '../api/status.ts';
import type { Account, Settings } from '../core/facts.ts';
import type { Job, JsonObject, Lookup, RemoteComponent } from '../core/types.ts';

/** A custom resource as the API server gave it. */
export interface Component {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly generation: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: JsonObject;
  readonly status?: Status;
}

export interface ClusterPort {
  /** `namespace` undefined: all of them. */
  list(namespace: string | undefined, selector: string): Promise<readonly Component[]>;
  get(namespace: string, name: string): Promise<Component | undefined>;
  /** `null` removes an annotation. Throws when the object does not exist. */
  annotate(component: Component, annotations: Readonly<Record<string, string | null>>): Promise<void>;
}

/** The component in ServiceStage, read with the credentials that the resource names. */
export interface CloudPort {
  component(of: Component): Promise<{ readonly account: Account; readonly found: Lookup<RemoteComponent> }>;
  job(of: Component, jobId: string): Promise<Lookup<Job>>;
}

/** One thing that was looked at, and what to do when it is not as it should be. */
export interface Finding {
  readonly what: string;
  readonly verdict: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly detail: string;
}

export interface DoctorPort {
  /** Looks at the cluster: reached, CRD, rights of the caller. */
  cluster(namespace: string): Promise<readonly Finding[]>;
}

export interface Ports {
  readonly cluster: ClusterPort;
  readonly cloud: CloudPort;
  readonly doctor: DoctorPort;
  readonly settings: Pick<Settings, 'configIdWireName'>;
  readonly time: {
    /** Epoch ms. */
    wall(): number;
    sleep(ms: number): Promise<void>;
  };
  /** Progress, while a verb works. `screen`: a terminal that may be rewritten. */
  readonly progress: { readonly kind: 'screen' | 'lines'; write(text: string): void };
}

/** `code`: 0 done, 1 not as wished, 2 usage, 3 out of time, 4 not found. `data` is what -o json and -o yaml print. */
export interface Result {
  readonly text: readonly string[];
  readonly data: unknown;
  readonly code: 0 | 1 | 3 | 4;
}

/** A failure that a person can act on; `message` is one line with the cure. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
