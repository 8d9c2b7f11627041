// Comparison at its edges: what stands in the place of what, entries that are told apart by keys, places that are left out.
import { describe, expect, it } from 'vitest';
import { compareBody, writeOnlyFields } from '../../src/core/diff.ts';
import type { JsonObject } from '../../src/core/types.ts';

type Row = readonly [name: string, desired: JsonObject, remote: JsonObject, want: readonly string[]];

const differences = (desired: JsonObject, remote: JsonObject, removed: readonly string[] = []) =>
  compareBody({ desired, remote, removedKeys: removed }).map(({ kind, pointer }) => `${kind} ${pointer}`);

describe('a value', () => {
  it.each<Row>([
    [
      'that is a number of a rollout is equal as text too',
      { update_strategy: { max_surge: 1 } },
      { update_strategy: { max_surge: '1' } },
      [],
    ],
    ['that is a number differs from none', { limit_cpu: 1 }, {}, ['missing /limitCpu']],
    ['that is nothing equals one that is not there', { build: {}, labels: [], limit_cpu: 0 }, {}, []],
    [
      'of a map is there although another key differs',
      { sys_config: { a: '1', b: '2' } },
      { sys_config: { a: '1', b: '3' } },
      ['changed /sysConfig/b'],
    ],
    [
      'of a map is missing in a text',
      { sys_config: { a: '1' } },
      { sys_config: 'x' },
      ['missing /sysConfig/a'],
    ],
    [
      'that is a text cannot be compared as an object',
      { source: 'x' } as JsonObject,
      { source: { url: 'y' } },
      [],
    ],
    [
      'that is a text cannot be compared as a map',
      { sys_config: 'x' } as JsonObject,
      { sys_config: { a: 'b' } },
      [],
    ],
  ])('%s', (_name, desired, remote, want) => {
    expect(differences(desired, remote)).toEqual(want);
  });
});

describe('an entry of a list', () => {
  it.each<Row>([
    [
      'is found by its key, whatever its place, and told at the place of the spec',
      {
        envs: [
          { name: 'B', value: '1' },
          { name: 'A', value: '1' },
        ],
      },
      {
        envs: [
          { name: 'A', value: '2' },
          { name: 'B', value: '1' },
        ],
      },
      ['changed /envs/1/value'],
    ],
    [
      'needs all of its keys to be the same one',
      { refer_resources: [{ type: 'cce', id: 'a' }] },
      { refer_resources: [{ type: 'cce', id: 'b' }] },
      ['missing /referResources/0', 'extra /referResources'],
    ],
    [
      'is used up by the one that it was found for',
      {
        labels: [
          { key: 'a', value: '1' },
          { key: 'a', value: '1' },
        ],
      },
      { labels: [{ key: 'a', value: '1' }] },
      ['missing /labels/1'],
    ],
    [
      'that is a text is found as it is',
      { image_pull_secrets: ['a', 'b'] },
      { image_pull_secrets: ['a', 'c'] },
      ['missing /imagePullSecrets/1', 'extra /imagePullSecrets'],
    ],
    [
      'of an ordered list is told with its list',
      { command: { args: ['a', 'b'] } },
      { command: { args: ['a'] } },
      ['changed /command/args'],
    ],
    [
      'of an ordered list that is gone is told with its list',
      { command: { args: ['a'] } },
      { command: { args: [], command: ['x'] } },
      ['missing /command/args'],
    ],
    [
      'in the place of which stands a text is missing',
      { envs: [{ name: 'A' }] },
      { envs: ['A'] },
      ['missing /envs'],
    ],
  ])('%s', (_name, desired, remote, want) => {
    expect(differences(desired, remote)).toEqual(want);
  });
});

describe('what the service adds', () => {
  it.each<Row>([
    [
      'is not the user’s: a variable marked inner',
      { envs: [{ name: 'A' }] },
      { envs: [{ name: 'A' }, { name: 'B', inner: true }] },
      [],
    ],
    [
      'is the user’s when the user has a time zone of his own',
      { envs: [{ name: 'TZ', value: 'UTC' }, { name: 'A' }] },
      { envs: [{ name: 'TZ', value: 'PST' }, { name: 'A' }] },
      ['changed /envs/0/value'],
    ],
    [
      'is not the user’s: a time zone beside another variable',
      { envs: [{ name: 'A' }] },
      { envs: [{ name: 'A' }, { name: 'tz' }] },
      [],
    ],
    [
      'is not the user’s: an address under another protocol',
      { external_accesses: [{ protocol: 'HTTP', address: 'a' }] },
      {
        external_accesses: [
          { protocol: 'HTTP', address: 'a' },
          { protocol: 'TCP', address: 'b' },
        ],
      },
      [],
    ],
    [
      'is not the user’s: an address without a protocol, when the user has none',
      { external_accesses: [{ protocol: 'HTTP', address: 'a' }] },
      { external_accesses: [{ protocol: 'HTTP', address: 'a' }, { address: 'b' }] },
      [],
    ],
    [
      'is the user’s: an address without a protocol, when the user has one',
      { external_accesses: [{ address: 'a' }] },
      { external_accesses: [{ address: 'a' }, { address: 'b' }] },
      ['extra /externalAccesses'],
    ],
    [
      'is the user’s: an address under a protocol of the user',
      { external_accesses: [] },
      { external_accesses: [{ protocol: 'Https', address: 'b' }] },
      ['extra /externalAccesses'],
    ],
  ])('%s', (_name, desired, remote, want) => {
    expect(differences(desired, remote)).toEqual(want);
  });
});

describe('a configuration’s id', () => {
  it.each<Row>([
    [
      'is equal under either spelling, whichever was sent',
      { configs: [{ config_id: 'a', mount_path: '/a' }] },
      { configs: [{ conifg_id: 'a', mount_path: '/a' }] },
      [],
    ],
    [
      'differs under either spelling',
      { configs: [{ conifg_id: 'a', mount_path: '/a' }] },
      { configs: [{ config_id: 'b', mount_path: '/a' }] },
      ['missing /configs/0', 'extra /configs'],
    ],
    [
      'differs as it was sent',
      { configs: [{ config_id: 'a', mount_path: '/a' }] },
      { configs: [{ config_id: 'b', mount_path: '/a' }] },
      ['missing /configs/0', 'extra /configs'],
    ],
  ])('%s', (_name, desired, remote, want) => {
    expect(differences(desired, remote)).toEqual(want);
  });
});

describe('a place that is to be ignored', () => {
  const desired = { version: '2', envs: [{ name: 'A', value: '1' }], jvm_opts: 'x' };
  const remote = { version: '1', envs: [{ name: 'A', value: '2' }], jvm_opts: 'y' };
  const left = (...ignored: string[]) =>
    compareBody({ desired, remote, ignored }).map(({ pointer }) => pointer);

  it.each([
    ['leaves out the value at it', ['/version'], ['/envs/0/value', '/jvmOpts']],
    ['leaves out all below it', ['/envs'], ['/version', '/jvmOpts']],
    [
      'leaves out nothing that only begins like it',
      ['/jvm', '/vers'],
      ['/version', '/envs/0/value', '/jvmOpts'],
    ],
    ['leaves out nothing above it', ['/envs/0/value/more'], ['/version', '/envs/0/value', '/jvmOpts']],
    ['stands for itself beside others', ['/version', '/jvmOpts'], ['/envs/0/value']],
  ])('%s', (_name, ignored, want) => {
    expect(left(...ignored).toSorted()).toEqual(want.toSorted());
  });
});

describe('a key that left the spec', () => {
  it.each([
    [
      'is told also when it is in a body that decides by its workload',
      'version',
      { version: '1' },
      ['removed /version'],
    ],
    ['is not told in such a body when the workload decides over it', 'jvm_opts', { jvm_opts: 'x' }, []],
  ])('%s', (_name, key, remote, want) => {
    expect(differences({ config_mode: 'yaml' }, { config_mode: 'yaml', ...remote }, [key])).toEqual(want);
  });

  it('is not told when it is written again', () => {
    expect(differences({ jvm_opts: '' }, { jvm_opts: '' }, ['jvm_opts'])).toEqual([]);
  });
});

describe('what cannot be compared', () => {
  it('is named inside of objects and of lists, and not where nothing is written', () => {
    const body = {
      source: { url: 'u', http_password: '' },
      template_source: { http_headers: { a: 'b' } },
      multi_containers: [{ source: { http_password: 'p' } }, 'odd'],
      labels: [{ key: 'a', value: 'b' }],
      startup_probe: { type: 'tcp' },
    } as unknown as JsonObject;
    expect(writeOnlyFields(body)).toEqual([
      '/templateSource/httpHeaders',
      '/multiContainers/0/source/httpPassword',
    ]);
    expect(writeOnlyFields(body, { labels: [] })).toContain('/startupProbe');
    expect(writeOnlyFields(body, { startup_probe: {} })).toContain('/labels');
  });
});
