// The look at the cluster before work starts: is the CRD there, new enough to hold what the operator must remember, and
// may we read the components? A status field that the CRD does not know is pruned silently, and with it the intent that
// keeps a modify call from being sent twice; so an older CRD is refused, not tolerated. Facts with their cure; only an
// unknown answer is thrown.
import { CRD_NAME, GROUP, KIND, PLURAL, VERSION } from '../api/names.ts';
import type { JsonObject } from '../core/types.ts';
import { isObject } from './decode.ts';
import { clip, KubeFailure } from './failure.ts';
import type { KubeHttp } from './http.ts';
import type { WatchTarget } from './targets.ts';

const TIMEOUT_MS = 10_000;
const CRD_PATH = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${CRD_NAME}`;

export type ClusterCheck =
  | { readonly kind: 'ok' }
  /** `missing` and `outdated`: the CRD; `forbidden`: RBAC. The message names the cure. */
  | { readonly kind: 'missing' | 'outdated' | 'forbidden'; readonly message: string };

export interface ClusterCheckOptions {
  readonly http: KubeHttp;
  readonly targets: readonly WatchTarget[];
  /** Top-level status fields that the operator writes. */
  readonly statusFields: readonly string[];
  readonly signal: AbortSignal;
}

/** Checks CRD and read access. Throws a `KubeFailure` when the API server does not answer. */
export async function checkCluster(options: ClusterCheckOptions): Promise<ClusterCheck> {
  const crd = await checkCrd(options);
  if (crd.kind !== 'ok') return crd;
  for (const target of options.targets) {
    const access = await checkAccess(options, target);
    if (access.kind !== 'ok') return access;
  }
  return { kind: 'ok' };
}

async function checkCrd({ http, statusFields, signal }: ClusterCheckOptions): Promise<ClusterCheck> {
  try {
    const { status, json } = await http.request({
      method: 'GET',
      path: CRD_PATH,
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    if (status === 404) return missing();
    const fault = findFault(json, statusFields);
    if (fault === undefined) return { kind: 'ok' };
    return {
      kind: 'outdated',
      message: `CRD ${CRD_NAME} ${fault}; apply the CRD of this release: kubectl apply -f crds/`,
    };
  } catch (error) {
    // Who may not read CRDs can still work: the list below tells whether the kind is served.
    if (error instanceof KubeFailure && error.failure.class === 'permission') return { kind: 'ok' };
    throw error;
  }
}

async function checkAccess(
  { http, signal }: ClusterCheckOptions,
  target: WatchTarget,
): Promise<ClusterCheck> {
  const query = { ...target.query, limit: '1' };
  try {
    const { status } = await http.request({
      method: 'GET',
      path: target.path,
      query,
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    return status === 404 ? missing() : { kind: 'ok' };
  } catch (error) {
    if (!(error instanceof KubeFailure)) throw error;
    if (error.failure.code === 'PATH_NOT_SERVED') return missing();
    if (error.failure.class !== 'permission') throw error;
    const where = target.scope === '' ? 'in all namespaces' : `in namespace ${target.scope}`;
    const cure = `grant get, list, watch and patch on ${PLURAL}.${GROUP} ${where} (deploy/ has the ClusterRole)`;
    return { kind: 'forbidden', message: clip(`may not list ${KIND} ${where}: ${cure}`) };
  }
}

function missing(): ClusterCheck {
  return { kind: 'missing', message: `CRD ${CRD_NAME} is not installed; apply it: kubectl apply -f crds/` };
}

function findFault(crd: JsonObject, statusFields: readonly string[]): string | undefined {
  const versions = isObject(crd.spec) && Array.isArray(crd.spec.versions) ? crd.spec.versions : [];
  const version = versions.filter(isObject).find(({ name }) => name === VERSION);
  if (version?.served !== true) return `does not serve version ${VERSION}`;
  if (!isObject(version.subresources) || !isObject(version.subresources.status))
    return 'has no status subresource';
  const status = at(version, ['schema', 'openAPIV3Schema', 'properties', 'status']);
  if (at(status, ['default'])?.observedGeneration !== -1)
    return 'has no default observedGeneration -1 for status';
  if (status?.['x-kubernetes-preserve-unknown-fields'] === true) return undefined;
  const known = at(status, ['properties']) ?? {};
  const lacking = statusFields.filter((field) => !isObject(known[field]));
  return lacking.length === 0 ? undefined : `does not know status fields ${lacking.join(', ')}`;
}

function at(from: JsonObject | undefined, path: readonly string[]): JsonObject | undefined {
  let value: unknown = from;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return isObject(value) ? value : undefined;
}
