// Signatures: the published vectors through the verifier's own canonical form, and the gate around it.
import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchMaker, startOfTime } from '../support/simulator-fixture.ts';
import { Gate } from './simulator/auth.ts';
import { createIds, seededRandom } from './simulator/ids.ts';
import {
  exampleAccessKey,
  exampleSecretKey,
  exampleSecurityToken,
  exampleTemporaryKey,
  exampleTemporarySecret,
  exampleToken,
} from './simulator/index.ts';
import {
  canonicalRequest,
  parseAuthorization,
  parseSdkDate,
  type SignedRequest,
  signatureOf,
} from './simulator/signature.ts';
import { World } from './simulator/state.ts';
import { Timeline } from './simulator/timeline.ts';

const bench = benchMaker(onTestFinished);

const python = { host: 'service.endpoint.myhuaweicloud.com', 'x-sdk-date': '20200608T023900Z' };
const go = { 'x-sdk-date': '20060102T150405Z' };
const java = { host: 'service.region.example.com', 'x-sdk-date': '20191115T033655Z' };
const project = '0123456789abcdef0123456789abcdef';
const own = {
  host: 'servicestage.cn-north-4.myhuaweicloud.com',
  'content-type': 'application/json;charset=utf8',
  'x-project-id': project,
  'x-sdk-date': '20250710T000000Z',
};
const javaPath = '/v1/77b6a44cba5143ab91d13ab9a8ff44fd';
const ownPath = `/v3/${project}/cas/applications/11111111-2222-3333-4444-555555555555/components/66666666-7777-8888-9999-000000000000`;
const ownBody = '{"name":"mycomponet","version":"1.0.1","replica":1}';

const vectors = [
  {
    name: '1a (Python SDK)',
    request: ['GET', '/resources?size=1', python, ''],
    hash: 'de94dd1e1ccdb730b403ce35d7e14f7c7b04337f6def1c3a3a2ba936852b133f',
    signature: 'cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842',
  },
  {
    name: '1b (Python SDK)',
    request: ['POST', '/resources?size=1', python, '{"name":"test","id":1}'],
    hash: '2b1b2515e48cb55e043ff2ec5b93d3f13ec287e1da1d7a2e4e14b0611a341969',
    signature: '436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f',
  },
  {
    name: '2a (Go SDK)',
    request: ['GET', '/path?limit=1', go, ''],
    hash: '85c3b7730f308aee452b16138a42a914397e43a8f0d732dfa521c0ef2afa98a4',
    signature: '5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624',
  },
  {
    name: '2b (Go SDK)',
    request: ['POST', '/path?key=value', go, '{"Name":"test","Id":1}\n'],
    hash: '13f75ff5f5216199f986c7e7f2f77834d5e160ad9e46f37319816dc72ba7eeab',
    signature: 'cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59',
  },
  {
    name: '2c (2b without the line feed)',
    request: ['POST', '/path?key=value', go, '{"Name":"test","Id":1}'],
    hash: '6e54ea0472a0b6cad33180f0c0c1b412442e99df83db4f07c166850b9b002b1a',
    signature: '83599e5230b5b31fb58837c5760b4c2d407542df1f9493834ead538696e17a35',
  },
  {
    name: '3a (Java SDK)',
    request: ['GET', `${javaPath}/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0`, java, ''],
    hash: '0e84e7853cf87931d965c80e83bffb15aa865326db3a6f57aa2560a7601dfe18',
    signature: 'fd95e7da6f695cfb4cabbb9d6b0968aec155bc576b064835282473539ae9ea1d',
  },
  {
    name: '3b (Java SDK)',
    request: ['POST', `${javaPath}/vpc/123`, java, '{"key":"value"}'],
    hash: '79be7a43859f485df125c417ebb8821754c7ed42f6742ce8b0fd74b2b303446d',
    signature: 'b5649aa774f6cac7437631662f08815fc65c70e40e486df6db2436ce68902771',
  },
  {
    name: '3c (Java SDK)',
    request: ['GET', '/', { ...java, host: 'example.com' }, ''],
    hash: '845f5f053e69e0d7cdf17c143bd6ffbc72d7be020b93b6ca2da8022efee7d6b8',
    signature: '919ad8b75d4ad49da0d377e63ee21c4a7a54b752f6bf2878b4adbe9c19927da6',
  },
  {
    name: '5a (this API)',
    request: ['PUT', ownPath, own, ownBody],
    hash: '8873b2411af9b4465d1ad6bb35e5a2eeb6cee3a8bb727a4b5692562ba30f4188',
    signature: '1d2586994eea91492c44a2ef99ad42d3e01735ea6a4c3771f7bb24d1062ecceb',
  },
  {
    name: '5b (this API, temporary key)',
    request: ['PUT', ownPath, { ...own, 'x-security-token': 'TemporaryToken' }, ownBody],
    hash: '86a190c52ebade8d0330fff49b5e5733832905c25f461768ba2cf43b1399fe87',
    signature: '3cade5412f2a3f8d8b1756a9c4fb39bdd8ffbc43481cfc233b50ac189074f54d',
  },
] as const;

function requestOf([method, url, headers, body]: (typeof vectors)[number]['request']): SignedRequest {
  return { method, url, headers: { ...headers }, body: Buffer.from(body) };
}

describe('signature vectors', () => {
  it.each(vectors)('$name', ({ request, hash, signature }) => {
    const signed = requestOf(request);
    const names = Object.keys(signed.headers);
    const canonical = canonicalRequest(signed, names);
    expect(createHash('sha256').update(canonical).digest('hex')).toBe(hash);
    expect(signatureOf(canonical, signed.headers['x-sdk-date'] ?? '', 'SecretKey')).toBe(signature);

    const at = parseSdkDate(signed.headers['x-sdk-date'] ?? '') ?? 0;
    const world = new World(new Timeline(() => at), createIds(seededRandom(1)));
    const accessKeys = [{ accessKey: 'AccessKey', secretKey: 'SecretKey' }];
    const gate = new Gate(world, { tokens: [], users: [], accessKeys });
    const authorization = `SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=${names.toSorted().join(';')}, Signature=${signature}`;
    const headers = { ...signed.headers, authorization };
    expect(gate.admit({ ...signed, headers }, project)).toMatchObject({ kind: 'admitted' });
    const body = Buffer.concat([signed.body, Buffer.from(' ')]);
    expect(gate.admit({ ...signed, headers, body }, project)).toMatchObject({ kind: 'refused' });
  });

  it('encodes a query as the Go SDK does', () => {
    const url =
      '/?path=/tmp/123&multi=3&multi=1&multi=2&limit=1&enable=true&test=%E4%B8%80%20(%26%3D%3F!%23%25.*)';
    const [, , query] = canonicalRequest(requestOf(['GET', url as never, go, ''] as never), []).split('\n');
    expect(query).toBe(
      'enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29',
    );
  });

  it('reads no other form of header or date', () => {
    expect(parseAuthorization('V11-HMAC-SHA256 Access=a, SignedHeaders=b, Signature=c')).toBeUndefined();
    expect(parseSdkDate('2025-07-10T00:00:00Z')).toBeUndefined();
    expect(parseSdkDate('20251399T000000Z')).toBeUndefined();
  });
});

interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly securityToken?: string;
  readonly date?: string;
}

const good: Key = { accessKey: exampleAccessKey, secretKey: exampleSecretKey };
const bad: Key = { ...good, secretKey: 'wrong' };

/** Headers for a GET of `path` on the simulator at `url`. */
function sign(url: string, path: string, key: Key): Record<string, string> {
  const headers: Record<string, string> = {
    host: new URL(url).host,
    'x-sdk-date': key.date ?? '20250710T000000Z',
    ...(key.securityToken === undefined ? {} : { 'x-security-token': key.securityToken }),
  };
  const names = Object.keys(headers).toSorted();
  const canonical = canonicalRequest({ method: 'GET', url: path, headers, body: Buffer.alloc(0) }, names);
  const signature = signatureOf(canonical, headers['x-sdk-date'] ?? '', key.secretKey);
  const { host: _set, ...sent } = headers;
  return {
    ...sent,
    Authorization: `SDK-HMAC-SHA256 Access=${key.accessKey}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

async function signingBench() {
  const rig = await bench();
  const get = (key: Key) => rig.call('GET', rig.path, undefined, sign(rig.simulator.url, rig.path, key));
  return { ...rig, signed: get };
}

describe('the gate', () => {
  it('lets a signed request in', async () => {
    const { signed } = await signingBench();
    expect((await signed(good)).status).toBe(200);
  });

  it('echoes its canonical request with bars on a mismatch', async () => {
    const { signed, path } = await signingBench();
    const refused = await signed(bad);
    expect(refused).toMatchObject({ status: 401, json: { error_code: 'APIGW.0301' } });
    expect(refused.at('error_msg')).toContain(`canonicalRequest:GET|${path}/||host:127.0.0.1:`);
    expect(refused.at('request_id')).toBe(refused.headers.get('x-request-id'));
  });

  it('locks the key for five minutes after five bad signatures in a row', async () => {
    const { signed, simulator } = await signingBench();
    for (let strike = 0; strike < 4; strike += 1) await signed(bad);
    expect((await signed(good)).status).toBe(200);
    for (let strike = 0; strike < 5; strike += 1) await signed(bad);
    const locked = await signed(good);
    expect(locked.status).toBe(401);
    expect(locked.at('error_msg')).toContain('reached the limit');
    simulator.advance(5 * 60_000 - 1);
    expect((await signed(good)).status).toBe(401);
    simulator.advance(1);
    expect((await signed(good)).status).toBe(200);
  });

  it.each([
    ['20250710T001500Z', 200],
    ['20250710T001501Z', 401],
    ['20250709T234459Z', 401],
  ])('judges the clock of %s as %i', async (date, status) => {
    const { signed } = await signingBench();
    expect((await signed({ ...good, date })).status).toBe(status);
  });

  it('wants the security token of a temporary key', async () => {
    const { signed } = await signingBench();
    const temporary = { accessKey: exampleTemporaryKey, secretKey: exampleTemporarySecret };
    expect((await signed(temporary)).at('error_msg')).toContain('security token');
    expect((await signed({ ...temporary, securityToken: exampleSecurityToken })).status).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['an unknown token', { 'X-Auth-Token': 'unknown' }],
    ['a token and a signature', { 'X-Auth-Token': exampleToken, Authorization: 'SDK-HMAC-SHA256 x' }],
    ['a malformed signature', { Authorization: 'SDK-HMAC-SHA256 Access=a' }],
  ])('refuses %s with 401 APIGW.0301', async (_name, headers) => {
    const { call, path } = await bench();
    const refused = await call('GET', path, undefined, headers);
    expect(refused).toMatchObject({ status: 401, json: { error_code: 'APIGW.0301' } });
  });

  it('follows changed credentials, their expiry and their projects', async () => {
    const { call, path, simulator } = await bench();
    const tokens = [
      { token: 'other', projectIds: ['f'.repeat(32)] },
      { token: 'short', expiresAt: startOfTime + 1000 },
    ];
    simulator.setCredentials({ ...simulator.credentials, tokens });
    const status = async (token: string) =>
      (await call('GET', path, undefined, { 'X-Auth-Token': token })).status;
    expect([await status(exampleToken), await status('other'), await status('short')]).toEqual([
      401, 403, 200,
    ]);
    simulator.advance(1000);
    expect(await status('short')).toBe(401);
  });
});
