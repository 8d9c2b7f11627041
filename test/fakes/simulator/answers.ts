// The answers of the three speakers on the wire: ServiceStage ({error_code, error_msg}), the API gateway (the same plus
// request_id) and IAM ({error: {code, message, title}}). An answer is data; the server writes it.
import type { Json } from './json.ts';
import type { Settings } from './settings.ts';

export interface Answer {
  readonly status: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  /** The gateway adds its request id to its own error bodies. */
  readonly speaker?: 'gateway';
  /** Present when a write was accepted. */
  readonly accepted?: { readonly componentId: string; readonly jobId?: string };
}

export function ok(body: Json): Answer {
  return { status: 200, body };
}

export function serviceError(status: number, code: string, message: string): Answer {
  return { status, body: { error_code: code, error_msg: message } };
}

export function gatewayError(status: number, code: string, message: string): Answer {
  return { status, body: { error_code: code, error_msg: message }, speaker: 'gateway' };
}

export function iamError(status: number, message: string): Answer {
  const title = status === 400 ? 'Bad Request' : 'Unauthorized';
  return { status, body: { error: { code: status, message, title } } };
}

export function invalidParameter(message: string): Answer {
  return serviceError(400, 'SVCSTG.00100400', `Invalid parameter: ${message}`);
}

/** The service's 404, or the 401 that means the same (`SVCSTG.00100401`). */
export function missing(settings: Settings, code: string, what: string): Answer {
  return settings.notFound === '401'
    ? serviceError(401, 'SVCSTG.00100401', `The ${what} does not exist or access is denied.`)
    : serviceError(404, code, `The ${what} does not exist.`);
}

export function unknownApi(): Answer {
  return gatewayError(
    404,
    'APIGW.0101',
    'The API does not exist or has not been published in the environment',
  );
}
