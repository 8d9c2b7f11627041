// Creation of objects.
// Promises: the server's metadata cannot be chosen by the client; status is dropped where it is a subresource and its
// default then filled in; a namespace must exist and live; a dry run changes nothing.
import { admit } from './admit.ts';
import { type Answer, invalidSubject, isDryRun, managerOf, type Operation, subjectOf } from './context.ts';
import { establish } from './crd.ts';
import { decodeBody } from './decode.ts';
import { type ApiFailure, alreadyExists, badRequest, forbidden, invalid, notFound } from './failure.ts';
import { afterUpdate, type Writer } from './fields/managers.ts';
import { type ManagedEntry, type Meta, type Obj, rfc3339 } from './json.ts';
import { groupVersion, present } from './resource.ts';
import { applyDefaults } from './schema/prune.ts';

/** POST to a collection. */
export function create(operation: Operation): Answer {
  const object = decodeBody(operation);
  if (object.metadata.resourceVersion) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  return createObject(operation, object, undefined);
}

/** Stores a decoded object as new; `managedFields` is given when it comes from an apply. */
export function createObject(
  operation: Operation,
  object: Obj,
  managedFields: ManagedEntry[] | undefined,
): Answer {
  const { context, resource } = operation;
  const namespace = namespaceOf(operation, object);
  object.metadata = serverMeta(operation, object.metadata, namespace);
  if (resource.subresources.includes('status')) delete object.status;
  applyDefaults(object, resource.schema);
  const form = resource.toStorage?.(object) ?? object;
  resource.normalise?.(form);
  const made = resource.plural === 'customresourcedefinitions' ? establish(form, context.now()) : form;
  const fields = managedFields ?? afterUpdate(undefined, made, writerOf(operation));
  made.metadata.managedFields = fields;
  admit(context, resource, { object: made, old: undefined });
  if (context.store.get(resource.storage, namespace || undefined, made.metadata.name)) {
    throw alreadyExists(subjectOf(operation, made.metadata.name));
  }
  if (isDryRun(operation)) return { code: 201, body: present(resource, made), committed: false };
  const stored = context.store.put(resource.storage, made);
  if (resource.custom && stored.status !== undefined) context.unsettled.add(stored);
  return { code: 201, body: present(resource, stored), committed: true };
}

/** How this operation appears in managedFields. */
export function writerOf(operation: Operation): Writer {
  const { context, resource, target } = operation;
  return {
    manager: managerOf(operation),
    apiVersion: groupVersion(resource),
    subresource: target.subresource,
    nowMs: context.now(),
    schema: resource.schema,
    splitStatus: resource.subresources.includes('status'),
  };
}

function namespaceOf(operation: Operation, object: Obj): string {
  const { context, resource, target } = operation;
  if (!resource.namespaced) return '';
  const given = object.metadata.namespace ?? '';
  if (given !== '' && given !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const home = context.store.get('namespaces', undefined, target.namespace);
  if (!home) throw notFound({ group: '', kind: 'namespaces', name: target.namespace });
  if (home.metadata.deletionTimestamp) throw terminating(operation, object.metadata.name);
  return target.namespace;
}

function terminating(operation: Operation, name: string): ApiFailure {
  const { namespace } = operation.target;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  return forbidden(subjectOf(operation, name), why);
}

function serverMeta(operation: Operation, given: Meta, namespace: string): Meta {
  const { context, resource } = operation;
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, managedFields: ___, ...kept } = given;
  const suffix = (): string => context.uid().replaceAll('-', '').slice(-5);
  const name = given.name || (given.generateName ? `${given.generateName}${suffix()}` : '');
  if (name === '') throw nameless(operation);
  return {
    ...kept,
    name,
    ...(namespace === '' ? {} : { namespace }),
    uid: context.uid(),
    resourceVersion: '',
    ...(resource.generation ? { generation: 1 } : {}),
    creationTimestamp: rfc3339(context.now()),
  };
}

function nameless({ resource }: Operation): ApiFailure {
  const message = 'Required value: name or generateName is required';
  const cause = { reason: 'FieldValueRequired', message, field: 'metadata.name' };
  return invalid(invalidSubject(resource, ''), [cause]);
}
