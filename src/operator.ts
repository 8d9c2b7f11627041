// The parts list: every part by name, in the order of the picture in the README, joined and started. No judgement here.
import { openCluster } from './cluster.ts';
import type { Config } from './config.ts';
import { type Controller, createController } from './controller/controller.ts';
import { Owners } from './controller/owners.ts';
import type { Judge, Parts } from './controller/parts.ts';
import type { Cloud, Cluster, Log, Time } from './controller/ports.ts';
import { decide } from './core/decide.ts';
import type { Settings } from './core/facts.ts';
import { createDigestKey } from './kube/digest-key.ts';
import { createEventRecorder } from './kube/events.ts';
import type { KubeHttp } from './kube/http.ts';
import { type Change, createInformer } from './kube/informer.ts';
import { alwaysLeading, createLeadership, type Leadership } from './kube/lease.ts';
import type { Scheduler } from './kube/scheduler.ts';
import { createStore, type Store } from './kube/store.ts';
import { watchTargets } from './kube/targets.ts';
import { createClusterWriter } from './kube/writer.ts';
import { createLimitedCloud } from './limits.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { startOpsServer } from './ops/server.ts';
import { observerOf, readinessOf, sourcesOf } from './telemetry.ts';

export const LEASE_NAME = 'servicestage-operator';
const FRESH_INTENT_MS = 5_000;
const JOB_DEADLINE_MS = 3_600_000;
const DRAIN_MS = 20_000;

export interface OperatorOptions {
  readonly config: Config;
  readonly log: Log;
  readonly time: Time;
  /** Time of watches, leases and events. */
  readonly scheduler: Scheduler;
  readonly random: () => number;
  readonly newId: () => string;
  /** Unique per process start. */
  readonly identity: string;
  /** Stands between the loop and the world; for fault tests. */
  readonly wrap?: Wrap;
}

export interface Wrap {
  cluster?(cluster: Cluster): Cluster;
  cloud?(cloud: Cloud): Cloud;
  /** Puts another judgement in place of the real one: the proof that the tests would notice. */
  judge?(judge: Judge): Judge;
  settings?(settings: Settings): Settings;
}

export interface Operator {
  readonly metricsPort: number | undefined;
  readonly healthPort: number | undefined;
  /** What waits and what is worked on. */
  depth(): ReturnType<Controller['depth']>;
  /** Whether every watch is live. */
  live(): boolean;
  /** The newest version of a resource that is known; undefined when it is not in the collection. */
  versionOf(key: string): string | undefined;
  /** Ends when the operator has stopped; rejects when a part fails for good. */
  readonly done: Promise<void>;
  /** Drains: passes under way end, the lease is released, events are sent. */
  stop(): Promise<void>;
  /** Ends as a crash would: connections are cut, nothing more is written. For tests. */
  kill(): Promise<void>;
}

/** Starts all parts. Throws a `StartError` (or a failure that says what the API server answered) when that is impossible. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const metrics = createMetrics();
  const http = await openCluster(options, metrics);
  const parts = await assemble(options, http, metrics);
  const { controller, informer, leadership, recorder, server } = parts;
  const stopping = new AbortController();
  const cut = new AbortController();
  const elected = new AbortController();
  // Who owns a component is known only when all resources are.
  const begin = Promise.race([parts.synced, aborted(stopping.signal)]);
  const working = Promise.all([
    informer.run(stopping.signal),
    begin.then(() => controller.run(stopping.signal, cut.signal)),
  ]);
  const electing = leadership.run(elected.signal);
  const done = Promise.all([working, electing]).then(() => undefined);
  const close = async (): Promise<void> => {
    await server.close(AbortSignal.timeout(1_000));
    await Promise.all([http.close(), parts.service.close()]);
  };
  return {
    metricsPort: server.metricsPort,
    healthPort: server.healthPort,
    depth: controller.depth,
    live: informer.live,
    versionOf: (key) => versionIn(parts.store.take(key)),
    done,
    stop: async () => {
      stopping.abort(new Error('stopping'));
      await Promise.race([working, options.scheduler.sleep(DRAIN_MS, cut.signal)]);
      cut.abort(new Error('stopping'));
      elected.abort(new Error('stopping'));
      await electing;
      await recorder.flush(AbortSignal.timeout(2_000));
      await close();
    },
    kill: async () => {
      for (const each of [cut, stopping, elected]) each.abort(new Error('killed'));
      await close();
      await done.catch(() => undefined);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function assemble(options: OperatorOptions, http: KubeHttp, metrics: Metrics) {
  const { config, log, scheduler, random, newId } = options;
  const namespace = config.leaderElectionNamespace || http.namespace || 'default';
  const store = createStore();
  const recorder = createEventRecorder({ http, scheduler, newId, instance: options.identity, log });
  const service = createLimitedCloud({
    ...options,
    metrics,
    mayWrite: () => leadership.leading(),
    wrap: (cloud) => options.wrap?.cloud?.(cloud) ?? cloud,
  });
  const leadership = election(options, {
    http,
    namespace,
    metrics,
    onLeading: () => controller.resume(store.keys()),
  });
  const cluster = createClusterWriter({ http, record: recorder.record });
  const settings = settingsOf(config);
  const owners = new Owners();
  const synced = Promise.withResolvers<void>();
  const parts: Parts = {
    owners,
    cluster: options.wrap?.cluster?.(cluster) ?? cluster,
    cloud: service.cloud,
    digestKey: createDigestKey({ http, namespace, log }),
    store,
    leadership,
    time: options.time,
    settings: options.wrap?.settings?.(settings) ?? settings,
    judge: options.wrap?.judge?.(decide) ?? decide,
    log,
    observer: observerOf(metrics),
    memories: new Map(),
    shown: new Map(),
    accounts: new Map(),
    known: new Map(),
    newId,
  };
  const controller = createController(parts, config.workers);
  const informer = createInformer({
    http,
    targets: watchTargets(config.watchNamespaces, config.watchLabelSelector),
    store,
    scheduler,
    random,
    log,
    onChange: (key, change, object) => {
      const others = object === undefined ? owners.release(key) : owners.claim(key, object);
      controller.changed(key, CHANGES[change]);
      for (const other of others) controller.changed(other, 'fresh');
    },
    onSynced: synced.resolve,
  });
  metrics.maxWorkers(config.workers);
  metrics.addSources(sourcesOf({ parts, controller, informer }));
  const server = await startOpsServer({
    metricsAddress: config.metricsBindAddress,
    healthAddress: config.healthProbeBindAddress,
    metrics,
    readiness: () => readinessOf(informer),
  });
  return { synced: synced.promise, store, recorder, service, leadership, controller, informer, server };
}

const CHANGES = {
  new: 'seen',
  changed: 'fresh',
  overtaken: 'fresh',
  removed: 'gone',
  vanished: 'gone',
} as const satisfies Record<Change, 'fresh' | 'seen' | 'gone'>;

interface Election {
  readonly http: KubeHttp;
  readonly namespace: string;
  readonly onLeading: () => void;
  readonly metrics: Metrics;
}

function election(options: OperatorOptions, { http, namespace, onLeading, metrics }: Election): Leadership {
  const { config, log, scheduler, random, identity } = options;
  if (!config.leaderElect) return alwaysLeading();
  return createLeadership({
    http,
    namespace,
    name: LEASE_NAME,
    identity,
    leaseDurationMs: config.leaseDurationMs,
    renewDeadlineMs: config.leaseRenewDeadlineMs,
    scheduler,
    random,
    log,
    onChange: ({ role, epoch }) => {
      log.info({ role, epoch, identity }, 'leadership changed');
      metrics.leader({ name: LEASE_NAME, leading: role === 'leading' });
      if (role === 'leading') onLeading();
    },
  });
}

function settingsOf(config: Config): Settings {
  return {
    pollMs: config.pollIntervalMs,
    settleMs: config.unknownOutcomeSettleMs,
    freshIntentMs: FRESH_INTENT_MS,
    jobDeadlineMs: JOB_DEADLINE_MS,
    configIdWireName: config.configIdWireName,
    operatorPaused: config.suspendAll,
  };
}

function versionIn(taken: ReturnType<Store['take']>): string | undefined {
  if (taken.kind === 'absent') return undefined;
  return taken.kind === 'object' ? taken.object.metadata.resourceVersion : taken.record.resourceVersion;
}
