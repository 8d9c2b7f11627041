// Deletion: preconditions, finalizers, collections and namespaces.
// Promises: an object with finalizers stays, marked, until the last one is taken off; a namespace goes when its
// content is gone (here at once; a real cluster needs the namespace controller). Owner references are not followed.
import { type Answer, isDryRun, type Operation, stored, subjectOf } from './context.ts';
import { conflict, notFound } from './failure.ts';
import { clone, dig, digText, type JsonMap, type Obj, rfc3339 } from './json.ts';
import { present, type Resource } from './resource.ts';
import { selected } from './selector.ts';

/** DELETE of one object. */
export function remove(operation: Operation): Answer {
  const live = stored(operation);
  if (!live) throw notFound(subjectOf(operation));
  checkPreconditions(operation, live);
  if (isDryRun(operation)) return { code: 200, body: present(operation.resource, live), committed: false };
  const isNamespace = operation.resource.plural === 'namespaces';
  return isNamespace ? removeNamespace(operation, live) : removeObject(operation, live);
}

/** DELETE of a collection, by selectors. */
export function removeCollection(operation: Operation): Answer {
  const { context, resource, target, call } = operation;
  const wanted = selected(resource, call.query);
  const inScope = (object: Obj): boolean =>
    target.namespace === '' || object.metadata.namespace === target.namespace;
  const found = context.store.all(resource.storage).filter((object) => inScope(object) && wanted(object));
  for (const object of found) removeObject(operation, object);
  return { code: 200, body: success(operation, undefined), committed: found.length > 0 };
}

function checkPreconditions(operation: Operation, live: Obj): void {
  const uid = digText(operation.call.body, 'preconditions', 'uid');
  const version = digText(operation.call.body, 'preconditions', 'resourceVersion');
  const refuse = (what: string, wanted: string, actual: string): never => {
    const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${actual}`;
    throw conflict(subjectOf(operation), why);
  };
  if (uid && uid !== live.metadata.uid) refuse('UID', uid, live.metadata.uid);
  if (version && version !== live.metadata.resourceVersion) {
    refuse('ResourceVersion', version, live.metadata.resourceVersion);
  }
}

function removeObject(operation: Operation, live: Obj): Answer {
  const { context, resource } = operation;
  if (live.metadata.finalizers?.length) {
    const marked = mark(operation, live);
    return { code: 200, body: present(resource, marked), committed: marked !== live };
  }
  const last = context.store.remove(resource.storage, live);
  const body =
    resource.custom || resource.plural === 'leases' ? success(operation, last) : present(resource, last);
  return { code: 200, body, committed: true };
}

/** Sets deletionTimestamp once; deletion counts as a change of what is wanted, so generation moves. */
function mark({ context, resource }: Operation, live: Obj): Obj {
  if (live.metadata.deletionTimestamp) return live;
  const marked = clone(live);
  marked.metadata.deletionTimestamp = rfc3339(context.now());
  marked.metadata.deletionGracePeriodSeconds = 0;
  if (marked.metadata.generation !== undefined) marked.metadata.generation += 1;
  resource.normalise?.(marked);
  return context.store.put(resource.storage, marked);
}

function removeNamespace(operation: Operation, live: Obj): Answer {
  const { context, resource } = operation;
  const name = live.metadata.name;
  const marked = mark(operation, live);
  for (const { object, storage } of contentOf(operation, name)) {
    if (object.metadata.finalizers?.length) mark({ ...operation, resource: storage }, object);
    else context.store.remove(storage.storage, object);
  }
  sweepNamespace(operation, name);
  return { code: 200, body: present(resource, marked), committed: true };
}

interface Content {
  readonly object: Obj;
  readonly storage: Resource;
}

function contentOf({ context }: Operation, namespace: string): Content[] {
  const byStorage = new Map(context.registry.all.map((resource) => [resource.storage, resource]));
  return [...byStorage.values()].flatMap((storage) => {
    if (!storage.namespaced) return [];
    const objects = context.store
      .all(storage.storage)
      .filter((object) => object.metadata.namespace === namespace);
    return objects.map((object) => ({ object, storage }));
  });
}

/** Removes a namespace under deletion once nothing is left in it. */
export function sweepNamespace(operation: Operation, namespace: string): void {
  const { store } = operation.context;
  const home = store.get('namespaces', undefined, namespace);
  if (!home?.metadata.deletionTimestamp || contentOf(operation, namespace).length > 0) return;
  store.remove('namespaces', home);
}

function success(operation: Operation, object: Obj | undefined): JsonMap {
  const { resource, target } = operation;
  const uid = dig(object, 'metadata', 'uid');
  const details: JsonMap = { name: object?.metadata.name ?? target.name, kind: resource.plural };
  if (resource.group) details.group = resource.group;
  if (uid) details.uid = uid;
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}
