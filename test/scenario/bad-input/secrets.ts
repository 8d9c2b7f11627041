// Secrets that are missing, empty, ambiguous or malformed. Each names the Secret, the key and the cure, sends nothing, and is over
// as soon as the Secret is corrected: the resource is not touched.
import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/types.ts';
import {
  exampleAccessKey,
  exampleComponentId,
  exampleSecretKey,
  exampleToken,
} from '../../fakes/simulator/index.ts';
import type { World } from '../../support/world.ts';
import { NAME } from '../../support/world.ts';
import { conditionOf } from '../scenarios.ts';
import {
  callsOf,
  healthyStaysWell,
  modifiesOf,
  newVersion,
  putsOf,
  type Shown,
  untilEvent,
  untilShown,
} from './ward.ts';

const unavailable = (...says: Shown['says']): Shown => ({
  ready: 'False/CredentialsUnavailable',
  mode: 'Reconciling/ProgressingWithRetry',
  says,
});

const HOW = /accessKey \+ secretKey/;
const TOKEN = { token: exampleToken };

interface Row {
  readonly name: string;
  /** Absent: the Secret does not exist. */
  readonly data?: Readonly<Record<string, string>>;
  readonly says: Shown['says'];
}

const CREDENTIALS: readonly Row[] = [
  { name: 'does not exist', says: [/Secret \S+\/account does not exist; create it/] },
  { name: 'is empty', data: {}, says: [/Secret \S+\/account: .*no key to sign in with/, HOW] },
  { name: 'has foreign keys only', data: { user: 'x' }, says: [/no key to sign in with/, HOW] },
  { name: 'lacks the other half', data: { accessKey: exampleAccessKey }, says: [/no key "secretKey"/, HOW] },
  { name: 'lacks the domain', data: { username: 'a', password: 'b' }, says: [/no key "domainName"/, HOW] },
  { name: 'has an empty value', data: { token: '' }, says: [/empty key "token"/, HOW] },
  { name: 'has a blank value', data: { token: ' \n' }, says: [/empty key "token"/, HOW] },
  {
    name: 'is ambiguous',
    data: { ...TOKEN, accessKey: exampleAccessKey, secretKey: exampleSecretKey },
    says: [/holds accessKey, secretKey, token together/, /only one of them/],
  },
  {
    name: 'would split a header',
    data: { token: 'abc\r\nX-Evil: 1' },
    says: [/space, line break or non-ASCII character in key "token"; store the bare value/],
  },
  { name: 'is not ASCII', data: { token: 'tökén' }, says: [/non-ASCII character in key "token"/] },
  {
    name: 'names an endpoint with a user',
    data: { ...TOKEN, endpoint: 'https://user:pass@example.com' },
    says: [/key "endpoint" of the credentials Secret must not hold a user/],
  },
  {
    name: 'names an endpoint that is no URL',
    data: { ...TOKEN, endpoint: 'servicestage' },
    says: [/key "endpoint" .* is not a URL such as/],
  },
  {
    name: 'puts the region into the middle of a name',
    data: { ...TOKEN, endpoint: 'https://evil{region}.example.com' },
    says: [/key "endpoint" .* \{region\} only as a whole label/],
  },
  {
    name: 'has a malformed IAM endpoint',
    data: { ...TOKEN, iamEndpoint: 'ftp://iam.example.com' },
    says: [/key "iamEndpoint" .* https:\/\//],
  },
];

export function describeCredentials(ward: () => World): void {
  it.each(CREDENTIALS)(
    'names a credentials Secret that $name, and goes on when it is right',
    async ({ data, says }) => {
      const world = ward();
      if (data !== undefined) await world.secret('account', data);
      await world.create(newVersion({}, { credentialsSecretRef: { name: 'account' } }));
      await untilShown(world, unavailable(...says));
      expect(callsOf(world)).toEqual([]);
      await healthyStaysWell(world);
      await world.secret('account', TOKEN);
      await world.untilReady();
      expect(modifiesOf(world)).toHaveLength(1);
    },
  );

  it('counts a missing Secret as stalled after ten minutes, and still goes on when it exists', async () => {
    const world = ward();
    await world.create(newVersion({}, { credentialsSecretRef: { name: 'account' } }));
    const says = ['does not exist; create it'];
    await untilShown(world, unavailable(...says));
    expect((await untilEvent(world, 'CredentialsUnavailable')).note).toContain('does not exist; create it');
    await untilShown(world, {
      ready: 'False/CredentialsUnavailable',
      mode: 'Stalled/CredentialsUnavailable',
      says,
    });
    const writes = world.statusWrites.get(NAME);
    await world.settle(3_600_000);
    expect(world.statusWrites.get(NAME)).toBe(writes);
    await world.secret('account', TOKEN);
    await world.untilReady();
  });

  it('stays Ready when its Secret is deleted at rest, says once that it cannot look, and looks again by itself', async () => {
    const world = ward();
    await world.secret('account', TOKEN);
    await world.create(newVersion({}, { credentialsSecretRef: { name: 'account' } }));
    await world.untilReady();
    await world.kube.call('DELETE', `/api/v1/namespaces/${world.namespace}/secrets/account`);
    const synced = await world.until('Synced says why', async () => {
      const conditions = (await world.get())?.status?.conditions as readonly JsonObject[] | undefined;
      return conditions?.find((c) => c.type === 'Synced' && c.reason === 'CheckFailed');
    });
    expect(synced.message).toMatch(/Secret \S+\/account does not exist; create it/);
    const writes = world.statusWrites.get(NAME) ?? 0;
    await world.settle(300_000);
    expect(world.statusWrites.get(NAME)).toBe(writes);
    expect(await world.untilReady()).toBeDefined();
    await world.secret('account', TOKEN);
    await world.until('Synced again', async () =>
      JSON.stringify((await world.get())?.status?.conditions ?? []).includes('InSync'),
    );
    expect(putsOf(world)).toHaveLength(1);
  });
}

/** Values that the spec takes from Secrets. */
const REFERENCES: readonly (Row & { readonly cure: Readonly<Record<string, string>> })[] = [
  {
    name: 'does not exist yet',
    says: [/Secret \S+\/app does not exist; create it/],
    cure: { password: 'pw-value' },
  },
  {
    name: 'lacks the key',
    data: { other: 'x' },
    says: [
      /Secret \S+\/app has no key "password", which spec\.component\/envs\/0\/valueSecretRef refers to; add it/,
    ],
    cure: { password: 'pw-value' },
  },
  {
    name: 'has a key of the prototype only',
    data: {},
    says: [/has no key "password"/],
    cure: { password: 'pw-value' },
  },
];

export function describeReferences(ward: () => World): void {
  it.each(REFERENCES)('waits for a referenced Secret that $name', async ({ data, says, cure }) => {
    const world = ward();
    if (data !== undefined) await world.secret('app', data);
    await world.create(
      newVersion({ envs: [{ name: 'PW', valueSecretRef: { name: 'app', key: 'password' } }] }),
    );
    await untilShown(world, unavailable(...says));
    expect(putsOf(world)).toEqual([]);
    await healthyStaysWell(world);
    await world.secret('app', cure);
    await world.untilReady();
    expect(modifiesOf(world)).toHaveLength(1);
    expect(world.cloud.component(exampleComponentId).config.envs).toEqual([
      { name: 'PW', value: 'pw-value' },
    ]);
  });

  it('does not take a property that every object has for a key of the Secret', async () => {
    const world = ward();
    await world.secret('app', { other: 'x' });
    const ref = { name: 'app', key: 'constructor' };
    await world.create(newVersion({ envs: [{ name: 'PW', valueSecretRef: ref }] }));
    await untilShown(world, unavailable(/has no key "constructor"/));
  });

  it('carries a value with line breaks and an empty one as data', async () => {
    const world = ward();
    const multiline = '-----BEGIN-----\r\nline "two"\n\t\u2028end\n';
    await world.secret('app', { multiline, empty: '' });
    const refTo = (key: string) => ({ name: key, valueSecretRef: { name: 'app', key } });
    await world.create(newVersion({ envs: [refTo('multiline'), refTo('empty')] }));
    const ready = await world.untilReady();
    expect(world.cloud.component(exampleComponentId).config.envs).toEqual([
      { name: 'multiline', value: multiline },
      { name: 'empty', value: '' },
    ]);
    expect(conditionOf(ready, 'Synced')).toBe('True/InSync');
  });
}
