// The pen: the `Cluster` port over HTTP. Every write is a JSON Patch that tests what it builds on, so a stale view
// writes nothing. How the server words a refusal (apiserver, patch handler): a failed test is 422 without
// `details.causes`, a schema or CEL refusal is 422 with causes, a lost race is 409. A write whose answer is lost throws
// a transient `KubeFailure`: the caller reads again before it decides.
import { FIELD_MANAGER, FINALIZER } from '../api/names.ts';
import type { KubeAnswer } from './answer.ts';
import { decodeObject, isObject } from './decode.ts';
import { garbageFailure, KubeFailure, statusMessage } from './failure.ts';
import type { KubeHttp } from './http.ts';
import { objectPath } from './targets.ts';
import type { EventNote, JsonPatch, KubeObject, SecretLookup, WriteOutcome } from './types.ts';

const READ_TIMEOUT_MS = 10_000;
const WRITE_TIMEOUT_MS = 15_000;
const PATCH_TYPE = 'application/json-patch+json';

export interface ClusterWriter {
  /** The object, or undefined when it does not exist. */
  get(namespace: string, name: string, signal: AbortSignal): Promise<KubeObject | undefined>;
  /** Applies `patch` to the status subresource. */
  patchStatus(object: KubeObject, patch: JsonPatch, signal: AbortSignal): Promise<WriteOutcome>;
  /** Adds our finalizer unless it is there. */
  addFinalizer(object: KubeObject, signal: AbortSignal): Promise<WriteOutcome>;
  /** Removes our finalizer and nothing else. */
  removeFinalizer(object: KubeObject, signal: AbortSignal): Promise<WriteOutcome>;
  /** The Secret's data as text. */
  readSecret(namespace: string, name: string, signal: AbortSignal): Promise<SecretLookup>;
  event(object: KubeObject, note: EventNote): void;
}

export interface ClusterWriterOptions {
  readonly http: KubeHttp;
  /** Takes an event; must not throw or wait. */
  readonly record: (object: KubeObject, note: EventNote) => void;
}

/** The pen. All methods throw a `KubeFailure` when the answer is not known, and the signal's reason when it aborts. */
export function createClusterWriter({ http, record }: ClusterWriterOptions): ClusterWriter {
  return {
    get: (namespace, name, signal) => getObject(http, objectPath(namespace, name), signal),
    patchStatus: (base, operations, signal) =>
      sendPatch(http, { base, operations, subresource: '/status', signal }),
    addFinalizer: async (base, signal) => {
      const operations = finalizerAddition(base);
      return operations === undefined
        ? { kind: 'written', object: base }
        : sendPatch(http, { base, operations, subresource: '', signal });
    },
    removeFinalizer: async (base, signal) => {
      const operations = finalizerRemoval(base);
      return operations === undefined
        ? { kind: 'written', object: base }
        : sendPatch(http, { base, operations, subresource: '', signal });
    },
    readSecret: (namespace, name, signal) => readSecret({ http, namespace, name, signal }),
    event: record,
  };
}

interface PatchCall {
  readonly base: KubeObject;
  readonly operations: JsonPatch;
  readonly subresource: '/status' | '';
  readonly signal: AbortSignal;
}

/** Undefined when ours is already there. The seen list is tested whole: a list that moved on is read again first. */
function finalizerAddition({ metadata }: KubeObject): JsonPatch | undefined {
  const present = metadata.finalizers ?? [];
  if (present.includes(FINALIZER)) return undefined;
  const uid = { op: 'test', path: '/metadata/uid', value: metadata.uid } as const;
  if (present.length === 0) {
    // An absent list cannot be tested for absence (RFC 6902), and adding one would replace a list that came meanwhile.
    return [
      uid,
      { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
      { op: 'add', path: '/metadata/finalizers', value: [FINALIZER] },
    ];
  }
  return [
    uid,
    { op: 'test', path: '/metadata/finalizers', value: present },
    { op: 'add', path: '/metadata/finalizers/-', value: FINALIZER },
  ];
}

/** Undefined when ours is not there. Only our own entry is tested, so foreign finalizers may come and go behind it. */
function finalizerRemoval({ metadata }: KubeObject): JsonPatch | undefined {
  const index = (metadata.finalizers ?? []).indexOf(FINALIZER);
  if (index === -1) return undefined;
  const path = `/metadata/finalizers/${index}`;
  return [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    { op: 'test', path, value: FINALIZER },
    { op: 'remove', path },
  ];
}

async function sendPatch(
  http: KubeHttp,
  { base, operations, subresource, signal }: PatchCall,
): Promise<WriteOutcome> {
  const { namespace, name } = base.metadata;
  const path = `${objectPath(namespace, name)}${subresource}`;
  try {
    const answer = await http.request({
      method: 'PATCH',
      path,
      query: { fieldManager: FIELD_MANAGER },
      body: operations,
      contentType: PATCH_TYPE,
      signal,
      timeoutMs: WRITE_TIMEOUT_MS,
    });
    return outcomeOf(path, answer);
  } catch (error) {
    // 400 and 413: the server will never take this patch.
    const refused = error instanceof KubeFailure && error.failure.class === 'permanent';
    if (refused) return { kind: 'rejected', message: error.failure.message };
    throw error;
  }
}

function outcomeOf(path: string, { status, json }: KubeAnswer): WriteOutcome {
  if (status === 404) return { kind: 'gone' };
  if (status === 409 || status === 410) return { kind: 'stale' };
  if (status === 422)
    return hasCauses(json) ? { kind: 'rejected', message: statusMessage(json) } : { kind: 'stale' };
  const object = decodeObject(json);
  // The write may well have happened: the caller must look.
  if (object === undefined)
    throw new KubeFailure(garbageFailure(`PATCH ${path}`, 'the answer is not an object'));
  return { kind: 'written', object };
}

function hasCauses(status: KubeAnswer['json']): boolean {
  return isObject(status.details) && Array.isArray(status.details.causes) && status.details.causes.length > 0;
}

async function getObject(http: KubeHttp, path: string, signal: AbortSignal): Promise<KubeObject | undefined> {
  const answer = await http.request({ method: 'GET', path, signal, timeoutMs: READ_TIMEOUT_MS });
  if (answer.status === 404 || answer.status === 410) return undefined;
  const object = answer.status === 200 ? decodeObject(answer.json) : undefined;
  if (object === undefined)
    throw new KubeFailure(garbageFailure(`GET ${path}`, 'the answer is not an object'));
  return object;
}

interface SecretRead {
  readonly http: KubeHttp;
  readonly namespace: string;
  readonly name: string;
  readonly signal: AbortSignal;
}

async function readSecret({ http, namespace, name, signal }: SecretRead): Promise<SecretLookup> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
  try {
    const answer = await http.request({ method: 'GET', path, signal, timeoutMs: READ_TIMEOUT_MS });
    if (answer.status === 404) return { kind: 'missing' };
    if (answer.status !== 200 || answer.json.kind !== 'Secret') {
      throw new KubeFailure(garbageFailure(`GET ${path}`, 'the answer is not a Secret'));
    }
    return { kind: 'found', data: decodeData(answer.json.data) };
  } catch (error) {
    const forbidden = error instanceof KubeFailure && error.failure.class === 'permission';
    if (forbidden) return { kind: 'forbidden', message: error.failure.message };
    throw error;
  }
}

function decodeData(data: unknown): Record<string, string> {
  if (!isObject(data)) return {};
  const texts = Object.entries(data).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(
    texts.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
