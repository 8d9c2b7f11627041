// The state of a pass between two steps, and how it begins.

import { isOpen } from '../core/causes.ts';
import type { Facts, Memory, Reads } from '../core/facts.ts';
import { EMPTY_MEMORY, recall } from '../core/memory.ts';
import type { Parts, Shown } from './parts.ts';
import type { CloudSession, KubeObject } from './ports.ts';
import { type ReadResource, readResource } from './resource.ts';

/**
 * What became of a pass. `ms` undefined: not before the resource changes. `version`: the newest version of the resource that
 * the pass has seen or written; a watch event of that version brings nothing new.
 */
export type PassEnd =
  | {
      readonly kind: 'rest';
      readonly ms: number | undefined;
      readonly result: 'success' | 'error';
      readonly version: string | undefined;
    }
  | { readonly kind: 'absent' };

export interface Run {
  readonly object: KubeObject;
  readonly read: ReadResource;
  readonly memory: Memory;
  readonly reads: Reads;
  readonly session: CloudSession | undefined;
  /** How often this pass found its view of the resource to be stale. */
  readonly staleViews: number;
}

export interface Hands {
  readonly parts: Parts;
  readonly signal: AbortSignal;
}

export const NOTHING_READ: Reads = { jobs: {} };

/** The run of a pass over `key`; undefined when the resource does not exist. */
export async function begin(key: string, { parts, signal }: Hands): Promise<Run | undefined> {
  const taken = parts.store.take(key);
  if (taken.kind === 'absent') return undefined;
  const object = taken.kind === 'object' ? taken.object : await fetchObject(key, { parts, signal });
  if (object === undefined) return undefined;
  const memory = parts.memories.get(key) ?? EMPTY_MEMORY;
  return started(object, { memory, session: undefined, reads: NOTHING_READ, staleViews: 0 }, parts);
}

export async function fetchObject(key: string, { parts, signal }: Hands): Promise<KubeObject | undefined> {
  const [namespace = '', name = ''] = key.split('/');
  const object = await parts.cluster.get(namespace, name, signal);
  if (object !== undefined) parts.store.put(object);
  return object;
}

/** A run that goes on with another version of the object. */
export function started(object: KubeObject, rest: Omit<Run, 'object' | 'read'>, parts: Parts): Run {
  const key = `${object.metadata.namespace}/${object.metadata.name}`;
  const read = readResource(object, parts.known.get(key));
  parts.known.set(key, read);
  parts.shown.set(key, shownOf(read));
  return {
    ...rest,
    object,
    read,
    memory: recall(rest.memory, read.resource.status, parts.time.now().mono),
  };
}

function shownOf({ resource }: ReadResource): Shown {
  const { conditions, operation } = resource.status;
  const ready = conditions?.find((condition) => condition.type === 'Ready');
  return {
    ready: ready?.status ?? 'Unknown',
    reason: ready?.reason ?? 'New',
    open: isOpen(operation) ? operation?.type : undefined,
  };
}

export function factsOf(run: Run, parts: Parts): Facts {
  return {
    resource: run.read.resource,
    memory: run.memory,
    reads: run.reads,
    settings: parts.settings,
    leading: parts.leadership.leading(),
    takenBy: parts.owners.takenBy(run.read.resource.key),
    now: parts.time.now(),
    newId: parts.newId(),
  };
}

/** `run` without its reads of the cloud; the account stays. */
export function withoutReads(run: Run): Run {
  const { account } = run.reads;
  return { ...run, reads: account === undefined ? NOTHING_READ : { ...NOTHING_READ, account } };
}

export function keep(run: Run, parts: Parts): void {
  parts.memories.set(run.read.resource.key, run.memory);
}

export function rests(run: Run, ms: number | undefined, result: 'success' | 'error' = 'success'): PassEnd {
  return { kind: 'rest', ms, result, version: run.object.metadata.resourceVersion };
}
