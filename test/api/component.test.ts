import { describe, expect, test } from 'vitest';
import { intervalMs, parseSpec } from '../../src/api/component.ts';
import { mergePatch } from '../../src/core/paths.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { SEED_SPEC } from './seed-example.ts';

const component = (patch: JsonObject) => mergePatch(SEED_SPEC, { component: patch });

function warned(patch: JsonObject): readonly string[] {
  const result = parseSpec(component(patch));
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problems));
  return result.warnings.map(({ path }) => path.replace('spec.component.', ''));
}

describe('parseSpec', () => {
  test('takes the example of the API page as it is, without a word', () => {
    expect(parseSpec(SEED_SPEC)).toEqual({ kind: 'ok', spec: SEED_SPEC, warnings: [] });
  });

  test('drops unknown fields as the API server does, and keeps unknown keys of open objects', () => {
    const parameters = { clusterId: 'c', useful: { deep: null } };
    const given = component({
      nobody: 1,
      labels: [{ key: 'a', value: 'b', more: 1 }],
      build: { more: 1, parameters },
    });
    expect(parseSpec(given)).toMatchObject({ kind: 'ok' });
    const { spec } = parseSpec(given) as { spec: { component: JsonObject } };
    expect(spec.component.labels).toEqual([{ key: 'a', value: 'b' }]);
    expect(spec.component).not.toHaveProperty('nobody');
  });

  test('keeps __proto__ and constructor as keys of maps, and touches no prototype', () => {
    const odd = JSON.parse(
      '{"sysConfig":{"__proto__":"x","constructor":"y"},"extraBody":{"__proto__":{"z":1}}}',
    );
    const result = parseSpec({ ...SEED_SPEC, component: { ...SEED_SPEC.component, ...odd } });
    expect(result.kind === 'ok' && JSON.stringify(result.spec.component.sysConfig)).toBe(
      JSON.stringify(odd.sysConfig),
    );
    expect(result.kind === 'ok' && JSON.stringify(result.spec.component.extraBody)).toBe(
      JSON.stringify(odd.extraBody),
    );
    expect(Object.hasOwn(Object.prototype, 'z')).toBe(false);
  });

  test.each([undefined, null, 'spec', 5, [], { component: null }, { component: { envs: [null] } }])(
    'refuses %j without throwing',
    (given) => expect(parseSpec(given).kind).toBe('invalid'),
  );

  test('names a value of __proto__ that is no text', () => {
    const sysConfig = JSON.parse('{"__proto__":{"a":1}}');
    const result = parseSpec({ ...SEED_SPEC, component: { ...SEED_SPEC.component, sysConfig } });
    expect(result).toEqual({
      kind: 'invalid',
      problems: [{ path: 'spec.component.sysConfig.__proto__', message: 'must be a text' }],
    });
  });

  test('says what is missing, of the wrong type, out of bounds and against a rule', () => {
    const given = component({
      name: null,
      replica: -1,
      limitCpu: '1',
      dnsPolicy: 'x',
      source: { url: null },
    });
    expect(parseSpec(given)).toEqual({
      kind: 'invalid',
      problems: expect.arrayContaining([
        { path: 'spec.component.name', message: 'is missing' },
        { path: 'spec.component.replica', message: 'must be at least 0' },
        { path: 'spec.component.limitCpu', message: 'must be a number' },
        {
          path: 'spec.component.dnsPolicy',
          message: 'must be one of Default, ClusterFirst, ClusterFirstWithHostNet, None',
        },
        {
          path: 'spec.component.source.url',
          message: expect.stringContaining('kinds package and image need it'),
        },
      ]),
    });
  });

  test('never shows a value, whatever is wrong with it', () => {
    const canary = 'CANARY-7f3a';
    const wrong = component({
      name: `${canary}!`,
      description: canary.repeat(40),
      dnsPolicy: canary,
      replica: canary,
      source: {
        httpPassword: [canary],
        httpHeaders: { a: [canary] },
        commitId: canary,
        httpPasswordSecretRef: canary,
      },
      affinity: [{ weight: canary }],
      updateStrategy: { maxSurge: canary },
      sysConfig: canary,
    });
    expect(JSON.stringify(parseSpec(wrong))).not.toContain(canary);
    const warned = component({
      source: {
        storage: 'http',
        url: `https://user:${canary}@host/a`,
        httpPassword: canary,
        httpHeaders: { a: canary },
      },
      storages: [{ name: canary, type: 'EmptyDir', parameters: {}, mounts: [] }],
    });
    const result = parseSpec(warned);
    expect(JSON.stringify(result.kind === 'ok' && result.warnings)).not.toContain(canary);
  });

  test('refuses null anywhere in extraBody', () => {
    const given = { ...SEED_SPEC, component: { ...SEED_SPEC.component, extraBody: { a: { b: [null] } } } };
    expect(parseSpec(given)).toMatchObject({
      kind: 'invalid',
      problems: [{ path: 'spec.component.extraBody.a.b[0]' }],
    });
  });

  test('counts characters, not UTF-16 units, as the API server does', () => {
    expect(parseSpec(component({ description: '😀'.repeat(128) })).kind).toBe('ok');
    expect(parseSpec(component({ description: '😀'.repeat(129) })).kind).toBe('invalid');
  });
});

describe('the warnings', () => {
  test.each<[string, JsonObject, string[]]>([
    ['a password in plain text', { source: { httpPassword: 'x' } }, ['source.httpPassword']],
    ['headers in plain text', { source: { httpHeaders: { a: 'b' } } }, ['source.httpHeaders']],
    ['credentials in a URL', { source: { url: 'https://u:p@h/x' } }, ['source.url']],
    ['a version that is not A.B.C', { version: '1-2-3' }, ['version']],
    ['code without a repository', { source: { kind: 'code' } }, ['source.repoUrl']],
    ['storage http without credentials', { source: { storage: 'http' } }, ['source']],
    [
      'NoScheduler',
      { tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoScheduler' }] },
      ['tolerations[0].effect'],
    ],
    [
      'the two spellings of configId',
      { configs: [{ configId: 'a', mountPath: '/a' }] },
      ['configs[0].configId'],
    ],
    ['replica of a daemonset', { workloadKind: 'daemonset' }, ['replica']],
    [
      'fields that a probe does not use',
      { livenessProbe: { type: 'tcp', delay: 1, timeout: 1, port: 1, path: '/' } },
      ['livenessProbe.path'],
    ],
    [
      'fields that a hook does not use',
      { preStop: { type: 'http', command: ['a'], path: '/' } },
      ['preStop.command'],
    ],
    [
      'an unknown rotation',
      { logs: [{ logPath: '/', rotate: 'Yearly', hostPath: '/', hostExtendPath: 'None' }] },
      ['logs[0].rotate'],
    ],
    [
      'an unknown operation',
      { affinity: [{ matchExpressions: [{ key: 'a', operation: 'Near', value: '' }] }] },
      ['affinity[0].matchExpressions[0].operation'],
    ],
    ['a documented key in extraBody', { extraBody: { jvm_opts: '' } }, ['extraBody']],
    [
      'a rolling release beside an update strategy',
      { deployStrategy: { type: 'RollingRelease', rollingRelease: { batches: 1 } }, updateStrategy: {} },
      ['deployStrategy'],
    ],
    [
      'gray rules that are an object',
      {
        deployStrategy: {
          type: 'GrayRelease',
          grayRelease: {
            type: 'CONTENT',
            replicaSurgeMode: 'EXTRA',
            ruleMatchMode: 'any',
            rules: { type: 'HEADER', key: 'a', value: 'b', condition: 'EQUAL' },
          },
        },
      },
      ['deployStrategy.grayRelease.ruleMatchMode', 'deployStrategy.grayRelease.rules'],
    ],
    [
      'credentials that template storage does not use',
      { templateSource: { storage: 'obs', url: 'obs://a/b', httpUsername: 'x' } },
      ['templateSource.httpUsername'],
    ],
  ])('name %s', (_, patch, paths) => expect(warned(patch)).toEqual(paths));
});

describe('intervalMs', () => {
  test.each([
    ['0s', 0],
    ['30s', 30_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1.5h', 5_400_000],
  ])('reads %s', (text, ms) => expect(intervalMs(text)).toBe(ms));

  test('is 10 minutes without a text', () => expect(intervalMs()).toBe(600_000));

  test.each(['', '10', '10 m', '1d', '-1m', '9999999999h'])('throws for %j', (text) => {
    expect(() => intervalMs(text)).toThrow(TypeError);
  });
});
