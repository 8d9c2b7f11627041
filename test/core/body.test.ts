import { describe, expect, test } from 'vitest';
import { buildBody, secretRefs, topLevelKeys, toWire } from '../../src/core/body.ts';
import { SEED_BODY, SEED_SPEC } from '../api/seed-example.ts';

const { component } = SEED_SPEC;
const server = { name: 'mycomponet', runtimeStack: SEED_BODY.runtime_stack, replica: 3 };
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
const secrets = {
  '/source/httpPasswordSecretRef': 'P',
  '/source/httpHeadersSecretRef': { b: '2', a: '1' },
  '/envs/1/valueSecretRef': 'T',
  '/templateSource/httpHeadersSecretRef': { b: '2', a: '1' },
};
const build = (more: object = {}, values: object = {}) =>
  buildBody({
    component: { ...component, ...more },
    secrets: { ...secrets, ...values },
    server,
    configIdWireName: 'conifg_id',
  });

describe('secretRefs', () => {
  test('lists every reference with its place, Secret, key and kind', () => {
    expect(secretRefs(withSecrets)).toEqual([
      { secretName: 'a', key: 'pw', path: '/source/httpPasswordSecretRef', kind: 'password' },
      { secretName: 'h', path: '/source/httpHeadersSecretRef', kind: 'headers' },
      { secretName: 'a', key: 'token', path: '/envs/1/valueSecretRef', kind: 'value' },
      { secretName: 'h', path: '/templateSource/httpHeadersSecretRef', kind: 'headers' },
    ]);
  });

  test('finds those of additional containers', () => {
    const multiContainers = [
      { containerName: 'a', source: {}, envs: [{ name: 'A', valueSecretRef: { name: 's', key: 'k' } }] },
    ];
    expect(secretRefs({ multiContainers })).toEqual([
      { secretName: 's', key: 'k', path: '/multiContainers/0/envs/0/valueSecretRef', kind: 'value' },
    ]);
  });
});

describe('buildBody', () => {
  test('carries the server values of name, runtime stack and replica', () => {
    const remote = {
      name: 'mycomponet',
      runtimeStack: { name: 'OpenJDK8', version: '1.2.0', id: 'x' },
      replica: 3,
    };
    const built = buildBody({ component, secrets: {}, server: remote, configIdWireName: 'conifg_id' });
    expect(built).toEqual({
      kind: 'ok',
      secretPointers: [],
      body: {
        ...SEED_BODY,
        replica: 3,
        runtime_stack: { name: 'OpenJDK8', version: '1.2.0', type: 'Java', deploy_mode: 'virtualmachine' },
      },
    });
    expect(Object.keys(built.kind === 'ok' ? built.body : {})).toEqual(Object.keys(toWire(component)));
  });

  test('puts the number of instances in its place although the spec has none', () => {
    const { replica: _, ...rest } = component;
    const built = buildBody({ component: rest, secrets: {}, server, configIdWireName: 'conifg_id' });
    expect(built.kind === 'ok' && Object.keys(built.body)).toEqual(Object.keys(toWire(component)));
  });

  test('fills in the values of Secrets and says where they are', () => {
    const built = build(withSecrets);
    expect(built).toMatchObject({
      kind: 'ok',
      body: {
        source: { http_password: 'P', http_headers: { a: '1', b: '2' } },
        envs: [
          { name: 'PLAIN', value: 'x' },
          { name: 'TOKEN', value: 'T' },
        ],
        template_source: {
          http_headers: [
            { key: 'a', value: '1' },
            { key: 'b', value: '2' },
          ],
        },
      },
      secretPointers: [
        '/source/http_password',
        '/source/http_headers',
        '/envs/1/value',
        '/template_source/http_headers',
      ],
    });
    expect(JSON.stringify(built)).not.toContain('SecretRef');
  });

  test('counts plain passwords and headers as secret', () => {
    const source = { ...component.source, httpPassword: 'p', httpHeaders: { a: 'b' } };
    expect(build({ source })).toMatchObject({
      secretPointers: ['/source/http_password', '/source/http_headers'],
    });
  });

  test('names references that nobody resolved', () => {
    const built = buildBody({ component: withSecrets, secrets: {}, server, configIdWireName: 'conifg_id' });
    expect(built).toEqual({ kind: 'unresolved', paths: Object.keys(secrets) });
  });

  test('merges extraBody last, as a merge patch', () => {
    const extraBody = { source: { url: 'obs://other' }, brand_new: { a: [1] }, tomcat_opts: 'x' };
    const built = build({ extraBody });
    expect(built).toMatchObject({
      kind: 'ok',
      body: { source: { kind: 'package', url: 'obs://other' }, brand_new: { a: [1] }, tomcat_opts: 'x' },
    });
    expect(built.kind === 'ok' && Object.keys(built.body).at(-1)).toBe('brand_new');
  });

  test.each([
    ['name', { name: 'x' }, 'spec.component.extraBody.name'],
    ['runtime_stack', { runtime_stack: { version: '2' } }, 'spec.component.extraBody.runtime_stack'],
    ['replica', { replica: 3 }, 'spec.component.extraBody.replica'],
    ['null', { description: null }, 'spec.component.extraBody.description'],
    ['a nested null', { source: { url: null } }, 'spec.component.extraBody.source.url'],
    ['a null in a list', { labels: [{ a: null }] }, 'spec.component.extraBody.labels'],
    [
      'a value from a Secret',
      { source: { http_password: 'x' } },
      'spec.component.extraBody.source.http_password',
    ],
    [
      'a part of a value from a Secret',
      { source: { http_headers: { a: 'x' } } },
      'spec.component.extraBody.source.http_headers.a',
    ],
    ['a list with a value from a Secret', { envs: [] }, 'spec.component.extraBody.envs'],
    [
      'an object with a value from a Secret',
      { template_source: '' },
      'spec.component.extraBody.template_source',
    ],
  ])('refuses %s in extraBody', (_, extraBody, path) => {
    const built = build({ ...withSecrets, extraBody });
    expect(built).toMatchObject({ kind: 'invalid', problems: [{ path }] });
  });

  test('carries __proto__ in extraBody and in headers as data', () => {
    const extraBody = JSON.parse('{"__proto__":{"polluted":1}}');
    const headers = JSON.parse('{"__proto__":"v"}');
    const built = build({ ...withSecrets, extraBody }, { '/source/httpHeadersSecretRef': headers });
    const json = JSON.stringify(built);
    expect(json).toContain('"__proto__":{"polluted":1}');
    expect(json).toContain('"http_headers":{"__proto__":"v"}');
    expect('polluted' in {}).toBe(false);
  });
});

test('topLevelKeys are the wire names that were sent', () => {
  expect(topLevelKeys({ name: 'a', tomcat_opts: {} })).toEqual(['name', 'tomcat_opts']);
});
