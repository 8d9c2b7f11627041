// A loopback HTTP server whose every answer a test writes itself, and a KubeHttp that talks to it through a real
// kubeconfig file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type KubeHttp } from '../../src/kube/http.ts';
import type { Scheduler } from '../../src/kube/scheduler.ts';
import type { Log } from '../../src/kube/types.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Handler = (seen: Seen, response: ServerResponse) => void | Promise<void>;

export interface Loopback extends AsyncDisposable {
  readonly url: string;
  readonly requests: Seen[];
  /** Sockets that were ever opened. */
  connections(): number;
  /** Replaces what the server does. */
  handle(handler: Handler): void;
}

/** By address: requests that the handler has left without an answer. */
const hanging = new Map<string, () => number>();

/** Starts a server that hands every complete request to `handler`. */
export async function startLoopback(handler: Handler): Promise<Loopback> {
  let current = handler;
  let opened = 0;
  const requests: Seen[] = [];
  const sockets = new Set<Socket>();
  const unanswered = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://loopback');
      const seen = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(seen);
      void current(seen, response);
      unanswered.add(response);
      response.on('close', () => unanswered.delete(response));
    });
  });
  server.on('connection', (socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  hanging.set(
    url,
    () => [...unanswered].filter(({ headersSent, destroyed }) => !headersSent && !destroyed).length,
  );
  return {
    url,
    requests,
    connections: () => opened,
    handle: (next) => {
      current = next;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A Status object as the API server words it. */
export function statusOf(code: number, reason: string, extra: object = {}): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: `${reason} it is`,
    reason,
    code,
    ...extra,
  };
}

export function kubeconfigText(
  server: string,
  user: object = { token: 'first' },
  cluster: object = {},
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
  });
}

export interface TempFile extends Disposable {
  readonly path: string;
  write(text: string): void;
}

export function tempFile(text: string, name = 'config'): TempFile {
  const folder = mkdtempSync(join(tmpdir(), 'kube-test-'));
  const path = join(folder, name);
  writeFileSync(path, text);
  return {
    path,
    write: (next) => writeFileSync(path, next),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A connection to `server` under `scheduler`; virtual time stands while one of its requests is on the way. */
export async function connectTo(
  server: string,
  scheduler: Scheduler & Partial<VirtualTime>,
): Promise<KubeHttp & AsyncDisposable> {
  using file = tempFile(kubeconfigText(server));
  const http = await connect({ kubeconfigPath: file.path, scheduler });
  let open = 0;
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    open += 1;
    return work().finally(() => {
      open -= 1;
    });
  };
  scheduler.holdWhile?.(() => open > (hanging.get(new URL(server).origin)?.() ?? 0));
  return {
    ...http,
    request: (call) => counted(() => http.request(call)),
    stream: (call) => counted(() => http.stream(call)),
    [Symbol.asyncDispose]: () => http.close(),
  };
}

export interface Entry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export function memoryLog(): Log & { readonly entries: Entry[] } {
  const entries: Entry[] = [];
  const at = (level: Entry['level']) => (fields: object, message: string) =>
    void entries.push({ level, fields, message });
  return { entries, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
