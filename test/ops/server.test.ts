// The two ops servers over real sockets.
import { createServer } from 'node:net';
import { request } from 'undici';
import { afterEach, expect, it } from 'vitest';
import {
  ListenError,
  type OpsServer,
  type OpsServerOptions,
  type Readiness,
  startOpsServer,
} from '../../src/ops/server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const loopback = { host: '127.0.0.1', port: 0 };

async function start(options: Partial<OpsServerOptions> = {}): Promise<OpsServer> {
  const server = await startOpsServer({
    metricsAddress: loopback,
    healthAddress: loopback,
    metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'up 1\n' },
    readiness: () => ({ ready: true, reasons: [] }),
    ...options,
  });
  open.push({ close: () => server.close(AbortSignal.abort()) });
  return server;
}

async function get(port: number | undefined, path: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') {
  const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}${path}`, {
    method,
    reset: true,
  });
  return { status: statusCode, type: headers['content-type'], text: await body.text() };
}

it('serves metrics and health on their own ports only', async () => {
  const { metricsPort, healthPort } = await start();
  expect(await get(metricsPort, '/metrics')).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4',
    text: 'up 1\n',
  });
  expect(await get(healthPort, '/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  expect(await get(healthPort, '/readyz?verbose')).toMatchObject({ status: 200, text: 'ready\n' });
  expect(await get(healthPort, '/metrics')).toMatchObject({ status: 404 });
  expect(await get(metricsPort, '/healthz')).toMatchObject({ status: 404 });
});

it('says why it is not ready, one reason per line', async () => {
  let readiness: Readiness = {
    ready: false,
    reasons: ['watch shop: no byte\nfor 20 s', 'first list pending'],
  };
  const { healthPort } = await start({ readiness: () => readiness });
  expect(await get(healthPort, '/readyz')).toMatchObject({
    status: 503,
    text: 'not ready\nwatch shop: no byte for 20 s\nfirst list pending\n',
  });
  readiness = { ready: true, reasons: [] };
  expect(await get(healthPort, '/readyz')).toMatchObject({ status: 200 });
});

it('answers a failing source with 500 and without its text', async () => {
  const { metricsPort, healthPort } = await start({
    metrics: { contentType: 'text/plain', text: () => Promise.reject(new Error('canary')) },
    readiness: () => {
      throw new Error('canary');
    },
  });
  expect(await get(metricsPort, '/metrics')).toMatchObject({ status: 500, text: 'internal error\n' });
  expect(await get(healthPort, '/readyz')).toMatchObject({ status: 500, text: 'internal error\n' });
});

it.each([
  { path: '/healthz', method: 'HEAD', status: 200, text: '' },
  { path: '/healthz', method: 'POST', status: 405, text: 'only GET and HEAD are answered here\n' },
  { path: '/', method: 'GET', status: 404, text: 'not found; here are /healthz /readyz\n' },
  { path: '/constructor', method: 'GET', status: 404, text: 'not found; here are /healthz /readyz\n' },
] as const)('answers $method $path with $status', async ({ path, method, status, text }) => {
  const { healthPort } = await start();
  expect(await get(healthPort, path, method)).toMatchObject({ status, text });
});

it('starts nothing that is switched off', async () => {
  const server = await start({ metricsAddress: undefined, healthAddress: undefined });
  expect([server.metricsPort, server.healthPort]).toEqual([undefined, undefined]);
});

it.each([
  { part: 'metricsAddress', flag: '--metrics-bind-address' },
  { part: 'healthAddress', flag: '--health-probe-bind-address' },
] as const)('names $flag when its port is taken, and leaves nothing open', async ({ part, flag }) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  open.push({ close: () => new Promise((resolve) => taken.close(() => resolve())) });
  const address = taken.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const failed = start({ [part]: { host: '127.0.0.1', port } });
  await expect(failed).rejects.toThrow(
    new ListenError(`cannot listen on 127.0.0.1:${port}: the port is in use; choose another with ${flag}`),
  );
});

it('names an address that is not of this machine', async () => {
  const failed = start({ metricsAddress: { host: '192.0.2.1', port: 0 } });
  await expect(failed).rejects.toThrow('the address is not one of this machine');
});

it('answers what is under way before it closes', async () => {
  const scrape = Promise.withResolvers<string>();
  const asked = Promise.withResolvers<void>();
  const server = await start({
    metrics: {
      contentType: 'text/plain',
      text: () => {
        asked.resolve();
        return scrape.promise;
      },
    },
  });
  const answer = get(server.metricsPort, '/metrics');
  await asked.promise;
  const closed = server.close(new AbortController().signal);
  scrape.resolve('up 1\n');
  expect(await answer).toMatchObject({ status: 200, text: 'up 1\n' });
  await closed;
  await expect(get(server.metricsPort, '/metrics')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('cuts what hangs when the patience of the caller ends', async () => {
  const asked = Promise.withResolvers<void>();
  const server = await start({
    metrics: {
      contentType: 'text/plain',
      text: () => {
        asked.resolve();
        return new Promise<string>(() => undefined);
      },
    },
  });
  const answer = get(server.metricsPort, '/metrics');
  const failed = expect(answer).rejects.toThrow();
  await asked.promise;
  const patience = new AbortController();
  const closed = server.close(patience.signal);
  patience.abort();
  await closed;
  await failed;
});
