import { describe, expect, test } from 'vitest';
import { compareBody } from '../../src/core/diff.ts';
import type { JsonObject } from '../../src/core/types.ts';

type Row = readonly [name: string, desired: JsonObject, remote: JsonObject];

const differences = (desired: JsonObject, remote: JsonObject, removed: readonly string[] = []) =>
  compareBody({ desired, remote, removedKeys: removed }).map(({ kind, pointer }) => `${kind} ${pointer}`);

describe('a difference', () => {
  test.each<readonly [...Row, readonly string[]]>([
    ['a changed text', { version: '1.0.1' }, { version: '1.0.0' }, ['changed /version']],
    ['a text that is gone', { jvm_opts: '-Xmx1g' }, {}, ['missing /jvmOpts']],
    ['a text that should be empty', { description: '' }, { description: 'old' }, ['changed /description']],
    ['a number', { limit_cpu: 0.5 }, { limit_cpu: 0.25 }, ['changed /limitCpu']],
    [
      'a switch',
      { enable_sermant_config: true },
      { enable_sermant_config: false },
      ['missing /enableSermantConfig'],
    ],
    [
      'a changed variable',
      {
        envs: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
      {
        envs: [
          { name: 'B', value: '3' },
          { name: 'A', value: '1' },
        ],
      },
      ['changed /envs/1/value'],
    ],
    [
      'a missing variable',
      { envs: [{ name: 'A', value: '1' }, { name: 'B' }] },
      { envs: [{ name: 'B' }] },
      ['missing /envs/0'],
    ],
    [
      'no variables left',
      { envs: [{ name: 'A' }, { name: 'B' }] },
      { envs: [{ name: 'C', inner: true }] },
      ['missing /envs'],
    ],
    [
      'an additional variable',
      { envs: [{ name: 'A' }] },
      { envs: [{ name: 'A' }, { name: 'B' }, { name: 'C' }] },
      ['extra /envs'],
    ],
    ['labels that should be gone', { labels: [] }, { labels: [{ key: 'a', value: 'b' }] }, ['extra /labels']],
    [
      'another access',
      { external_accesses: [{ protocol: 'http', address: 'a', forward_port: 80 }] },
      { external_accesses: [{ protocol: 'HTTPS', address: 'a', forward_port: 80 }] },
      ['missing /externalAccesses/0', 'extra /externalAccesses'],
    ],
    [
      'another source',
      { source: { kind: 'image', url: 'a' } },
      { source: { kind: 'image', url: 'b' } },
      ['changed /source/url'],
    ],
    [
      'another build command',
      { build: { parameters: { build_cmd: 'make', free: { a: 1 } } } },
      { build: { parameters: { build_cmd: 'mvn', free: { a: 2, b: 1 } } } },
      ['changed /build/parameters/buildCmd', 'changed /build/parameters/free'],
    ],
    [
      'another weight',
      { affinity: [{ kind: 'node', weight: 5 }] },
      { affinity: [{ kind: 'node', weight: 6 }] },
      ['missing /affinity/0', 'extra /affinity'],
    ],
    [
      'another surge',
      { update_strategy: { max_surge: '30%' } },
      { update_strategy: { max_surge: '25%' } },
      ['changed /updateStrategy/maxSurge'],
    ],
    [
      'a probe that is gone',
      { liveness_probe: { type: 'tcp', delay: 1, timeout: 1 } },
      { liveness_probe: {} },
      ['missing /livenessProbe'],
    ],
    [
      'the order of arguments',
      { command: { args: ['a', 'b'] } },
      { command: { args: ['b', 'a'] } },
      ['changed /command/args'],
    ],
    [
      'the parameters of a resource',
      { refer_resources: [{ type: 'cce', id: 'a', parameters: { name: 'n' } }] },
      { refer_resources: [{ type: 'cce', id: 'a', parameters: { name: 'm' } }] },
      ['changed /referResources/0/parameters/name'],
    ],
    [
      'a setting',
      { sys_config: { 'a/b': '1', c: '2' } },
      { sys_config: { 'a/b': '2' } },
      ['changed /sysConfig/a~1b', 'missing /sysConfig/c'],
    ],
    [
      'a container',
      { multi_containers: [{ container_name: 'a', envs: [{ name: 'A', value: '1' }] }] },
      { multi_containers: [{ container_name: 'a', envs: [{ name: 'A', value: '2' }] }] },
      ['changed /multiContainers/0/envs/0/value'],
    ],
    [
      'the mode in yaml',
      { config_mode: 'yaml', version: '1.0.1' },
      { config_mode: 'ui', version: '1.0.0' },
      ['changed /configMode', 'changed /version'],
    ],
    [
      'a key of extraBody',
      { brand_new: { a: 1 }, source: { odd: 1 } },
      { brand_new: { a: 2 }, source: { odd: 2 } },
      ['changed /extraBody/brand_new', 'changed /extraBody/source/odd'],
    ],
    [
      'a wrong type',
      { labels: [{ key: 'a', value: 'b' }], source: { url: 'a' } },
      { labels: 'x', source: 'y' },
      ['missing /labels', 'missing /source/url'],
    ],
  ])('is %s', (_, desired, remote, want) => expect(differences(desired, remote)).toEqual(want));

  test('names no value and stays within 100 bytes', () => {
    const long = 'ä'.repeat(60);
    const [found] = compareBody({
      desired: { sys_config: { [long]: 'CANARY' } },
      remote: { sys_config: {} },
    });
    expect(found).toEqual({ pointer: '/sysConfig', kind: 'missing' });
  });

  test('is told once per place', () => {
    const remote = { sys_config: {} };
    const desired = { sys_config: { [`a${'x'.repeat(100)}`]: '1', [`b${'x'.repeat(100)}`]: '2' } };
    expect(compareBody({ desired, remote })).toHaveLength(1);
  });

  test('survives odd keys', () => {
    const desired = JSON.parse(
      '{"__proto__":1,"sys_config":{"__proto__":"a","constructor":"b"},"constructor":{}}',
    );
    expect(differences(desired, { sys_config: {} })).toEqual([
      'missing /sysConfig/__proto__',
      'missing /sysConfig/constructor',
    ]);
  });
});
