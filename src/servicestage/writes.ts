// One write: one try on a connection of its own. A pooled connection may be dead without our knowing, and then nobody
// can say whether the request was acted on; a fresh one tells apart "not one byte left" from "it may have acted".
// Promises: at most one connection and one request per call; no redirect; when the signal fires the connection is reset
// (RST), not closed, so that a peer or proxy that holds the request half-read drops it. Never rejects.
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type buildConnector, Client } from 'undici';
import {
  type Exchange,
  faultOf,
  interrupted,
  MAX_HEADER_BYTES,
  readAnswer,
  type WireRequest,
} from './wire.ts';

export interface WriteOptions {
  readonly connectTimeoutMs: number;
  readonly ca?: readonly string[];
  /** Asked once the connection stands, in the turn in which the first byte would leave; after a no nothing is sent. */
  readonly mayLeave?: () => boolean;
}

/** Sends the request once. `sent: 'no'` is certain; everything after the connection stood is `maybe`. */
export async function sendOnce(
  request: WireRequest,
  context: { signal: AbortSignal; options: WriteOptions },
): Promise<Exchange> {
  const { signal, options } = context;
  if (signal.aborted) return interrupted(signal, 'no');
  const line = createLine(options);
  const client = new Client(request.origin, {
    pipelining: 0,
    allowH2: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: line.connect,
  });
  const stop = (): void => {
    line.reset();
    client.destroy().catch(() => undefined);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { path, method, headers, body } = request;
    const answer = await client.request({ path, method, headers, ...(body === undefined ? {} : { body }) });
    return await readAnswer(answer);
  } catch (error) {
    return signal.aborted ? interrupted(signal, line.sent()) : faultOf(error, line.sent());
  } finally {
    signal.removeEventListener('abort', stop);
    client.destroy().catch(() => undefined);
  }
}

interface Line {
  readonly connect: buildConnector.connector;
  /** Resets the connection, or forbids one that is still being made. */
  reset(): void;
  sent(): 'no' | 'maybe';
}

/**
 * A connector for exactly one connection. undici would open a second one when the first dies before it wrote, which is
 * refused here: then "at most one request" needs no knowledge of undici's inner states.
 */
function createLine(options: WriteOptions): Line {
  let phase: 'unused' | 'connecting' | 'connected' | 'reset' = 'unused';
  let everConnected: 'no' | 'maybe' = 'no';
  let tcp: Socket | undefined;
  const connect: buildConnector.connector = (target, callback) => {
    if (phase !== 'unused') return callback(codedError('CONNECTION_CLOSED'), null);
    phase = 'connecting';
    tcp = dial(target, options, (error, socket) => {
      if (phase !== 'connecting') return void socket?.destroy();
      if (error !== null) {
        phase = 'reset';
        return callback(error, null);
      }
      // A process that was stopped while it connected goes on from here: what allowed the call may be long over.
      if (options.mayLeave?.() === false) {
        phase = 'reset';
        socket.destroy();
        return callback(codedError('ABORTED'), null);
      }
      phase = 'connected';
      everConnected = 'maybe';
      return callback(null, socket);
    });
  };
  const reset = (): void => {
    // `resetAndDestroy` of a socket that still connects would wait for the connection.
    if (phase === 'connected' && tcp?.destroyed === false) tcp.resetAndDestroy();
    else tcp?.destroy();
    phase = 'reset';
  };
  return { connect, reset, sent: () => everConnected };
}

type Dialled = (...result: [Error, null] | [null, Socket | TLSSocket]) => void;

/**
 * TCP, then TLS on top for https. The TCP socket is made by hand since a TLS socket cannot be reset
 * (`resetAndDestroy` throws ERR_INVALID_HANDLE_TYPE there).
 */
function dial(target: buildConnector.Options, options: WriteOptions, done: Dialled): Socket {
  const secure = target.protocol === 'https:';
  const tcp = connectTcp({
    host: target.hostname,
    port: Number(target.port) || (secure ? 443 : 80),
    noDelay: true,
  });
  const socket = secure ? wrapTls(tcp, { host: target.hostname, ca: options.ca }) : tcp;
  let settled: 'no' | 'yes' = 'no';
  const settle = (error: Error | null): void => {
    if (settled === 'yes') return;
    settled = 'yes';
    clearTimeout(timer);
    if (error !== null) {
      tcp.destroy();
      done(error, null);
      return;
    }
    done(null, socket);
  };
  const timer = setTimeout(() => settle(codedError('CONNECT_TIMEOUT')), options.connectTimeoutMs);
  // Both error listeners stay for the life of the socket: an error without one would end the process.
  tcp.on('error', settle);
  tcp.once('close', () => settle(codedError('CONNECTION_CLOSED')));
  if (socket !== tcp) socket.on('error', settle);
  socket.once(secure ? 'secureConnect' : 'connect', () => settle(null));
  return tcp;
}

function wrapTls(tcp: Socket, peer: { host: string; ca: readonly string[] | undefined }): TLSSocket {
  return connectTls({
    socket: tcp,
    host: peer.host,
    ALPNProtocols: ['http/1.1'],
    ...(isIP(peer.host) === 0 ? { servername: peer.host } : {}),
    ...(peer.ca === undefined ? {} : { ca: [...peer.ca] }),
  });
}

function codedError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
