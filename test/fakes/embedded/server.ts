// The network side: HTTP on the loopback interface in front of the core.
// Promises: each request is read whole, meets at most one fault, is checked, executed and journalled exactly once;
// a throw inside becomes a 500 that names itself. `stop` cuts every connection; nothing keeps the process alive.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from './context.ts';
import { execute, statusOf } from './core.ts';
import { discover, discoveryType } from './discovery.ts';
import { noSuchPath, notAcceptable } from './failure.ts';
import type { Faults, RequestFault } from './faults.ts';
import type { Delivery, Journal } from './journal.ts';
import { openapi } from './openapi.ts';
import { type Call, readTarget, type ResourceTarget } from './request.ts';
import { formOf, represent } from './represent.ts';
import { faultAnswer } from './spoil.ts';
import { readCall } from './intake.ts';
import type { Watches } from './watches.ts';

export interface ServerParts {
  readonly context: Context;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly watches: Watches;
}

/** What is about to be sent; `headers` beside content type and length. */
export interface Reply {
  readonly code: number;
  readonly type: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly committed: boolean;
}

export class ApiServer {
  readonly #parts: ServerParts;
  #server: Server | undefined;
  #port: number;

  constructor(parts: ServerParts, port: number) {
    this.#parts = parts;
    this.#port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens; after `stop` on the same port as before. */
  async start(): Promise<void> {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const url = new URL(request.url ?? '/', 'http://embedded');
    const target = readTarget(request.method ?? 'GET', url.pathname, url.searchParams);
    const { context, faults } = this.#parts;
    let user = '';
    try {
      const call = await readCall({ request, url, target, context });
      user = context.access.userOf(request.headers.authorization);
      const known = { ...call, user };
      const fault = faults.take({ target, userAgent: call.userAgent, user });
      await this.#answer({ call: known, url, response, fault });
    } catch (error) {
      const { code, body } = statusOf(error);
      this.#finish({ request, url, response, user }, { code, body: JSON.stringify(body) });
    }
  }
}
