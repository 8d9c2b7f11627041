// Digests name a spec and the Secret values behind it: stable under what means nothing, different under what means
// something, and the same in every release, since they are compared with what an older one stored.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestInput } from '../../src/core/body.ts';
import { DIGEST_VERSION, secretDigest, specDigest } from '../../src/core/digest.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponent } from '../support/make.ts';

const key = new Uint8Array(32).fill(7);
const digestOf = (changes: JsonObject) => specDigest(digestInput({ ...exampleComponent, ...changes }));

describe('specDigest', () => {
  // echo -n '{"a":{"c":null},"b":[1,"two"]}' | sha256sum
  it('is pinned: changing the algorithm needs a new digestVersion', () => {
    expect(DIGEST_VERSION).toBe(1);
    expect(specDigest({ b: [1, 'two'], a: { c: null } })).toBe(
      '64bc2f2d5d69a83b5104c52347f604345ed32bde857384f02b2df88453459537',
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const turned = Object.fromEntries(Object.entries(object).reverse());
        expect(specDigest(turned as JsonObject)).toBe(specDigest(object as JsonObject));
      }),
    );
  });

  const labels = [
    { key: 'a', value: '1' },
    { key: 'b', value: '2' },
  ];
  it.each<[string, JsonObject, JsonObject]>([
    ['the order of a map list', { labels }, { labels: labels.toReversed() }],
    ['the number of instances', { replica: 1 }, { replica: 7 }],
    ['a number of instances that is not managed', {}, { replica: 7 }],
    ['the place of a key', { version: '1.0.1', description: 'x' }, { description: 'x', version: '1.0.1' }],
  ])('does not see %s', (_name, one, other) => {
    expect(digestOf(one)).toBe(digestOf(other));
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['a version', { version: '1.0.1' }, { version: '1.0.2' }],
    ['an empty value that is sent', {}, { mesher: {} }],
    ['a Secret of another name', env('one', 'k'), env('two', 'k')],
    ['another key of the Secret', env('one', 'k'), env('one', 'l')],
    ['the order of an atomic list', { command: { args: ['a', 'b'] } }, { command: { args: ['b', 'a'] } }],
    ['what extraBody adds', {}, { extraBody: { new_key: 1 } }],
  ])('sees %s', (_name, one, other) => {
    expect(digestOf(one)).not.toBe(digestOf(other));
  });
});

function env(name: string, secretKey: string): JsonObject {
  return { envs: [{ name: 'PASSWORD', valueSecretRef: { name, key: secretKey } }] };
}

describe('secretDigest', () => {
  const values = { '/envs/0/valueSecretRef': 'hunter2', '/source/httpHeadersSecretRef': { b: '2', a: '1' } };

  it('is the same for the same values, in any order', () => {
    expect(secretDigest(key, Object.fromEntries(Object.entries(values).reverse()))).toBe(
      secretDigest(key, values),
    );
  });

  it.each<[string, JsonObject]>([
    ['a value', { ...values, '/envs/0/valueSecretRef': 'hunter3' }],
    ['a place', { '/envs/1/valueSecretRef': 'hunter2' }],
    ['a header', { ...values, '/source/httpHeadersSecretRef': { b: '2', a: '3' } }],
  ])('changes with %s', (_name, changed) => {
    expect(secretDigest(key, changed)).not.toBe(secretDigest(key, values));
  });

  it('cannot be guessed without the key, and carries nothing of the values', () => {
    const digest = secretDigest(key, values);
    expect(secretDigest(new Uint8Array(32), values)).not.toBe(digest);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });
});
