// The byte level of the fault proxy: TCP connections are relayed to a port of this machine and can be frozen (sockets stay
// open, not a byte and no FIN passes), reset, or refused. It knows nothing of what the bytes mean.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  /** Freezes the open connections whose inner port is named; they stay frozen for good. */
  freeze(innerPorts: ReadonlySet<number>): void;
  /** Freezes every open connection and each new one until `thaw`. */
  freezeAll(): void;
  thaw(): void;
  /** Ends every connection with RST, or those whose inner port is named. */
  reset(innerPorts?: ReadonlySet<number>): void;
  /** Ends every connection and refuses new ones until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly inner: Socket;
  flow: 'pass' | 'frozen' | 'frozen for good';
}

/** Relays a free port of 127.0.0.1 to `innerPort` of 127.0.0.1. */
export async function startRelay(innerPort: number): Promise<Relay> {
  const pairs = new Set<Pair>();
  let fresh: Pair['flow'] = 'pass';
  const accept = (client: Socket): void => {
    const inner = connect({ port: innerPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const pair: Pair = { client, inner, flow: fresh };
    pairs.add(pair);
    join(pair, () => pairs.delete(pair));
  };
  let server = await listen(0, accept);
  const { port } = server.address() as AddressInfo;
  const reset = (innerPorts?: ReadonlySet<number>): void => {
    for (const { client, inner } of pairs) {
      if (innerPorts !== undefined && !innerPorts.has(inner.localPort ?? 0)) continue;
      client.resetAndDestroy();
      inner.destroy();
    }
  };
  const down = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    reset();
    await closed;
  };
  return {
    port,
    freeze: (innerPorts) => {
      for (const pair of pairs) if (innerPorts.has(pair.inner.localPort ?? 0)) hold(pair, 'frozen for good');
    },
    freezeAll: () => {
      fresh = 'frozen';
      for (const pair of pairs) if (pair.flow === 'pass') hold(pair, 'frozen');
    },
    thaw: () => {
      fresh = 'pass';
      for (const pair of pairs) if (pair.flow === 'frozen') release(pair);
    },
    reset,
    down,
    up: async () => {
      server = await listen(port, accept);
    },
    stop: async () => {
      if (server.listening) await down();
      reset();
    },
  };
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, accept);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A socket that is paused tells neither bytes nor FIN, so a frozen pair needs no more than that. */
function join(pair: Pair, gone: () => void): void {
  const { client, inner } = pair;
  client.on('data', (bytes) => inner.write(bytes));
  inner.on('data', (bytes) => client.write(bytes));
  client.on('end', () => inner.end());
  inner.on('end', () => client.end());
  client.on('error', () => undefined);
  inner.on('error', () => undefined);
  client.on('close', () => {
    inner.destroy();
    gone();
  });
  inner.on('close', () => {
    if (pair.flow === 'pass') client.destroy();
  });
  if (pair.flow === 'pass') release(pair);
  else hold(pair, pair.flow);
}

function hold(pair: Pair, flow: 'frozen' | 'frozen for good'): void {
  pair.flow = flow;
  pair.client.pause();
  pair.inner.pause();
}

function release(pair: Pair): void {
  pair.flow = 'pass';
  if (pair.inner.closed) {
    pair.client.destroy();
    return;
  }
  pair.client.resume();
  pair.inner.resume();
}
