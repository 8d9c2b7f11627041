// Watches the resources of one namespace for the whole run, across restarts of the API server: an independent eye beside the
// operator's. Every status that it sees is held against the status rules.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { componentsPath } from '../support/kube-target.ts';
import { statusViolations } from '../support/status-rules.ts';
import type { Stage } from './stage.ts';

export interface Eye {
  readonly seen: (object: KubeObject) => void;
  readonly gone: (object: KubeObject) => void;
  readonly violated: (text: string) => void;
}

const PAUSE_MS = 300;

/** Ends when the signal aborts. */
export async function follow(
  stage: Stage,
  { namespace, eye, signal }: { readonly namespace: string; readonly eye: Eye; readonly signal: AbortSignal },
): Promise<void> {
  const path = componentsPath(namespace);
  const known = new Map<string, KubeObject>();
  while (!signal.aborted) {
    let version = await relist(stage, { path, known, eye }).catch(() => undefined);
    if (version === undefined) {
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    const watch = async (): Promise<void> => {
      const query = `?watch=1&allowWatchBookmarks=true&timeoutSeconds=240&resourceVersion=${version}`;
      await stage.kube.watch(`${path}${query}`, signal, ({ type, object }) => {
        if (type === 'ERROR') throw new Error('the watch is too old');
        version = object.metadata.resourceVersion;
        if (type === 'DELETED') forget(known, object, eye);
        else if (type !== 'BOOKMARK') take(known, object, eye);
      });
    };
    for (let open = true; open && !signal.aborted; ) {
      open = await watch().then(
        () => true,
        () => false,
      );
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function relist(
  stage: Stage,
  { path, known, eye }: { readonly path: string; readonly known: Map<string, KubeObject>; readonly eye: Eye },
): Promise<string> {
  const { status, json } = await stage.call('GET', path);
  if (status !== 200) throw new Error(`no list of ${path}: ${status}`);
  const items = (json.items ?? []) as unknown as readonly KubeObject[];
  const uids = new Set(items.map(({ metadata }) => metadata.uid));
  for (const object of [...known.values()]) if (!uids.has(object.metadata.uid)) forget(known, object, eye);
  // What happened in between was not seen, so the states before and after it are not compared.
  known.clear();
  for (const object of items) take(known, object, eye);
  return (json.metadata as { readonly resourceVersion?: string } | undefined)?.resourceVersion ?? '';
}

function take(known: Map<string, KubeObject>, object: KubeObject, eye: Eye): void {
  const { uid, name, generation, deletionTimestamp } = object.metadata;
  const before = known.get(uid);
  known.set(uid, object);
  const status = object.status as unknown as Status | undefined;
  const earlier = before === undefined ? status : (before.status as unknown as Status | undefined);
  if (status?.conditions !== undefined && JSON.stringify(status) !== JSON.stringify(before?.status)) {
    const written = { generation, deleting: deletionTimestamp !== undefined, status };
    for (const rule of statusViolations(earlier, written)) eye.violated(`STATUS: ${name}: ${rule}`);
  }
  eye.seen(object);
}

function forget(known: Map<string, KubeObject>, object: KubeObject, eye: Eye): void {
  known.delete(object.metadata.uid);
  eye.gone(object);
}
