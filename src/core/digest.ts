// Digests that name a spec and the Secret values behind it. `digestVersion` lets the algorithm change without a roll-out:
// an older digest is compared by its own algorithm.
import { createHash, createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { JsonObject } from './types.ts';

export const DIGEST_VERSION = 1;

/** SHA-256 (hex) over the RFC 8785 form. */
export function specDigest(input: JsonObject): string {
  return createHash('sha256').update(canonical(input)).digest('hex');
}

/** HMAC-SHA256 (hex) over the RFC 8785 form of the resolved values; keyed, so that short passwords cannot be guessed. */
export function secretDigest(key: Uint8Array, values: JsonObject): string {
  return createHmac('sha256', key).update(canonical(values)).digest('hex');
}

function canonical(input: JsonObject): string {
  const text = canonicalize(input);
  if (text === undefined) throw new TypeError('not representable as canonical JSON');
  return text;
}
