// Many custom resources in one namespace, each with a component of its own in the simulator, and a watch of our own that
// knows which are Ready and counts the writes that no edit explains.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../src/controller/ports.ts';
import { componentObject, componentsPath, type KubeTarget } from '../support/kube-target.ts';
import { watchOn } from '../support/watch.ts';
import { isReady, specOf } from '../support/world.ts';
import type { Rig } from './rig.ts';

const CREATES_AT_ONCE = 16;

export interface Fleet {
  /** Component id by name. */
  readonly members: ReadonlyMap<string, string>;
  /** Makes members until there are `count`. */
  grow(count: number): Promise<void>;
  edit(name: string, version: string): Promise<void>;
  /** Waits until every member is Ready for its generation. */
  ready(): Promise<void>;
  /** Status writes and finalizer patches seen so far. */
  writes(): number;
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly rig: Rig;
  readonly namespace: string;
  /** `spec.interval` of the members. */
  readonly interval: string;
}

/** An empty fleet in an existing namespace. */
export function createFleet({ rig, namespace, interval }: FleetOptions): Fleet {
  const { kube, cloud } = rig;
  const members = new Map<string, string>();
  const stopping = new AbortController();
  const seen = follow(kube, namespace, AbortSignal.any([stopping.signal, rig.signal]));
  const add = async (name: string): Promise<void> => {
    const { id: componentId } = cloud.addComponent();
    members.set(name, componentId);
    await call(kube, 'POST', componentsPath(namespace), {
      body: componentObject(namespace, name, specOf({}, { componentId, interval })),
    });
  };
  return {
    members,
    grow: async (count) => {
      const names = Array.from({ length: count - members.size }, (_, n) => `app-${members.size + n}`);
      await inParallel(names, add);
    },
    edit: (name, version) =>
      call(kube, 'PATCH', componentsPath(namespace, name), {
        body: { spec: { component: { version } } },
        type: 'application/merge-patch+json',
      }),
    ready: async () => {
      let before = -1;
      for (let quietSince = performance.now(); seen.ready() < members.size; await sleep(20)) {
        if (seen.ready() !== before) quietSince = performance.now();
        before = seen.ready();
        if (performance.now() - quietSince > 60_000)
          throw new Error(`only ${before} of ${members.size} are Ready, and nothing moves`);
      }
    },
    writes: seen.writes,
    stop: async () => {
      stopping.abort();
      await seen.ended;
    },
  };
}

interface Sent {
  readonly body: unknown;
  readonly type?: string;
}

async function call(kube: KubeTarget, method: string, path: string, { body, type }: Sent): Promise<void> {
  const { status, json } = await kube.call(method, path, body, type);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json.message)}`);
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: CREATES_AT_ONCE }, worker));
}

function follow(kube: KubeTarget, namespace: string, signal: AbortSignal) {
  const generations = new Map<string, number>();
  const ready = new Set<string>();
  let writes = 0;
  const take = (object: KubeObject): void => {
    const { name, generation } = object.metadata;
    if (generations.get(name) === generation) writes += 1;
    generations.set(name, generation);
    if (isReady(object)) ready.add(name);
    else ready.delete(name);
  };
  const ended = watchOn(kube, { path: componentsPath(namespace), signal, seen: take });
  return { ready: () => ready.size, writes: () => writes, ended };
}
