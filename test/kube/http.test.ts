import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/core/types.ts';
import { KubeFailure } from '../../src/kube/failure.ts';
import { connect, type KubeCall } from '../../src/kube/http.ts';
import type { Scheduler } from '../../src/kube/scheduler.ts';
import { selfSigned } from '../servicestage/certificate.ts';
import { connectTo, kubeconfigText, sendJson, startLoopback, statusOf, tempFile } from './loopback.ts';
import { createVirtualTime, fastScheduler, until } from './virtual-time.ts';

const never = new AbortController().signal;
/** Sleeps hardly at all. */
const hasty: Scheduler = { ...fastScheduler, sleep: (ms, signal) => fastScheduler.sleep(ms / 10, signal) };
const get = (rest: Partial<KubeCall> = {}): KubeCall => ({
  method: 'GET',
  path: '/api/v1/things',
  signal: never,
  timeoutMs: 500_000,
  ...rest,
});

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeFailure)) throw new Error(`no KubeFailure but ${String(error)}`);
  return error.failure;
}

describe('an answer of the API server', () => {
  const failures = [
    {
      name: '401',
      status: 401,
      body: statusOf(401, 'Unauthorized'),
      want: { class: 'credentials', code: 'Unauthorized' },
    },
    {
      name: '403',
      status: 403,
      body: statusOf(403, 'Forbidden'),
      want: { class: 'permission', httpStatus: 403 },
    },
    { name: '400', status: 400, body: statusOf(400, 'BadRequest'), want: { class: 'permanent' } },
    { name: '413', status: 413, body: statusOf(413, 'RequestEntityTooLarge'), want: { class: 'permanent' } },
    {
      name: '500',
      status: 500,
      body: statusOf(500, 'InternalError'),
      want: { class: 'transient', code: 'InternalError' },
    },
    { name: '503 without a Status', status: 503, body: {}, want: { class: 'transient', code: 'HTTP_503' } },
    { name: '302', status: 302, body: {}, want: { class: 'transient', code: 'HTTP_302' } },
    {
      name: 'a version that is not reached yet',
      status: 504,
      body: statusOf(504, 'Timeout', { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }),
      want: { class: 'transient', code: 'ResourceVersionTooLarge' },
    },
  ];
  it.each(failures)('$name is a failure of its class', async ({ status, body, want }) => {
    await using server = await startLoopback((_, response) => sendJson(response, status, body));
    await using http = await connectTo(server.url, fastScheduler);
    expect(await failureOf(http.request(get()))).toMatchObject(want);
  });

  it.each([200, 404, 409, 410, 422])('%i from Kubernetes is a fact', async (status) => {
    await using server = await startLoopback((_, response) =>
      sendJson(response, status, statusOf(status, 'Fact')),
    );
    await using http = await connectTo(server.url, fastScheduler);
    expect(await http.request(get())).toMatchObject({ status, json: { kind: 'Status' } });
  });

  it.each([200, 404, 409])('%i with an HTML page is no fact, and the page is not quoted', async (status) => {
    await using server = await startLoopback((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' });
      response.end('<html>canary</html>');
    });
    await using http = await connectTo(server.url, fastScheduler);
    const failure = await failureOf(http.request(get()));
    expect(failure.class).toBe('transient');
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  it('429 says how long to wait', async () => {
    await using server = await startLoopback((_, response) =>
      sendJson(response, 429, statusOf(429, 'TooManyRequests'), { 'retry-after': '7' }),
    );
    await using http = await connectTo(server.url, fastScheduler);
    expect(await failureOf(http.request(get()))).toMatchObject({ class: 'throttled', retryAfterMs: 7_000 });
  });

  it.each(['', '{"half":', 'null', '[]'])('200 with body %j is a transport failure', async (body) => {
    await using server = await startLoopback((_, response) => {
      response.end(body);
    });
    await using http = await connectTo(server.url, fastScheduler);
    expect(await failureOf(http.request(get()))).toMatchObject({ class: 'transient', code: 'GARBAGE' });
  });

  it('a message is cut to 300 bytes', async () => {
    await using server = await startLoopback((_, response) =>
      sendJson(response, 403, { ...statusOf(403, 'Forbidden'), message: 'ä'.repeat(1_000) }),
    );
    await using http = await connectTo(server.url, fastScheduler);
    const { message } = await failureOf(http.request(get()));
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(300);
    expect(message).not.toContain('\uFFFD');
  });
});

describe('a connection that fails', () => {
  const wrong = [
    { name: 'a body shorter than promised', raw: 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":1}' },
    {
      name: 'a chunk that breaks off',
      raw: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"a":',
    },
    { name: 'no HTTP at all', raw: 'SSH-2.0-OpenSSH\r\n' },
    { name: 'a reset before the answer', raw: '' },
  ];
  it.each(wrong)('$name is transient', async ({ raw }) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(raw));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await using http = await connectTo(`http://127.0.0.1:${port}`, fastScheduler);
    expect(await failureOf(http.request(get()))).toMatchObject({ class: 'transient' });
    server.close();
  });

  it('a refused connection names its code', async () => {
    await using http = await connectTo('http://127.0.0.1:1', fastScheduler);
    expect(await failureOf(http.request(get()))).toMatchObject({ class: 'transient', code: 'ECONNREFUSED' });
  });

  it('an answer that does not come ends at the deadline', async () => {
    const time = createVirtualTime();
    await using server = await startLoopback(() => undefined);
    await using http = await connectTo(server.url, time);
    const answer = failureOf(http.request(get({ timeoutMs: 5_000 })));
    await until(() => server.requests.length === 1);
    await time.advance(5_000);
    expect(await answer).toMatchObject({ class: 'transient', code: 'TIMEOUT' });
  });

  it('an abort of the caller throws the reason of the caller', async () => {
    await using server = await startLoopback(() => undefined);
    await using http = await connectTo(server.url, fastScheduler);
    const stop = new AbortController();
    const answer = http.request(get({ signal: stop.signal }));
    await until(() => server.requests.length === 1);
    stop.abort(new Error('shutting down'));
    await expect(answer).rejects.toThrow('shutting down');
  });

  it('a slow request does not hold up another', async () => {
    await using server = await startLoopback((seen, response) => {
      if (seen.path !== '/slow') sendJson(response, 200, {});
    });
    await using http = await connectTo(server.url, fastScheduler);
    const stop = new AbortController();
    const slow = http.request(get({ path: '/slow', signal: stop.signal })).catch(() => 'cut');
    await until(() => server.requests.length === 1);
    expect((await http.request(get())).status).toBe(200);
    stop.abort();
    expect(await slow).toBe('cut');
  });
});

describe('credentials', () => {
  it('that were rotated are read again after a 401, once, and the call is repeated', async () => {
    await using server = await startLoopback((seen, response) => {
      if (seen.headers.authorization === 'Bearer second') sendJson(response, 200, {});
      else sendJson(response, 401, statusOf(401, 'Unauthorized'));
    });
    using file = tempFile(kubeconfigText(server.url, { token: 'first' }));
    const http = await connect({ kubeconfigPath: file.path, scheduler: fastScheduler });
    file.write(kubeconfigText(server.url, { token: 'second' }));
    const answers = await Promise.all([http.request(get()), http.request(get()), http.request(get())]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await http.close();
  });

  it('that did not change are not tried twice', async () => {
    await using server = await startLoopback((_, response) =>
      sendJson(response, 401, statusOf(401, 'Unauthorized')),
    );
    await using http = await connectTo(server.url, fastScheduler);
    expect(await failureOf(http.request(get()))).toMatchObject({ class: 'credentials' });
    expect(server.requests).toHaveLength(1);
  });

  it('are read again once a minute without being asked', async () => {
    const time = createVirtualTime();
    await using server = await startLoopback((_, response) => sendJson(response, 200, {}));
    using token = tempFile('first\n', 'token');
    using file = tempFile(kubeconfigText(server.url, { tokenFile: token.path }));
    const http = await connect({ kubeconfigPath: file.path, scheduler: time });
    await http.request(get());
    token.write('second\n');
    await http.request(get());
    await time.advance(61_000);
    await http.request(get());
    await time.advance(0);
    await http.request(get());
    const sent = server.requests.map(({ headers }) => headers.authorization);
    expect(sent[0]).toBe('Bearer first');
    expect(sent.at(-1)).toBe('Bearer second');
    await http.close();
  });

  it('follow a new certificate authority after a failed handshake', async () => {
    const old = selfSigned('localhost');
    const fresh = selfSigned('localhost');
    const server = createTlsServer({ key: fresh.key, cert: fresh.cert }, (_, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const config = (ca: string): string =>
      kubeconfigText(
        `https://127.0.0.1:${port}`,
        {},
        { 'certificate-authority-data': Buffer.from(ca).toString('base64'), 'tls-server-name': 'localhost' },
      );
    using file = tempFile(config(old.cert));
    const http = await connect({ kubeconfigPath: file.path, scheduler: fastScheduler });
    const refused = await failureOf(http.request(get()));
    expect(refused).toMatchObject({ class: 'transient' });
    expect(refused.message).toContain('certificate-authority');
    file.write(config(fresh.cert));
    // The credentials are read again at most every five seconds.
    let status = 0;
    while (status !== 200)
      status = await http.request(get()).then(
        (answer) => answer.status,
        () => 0,
      );
    await http.close();
    server.closeAllConnections();
    server.close();
  });

  it('from a plug-in that hangs neither hang the start nor a request', async () => {
    const exec = (script: string): object => ({
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] },
    });
    const hang = 'exec sleep 3';
    await using server = await startLoopback((_, response) =>
      sendJson(response, 401, statusOf(401, 'Unauthorized')),
    );
    using file = tempFile(kubeconfigText(server.url, exec(hang)));
    expect(await failureOf(connect({ kubeconfigPath: file.path, scheduler: hasty }))).toMatchObject({
      class: 'configuration',
      message: expect.stringContaining('plug-in'),
    });
    file.write(kubeconfigText(server.url, exec(`echo '{"status":{"token":"t"}}'`)));
    const http = await connect({ kubeconfigPath: file.path, scheduler: fastScheduler });
    file.write(kubeconfigText(server.url, exec(hang)));
    expect(await failureOf(http.request(get()))).toMatchObject({ class: 'credentials' });
    await http.close();
  });

  it('of a half-written file are ignored', async () => {
    const time = createVirtualTime();
    await using server = await startLoopback((_, response) => sendJson(response, 200, {}));
    using file = tempFile(kubeconfigText(server.url));
    const http = await connect({ kubeconfigPath: file.path, scheduler: time });
    file.write('apiVersion: v1\nclusters: [');
    await time.advance(61_000);
    expect((await http.request(get())).status).toBe(200);
    await time.advance(61_000);
    expect((await http.request(get())).status).toBe(200);
    await http.close();
  });
});

describe('what is sent', () => {
  it('keeps the path prefix of the server, encodes the query and names the type of the body', async () => {
    await using server = await startLoopback((_, response) => sendJson(response, 200, {}));
    await using http = await connectTo(`${server.url}/k8s/clusters/c-1`, fastScheduler);
    await http.request(
      get({
        method: 'PATCH',
        query: { labelSelector: 'a=b,c in (d)' },
        body: [1],
        contentType: 'application/json-patch+json',
      }),
    );
    const [seen] = server.requests;
    expect(seen?.path).toBe('/k8s/clusters/c-1/api/v1/things');
    expect(seen?.query.get('labelSelector')).toBe('a=b,c in (d)');
    expect(seen?.headers).toMatchObject({
      'content-type': 'application/json-patch+json',
      authorization: 'Bearer first',
    });
    expect(seen?.body).toBe('[1]');
  });
});
