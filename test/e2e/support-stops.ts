// How a leader is stopped at a chosen moment of a change and woken after the pause, and the doors that hold it there.
import { once } from 'node:events';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { expect, vi } from 'vitest';
import { lengths } from '../support/lengths.ts';
import { led, pass, type Replica } from './support-fencing.ts';
import { type Gate, startGate } from './support-gate.ts';
import { type Item, PATIENT } from './support-item.ts';
import type { E2eServer } from './support-server.ts';

export interface Stop {
  readonly leader: Replica;
  readonly standby: Replica;
  readonly item: Item;
  /** Between the stop and the rest: lets pass what the leader waits for, so that it finds it when it wakes. */
  readonly whenStopped?: () => void;
}

export interface Woken {
  readonly takeoverMs: number;
  /** What the woken process decided first about the object. */
  firstDecision(): unknown;
}

/** Stops the leader now, lets the standby take over, and wakes the old leader after the pause. */
export async function stopLeader({ leader, standby, item, whenStopped }: Stop): Promise<Woken> {
  leader.freeze();
  const stoppedAt = Date.now();
  whenStopped?.();
  await vi.waitFor(() => expect(standby.leads()).toBe(true), PATIENT);
  await pass(stoppedAt + lengths.pauseMs - Date.now());
  const since = leader.listen();
  leader.wake();
  const decisions = () => since().filter(({ message, key }) => message === 'decided' && key === item.key);
  await vi.waitFor(() => {
    expect(leader.leads()).toBe(false);
    expect(decisions()).not.toEqual([]);
  }, PATIENT);
  return { takeoverMs: led(standby) - stoppedAt, firstDecision: () => decisions()[0]?.decision };
}

/** The woken process is a standby like any other: it takes over and makes the next change. */
export async function leadsAgain({ leader, standby, item }: Stop): Promise<void> {
  await standby.end('SIGTERM');
  await vi.waitFor(() => expect(leader.leads()).toBe(true), PATIENT);
  await item.edit('1.0.2');
  await item.untilReady();
  expect(item.accepted()).toEqual(['1.0.1', '1.0.2']);
  expect(item.sent()).toBe(2);
}

/** A gate before the API server for as long as `use` runs. */
export async function throughGate({ server }: E2eServer, use: (gate: Gate) => Promise<void>): Promise<void> {
  const gate = await startGate(Number(new URL(server.url).port));
  try {
    await use(gate);
  } finally {
    await gate.close();
  }
}

export interface TlsFront {
  readonly port: number;
  close(): void;
}

/** TLS in front of a plain server on `port` of 127.0.0.1, as the service has it. */
export async function startTlsFront(
  certificate: { readonly key: string; readonly cert: string },
  port: number,
): Promise<TlsFront> {
  const server = createServer(certificate, (client) => {
    const upstream = connect({ host: '127.0.0.1', port, noDelay: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return { port: address.port, close: () => void server.close() };
}
