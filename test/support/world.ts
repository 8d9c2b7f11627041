// A whole world in one process: an API server, the simulator, the operator. Time jumps when nothing is left to do, every
// status write is held against the status rules, and crashes are real cuts of the operator's connections.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../../src/api/status.ts';
import type { Config } from '../../src/config.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { systemScheduler } from '../../src/kube/scheduler.ts';
import { type Operator, startOperator, type Wrap } from '../../src/operator.ts';
import { createLog } from '../../src/ops/log.ts';
import {
  exampleApplicationId,
  exampleComponentId,
  exampleProjectId,
  exampleToken,
  type Simulator,
  startSimulator,
} from '../fakes/simulator/index.ts';
import { componentObject, componentsPath, type KubeTarget } from './kube-target.ts';
import { exampleComponent } from './make.ts';
import { statusViolations } from './status-rules.ts';
import { VirtualTime } from './virtual-time.ts';
import { watchOn } from './watch.ts';

export const NAME = 'weather';
const UNTIL_MS = 20_000;
const IDLE_MS = 25;

export interface World {
  readonly kube: KubeTarget;
  readonly cloud: Simulator;
  readonly time: VirtualTime;
  readonly namespace: string;
  /** Log lines of the operators, as objects. */
  readonly logs: JsonObject[];
  /** Rules that a written status broke. */
  readonly violations: string[];
  /** Status writes seen per object name. */
  readonly statusWrites: Map<string, number>;
  /** The newest version seen per object name, also of an object that is gone. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  operator: Operator | undefined;
  start(overrides?: Partial<Config>, wrap?: Wrap): Promise<Operator>;
  /** Cuts the operator off as a crash would. */
  kill(): Promise<void>;
  create(spec?: JsonObject, name?: string): Promise<KubeObject>;
  edit(component: JsonObject, name?: string): Promise<KubeObject>;
  patch(body: JsonObject, name?: string): Promise<KubeObject>;
  get(name?: string): Promise<KubeObject | undefined>;
  remove(name?: string): Promise<void>;
  secret(name: string, data: Readonly<Record<string, string>>): Promise<void>;
  /** Waits, jumping over idle time, until `holds` gives a value. */
  until<T>(what: string, holds: () => T | undefined | false | Promise<T | undefined | false>): Promise<T>;
  untilReady(name?: string): Promise<KubeObject>;
  /** Lets the operator finish what is due within `virtualMs`. */
  settle(virtualMs: number): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly kube: KubeTarget;
  /** How long `until` waits: real ms, and ms of virtual time, after which what has not happened will not. */
  readonly patience?: { readonly realMs: number; readonly virtualMs: number };
  readonly simulator?: Parameters<typeof startSimulator>[0];
}

export function specOf(component: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  return {
    region: 'cn-north-4',
    projectId: exampleProjectId,
    applicationId: exampleApplicationId,
    componentId: exampleComponentId,
    credentialsSecretRef: { name: 'huaweicloud' },
    ...spec,
    component: { ...exampleComponent, ...component },
  };
}

export async function createWorld(options: WorldOptions): Promise<World> {
  const { kube, patience = { realMs: UNTIL_MS, virtualMs: Number.POSITIVE_INFINITY } } = options;
  const time = new VirtualTime();
  const cloud = await startSimulator({ now: () => time.now().wall, ...options.simulator });
  cloud.addComponent({ componentId: exampleComponentId });
  const namespace = `world-${randomBytes(4).toString('hex')}`;
  await kube.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const logs: JsonObject[] = [];
  const log = createLog({
    level: 'debug',
    format: 'json',
    now: Date.now,
    write: (line) => logs.push(JSON.parse(line) as JsonObject),
  });
  const watching = new AbortController();
  const violations: string[] = [];
  const statusWrites = new Map<string, number>();
  const objects = new Map<string, KubeObject>();
  const { signal } = watching;
  const watched = watchStatus({ kube, namespace, violations, statusWrites, objects, signal });
  let touchedAt = performance.now();

  const call = async (method: string, path: string, body?: unknown, contentType?: string) => {
    const answer = await kube.call(method, path, body, contentType);
    touchedAt = performance.now();
    return answer;
  };
  const object = async (
    method: string,
    path: string,
    body: unknown,
    contentType?: string,
  ): Promise<KubeObject> => {
    const { status, json } = await call(method, path, body, contentType);
    if (status >= 300)
      throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json.message ?? json)}`);
    const written = json as unknown as KubeObject;
    if (path.includes('/servicestagecomponents')) await seen(world, written);
    return written;
  };
  const world: World = {
    kube,
    cloud,
    time,
    namespace,
    logs,
    violations,
    statusWrites,
    objects,
    operator: undefined,
    start: async (overrides = {}, wrap) => {
      world.operator = await startOperator({
        config: configOf(world, overrides),
        log,
        time,
        scheduler: systemScheduler,
        random: Math.random,
        newId: () => randomBytes(8).toString('hex'),
        identity: `test-${randomBytes(3).toString('hex')}`,
        ...(wrap === undefined ? {} : { wrap }),
      });
      return world.operator;
    },
    kill: async () => {
      await world.operator?.kill();
      world.operator = undefined;
    },
    create: (spec = specOf(), name = NAME) =>
      object('POST', componentsPath(namespace), componentObject(namespace, name, spec)),
    edit: (component, name = NAME) => world.patch({ spec: { component } }, name),
    patch: (body, name = NAME) =>
      object('PATCH', componentsPath(namespace, name), body, 'application/merge-patch+json'),
    get: async (name = NAME) => {
      const { status, json } = await kube.call('GET', componentsPath(namespace, name));
      if (status !== 200) return undefined;
      const found = json as unknown as KubeObject;
      await counted(world, found);
      return found;
    },
    remove: async (name = NAME) => {
      await call('DELETE', componentsPath(namespace, name));
    },
    secret: async (name, data) => {
      const path = `/api/v1/namespaces/${namespace}/secrets`;
      const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: data };
      const made = await call('POST', path, body);
      if (made.status === 409) {
        await call('DELETE', `${path}/${name}`);
        await object('POST', path, body);
      }
    },
    until: async (what, holds) => {
      const deadline = performance.now() + patience.realMs;
      const end = time.now().mono + patience.virtualMs;
      while (performance.now() < deadline && time.now().mono < end) {
        const early = await holds();
        if (early !== undefined && early !== false) return early;
        await idle(world, () => touchedAt);
        const value = await holds();
        if (value !== undefined && value !== false) return value;
        await jump(world);
      }
      throw new Error(`not in time: ${what}\n${JSON.stringify((await world.get())?.status, undefined, 1)}`);
    },
    untilReady: (name = NAME) =>
      world.until(`${name} Ready for its generation`, async () => {
        const found = await world.get(name);
        return found !== undefined && isReady(found) && found;
      }),
    settle: async (virtualMs) => {
      const end = time.now().mono + virtualMs;
      while (time.now().mono < end) {
        await idle(world, () => touchedAt);
        await jump(world, end);
      }
      await idle(world, () => touchedAt);
      await sleep(IDLE_MS);
    },
    stop: async () => {
      await world.operator?.kill();
      watching.abort();
      await watched;
      await cloud.stop();
    },
  };
  await world.secret('huaweicloud', { token: exampleToken });
  return world;
}

/** Waits until the operator, if one runs, has seen a version; otherwise idle time would be jumped over too early. */
async function seen(world: World, { metadata }: KubeObject): Promise<void> {
  const { namespace, name, resourceVersion } = metadata;
  const known = () =>
    world.operator === undefined ? resourceVersion : world.operator.versionOf(`${namespace}/${name}`);
  await untilKnown(resourceVersion, known, 1_000);
}

/** Waits until the watch that counts and checks status writes has seen what a GET showed. */
async function counted({ objects }: World, { metadata }: KubeObject): Promise<void> {
  const known = () => objects.get(metadata.name)?.metadata.resourceVersion;
  await untilKnown(metadata.resourceVersion, known, 2_000);
}

async function untilKnown(wanted: string, known: () => string | undefined, withinMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += 5) {
    const version = known();
    if (version !== undefined && BigInt(version) >= BigInt(wanted)) return;
    await sleep(5);
  }
}

export function isReady(object: KubeObject): boolean {
  const status = object.status as unknown as Status | undefined;
  const ready = status?.conditions?.find((c) => c.type === 'Ready');
  return ready?.status === 'True' && status?.observedGeneration === object.metadata.generation;
}

/** Waits until the operator has had nothing to do for a moment. */
async function idle(world: World, touchedAt: () => number): Promise<void> {
  const startedAt = performance.now();
  let busyAt = 0;
  for (;;) {
    const depth = world.operator?.depth();
    if (depth === undefined) return sleep(5);
    if (depth.working + depth.fresh + depth.later > 0) busyAt = performance.now();
    if (performance.now() - Math.max(touchedAt(), busyAt) >= IDLE_MS) return;
    if (performance.now() - startedAt > UNTIL_MS) throw new Error(`never idle: ${JSON.stringify(depth)}`);
    await sleep(3);
  }
}

/** Jumps to the next thing that is due, at most to `end`. */
async function jump(world: World, end = Number.POSITIVE_INFINITY): Promise<void> {
  const nextMs = world.time.nextMs();
  const leftMs = end - world.time.now().mono;
  if (nextMs !== undefined && nextMs > 0) world.time.advance(Math.min(nextMs, leftMs));
  else if (Number.isFinite(leftMs)) world.time.advance(leftMs);
  await sleep(3);
}

function configOf(world: World, overrides: Partial<Config>): Config {
  return {
    cluster: { kubeconfigPath: world.kube.kubeconfigPath },
    servicestageEndpoint: world.cloud.url,
    iamEndpoint: world.cloud.iamUrl,
    allowInsecureEndpoint: true,
    watchNamespaces: [world.namespace],
    watchLabelSelector: '',
    leaderElect: false,
    leaderElectionNamespace: world.namespace,
    leaseDurationMs: 15_000,
    leaseRenewDeadlineMs: 10_000,
    metricsBindAddress: undefined,
    healthProbeBindAddress: undefined,
    workers: 10,
    pollIntervalMs: 5_000,
    cloudRequestTimeoutMs: 5_000,
    unknownOutcomeSettleMs: 120_000,
    configIdWireName: 'conifg_id',
    suspendAll: false,
    logLevel: 'debug',
    logFormat: 'json',
    ...overrides,
  };
}

interface StatusWatch {
  readonly kube: KubeTarget;
  readonly namespace: string;
  readonly violations: string[];
  readonly statusWrites: Map<string, number>;
  readonly objects: Map<string, KubeObject>;
  readonly signal: AbortSignal;
}

async function watchStatus({
  kube,
  namespace,
  violations,
  statusWrites,
  objects,
  signal,
}: StatusWatch): Promise<void> {
  const before = new Map<string, Status>();
  const seen = (object: KubeObject): void => {
    const { metadata, status: stored } = object;
    objects.set(metadata.name, object);
    const { name, uid, generation, deletionTimestamp } = metadata;
    const status = stored as unknown as Status | undefined;
    const last = before.get(uid);
    if (status?.conditions === undefined) before.delete(uid);
    if (status?.conditions === undefined || JSON.stringify(status) === JSON.stringify(last)) return;
    before.set(uid, status);
    statusWrites.set(name, (statusWrites.get(name) ?? 0) + 1);
    const broken = statusViolations(last, { generation, deleting: deletionTimestamp !== undefined, status });
    violations.push(...broken.map((rule) => `${name}: ${rule}`));
  };
  await watchOn(kube, { path: componentsPath(namespace), signal, seen });
}
