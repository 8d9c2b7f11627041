// One operator of its own behind one fault proxy, in one namespace, with its own simulator: where one fault is tried out.
// Four components: `still` is never touched again, `edited` is edited, `late` is created and `leaving` is deleted while the
// fault lasts.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../src/config.ts';
import { systemScheduler } from '../../src/kube/scheduler.ts';
import { type Operator, startOperator } from '../../src/operator.ts';
import { createLog } from '../../src/ops/log.ts';
import { systemTime } from '../../src/time.ts';
import { exampleToken, type Simulator, startSimulator } from '../fakes/simulator/index.ts';
import { type FaultProxy, startFaultProxy, upstreamOf } from '../faults/proxy/proxy.ts';
import { componentObject, componentsPath, type KubeTarget } from '../support/kube-target.ts';
import { isReady, specOf } from '../support/world.ts';
import { type Auditor, startAuditor } from './watch-faults-audit.ts';

export const NAMES = ['still', 'edited', 'leaving', 'late'] as const;
export type Name = (typeof NAMES)[number];

export interface Stand {
  readonly kube: KubeTarget;
  readonly proxy: FaultProxy;
  readonly operator: Operator;
  readonly auditor: Auditor;
  readonly namespace: string;
  /** The edit, the creation and the deletion, at the API server itself. */
  change(): Promise<void>;
  /** One more edit of `edited`. */
  edit(version: string): Promise<void>;
  /** Whether the change has been carried out: what is not true yet. */
  unfinished(): Promise<readonly string[]>;
  /** Versions of the accepted modify calls, and whatever else was written to the cloud. */
  writes(name: Name): readonly string[];
  /** What must have been sent, once each. */
  wanted(name: Name): readonly string[];
  until(what: string, holds: () => boolean | Promise<boolean>, ms?: number): Promise<void>;
  close(): Promise<void>;
}

const FIRST_NAMES = ['still', 'edited', 'leaving'] as const;
const LOOK_MS = 200;
const STEADY_MS = 60_000;
const FIRST = '1.0.0';
const SECOND = '2.0.0';

/** Four components in the cloud, three of them under the operator's care and Ready, and its watch is at rest. */
export async function openStand(target: KubeTarget, random: () => number): Promise<Stand> {
  const kube = steady(target);
  const namespace = `watch-${randomBytes(4).toString('hex')}`;
  await using stack = new AsyncDisposableStack();
  const cloud = await startSimulator({ settings: { jobDurationMs: 150 } });
  stack.defer(() => cloud.stop());
  const proxy = await startFaultProxy(upstreamOf(kube.kubeconfigPath));
  stack.defer(() => proxy.stop());
  const versions = [FIRST];
  const components = new Map(NAMES.map((name) => [name, cloud.addComponent().id]));
  const call = async (method: string, path: string, body?: unknown): Promise<void> => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const { status, json } = await kube.call(method, path, body, type);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json.message)}`);
  };
  const create = (name: Name): Promise<void> => {
    const spec = specOf({ version: FIRST }, { componentId: components.get(name) ?? '' });
    return call('POST', componentsPath(namespace), componentObject(namespace, name, spec));
  };
  await call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  await call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    metadata: { name: 'huaweicloud' },
    stringData: { token: exampleToken },
  });
  const operator = await startOperator({
    config: configOf({ proxy, cloud, namespace }),
    log: createLog({ level: 'error', format: 'json', now: Date.now, write: (line) => console.error(line) }),
    time: systemTime,
    scheduler: systemScheduler,
    random,
    newId: () => randomBytes(8).toString('hex'),
    identity: `test-${randomBytes(3).toString('hex')}`,
  });
  stack.defer(() => operator.kill());
  const auditor = startAuditor({ kube, namespace, operator });
  stack.defer(() => auditor.stop());
  let all = stack;
  const stand: Stand = {
    kube,
    proxy,
    operator,
    auditor,
    namespace,
    edit: async (version) => {
      await call('PATCH', componentsPath(namespace, 'edited'), { spec: { component: { version } } });
      versions.push(version);
    },
    wanted: (name) => (name === 'edited' ? versions : [FIRST]),
    change: async () => {
      await stand.edit(SECOND);
      await create('late');
      await call('DELETE', componentsPath(namespace, 'leaving'));
    },
    unfinished: async () => unfinishedIn(await auditor.compare(), ['still', 'edited', 'late']),
    writes: (name) =>
      cloud.journal
        .acceptedWrites(components.get(name))
        .map(({ operation, version }) => (operation === 'modifyComponent' ? (version ?? '') : operation)),
    until: (what, holds, ms = 60_000) => until({ what, holds, ms }),
    close: () => all.disposeAsync(),
  };
  await Promise.all(FIRST_NAMES.map(create));
  await stand.until('the first modify calls', async () => {
    return unfinishedIn(await auditor.compare(), FIRST_NAMES).length === 0;
  });
  all = stack.move();
  return stand;
}

type Compared = Awaited<ReturnType<Auditor['compare']>>;

function unfinishedIn({ objects, differs }: Compared, names: readonly Name[]): readonly string[] {
  const ready = new Set(objects.filter(isReady).map(({ metadata }) => metadata.name));
  const unready = names.filter((name) => !ready.has(name)).map((name) => `${name} is not Ready`);
  const left = objects.filter(({ metadata }) => !names.some((name) => name === metadata.name));
  return [...unready, ...left.map(({ metadata }) => `${metadata.name} is still there`), ...differs];
}

/** The same server, asked again while it does not answer or is not ready to: it may be in the middle of a restart. */
function steady(kube: KubeTarget): KubeTarget {
  const call: KubeTarget['call'] = async (...request) => {
    const deadline = performance.now() + STEADY_MS;
    for (;;) {
      const answer = await kube.call(...request).catch((error: unknown) => {
        if (performance.now() > deadline) throw error;
      });
      if (answer !== undefined && answer.status !== 429 && answer.status < 500) return answer;
      await sleep(50);
    }
  };
  return { ...kube, call };
}

interface Waiting {
  readonly what: string;
  readonly holds: () => boolean | Promise<boolean>;
  readonly ms: number;
}

async function until({ what, holds, ms }: Waiting): Promise<void> {
  const deadline = performance.now() + ms;
  while (performance.now() < deadline) {
    if (await holds()) return;
    await sleep(LOOK_MS);
  }
  throw new Error(`not within ${ms} ms: ${what}`);
}

interface Behind {
  readonly proxy: FaultProxy;
  readonly cloud: Simulator;
  readonly namespace: string;
}

function configOf({ proxy, cloud, namespace }: Behind): Config {
  return {
    cluster: { kubeconfigPath: proxy.kubeconfigPath },
    servicestageEndpoint: cloud.url,
    iamEndpoint: cloud.iamUrl,
    allowInsecureEndpoint: true,
    watchNamespaces: [namespace],
    watchLabelSelector: '',
    leaderElect: false,
    leaderElectionNamespace: namespace,
    leaseDurationMs: 15_000,
    leaseRenewDeadlineMs: 10_000,
    metricsBindAddress: undefined,
    healthProbeBindAddress: { host: '127.0.0.1', port: 0 },
    workers: 10,
    pollIntervalMs: 250,
    cloudRequestTimeoutMs: 5_000,
    unknownOutcomeSettleMs: 30_000,
    configIdWireName: 'conifg_id',
    suspendAll: false,
    logLevel: 'error',
    logFormat: 'json',
  };
}
