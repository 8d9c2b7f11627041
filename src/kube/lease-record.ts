// The Lease object (coordination.k8s.io/v1): reading and writing it, nothing about when. Writes carry the
// resourceVersion that was read, so of two candidates one gets a conflict.
import type { JsonObject } from '../core/types.ts';
import { isObject } from './decode.ts';
import { garbageFailure, KubeFailure } from './failure.ts';
import type { KubeHttp } from './http.ts';
import { microTime } from './scheduler.ts';

export interface LeaseRecord {
  readonly resourceVersion: string;
  /** `''` when released. */
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  /** As the holder wrote it; compared for change only, never with a clock of ours. */
  readonly renewTime: string;
  readonly acquireTime: string;
}

export interface LeaseSpec {
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  readonly renewWallMs: number;
  readonly acquireTime: string;
}

export interface LeaseClient {
  /** Undefined when there is no Lease yet. */
  read(signal: AbortSignal, timeoutMs: number): Promise<LeaseRecord | undefined>;
  /** Creates or replaces; `lost` when somebody else wrote since `over` was read. */
  write(write: LeaseWrite): Promise<LeaseRecord | 'lost'>;
}

export interface LeaseWrite {
  readonly spec: LeaseSpec;
  readonly over: LeaseRecord | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export function leasesPath(namespace: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
}

/** The Lease `namespace/name`. Methods throw a `KubeFailure` when the answer is not known. */
export function createLeaseClient(http: KubeHttp, namespace: string, name: string): LeaseClient {
  const collection = leasesPath(namespace);
  const path = `${collection}/${encodeURIComponent(name)}`;
  return {
    read: async (signal, timeoutMs) => {
      const { status, json } = await http.request({ method: 'GET', path, signal, timeoutMs });
      return status === 404 ? undefined : parse(path, json);
    },
    write: async ({ spec, over, signal, timeoutMs }) => {
      const version = over === undefined ? {} : { resourceVersion: over.resourceVersion };
      const body = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace, ...version },
        spec: specBody(spec),
      };
      const call =
        over === undefined ? { method: 'POST' as const, path: collection } : { method: 'PUT' as const, path };
      const answer = await http.request({ ...call, body, signal, timeoutMs });
      return answer.status >= 300 ? 'lost' : parse(path, answer.json);
    },
  };
}

function specBody({ holder, durationMs, transitions, renewWallMs, acquireTime }: LeaseSpec): JsonObject {
  return {
    holderIdentity: holder,
    leaseDurationSeconds: Math.max(1, Math.ceil(durationMs / 1000)),
    leaseTransitions: transitions,
    renewTime: microTime(renewWallMs),
    acquireTime,
  };
}

function parse(path: string, json: JsonObject): LeaseRecord {
  const { metadata, spec } = json;
  const version = isObject(metadata) ? metadata.resourceVersion : undefined;
  if (typeof version !== 'string') throw new KubeFailure(garbageFailure(path, 'the answer is not a Lease'));
  return recordOf(version, isObject(spec) ? spec : {});
}

/** What a Lease's spec says; a field of another type counts as absent. */
export function recordOf(resourceVersion: string, fields: JsonObject): LeaseRecord {
  return {
    resourceVersion,
    holder: text(fields.holderIdentity),
    durationMs: number(fields.leaseDurationSeconds) * 1000,
    transitions: number(fields.leaseTransitions),
    renewTime: text(fields.renewTime),
    acquireTime: text(fields.acquireTime),
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
