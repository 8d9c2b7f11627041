// The key of the digests over Secret values: one Secret in the operator's own namespace, created once by whoever comes
// first. Losing it is harmless (a digest under an unknown key is never a cause of a roll-out); it is read once a process.
import { createHash, randomBytes } from 'node:crypto';
import { isObject } from './decode.ts';
import { KubeFailure } from './failure.ts';
import type { KubeHttp } from './http.ts';
import type { Log } from './types.ts';

export const DIGEST_KEY_SECRET = 'servicestage-operator-digest-key';
const TIMEOUT_MS = 10_000;
const KEY_BYTES = 32;

export interface DigestKeyValue {
  readonly keyId: string;
  readonly key: Uint8Array;
}

export interface DigestKeySource {
  /** The key, or undefined where the operator may not keep one: then a changed Secret is not noticed. Throws a `KubeFailure`. */
  get(signal: AbortSignal): Promise<DigestKeyValue | undefined>;
}

export interface DigestKeyOptions {
  readonly http: KubeHttp;
  readonly namespace: string;
  readonly log: Log;
}

export function createDigestKey(options: DigestKeyOptions): DigestKeySource {
  let known: Promise<DigestKeyValue | undefined> | undefined;
  return {
    get: (signal) => {
      known ??= load(options, signal).catch((error: unknown) => {
        known = undefined;
        throw error;
      });
      return known;
    },
  };
}

async function load(options: DigestKeyOptions, signal: AbortSignal): Promise<DigestKeyValue | undefined> {
  const { namespace, log } = options;
  try {
    return (await read(options, signal)) ?? (await create(options, signal)) ?? (await read(options, signal));
  } catch (error) {
    if (!(error instanceof KubeFailure) || error.failure.class !== 'permission') throw error;
    log.warn(
      { secret: `${namespace}/${DIGEST_KEY_SECRET}` },
      'the digest key may not be kept; changed Secrets are not noticed until get and create on it are allowed',
    );
    return undefined;
  }
}

async function read(
  { http, namespace }: DigestKeyOptions,
  signal: AbortSignal,
): Promise<DigestKeyValue | undefined> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${DIGEST_KEY_SECRET}`;
  const { status, json } = await http.request({ method: 'GET', path, signal, timeoutMs: TIMEOUT_MS });
  if (status === 404 || !isObject(json.data) || typeof json.data.key !== 'string') return undefined;
  return keyValue(Buffer.from(json.data.key, 'base64'));
}

/** Undefined when another replica was faster. */
async function create(
  { http, namespace }: DigestKeyOptions,
  signal: AbortSignal,
): Promise<DigestKeyValue | undefined> {
  const key = randomBytes(KEY_BYTES);
  const { status } = await http.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/secrets`,
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: DIGEST_KEY_SECRET, namespace },
      type: 'Opaque',
      data: { key: key.toString('base64') },
    },
    signal,
    timeoutMs: TIMEOUT_MS,
  });
  return status < 300 ? keyValue(key) : undefined;
}

function keyValue(key: Buffer): DigestKeyValue {
  return { key, keyId: createHash('sha256').update(key).digest('hex').slice(0, 16) };
}
