// SDK-HMAC-SHA256, the request signature of Huawei Cloud, as pure functions.
// Promises: same input, same signature; what is signed is exactly `headers` (all of them) and the exact body text.
// One HMAC with the secret key itself, no key derivation and no credential scope ("AK/SK signing" developer guide).
// Assumes: `headers` holds `x-sdk-date`; the caller sends the same header values, path and query.
import { createHash, createHmac } from 'node:crypto';

const ALGORITHM = 'SDK-HMAC-SHA256';

export type Query = readonly (readonly [name: string, value: string])[];

export interface SignInput {
  readonly method: string;
  /** Path as on the wire, percent-encoded, without query. */
  readonly path: string;
  readonly query: Query;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface KeyPair {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Value of the `Authorization` header. */
export function authorization(input: SignInput, keys: KeyPair): string {
  const date = Object.entries(input.headers).find(([name]) => name.toLowerCase() === 'x-sdk-date')?.[1] ?? '';
  const toSign = `${ALGORITHM}\n${date}\n${sha256(canonicalRequest(input))}`;
  const signature = createHmac('sha256', keys.secretKey).update(toSign).digest('hex');
  return `${ALGORITHM} Access=${keys.accessKey}, SignedHeaders=${signedHeaders(input)}, Signature=${signature}`;
}

/** The text whose hash is signed: method, path, query, headers, names of the headers, hash of the body. */
export function canonicalRequest(input: SignInput): string {
  const headers = canonicalHeaders(input).map(([name, value]) => `${name}:${value}\n`);
  return [
    input.method,
    canonicalPath(input.path),
    encodeQuery(input.query),
    headers.join(''),
    signedHeaders(input),
    sha256(input.body),
  ].join('\n');
}

/** `name=value&…`, sorted by name, then value, RFC 3986 encoded; an empty value keeps its `=`. */
export function encodeQuery(query: Query): string {
  return [...query]
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`)
    .join('&');
}

/** RFC 3986: only unreserved characters stay; `encodeURIComponent` would leave `! ' ( ) *` alone. */
export function encodePart(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `YYYYMMDDTHHMMSSZ` of an epoch time in ms. */
export function sdkDate(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

// The trailing slash stands only in the canonical text, never on the wire.
function canonicalPath(path: string): string {
  const encoded = path
    .split('/')
    .map((segment) => encodePart(decode(segment)))
    .join('/');
  return encoded.endsWith('/') ? encoded : `${encoded}/`;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function canonicalHeaders(input: SignInput): readonly (readonly [string, string])[] {
  return Object.entries(input.headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .sort(([left], [right]) => compare(left, right));
}

function signedHeaders(input: SignInput): string {
  return canonicalHeaders(input)
    .map(([name]) => name)
    .join(';');
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
