// Turns an answer that is no success, or a connection that failed, into one Verdict, once, where it arrives.
// Promises: every shape of error body is read; the message is clean and at most 300 bytes; nothing is thrown.
// Leaves to others: what a class leads to (core), the table itself (`codes.ts`).
import type { Failure } from '../core/types.ts';
import { type Effect, type Treatment, treat } from './codes.ts';
import { asObject, readJson } from './json.ts';
import { cleanText, type Redact, truncate } from './text.ts';
import type { Answer, Fault } from './wire.ts';

const MESSAGE_BYTES = 300;

export interface Verdict {
  readonly failure: Failure;
  readonly effect: Effect;
  readonly absent?: 'target';
}

export interface Reading {
  readonly redact: Redact;
  /** Epoch ms, against which an HTTP date in Retry-After counts. */
  readonly wallMs: number;
  /** Host for our own words. */
  readonly host: string;
}

/** The verdict on an answer outside 2xx. */
export function judgeAnswer(answer: Answer, reading: Reading): Verdict {
  const body = answer.whole === 'oversize' ? {} : readErrorBody(answer.text);
  const code = safeToken(body.code, reading.redact);
  const treatment = treat(answer.status, code);
  const effect = answer.whole === 'truncated' && treatment.effect === 'refused' ? 'maybe' : treatment.effect;
  const retryAfterMs = retryAfter(answer.headers['retry-after'], reading.wallMs);
  const requestId = requestIdOf(answer, reading.redact);
  return {
    failure: {
      class: treatment.class,
      code: code ?? `HTTP_${answer.status}`,
      message: compose(
        body.message ?? `${reading.host} answered HTTP ${answer.status}`,
        treatment,
        reading.redact,
      ),
      httpStatus: answer.status,
      ...(requestId === undefined ? {} : { requestId }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
    effect,
    ...(treatment.absent === undefined ? {} : { absent: treatment.absent }),
  };
}

/** The verdict on a success whose content cannot be read: too large, cut short, no JSON, or not what it should be. */
export function judgeUnreadable(answer: Answer, reading: Reading): Verdict {
  const requestId = requestIdOf(answer, reading.redact);
  const flaw = {
    oversize: ['ANSWER_TOO_LARGE', 'more than 1 MiB'],
    truncated: ['ANSWER_CUT_SHORT', 'an answer that broke off'],
    whole: ['UNREADABLE_ANSWER', 'something other than the documented JSON'],
  }[answer.whole];
  return {
    failure: {
      class: 'transient',
      code: flaw[0] ?? 'UNREADABLE_ANSWER',
      message: `${reading.host} sent ${flaw[1]}; check that the endpoint is ServiceStage and no proxy page`,
      httpStatus: answer.status,
      ...(requestId === undefined ? {} : { requestId }),
    },
    effect: 'maybe',
  };
}

/** The verdict on a call that got no answer. `configuration` only for TLS: everything else may heal by itself. */
export function judgeFault(fault: Fault, host: string): Verdict {
  return {
    failure: {
      class: fault.cause === 'tls' || fault.cause === 'request' ? 'configuration' : 'transient',
      code: fault.code,
      message: truncate(faultText(fault, host), MESSAGE_BYTES),
    },
    effect: fault.sent === 'no' ? 'none' : 'maybe',
  };
}

/** `X-Request-Id`, or the id in the error body; undefined when it is not a plain token. */
export function requestIdOf(answer: Answer, redact: Redact): string | undefined {
  const fromHeader = safeToken(answer.headers['x-request-id'], redact);
  if (fromHeader !== undefined || answer.status < 400) return fromHeader;
  return safeToken(readErrorBody(answer.text).requestId, redact);
}

/** Milliseconds of a Retry-After header (seconds or HTTP date), between 0 and a day. */
export function retryAfter(header: string | undefined, wallMs: number): number | undefined {
  const text = header?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(text)
    ? Number(text) * 1000
    : Date.parse(/^[A-Za-z]{3}.*\d/.test(text) ? text : '') - wallMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 86_400_000) : undefined;
}

interface ErrorBody {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly requestId?: string | undefined;
}

const CODE_KEYS = ['error_code', 'errorCode', 'code'];
const MESSAGE_KEYS = ['error_msg', 'error_message', 'errorMessage', 'message', 'error_description'];

/** All documented shapes: flat in three spellings, IAM's `{error: {…}}`, a list under `details`; else nothing. */
function readErrorBody(text: string): ErrorBody {
  const body = asObject(readJson(text));
  if (body === undefined) return {};
  const flat = readFlat(body);
  const inner = asObject(body.error) ?? asObject(Array.isArray(body.details) ? body.details[0] : undefined);
  const nested = inner === undefined ? {} : readFlat(inner);
  const plain = [body.error, body.details].find((value) => typeof value === 'string');
  return {
    code: flat.code ?? nested.code,
    message: flat.message ?? nested.message ?? (typeof plain === 'string' ? plain : undefined),
    requestId: typeof body.request_id === 'string' ? body.request_id : undefined,
  };
}

function readFlat(object: Readonly<Record<string, unknown>>): ErrorBody {
  const code = CODE_KEYS.map((key) => object[key]).find(
    (value) => typeof value === 'string' || typeof value === 'number',
  );
  const message = MESSAGE_KEYS.map((key) => object[key]).find(
    (value) => typeof value === 'string' && value !== '',
  );
  // IAM repeats the HTTP status as its code, which says nothing.
  const useful = code === undefined || /^[2-5]\d\d$/.test(String(code)) ? undefined : String(code);
  return { code: useful, message: typeof message === 'string' ? message : undefined };
}

function safeToken(text: string | undefined, redact: Redact): string | undefined {
  if (text === undefined || !/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/.test(text)) return undefined;
  return redact(text) === text ? text : undefined;
}

function compose(text: string, treatment: Treatment, redact: Redact): string {
  const hint = treatment.hint === undefined ? '' : `; ${treatment.hint}`;
  return cleanText(text, { redact, maxBytes: MESSAGE_BYTES - Buffer.byteLength(hint) }) + hint;
}

const FAULT_TEXTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name does not resolve; check the region and the endpoint',
  EAI_AGAIN: 'the name does not resolve at the moment',
  ECONNREFUSED: 'the connection was refused; check the endpoint',
  ECONNRESET: 'the connection was reset',
  CONNECTION_CLOSED: 'the connection was closed without an answer',
  CONNECT_TIMEOUT: 'no connection within the time limit; check the endpoint and the network',
  TIMEOUT: 'no answer within the time limit',
  ABORTED: 'stopped before the answer came',
  EHOSTUNREACH: 'no route to the host; check the endpoint and the network',
  ENETUNREACH: 'no route to the network; check the endpoint and the network',
  INVALID_HTTP: 'the answer is not HTTP; check the endpoint',
};

function faultText(fault: Fault, host: string): string {
  if (fault.cause === 'tls') {
    return `cannot call ${host}: its TLS certificate or protocol was not accepted (${fault.code}); check the endpoint and the CA`;
  }
  return `cannot call ${host}: ${FAULT_TEXTS[fault.code] ?? `the connection failed (${fault.code})`}`;
}
