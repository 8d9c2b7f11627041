// Changes of existing objects: PUT, and the common end of every patch.
// Promises: optimistic concurrency by uid and resourceVersion; the main door never writes status, the status door
// writes nothing else; generation counts spec changes; a change to nothing is no write; the last finalizer of an
// object under deletion removes it.
import { admit } from './admit.ts';
import { type Answer, invalidSubject, isDryRun, type Operation, stored, subjectOf } from './context.ts';
import { writerOf } from './create.ts';
import { decodeBody } from './decode.ts';
import { type ApiFailure, badRequest, conflict, invalid, modified, notFound } from './failure.ts';
import { afterUpdate } from './fields/managers.ts';
import { clone, equal, type ManagedEntry, type Obj } from './json.ts';
import { present, type Resource } from './resource.ts';
import { applyDefaults } from './schema/prune.ts';

/** PUT of an object or of its status. */
export function update(operation: Operation): Answer {
  const live = stored(operation);
  const next = decodeBody(operation);
  if (!live) throw notFound(subjectOf(operation));
  if (next.metadata.resourceVersion === '' && needsVersion(operation.resource))
    throw unconditional(operation);
  return replaceObject(operation, { live, next, managedFields: undefined });
}

export interface Replacement {
  /** Stored form. */
  readonly live: Obj;
  /** Form of the request's version, decoded, private. */
  readonly next: Obj;
  /** Given when an apply has computed it already. */
  readonly managedFields: ManagedEntry[] | undefined;
}

/** Puts `next` in place of `live`, as far as the door of the request allows. */
export function replaceObject(operation: Operation, { live, next, managedFields }: Replacement): Answer {
  const { context, resource, target } = operation;
  checkIdentity(operation, live, next);
  const shown = present(resource, live);
  const through = target.subresource === 'status' ? statusDoor(shown, next) : mainDoor(resource, shown, next);
  through.metadata = keepServerMeta(live, through);
  applyDefaults(through, resource.schema);
  const form = resource.toStorage?.(through) ?? through;
  form.apiVersion = live.apiVersion;
  resource.normalise?.(form);
  if (specChanged(resource, live, form)) form.metadata.generation = (live.metadata.generation ?? 0) + 1;
  form.metadata.managedFields = managedFields ?? ownership(operation, live, through);
  admit(context, resource, { object: form, old: live });
  return commit(operation, live, form);
}

function ownership(operation: Operation, live: Obj, through: Obj): ManagedEntry[] {
  return afterUpdate(present(operation.resource, live), through, writerOf(operation));
}

function commit(operation: Operation, live: Obj, form: Obj): Answer {
  const { context, resource } = operation;
  const gone = form.metadata.deletionTimestamp !== undefined && !form.metadata.finalizers?.length;
  const settled = !context.unsettled.has(live);
  if (equal(form, live) && settled && !gone)
    return { code: 200, body: present(resource, live), committed: false };
  if (isDryRun(operation)) return { code: 200, body: present(resource, form), committed: false };
  const { store } = context;
  const kept = gone ? store.remove(resource.storage, form) : store.put(resource.storage, form);
  return { code: 200, body: present(resource, kept), committed: true };
}

function checkIdentity(operation: Operation, live: Obj, next: Obj): void {
  const { target } = operation;
  const { name, namespace, uid, resourceVersion } = next.metadata;
  if (name !== target.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
  }
  if ((namespace ?? target.namespace) !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (uid !== '' && uid !== live.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`;
    throw conflict(subjectOf(operation), why);
  }
  if (resourceVersion !== '' && resourceVersion !== live.metadata.resourceVersion) {
    throw modified(subjectOf(operation));
  }
}

/** Everything but status comes from the live object. */
function statusDoor(live: Obj, next: Obj): Obj {
  const through = clone(live);
  if (next.status === undefined) delete through.status;
  else through.status = next.status;
  if (next.metadata.managedFields) through.metadata.managedFields = next.metadata.managedFields;
  return through;
}

function mainDoor(resource: Resource, live: Obj, next: Obj): Obj {
  if (!resource.subresources.includes('status')) return next;
  const through = { ...next };
  if (live.status === undefined) delete through.status;
  else through.status = clone(live.status);
  return through;
}

function keepServerMeta(live: Obj, next: Obj): Obj['metadata'] {
  const { uid, resourceVersion, creationTimestamp, generation } = live.metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds, generateName } = live.metadata;
  const {
    deletionTimestamp: _,
    deletionGracePeriodSeconds: __,
    generation: ___,
    generateName: ____,
    ...chosen
  } = next.metadata;
  const meta: Obj['metadata'] = { ...chosen, uid, resourceVersion, creationTimestamp };
  if (live.metadata.namespace) meta.namespace = live.metadata.namespace;
  if (generateName) meta.generateName = generateName;
  if (generation !== undefined) meta.generation = generation;
  if (deletionTimestamp !== undefined) meta.deletionTimestamp = deletionTimestamp;
  if (deletionGracePeriodSeconds !== undefined) meta.deletionGracePeriodSeconds = deletionGracePeriodSeconds;
  return meta;
}

function specChanged(resource: Resource, live: Obj, next: Obj): boolean {
  if (!resource.generation) return false;
  const spec = ({ metadata: _, status: __, ...rest }: Obj): object => rest;
  const whole = ({ metadata: _, ...rest }: Obj): object => rest;
  const view = resource.subresources.includes('status') ? spec : whole;
  return !equal(view(live), view(next));
}

/** Kinds that refuse a PUT without resourceVersion. */
function needsVersion(resource: Resource): boolean {
  return resource.custom || ['leases', 'customresourcedefinitions'].includes(resource.plural);
}

function unconditional({ resource, target }: Operation): ApiFailure {
  const message = 'Invalid value: 0: must be specified for an update';
  const cause = { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' };
  return invalid(invalidSubject(resource, target.name), [cause]);
}
