// One component of the simulator with its object in the cluster: what a test does to it, and what the service's journal says.
import { expect, vi } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import type { Simulator } from '../fakes/simulator/index.ts';
import { componentObject, componentsPath } from '../support/kube-target.ts';
import { lengths } from '../support/lengths.ts';
import { isReady, specOf } from '../support/world.ts';
import { statusOf } from './support-recorder.ts';
import type { E2eServer } from './support-server.ts';

/** For whatever a lease and a recovery may take. */
export const PATIENT = { timeout: 60_000 + 2 * lengths.leaseDurationMs + lengths.pauseMs, interval: 20 };

export interface Item {
  readonly name: string;
  readonly key: string;
  readonly componentId: string;
  create(version: string): Promise<void>;
  edit(version: string): Promise<void>;
  status(): Promise<Status>;
  operation(): Promise<Status['operation']>;
  /** Ready for its newest generation. */
  untilReady(): Promise<void>;
  /** Versions of the accepted modify calls, oldest first. */
  accepted(): readonly (string | undefined)[];
  /** When the newest of them was accepted, epoch ms. */
  acceptedAt(): number | undefined;
  /** Modify calls that arrived, whatever became of them. */
  sent(): number;
  /** Requests that arrived. */
  asked(operation: string): number;
}

export interface ItemOf {
  readonly namespace: string;
  readonly name: string;
  readonly cloud: Simulator;
  readonly componentId: string;
}

/** A component that exists, whose object does not. */
export function openItem({ kube }: E2eServer, { namespace, name, cloud, componentId }: ItemOf): Item {
  const path = componentsPath(namespace, name);
  const get = async (): Promise<KubeObject> => {
    const { status, json } = await kube.call('GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status}`);
    return json as unknown as KubeObject;
  };
  const taken = ({ status, json }: { readonly status: number; readonly json: JsonObject }): void => {
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(json.message)}`);
  };
  const { journal } = cloud;
  const modifies = () =>
    journal.acceptedWrites(componentId).filter(({ operation }) => operation === 'modifyComponent');
  return {
    name,
    key: `${namespace}/${name}`,
    componentId,
    create: async (version) => {
      const spec = specOf({ version }, { componentId });
      taken(await kube.call('POST', componentsPath(namespace), componentObject(namespace, name, spec)));
    },
    edit: async (version) => {
      const patch = { spec: { component: { version } } };
      taken(await kube.call('PATCH', path, patch, 'application/merge-patch+json'));
    },
    status: async () => statusOf(await get()),
    operation: async () => statusOf(await get()).operation,
    untilReady: () =>
      vi.waitFor(async () => {
        const object = await get();
        expect(isReady(object), `${name}: ${JSON.stringify(object.status)}`).toBe(true);
      }, PATIENT),
    accepted: () => modifies().map(({ version }) => version),
    acceptedAt: () => modifies().at(-1)?.at,
    sent: () => journal.requests({ operation: 'modifyComponent', componentId }).length,
    asked: (operation) => journal.requests({ operation, componentId }).length,
  };
}
