// Real loopback servers for the tests of the cloud side, and the small values every test needs.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudCall } from '../../src/servicestage/call.ts';
import { type CloudOptions, createCloud, type ServiceStageCloud } from '../../src/servicestage/cloud.ts';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly remotePort: number;
}

export interface Loopback extends AsyncDisposable {
  readonly url: string;
  /** Requests in order of arrival, complete ones only. */
  readonly seen: Seen[];
  /** Connections accepted so far. */
  readonly connections: Socket[];
  /** Error codes of connections, such as ECONNRESET. */
  readonly resets: string[];
}

export type Handler = (seen: Seen, response: ServerResponse, index: number) => void;

/** An HTTP server that records each request and leaves the answer to `handler`. */
export async function serve(handler: Handler, tls?: { key: string; cert: string }): Promise<Loopback> {
  const seen: Seen[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const entry = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        remotePort: request.socket.remotePort ?? 0,
      };
      seen.push(entry);
      handler(entry, response, seen.length - 1);
    });
  };
  const server = tls === undefined ? createServer(onRequest) : createHttps(tls, onRequest);
  const scheme = tls === undefined ? 'http' : 'https';
  return { ...(await listen(server, scheme)), seen };
}

/** A bare TCP server: `handler` gets the socket once the first bytes of a request are there. */
export async function serveRaw(handler: (socket: Socket, text: string) => void): Promise<Loopback> {
  const seen: Seen[] = [];
  const server = createTcp((socket) => {
    socket.once('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      const [method = '', url = ''] = text.split(' ');
      seen.push({ method, url, headers: {}, body: text, remotePort: socket.remotePort ?? 0 });
      handler(socket, text);
    });
  });
  return { ...(await listen(server, 'http')), seen };
}

async function listen(server: Server, scheme: string): Promise<Omit<Loopback, 'seen'>> {
  const connections: Socket[] = [];
  const resets: string[] = [];
  server.on('connection', (socket: Socket) => {
    connections.push(socket);
    socket.on('error', (error: NodeJS.ErrnoException) => resets.push(error.code ?? ''));
  });
  server.on('secureConnection', (socket: Socket) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resets.push(error.code ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://localhost:${port}`,
    connections,
    resets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1' });
  response.end(JSON.stringify(body));
}

export const TARGET = {
  region: 'cn-north-4',
  projectId: '0123456789abcdef0123456789abcdef',
  applicationId: '11111111-2222-3333-4444-555555555555',
  componentId: '66666666-7777-8888-9999-000000000000',
};
export const JOB_ID = 'JOB1c8e20ec-1b30-4ee4-9a36-35a18b5e8b7e';
export const COMPONENT_PATH = `/v3/${TARGET.projectId}/cas/applications/${TARGET.applicationId}/components/${TARGET.componentId}`;
export const COMPONENT = {
  name: 'weather',
  version: '1.0.1',
  runtime_stack: { name: 'OpenJDK8', version: '1.1.1', type: 'Java', deploy_mode: 'virtualmachine' },
  replica: 1,
  status: { component_status: 'RUNNING', last_job_id: JOB_ID, available_replica: 1 },
};

/** Secrets that no text may ever show. */
export const CANARY = {
  accessKey: 'CANARYACCESSKEY00001',
  secretKey: 'canary/Secret+Key=0001&x',
  securityToken: 'canary.security.token.0001',
  token: 'canary-plain-token-0001',
  password: 'canary pass"word\\0001/ü',
};
export const KEY_SECRET = { accessKey: CANARY.accessKey, secretKey: CANARY.secretKey };
export const TOKEN_SECRET = { token: CANARY.token };
export const PASSWORD_SECRET = { username: 'robot', password: CANARY.password, domainName: 'acme' };

/** A clock that only the test moves. */
export function createClock(): { now: () => { wall: number; mono: number }; advance(ms: number): void } {
  let passed = 0;
  return {
    now: () => ({ wall: Date.parse('2025-07-10T00:00:00Z') + passed, mono: 1_000 + passed }),
    advance: (ms) => {
      passed += ms;
    },
  };
}

export type TestCloud = ServiceStageCloud & AsyncDisposable & { readonly calls: CloudCall[] };

/** A cloud that talks to `url`, with short waits. */
export function cloudAt(url: string, options: Partial<CloudOptions> = {}): TestCloud {
  const calls: CloudCall[] = [];
  const cloud = createCloud({
    endpointTemplate: url,
    iamEndpointTemplate: url,
    allowInsecureEndpoint: 'yes',
    requestTimeoutMs: 5_000,
    now: createClock().now,
    random: () => 0.5,
    userAgent: 'servicestage-operator/test',
    retryDelayMs: 1,
    observe: (call) => calls.push(call),
    ...options,
  });
  return { ...cloud, calls, [Symbol.asyncDispose]: () => cloud.close() };
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

/** The failure a promise rejects with; fails the test when it resolves or rejects with anything else. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<import('../../src/core/types.ts').Failure> {
  const error = await promise.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof Error && error.name === 'CloudFailure' && 'failure' in error) {
    return error.failure as import('../../src/core/types.ts').Failure;
  }
  throw error;
}

/** Waits at most a second for something that another process or the event loop brings. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100 && !condition(); tries += 1) await sleep(10);
}
