// The cluster as the command line sees it: through the rights of whoever calls, not of the operator.
import { API_VERSION, CRD_NAME, PLURAL } from '../api/names.ts';
import { statusSchema } from '../api/status.ts';
import type { JsonObject } from '../core/types.ts';
import type { KubeAnswer } from '../kube/answer.ts';
import { checkCluster } from '../kube/crd-check.ts';
import type { KubeHttp } from '../kube/http.ts';
import { watchTargets } from '../kube/targets.ts';
import { type ClusterPort, CommandError, type Component, type DoctorPort, type Finding } from './ports.ts';

const TIMEOUT_MS = 15_000;

export function createClusterPort(http: KubeHttp): ClusterPort {
  const call = (path: string, query: Readonly<Record<string, string>> = {}) =>
    http.request({
      method: 'GET',
      path,
      query,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      timeoutMs: TIMEOUT_MS,
    });
  return {
    list: async (namespace, selector) => {
      const query = selector === '' ? {} : { labelSelector: selector };
      const items = good(await call(pathOf(namespace), query)).items;
      return (items ?? []) as unknown as readonly Component[];
    },
    get: async (namespace, name) => {
      const answer = await call(`${pathOf(namespace)}/${encodeURIComponent(name)}`);
      return answer.status === 404 ? undefined : (good(answer) as unknown as Component);
    },
    annotate: async ({ metadata }, annotations) => {
      const answer = await http.request({
        method: 'PATCH',
        path: `${pathOf(metadata.namespace)}/${encodeURIComponent(metadata.name)}`,
        query: { fieldManager: 'kubectl-servicestage' },
        body: { metadata: { annotations } },
        contentType: 'application/merge-patch+json',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        timeoutMs: TIMEOUT_MS,
      });
      good(answer);
    },
  };
}

function pathOf(namespace: string | undefined): string {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/apis/${API_VERSION}${scope}/${PLURAL}`;
}

function good({ status, json }: KubeAnswer): JsonObject {
  const answer = (json ?? {}) as JsonObject;
  if (status >= 200 && status < 300) return answer;
  const cure = status === 404 ? `; is the CRD ${CRD_NAME} applied?` : '';
  throw new CommandError(
    `the API server answered ${status}: ${String(answer.message ?? 'no message')}${cure}`,
  );
}

export function createDoctorPort(http: KubeHttp): DoctorPort {
  return {
    cluster: async (namespace) => {
      const checked = await checkCluster({
        http,
        targets: watchTargets([namespace]),
        statusFields: Object.keys(statusSchema.shape),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const crd: Finding =
        checked.kind === 'ok'
          ? { what: `CRD ${CRD_NAME}`, verdict: 'ok', detail: 'as this release needs it' }
          : { what: `CRD ${CRD_NAME}`, verdict: 'failed', detail: checked.message };
      if (checked.kind !== 'ok') return [crd];
      return [crd, ...(await Promise.all(RIGHTS.map((right) => may(http, namespace, right))))];
    },
  };
}

const RIGHTS = [
  {
    verb: 'patch',
    group: 'servicestage.io',
    resource: PLURAL,
    needed: 'reconcile, pause, resume, retry, force',
  },
  { verb: 'get', group: '', resource: 'secrets', needed: 'diff, logs and this check of ServiceStage' },
] as const;

async function may(http: KubeHttp, namespace: string, right: (typeof RIGHTS)[number]): Promise<Finding> {
  const { verb, group, resource, needed } = right;
  const what = `${verb} ${resource}`;
  const answer = await http.request({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace, verb, group, resource } },
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    timeoutMs: TIMEOUT_MS,
  });
  const status = ((answer.json ?? {}) as JsonObject).status as JsonObject | undefined;
  if (answer.status >= 300 || status === undefined)
    return { what, verdict: 'skipped', detail: 'the API server does not tell' };
  return status.allowed === true
    ? { what, verdict: 'ok', detail: 'allowed' }
    : { what, verdict: 'warning', detail: `not allowed; needed for ${needed}` };
}
