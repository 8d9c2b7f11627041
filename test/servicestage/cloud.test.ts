import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cloud } from '../../src/controller/ports.ts';
import { createCloud } from '../../src/servicestage/cloud.ts';
import { CloudFailure } from '../../src/servicestage/failure.ts';
import {
  CANARY,
  COMPONENT,
  cloudAt,
  createClock,
  failureOf,
  JOB_ID,
  json,
  never,
  serve,
  TARGET,
  TOKEN_SECRET,
} from './server.ts';

const OPTIONS = {
  endpointTemplate: 'https://servicestage.{region}.myhuaweicloud.com',
  iamEndpointTemplate: 'https://iam.{region}.myhuaweicloud.com',
  allowInsecureEndpoint: 'no',
  requestTimeoutMs: 1_000,
  now: createClock().now,
  random: () => 0,
  userAgent: 'test',
} as const;

describe('createCloud', () => {
  it.each([
    ['endpointTemplate', '--servicestage-endpoint'],
    ['iamEndpointTemplate', '--iam-endpoint'],
  ])('refuses a bad %s and names the flag', (option, flag) => {
    const create = (): unknown => createCloud({ ...OPTIONS, [option]: 'http://plain.example' });
    expect(create).toThrow(CloudFailure);
    expect(create).toThrow(flag);
  });

  it('fits the port of the loop', async () => {
    const cloud: Cloud & { close(): Promise<void> } = createCloud(OPTIONS);
    expect(cloud.open(TARGET, TOKEN_SECRET)).toBeDefined();
    await cloud.close();
  });
});

describe('open', () => {
  it.each([
    ['a malformed id', { ...TARGET, componentId: '../x' }, TOKEN_SECRET, 'configuration', 'spec.componentId'],
    ['an incomplete Secret', TARGET, { accessKey: CANARY.accessKey }, 'credentials', '"secretKey"'],
    [
      'a plain endpoint',
      TARGET,
      { ...TOKEN_SECRET, endpoint: 'http://x.example' },
      'credentials',
      '"endpoint"',
    ],
    [
      'a bad IAM endpoint',
      TARGET,
      { ...TOKEN_SECRET, iamEndpoint: 'nothing' },
      'credentials',
      '"iamEndpoint"',
    ],
  ])('refuses %s before any call', async (_name, target, secret, cls, words) => {
    const cloud = createCloud(OPTIONS);
    const failure = await failureOf((async () => cloud.open(target, secret as Record<string, string>))());
    expect(failure.class).toBe(cls);
    expect(failure.message).toContain(words);
    expect(JSON.stringify(failure)).not.toMatch(/canary/i);
    await cloud.close();
  });

  it('calls the endpoint of the Secret in place of the flag, below its base path', async () => {
    await using flagged = await serve((_seen, response) => json(response, 200, COMPONENT));
    await using own = await serve((_seen, response) => json(response, 200, COMPONENT));
    await using cloud = cloudAt(flagged.url);
    const session = cloud.open(TARGET, { ...TOKEN_SECRET, endpoint: `${own.url}/stage/` });
    await session.getComponent(never());
    expect(flagged.seen).toHaveLength(0);
    expect(own.seen[0]?.url).toMatch(/^\/stage\/v3\//);
  });

  it('fetches the token from the IAM endpoint of the Secret', async () => {
    await using service = await serve((_seen, response) => json(response, 200, COMPONENT));
    await using iam = await serve((_seen, response) => {
      response.setHeader('x-subject-token', 'abc');
      json(response, 201, {});
    });
    await using cloud = cloudAt(service.url);
    const secret = { username: 'u', password: 'p', domainName: 'd', iamEndpoint: iam.url };
    await cloud.open(TARGET, secret).getComponent(never());
    expect(iam.seen).toHaveLength(1);
    expect(service.seen).toHaveLength(1);
  });
});

describe('observation', () => {
  it('reports each try with its time, and its own failure harms no call', async () => {
    let mono = 0;
    const now = (): { wall: number; mono: number } => {
      mono += 5;
      return { wall: Date.parse('2025-07-10T00:00:00Z'), mono };
    };
    await using server = await serve((_seen, response) => json(response, 200, { job_id: JOB_ID }));
    await using cloud = cloudAt(server.url, {
      now,
      observe: () => {
        throw new Error('metrics are broken');
      },
    });
    await expect(cloud.open(TARGET, TOKEN_SECRET).modify('{}', never())).resolves.toMatchObject({
      kind: 'accepted',
    });
    await using second = cloudAt(server.url, { now });
    await second.open(TARGET, TOKEN_SECRET).modify('{}', never());
    expect(second.calls).toEqual([{ operation: 'modify', codeClass: '2xx', region: 'cn-north-4', ms: 5 }]);
  });
});

describe('answers of any kind', () => {
  it('lead to a fact, an outcome or a CloudFailure, and show no secret', async () => {
    let reply = { status: 200, text: '', header: '' };
    await using server = await serve((_seen, response) => {
      response.writeHead(reply.status, { 'retry-after': '1', 'x-request-id': reply.header });
      response.end(reply.text);
    });
    await using cloud = cloudAt(server.url);
    const session = cloud.open(TARGET, TOKEN_SECRET);
    const text = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constant(JSON.stringify({ error_msg: CANARY.token, error_code: CANARY.token })),
      fc.constant(
        JSON.stringify({ job: { execution_status: CANARY.token }, tasks: [{ messages: CANARY.token }] }),
      ),
      fc
        .dictionary(fc.constantFrom('job', 'count', 'records', 'name', 'job_id', 'status'), fc.jsonValue())
        .map((value) => JSON.stringify(value)),
    );
    const status = fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 404, 409, 418, 429, 500, 503);
    const header = fc.constantFrom('req-1', '', 'a b', CANARY.token);
    await fc.assert(
      fc.asyncProperty(fc.record({ status, text, header }), async (given) => {
        reply = given;
        const reads = [
          session.getComponent(never()),
          session.getJob(JOB_ID, never()),
          session.listRecords(never()),
        ];
        for (const read of await Promise.allSettled(reads)) {
          if (read.status === 'fulfilled') {
            const value =
              read.value.kind === 'found' && 'value' in read.value ? read.value.value : read.value;
            expect(JSON.stringify({ ...value, body: '' })).not.toMatch(/canary/i);
            continue;
          }
          expect(read.reason).toBeInstanceOf(CloudFailure);
          expect(JSON.stringify((read.reason as CloudFailure).failure) + String(read.reason)).not.toMatch(
            /canary/i,
          );
        }
        const writes = await Promise.all([session.modify('{}', never()), session.remove(never())]);
        expect(JSON.stringify(writes)).not.toMatch(/canary/i);
      }),
      { numRuns: 60 },
    );
  });
});
