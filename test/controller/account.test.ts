// The account of a resource: every Secret read once by name, every problem named with its cure, no value anywhere else.
import { describe, expect, it } from 'vitest';
import { type OpenedAccount, openAccount } from '../../src/controller/account.ts';
import type { SecretData } from '../../src/controller/ports.ts';
import { readResource } from '../../src/controller/resource.ts';
import type { Account } from '../../src/core/facts.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { cr } from '../support/make.ts';
import { createLoop, Failed, type Loop, TRANSIENT } from './fakes.ts';

const signal = AbortSignal.timeout(10_000);
const ENV: JsonObject = { envs: [{ name: 'PASSWORD', valueSecretRef: { name: 'app', key: 'password' } }] };
const HEADERS: JsonObject = {
  source: {
    kind: 'package',
    url: 'https://example.com/a.jar',
    version: '',
    storage: 'http',
    httpHeadersSecretRef: { name: 'headers' },
  },
};

interface Setup {
  readonly component?: JsonObject;
  readonly secrets?: Readonly<Record<string, SecretData | 'forbidden'>>;
  readonly change?: (loop: Loop) => Loop['parts'];
}

async function open({ component = {}, secrets = {}, change }: Setup): Promise<{
  readonly opened: OpenedAccount;
  readonly loop: Loop;
}> {
  const loop = createLoop();
  for (const [name, data] of Object.entries(secrets)) loop.secrets.set(`shop/${name}`, data);
  const { access: spec } = readResource(cr({ component }));
  if (spec === undefined) throw new TypeError('the spec of this test is not valid');
  const parts = change?.(loop) ?? loop.parts;
  return { opened: await openAccount(parts, { namespace: 'shop', spec }, signal), loop };
}

function accountOf({ read }: OpenedAccount): Account {
  if (read.kind === 'failed') throw new TypeError(read.failure.message);
  return read.value;
}

describe('an account', () => {
  it('without Secret references has no digest and asks for no key', async () => {
    const { opened } = await open({
      change: ({ parts }) => ({
        ...parts,
        digestKey: {
          get: () => {
            throw new TypeError('asked for');
          },
        },
      }),
    });
    expect(accountOf(opened)).toEqual({ secrets: {}, secretDigest: undefined, keyId: undefined });
    expect(opened.session).toBeDefined();
  });

  it('resolves one key of a Secret, and all of it for headers', async () => {
    const secrets = { app: { password: 'p', other: 'o' }, headers: { 'X-A': '1', 'X-B': '2' } };
    const { opened } = await open({ component: { ...ENV, ...HEADERS }, secrets });
    expect(accountOf(opened).secrets).toEqual({
      '/envs/0/valueSecretRef': 'p',
      '/source/httpHeadersSecretRef': { 'X-A': '1', 'X-B': '2' },
    });
    expect(accountOf(opened).keyId).toBe('key-1');
  });

  it('reads a Secret once, however often it is referred to', async () => {
    const env = (name: string, key: string) => ({ name, valueSecretRef: { name: 'app', key } });
    const { loop } = await open({
      component: { envs: [env('A', 'a'), env('B', 'b'), env('C', 'a')] },
      secrets: { app: { a: '1', b: '2' } },
    });
    expect(loop.calls).toEqual(['shop/huaweicloud readSecret', 'shop/app readSecret']);
  });

  it('has a digest that moves with a value that is used, and only with one', async () => {
    const digestOf = async (app: SecretData) =>
      accountOf((await open({ component: ENV, secrets: { app } })).opened).secretDigest;
    const first = await digestOf({ password: 'p' });
    expect(await digestOf({ password: 'p', other: 'changed' })).toBe(first);
    expect(await digestOf({ password: 'q' })).not.toBe(first);
  });

  it('has no digest where the operator may keep no key', async () => {
    const { opened } = await open({
      component: ENV,
      secrets: { app: { password: 'p' } },
      change: ({ parts }) => ({ ...parts, digestKey: { get: async () => undefined } }),
    });
    expect(accountOf(opened)).toMatchObject({ secretDigest: undefined, keyId: undefined });
  });

  it('takes an empty value as a value', async () => {
    const { opened } = await open({ component: ENV, secrets: { app: { password: '' } } });
    expect(accountOf(opened).secrets).toEqual({ '/envs/0/valueSecretRef': '' });
  });
});

interface Problem {
  readonly name: string;
  readonly setup: Setup;
  readonly code: string;
  readonly class: string;
  readonly message: string;
}

const problems: Problem[] = [
  {
    name: 'a Secret that does not exist',
    setup: { component: ENV },
    class: 'credentials',
    code: 'SecretUnavailable',
    message: 'Secret shop/app does not exist; create it',
  },
  {
    name: 'a Secret that may not be read',
    setup: { component: ENV, secrets: { app: 'forbidden' } },
    class: 'permission',
    code: 'SecretForbidden',
    message: 'the operator may not read Secret shop/app; allow get on secrets there',
  },
  {
    name: 'a key that the Secret lacks',
    setup: { component: ENV, secrets: { app: { pass: 'hunter2' } } },
    class: 'credentials',
    code: 'SecretUnavailable',
    message:
      'Secret shop/app has no key "password", which spec.component/envs/0/valueSecretRef refers to; add it',
  },
  {
    name: 'a key that only the prototype has',
    setup: {
      component: { envs: [{ name: 'A', valueSecretRef: { name: 'app', key: 'constructor' } }] },
      secrets: { app: {} },
    },
    class: 'credentials',
    code: 'SecretUnavailable',
    message:
      'Secret shop/app has no key "constructor", which spec.component/envs/0/valueSecretRef refers to; add it',
  },
  {
    name: 'credentials that cannot be used',
    setup: { change: failing({ class: 'credentials', code: 'KeyMissing', message: 'no accessKey; add it' }) },
    class: 'credentials',
    code: 'KeyMissing',
    message: 'Secret shop/huaweicloud: no accessKey; add it',
  },
  {
    name: 'an endpoint that is not allowed, which is no matter of the Secret',
    setup: { change: failing({ class: 'configuration', code: 'Endpoint', message: 'the host differs' }) },
    class: 'configuration',
    code: 'Endpoint',
    message: 'the host differs',
  },
];

function failing(failure: Failed['failure']): NonNullable<Setup['change']> {
  return ({ parts }) => ({
    ...parts,
    cloud: {
      open: () => {
        throw new Failed(failure);
      },
    },
  });
}

describe('what stands in the way is a failure that names it and the cure:', () => {
  it.each(problems)('$name', async ({ setup, ...want }) => {
    const { opened } = await open(setup);
    expect(opened.session).toBeUndefined();
    expect(opened.read).toMatchObject({
      kind: 'failed',
      failure: { class: want.class, code: want.code, message: want.message },
    });
    expect(JSON.stringify(opened)).not.toContain('hunter2');
  });
});

it('lets a cluster that does not answer, and a bug, pass through as they are', async () => {
  const unreachable = new Failed(TRANSIENT);
  const cluster = (error: Error) => ({
    change: ({ parts }: Loop) => ({
      ...parts,
      cluster: { ...parts.cluster, readSecret: () => Promise.reject(error) },
    }),
  });
  await expect(open(cluster(unreachable))).rejects.toBe(unreachable);
  const bug = new TypeError('undefined is not a function');
  const cloud: Setup = {
    change: ({ parts }) => ({
      ...parts,
      cloud: {
        open: () => {
          throw bug;
        },
      },
    }),
  };
  await expect(open(cloud)).rejects.toBe(bug);
});
