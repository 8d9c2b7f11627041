import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  authorization,
  canonicalRequest,
  encodeQuery,
  type SignInput,
  sdkDate,
} from '../../src/servicestage/sign.ts';

const KEYS = { accessKey: 'AccessKey', secretKey: 'SecretKey' };
const PROJECT = '0123456789abcdef0123456789abcdef';
const VPC = '77b6a44cba5143ab91d13ab9a8ff44fd';

interface Vector {
  readonly name: string;
  readonly input: SignInput;
  readonly names: string;
  readonly hash: string;
  /** Absent where the key pair of the source is not published here. */
  readonly signature?: string;
}

const python = { host: 'service.endpoint.myhuaweicloud.com', 'x-sdk-date': '20200608T023900Z' };
const go = { 'x-sdk-date': '20060102T150405Z' };
const java = { host: 'service.region.example.com', 'x-sdk-date': '20191115T033655Z' };
const javaGet = {
  method: 'GET',
  path: `/v1/${VPC}/vpcs`,
  query: [
    ['limit', '2'],
    ['marker', '13551d6b-755d-4757-b956-536f674975c0'],
  ],
  body: '',
} as const;
const put = {
  method: 'PUT',
  path: `/v3/${PROJECT}/cas/applications/11111111-2222-3333-4444-555555555555/components/66666666-7777-8888-9999-000000000000`,
  query: [],
  body: '{"name":"mycomponet","version":"1.0.1","replica":1}',
} as const;
const putHeaders = {
  'content-type': 'application/json;charset=utf8',
  host: 'servicestage.cn-north-4.myhuaweicloud.com',
  'x-project-id': PROJECT,
  'x-sdk-date': '20250710T000000Z',
};

const VECTORS: readonly Vector[] = [
  {
    name: '1a, GET with query, Python SDK',
    input: { method: 'GET', path: '/resources', query: [['size', '1']], headers: python, body: '' },
    names: 'host;x-sdk-date',
    hash: 'de94dd1e1ccdb730b403ce35d7e14f7c7b04337f6def1c3a3a2ba936852b133f',
    signature: 'cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842',
  },
  {
    name: '1b, POST with body, Python SDK',
    input: {
      method: 'POST',
      path: '/resources',
      query: [['size', '1']],
      headers: python,
      body: '{"name":"test","id":1}',
    },
    names: 'host;x-sdk-date',
    hash: '2b1b2515e48cb55e043ff2ec5b93d3f13ec287e1da1d7a2e4e14b0611a341969',
    signature: '436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f',
  },
  {
    name: '2a, only the date signed, Go SDK',
    input: { method: 'GET', path: '/path', query: [['limit', '1']], headers: go, body: '' },
    names: 'x-sdk-date',
    hash: '85c3b7730f308aee452b16138a42a914397e43a8f0d732dfa521c0ef2afa98a4',
    signature: '5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624',
  },
  {
    name: '2b, body with a newline at its end, Go SDK',
    input: {
      method: 'POST',
      path: '/path',
      query: [['key', 'value']],
      headers: go,
      body: '{"Name":"test","Id":1}\n',
    },
    names: 'x-sdk-date',
    hash: '13f75ff5f5216199f986c7e7f2f77834d5e160ad9e46f37319816dc72ba7eeab',
    signature: 'cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59',
  },
  {
    name: '2c, the same body without the newline',
    input: {
      method: 'POST',
      path: '/path',
      query: [['key', 'value']],
      headers: go,
      body: '{"Name":"test","Id":1}',
    },
    names: 'x-sdk-date',
    hash: '6e54ea0472a0b6cad33180f0c0c1b412442e99df83db4f07c166850b9b002b1a',
    signature: '83599e5230b5b31fb58837c5760b4c2d407542df1f9493834ead538696e17a35',
  },
  {
    name: '3a, two query parameters, Java SDK',
    input: { ...javaGet, headers: java },
    names: 'host;x-sdk-date',
    hash: '0e84e7853cf87931d965c80e83bffb15aa865326db3a6f57aa2560a7601dfe18',
    signature: 'fd95e7da6f695cfb4cabbb9d6b0968aec155bc576b064835282473539ae9ea1d',
  },
  {
    name: '3b, POST to a longer path, Java SDK',
    input: { method: 'POST', path: `/v1/${VPC}/vpc/123`, query: [], headers: java, body: '{"key":"value"}' },
    names: 'host;x-sdk-date',
    hash: '79be7a43859f485df125c417ebb8821754c7ed42f6742ce8b0fd74b2b303446d',
    signature: 'b5649aa774f6cac7437631662f08815fc65c70e40e486df6db2436ce68902771',
  },
  {
    name: '3c, the root path, Java SDK',
    input: { method: 'GET', path: '/', query: [], headers: { ...java, host: 'example.com' }, body: '' },
    names: 'host;x-sdk-date',
    hash: '845f5f053e69e0d7cdf17c143bd6ffbc72d7be020b93b6ca2da8022efee7d6b8',
    signature: '919ad8b75d4ad49da0d377e63ee21c4a7a54b752f6bf2878b4adbe9c19927da6',
  },
  {
    name: '4, content type signed, developer guide (canonical hash only)',
    input: { ...javaGet, headers: { ...java, 'content-type': 'application/json' } },
    names: 'content-type;host;x-sdk-date',
    hash: 'b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a',
  },
  {
    name: '5a, the PUT of a component (self-computed)',
    input: { ...put, headers: putHeaders },
    names: 'content-type;host;x-project-id;x-sdk-date',
    hash: '8873b2411af9b4465d1ad6bb35e5a2eeb6cee3a8bb727a4b5692562ba30f4188',
    signature: '1d2586994eea91492c44a2ef99ad42d3e01735ea6a4c3771f7bb24d1062ecceb',
  },
  {
    name: '5b, the same with a temporary key (self-computed)',
    input: { ...put, headers: { ...putHeaders, 'x-security-token': 'TemporaryToken' } },
    names: 'content-type;host;x-project-id;x-sdk-date;x-security-token',
    hash: '86a190c52ebade8d0330fff49b5e5733832905c25f461768ba2cf43b1399fe87',
    signature: '3cade5412f2a3f8d8b1756a9c4fb39bdd8ffbc43481cfc233b50ac189074f54d',
  },
];

describe('SDK-HMAC-SHA256', () => {
  it.each(VECTORS)('reproduces the canonical request of vector $name', ({ input, hash }) => {
    expect(createHash('sha256').update(canonicalRequest(input)).digest('hex')).toBe(hash);
  });

  it.each(VECTORS.filter((vector) => vector.signature !== undefined))(
    'reproduces the signature of vector $name',
    ({ input, names, signature }) => {
      expect(authorization(input, KEYS)).toBe(
        `SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=${names}, Signature=${signature}`,
      );
    },
  );

  it('encodes and sorts the query as the Go SDK does', () => {
    const query = [
      ['limit', '1'],
      ['enable', 'true'],
      ['test', '一 (&=?!#%.*)'],
      ['path', '/tmp/123'],
      ['multi', '3'],
      ['multi', '1'],
      ['multi', '2'],
    ] as const;
    expect(encodeQuery(query)).toBe(
      'enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29',
    );
  });

  it('keeps the equals sign of an empty value and encodes what encodeURIComponent leaves alone', () => {
    expect(encodeQuery([['a', '']])).toBe('a=');
    expect(encodeQuery([["!'()*", 'é']])).toBe('%21%27%28%29%2A=%C3%A9');
  });

  it('signs a path that is already percent-encoded once, not twice', () => {
    const at = (path: string): string =>
      canonicalRequest({ method: 'GET', path, query: [], headers: go, body: '' }).split('\n')[1] ?? '';
    expect(at('/a%20b/%7Ec')).toBe('/a%20b/~c/');
    expect(at('/broken%zz')).toBe('/broken%25zz/');
  });

  it('sorts headers by their lower-case name and trims their values', () => {
    const input = { method: 'GET', path: '/', query: [], body: '', headers: { Zeta: ' 1 ', alpha: '2' } };
    expect(canonicalRequest(input)).toContain('\nalpha:2\nzeta:1\n\nalpha;zeta\n');
  });

  it('writes the date in UTC without separators', () => {
    expect(sdkDate(Date.parse('2025-07-10T01:02:03.456Z'))).toBe('20250710T010203Z');
  });
});
