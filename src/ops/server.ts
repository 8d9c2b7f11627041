// Two small HTTP servers: metrics on one address, health and readiness on the other.
//
// Promises: a probe is answered without waiting for anything but the functions given; whatever they throw becomes a 500
// and one word, never a stack. An address that cannot be had is one clear error that names the flag.
// Leaves to others: who may reach the addresses (network policy), and when the process is ready.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** `host` undefined means every address; port 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not, or what is worth knowing; one line each. */
  readonly reasons: readonly string[];
}

export interface OpsServerOptions {
  /** Undefined switches the part off. */
  readonly metricsAddress: ListenAddress | undefined;
  readonly healthAddress: ListenAddress | undefined;
  readonly metrics: { readonly contentType: string; readonly text: () => Promise<string> };
  readonly readiness: () => Readiness;
}

export interface OpsServer {
  /** The ports really taken. */
  readonly metricsPort: number | undefined;
  readonly healthPort: number | undefined;
  /** Answers what is under way, then ends; connections still open at the abort of `signal` are cut. Never rejects. */
  close(signal: AbortSignal): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string;
}

type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

/** An address cannot be had; `message` is one line that names the flag. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Rejects with a `ListenError` when an address cannot be listened on; then nothing stays open. */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const { metrics } = options;
  const metricsServer = await listen(options.metricsAddress, {
    flag: '--metrics-bind-address',
    routes: {
      '/metrics': async () => ({
        status: 200,
        text: await metrics.text(),
        contentType: metrics.contentType,
      }),
    },
  });
  try {
    const healthServer = await listen(options.healthAddress, {
      flag: '--health-probe-bind-address',
      routes: {
        '/healthz': () => ({ status: 200, text: 'ok\n' }),
        '/readyz': () => readinessAnswer(options.readiness()),
      },
    });
    const servers = [metricsServer, healthServer].filter((server) => server !== undefined);
    return {
      metricsPort: portOf(metricsServer),
      healthPort: portOf(healthServer),
      close: async (signal) => {
        await Promise.all(servers.map((server) => closeServer(server, signal)));
      },
    };
  } catch (error) {
    if (metricsServer !== undefined) await closeServer(metricsServer, AbortSignal.abort());
    throw error;
  }
}

function readinessAnswer(readiness: Readiness): Answer {
  const lines = [readiness.ready ? 'ready' : 'not ready', ...readiness.reasons];
  const text = lines.map((line) => `${line.replaceAll(/\s+/g, ' ')}\n`).join('');
  return { status: readiness.ready ? 200 : 503, text };
}

interface Endpoint {
  readonly flag: string;
  readonly routes: Routes;
}

async function listen(address: ListenAddress | undefined, endpoint: Endpoint): Promise<Server | undefined> {
  if (address === undefined) return undefined;
  const { host, port } = address;
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 });
  server.on('request', (request, response) => void respond(endpoint.routes, { request, response }));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const shown = `${host?.includes(':') ? `[${host}]` : (host ?? '')}:${port}`;
      const cure = `choose another with ${endpoint.flag}`;
      reject(new ListenError(`cannot listen on ${shown}: ${whyNot(error)}; ${cure}`, { cause: error }));
    });
    server.listen({ port, host }, () => {
      server.removeAllListeners('error');
      server.on('error', () => undefined); // an accept that failed is the peer's loss, not ours
      resolve(server);
    });
  });
}

function whyNot(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'the port is in use';
    case 'EACCES':
      return 'this user may not use the port';
    case 'EADDRNOTAVAIL':
      return 'the address is not one of this machine';
    case 'ENOTFOUND':
      return 'the host name is unknown';
    default:
      return error.code ?? 'unknown error';
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function respond(routes: Routes, { request, response }: Exchange): Promise<void> {
  const { status, text, contentType = 'text/plain; charset=utf-8' } = await answer(routes, request);
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

async function answer(routes: Routes, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, text: 'only GET and HEAD are answered here\n' };
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined)
    return { status: 404, text: `not found; here are ${Object.keys(routes).join(' ')}\n` };
  try {
    return await route();
  } catch {
    return { status: 500, text: 'internal error\n' };
  }
}

function portOf(server: Server | undefined): number | undefined {
  const address = server?.address();
  return typeof address === 'object' ? address?.port : undefined;
}

async function closeServer(server: Server, signal: AbortSignal): Promise<void> {
  const cut = () => server.closeAllConnections();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  if (signal.aborted) cut();
  else signal.addEventListener('abort', cut, { once: true });
  await closed;
  signal.removeEventListener('abort', cut);
}
