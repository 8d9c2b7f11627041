// PATCH in its four forms.
// Promises: a patch works on the object as this version shows it and ends in the same door as PUT, so that isolation,
// validation and no-op detection are one thing; an apply to a missing object creates it.
// A patch naming no resourceVersion cannot conflict here: the core answers one request at a time.
import { type Answer, type Operation, stored, subjectOf } from './context.ts';
import { createObject, writerOf } from './create.ts';
import { decodeObject, patchRefusal } from './decode.ts';
import { badRequest, conflict, invalid, notFound, plainError, unsupportedMedia } from './failure.ts';
import { applied } from './fields/managers.ts';
import { misfit } from './fields/typed.ts';
import { clone, digText, isMap, type Json, type JsonMap, type Obj } from './json.ts';
import { jsonPatch } from './patch/json-patch.ts';
import { mergePatch, strategicPatch } from './patch/merge-patch.ts';
import { groupVersion, present } from './resource.ts';
import { dropNulls } from './schema/prune.ts';
import { replaceObject } from './update.ts';

/** PATCH of an object or of its status. */
export function patch(operation: Operation): Answer {
  const { call, resource } = operation;
  const live = stored(operation);
  if (call.contentType.startsWith('application/apply-patch+')) return apply(operation, live);
  if (!live) throw notFound(subjectOf(operation));
  const before = clone(present(resource, live));
  const body = call.body ?? null;
  const after = patched(operation, before, body);
  if (!isMap(after)) throw badRequest('the patched object is not an object');
  dropNulls(after, resource.schema);
  const next = decodeObject(operation, after, patchRefusal);
  return replaceObject(operation, { live, next, managedFields: undefined });
}

function patched({ call, resource }: Operation, before: Obj, body: Json): Json {
  switch (call.contentType) {
    case 'application/json-patch+json':
      return jsonPatch(before, body);
    case 'application/merge-patch+json':
      return mergePatch(before, body);
    case 'application/strategic-merge-patch+json':
      if (!resource.custom) return strategicPatch(before, body);
      break;
    default:
  }
  const accepted = [
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/apply-patch+yaml',
  ];
  const list = resource.custom ? accepted : [...accepted, 'application/strategic-merge-patch+json'];
  throw unsupportedMedia(
    `the body of the request was in an unknown format - accepted media types include: ${list.join(', ')}`,
  );
}

function apply(operation: Operation, live: Obj | undefined): Answer {
  const { call, resource, target } = operation;
  const config = applyConfig(operation);
  const force = call.query.get('force') === 'true';
  if (!live) {
    if (target.subresource !== '') throw notFound(subjectOf(operation));
    return createApplied(operation, config);
  }
  checkUid(operation, config, live);
  const shown = present(resource, live);
  const result = applied(shown, config, { ...writerOf(operation), force });
  const next = decodeObject(operation, result.object, patchRefusal);
  const wanted = config.metadata.resourceVersion;
  next.metadata.resourceVersion = wanted || live.metadata.resourceVersion;
  return replaceObject(operation, { live, next, managedFields: result.managedFields });
}

function createApplied(operation: Operation, config: Obj): Answer {
  if (config.metadata.uid) {
    const why = `uid mismatch: the provided object specified uid ${config.metadata.uid}, and no existing object was found`;
    throw conflict(subjectOf(operation), why);
  }
  const { apiVersion, kind } = config;
  const none: Obj = {
    apiVersion,
    kind,
    metadata: { name: '', uid: '', resourceVersion: '', creationTimestamp: '' },
  };
  const { managedFields } = applied(none, config, { ...writerOf(operation), force: true });
  const object = decodeObject(operation, clone(config), patchRefusal);
  return createObject(operation, object, managedFields);
}

function checkUid(operation: Operation, config: Obj, live: Obj): void {
  const { uid } = config.metadata;
  if (!uid || uid === live.metadata.uid) return;
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`;
  throw conflict(subjectOf(operation), why);
}

/** The applied configuration, checked as the real server does before it merges. */
function applyConfig(operation: Operation): Obj {
  const { call, resource, target } = operation;
  if (!call.query.get('fieldManager')) throw managerMissing();
  if (!isMap(call.body)) throw badRequest('the apply configuration is not an object');
  const config: JsonMap = clone(call.body);
  const version = groupVersion(resource);
  if (digText(config, 'apiVersion') !== version || digText(config, 'kind') !== resource.kind) {
    throw badRequest(`the apply configuration must be of ${version}, Kind=${resource.kind}`);
  }
  const metadata = isMap(config.metadata) ? config.metadata : {};
  if (Array.isArray(metadata.managedFields) && metadata.managedFields.length > 0) {
    throw badRequest('metadata.managedFields must be nil');
  }
  config.metadata = { ...metadata, name: metadata.name ?? target.name };
  if (resource.namespaced) config.metadata = { ...config.metadata, namespace: target.namespace };
  refuseUntyped(operation, config);
  return config as Obj;
}

/** Server-side apply needs every field in the schema: the real server answers a plain 500. */
function refuseUntyped({ resource, target }: Operation, config: JsonMap): void {
  const type = `${groupVersion(resource)}, Kind=${resource.kind}`;
  const title = `failed to create typed patch object (${target.namespace}/${target.name}; ${type})`;
  const problem = misfit(config, resource.schema);
  if (problem) throw plainError(`${title}: ${problem}`);
}

function managerMissing(): Error {
  const message = 'Required value: is required for apply patch';
  const cause = { reason: 'FieldValueRequired', message, field: 'fieldManager' };
  return invalid({ group: 'meta.k8s.io', kind: 'PatchOptions', name: '' }, [cause]);
}
