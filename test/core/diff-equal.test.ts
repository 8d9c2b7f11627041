import { describe, expect, test } from 'vitest';
import { compareBody } from '../../src/core/diff.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { SEED_BODY } from '../api/seed-example.ts';

type Row = readonly [name: string, desired: JsonObject, remote: JsonObject];

const differences = (desired: JsonObject, remote: JsonObject, removed: readonly string[] = []) =>
  compareBody({ desired, remote, removedKeys: removed }).map(({ kind, pointer }) => `${kind} ${pointer}`);

describe('no difference', () => {
  test.each<Row>([
    [
      'the example as GET shows it',
      SEED_BODY,
      { ...SEED_BODY, status: {}, environment_id: 'e', limit_cpu: 0 },
    ],
    [
      'name, runtime stack and replica',
      { name: 'a', replica: 1, runtime_stack: { name: 'x' } },
      { name: 'b', replica: 2 },
    ],
    [
      'inner variables',
      { envs: [{ name: 'A', value: '1' }] },
      {
        envs: [
          { name: 'A', value: '1' },
          { name: 'B', inner: true },
        ],
      },
    ],
    [
      'the variable that timezone makes',
      { timezone: 'UTC', envs: [] },
      { timezone: 'UTC', envs: [{ name: 'TZ', value: 'UTC' }] },
    ],
    ['a TZ in lower case', { envs: [] }, { envs: [{ name: 'tz', value: 'UTC' }] }],
    ['a TZ of the user', { envs: [{ name: 'TZ', value: 'UTC' }] }, { envs: [{ name: 'TZ', value: 'UTC' }] }],
    [
      'the id of a build',
      { build: { parameters: { cluster_id: 'c' } } },
      { build: { id: 'i', parameters: { cluster_id: 'c', more: 1 } } },
    ],
    [
      'more keys of a source',
      { source: { kind: 'image' } },
      { source: { kind: 'image', auth: 'iam', version: '' } },
    ],
    [
      'addresses of the cluster',
      { external_accesses: [] },
      { external_accesses: [{ protocol: 'TCP', address: '10.0.0.1' }] },
    ],
    [
      'the case of a protocol',
      { external_accesses: [{ protocol: 'http', address: 'a', forward_port: 80 }] },
      { external_accesses: [{ protocol: 'HTTP', address: 'a', forward_port: 80 }] },
    ],
    [
      'the order of labels',
      {
        labels: [
          { key: 'a', value: '' },
          { key: 'b', value: '' },
        ],
      },
      { labels: [{ key: 'b', value: '' }, { key: 'a' }] },
    ],
    ['labels that GET does not show', { labels: [{ key: 'a', value: 'b' }] }, {}],
    [
      'fields that nobody reads',
      { tolerations: [{ key: 'a' }], configs: [{ conifg_id: 'a' }], cell_id: 'c' },
      {},
    ],
    [
      'write-only fields',
      { workload_content: 'x', source: { http_password: 'p', http_headers: { a: 'b' } } },
      { source: { http_password: '***' } },
    ],
    [
      'a password of a template',
      { template_source: { url: 'u', http_password: 'p', http_headers: [] } },
      { template_source: { url: 'u' } },
    ],
    [
      'a deploy strategy',
      { deploy_strategy: { type: 'RollingRelease', rolling_release: { batches: 2 } } },
      { deploy_strategy: { type: 'OneBatchRelease' } },
    ],
    [
      'a weight as text',
      { affinity: [{ kind: 'node', weight: 100 }] },
      { affinity: [{ kind: 'node', weight: '100' }] },
    ],
    [
      'a missing value of Exists',
      { affinity: [{ match_expressions: [{ key: 'a', operation: 'Exists', value: '' }] }] },
      { affinity: [{ match_expressions: [{ key: 'a', operation: 'Exists' }] }] },
    ],
    [
      'the order of affinities',
      { affinity: [{ kind: 'node' }, { kind: 'pod' }] },
      { affinity: [{ kind: 'pod' }, { kind: 'node' }] },
    ],
    [
      'a surge as text',
      { update_strategy: { max_surge: 2, max_unavailable: '30%' } },
      { update_strategy: { max_surge: '2', max_unavailable: '30%', type: 'RollingUpdate' } },
    ],
    ['an update strategy that was never sent', {}, { update_strategy: { type: 'RollingUpdate' } }],
    [
      'the many ways to say nothing',
      {
        description: '',
        limit_cpu: 0,
        labels: [],
        command: {},
        enable_sermant_config: false,
        tomcat_opts: { server_xml: '' },
      },
      { description: null, command: { args: [] } },
    ],
    [
      'resources in another order and with more parameters',
      {
        refer_resources: [
          { type: 'cce', id: 'a', parameters: { name: 'n' } },
          { type: 'elb', id: 'b' },
        ],
      },
      {
        refer_resources: [
          { type: 'elb', id: 'b', parameters: {} },
          { type: 'cce', id: 'a', parameters: { name: 'n', type: 'VirtualMachine' } },
        ],
      },
    ],
    [
      'logs in another order',
      { logs: [{ log_path: 'a' }, { log_path: 'b' }] },
      { logs: [{ log_path: 'b' }, { log_path: 'a' }] },
    ],
    [
      'storages and mounts in another order',
      { storages: [{ name: 'a', mounts: [{ path: '/a', read_only: false }, { path: '/b' }] }] },
      { storages: [{ name: 'a', mounts: [{ path: '/b' }, { path: '/a' }] }] },
    ],
    [
      'the order of image pull secrets',
      { image_pull_secrets: ['a', 'b'] },
      { image_pull_secrets: ['b', 'a'] },
    ],
    [
      'the other spelling of a config id',
      { configs: [{ conifg_id: 'a', mount_path: '/a' }] },
      { configs: [{ config_id: 'a', mount_path: '/a' }] },
    ],
    [
      'what the workload text decides',
      {
        config_mode: 'yaml',
        limit_cpu: 2,
        envs: [{ name: 'a' }],
        build: { parameters: { cluster_id: 'c' } },
      },
      { config_mode: 'yaml', limit_cpu: 0, build: {} },
    ],
    ['keys of extraBody that GET does not show', { brand_new: 1 }, {}],
    ['more keys of a map', { input_values: {} }, { input_values: { a: 'b' } }],
  ])('is %s', (_, desired, remote) => expect(differences(desired, remote)).toEqual([]));
});
