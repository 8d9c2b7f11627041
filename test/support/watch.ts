// A watch that goes on where it ended: an API server may close any watch at any time, and does so in its first minute.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { KubeTarget } from './kube-target.ts';

export interface Watching {
  /** Path of the collection. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** `resourceVersion` of a list; without it the objects that exist come first. */
  readonly since?: string;
  /** Objects as they are added or changed; each change once, in order. */
  readonly seen: (object: KubeObject) => void;
}

const PAUSE_MS = 20;

/** Ends when the signal aborts. Throws when the server no longer knows where the watch had ended. */
export async function watchOn(kube: KubeTarget, { path, signal, since, seen }: Watching): Promise<void> {
  let version = since;
  while (!signal.aborted) {
    const from = version === undefined ? '' : `&resourceVersion=${version}`;
    const query = `?watch=1&allowWatchBookmarks=true${from}`;
    const watched = kube.watch(`${path}${query}`, signal, ({ type, object }) => {
      if (type === 'ERROR') throw new Error(`the watch of ${path} was lost: ${JSON.stringify(object)}`);
      version = object.metadata.resourceVersion;
      if (type === 'ADDED' || type === 'MODIFIED') seen(object);
    });
    await watched.catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
