// What stands in a cluster after `kubectl apply -k deploy/`, for an operator that runs outside of it as a process: the
// ServiceAccount's token and exactly its rights, the operator's own namespace, and the simulator in the cloud's place.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleToken, type Simulator, startSimulator } from '../fakes/simulator/index.ts';
import { componentObject, componentsPath, type KubeTarget } from '../support/kube-target.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/process.ts';
import { isReady, specOf } from '../support/world.ts';
import { issueServiceAccountToken, type RealApiServer, writeKubeconfig } from './real-apiserver.ts';
import { createKubectl, type Kubectl, type Ran } from './support-kubectl.ts';
import { statusOf } from './support-recorder.ts';
import { createNamespace, type E2eServer } from './support-server.ts';

export const OPERATOR_NAMESPACE = 'servicestage-system';
const OPERATOR_ACCOUNT = 'servicestage-operator';
/** For whatever takes a start of the operator or a job. */
export const SLOW = { timeout: 20_000, interval: 50 };
export const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

/** A kubeconfig of a service account that exists; gives its path. */
export async function accountKubeconfig(
  server: RealApiServer,
  account: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const { namespace, name } = account;
  const token = await issueServiceAccountToken(server, namespace, name);
  const path = join(server.dataDir, `${namespace}-${name}.kubeconfig`);
  await writeKubeconfig({ url: server.url, caPem: server.caPem, token, path, namespace });
  return path;
}

/** Flags with which a change takes a second or two of real time. */
export function quickFlags(kubeconfig: string, cloud: Simulator): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--servicestage-endpoint=${cloud.url}`,
    `--iam-endpoint=${cloud.iamUrl}`,
    '--allow-insecure-endpoint',
    '--poll-interval=100ms',
    '--cloud-request-timeout=20s',
    '--unknown-outcome-settle=30s',
    '--log-level=debug',
  ];
}

export interface Deployment {
  /** What `kubectl apply -k deploy/` said. */
  readonly applied: Ran;
  readonly cloud: Simulator;
  /** kubectl with the operator's own rights. */
  readonly asOperator: Kubectl;
  /** A process that `endAll` kills. */
  start(flags?: readonly string[]): Promise<OperatorProcess>;
  endAll(): Promise<void>;
  open(name: string): Shop;
  /** Who holds the operator's Lease; `''` when it was released, undefined when there is none. */
  leaseHolder(): Promise<unknown>;
  close(): Promise<void>;
}

/** Applies deploy/ to a server without our CRD and makes the namespace `shop` with its credentials. */
export async function deployOperator({ server, kube }: E2eServer): Promise<Deployment> {
  const home = await mkdtemp(join(tmpdir(), 'servicestage-process-'));
  const { kubectlPath: binary, kubeconfigPath } = server;
  const kubectl = createKubectl({ binary, kubeconfig: kubeconfigPath, home });
  const applied = await kubectl.run(['apply', '--validate=strict', '-k', DEPLOY]);
  if (applied.code !== 0) throw new Error(`deploy/ was refused: ${applied.err}`);
  await createNamespace(kube, 'shop');
  await putSecret(kube, 'huaweicloud', { token: exampleToken });
  const account = { namespace: OPERATOR_NAMESPACE, name: OPERATOR_ACCOUNT };
  const kubeconfig = await accountKubeconfig(server, account);
  const cloud = await startSimulator();
  const started: OperatorProcess[] = [];
  return {
    applied,
    cloud,
    asOperator: createKubectl({ binary, kubeconfig, namespace: 'shop', home }),
    start: async (flags = []) => {
      const program = await startOperatorProcess({ flags: [...quickFlags(kubeconfig, cloud), ...flags] });
      started.push(program);
      return program;
    },
    endAll: async () => {
      await Promise.all(started.splice(0).map((program) => program.end('SIGKILL')));
    },
    open: (name) => openShop(kube, cloud, name),
    leaseHolder: async () => {
      const { json } = await kube.call('GET', LEASE);
      return (json.spec as JsonObject | undefined)?.holderIdentity;
    },
    close: async () => {
      await cloud.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/servicestage-operator`;

/** One component in the cloud with its object in the cluster, in the namespace `shop`. */
export interface Shop {
  readonly name: string;
  readonly componentId: string;
  create(component?: JsonObject): Promise<void>;
  get(): Promise<KubeObject | undefined>;
  operation(): Promise<Status['operation']>;
  untilReady(): Promise<void>;
  remove(): Promise<void>;
  /** Versions of the accepted modify calls. */
  modifies(): readonly (string | undefined)[];
  /** `reason note` of each event about the object. */
  events(): Promise<readonly string[]>;
}

function openShop(kube: KubeTarget, cloud: Simulator, name: string): Shop {
  const { id: componentId } = cloud.addComponent();
  const path = componentsPath('shop', name);
  const get = async (): Promise<KubeObject | undefined> => {
    const { status, json } = await kube.call('GET', path);
    return status === 200 ? (json as unknown as KubeObject) : undefined;
  };
  const taken = ({ status, json }: { readonly status: number; readonly json: JsonObject }): void => {
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(json.message)}`);
  };
  return {
    name,
    componentId,
    create: async (component = {}) => {
      const spec = specOf({ version: '1.0.1', ...component }, { componentId });
      taken(await kube.call('POST', componentsPath('shop'), componentObject('shop', name, spec)));
    },
    get,
    operation: async () => {
      const object = await get();
      return object === undefined ? undefined : statusOf(object).operation;
    },
    untilReady: () =>
      vi.waitFor(async () => {
        const object = await get();
        expect(object !== undefined && isReady(object), JSON.stringify(object?.status)).toBe(true);
      }, SLOW),
    remove: async () => taken(await kube.call('DELETE', path)),
    modifies: () =>
      cloud.journal
        .acceptedWrites(componentId)
        .filter((entry) => entry.operation === 'modifyComponent')
        .map((entry) => entry.version),
    events: async () => {
      const { json } = await kube.call('GET', '/apis/events.k8s.io/v1/namespaces/shop/events');
      const items = json.items as unknown as readonly Event[];
      return items.filter(({ regarding }) => regarding.name === name).map((e) => `${e.reason} ${e.note}`);
    },
  };
}

interface Event {
  readonly regarding: { readonly name: string };
  readonly reason: string;
  readonly note: string;
}

/** A Secret of the namespace `shop`; fine when it exists. */
export async function putSecret(kube: KubeTarget, name: string, data: JsonObject): Promise<void> {
  await kube.call('POST', '/api/v1/namespaces/shop/secrets', { metadata: { name }, stringData: data });
}
