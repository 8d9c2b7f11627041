// Discovery: what is served, in the legacy and the aggregated form, and the few non-resource paths.
// Promises: always in step with the registry, so a CRD just created is found at once; the version matches no real
// release on purpose, so that nobody mistakes this server for one.
import { dig, type Json, type JsonMap } from './json.ts';
import { groupVersion, type Registry, type Resource } from './resource.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const AGGREGATED = 'as=APIGroupDiscoveryList';

/** The answer to a discovery path, or undefined when it is none. */
export function discover(registry: Registry, path: string, accept: string): Json | undefined {
  const aggregated = accept.includes(AGGREGATED);
  switch (path) {
    case '/api':
      return aggregated ? aggregate(registry, ['']) : { kind: 'APIVersions', versions: ['v1'] };
    case '/apis':
      return aggregated ? aggregate(registry, groupsOf(registry)) : groupList(registry);
    case '/version':
      return version();
    default:
      return resourceList(registry, path) ?? oneGroup(registry, path);
  }
}

/** The content type that goes with an aggregated answer. */
export function discoveryType(path: string, accept: string): string {
  const aggregated = (path === '/api' || path === '/apis') && accept.includes(AGGREGATED);
  return aggregated
    ? 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    : 'application/json';
}

function version(): JsonMap {
  return {
    major: '1',
    minor: '34',
    gitVersion: 'v1.34.0-embedded',
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'none',
    compiler: 'none',
    platform: 'node',
  };
}

/** Named groups, and the two whose only members are reviews. */
function groupsOf(registry: Registry): string[] {
  const named = registry.all.map((resource) => resource.group).filter((group) => group !== '');
  return [...new Set(['authorization.k8s.io', ...named])];
}

function versionsOf(registry: Registry, group: string): string[] {
  const found = registry.all
    .filter((resource) => resource.group === group)
    .map((resource) => resource.version);
  return found.length === 0 ? ['v1'] : [...new Set(found)];
}

function groupList(registry: Registry): JsonMap {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groupsOf(registry).map((group) => groupEntry(registry, group)),
  };
}

function groupEntry(registry: Registry, name: string): JsonMap {
  const versions = versionsOf(registry, name).map((each) => ({
    groupVersion: `${name}/${each}`,
    version: each,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

function oneGroup(registry: Registry, path: string): JsonMap | undefined {
  const group = /^\/apis\/([^/]+)\/?$/.exec(path)?.[1];
  if (!group || !groupsOf(registry).includes(group)) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(registry, group) };
}

function resourceList(registry: Registry, path: string): JsonMap | undefined {
  const match = /^\/api\/(v1)\/?$/.exec(path) ?? /^\/apis\/([^/]+\/[^/]+)\/?$/.exec(path);
  const wanted = match?.[1];
  if (!wanted) return undefined;
  const found = registry.all.filter((resource) => groupVersion(resource) === wanted);
  if (found.length === 0 && wanted !== 'authorization.k8s.io/v1') return undefined;
  const resources = wanted === 'authorization.k8s.io/v1' ? [legacyReview()] : found.flatMap(legacyEntries);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: wanted, resources };
}

function legacyEntries(resource: Resource): JsonMap[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = resource;
  const main: JsonMap = { name: plural, singularName: singular, namespaced, kind, verbs: VERBS };
  if (shortNames.length > 0) main.shortNames = [...shortNames];
  if (categories.length > 0) main.categories = [...categories];
  const below = resource.subresources.map((name) => {
    const entry: JsonMap = {
      name: `${plural}/${name}`,
      singularName: '',
      namespaced,
      kind,
      verbs: subVerbs(name),
    };
    if (name === 'token') Object.assign(entry, TOKEN_KIND);
    return entry;
  });
  return [main, ...below];
}

const TOKEN_KIND = { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1' };

function legacyReview(): JsonMap {
  const kind = 'SelfSubjectAccessReview';
  return { name: 'selfsubjectaccessreviews', singularName: '', namespaced: false, kind, verbs: ['create'] };
}

function subVerbs(name: string): string[] {
  return name === 'token' ? ['create'] : ['get', 'patch', 'update'];
}

function aggregate(registry: Registry, groups: readonly string[]): JsonMap {
  const items = groups.map((group) => ({
    metadata: { name: group, creationTimestamp: null },
    versions: versionsOf(registry, group).map((each) => aggregateVersion(registry, group, each)),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function aggregateVersion(registry: Registry, group: string, each: string): JsonMap {
  const found = registry.all.filter((resource) => resource.group === group && resource.version === each);
  const resources = found.length === 0 ? [aggregatedReview()] : found.map(aggregatedEntry);
  return { version: each, freshness: 'Current', resources };
}

function aggregatedEntry(resource: Resource): JsonMap {
  const { group, version: each, kind, plural, singular } = resource;
  return {
    resource: plural,
    responseKind: { group, version: each, kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: VERBS,
    shortNames: [...resource.shortNames],
    categories: [...resource.categories],
    subresources: resource.subresources.map((name) => ({
      subresource: name,
      responseKind: name === 'token' ? TOKEN_KIND : { group, version: each, kind },
      verbs: subVerbs(name),
    })),
  };
}

function aggregatedReview(): JsonMap {
  const [group, each, kind] = ['authorization.k8s.io', 'v1', 'SelfSubjectAccessReview'];
  return {
    resource: dig(legacyReview(), 'name') ?? '',
    responseKind: { group, version: each, kind },
    scope: 'Cluster',
    singularResource: 'selfsubjectaccessreview',
    verbs: ['create'],
  };
}
