// What goes over the wire and what came back, for reads and writes alike.
// Promises: an answer keeps its status also when its body is too large or broke off; a Fault says whether a byte of the
// request can have left. Nothing here judges.
import type { Readable } from 'node:stream';

export const MAX_ANSWER_BYTES = 1_048_576;
/** IAM answers a token of several KB in one header. */
export const MAX_HEADER_BYTES = 65_536;

export interface WireRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly origin: string;
  /** Path and query as they go on the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  /** Lower-case names; of a repeated header the first value. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly whole: 'whole' | 'oversize' | 'truncated';
}

export interface Fault {
  readonly kind: 'fault';
  /** `no`: not one byte of the request left this process. */
  readonly sent: 'no' | 'maybe';
  readonly cause: 'timeout' | 'aborted' | 'tls' | 'network' | 'request';
  readonly code: string;
}

export type Exchange = Answer | Fault;

/** What undici hands over once the headers of the answer are there. */
export interface RawAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** Reads at most 1 MiB of the body; what is longer is discarded with its connection. */
export async function readAnswer(raw: RawAnswer): Promise<Answer> {
  const headers = Object.fromEntries(
    Object.entries(raw.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
  return { kind: 'answer', status: raw.statusCode, headers, ...(await readBody(raw.body)) };
}

async function readBody(body: Readable): Promise<Pick<Answer, 'text' | 'whole'>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_ANSWER_BYTES) return { text: '', whole: 'oversize' };
      chunks.push(chunk as Buffer);
    }
  } catch {
    return { text: Buffer.concat(chunks).toString('utf8'), whole: 'truncated' };
  }
  return { text: Buffer.concat(chunks).toString('utf8'), whole: 'whole' };
}

/** The fault of a call whose signal fired: a time limit or the caller's wish. */
export function interrupted(signal: AbortSignal, sent: Fault['sent']): Fault {
  const timedOut = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
  if (!timedOut) return { kind: 'fault', sent, cause: 'aborted', code: 'ABORTED' };
  return { kind: 'fault', sent, cause: 'timeout', code: sent === 'no' ? 'CONNECT_TIMEOUT' : 'TIMEOUT' };
}

/** The fault behind an error of the transport. Only its code is used, never its text. */
export function faultOf(error: unknown, sent: Fault['sent']): Fault {
  const code = stableCode(error);
  return { kind: 'fault', sent, code, cause: causeOf(code) };
}

const RENAMED: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'CONNECT_TIMEOUT',
  ETIMEDOUT: 'CONNECT_TIMEOUT',
  UND_ERR_SOCKET: 'CONNECTION_CLOSED',
  EPIPE: 'ECONNRESET',
};

function stableCode(error: unknown): string {
  // undici's parser error carries its code only for some flaws.
  if (error instanceof Error && error.name === 'HTTPParserError') return 'INVALID_HTTP';
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'NETWORK_ERROR';
  const renamed = RENAMED[code] ?? code;
  return /^[A-Z][A-Z0-9_]{1,60}$/.test(renamed) ? renamed : 'NETWORK_ERROR';
}

const TLS_CODES =
  /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_|CRL_|ERROR_IN_C)/;

function causeOf(code: string): Fault['cause'] {
  if (TLS_CODES.test(code)) return 'tls';
  if (code === 'CONNECT_TIMEOUT') return 'timeout';
  if (code === 'ABORTED') return 'aborted';
  return code === 'UND_ERR_INVALID_ARG' ? 'request' : 'network';
}
