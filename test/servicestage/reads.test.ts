import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Cloud } from '../../src/controller/ports.ts';
import { selfSigned } from './certificate.ts';
import {
  CANARY,
  COMPONENT,
  COMPONENT_PATH,
  cloudAt,
  failureOf,
  type Handler,
  JOB_ID,
  json,
  never,
  serve,
  serveRaw,
  TARGET,
  TOKEN_SECRET,
} from './server.ts';

const JOB_PATH = `/v3/${TARGET.projectId}/cas/jobs/${JOB_ID}`;

describe('getComponent', () => {
  it('reads the component and keeps its connection for the next read', async () => {
    await using server = await serve((_seen, response) => json(response, 200, COMPONENT));
    await using cloud = cloudAt(server.url);
    const port: Cloud = cloud;
    const session = port.open(TARGET, TOKEN_SECRET);
    for (let times = 0; times < 3; times += 1) {
      await expect(session.getComponent(never())).resolves.toMatchObject({
        kind: 'found',
        value: { name: 'weather' },
      });
      await setImmediate();
    }
    expect(server.connections).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ method: 'GET', url: COMPONENT_PATH });
    expect(cloud.calls).toEqual(
      Array.from({ length: 3 }, () => ({
        operation: 'getComponent',
        codeClass: '2xx',
        region: 'cn-north-4',
        ms: 0,
      })),
    );
  });

  it.each([
    [404, { error_code: 'SVCSTG.00100404', error_msg: 'component not found' }],
    [404, { error_code: 'SVCSTG.00100403', error_msg: 'application not found' }],
    [401, { error_code: 'SVCSTG.00100401', error_msg: 'no such object' }],
  ])('says missing when the service does (HTTP %i, %j)', async (status, body) => {
    await using server = await serve((_seen, response) => json(response, status, body));
    await using cloud = cloudAt(server.url);
    await expect(cloud.open(TARGET, TOKEN_SECRET).getComponent(never())).resolves.toEqual({
      kind: 'missing',
      code: body.error_code,
      message: body.error_msg,
    });
  });

  it.each([
    ['the path is unknown', 404, { error_code: 'APIGW.0101' }, 'configuration'],
    ['a proxy answers 404', 404, '<html>not found</html>', 'configuration'],
    ['404 comes without a body', 404, '', 'configuration'],
    ['the gateway has no backend', 404, { error_code: 'APIGW.0103' }, 'transient'],
    ['something it depends on is missing', 404, { error_code: 'SVCSTG.00100411' }, 'configuration'],
    ['the service uses an unknown code', 404, { error_code: 'SVCSTG.00109999' }, 'permanent'],
    ['the identity is refused', 401, { error_code: 'APIGW.0301' }, 'credentials'],
    ['the permission is missing', 403, { error_code: 'APIGW.0302' }, 'permission'],
    ['"no access" comes with 403', 403, { error_code: 'SVCSTG.00100401' }, 'permission'],
    ['absence comes with 400', 400, { error_code: 'SVCSTG.00100404' }, 'permanent'],
    ['it is throttled', 429, { error_code: 'APIGW.0308' }, 'throttled'],
    ['it is redirected', 302, '', 'configuration'],
    ['a page comes with 200', 200, '<html>login</html>', 'transient'],
    ['nothing comes with 200', 200, '', 'transient'],
    ['an empty object comes with 200', 200, {}, 'transient'],
    ['half a JSON comes with 200', 200, '{"name":"wea', 'transient'],
    ['the service fails', 500, {}, 'transient'],
  ])('fails, and does not say missing, when %s', async (_name, status, body, cls) => {
    await using server = await serve((_seen, response) => {
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await using cloud = cloudAt(server.url);
    const failure = await failureOf(cloud.open(TARGET, TOKEN_SECRET).getComponent(never()));
    expect(failure).toMatchObject({ class: cls, httpStatus: status });
    expect(server.seen).toHaveLength(1);
  });
});

describe('quick retries of reads', () => {
  const failing =
    (failures: number, fail: Handler): Handler =>
    (seen, response, index) =>
      index < failures ? fail(seen, response, index) : json(response, 200, COMPONENT);

  it.each([502, 503, 504])('tries twice more after %i', async (status) => {
    await using server = await serve(failing(2, (_seen, response) => void response.writeHead(status).end()));
    await using cloud = cloudAt(server.url);
    await expect(cloud.open(TARGET, TOKEN_SECRET).getComponent(never())).resolves.toMatchObject({
      kind: 'found',
    });
    expect(cloud.calls.map((call) => call.codeClass)).toEqual(['5xx', '5xx', '2xx']);
  });

  it('tries twice more after a reset and after an answer that broke off', async () => {
    await using server = await serve(
      failing(2, (_seen, response, index) => {
        if (index === 1) response.writeHead(200, { 'content-length': '500' }).write('{"name"');
        response.socket?.resetAndDestroy();
      }),
    );
    await using cloud = cloudAt(server.url);
    await expect(cloud.open(TARGET, TOKEN_SECRET).getComponent(never())).resolves.toMatchObject({
      kind: 'found',
    });
    expect(server.seen).toHaveLength(3);
  });

  it('gives up after the third try with what the last one said', async () => {
    await using server = await serve((_seen, response) => json(response, 503, { error_msg: 'maintenance' }));
    await using cloud = cloudAt(server.url);
    const failure = await failureOf(cloud.open(TARGET, TOKEN_SECRET).getComponent(never()));
    expect(failure).toMatchObject({ class: 'transient', code: 'HTTP_503', message: 'maintenance' });
    expect(server.seen).toHaveLength(3);
  });

  it('does not try again at once when the service names a time', async () => {
    await using server = await serve(
      (_seen, response) => void response.writeHead(503, { 'retry-after': '30' }).end(),
    );
    await using cloud = cloudAt(server.url);
    const failure = await failureOf(cloud.open(TARGET, TOKEN_SECRET).getComponent(never()));
    expect(failure).toMatchObject({ class: 'transient', retryAfterMs: 30_000 });
    expect(server.seen).toHaveLength(1);
    expect(cloud.calls[0]).toMatchObject({ codeClass: '5xx', retryAfterMs: 30_000 });
  });

  it('does not try again after a time-out, and keeps to one limit for all tries', async () => {
    await using server = await serve(() => undefined);
    await using cloud = cloudAt(server.url, { requestTimeoutMs: 50 });
    const failure = await failureOf(cloud.open(TARGET, TOKEN_SECRET).getComponent(never()));
    expect(failure).toMatchObject({ class: 'transient', code: 'TIMEOUT' });
    expect(server.seen).toHaveLength(1);
  });

  it('stops at once when the caller does', async () => {
    const stop = new AbortController();
    await using server = await serve(() => stop.abort());
    await using cloud = cloudAt(server.url);
    const failure = await failureOf(cloud.open(TARGET, TOKEN_SECRET).getComponent(stop.signal));
    expect(failure).toMatchObject({ class: 'transient', code: 'ABORTED' });
    expect(server.seen).toHaveLength(1);
  });

  it('does not try again an untrusted certificate', async () => {
    await using server = await serve(
      (_seen, response) => json(response, 200, COMPONENT),
      selfSigned('localhost'),
    );
    await using cloud = cloudAt(server.url);
    const failure = await failureOf(cloud.open(TARGET, TOKEN_SECRET).getComponent(never()));
    expect(failure).toMatchObject({ class: 'configuration', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(cloud.calls.map((call) => call.codeClass)).toEqual(['tls']);
  });
});

describe('bounds', () => {
  it('discards an answer of 10 MB and closes its connection', async () => {
    await using server = await serve((_seen, response) =>
      response.end(`{"name":"${'x'.repeat(10 * 1024 * 1024)}"}`),
    );
    await using cloud = cloudAt(server.url);
    const failure = await failureOf(cloud.open(TARGET, TOKEN_SECRET).getComponent(never()));
    expect(failure).toMatchObject({ class: 'transient', code: 'ANSWER_TOO_LARGE' });
    expect(server.seen).toHaveLength(1);
  });

  it('reads an answer of almost 1 MiB', async () => {
    const description = 'x'.repeat(1_000_000);
    await using server = await serve((_seen, response) => json(response, 200, { ...COMPONENT, description }));
    await using cloud = cloudAt(server.url);
    await expect(cloud.open(TARGET, TOKEN_SECRET).getComponent(never())).resolves.toMatchObject({
      value: { body: { description } },
    });
  });

  it('takes a server that does not speak HTTP for a passing failure', async () => {
    await using server = await serveRaw((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    await using cloud = cloudAt(server.url);
    const failure = await failureOf(cloud.open(TARGET, TOKEN_SECRET).getComponent(never()));
    expect(failure).toMatchObject({ class: 'transient', code: 'INVALID_HTTP' });
  });
});

describe('getJob', () => {
  const tasks = (from: number, to: number): object[] =>
    Array.from({ length: to - from }, (_unused, at) => ({
      task_id: `Task-${from + at}`,
      task_name: `STEP_${from + at}`,
      task_status: 'SUCCEEDED',
      messages: '{}',
    }));

  it('follows the pages of tasks by their count', async () => {
    await using server = await serve((seen, response) => {
      const offset = Number(new URL(seen.url, 'http://x').searchParams.get('offset'));
      json(response, 200, {
        task_count: 45,
        job: { execution_status: 'FAILED' },
        tasks: tasks(offset, Math.min(offset + 20, 45)),
      });
    });
    await using cloud = cloudAt(server.url);
    const job = await cloud.open(TARGET, TOKEN_SECRET).getJob(JOB_ID, never());
    expect(job).toMatchObject({ kind: 'found', value: { id: JOB_ID, phase: 'failed', rawStatus: 'FAILED' } });
    const names = job.kind === 'found' ? job.value.tasks.map((task) => task.name) : [];
    expect(names).toEqual(Array.from({ length: 45 }, (_unused, at) => `STEP_${at}`));
    expect(server.seen.map((seen) => seen.url)).toEqual([
      `${JOB_PATH}?limit=20&offset=0`,
      `${JOB_PATH}?limit=20&offset=20`,
      `${JOB_PATH}?limit=20&offset=40`,
    ]);
  });

  it('ends when the service ignores the offset', async () => {
    await using server = await serve((_seen, response) =>
      json(response, 200, { task_count: 45, job: { execution_status: 'RUNNING' }, tasks: tasks(0, 20) }),
    );
    await using cloud = cloudAt(server.url);
    const job = await cloud.open(TARGET, TOKEN_SECRET).getJob(JOB_ID, never());
    expect(job.kind === 'found' && job.value.tasks).toHaveLength(20);
    expect(server.seen).toHaveLength(2);
  });

  it('reads at most 50 pages', async () => {
    await using server = await serve((seen, response) => {
      const offset = Number(new URL(seen.url, 'http://x').searchParams.get('offset'));
      json(response, 200, {
        task_count: 1e9,
        job: { execution_status: 'RUNNING' },
        tasks: tasks(offset, offset + 20),
      });
    });
    await using cloud = cloudAt(server.url);
    const job = await cloud.open(TARGET, TOKEN_SECRET).getJob(JOB_ID, never());
    expect(job.kind === 'found' && job.value.tasks).toHaveLength(1_000);
    expect(server.seen).toHaveLength(50);
  });

  it('does not lose the end of a job when a later page cannot be read', async () => {
    await using server = await serve((_seen, response, index) =>
      index === 0
        ? json(response, 200, { task_count: 45, job: { execution_status: 'SUCCEEDED' }, tasks: tasks(0, 20) })
        : json(response, 500, {}),
    );
    await using cloud = cloudAt(server.url);
    await expect(cloud.open(TARGET, TOKEN_SECRET).getJob(JOB_ID, never())).resolves.toMatchObject({
      value: { phase: 'succeeded' },
    });
  });

  it('bounds and cleans the names and states of the service', async () => {
    const long = `a\nb ${'x'.repeat(200)}`;
    await using server = await serve((_seen, response) =>
      json(response, 200, {
        job: { execution_status: long },
        tasks: [{ task_name: long, task_status: long }],
      }),
    );
    await using cloud = cloudAt(server.url);
    const job = await cloud.open(TARGET, TOKEN_SECRET).getJob(JOB_ID, never());
    const cut = `a b ${'x'.repeat(57)}…`;
    expect(job).toMatchObject({
      value: {
        phase: 'running',
        rawStatus: cut.toUpperCase(),
        tasks: [{ name: cut, status: cut.toUpperCase(), message: '' }],
      },
    });
  });

  it('takes secrets out of the texts of tasks', async () => {
    const messages = JSON.stringify({ message: `login with ${CANARY.token} and bodysecret1 failed` });
    await using server = await serve((_seen, response) =>
      json(response, 200, { job: { execution_status: 'FAILED' }, tasks: [{ task_name: 'PULL', messages }] }),
    );
    await using cloud = cloudAt(server.url);
    const job = await cloud.open(TARGET, TOKEN_SECRET).withSecrets(['bodysecret1']).getJob(JOB_ID, never());
    expect(job).toMatchObject({
      value: { tasks: [{ name: 'PULL', message: 'login with *** and *** failed' }] },
    });
  });

  it.each([
    [404, { error_code: 'SVCSTG.00100408' }, 'SVCSTG.00100408'],
    [404, { error_code: 'SVCSTG.00109999' }, 'SVCSTG.00109999'],
    [401, { error_code: 'SVCSTG.00100401' }, 'SVCSTG.00100401'],
  ])('says missing when the service forgot the job (HTTP %i, %j)', async (status, body, code) => {
    await using server = await serve((_seen, response) => json(response, status, body));
    await using cloud = cloudAt(server.url);
    await expect(cloud.open(TARGET, TOKEN_SECRET).getJob(JOB_ID, never())).resolves.toMatchObject({
      kind: 'missing',
      code,
    });
  });

  it('fails when the path is unknown, and names the permission when it is refused', async () => {
    await using server = await serve((_seen, response, index) =>
      index === 0
        ? json(response, 404, { error_code: 'APIGW.0101' })
        : json(response, 403, { error_code: 'APIGW.0302' }),
    );
    await using cloud = cloudAt(server.url);
    const session = cloud.open(TARGET, TOKEN_SECRET);
    expect(await failureOf(session.getJob(JOB_ID, never()))).toMatchObject({ class: 'configuration' });
    const refused = await failureOf(session.getJob(JOB_ID, never()));
    expect(refused.class).toBe('permission');
    expect(refused.message).toContain('servicestage:app:listApplication');
  });

  it.each(['..', 'a/b', 'a%2fb', 'a\r\nb', '', 'a?b'])('asks nothing for the id %j', async (id) => {
    await using server = await serve((_seen, response) => json(response, 200, {}));
    await using cloud = cloudAt(server.url);
    await expect(cloud.open(TARGET, TOKEN_SECRET).getJob(id, never())).resolves.toMatchObject({
      kind: 'missing',
    });
    expect(server.seen).toHaveLength(0);
  });
});

describe('listRecords', () => {
  const record = (at: number): object => ({
    version: `1.0.${at}`,
    begin_time: String(1_752_105_600_000 + at * 1_000),
    jobs: [{ job_id: `JOB${at}` }],
  });
  const rows = (count: number): object[] => Array.from({ length: count }, (_unused, at) => record(at));

  it('reads all pages and puts the newest first whatever order the service keeps', async () => {
    await using server = await serve((seen, response) => {
      const offset = Number(new URL(seen.url, 'http://x').searchParams.get('offset'));
      json(response, 200, { count: 150, records: rows(150).slice(offset, offset + 100) });
    });
    await using cloud = cloudAt(server.url);
    const lookup = await cloud.open(TARGET, TOKEN_SECRET).listRecords(never());
    const records = lookup.kind === 'found' ? lookup.records : [];
    expect(records).toHaveLength(150);
    expect(records[0]).toEqual({ version: '1.0.149', jobIds: ['JOB149'], beginMs: 1_752_105_749_000 });
    expect(server.seen.map((seen) => seen.url)).toEqual([
      `${COMPONENT_PATH}/records?limit=100&offset=0&order=desc`,
      `${COMPONENT_PATH}/records?limit=100&offset=100&order=desc`,
    ]);
  });

  it.each([
    ['the list ends early', (offset: number) => ({ count: 150, records: offset === 0 ? rows(100) : [] })],
    ['the service repeats the first page', () => ({ count: 150, records: rows(100) })],
    ['a row is no record', () => ({ count: 1, records: ['x'] })],
    ['there is no list', () => ({ count: 1 })],
  ])('fails rather than return a short list when %s', async (_name, answer) => {
    await using server = await serve((seen, response) => {
      json(response, 200, answer(Number(new URL(seen.url, 'http://x').searchParams.get('offset'))));
    });
    await using cloud = cloudAt(server.url);
    expect(await failureOf(cloud.open(TARGET, TOKEN_SECRET).listRecords(never()))).toMatchObject({
      class: 'transient',
    });
  });

  it.each([
    ['newest first', (page: number) => 100_000 - page * 100, 'found'],
    ['oldest first', (page: number) => page * 100, 'failed'],
  ])('stops after 20 pages of an endless list, which is good only if %s', async (_name, first, want) => {
    await using server = await serve((_seen, response, index) => {
      const begin = first(index);
      const step = want === 'found' ? -1 : 1;
      json(response, 200, { count: 1e6, records: rows(100).map((_row, at) => record(begin + at * step)) });
    });
    await using cloud = cloudAt(server.url);
    const lookup = await cloud
      .open(TARGET, TOKEN_SECRET)
      .listRecords(never())
      .catch(() => ({ kind: 'failed' }));
    expect(lookup.kind).toBe(want);
    expect(server.seen).toHaveLength(20);
  });

  it.each([
    [403, { error_code: 'APIGW.0302' }, 'forbidden'],
    [404, { error_code: 'SVCSTG.00100404' }, 'missing'],
    [404, { error_code: 'APIGW.0101' }, 'missing'],
    [401, { error_code: 'SVCSTG.00100401' }, 'missing'],
  ])('says unreadable for HTTP %i %j', async (status, body, reason) => {
    await using server = await serve((_seen, response) => json(response, status, body));
    await using cloud = cloudAt(server.url);
    await expect(cloud.open(TARGET, TOKEN_SECRET).listRecords(never())).resolves.toEqual({
      kind: 'unreadable',
      reason,
    });
  });

  it('fails on the 404 page of a proxy', async () => {
    await using server = await serve((_seen, response) => void response.writeHead(404).end('<html>'));
    await using cloud = cloudAt(server.url);
    expect(await failureOf(cloud.open(TARGET, TOKEN_SECRET).listRecords(never()))).toMatchObject({
      class: 'configuration',
    });
  });
});

describe('listComponents', () => {
  it('yields the components of all pages', async () => {
    const all = Array.from({ length: 130 }, (_unused, at) => ({ id: `c${at}`, name: `n${at}`, status: {} }));
    await using server = await serve((seen, response) => {
      const offset = Number(new URL(seen.url, 'http://x').searchParams.get('offset'));
      json(response, 200, { count: 130, components: all.slice(offset, offset + 100) });
    });
    await using cloud = cloudAt(server.url);
    const ids: string[] = [];
    for await (const component of cloud.open(TARGET, TOKEN_SECRET).listComponents(never()))
      ids.push(component.id);
    expect(ids).toEqual(all.map((component) => component.id));
    expect(server.seen[1]?.url).toBe(
      `/v3/${TARGET.projectId}/cas/applications/${TARGET.applicationId}/components?limit=100&offset=100`,
    );
  });

  it('fails in the middle rather than end early', async () => {
    await using server = await serve((_seen, response, index) =>
      index === 0
        ? json(response, 200, { count: 2, components: [{ id: 'c1' }] })
        : json(response, 500, { error_msg: 'no' }),
    );
    await using cloud = cloudAt(server.url);
    const rest = cloud.open(TARGET, TOKEN_SECRET).listComponents(never());
    await expect(rest.next()).resolves.toMatchObject({ value: { id: 'c1' } });
    expect(await failureOf(rest.next())).toMatchObject({ class: 'transient' });
  });
});
