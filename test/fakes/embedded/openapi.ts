// OpenAPI documents made from the registry, enough for `kubectl explain`, its validation choice and its patch metadata.
// Promises: v3 has one document per group and version with a hash in its URL that moves with the schemas; v2 is one
// JSON document. Not offered: v2 as protobuf (406), which kubectl asks for only when v3 is missing.
import { createHash } from 'node:crypto';
import type { Json, JsonMap } from './json.ts';
import { OBJECT_META } from './meta-schema.ts';
import { groupVersion, type Registry, type Resource } from './resource.ts';

const META_NAME = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** The answer to an OpenAPI path, or undefined when it is none. */
export function openapi(registry: Registry, path: string): Json | undefined {
  if (path === '/openapi/v2') return documentV2(registry);
  if (path === '/openapi/v3') return indexV3(registry);
  const match = /^\/openapi\/v3\/(?:api|apis)\/(.+)$/.exec(path);
  const resources = registry.all.filter((resource) => groupVersion(resource) === match?.[1]);
  return resources.length === 0 ? undefined : documentV3(resources);
}

function indexV3(registry: Registry): JsonMap {
  const byVersion = Map.groupBy(registry.all, (resource) => rootOf(resource));
  const paths = [...byVersion].map(([root, resources]) => {
    const hash = createHash('sha256')
      .update(JSON.stringify(documentV3(resources)))
      .digest('hex')
      .slice(0, 32);
    return [root, { serverRelativeURL: `/openapi/v3/${root}?hash=${hash.toUpperCase()}` }];
  });
  return { paths: Object.fromEntries(paths) };
}

function rootOf(resource: Resource): string {
  return resource.group === '' ? `api/${resource.version}` : `apis/${groupVersion(resource)}`;
}

function documentV3(resources: readonly Resource[]): JsonMap {
  const kinds = resources.map((resource) => [
    nameOf(resource),
    kindSchema(resource, '#/components/schemas/'),
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'embedded' },
    paths: Object.fromEntries(resources.flatMap(pathsV3)),
    components: { schemas: { [META_NAME]: OBJECT_META as JsonMap, ...Object.fromEntries(kinds) } },
  };
}

function documentV2(registry: Registry): JsonMap {
  const kinds = registry.all.map((resource) => [nameOf(resource), kindSchema(resource, '#/definitions/')]);
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'embedded' },
    paths: {},
    definitions: { [META_NAME]: OBJECT_META as JsonMap, ...Object.fromEntries(kinds) },
  };
}

/** `io.servicestage.v1alpha1.ServiceStageComponent`, `io.k8s.api.core.v1.Secret`. */
function nameOf({ group, version, kind, custom }: Resource): string {
  if (!custom) return `io.k8s.api.${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`;
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}

function kindOf({ group, version, kind }: Resource): JsonMap {
  return { group, version, kind };
}

function kindSchema(resource: Resource, refs: string): JsonMap {
  const schema = resource.schema as unknown as JsonMap;
  const metadata = {
    description: "Standard object's metadata.",
    default: {},
    allOf: [{ $ref: `${refs}${META_NAME}` }],
  };
  return {
    ...schema,
    properties: { ...(schema.properties as JsonMap), metadata },
    'x-kubernetes-group-version-kind': [kindOf(resource)],
  };
}

function pathsV3(resource: Resource): [string, JsonMap][] {
  const scope = resource.namespaced ? 'namespaces/{namespace}/' : '';
  const collection = `/${rootOf(resource)}/${scope}${resource.plural}`;
  const one = (action: string, ...types: readonly string[]): JsonMap => operationV3(resource, action, types);
  const json = 'application/json';
  const patches = [
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/apply-patch+yaml',
  ];
  const strategic = resource.custom ? [] : ['application/strategic-merge-patch+json'];
  return [
    [collection, { get: one('list'), post: one('post', json) }],
    [
      `${collection}/{name}`,
      {
        get: one('get'),
        put: one('put', json),
        patch: one('patch', ...patches, ...strategic),
        delete: one('delete'),
      },
    ],
  ];
}

function operationV3(resource: Resource, action: string, types: readonly string[]): JsonMap {
  const schema = { $ref: `#/components/schemas/${nameOf(resource)}` };
  const writes = types.length > 0;
  const names = writes
    ? ['dryRun', 'fieldManager', 'fieldValidation', ...(action === 'patch' ? ['force'] : [])]
    : [];
  const parameters = names.map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
  const content = Object.fromEntries(types.map((type) => [type, { schema }]));
  return {
    operationId: `${action}${resource.version}${resource.kind}`,
    parameters,
    ...(writes ? { requestBody: { content } } : {}),
    responses: { '200': { description: 'OK', content: { 'application/json': { schema } } } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kindOf(resource),
  };
}
