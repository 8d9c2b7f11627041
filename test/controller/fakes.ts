// The ports of the loop in memory: a cluster of custom resources and Secrets, a cloud whose component already is what
// the spec asks for, and a notebook of what was done to them.

import { Owners } from '../../src/controller/owners.ts';
import type { Parts } from '../../src/controller/parts.ts';
import type {
  Cloud,
  CloudSession,
  Cluster,
  JsonPatch,
  KubeObject,
  Log,
  SecretData,
  WriteOutcome,
} from '../../src/controller/ports.ts';
import { decide } from '../../src/core/decide.ts';
import type { Failure } from '../../src/core/types.ts';
import { createStore } from '../../src/kube/store.ts';
import { jsonPatch } from '../fakes/embedded/patch/json-patch.ts';
import { cr, job, remote, SETTINGS } from '../support/make.ts';
import { createManualTime, type ManualTime } from './manual-time.ts';

/** An error as the adapters throw it. */
export class Failed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export const TRANSIENT: Failure = {
  class: 'transient',
  code: 'ECONNRESET',
  message: 'the connection was cut',
};

export interface Loop {
  readonly parts: Parts;
  readonly time: ManualTime;
  readonly objects: Map<string, KubeObject>;
  readonly secrets: Map<string, SecretData | 'forbidden'>;
  /** What happens before a status write; may throw. */
  beforeWrite: (key: string) => void | Promise<void>;
  /** `key method` per request to the cluster, `cloud method` per request to the cloud. */
  readonly calls: string[];
  readonly logs: { readonly level: string; readonly message: string; readonly fields: object }[];
  readonly results: string[];
  /** A custom resource called `name` that the store knows. */
  add(name: string): string;
}

export function createLoop(): Loop {
  const time = createManualTime();
  const store = createStore();
  const calls: string[] = [];
  const logs: Loop['logs'] = [];
  const results: string[] = [];
  const objects = new Map<string, KubeObject>();
  const secrets = new Map<string, SecretData | 'forbidden'>([['shop/huaweicloud', { token: 't' }]]);
  const loop: Loop = {
    time,
    calls,
    logs,
    results,
    objects,
    secrets,
    beforeWrite: () => undefined,
    add: (name) => {
      const object = named(name);
      objects.set(`shop/${name}`, object);
      store.apply(object);
      return `shop/${name}`;
    },
    parts: {
      cluster: clusterOf(() => loop),
      cloud: cloudOf(calls),
      digestKey: { get: async () => ({ keyId: 'key-1', key: new Uint8Array(32) }) },
      store,
      owners: new Owners(),
      leadership: { leading: () => true },
      time,
      settings: SETTINGS,
      log: logInto(logs),
      observer: {
        added: () => undefined,
        retried: () => undefined,
        waited: () => undefined,
        working: () => undefined,
        pass: ({ result }) => results.push(result),
        operation: () => undefined,
        prevented: () => undefined,
      },
      memories: new Map(),
      shown: new Map(),
      accounts: new Map(),
      known: new Map(),
      judge: decide,
      newId: () => 'op-new',
    },
  };
  return loop;
}

function named(name: string): KubeObject {
  const object = cr({ spec: { interval: '0s' } });
  return { ...object, metadata: { ...object.metadata, name, uid: `uid-${name}` } };
}

function clusterOf(loop: () => Loop): Cluster {
  const write = async (
    object: KubeObject,
    change: (now: KubeObject) => KubeObject,
  ): Promise<WriteOutcome> => {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    await loop().beforeWrite(key);
    const now = loop().objects.get(key);
    if (now === undefined) return { kind: 'gone' };
    const changed = change(now);
    const resourceVersion = String(Number(now.metadata.resourceVersion) + 1);
    const next = { ...changed, metadata: { ...changed.metadata, resourceVersion } };
    loop().objects.set(key, next);
    return { kind: 'written', object: next };
  };
  const note = (object: KubeObject, method: string) =>
    loop().calls.push(`${object.metadata.namespace}/${object.metadata.name} ${method}`);
  return {
    get: async (namespace, name) => {
      loop().calls.push(`${namespace}/${name} get`);
      return loop().objects.get(`${namespace}/${name}`);
    },
    patchStatus: async (object, patch) => {
      note(object, 'patchStatus');
      return write(object, (now) => applied(now, patch));
    },
    addFinalizer: async (object) => {
      note(object, 'addFinalizer');
      return write(object, (now) => now);
    },
    removeFinalizer: async (object) => {
      note(object, 'removeFinalizer');
      return write(object, (now) => now);
    },
    readSecret: async (namespace, name) => {
      loop().calls.push(`${namespace}/${name} readSecret`);
      const data = loop().secrets.get(`${namespace}/${name}`);
      if (data === undefined) return { kind: 'missing' };
      return data === 'forbidden' ? { kind: 'forbidden', message: 'no' } : { kind: 'found', data };
    },
    event: () => undefined,
  };
}

function applied(object: KubeObject, patch: JsonPatch): KubeObject {
  return jsonPatch(
    JSON.parse(JSON.stringify(object)),
    JSON.parse(JSON.stringify(patch)),
  ) as unknown as KubeObject;
}

function cloudOf(calls: string[]): Cloud {
  const never = async (): Promise<never> => {
    throw new TypeError('no write was expected');
  };
  const session: CloudSession = {
    getComponent: async () => {
      calls.push('cloud getComponent');
      return { kind: 'found', value: remote() };
    },
    getJob: async (id) => {
      calls.push('cloud getJob');
      return { kind: 'found', value: job(id, 'succeeded') };
    },
    listRecords: async () => ({ kind: 'found', records: [] }),
    modify: never,
    act: never,
    remove: never,
  };
  return { open: () => session };
}

function logInto(logs: Loop['logs']): Log {
  const at = (level: string) => (fields: object, message: string) => {
    logs.push({ level, fields, message });
  };
  return { debug: () => undefined, info: at('info'), warn: at('warn'), error: at('error') };
}
