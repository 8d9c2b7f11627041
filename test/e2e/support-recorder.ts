// Every version of every component of a namespace, as a watch of the API server shows them: what a person, kstatus or a
// GitOps tool may come to see, also for a moment.
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { componentsPath, type KubeTarget } from '../support/kube-target.ts';

export interface Recorder {
  /** Oldest first. */
  readonly objects: readonly KubeObject[];
  stop(): Promise<void>;
}

/** Records from the first version on; start it before anything is created. */
export function recordObjects(kube: KubeTarget, namespace: string): Recorder {
  const objects: KubeObject[] = [];
  const stopping = new AbortController();
  const path = `${componentsPath(namespace)}?watch=1&resourceVersion=0`;
  const watched = kube
    .watch(path, stopping.signal, ({ type, object }) => {
      if (type !== 'DELETED') objects.push(object);
    })
    .catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error;
    });
  return {
    objects,
    stop: async () => {
      stopping.abort();
      await watched;
    },
  };
}

export function statusOf(object: KubeObject): Status {
  return (object.status ?? { observedGeneration: -1 }) as unknown as Status;
}
