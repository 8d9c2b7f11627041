// The fault proxy does what its orders say: otherwise a test behind it would prove nothing.
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { startLoopback } from '../../kube/loopback.ts';
import { bookmark, makeObject, watchLine } from '../../kube/make.ts';
import { kindOf } from './asked.ts';
import { type LineFault, statusBody } from './faults.ts';
import { type FaultProxy, startFaultProxy } from './proxy.ts';

const COLLECTION = '/apis/servicestage.io/v1/namespaces/shop/servicestagecomponents';
const WATCH = `${COLLECTION}?watch=true&resourceVersion=5`;
const EVENT = watchLine('MODIFIED', makeObject({ version: 6 }));

interface Client {
  readonly ca: string;
  readonly token: string;
}

interface Setup extends AsyncDisposable {
  readonly proxy: FaultProxy;
  /** Streams that the server holds open. */
  readonly streams: ServerResponse[];
  readonly authorizations: (string | undefined)[];
  clientFiles(): Client;
  get(path: string, client?: Client): Promise<{ readonly status: number; readonly text: string }>;
  /** What arrives of a stream: its text, and how it ended. */
  read(path: string): { text(): string; readonly end: Promise<string> };
}

async function setUp(): Promise<Setup> {
  const streams: ServerResponse[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = await startLoopback(({ query, headers }, response) => {
    authorizations.push(headers.authorization);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (query.get('watch') !== 'true') return void response.end('{"kind":"List"}');
    response.flushHeaders();
    streams.push(response);
  });
  const proxy = await startFaultProxy({ url: server.url, token: 'the-admin' });
  const agents: Agent[] = [];
  const clientFiles = (): Client => {
    const config = JSON.parse(readFileSync(proxy.kubeconfigPath, 'utf8'));
    return {
      ca: readFileSync(config.clusters[0].cluster['certificate-authority'], 'utf8'),
      token: readFileSync(config.users[0].user.tokenFile, 'utf8'),
    };
  };
  const ask = (path: string, { ca, token }: Client) => {
    const agent = new Agent({ connect: { ca }, bodyTimeout: 0, allowH2: false });
    agents.push(agent);
    return request(`${proxy.url}${path}`, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${token}` },
    });
  };
  return {
    proxy,
    streams,
    authorizations,
    clientFiles,
    get: async (path, client = clientFiles()) => {
      const { statusCode, body } = await ask(path, client);
      return { status: statusCode, text: await body.text() };
    },
    read: (path) => {
      let text = '';
      const reading = async (): Promise<string> => {
        const { body } = await ask(path, clientFiles());
        for await (const chunk of body.setEncoding('utf8')) text += String(chunk);
        return 'in order';
      };
      return { text: () => text, end: reading().catch((error: { code?: string }) => error.code ?? 'broken') };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(agents.map((agent) => agent.destroy()));
      await proxy.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

const until = (holds: () => boolean): Promise<void> => expect.poll(holds, { interval: 5 }).toBe(true);
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'answered',
    (error: { code?: string }) => error.code ?? 'failed',
  );

describe('the fault proxy', () => {
  it('passes a request on, as the one who may, and writes it down', async () => {
    await using at = await setUp();
    expect(await at.get(COLLECTION)).toEqual({ status: 200, text: '{"kind":"List"}' });
    expect(at.authorizations).toEqual(['Bearer the-admin']);
    expect(at.proxy.record.passed).toMatchObject([
      { kind: 'list', by: 'upstream', status: 200, complete: true, protocol: 'http/1.1' },
    ]);
  });

  it('freezes the connection of a watch: neither a byte nor an end, and nobody else notices', async () => {
    await using at = await setUp();
    const watch = at.read(WATCH);
    await until(() => at.streams.length === 1);
    at.streams[0]?.write(EVENT);
    await until(() => watch.text() === EVENT);
    at.proxy.freezeWatches();
    at.streams[0]?.end(EVENT);
    expect((await at.get(COLLECTION)).status).toBe(200);
    expect(await Promise.race([watch.end, sleep(50).then(() => 'silent')])).toBe('silent');
    expect(watch.text()).toBe(EVENT);
  });

  it('freezes all connections, new ones too, and gives back what was held when it thaws', async () => {
    await using at = await setUp();
    const watch = at.read(WATCH);
    await until(() => at.streams.length === 1);
    at.proxy.bytes.freezeAll();
    at.streams[0]?.end(EVENT);
    const late = at.get(COLLECTION);
    expect(await Promise.race([watch.end, late, sleep(50).then(() => 'silent')])).toBe('silent');
    at.proxy.bytes.thaw();
    expect(await watch.end).toBe('in order');
    expect(watch.text()).toBe(EVENT);
    expect((await late).status).toBe(200);
  });

  it('resets connections, refuses them while it is down, and serves again on the same port', async () => {
    await using at = await setUp();
    const watch = at.read(WATCH);
    await until(() => at.streams.length === 1);
    at.proxy.bytes.reset();
    expect(await watch.end).toBe('ECONNRESET');
    await at.proxy.bytes.down();
    expect(await codeOf(at.get(COLLECTION))).toBe('ECONNREFUSED');
    await at.proxy.bytes.up();
    expect((await at.get(COLLECTION)).status).toBe(200);
  });

  const half = EVENT.slice(0, Math.floor(EVENT.length / 2));
  const error = `${JSON.stringify({ type: 'ERROR', object: statusBody(410, 'Expired') })}\n`;
  const rows: readonly {
    readonly name: string;
    readonly fault: LineFault;
    readonly text: string;
    readonly end: string;
  }[] = [
    { name: 'pieces', fault: { kind: 'pieces', bytes: 7 }, text: EVENT + EVENT, end: 'in order' },
    { name: 'a garbage line', fault: { kind: 'garbage', text: '<\n' }, text: `<\n${EVENT}`, end: 'in order' },
    {
      name: 'an ERROR event',
      fault: { kind: 'error', status: statusBody(410, 'Expired') },
      text: error,
      end: 'in order',
    },
    { name: 'half a line', fault: { kind: 'cut', end: 'end' }, text: half, end: 'in order' },
    { name: 'half a line and RST', fault: { kind: 'cut', end: 'reset' }, text: half, end: 'ECONNRESET' },
  ];
  it.each(rows)('makes $name of the next event, and lets bookmarks pass', async ({ fault, text, end }) => {
    await using at = await setUp();
    const armed = at.proxy.lines.order({ match: (asked) => kindOf(asked) === 'watch', fault, times: 1 });
    const watch = at.read(WATCH);
    await until(() => at.streams.length === 1);
    at.streams[0]?.write(bookmark(5));
    at.streams[0]?.end(EVENT + EVENT);
    expect(await watch.end).toBe(end);
    expect(watch.text()).toBe(bookmark(5) + text);
    expect(armed.hits()).toBe(1);
  });

  it('answers in place of the server, so often as ordered', async () => {
    await using at = await setUp();
    const fault = { kind: 'answer', status: 503, body: '<html>' } as const;
    at.proxy.answers.order({ match: () => true, fault, times: 1 });
    expect(await at.get(COLLECTION)).toEqual({ status: 503, text: '<html>' });
    expect((await at.get(COLLECTION)).status).toBe(200);
    expect(at.authorizations).toHaveLength(1);
  });

  it('ends the watches in order and their connections with them', async () => {
    await using at = await setUp();
    const watch = at.read(WATCH);
    await until(() => at.streams.length === 1);
    at.streams[0]?.write(EVENT);
    await until(() => watch.text() === EVENT);
    at.proxy.goAway();
    expect(await watch.end).toBe('in order');
  });

  it('refuses the old token, and the old authority, until the new one is in the file', async () => {
    await using at = await setUp();
    const old = at.clientFiles();
    const publishToken = at.proxy.rotateToken();
    expect((await at.get(COLLECTION, old)).status).toBe(401);
    await publishToken();
    expect((await at.get(COLLECTION)).status).toBe(200);
    const publishAuthority = at.proxy.rotateAuthority();
    expect(await codeOf(at.get(COLLECTION))).toMatch(/CERT|SIGNATURE/);
    await publishAuthority();
    expect((await at.get(COLLECTION)).status).toBe(200);
  });
});
