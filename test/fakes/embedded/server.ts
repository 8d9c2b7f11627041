// The network side: HTTP on the loopback interface in front of the exchange.
// Promises: each request is read whole, meets at most one fault and is journalled exactly once; `stop` cuts every
// connection, `start` after it listens on the same port again.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from './context.ts';
import {
  askerOf,
  exchange,
  faultReply,
  type Incoming,
  type Reply,
  refusal,
  type Stream,
} from './exchange.ts';
import type { Asker, Faults, RequestFault } from './faults.ts';
import type { Delivery, Journal } from './journal.ts';
import { readTarget } from './request.ts';
import type { Watches } from './watches.ts';

export interface ServerParts {
  readonly context: Context;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly watches: Watches;
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

  async start(): Promise<void> {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      serve(this.#parts, request, response).catch(() => response.destroy());
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
}

async function serve(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  const incoming = await readIncoming(request);
  const asker = askerOf(parts.context, incoming);
  const fault = parts.faults.take(asker);
  const done: Done = { parts, incoming, asker, response };
  if (fault?.kind === 'dropBefore') {
    note(done, { status: 0, delivery: 'dropped', committed: false });
    response.socket?.resetAndDestroy();
    return;
  }
  if (fault?.kind === 'hang') return note(done, { status: 0, delivery: 'hung', committed: false });
  if (fault?.kind === 'delay') await sleep(fault.ms, undefined, { ref: false });
  const result = (fault && faultReply(fault, incoming.target)) ?? exchange(parts.context, incoming);
  if (result.kind === 'stream') return startStream(done, result);
  deliver(done, result, fault);
}

interface Done {
  readonly parts: ServerParts;
  readonly incoming: Incoming;
  readonly asker: Asker;
  readonly response: ServerResponse;
}

function startStream(done: Done, stream: Stream): void {
  note(done, { status: 200, delivery: 'answered', committed: false });
  try {
    done.parts.watches.open(stream, done.asker, done.response);
  } catch (error) {
    done.response.end(refusal(error).text);
  }
}

function deliver(done: Done, reply: Reply, fault: RequestFault | undefined): void {
  const { response } = done;
  const delivery = deliveryOf(fault);
  note(done, { status: reply.code, delivery, committed: reply.committed });
  if (fault?.kind === 'actThenHang') return;
  if (fault?.kind === 'actThenDrop') {
    response.socket?.resetAndDestroy();
    return;
  }
  const bytes = Buffer.from(reply.text);
  response.writeHead(reply.code, {
    'Content-Type': reply.type,
    'Content-Length': bytes.length,
    ...reply.headers,
  });
  if (fault?.kind !== 'truncate') {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, fault.bytes), () => response.destroy());
}

function deliveryOf(fault: RequestFault | undefined): Delivery {
  if (fault?.kind === 'actThenHang') return 'hung';
  return fault?.kind === 'actThenDrop' || fault?.kind === 'truncate' ? 'dropped' : 'answered';
}

interface Ending {
  readonly status: number;
  readonly delivery: Delivery;
  readonly committed: boolean;
}

function note({ parts, incoming, asker }: Done, ending: Ending): void {
  const { target } = incoming;
  const about = target.kind === 'resource' ? target : NOTHING;
  parts.journal.record({
    at: parts.context.now(),
    method: incoming.method,
    path: incoming.path,
    verb: about.verb,
    group: about.group,
    resource: about.resource,
    subresource: about.subresource,
    namespace: about.namespace,
    name: about.name,
    ...ending,
    contentType: incoming.headers['content-type'] ?? '',
    userAgent: asker.userAgent,
    user: asker.user,
    bytes: incoming.body.length,
  });
}

const NOTHING = { verb: '', group: '', resource: '', subresource: '', namespace: '', name: '' } as const;

async function readIncoming(request: IncomingMessage): Promise<Incoming> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://embedded');
  const method = request.method ?? 'GET';
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = [value].flat().join(', ');
  const target = readTarget(method, url.pathname, url.searchParams);
  return {
    method,
    path: url.pathname,
    query: url.searchParams,
    target,
    headers,
    body: Buffer.concat(chunks),
  };
}
