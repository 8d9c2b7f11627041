// Redaction by name and by shape. `canary` stands for every secret.
import { expect, it } from 'vitest';
import { redact, redactText } from '../../src/ops/redact.ts';

it.each([
  'https://user:canary@example.com/path',
  'obs://canary@bucket/key',
  'Authorization: SDK-HMAC-SHA256 Access=canary, SignedHeaders=host, Signature=canary',
  'authorization=canary',
  'Bearer canarycanary',
  'token eyJhbGciOiJIUzI1NiJ9.canary.canary',
  'X-Auth-Token: canary',
  'x-security-token=canary&x=1',
  '{"secretKey":"canary \\" canary","a":1}',
  "{'password': 'canary canary'}",
  'SECRET_KEY=canary',
  'access-key: canary',
  'httpPassword=canary',
  '-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY-----\ncanary',
])('takes the secret out of %j', (text) => {
  expect(redactText(text)).not.toContain('canary');
});

it.each([
  'ServiceStage refused the change: SVCSTG.00100400 invalid parameter; correct spec.component.replica',
  'job 0123456789abcdef0123456789abcdef of shop/weather succeeded',
  'the credentials Secret huaweicloud lacks the key secretKey',
  'cannot reach https://servicestage.cn-north-4.myhuaweicloud.com:443/v3',
])('leaves %j as it is', (text) => {
  expect(redactText(text)).toBe(text);
});

it('leaves no piece of a secret where it cuts a long text', () => {
  const text = `${'a '.repeat(2_040)}password=${'canary'.repeat(20)}`;
  expect(redactText(text)).not.toContain('canary');
});

it('stays fast on a long text without spaces', () => {
  const startedMs = performance.now();
  redactText('a-'.repeat(500_000));
  redactText(`${'x'.repeat(4_000)}`);
  expect(performance.now() - startedMs).toBeLessThan(500);
});

it('hides fields with secret names at any depth, whatever their spelling', () => {
  const value = {
    accessKey: 'canary',
    'X-Auth-Token': 'canary',
    nested: { SECURITY_TOKEN: 'canary', list: [{ password: { value: 'canary' } }] },
    headers: { anything: 'canary' },
    visible: 'yes',
  };
  expect(JSON.stringify(redact(value))).not.toContain('canary');
  expect(redact(value)).toMatchObject({ visible: 'yes', accessKey: '***' });
});

it('shows that a secret is absent', () => {
  expect(redact({ token: '', password: undefined, secret: null })).toEqual({
    token: '',
    password: undefined,
    secret: null,
  });
});

it('writes an expected failure without its stack and a bug with it', () => {
  const failure = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  expect(redact({ err: failure })).toEqual({
    err: { type: 'Error', message: 'refused', code: 'ECONNREFUSED' },
  });
  expect(redact(new TypeError('x is not a function'))).toMatchObject({
    type: 'TypeError',
    stack: expect.stringContaining('redact.test.ts'),
  });
});

it('follows the causes of an error and redacts each', () => {
  const error = new Error('outer', { cause: new Error('https://u:canary@host') });
  expect(redact(error)).toEqual({
    type: 'Error',
    message: 'outer',
    cause: { type: 'Error', message: 'https://***@host' },
  });
});

it('bounds cycles, depth, lists and bytes', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const deep = { a: { b: { c: { d: { e: { f: { g: 1 } } } } } } };
  expect(redact(cycle)).toEqual({ self: '[circular]' });
  expect(JSON.stringify(redact(deep))).toContain('[deep]');
  expect(redact(Array.from({ length: 500 }, (_, index) => index))).toHaveLength(100);
  expect(redact({ raw: Buffer.from('canary'), big: 12n, at: new Date(0) })).toEqual({
    raw: '[bytes]',
    big: '12',
    at: '1970-01-01T00:00:00.000Z',
  });
});
