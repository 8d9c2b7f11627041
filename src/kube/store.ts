// What the operator knows of each custom resource. At rest a record is a few words; the full object is held only from
// the moment something new is seen until the loop says that it is dealt with. Promises: a record never goes back to an
// older version (a delayed watch cannot undo what our own write has shown), an object of another uid replaces it, and
// what a complete list no longer contains is named as vanished. Vanished means "no longer ours to look at", never
// "delete it". A list whose own version is behind the newest one seen proves that etcd went back: then the list wins.
import { type ComponentRecord, createRecords, recordOf } from './records.ts';
import { type KubeObject, keyOf } from './types.ts';
import { isOlder } from './version.ts';

/** `compact`: known, but the object must be fetched. `absent`: not in the collection. */
export type Taken =
  | { readonly kind: 'object'; readonly object: KubeObject }
  | { readonly kind: 'compact'; readonly record: ComponentRecord }
  | { readonly kind: 'absent' };

/**
 * `same`: nothing new, e.g. the echo of an own write. `older`: ignored. `overtaken`: the echo of an own write or read
 * that contained somebody else's change, so that the change itself never shows as one.
 */
export type PutResult = 'new' | 'changed' | 'same' | 'older' | 'overtaken';

export interface Store {
  /** An object from the watch or a list. */
  apply(object: KubeObject): PutResult;
  /** An object that was fetched; refreshes a known record and never creates one. */
  put(object: KubeObject): void;
  /** The answer to an own write that was decided on `base`; never brings back what the watch has removed or replaced. */
  putOwn(object: KubeObject, base: KubeObject): void;
  /** A deletion from the watch. `ignored` when a newer object of that name is known. */
  remove(object: KubeObject): 'removed' | 'ignored';
  /** A list of `scope` (a namespace, or `''` for all) starts; `apply` marks what it contains. */
  begin(scope: string): void;
  /** The list is complete at `version`: forgets what it did not contain and returns those keys. */
  complete(scope: string, version: string): readonly string[];
  take(key: string): Taken;
  /** The loop has dealt with this version: drops the full object unless a newer one came meanwhile. */
  settle(key: string, resourceVersion: string, dueMs?: number): void;
  keys(): IterableIterator<string>;
  /** `objects` counts the records that hold a full object. */
  size(): { readonly records: number; readonly objects: number };
}

interface Listing {
  readonly round: number;
  /** Newest version the watch had shown when the list began. */
  readonly floor: string | undefined;
  /** Items older than their record, until the list's own version tells whether etcd went back. */
  readonly older: KubeObject[];
}

/** An empty store. */
export function createStore(): Store {
  const records = createRecords();
  const listings = new Map<string, Listing>();
  let newest: string | undefined;
  let rounds = 0;

  const seeVersion = (version: string): void => {
    if (newest === undefined || isOlder(newest, version)) newest = version;
  };
  const apply = (object: KubeObject): PutResult => {
    const { namespace, name, uid, resourceVersion } = object.metadata;
    const key = keyOf(namespace, name);
    const listing = listings.get(namespace) ?? listings.get('');
    if (listing === undefined) seeVersion(resourceVersion);
    const entry = records.get(key);
    if (entry === undefined) {
      records.write(key, object).seen = listing?.round ?? 0;
      return 'new';
    }
    if (listing !== undefined) entry.seen = listing.round;
    const loud = entry.echo === 'loud';
    if (isOlder(resourceVersion, entry.resourceVersion)) {
      if (listing !== undefined) listing.older.push(object);
      else entry.echo = 'quiet';
      return loud && listing === undefined ? 'overtaken' : 'older';
    }
    if (entry.uid === uid && entry.resourceVersion === resourceVersion && !loud) return 'same';
    records.write(key, object);
    return loud ? 'overtaken' : 'changed';
  };
  const refresh = (object: KubeObject, echo: 'loud' | 'quiet'): void => {
    const { namespace, name, resourceVersion } = object.metadata;
    const entry = records.get(keyOf(namespace, name));
    if (entry === undefined || !isOlder(entry.resourceVersion, resourceVersion)) return;
    records.write(keyOf(namespace, name), object).echo = entry.echo === 'loud' ? 'loud' : echo;
  };
  const complete = (scope: string, version: string): readonly string[] => {
    const listing = listings.get(scope);
    if (listing === undefined) return [];
    listings.delete(scope);
    const wentBack = listing.floor !== undefined && isOlder(version, listing.floor);
    if (wentBack) for (const object of listing.older) records.write(keyOfObject(object), object);
    if (wentBack) newest = version;
    else seeVersion(version);
    return records.dropUnseen(scope, listing.round);
  };

  return {
    apply,
    complete,
    put: (object) => refresh(object, 'loud'),
    putOwn: (object, base) => {
      const known = records.get(keyOfObject(object));
      if (known?.uid === object.metadata.uid) refresh(object, sameCause(object, base) ? 'quiet' : 'loud');
    },
    remove: (object) => {
      seeVersion(object.metadata.resourceVersion);
      const entry = records.get(keyOfObject(object));
      const replaced = entry !== undefined && entry.uid !== object.metadata.uid;
      if (entry === undefined) return 'ignored';
      if (replaced && isOlder(object.metadata.resourceVersion, entry.resourceVersion)) return 'ignored';
      records.drop(keyOfObject(object));
      return 'removed';
    },
    begin: (scope) => {
      rounds += 1;
      listings.set(scope, { round: rounds, floor: newest, older: [] });
    },
    take: (key) => {
      const entry = records.get(key);
      if (entry === undefined) return { kind: 'absent' };
      if (entry.object !== undefined) return { kind: 'object', object: entry.object };
      return { kind: 'compact', record: recordOf(entry) };
    },
    settle: (key, resourceVersion, dueMs) => {
      const entry = records.get(key);
      if (entry === undefined) return;
      entry.dueMs = dueMs;
      if (!isOlder(resourceVersion, entry.resourceVersion)) records.release(entry);
    },
    keys: () => records.keys(),
    size: () => records.size(),
  };
}

function keyOfObject({ metadata }: KubeObject): string {
  return keyOf(metadata.namespace, metadata.name);
}

/** Our writes touch status and one finalizer only; any other difference is somebody else's. */
function sameCause(object: KubeObject, base: KubeObject): boolean {
  const now = object.metadata;
  const then = base.metadata;
  return (
    now.generation === then.generation &&
    now.deletionTimestamp === then.deletionTimestamp &&
    JSON.stringify(Object.entries(now.annotations ?? {}).sort()) ===
      JSON.stringify(Object.entries(then.annotations ?? {}).sort())
  );
}
