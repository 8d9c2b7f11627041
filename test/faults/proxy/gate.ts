// The HTTP level of the fault proxy: ends TLS with a certificate of its own, passes requests on to the API server over a
// connection of its own, and lets the ordered faults strike. What the API server does to a connection (no answer, a
// stream that breaks) is done to the client as RST.
import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { Agent, type Dispatcher } from 'undici';
import { type Asked, kindOf, readAsked } from './asked.ts';
import type { Authority } from './certificates.ts';
import { type AnswerFault, createFaults, type Faults, type LineFault, statusBody } from './faults.ts';
import { sendLines } from './lines.ts';
import { createRecorder, type Passed, type ProxyRecord } from './record.ts';

/** Where requests go and as whom. */
export interface Upstream {
  readonly url: string;
  readonly caPem?: string;
  readonly token?: string;
}

export interface Gate {
  readonly port: number;
  readonly record: ProxyRecord;
  readonly answers: Faults<AnswerFault>;
  readonly lines: Faults<LineFault>;
  /** Client ports of the connections that carry an open watch. */
  watchPorts(): ReadonlySet<number>;
  /** Ends each open watch in an orderly way and its connection with it: what GOAWAY is to HTTP/2. */
  goAway(): void;
  /** Serves with a certificate of that authority from now on; open connections stay. */
  certify(authority: Authority): void;
  /** Any other bearer token is answered 401 from now on. */
  accept(token: string): void;
  stop(): Promise<void>;
}

export interface GateOptions {
  readonly upstream: Upstream;
  readonly authority: Authority;
  readonly token: string;
  /** Ends the connection from that port with RST; only the byte level can. */
  readonly reset: (port: number) => void;
}

const HOST = '127.0.0.1';
const PASSED_HEADERS = ['content-type', 'retry-after', 'audit-id', 'warning'];

export async function startGate({ upstream, authority, token, reset }: GateOptions): Promise<Gate> {
  const recorder = createRecorder(() => performance.now());
  const answers = createFaults<AnswerFault>();
  const lines = createFaults<LineFault>();
  const streams = new Set<ServerResponse>();
  const agent = new Agent({
    bodyTimeout: 0,
    headersTimeout: 0,
    ...(upstream.caPem === undefined ? {} : { connect: { ca: upstream.caPem } }),
  });
  let accepted = token;

  const exchange = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = readAsked(request);
    const entry = recorder.open(asked, (request.socket as TLSSocket).alpnProtocol || 'none');
    response.on('error', () => undefined);
    response.on('close', () => {
      entry.endedMs = performance.now();
      streams.delete(response);
    });
    const body = await readBody(request);
    const fault = asked.token === accepted ? answers.strike(asked) : UNAUTHORIZED;
    if (fault !== undefined) return strike(fault, response, entry);
    if (kindOf(asked) === 'watch') streams.add(response);
    await forward({ request, response, asked, entry, body });
  };
  const forward = async ({ request, response, asked, entry, body }: Forwarding): Promise<void> => {
    const over = new AbortController();
    response.on('close', () => over.abort());
    const answer = await agent.request({
      origin: upstream.url,
      path: request.url ?? '/',
      method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: headersOf(request, upstream.token),
      body: body.length === 0 ? null : body,
      signal: over.signal,
    });
    entry.status = answer.statusCode;
    entry.expired = answer.statusCode === 410;
    response.writeHead(answer.statusCode, pick(answer.headers));
    if (asked.query.get('watch') === 'true' && answer.statusCode === 200) {
      response.flushHeaders();
      return sendLines({
        asked,
        chunks: answer.body,
        response,
        faults: lines,
        entry,
        reset: () => reset(request.socket.remotePort ?? 0),
      });
    }
    response.end(Buffer.from(await answer.body.arrayBuffer()));
    entry.complete = answer.statusCode === 200;
  };
  const server = createServer(
    { ...authority.issue(HOST), ALPNProtocols: ['h2', 'http/1.1'], keepAliveTimeout: 60_000 },
    (request, response) => {
      exchange(request, response).catch(() => reset(request.socket.remotePort ?? 0));
    },
  );
  server.on('tlsClientError', () => undefined);
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    record: recorder,
    answers,
    lines,
    watchPorts: () => new Set([...streams].map(({ socket }) => socket?.remotePort ?? 0)),
    goAway: () => {
      for (const stream of streams) stream.end(() => stream.socket?.end());
    },
    certify: (next) => server.setSecureContext(next.issue(HOST)),
    accept: (next) => {
      accepted = next;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await agent.destroy();
    },
  };
}

interface Forwarding {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly asked: Asked;
  readonly entry: Passed;
  readonly body: Buffer;
}

const UNAUTHORIZED: AnswerFault = {
  kind: 'answer',
  status: 401,
  body: JSON.stringify(statusBody(401, 'Unauthorized')),
};

async function strike(fault: AnswerFault, response: ServerResponse, entry: Passed): Promise<void> {
  entry.by = 'fault';
  if (fault.kind === 'mute') {
    entry.status = 200;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    await sleep(fault.ms);
    response.end();
    return;
  }
  entry.status = fault.status;
  const type = fault.body.startsWith('<') ? 'text/html' : 'application/json';
  response.writeHead(fault.status, { 'content-type': type, ...fault.headers });
  response.end(fault.body);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function headersOf({ headers }: IncomingMessage, token: string | undefined): Record<string, string> {
  const kept = ['accept', 'content-type', 'user-agent'].flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return { ...Object.fromEntries(kept), ...authorization };
}

function pick(headers: Readonly<Record<string, string | string[] | undefined>>): OutgoingHttpHeaders {
  return Object.fromEntries(PASSED_HEADERS.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])));
}
