import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { SubmitOutcome } from '../../src/core/types.ts';
import { selfSigned } from './certificate.ts';
import {
  CANARY,
  COMPONENT_PATH,
  cloudAt,
  JOB_ID,
  json,
  type Loopback,
  never,
  serve,
  serveRaw,
  TARGET,
  TOKEN_SECRET,
  until,
} from './server.ts';

const BODY = '{"name":"weather","version":"1.0.2"}';

async function modifyAt(
  server: Loopback,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<SubmitOutcome> {
  await using cloud = cloudAt(server.url, { requestTimeoutMs: options.timeoutMs ?? 5_000 });
  return await cloud.open(TARGET, TOKEN_SECRET).modify(BODY, options.signal ?? never());
}

/** A raw server that answers each request with the given text and then ends or resets the connection. */
function answering(text: string, end: 'end' | 'reset' | 'hold' = 'end'): Promise<Loopback> {
  return serveRaw((socket) => {
    socket.write(text, () => {
      if (end === 'end') socket.end();
      if (end === 'reset') setTimeout(() => socket.resetAndDestroy(), 10);
    });
  });
}

describe('modify on the wire', () => {
  it('sends exactly the text it was given, with the documented headers', async () => {
    await using server = await serve((_seen, response) => json(response, 200, { job_id: JOB_ID }));
    await expect(modifyAt(server)).resolves.toEqual({ kind: 'accepted', jobId: JOB_ID, requestId: 'req-1' });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ method: 'PUT', url: COMPONENT_PATH, body: BODY });
    expect(server.seen[0]?.headers).toMatchObject({
      'content-type': 'application/json;charset=utf8',
      'x-language': 'en-us',
      'x-auth-token': CANARY.token,
      'x-project-id': TARGET.projectId,
      'user-agent': 'servicestage-operator/test',
      connection: 'close',
    });
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('uses a new connection for every write and never one that a read left open', async () => {
    await using server = await serve((seen, response) =>
      json(response, 200, seen.method === 'GET' ? { name: 'weather' } : { job_id: JOB_ID }),
    );
    await using cloud = cloudAt(server.url);
    const session = cloud.open(TARGET, TOKEN_SECRET);
    await session.getComponent(never());
    await sleep(1);
    await session.getComponent(never());
    await session.modify(BODY, never());
    await session.modify(BODY, never());
    const ports = server.seen.map((seen) => seen.remotePort);
    expect(ports[0]).toBe(ports[1]);
    expect(new Set(ports).size).toBe(3);
  });

  it('is not harmed by a kept-alive connection that the server has closed meanwhile', async () => {
    await using server = await serve((seen, response) => {
      if (seen.method === 'PUT') return json(response, 200, { job_id: JOB_ID });
      json(response, 200, { name: 'weather' });
      response.socket?.resetAndDestroy();
    });
    await using cloud = cloudAt(server.url);
    const session = cloud.open(TARGET, TOKEN_SECRET);
    await session.getComponent(never()).catch(() => undefined);
    await expect(session.modify(BODY, never())).resolves.toMatchObject({ kind: 'accepted' });
    expect(server.seen.filter((seen) => seen.method === 'PUT')).toHaveLength(1);
  });

  it('sends the scale action and the deletion as documented', async () => {
    await using server = await serve((_seen, response) =>
      json(response, 200, { job_id: JOB_ID, result: 'succeeded' }),
    );
    await using cloud = cloudAt(server.url);
    const session = cloud.open(TARGET, TOKEN_SECRET);
    await expect(session.act({ action: 'scale', replica: 2 }, never())).resolves.toMatchObject({
      kind: 'accepted',
    });
    await session.act({ action: 'scale', replica: 2, hosts: ['h1'] }, never());
    await expect(session.remove(never())).resolves.toEqual({ kind: 'accepted', requestId: 'req-1' });
    expect(server.seen.map(({ method, url, body }) => ({ method, url, body }))).toEqual([
      {
        method: 'POST',
        url: `${COMPONENT_PATH}/action`,
        body: '{"action":"scale","parameters":{"replica":2}}',
      },
      {
        method: 'POST',
        url: `${COMPONENT_PATH}/action`,
        body: '{"action":"scale","parameters":{"replica":2,"hosts":["h1"]}}',
      },
      { method: 'DELETE', url: COMPONENT_PATH, body: '' },
    ]);
  });
});

describe('what a write makes of an answer', () => {
  it.each([
    ['400 with a fault of the spec', 400, { error_code: 'SVCSTG.00100400' }, 'refused', 'permanent'],
    ['400 with an unknown code', 400, { error_code: 'SVCSTG.00987654' }, 'refused', 'permanent'],
    ['400 with a missing dependency', 400, { error_code: 'SVCSTG.00501134' }, 'notSent', 'configuration'],
    [
      '400 with repository authorisation',
      400,
      { error_code: 'SVCSTG.REPO.0401' },
      'notSent',
      'configuration',
    ],
    ['404 with a missing environment', 404, { error_code: 'SVCSTG.00100411' }, 'notSent', 'configuration'],
    ['404 of the component', 404, { error_code: 'SVCSTG.00100404' }, 'notSent', 'permanent'],
    ['404 of the path', 404, { error_code: 'APIGW.0101' }, 'notSent', 'configuration'],
    ['401', 401, { error_code: 'APIGW.0301' }, 'notSent', 'credentials'],
    ['401 that means absent', 401, { error_code: 'SVCSTG.00100401' }, 'notSent', 'permanent'],
    ['403', 403, { error_code: 'APIGW.0302' }, 'notSent', 'permission'],
    ['409', 409, {}, 'notSent', 'transient'],
    ['413', 413, {}, 'refused', 'permanent'],
    ['429', 429, { error_code: 'APIGW.0308' }, 'notSent', 'throttled'],
    ['408', 408, {}, 'unknown', 'unknownOutcome'],
    ['500', 500, { error_code: 'SVCSTG.00100400' }, 'unknown', 'unknownOutcome'],
    ['502', 502, '<html>bad gateway</html>', 'unknown', 'unknownOutcome'],
    ['504', 504, '', 'unknown', 'unknownOutcome'],
    ['200 without a job id', 200, { ok: true }, 'unknown', 'unknownOutcome'],
    ['200 with an id that is no path part', 200, { job_id: '../x' }, 'unknown', 'unknownOutcome'],
    ['200 with HTML', 200, '<html>login</html>', 'unknown', 'unknownOutcome'],
    ['200 with nothing', 200, '', 'unknown', 'unknownOutcome'],
    ['200 with half a JSON', 200, '{"job_id":"JOB1', 'unknown', 'unknownOutcome'],
    ['202 with a job id', 202, { job_id: JOB_ID }, 'accepted', undefined],
  ])('%s', async (_name, status, body, kind, cls) => {
    await using server = await serve((_seen, response) => {
      response.writeHead(status, { 'retry-after': '7' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    const outcome = await modifyAt(server);
    expect(outcome.kind).toBe(kind);
    if (outcome.kind === 'accepted') return;
    expect(outcome.failure.class).toBe(cls);
    expect(outcome.failure.httpStatus).toBe(status);
    if (status === 429) expect(outcome.failure.retryAfterMs).toBe(7_000);
    expect(server.seen).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect %i', async (status) => {
    await using elsewhere = await serve((_seen, response) => json(response, 200, { job_id: JOB_ID }));
    await using server = await serve((_seen, response) => {
      response.writeHead(status, { location: `${elsewhere.url}/x` }).end();
    });
    await expect(modifyAt(server)).resolves.toMatchObject({
      kind: 'notSent',
      failure: { class: 'configuration' },
    });
    expect(elsewhere.seen).toHaveLength(0);
  });

  it('discards an answer of 10 MB and does not know the outcome', async () => {
    await using server = await serve((_seen, response) => response.end('x'.repeat(10 * 1024 * 1024)));
    const outcome = await modifyAt(server);
    expect(outcome).toMatchObject({ kind: 'unknown', failure: { code: 'ANSWER_TOO_LARGE' } });
  });

  it('still believes the status of a refusal of 10 MB', async () => {
    await using server = await serve((_seen, response) => {
      response.writeHead(400).end('x'.repeat(10 * 1024 * 1024));
    });
    await expect(modifyAt(server)).resolves.toMatchObject({ kind: 'refused', failure: { httpStatus: 400 } });
  });

  it.each([
    ['closes without an answer', '', 'end'],
    ['resets without an answer', '', 'reset'],
    ['sends half a status line', 'HTTP/1.1 20', 'end'],
    ['sends half the headers', 'HTTP/1.1 200 OK\r\ncontent-le', 'reset'],
    ['breaks off in the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"job_id":"JOB1"}', 'end'],
    ['resets in the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"job_id":"JOB1"}', 'reset'],
    ['breaks off in a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{"job_id"', 'end'],
    ['does not speak HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'end'],
    ['breaks off in a refusal', 'HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{"error_', 'end'],
  ] as const)(
    'does not know the outcome when the server %s, and sends no second request',
    async (_name, text, end) => {
      await using server = await answering(text, end);
      const outcome = await modifyAt(server);
      expect(outcome).toMatchObject({ kind: 'unknown', failure: { class: 'unknownOutcome' } });
      await sleep(20);
      expect(server.seen).toHaveLength(1);
      expect(server.connections).toHaveLength(1);
    },
  );

  it('shows no secret of the body or the identity that an answer echoes', async () => {
    const password = 'db-canary-"pw"\n/0001';
    await using server = await serve((seen, response) =>
      json(response, 400, {
        error_code: 'SVCSTG.00100400',
        error_msg: `invalid: ${seen.body} ${seen.headers['x-auth-token']}`,
      }),
    );
    await using cloud = cloudAt(server.url);
    const body = JSON.stringify({ http_password: password });
    const outcome = await cloud.open(TARGET, TOKEN_SECRET).modify(body, never(), [password]);
    expect(JSON.stringify(outcome)).not.toMatch(/canary/i);
    expect(outcome).toMatchObject({ failure: { message: 'invalid: {"http_password":"***"} ***' } });
    const again = await cloud.open(TARGET, TOKEN_SECRET).withSecrets([password]).modify(body, never());
    expect(again).toEqual(outcome);
  });
});

describe('whether a byte left', () => {
  it('is certain that nothing was sent when the connection is refused', async () => {
    const server = await serve(() => undefined);
    await server[Symbol.asyncDispose]();
    await expect(modifyAt(server)).resolves.toMatchObject({
      kind: 'notSent',
      failure: { class: 'transient', code: 'ECONNREFUSED' },
    });
  });

  it('is certain that nothing was sent when the name does not resolve', async () => {
    await using cloud = cloudAt('http://no-such-host.invalid');
    const outcome = await cloud.open(TARGET, TOKEN_SECRET).modify(BODY, never());
    expect(outcome).toMatchObject({ kind: 'notSent', failure: { class: 'transient' } });
    expect(outcome).toMatchObject({ failure: { message: expect.stringContaining('does not resolve') } });
  });

  it('is certain that nothing was sent when no connection comes up in time', async () => {
    // TLS to a server that accepts and stays silent: the handshake never ends.
    await using server = await serveRaw(() => undefined);
    await using cloud = cloudAt(server.url.replace('http:', 'https:'), { connectTimeoutMs: 50 });
    await expect(cloud.open(TARGET, TOKEN_SECRET).modify(BODY, never())).resolves.toMatchObject({
      kind: 'notSent',
      failure: { class: 'transient', code: 'CONNECT_TIMEOUT' },
    });
  });

  it('is certain that nothing was sent when it is stopped before the connection stands', async () => {
    await using server = await serveRaw(() => undefined);
    await using cloud = cloudAt(server.url.replace('http:', 'https:'));
    const outcome = await cloud.open(TARGET, TOKEN_SECRET).modify(BODY, AbortSignal.timeout(30));
    expect(outcome).toMatchObject({ kind: 'notSent', failure: { class: 'transient' } });
  });

  it('sends nothing at all when it is stopped before it begins', async () => {
    await using server = await serve((_seen, response) => json(response, 200, { job_id: JOB_ID }));
    await expect(modifyAt(server, { signal: AbortSignal.abort() })).resolves.toMatchObject({
      kind: 'notSent',
      failure: { code: 'ABORTED' },
    });
    expect(server.connections).toHaveLength(0);
  });

  it('does not know the outcome after a time-out and resets the connection', async () => {
    await using server = await serve(() => undefined);
    await expect(modifyAt(server, { timeoutMs: 60 })).resolves.toMatchObject({
      kind: 'unknown',
      failure: { class: 'unknownOutcome', code: 'TIMEOUT' },
    });
    await until(() => server.resets.length > 0);
    expect(server.resets).toEqual(['ECONNRESET']);
    expect(server.seen).toHaveLength(1);
  });

  it('does not know the outcome when it is stopped half-way and resets the connection', async () => {
    const stop = new AbortController();
    await using server = await serve(() => stop.abort());
    await expect(modifyAt(server, { signal: stop.signal })).resolves.toMatchObject({
      kind: 'unknown',
      failure: { class: 'unknownOutcome', code: 'ABORTED' },
    });
    await until(() => server.resets.length > 0);
    expect(server.resets).toEqual(['ECONNRESET']);
  });

  it('ends at the time limit when the answer drips, and does not know the outcome', async () => {
    await using server = await answering('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"job', 'hold');
    await expect(modifyAt(server, { timeoutMs: 60 })).resolves.toMatchObject({ kind: 'unknown' });
  });
});

describe('TLS', () => {
  const tls = selfSigned('localhost');

  it('sends nothing to a certificate nobody vouches for', async () => {
    await using server = await serve((_seen, response) => json(response, 200, { job_id: JOB_ID }), tls);
    await expect(modifyAt(server)).resolves.toMatchObject({
      kind: 'notSent',
      failure: { class: 'configuration', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(server.seen).toHaveLength(0);
  });

  it('sends nothing when it may no longer, found once the connection stands', async () => {
    await using server = await serve((_seen, response) => json(response, 200, { job_id: JOB_ID }), tls);
    await using cloud = cloudAt(server.url, {
      extraCa: [tls.cert],
      mayWrite: () => server.connections.length === 0,
    });
    await expect(cloud.open(TARGET, TOKEN_SECRET).modify(BODY, never())).resolves.toMatchObject({
      kind: 'notSent',
      failure: { class: 'transient', code: 'ABORTED' },
    });
    expect(server.connections).toHaveLength(1);
    expect(server.seen).toHaveLength(0);
  });

  it('sends nothing to a trusted certificate of another name', async () => {
    const other = selfSigned('other.example');
    await using server = await serve((_seen, response) => json(response, 200, { job_id: JOB_ID }), other);
    await using cloud = cloudAt(server.url, { extraCa: [other.cert] });
    await expect(cloud.open(TARGET, TOKEN_SECRET).modify(BODY, never())).resolves.toMatchObject({
      kind: 'notSent',
      failure: { class: 'configuration', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
    expect(server.seen).toHaveLength(0);
  });

  it('works with a CA that the operator was given, and resets also there', async () => {
    await using server = await serve((_seen, response, index) => {
      if (index === 0) json(response, 200, { job_id: JOB_ID });
    }, tls);
    await using cloud = cloudAt(server.url, {
      extraCa: [tls.cert],
      requestTimeoutMs: 1_500,
      allowInsecureEndpoint: 'no',
    });
    const session = cloud.open(TARGET, TOKEN_SECRET);
    await expect(session.modify(BODY, never())).resolves.toMatchObject({ kind: 'accepted' });
    await expect(session.modify(BODY, never())).resolves.toMatchObject({ kind: 'unknown' });
    await until(() => server.resets.length > 0);
    expect(server.resets).toEqual(['ECONNRESET']);
    expect(server.seen).toHaveLength(2);
  });

  it('says configuration when the endpoint does not speak TLS', async () => {
    await using server = await serve((_seen, response) => json(response, 200, {}));
    await using cloud = cloudAt(server.url.replace('http:', 'https:'));
    await expect(cloud.open(TARGET, TOKEN_SECRET).modify(BODY, never())).resolves.toMatchObject({
      kind: 'notSent',
      failure: { class: 'configuration' },
    });
    expect(server.seen).toHaveLength(0);
  });
});

describe('remove', () => {
  it.each([
    ['200 with an id', 200, { component_id: 'x' }, 'accepted'],
    ['200 without a body', 200, '', 'accepted'],
    ['204', 204, '', 'accepted'],
    ['200 with HTML', 200, '<html>', 'unknown'],
    ['404 of the component', 404, { error_code: 'SVCSTG.00100404' }, 'gone'],
    ['404 of the application', 404, { error_code: 'SVCSTG.00100403' }, 'gone'],
    ['401 that means absent', 401, { error_code: 'SVCSTG.00100401' }, 'gone'],
    ['404 of the path', 404, { error_code: 'APIGW.0101' }, 'refused'],
    ['404 of a proxy', 404, '<html>', 'refused'],
    ['409', 409, { error_code: 'SVCSTG.00100409' }, 'busy'],
    ['429', 429, {}, 'busy'],
    ['400', 400, {}, 'refused'],
    ['401', 401, { error_code: 'APIGW.0301' }, 'refused'],
    ['403', 403, {}, 'refused'],
    ['500', 500, {}, 'unknown'],
  ])('%s', async (_name, status, body, kind) => {
    await using server = await serve((_seen, response) => {
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await using cloud = cloudAt(server.url);
    await expect(cloud.open(TARGET, TOKEN_SECRET).remove(never())).resolves.toMatchObject({ kind });
  });

  it('is busy, not refused, when no connection comes up', async () => {
    const server = await serve(() => undefined);
    await server[Symbol.asyncDispose]();
    await using cloud = cloudAt(server.url);
    await expect(cloud.open(TARGET, TOKEN_SECRET).remove(never())).resolves.toMatchObject({ kind: 'busy' });
  });
});
