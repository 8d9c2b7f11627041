// The three ways to sign in, over the wire: access keys, plain tokens, IAM tokens by password.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CloudOptions } from '../../src/servicestage/cloud.ts';
import { authorization } from '../../src/servicestage/sign.ts';
import {
  CANARY,
  COMPONENT,
  COMPONENT_PATH,
  cloudAt,
  createClock,
  failureOf,
  JOB_ID,
  json,
  KEY_SECRET,
  type Loopback,
  never,
  PASSWORD_SECRET,
  serve,
  TARGET,
  type TestCloud,
  TOKEN_SECRET,
  until,
} from './server.ts';

const MISMATCH = {
  error_code: 'APIGW.0301',
  error_msg: 'Incorrect IAM authentication information: verify signature fail',
};
const DAY_MS = 86_400_000;

describe('access keys', () => {
  it('sign every call so that the service can verify it', async () => {
    await using server = await serve((_seen, response) =>
      json(response, 200, { ...COMPONENT, job_id: JOB_ID }),
    );
    await using cloud = cloudAt(server.url);
    const session = cloud.open(TARGET, { ...KEY_SECRET, securityToken: CANARY.securityToken });
    await session.getComponent(never());
    await session.modify('{"a":1}', never());
    await session.listRecords(never()).catch(() => undefined);
    for (const seen of server.seen) {
      const url = new URL(seen.url, server.url);
      const names = ['content-type', 'host', 'x-project-id', 'x-sdk-date', 'x-security-token'];
      const headers = Object.fromEntries(names.map((name) => [name, String(seen.headers[name])]));
      const { method, body } = seen;
      const input = { method, path: url.pathname, query: [...url.searchParams], headers, body };
      expect(seen.headers.authorization).toBe(authorization(input, KEY_SECRET));
      expect(headers).toMatchObject({ 'x-sdk-date': '20250710T000000Z', host: url.host });
      expect(seen.headers['x-auth-token']).toBeUndefined();
    }
    expect(server.seen).toHaveLength(3);
  });

  it('are tried once in 5 minutes after a refusal, by any session with the same key', async () => {
    const clock = createClock();
    await using server = await serve((_seen, response) => json(response, 401, MISMATCH));
    await using cloud = cloudAt(server.url, { now: clock.now });
    const first = await failureOf(cloud.open(TARGET, KEY_SECRET).getComponent(never()));
    expect(first).toMatchObject({ class: 'credentials', code: 'APIGW.0301', httpStatus: 401 });
    const held = await failureOf(cloud.open(TARGET, KEY_SECRET).getJob(JOB_ID, never()));
    expect(held).toEqual({ ...first, retryAfterMs: 300_000 });
    await expect(cloud.open(TARGET, KEY_SECRET).modify('{}', never())).resolves.toEqual({
      kind: 'notSent',
      failure: held,
    });
    expect(server.seen).toHaveLength(1);
    clock.advance(300_000);
    await failureOf(cloud.open(TARGET, KEY_SECRET).getComponent(never()));
    expect(server.seen).toHaveLength(2);
  });

  it('are tried once when 50 callers begin with the same bad key', async () => {
    await using server = await serve((_seen, response) => json(response, 401, MISMATCH));
    await using cloud = cloudAt(server.url);
    const failures = await Promise.all(
      Array.from({ length: 50 }, () => failureOf(cloud.open(TARGET, KEY_SECRET).getComponent(never()))),
    );
    expect(new Set(failures.map((failure) => failure.code))).toEqual(new Set(['APIGW.0301']));
    expect(server.seen).toHaveLength(1);
  });

  it('are tried at once when the Secret is corrected', async () => {
    await using server = await serve((seen, response) =>
      String(seen.headers.authorization).includes('GOODKEY')
        ? json(response, 200, COMPONENT)
        : json(response, 401, MISMATCH),
    );
    await using cloud = cloudAt(server.url);
    await failureOf(cloud.open(TARGET, KEY_SECRET).getComponent(never()));
    const corrected = { accessKey: 'GOODKEY', secretKey: 'x' };
    await expect(cloud.open(TARGET, corrected).getComponent(never())).resolves.toMatchObject({
      kind: 'found',
    });
  });

  it('are not held because an object does not exist', async () => {
    await using server = await serve((_seen, response) =>
      json(response, 401, { error_code: 'SVCSTG.00100401' }),
    );
    await using cloud = cloudAt(server.url);
    for (let times = 0; times < 2; times += 1) {
      await expect(cloud.open(TARGET, KEY_SECRET).getComponent(never())).resolves.toMatchObject({
        kind: 'missing',
      });
    }
    expect(server.seen).toHaveLength(2);
  });

  it('do not show themselves when the gateway echoes the canonical request', async () => {
    await using server = await serve((seen, response) =>
      json(response, 401, {
        error_code: 'APIGW.0301',
        error_msg: `mismatch for ${CANARY.accessKey}: x-security-token:${seen.headers['x-security-token']}|${CANARY.secretKey}`,
      }),
    );
    await using cloud = cloudAt(server.url);
    const session = cloud.open(TARGET, { ...KEY_SECRET, securityToken: CANARY.securityToken });
    const failure = await failureOf(session.getComponent(never()));
    expect(JSON.stringify(failure)).not.toMatch(/canary/i);
    expect(failure.message).toContain('mismatch for ***');
  });
});

describe('a plain token', () => {
  it('is sent as it is and its refusal is a credentials failure each time', async () => {
    await using server = await serve((_seen, response) => json(response, 401, MISMATCH));
    await using cloud = cloudAt(server.url);
    for (let times = 0; times < 2; times += 1) {
      expect(await failureOf(cloud.open(TARGET, TOKEN_SECRET).getComponent(never()))).toMatchObject({
        class: 'credentials',
      });
    }
    expect(server.seen.map((seen) => seen.headers['x-auth-token'])).toEqual([CANARY.token, CANARY.token]);
  });
});

/** ServiceStage and IAM in one server. `refuse` says whether the service takes a token. */
interface Site {
  readonly server: Loopback;
  readonly cloud: TestCloud;
  readonly issued: () => number;
  readonly asked: () => readonly string[];
}

interface SiteOptions extends Partial<CloudOptions> {
  readonly lifeMs?: number;
  readonly refuse?: (token: string) => boolean;
  readonly iam?: (index: number) => { status: number; body: unknown } | 'issue' | 'hang';
  readonly clock?: ReturnType<typeof createClock>;
}

async function createSite(options: SiteOptions = {}): Promise<Site & AsyncDisposable> {
  const {
    lifeMs = DAY_MS,
    refuse = () => false,
    iam = () => 'issue',
    clock = createClock(),
    ...rest
  } = options;
  let issued = 0;
  const server = await serve((seen, response) => {
    if (!seen.url.startsWith('/v3/auth/tokens')) {
      if (refuse(String(seen.headers['x-auth-token']))) return json(response, 401, MISMATCH);
      return json(response, 200, { ...COMPONENT, job_id: JOB_ID });
    }
    const reply = iam(issued);
    issued += 1;
    if (reply === 'hang') return;
    if (reply !== 'issue') return json(response, reply.status, reply.body);
    const now = clock.now().wall;
    const times = {
      issued_at: new Date(now).toISOString(),
      expires_at: new Date(now + lifeMs).toISOString(),
    };
    response.setHeader('X-Subject-Token', `canary-iam-token-${issued}`);
    json(response, 201, { token: times });
  });
  const cloud = cloudAt(server.url, { now: clock.now, ...rest });
  return {
    server,
    cloud,
    issued: () => issued,
    asked: () =>
      server.seen.flatMap((seen) =>
        seen.url === COMPONENT_PATH ? [String(seen.headers['x-auth-token'])] : [],
      ),
    [Symbol.asyncDispose]: async () => {
      await cloud.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('an IAM user with password', () => {
  const get = (site: Site): Promise<unknown> =>
    site.cloud.open(TARGET, PASSWORD_SECRET).getComponent(never());

  it('fetches a token for the project as IAM documents it', async () => {
    await using site = await createSite();
    await get(site);
    expect(site.server.seen[0]).toMatchObject({ method: 'POST', url: '/v3/auth/tokens?nocatalog=true' });
    expect(JSON.parse(site.server.seen[0]?.body ?? '')).toEqual({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'robot', password: CANARY.password, domain: { name: 'acme' } } },
        },
        scope: { project: { id: TARGET.projectId } },
      },
    });
    expect(site.asked()).toEqual(['canary-iam-token-1']);
    expect(site.cloud.calls.map((call) => [call.operation, call.region])).toEqual([
      ['token', 'cn-north-4'],
      ['getComponent', 'cn-north-4'],
    ]);
  });

  it('fetches one token for 50 callers at once', async () => {
    await using site = await createSite();
    await Promise.all(Array.from({ length: 50 }, () => get(site)));
    expect(site.issued()).toBe(1);
    expect(site.asked()).toHaveLength(50);
  });

  it('fetches one token per project', async () => {
    await using site = await createSite();
    await get(site);
    const other = { ...TARGET, projectId: 'f'.repeat(32) };
    await site.cloud.open(other, PASSWORD_SECRET).getComponent(never());
    expect(site.issued()).toBe(2);
  });

  it.each([
    ['24 h', DAY_MS, 0.8 * DAY_MS],
    ['30 min', 1_800_000, 1_200_000],
    ['10 min', 600_000, 300_000],
  ])('renews a token of %s in time', async (_name, lifeMs, renewAtMs) => {
    const clock = createClock();
    await using site = await createSite({ clock, lifeMs });
    await get(site);
    clock.advance(renewAtMs - 1);
    await get(site);
    expect(site.issued()).toBe(1);
    clock.advance(1);
    await get(site);
    expect(site.issued()).toBe(2);
    expect(site.asked().at(-1)).toBe('canary-iam-token-2');
  });

  it('does not let a write wait for a renewal while the token still lives', async () => {
    const clock = createClock();
    await using site = await createSite({ clock });
    const session = site.cloud.open(TARGET, PASSWORD_SECRET);
    await session.getComponent(never());
    clock.advance(0.9 * DAY_MS);
    await expect(session.modify('{}', never())).resolves.toMatchObject({ kind: 'accepted' });
    expect(site.issued()).toBe(1);
    clock.advance(0.1 * DAY_MS);
    await expect(session.modify('{}', never())).resolves.toMatchObject({ kind: 'accepted' });
    expect(site.issued()).toBe(2);
  });

  it('goes on with a living token when its renewal fails', async () => {
    const clock = createClock();
    await using site = await createSite({
      clock,
      iam: (index) => (index === 0 ? 'issue' : { status: 503, body: {} }),
    });
    await get(site);
    clock.advance(0.9 * DAY_MS);
    await expect(get(site)).resolves.toMatchObject({ kind: 'found' });
    clock.advance(0.1 * DAY_MS);
    expect(await failureOf(get(site))).toMatchObject({ class: 'transient', httpStatus: 503 });
  });

  it('renews once when the service refuses the token, for all callers together', async () => {
    await using site = await createSite({ refuse: (token) => token === 'canary-iam-token-1' });
    const results = await Promise.all(Array.from({ length: 20 }, () => get(site)));
    expect(results.every((result) => (result as { kind: string }).kind === 'found')).toBe(true);
    expect(site.issued()).toBe(2);
  });

  it('does not renew again and again when the service refuses every token', async () => {
    const clock = createClock();
    await using site = await createSite({ clock, refuse: () => true });
    for (let times = 0; times < 5; times += 1) {
      expect(await failureOf(get(site))).toMatchObject({ class: 'credentials', code: 'APIGW.0301' });
    }
    expect(site.issued()).toBe(2);
    clock.advance(300_000);
    await failureOf(get(site));
    expect(site.issued()).toBe(3);
  });

  it('sends a write once when its token is refused, and has another one for the next', async () => {
    await using site = await createSite({ refuse: (token) => token === 'canary-iam-token-1' });
    const session = site.cloud.open(TARGET, PASSWORD_SECRET);
    const first = await session.modify('{}', never());
    expect(first).toMatchObject({ kind: 'notSent', failure: { class: 'transient', code: 'APIGW.0301' } });
    expect(site.server.seen.filter((seen) => seen.method === 'PUT')).toHaveLength(1);
    await expect(session.modify('{}', never())).resolves.toMatchObject({ kind: 'accepted' });
  });

  it.each([
    [401, { error: { code: 401, message: 'The username or password is wrong.', title: 'Unauthorized' } }],
    [400, { error_code: '1103', error_msg: 'Incorrect password.' }],
    [403, { error: { code: 403, message: 'The user is disabled.', title: 'Forbidden' } }],
  ])('does not try a refused password again for 5 minutes (HTTP %i)', async (status, body) => {
    const clock = createClock();
    await using site = await createSite({ clock, iam: () => ({ status, body }) });
    const first = await failureOf(get(site));
    expect(first).toMatchObject({ class: 'credentials', httpStatus: status });
    const other = { ...TARGET, projectId: 'f'.repeat(32) };
    await failureOf(site.cloud.open(other, PASSWORD_SECRET).getComponent(never()));
    await expect(site.cloud.open(TARGET, PASSWORD_SECRET).modify('{}', never())).resolves.toMatchObject({
      kind: 'notSent',
      failure: { class: 'credentials' },
    });
    expect(site.issued()).toBe(1);
    expect(site.asked()).toEqual([]);
    const corrected = { ...PASSWORD_SECRET, password: 'another' };
    await failureOf(site.cloud.open(TARGET, corrected).getComponent(never()));
    expect(site.issued()).toBe(2);
    clock.advance(300_000);
    await failureOf(get(site));
    expect(site.issued()).toBe(3);
  });

  it.each([
    ['fails', { status: 500, body: {} }, 'transient'],
    ['throttles', { status: 429, body: {} }, 'throttled'],
    ['is not there', { status: 404, body: '' }, 'configuration'],
    ['answers without a token', { status: 201, body: {} }, 'transient'],
    ['redirects', { status: 302, body: '' }, 'configuration'],
  ])('tries again next time when IAM %s', async (_name, reply, cls) => {
    await using site = await createSite({ iam: (index) => (index === 0 ? reply : 'issue') });
    expect(await failureOf(get(site))).toMatchObject({ class: cls });
    await expect(get(site)).resolves.toMatchObject({ kind: 'found' });
  });

  it('knows that a write did not leave when IAM does not answer', async () => {
    await using site = await createSite({ iam: () => 'hang', requestTimeoutMs: 60 });
    await expect(site.cloud.open(TARGET, PASSWORD_SECRET).modify('{}', never())).resolves.toMatchObject({
      kind: 'notSent',
      failure: { class: 'transient' },
    });
    expect(site.server.seen.filter((seen) => seen.method === 'PUT')).toHaveLength(0);
  });

  it('does not take the token from others when one caller leaves', async () => {
    await using site = await createSite();
    const stop = new AbortController();
    const leaving = failureOf(site.cloud.open(TARGET, PASSWORD_SECRET).getComponent(stop.signal));
    const staying = get(site);
    stop.abort();
    expect(await leaving).toMatchObject({ class: 'transient', code: 'ABORTED' });
    await expect(staying).resolves.toMatchObject({ kind: 'found' });
    expect(site.issued()).toBe(1);
  });

  it('survives a failing fetch whose only caller had left before it began', async () => {
    await using site = await createSite({ iam: () => ({ status: 500, body: {} }) });
    const left = site.cloud.open(TARGET, PASSWORD_SECRET).getComponent(AbortSignal.abort());
    expect(await failureOf(left)).toMatchObject({ code: 'ABORTED' });
    await until(() => site.issued() > 0);
    await sleep(10);
  });

  it('shows neither the password nor the token that IAM or the service echoes', async () => {
    await using site = await createSite({
      iam: (index) =>
        index === 0
          ? {
              status: 400,
              body: {
                error_msg: `bad ${JSON.stringify(CANARY.password)} ${encodeURIComponent(CANARY.password)}`,
              },
            }
          : 'issue',
    });
    const failure = await failureOf(get(site));
    expect(JSON.stringify(failure)).not.toMatch(/canary/i);
    expect(failure.message).toContain('bad "***" ***');
  });
});
