// Reads one answer of the API server to its end and has `failure.ts` judge it. Bodies are bounded; their text is never
// quoted.
import type { Dispatcher } from 'undici';
import type { JsonObject } from '../core/types.ts';
import { classifyAnswer, garbageFailure, KubeFailure } from './failure.ts';

const ANSWER_LIMIT_BYTES = 128 * 1024 * 1024;

/** A fact: 2xx, or a Status with 404, 409, 410 or 422. */
export interface KubeAnswer {
  readonly status: number;
  readonly json: JsonObject;
}

/** The fact that `response` stands for. Throws a `KubeFailure` when it is none; `call` names the request in its message. */
export async function readAnswer(call: string, response: Dispatcher.ResponseData): Promise<KubeAnswer> {
  return judge(call, response, await readBody(call, response.body));
}

async function readBody(call: string, body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > ANSWER_LIMIT_BYTES) throw new KubeFailure(garbageFailure(call, 'answer above 128 MiB'));
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function judge(call: string, response: Dispatcher.ResponseData, text: string): KubeAnswer {
  const status = response.statusCode;
  const json = parseObject(text);
  const retryAfter = response.headers['retry-after'];
  const failure = classifyAnswer({
    call,
    status,
    ...(json === undefined ? {} : { json }),
    ...(typeof retryAfter === 'string' ? { retryAfter } : {}),
  });
  if (failure !== undefined || json === undefined) {
    throw new KubeFailure(failure ?? garbageFailure(call, 'no JSON object'));
  }
  return { status, json };
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}
