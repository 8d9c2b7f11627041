// The listener: reads a request, lets faults strike, has it answered, writes the journal, delivers.
//
// The journal entry is made in the same turn in which the service acts, before any answer leaves: an accepted write can
// never be missing from it. A client that has gone away meanwhile does not stop the service from acting.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, ok } from './answers.ts';
import { clean, type Delivery, type Exchange, faulty } from './delivery.ts';
import type { Fault, Faults } from './faults.ts';
import type { Journal } from './journal.ts';
import { answerTo, largestBody, parsed, type Service } from './operations.ts';
import { type Route, routeOf, writeOperations } from './routes.ts';
import type { SignedRequest } from './signature.ts';

export interface Parts extends Service {
  readonly faults: Faults;
  readonly journal: Journal;
  /** Answers `/_control/...`; gets method, path with query and body. */
  readonly control: (request: SignedRequest) => Answer;
}

interface Incoming {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly request: SignedRequest;
  readonly connection: number;
}

/** A server that is not listening yet. It stops waiting in delays once `signal` aborts. */
export function createSimulatorServer(parts: Parts, signal: AbortSignal): Server {
  const connections = new WeakMap<Socket, number>();
  let lastConnection = 0;
  const server = createServer({ keepAliveTimeout: 60_000, maxHeaderSize: 64 * 1024 }, (request, response) => {
    const connection = connections.get(request.socket) ?? 0;
    serve(parts, { request, response, connection }, signal).catch(() => request.socket.destroy());
  });
  server.on('connection', (socket) => {
    lastConnection += 1;
    connections.set(socket, lastConnection);
  });
  return server;
}

async function serve(
  parts: Parts,
  raw: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly connection: number },
  signal: AbortSignal,
): Promise<void> {
  const { request, response, connection } = raw;
  const url = request.url ?? '/';
  const exchange: Exchange = { request, response, requestId: parts.world.ids.hex(32) };
  const method = request.method ?? 'GET';
  const body = await readBody(request);
  const signed: SignedRequest = { method, url, headers: flat(request.headers), body };
  const pathname = url.split('?', 1)[0] ?? '/';
  if (pathname.startsWith('/_control/')) return clean(exchange, controlAnswer(parts, request, signed)).send();
  const incoming: Incoming = { exchange, route: routeOf(method, pathname), request: signed, connection };
  const delivery = await decide(parts, incoming, signal);
  delivery.send();
}

async function decide(parts: Parts, incoming: Incoming, signal: AbortSignal): Promise<Delivery> {
  const { exchange, route } = incoming;
  const fault = parts.faults.take(route) ?? lateByAssumption(parts, route);
  if (fault === undefined) return act(parts, incoming, (answer) => clean(exchange, answer));
  if (fault.delayMs !== undefined) await sleep(fault.delayMs, undefined, { signal });
  const delivery =
    fault.phase === 'before'
      ? strikeBefore(parts, incoming, fault)
      : act(parts, incoming, (answer) => faulty(exchange, fault.effect, answer), fault);
  if (fault.answerDelayMs !== undefined) await sleep(fault.answerDelayMs, undefined, { signal });
  return delivery;
}

function act(
  parts: Parts,
  incoming: Incoming,
  deliver: (answer: Answer) => Delivery,
  fault?: Fault,
): Delivery {
  parts.world.timeline.settle();
  const answer = answerTo(parts, incoming.route, incoming.request);
  const delivery = deliver(answer);
  note(parts, incoming, { status: delivery.status, answer, fault });
  return delivery;
}

function strikeBefore(parts: Parts, incoming: Incoming, fault: Fault): Delivery {
  const { timeline } = parts.world;
  timeline.settle();
  const delivery = faulty(incoming.exchange, fault.effect, ok({}));
  const entry = note(parts, incoming, { status: delivery.status, answer: undefined, fault });
  const { effect } = fault;
  if (effect.kind === 'acceptLate')
    timeline.at(timeline.now() + effect.afterMs, () => {
      const answer = answerTo(parts, incoming.route, incoming.request);
      note(parts, incoming, { status: answer.status, answer, fault, lateFor: entry.seq });
    });
  return delivery;
}

/** Assumption A1 broken: every write is accepted late. */
function lateByAssumption(parts: Parts, route: Route): Fault | undefined {
  const afterMs = parts.world.settings.a1AcceptLateMs;
  const write = writeOperations.some((operation) => operation === route.operation);
  return afterMs === null || !write
    ? undefined
    : { phase: 'before', effect: { kind: 'acceptLate', afterMs, answer: 'gatewayTimeout' } };
}

interface Noted {
  readonly status: number;
  readonly answer: Answer | undefined;
  readonly fault?: Fault | undefined;
  readonly lateFor?: number;
}

function note(parts: Parts, incoming: Incoming, noted: Noted) {
  const { route, request, exchange, connection } = incoming;
  const accepted = noted.answer?.accepted;
  const { operation, projectId, applicationId, componentId = accepted?.componentId } = route;
  return parts.journal.append(
    {
      at: parts.world.timeline.now(),
      method: request.method,
      path: request.url,
      operation,
      ...(projectId === undefined ? {} : { projectId }),
      ...(applicationId === undefined ? {} : { applicationId }),
      ...(componentId === undefined ? {} : { componentId }),
      status: noted.status,
      accepted: accepted !== undefined,
      ...(accepted?.jobId === undefined ? {} : { jobId: accepted.jobId }),
      requestId: exchange.requestId,
      connection,
      ...(noted.fault === undefined ? {} : { fault: noted.fault.effect.kind }),
      ...(noted.lateFor === undefined ? {} : { lateFor: noted.lateFor }),
    },
    request.body,
    parsed(request.body),
  );
}

function controlAnswer(parts: Parts, request: IncomingMessage, signed: SignedRequest): Answer {
  const address = request.socket.remoteAddress ?? '';
  const loopback = address === '::1' || /^(::ffff:)?127\./.test(address);
  return loopback ? parts.control(signed) : { status: 403, body: { error: 'only from this machine' } };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    // One byte beyond the limit is kept, so that the refusal sees that there was more.
    if (length - chunk.length <= largestBody) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
