// A request path and query as one value: which kind, which object, which verb.
// Promises: the same reading of paths as k8s.io/apiserver's RequestInfo for resource requests; everything else
// (discovery, OpenAPI, health) is a `path` request. Leaves to others: whether the resource exists.
import type { Json } from './json.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

export interface ResourceTarget {
  readonly kind: 'resource';
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  /** The plural. */
  readonly resource: string;
  /** '' for the object itself. */
  readonly subresource: string;
  /** '' for cluster-scoped objects and for lists over all namespaces. */
  readonly namespace: string;
  /** '' for collections. */
  readonly name: string;
}

export type Target = ResourceTarget | { readonly kind: 'path'; readonly path: string };

/** One request as the core sees it; `body` is already parsed. */
export interface Call {
  readonly method: string;
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly body: Json | undefined;
  readonly contentType: string;
  readonly accept: string;
  readonly userAgent: string;
  readonly user: string;
}

const NAMESPACE_PARTS = new Set(['status', 'finalize']);

/** Reads what a request is about. */
export function readTarget(method: string, path: string, query: URLSearchParams): Target {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [root] = parts;
  const group = root === 'apis' ? parts[1] : '';
  const version = root === 'apis' ? parts[2] : parts[1];
  const rest = parts.slice(root === 'apis' ? 3 : 2);
  const isApi = root === 'api' || root === 'apis';
  if (!isApi || group === undefined || version === undefined || rest.length === 0)
    return { kind: 'path', path };
  const place = readPlace(rest);
  return { kind: 'resource', group, version, ...place, verb: verbOf(method, place.name, query) };
}

type Place = Pick<ResourceTarget, 'resource' | 'namespace' | 'name' | 'subresource'>;

function readPlace(rest: readonly string[]): Place {
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !NAMESPACE_PARTS.has(rest[2] ?? '');
  const namespace = inNamespace ? (rest[1] ?? '') : '';
  const [resource = '', name = '', ...below] = inNamespace ? rest.slice(2) : rest;
  return { resource, namespace, name, subresource: below.join('/') };
}

function verbOf(method: string, name: string, query: URLSearchParams): Verb {
  const watching = ['1', 'true'].includes(query.get('watch') ?? '');
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      if (watching) return 'watch';
      return name === '' ? 'list' : 'get';
  }
}
