// What stands in a cluster after `kubectl apply -k deploy/`, for an operator that runs outside of it as a process: the
// ServiceAccount's token and exactly its rights, the operator's own namespace, and the simulator in the cloud's place.
import { join } from 'node:path';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleToken, type Simulator } from '../fakes/simulator/index.ts';
import { componentObject, componentsPath, type KubeTarget } from '../support/kube-target.ts';
import { specOf } from '../support/world.ts';
import { issueServiceAccountToken, type RealApiServer, writeKubeconfig } from './real-apiserver.ts';

export const OPERATOR_NAMESPACE = 'servicestage-system';
export const OPERATOR_ACCOUNT = 'servicestage-operator';
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

/** One component in the cloud with its object in the cluster, in the namespace `shop`. */
export interface Shop {
  readonly name: string;
  readonly componentId: string;
  create(component?: JsonObject): Promise<void>;
  edit(component: JsonObject): Promise<void>;
  get(): Promise<KubeObject | undefined>;
  remove(): Promise<void>;
  /** Versions of the accepted modify calls. */
  modifies(): readonly (string | undefined)[];
  /** `reason note` of each event about the object. */
  events(): Promise<readonly string[]>;
}

export function openShop(kube: KubeTarget, cloud: Simulator, name: string): Shop {
  const { id: componentId } = cloud.addComponent();
  const path = componentsPath('shop', name);
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
    edit: async (component) =>
      taken(await kube.call('PATCH', path, { spec: { component } }, 'application/merge-patch+json')),
    get: async () => {
      const { status, json } = await kube.call('GET', path);
      return status === 200 ? (json as unknown as KubeObject) : undefined;
    },
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

export const CREDENTIALS = { token: exampleToken };
