// SDK-HMAC-SHA256 as the API gateway verifies it, written from the signing guide alone: one HMAC over a canonical form of
// the request, no key derivation, no credential scope.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as it came in: `url` is path and query as on the wire, header names are lower case. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Authorization {
  readonly accessKey: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const form = /^SDK-HMAC-SHA256 Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/;
const emptyHash = createHash('sha256').update('').digest('hex');

/** The parts of an Authorization header; undefined when it has another form. */
export function parseAuthorization(header: string): Authorization | undefined {
  const [, accessKey, names, signature] = form.exec(header) ?? [];
  if (accessKey === undefined || names === undefined || signature === undefined) return undefined;
  return { accessKey, signedHeaders: names.split(';'), signature };
}

/** The six parts that are hashed and signed, joined by line feeds. */
export function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const [path = '', query = ''] = splitOnce(request.url, '?');
  const names = signedHeaders.map((name) => name.toLowerCase()).toSorted();
  const headers = names.map((name) => `${name}:${headerValue(request, name)}\n`).join('');
  const declared = request.headers['x-sdk-content-sha256'];
  const hash =
    request.body.length === 0 ? emptyHash : createHash('sha256').update(request.body).digest('hex');
  const payload = declared === 'UNSIGNED-PAYLOAD' ? declared : hash;
  return [
    request.method.toUpperCase(),
    canonicalPath(path),
    canonicalQuery(query),
    headers,
    names.join(';'),
    payload,
  ].join('\n');
}

/** Lower-case hex signature of a canonical request made at `date` (`YYYYMMDDTHHMMSSZ`). */
export function signatureOf(canonical: string, date: string, secretKey: string): string {
  const digest = createHash('sha256').update(canonical).digest('hex');
  return createHmac('sha256', secretKey).update(`SDK-HMAC-SHA256\n${date}\n${digest}`).digest('hex');
}

export function sameSignature(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** Epoch ms of an `X-Sdk-Date`; undefined when it has another form or names no moment. */
export function parseSdkDate(date: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const value = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(value) ? undefined : value;
}

function headerValue(request: SignedRequest, name: string): string {
  const value = (request.headers[name] ?? '').trim();
  return name === 'host' ? value.replace(/:(80|443)$/, '') : value;
}

function canonicalPath(path: string): string {
  const encoded = path.split('/').map(recode).join('/');
  return encoded.endsWith('/') ? encoded : `${encoded}/`;
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((part) => {
    const [key = '', value = ''] = splitOnce(part, '=');
    return [decode(key), decode(value)] as const;
  });
  const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
  return pairs
    .toSorted((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .join('&');
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function recode(segment: string): string {
  return encode(decode(segment));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** RFC 3986: everything but unreserved characters, byte by byte. */
function encode(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-_.~]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
