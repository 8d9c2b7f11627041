// Puts an answer on the socket, clean or as a fault would have it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, gatewayError } from './answers.ts';
import type { FaultEffect } from './faults.ts';
import { isObject, type Json } from './json.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** What is to be sent: the status 0 stands for no answer. */
export interface Delivery {
  readonly status: number;
  readonly send: () => void;
}

/** The clean answer: JSON, X-Request-Id, and the request id in the gateway's own errors. */
export function clean(exchange: Exchange, answer: Answer): Delivery {
  const text = textOf(exchange, answer);
  return plain(exchange, { status: answer.status, text, headers: answer.headers ?? {} });
}

/** What a fault makes of the answer, which is absent when the fault strikes before the service acts. */
export function faulty(exchange: Exchange, effect: FaultEffect, answer: Answer): Delivery {
  const reply = (status: number, text: string, headers: Record<string, string> = {}): Delivery =>
    plain(exchange, { status, text, headers });
  switch (effect.kind) {
    case 'none':
      return clean(exchange, answer);
    case 'respond':
      return reply(effect.status, bodyText(effect.body), effect.headers);
    case 'throttle':
      return clean(exchange, throttled(effect.retryAfter));
    case 'reset':
      return reset(exchange);
    case 'hang':
      return { status: 0, send: () => undefined };
    case 'html':
      return reply(effect.status, htmlText(effect.status), { 'Content-Type': 'text/html' });
    case 'garbage':
      return reply(effect.status, '\u0000\u0001}{ not json ]');
    case 'empty':
      return reply(effect.status, '');
    case 'truncated':
      return truncated(exchange, answer, effect.cut);
    case 'oversized':
      return reply(answer.status, paddedText(answer, effect.bytes));
    case 'noJobId':
      return reply(200, '{}');
    case 'redirect':
      return reply(effect.status, '', { Location: effect.location });
    case 'acceptLate':
      return effect.answer === 'reset'
        ? reset(exchange)
        : clean(exchange, gatewayError(504, 'APIGW.0201', 'Backend timeout'));
    default: {
      const never: never = effect;
      return never;
    }
  }
}

function reset(exchange: Exchange): Delivery {
  return { status: 0, send: () => exchange.request.socket.resetAndDestroy() };
}

function throttled(retryAfter: string | undefined): Answer {
  const text = 'The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 min';
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
  return { ...gatewayError(429, 'APIGW.0308', text), headers };
}

function bodyText(body: Json | undefined): string {
  return typeof body === 'string' ? body : JSON.stringify(body ?? {});
}

function htmlText(status: number): string {
  return `<html><head><title>${status}</title></head><body><h1>${status} Bad Gateway</h1></body></html>`;
}

function paddedText(answer: Answer, bytes: number): string {
  return JSON.stringify({ padding: 'x'.repeat(bytes), ...(isObject(answer.body) ? answer.body : {}) });
}

function textOf(exchange: Exchange, answer: Answer): string {
  if (answer.body === undefined) return '';
  const signed =
    answer.speaker === 'gateway' && isObject(answer.body)
      ? { ...answer.body, request_id: exchange.requestId }
      : answer.body;
  return JSON.stringify(signed);
}

interface Plain {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

function plain(exchange: Exchange, { status, text, headers }: Plain): Delivery {
  return {
    status,
    send: () => {
      const type = { 'Content-Type': 'application/json;charset=UTF-8', 'X-Request-Id': exchange.requestId };
      exchange.response.writeHead(status, {
        ...type,
        'Content-Length': String(Buffer.byteLength(text)),
        ...headers,
      });
      exchange.response.end(text);
    },
  };
}

function truncated(exchange: Exchange, answer: Answer, cut: 'text' | 'connection'): Delivery {
  const text = textOf(exchange, answer);
  const half = text.slice(0, Math.floor(text.length / 2));
  if (cut === 'text') return plain(exchange, { status: answer.status, text: half, headers: {} });
  return {
    status: answer.status,
    send: () => {
      const { response, request, requestId } = exchange;
      response.writeHead(answer.status, {
        'Content-Type': 'application/json;charset=UTF-8',
        'Content-Length': String(Buffer.byteLength(text)),
        'X-Request-Id': requestId,
      });
      response.write(half, () => request.socket.destroy());
    },
  };
}
