import { describe, expect, test } from 'vitest';
import { digestInput, immutableDifferences } from '../../src/core/body.ts';
import { SEED_BODY, SEED_SPEC } from '../api/seed-example.ts';

const { component } = SEED_SPEC;
const withSecrets = {
  ...component,
  source: {
    kind: 'package',
    url: 'https://h/a',
    storage: 'http',
    httpPasswordSecretRef: { name: 'a', key: 'pw' },
    httpHeadersSecretRef: { name: 'h' },
  },
  envs: [
    { name: 'PLAIN', value: 'x' },
    { name: 'TOKEN', valueSecretRef: { name: 'a', key: 'token' } },
  ],
  templateSource: { storage: 'http', url: 'https://h/t', httpHeadersSecretRef: { name: 'h' } },
};

describe('digestInput', () => {
  test('has no replica and keeps the name and runtime stack of the spec', () => {
    const { replica: _, ...rest } = SEED_BODY;
    expect(digestInput(component)).toEqual(rest);
  });

  test('has references in place of the values of Secrets', () => {
    expect(digestInput(withSecrets)).toMatchObject({
      source: {
        http_password: { secretRef: { name: 'a', key: 'pw' } },
        http_headers: { secretRef: { name: 'h' } },
      },
      envs: [
        { name: 'PLAIN', value: 'x' },
        { name: 'TOKEN', value: { secretRef: { name: 'a', key: 'token' } } },
      ],
    });
  });

  test('sorts map and set lists, also nested ones, and keeps the order of the others', () => {
    const given = {
      envs: [{ name: 'b' }, { name: 'a' }],
      imagePullSecrets: ['b', 'a'],
      tolerations: [{ key: 'b' }, { key: 'a' }],
      storages: [{ name: 's', mounts: [{ path: '/b' }, { path: '/a' }] }],
      securityContext: { capabilities: { drop: ['b', 'a'] } },
    };
    expect(digestInput(given)).toEqual({
      envs: [{ name: 'a' }, { name: 'b' }],
      image_pull_secrets: ['a', 'b'],
      tolerations: [{ key: 'b' }, { key: 'a' }],
      storages: [{ name: 's', mounts: [{ path: '/a' }, { path: '/b' }] }],
      security_context: { capabilities: { drop: ['a', 'b'] } },
    });
  });

  test('is the same whether a weight is text or a number, and changes with extraBody', () => {
    expect(digestInput({ affinity: [{ weight: '5' }] })).toEqual(digestInput({ affinity: [{ weight: 5 }] }));
    expect(digestInput({ extraBody: { a: 1 } })).toEqual({ a: 1 });
  });
});

describe('immutableDifferences', () => {
  const remote = (more: object = {}, name = 'mycomponet') => ({
    name,
    runtimeStack: { ...SEED_BODY.runtime_stack, ...more },
  });

  test('finds nothing where spec and server agree', () =>
    expect(immutableDifferences(component, remote())).toEqual([]));

  test('names each key that differs', () => {
    expect(
      immutableDifferences(component, remote({ type: 'Tomcat', deploy_mode: 'container' }, 'other')),
    ).toEqual([
      { path: 'spec.component.name', spec: 'mycomponet', server: 'other' },
      { path: 'spec.component.runtimeStack.type', spec: 'Java', server: 'Tomcat' },
      { path: 'spec.component.runtimeStack.deployMode', spec: 'virtualmachine', server: 'container' },
    ]);
  });

  test.each([
    ['an empty version of the server', component, remote({ version: '' })],
    ['a version that the server does not tell', component, remote({ version: null })],
    [
      'an empty version of the spec',
      { ...component, runtimeStack: { ...component.runtimeStack, version: '' } },
      remote({ version: '9' }),
    ],
    ['a server that tells nothing', component, { name: 'mycomponet', runtimeStack: {} }],
  ])('takes %s for anything', (_, spec, server) => expect(immutableDifferences(spec, server)).toEqual([]));
});
