// Objects for tests, without HTTP: the same core as every request, under the user agent `test`.
// Promises: synchronous; kinds go by any name that kubectl takes; refusals are thrown as ApiFailure, except that `get`
// of a missing object is undefined. These calls are not journalled and meet no fault.
import type { Context } from './context.ts';
import { execute } from './core.ts';
import { ApiFailure } from './failure.ts';
import type { Json, JsonMap, Obj } from './json.ts';
import { digText } from './json.ts';
import type { Call, ResourceTarget, Verb } from './request.ts';
import type { Resource } from './resource.ts';

/** Which object. `namespace` is left out for cluster-scoped kinds. */
export interface Reference {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export type PatchType = 'json' | 'merge' | 'strategic';

export interface PatchOrder {
  readonly type: PatchType;
  readonly patch: Json;
  readonly subresource?: 'status';
  readonly manager?: string;
}

export interface ApplyOrder {
  readonly manager?: string;
  readonly force?: 'force';
  readonly subresource?: 'status';
}

export interface Objects {
  readonly get: (reference: Reference) => Obj | undefined;
  readonly list: (kind: string, namespace?: string) => readonly Obj[];
  readonly create: (object: JsonMap) => Obj;
  /** Server-side apply; creates what is missing. */
  readonly apply: (object: JsonMap, order?: ApplyOrder) => Obj;
  /** PUT; the object carries the resourceVersion it was read at. */
  readonly replace: (object: JsonMap, subresource?: 'status') => Obj;
  readonly patch: (reference: Reference, order: PatchOrder) => Obj;
  readonly remove: (reference: Reference) => void;
}

const CONTENT_TYPES: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

export function objectsOf(context: Context): Objects {
  const run = (place: Place, parts: Partial<Call>): Json => {
    const { target } = place;
    return execute(context, target, { ...BLANK, query: new URLSearchParams(), ...parts, target }).body;
  };
  const find = (kind: string): Resource => context.registry.named(kind);
  const ofBody = (body: JsonMap): Resource =>
    context.registry.of(digText(body, 'apiVersion'), digText(body, 'kind'));
  const object = (place: Place, parts: Partial<Call>): Obj => run(place, parts) as Obj;
  return {
    get: (reference) => {
      try {
        return object(placeOf(find(reference.kind), 'get', reference), {});
      } catch (error) {
        if (error instanceof ApiFailure && error.code === 404) return undefined;
        throw error;
      }
    },
    list: (kind, namespace) => {
      const body = run(placeOf(find(kind), 'list', { name: '', ...(namespace ? { namespace } : {}) }), {});
      return (body as { items: Obj[] }).items;
    },
    create: (body) => object(placeOf(ofBody(body), 'create', inBody(body, '')), { method: 'POST', body }),
    apply: (body, order = {}) => {
      const place = placeOf(ofBody(body), 'patch', inBody(body, digText(body, 'metadata', 'name')));
      const query = new URLSearchParams({ fieldManager: order.manager ?? 'test' });
      if (order.force) query.set('force', 'true');
      return object(under(place, order.subresource), {
        body,
        query,
        contentType: 'application/apply-patch+yaml',
      });
    },
    replace: (body, subresource) => {
      const place = placeOf(ofBody(body), 'update', inBody(body, digText(body, 'metadata', 'name')));
      return object(under(place, subresource), { method: 'PUT', body });
    },
    patch: (reference, order) => {
      const place = under(placeOf(find(reference.kind), 'patch', reference), order.subresource);
      const query = new URLSearchParams({ fieldManager: order.manager ?? 'test' });
      return object(place, { body: order.patch, query, contentType: CONTENT_TYPES[order.type] });
    },
    remove: (reference) => {
      run(placeOf(find(reference.kind), 'delete', reference), { method: 'DELETE' });
    },
  };
}

const BLANK: Omit<Call, 'target' | 'query'> = {
  method: 'GET',
  body: undefined,
  contentType: 'application/json',
  accept: 'application/json',
  userAgent: 'test/1',
  user: 'test',
};

interface Place {
  readonly target: ResourceTarget;
}

function placeOf(resource: Resource, verb: Verb, at: Omit<Reference, 'kind'>): Place {
  const { group, version, plural, namespaced } = resource;
  const namespace = namespaced ? (at.namespace ?? '') : '';
  const shared = { kind: 'resource', verb, group, version, resource: plural } as const;
  return { target: { ...shared, subresource: '', namespace, name: at.name } };
}

function under(place: Place, subresource: 'status' | undefined): Place {
  return { target: { ...place.target, subresource: subresource ?? '' } };
}

function inBody(body: JsonMap, name: string): Omit<Reference, 'kind'> {
  return { namespace: digText(body, 'metadata', 'namespace'), name };
}
