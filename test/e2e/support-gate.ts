// A door on the way of one process to a server: passes bytes through as they are (TLS stays end to end), and can keep back
// what the server says, be silent as a network without a route, or refuse as a host without a server.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** `held`: what the server says is kept. `silent`: nothing passes, nothing ends. `refused`: connections are reset. */
export type GateMode = 'open' | 'held' | 'silent' | 'refused';

export interface Gate {
  readonly port: number;
  /** Acts on all connections. What was kept is passed on by `open`; what was silent or refused is lost. */
  set(mode: GateMode): void;
  /** Acts on the next connections only; those that stand stay as they are. */
  setNext(mode: 'open' | 'held'): void;
  /** Connections on which the client has spoken while the server was held. */
  waiting(): number;
  close(): Promise<void>;
}

interface Passage {
  readonly client: Socket;
  readonly server: Socket;
  readonly kept: Buffer[];
  mode: GateMode;
  spoke: 'no' | 'yes';
}

/** A gate on a free port of 127.0.0.1 to `port` of the same host. */
export async function startGate(port: number): Promise<Gate> {
  const passages = new Set<Passage>();
  let next: GateMode = 'open';
  const listener = createServer((client) => {
    if (next === 'refused') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    join(client, port, { passages, mode: next });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return {
    port: address.port,
    set: (mode) => {
      next = mode;
      for (const passage of passages) turn(passage, mode);
    },
    setNext: (mode) => {
      next = mode;
    },
    waiting: () => [...passages].filter(({ mode, spoke }) => mode === 'held' && spoke === 'yes').length,
    close: async () => {
      for (const passage of passages) end(passage);
      listener.close();
      await once(listener, 'close');
    },
  };
}

function join(
  client: Socket,
  port: number,
  { passages, mode }: { readonly passages: Set<Passage>; readonly mode: GateMode },
): void {
  const server = connect({ host: '127.0.0.1', port, noDelay: true });
  const passage: Passage = { client, server, kept: [], mode, spoke: 'no' };
  passages.add(passage);
  client.setNoDelay(true);
  client.on('data', (chunk) => {
    if (passage.mode === 'silent') return;
    passage.spoke = 'yes';
    server.write(chunk);
  });
  server.on('data', (chunk) => {
    if (passage.mode === 'held') passage.kept.push(chunk);
    else if (passage.mode === 'open') client.write(chunk);
  });
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.on('error', () => undefined);
    one.on('close', () => {
      passages.delete(passage);
      if (passage.mode !== 'silent') other.destroy();
    });
  }
}

function turn(passage: Passage, mode: GateMode): void {
  const lost = passage.mode === 'silent' || mode === 'refused';
  passage.mode = mode;
  if (lost && mode !== 'silent') {
    end(passage);
    return;
  }
  if (mode === 'open') for (const chunk of passage.kept.splice(0)) passage.client.write(chunk);
}

function end({ client, server }: Passage): void {
  client.resetAndDestroy();
  server.destroy();
}
