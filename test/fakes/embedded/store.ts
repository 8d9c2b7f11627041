// The objects and their history: one counter of resourceVersions over all kinds, as etcd has one revision.
// Promises: what is stored is frozen; every write gets a new version and one log entry; a snapshot of any version
// not yet compacted can be rebuilt; listeners run after the write, in order of subscription.
// Leaves to others: every rule about what may be written (write.ts), selectors and encoding.
import type { Obj } from './json.ts';
import { freeze } from './json.ts';

export type ChangeKind = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One committed write. `object` of a deletion is the last state, carrying the version of the deletion. */
export interface Change {
  readonly version: number;
  readonly kind: ChangeKind;
  readonly storage: string;
  readonly object: Obj;
  readonly previous?: Obj;
}

export type ChangeListener = (change: Change) => void;

interface Table {
  readonly rows: Map<string, Obj>;
  /** Keys in order; undefined after an insertion or removal. */
  keys: readonly string[] | undefined;
  log: Change[];
  floor: number;
}

/** `shop/weather`, or `/weather` for cluster-scoped objects; sorts as etcd keys do. */
export function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

export class Store {
  #version = 1;
  #floor = 0;
  readonly #tables = new Map<string, Table>();
  readonly #listeners = new Set<ChangeListener>();
  readonly #logLimit: number;

  constructor(logLimit: number) {
    this.#logLimit = logLimit;
  }

  get version(): number {
    return this.#version;
  }

  /** Versions below this one are compacted: a watch or an exact list from there answers 410. */
  floor(storage: string): number {
    return Math.max(this.#floor, this.#tables.get(storage)?.floor ?? 0);
  }

  get(storage: string, namespace: string | undefined, name: string): Obj | undefined {
    return this.#tables.get(storage)?.rows.get(keyOf(namespace, name));
  }

  /** All objects of a kind, ordered by namespace, then name. */
  all(storage: string): readonly Obj[] {
    const table = this.#tables.get(storage);
    if (!table) return [];
    table.keys ??= [...table.rows.keys()].sort();
    return table.keys.flatMap((key) => table.rows.get(key) ?? []);
  }

  /** All objects of a kind as they were at `version`, which must not be below the floor. */
  at(storage: string, version: number): readonly Obj[] {
    const table = this.#tables.get(storage);
    if (!table || version >= (table.log.at(-1)?.version ?? 0)) return this.all(storage);
    const rows = new Map(table.rows);
    for (const change of table.log.toReversed()) {
      if (change.version <= version) break;
      const key = keyOf(change.object.metadata.namespace, change.object.metadata.name);
      if (change.previous) rows.set(key, change.previous);
      else rows.delete(key);
    }
    return sortByKey(rows);
  }

  /** The writes to a kind after `version`, oldest first. */
  since(storage: string, version: number): readonly Change[] {
    const log = this.#tables.get(storage)?.log ?? [];
    const last = log.at(-1);
    if (!last || last.version <= version) return [];
    return log.filter((change) => change.version > version);
  }

  /** Stores a new or changed object under the next version and returns the stored, frozen form. */
  put(storage: string, object: Obj): Obj {
    const table = this.#table(storage);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const previous = table.rows.get(key);
    const stored = this.#stamp(object);
    table.rows.set(key, stored);
    if (!previous) table.keys = undefined;
    this.#commit(table, {
      version: this.#version,
      kind: previous ? 'MODIFIED' : 'ADDED',
      storage,
      object: stored,
      ...(previous ? { previous } : {}),
    });
    return stored;
  }

  /** Removes an object; the returned last state carries the version of the removal. */
  remove(storage: string, object: Obj): Obj {
    const table = this.#table(storage);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const previous = table.rows.get(key);
    const last = this.#stamp(object);
    if (!previous) return last;
    table.rows.delete(key);
    table.keys = undefined;
    this.#commit(table, { version: this.#version, kind: 'DELETED', storage, object: last, previous });
    return last;
  }

  /** Starts the history of a kind: nothing can be watched from before, as with a fresh watch cache. */
  open(storage: string): void {
    this.#table(storage);
  }

  /** Forgets the history up to now, as etcd compaction does. */
  compact(): void {
    this.#floor = this.#version;
    for (const table of this.#tables.values()) table.log = [];
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #table(storage: string): Table {
    const found = this.#tables.get(storage);
    if (found) return found;
    const table: Table = { rows: new Map(), keys: undefined, log: [], floor: this.#version };
    this.#tables.set(storage, table);
    return table;
  }

  #stamp(object: Obj): Obj {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    return freeze({ ...object, metadata });
  }

  #commit(table: Table, change: Change): void {
    table.log.push(change);
    if (table.log.length > this.#logLimit) {
      const dropped = table.log.splice(0, Math.ceil(this.#logLimit / 4));
      table.floor = dropped.at(-1)?.version ?? table.floor;
    }
    for (const listener of [...this.#listeners]) listener(change);
  }
}

function sortByKey(rows: ReadonlyMap<string, Obj>): readonly Obj[] {
  const entries = [...rows].sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([, object]) => object);
}
