// Builders of the objects that tests talk about. Each takes only what the test is about.
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { readResource } from '../../src/controller/resource.ts';
import type { Facts, Memory, Reads, Settings } from '../../src/core/facts.ts';
import { EMPTY_MEMORY } from '../../src/core/memory.ts';
import type { DeploymentRecord, Job, JsonObject, RemoteComponent } from '../../src/core/types.ts';
import {
  exampleApplicationId,
  exampleBody,
  exampleComponentId,
  exampleProjectId,
} from '../fakes/simulator/index.ts';

export const START_WALL = Date.parse('2026-01-01T00:00:00Z');

export const SETTINGS: Settings = {
  pollMs: 5_000,
  settleMs: 120_000,
  freshIntentMs: 5_000,
  jobDeadlineMs: 3_600_000,
  configIdWireName: 'conifg_id',
  operatorPaused: false,
};

/** The component of the API page's example, as it stands under `spec.component`. */
export const exampleComponent: JsonObject = {
  name: 'mycomponet',
  description: '',
  version: '2023.0323.15181',
  runtimeStack: { name: 'OpenJDK8', version: '1.1.1', type: 'Java', deployMode: 'virtualmachine' },
  source: { kind: 'package', url: 'obs://bucket0001/weather-1.0.0.jar', version: '', storage: 'obs' },
  labels: [{ key: 'com-key', value: 'com-value' }],
  tomcatOpts: { serverXml: '' },
  referResources: [{ id: '67835bb3-1235-4cc9-be71-becbb2b4ca0d', type: 'ecs' }],
  externalAccesses: [],
};

export interface CrOptions {
  readonly generation?: number;
  readonly component?: JsonObject;
  readonly spec?: JsonObject;
  readonly status?: Status;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deleting?: boolean;
}

/** A custom resource on the simulator's example component. */
export function cr(options: CrOptions = {}): KubeObject {
  const {
    generation = 1,
    component = {},
    spec = {},
    status,
    annotations = {},
    finalizers = ['servicestage.io/finalizer'],
  } = options;
  return {
    metadata: {
      name: 'weather',
      namespace: 'shop',
      uid: 'uid-1',
      resourceVersion: '10',
      generation,
      annotations,
      finalizers,
      ...(options.deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: {
      region: 'cn-north-4',
      projectId: exampleProjectId,
      applicationId: exampleApplicationId,
      componentId: exampleComponentId,
      credentialsSecretRef: { name: 'huaweicloud' },
      component: { ...exampleComponent, ...component },
      ...spec,
    },
    status: (status ?? { observedGeneration: -1 }) as unknown as JsonObject,
  };
}

/** The component as GET shows it: the example body, RUNNING, one instance, last job `JOB-0`. */
export function remote(
  changes: Partial<RemoteComponent> & { readonly body?: JsonObject } = {},
): RemoteComponent {
  return {
    name: 'mycomponet',
    version: '2023.0323.15181',
    runtimeStack: { name: 'OpenJDK8', version: '1.1.1', type: 'Java', deploy_mode: 'virtualmachine' },
    replica: 1,
    status: 'RUNNING',
    lastJobId: 'JOB-0',
    ...changes,
    body: { ...(exampleBody as JsonObject), ...changes.body },
  };
}

export function job(id: string, phase: Job['phase'], rawStatus: string = phase.toUpperCase()): Job {
  return { id, phase, rawStatus, tasks: [] };
}

export interface FactsOptions {
  readonly object?: KubeObject;
  readonly memory?: Partial<Memory>;
  readonly component?: RemoteComponent | 'missing';
  readonly jobs?: readonly Job[];
  readonly records?: readonly DeploymentRecord[] | 'forbidden';
  readonly reads?: Partial<Reads>;
  readonly leading?: boolean;
  readonly mono?: number;
  readonly wall?: number;
  readonly settings?: Partial<Settings>;
}

const MISSING = { kind: 'missing', code: 'SVCSTG.00100404', message: 'not found' } as const;

export function facts(options: FactsOptions = {}): Facts {
  const { component, records, jobs = [] } = options;
  const reads: Reads = {
    account: { kind: 'ok', value: { secrets: {}, secretDigest: undefined, keyId: undefined } },
    jobs: Object.fromEntries(
      jobs.map((each) => [each.id, { kind: 'ok', value: { kind: 'found', value: each } } as const]),
    ),
    ...(component === undefined
      ? {}
      : {
          component: {
            kind: 'ok',
            value: component === 'missing' ? MISSING : { kind: 'found', value: component },
          },
        }),
    ...(records === undefined
      ? {}
      : {
          records: {
            kind: 'ok',
            value:
              records === 'forbidden'
                ? { kind: 'unreadable', reason: 'forbidden' }
                : { kind: 'found', records },
          },
        }),
    ...options.reads,
  };
  return {
    resource: readResource(options.object ?? cr()).resource,
    memory: { ...EMPTY_MEMORY, ...options.memory },
    reads,
    settings: { ...SETTINGS, ...options.settings },
    leading: options.leading ?? true,
    now: { wall: options.wall ?? START_WALL, mono: options.mono ?? 1_000_000 },
    newId: 'op-new',
  };
}
