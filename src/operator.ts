// The parts list: every part by name, in the order of the picture in the README, joined and started. No judgement here.
import type { Config } from './config.ts';
import { createController } from './controller/controller.ts';
import type { Parts } from './controller/parts.ts';
import type { Log, Observer, Time } from './controller/ports.ts';
import type { Settings } from './core/facts.ts';
import { checkCluster } from './kube/crd-check.ts';
import { createDigestKey } from './kube/digest-key.ts';
import { createEventRecorder } from './kube/events.ts';
import { connect, type KubeHttp } from './kube/http.ts';
import { type Change, createInformer } from './kube/informer.ts';
import { alwaysLeading, createLeadership, type Leadership } from './kube/lease.ts';
import type { Scheduler } from './kube/scheduler.ts';
import { createStore } from './kube/store.ts';
import { watchTargets } from './kube/targets.ts';
import { createClusterWriter } from './kube/writer.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { type OpsServer, startOpsServer } from './ops/server.ts';
import { createCloud } from './servicestage/cloud.ts';

export const LEASE_NAME = 'servicestage-operator';
const STATUS_FIELDS = ['observedGeneration', 'conditions', 'operation', 'lastApplied', 'history'];
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
}

export interface Operator {
  readonly metricsPort: number | undefined;
  readonly healthPort: number | undefined;
  /** Ends when the operator has stopped; rejects when a part fails for good. */
  readonly done: Promise<void>;
  /** Drains: passes under way end, the lease is released, events are sent. */
  stop(): Promise<void>;
  /** Ends as a crash would: connections are cut, nothing more is written. For tests. */
  kill(): Promise<void>;
}

/** A start that cannot succeed without a person; `message` is one line with the cure. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Starts all parts. Throws a `StartError` (or a failure that says what the API server answered) when that is impossible. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const { config, log, scheduler, random } = options;
  const metrics = createMetrics();
  const http = await connect({
    ...config.cluster,
    scheduler,
    onAnswer: ({ method, code, ms }) => metrics.kubeRequest({ method, host: 'kubernetes', code, seconds: ms / 1_000 }),
  });
  const stopping = new AbortController();
  const cut = new AbortController();
  const targets = watchTargets(config.watchNamespaces, config.watchLabelSelector);
  await check(http, targets, stopping.signal);
  const namespace = config.leaderElectionNamespace || http.namespace || 'default';
  const store = createStore();
  const recorder = createEventRecorder({ http, scheduler, newId: options.newId, instance: options.identity, log });
  const cluster = createClusterWriter({ http, record: recorder.record });
  const cloud = createCloud({
    endpointTemplate: config.servicestageEndpoint,
    iamEndpointTemplate: config.iamEndpoint,
    allowInsecureEndpoint: config.allowInsecureEndpoint ? 'yes' : 'no',
    requestTimeoutMs: config.cloudRequestTimeoutMs,
    now: options.time.now,
    random,
    userAgent: 'servicestage-operator',
    observe: ({ operation, codeClass, region, ms }) => metrics.cloudRequest({ operation, codeClass, region, seconds: ms / 1_000 }),
  });
  const leadership = election({ options, http, namespace, onLeading: () => controller.resume(store.keys()), metrics });
  const parts: Parts = {
    cluster,
    cloud,
    digestKey: createDigestKey({ http, namespace, log }),
    store,
    leadership,
    time: options.time,
    settings: settingsOf(config),
    log,
    observer: observerOf(metrics),
    memories: new Map(),
    newId: options.newId,
  };
  const controller = createController(parts, config.workers);
  const informer = createInformer({
    http,
    targets,
    store,
    scheduler,
    random,
    log,
    onChange: (key, change) => controller.changed(key, CHANGES[change]),
  });
  metrics.addSources({
    queue: () => queueFacts(controller.depth()),
    watches: () => [{ kind: 'ServiceStageComponent', lastEventAgeSeconds: informer.lastEventAgeMs() / 1_000 }],
  });
  metrics.maxWorkers(config.workers);
  const server = await startOpsServer({
    metricsAddress: config.metricsBindAddress,
    healthAddress: config.healthProbeBindAddress,
    metrics,
    readiness: () => ({ ready: informer.live(), reasons: informer.live() ? [] : ['the watch of ServiceStageComponents is not live'] }),
  });
  const working = Promise.all([informer.run(stopping.signal), controller.run(stopping.signal, cut.signal)]);
  const elected = new AbortController();
  const electing = leadership.run(elected.signal);
  const close = async (server_: OpsServer): Promise<void> => {
    await server_.close(AbortSignal.timeout(1_000));
    await Promise.all([http.close(), cloud.close()]);
  };
  const done = Promise.all([working, electing]).then(() => undefined);
  return {
    metricsPort: server.metricsPort,
    healthPort: server.healthPort,
    done,
    stop: async () => {
      stopping.abort(new Error('stopping'));
      await Promise.race([working, scheduler.sleep(DRAIN_MS, cut.signal)]);
      cut.abort(new Error('stopping'));
      elected.abort(new Error('stopping'));
      await electing;
      await recorder.flush(AbortSignal.timeout(2_000));
      await close(server);
    },
    kill: async () => {
      cut.abort(new Error('killed'));
      stopping.abort(new Error('killed'));
      elected.abort(new Error('killed'));
      await close(server);
      await done.catch(() => undefined);
    },
  };
}

const CHANGES = { new: 'seen', changed: 'fresh', overtaken: 'fresh', removed: 'gone', vanished: 'gone' } as const satisfies Record<
  Change,
  'fresh' | 'seen' | 'gone'
>;

async function check(http: KubeHttp, targets: ReturnType<typeof watchTargets>, signal: AbortSignal): Promise<void> {
  const checked = await checkCluster({ http, targets, statusFields: STATUS_FIELDS, signal });
  if (checked.kind === 'ok') return;
  await http.close();
  throw new StartError(checked.message);
}

interface Election {
  readonly options: OperatorOptions;
  readonly http: KubeHttp;
  readonly namespace: string;
  readonly onLeading: () => void;
  readonly metrics: Metrics;
}

function election({ options, http, namespace, onLeading, metrics }: Election): Leadership {
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

function observerOf(metrics: Metrics): Observer {
  return {
    pass: ({ result, seconds }) => metrics.reconcile({ result, seconds }),
    operation: ({ type, result, cause, seconds }) => {
      if (seconds !== undefined) metrics.operationEnded({ type, result, cause, seconds });
    },
    prevented: () => metrics.duplicateSubmitPrevented('Modify'),
  };
}

function queueFacts(depth: ReturnType<ReturnType<typeof createController>['depth']>) {
  return {
    depths: [
      { lane: 'fresh', depth: depth.fresh },
      { lane: 'later', depth: depth.later },
    ],
    unfinishedSeconds: 0,
    longestRunningSeconds: 0,
  };
}
