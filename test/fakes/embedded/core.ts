// One resource request to one answer, without any network: the server and the test helpers both come through here.
// Promises: synchronous and one at a time, so every request sees all earlier writes; refusals are thrown as ApiFailure;
// an accepted or deleted CRD is served or withdrawn before the answer.
import { type Answer, type Context, type Operation, subjectOf } from './context.ts';
import { crdResources } from './crd.ts';
import { create } from './create.ts';
import { ApiFailure, badRequest, methodNotAllowed, NoSuchPath } from './failure.ts';
import type { JsonMap } from './json.ts';
import { patch } from './patch.ts';
import { get, list } from './read.ts';
import { remove, removeCollection, sweepNamespace } from './remove.ts';
import type { Call, ResourceTarget } from './request.ts';
import { issueToken, review } from './review.ts';
import type { Change } from './store.ts';
import { update } from './update.ts';

export interface Executed extends Answer {
  readonly warnings: readonly string[];
}

/** The served resource of a request. Throws 404. */
export function openOperation(context: Context, target: ResourceTarget, call: Call): Operation {
  const resource = context.registry.at(target.group, target.version, target.resource);
  const known = target.subresource === '' || resource?.subresources.includes(target.subresource);
  if (!resource || !known) throw new NoSuchPath();
  if (resource.namespaced && target.namespace === '' && !['list', 'watch', 'get'].includes(target.verb)) {
    throw methodNotAllowed();
  }
  return { context, resource, target, call, warnings: [] };
}

/** Does everything but watch. */
export function execute(context: Context, target: ResourceTarget, call: Call): Executed {
  const reviewed = review(context, target, call);
  if (reviewed) return { ...reviewed, warnings: [] };
  const operation = openOperation(context, target, call);
  const result = perform(operation);
  if (result.committed && operation.target.namespace !== '')
    sweepNamespace(operation, operation.target.namespace);
  return { ...result, warnings: operation.warnings };
}

function perform(operation: Operation): Answer {
  const { target } = operation;
  if (target.subresource === 'token') return issueToken(operation);
  switch (target.verb) {
    case 'get':
      return get(operation);
    case 'list':
      return list(operation);
    case 'create':
      if (target.name !== '') throw methodNotAllowed();
      return create(operation);
    case 'update':
      return update(operation);
    case 'patch':
      return patch(operation);
    case 'delete':
      if (target.subresource !== '') throw methodNotAllowed();
      return remove(operation);
    case 'deletecollection':
      return removeCollection(operation);
    case 'watch':
      throw badRequest(`${subjectOf(operation).kind} can be watched over HTTP only`);
    default: {
      const never: never = target.verb;
      throw new Error(`unknown verb ${String(never)}`);
    }
  }
}

/** Keeps the registry in step with the CRDs in the store. */
export function followDefinitions(context: Context): (change: Change) => void {
  return ({ kind, storage, object }) => {
    if (storage !== 'customresourcedefinitions') return;
    if (kind !== 'DELETED') {
      context.store.open(object.metadata.name);
      const resources = crdResources(object);
      for (const resource of resources) context.rules.learn(resource.schema);
      context.registry.serve(resources);
      return;
    }
    const gone = object.metadata.name;
    for (const orphan of [...context.store.all(gone)]) context.store.remove(gone, orphan);
    context.registry.withdraw(gone);
  };
}

/** Any thrown value as the Status that is sent: a bug here is a 500 that names itself, never a crash. */
export function statusOf(error: unknown): { readonly code: number; readonly body: JsonMap } {
  if (error instanceof ApiFailure) return { code: error.code, body: error.status };
  const message = `embedded API failed: ${error instanceof Error ? error.stack : String(error)}`;
  const failure = new ApiFailure({ code: 500, reason: 'InternalError', message });
  return { code: 500, body: failure.status };
}
