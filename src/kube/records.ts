// The map behind the store: one flat entry per custom resource, so that ten thousand of them at rest cost a few MiB.
// Counts the full objects it holds. Knows no rule about versions; that is the store's part.
import type { KubeObject } from './types.ts';

/** What is known of a custom resource without its object. */
export interface ComponentRecord {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly observedGeneration: number | undefined;
  readonly deleting: 'yes' | 'no';
  /** When the loop wants to look again, monotonic ms; set by `settle`. */
  readonly dueMs: number | undefined;
}

/** An entry of the map; only `records.ts` and `store.ts` touch it. */
export interface Entry {
  uid: string;
  resourceVersion: string;
  generation: number;
  observedGeneration: number | undefined;
  deleting: 'yes' | 'no';
  dueMs: number | undefined;
  object: KubeObject | undefined;
  /** `loud`: the next event of the watch must be looked at even if it shows nothing new. */
  echo: 'loud' | 'quiet';
  /** Number of the list that contained it last. */
  seen: number;
}

export interface Records {
  get(key: string): Entry | undefined;
  write(key: string, object: KubeObject): Entry;
  release(entry: Entry): void;
  drop(key: string): void;
  dropUnseen(scope: string, round: number): readonly string[];
  keys(): IterableIterator<string>;
  size(): { readonly records: number; readonly objects: number };
}

/** An empty map. */
export function createRecords(): Records {
  const entries = new Map<string, Entry>();
  let objects = 0;
  const release = (entry: Entry): void => {
    if (entry.object !== undefined) objects -= 1;
    entry.object = undefined;
  };
  const drop = (key: string): void => {
    const entry = entries.get(key);
    if (entry !== undefined) release(entry);
    entries.delete(key);
  };
  return {
    get: (key) => entries.get(key),
    release,
    drop,
    write: (key, object) => {
      const old = entries.get(key);
      if (old !== undefined) release(old);
      const entry = entryOf(object, old?.seen ?? 0);
      entries.set(key, entry);
      objects += 1;
      return entry;
    },
    dropUnseen: (scope, round) => {
      const prefix = scope === '' ? '' : `${scope}/`;
      const unseen = [...entries].filter(([key, entry]) => entry.seen !== round && key.startsWith(prefix));
      for (const [key] of unseen) drop(key);
      return unseen.map(([key]) => key);
    },
    keys: () => entries.keys(),
    size: () => ({ records: entries.size, objects }),
  };
}

function entryOf(object: KubeObject, seen: number): Entry {
  const { uid, resourceVersion, generation, deletionTimestamp } = object.metadata;
  const observed = object.status?.observedGeneration;
  return {
    uid,
    resourceVersion,
    generation,
    observedGeneration: typeof observed === 'number' ? observed : undefined,
    deleting: deletionTimestamp === undefined ? 'no' : 'yes',
    dueMs: undefined,
    object,
    echo: 'quiet',
    seen,
  };
}

/** The entry without what is the map's own. */
export function recordOf({ object, echo, seen, ...record }: Entry): ComponentRecord {
  return record;
}
