// Every version of every component of a namespace, as a watch of the API server shows them: what a person, kstatus or a
// GitOps tool may come to see, also for a moment.
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { SITUATIONS, type SituationName } from '../../src/core/conditions.ts';
import { componentsPath, type KubeTarget } from '../support/kube-target.ts';

export interface Recorder {
  /** Oldest first. */
  readonly objects: readonly KubeObject[];
  saw(situation: SituationName): boolean;
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
    saw: (situation) => objects.some((object) => situationsOf(object).includes(situation)),
    stop: async () => {
      stopping.abort();
      await watched;
    },
  };
}

/** The situations whose Ready, Reconciling and Stalled the object shows; several may look alike. */
export function situationsOf(object: KubeObject): readonly SituationName[] {
  const shown = textOf((type) => {
    const condition = statusOf(object).conditions?.find((each) => each.type === type);
    return condition === undefined ? undefined : `${condition.status}/${condition.reason}`;
  });
  const names = Object.keys(SITUATIONS) as SituationName[];
  return names.filter((name) => textOf((type) => wantedOf(name, type)) === shown);
}

export function statusOf(object: KubeObject): Status {
  return (object.status ?? { observedGeneration: -1 }) as unknown as Status;
}

type ShownType = 'Ready' | 'Reconciling' | 'Stalled';

function textOf(of: (type: ShownType) => string | undefined): string {
  return (['Ready', 'Reconciling', 'Stalled'] as const).map((type) => of(type) ?? '-').join(' ');
}

function wantedOf(name: SituationName, type: ShownType): string | undefined {
  const row: {
    readonly ready: readonly [string, string];
    readonly reconciling?: string;
    readonly stalled?: string;
  } = SITUATIONS[name];
  if (type === 'Ready') return row.ready.join('/');
  const reason = type === 'Reconciling' ? row.reconciling : row.stalled;
  return reason === undefined ? undefined : `True/${reason}`;
}
