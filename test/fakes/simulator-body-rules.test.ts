// The simulator's own reading of tables 3 to 41: bodies it takes and bodies it refuses, row by row.
import { describe, expect, it } from 'vitest';
import { problemsOf } from './simulator/body-rules.ts';
import { createTable, modifyTable } from './simulator/body-tables.ts';
import { exampleBody, exampleContainerBody, type JsonObject } from './simulator/index.ts';

const problems = (change: JsonObject): readonly string[] =>
  problemsOf({ ...exampleContainerBody, ...change }, modifyTable, 'refuse');

const image = { kind: 'image', storage: 'swr', url: 'swr.example.com/a/b:1' };
const weight = { type: 'WEIGHT', first_batch_weight: 1, first_batch_replica: 1, remaining_batch: 1 };
const content = { type: 'CONTENT', replica_surge_mode: 'EXTRA', rule_match_mode: 'ALL' };
const rule = { type: 'HEADER', key: 'a', value: 'b', condition: 'EQUAL' };
const mounts = [{ path: '/a', sub_path: '', read_only: true }];
const probe = { type: 'http', delay: 1, timeout: 1, scheme: 'HTTPS', port: 8080, path: '/' };
const gray = (gray_release: JsonObject): JsonObject => ({
  deploy_strategy: { type: 'GrayRelease', gray_release },
});
const storage = (type: string, parameters: JsonObject): JsonObject => ({
  storages: [{ type, name: 'data', parameters, mounts }],
});
const affinity = (change: JsonObject): JsonObject => ({
  affinity: [{ kind: 'node', condition: 'preferred', weight: 1, ...change }],
});

describe('takes', () => {
  it('the example of the page and the container example, known keys only', () => {
    expect(problemsOf(exampleBody, modifyTable, 'refuse')).toEqual([]);
    expect(problems({})).toEqual([]);
    expect(problemsOf({ ...exampleBody, environment_id: 'e' }, createTable, 'refuse')).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['a version in the loose documented form', { version: '1-2-3' }],
    ['every sort of storage', storage('EmptyDir', {})],
    ['a path for HostPath', storage('HostPath', { path: '/a', default_mode: 0 })],
    ['a name for ConfigMap', storage('ConfigMap', { name: 'c', default_mode: 384 })],
    ['a rolling release', { deploy_strategy: { type: 'RollingRelease', rolling_release: { batches: 1 } } }],
    ['a gray release by weight', gray(weight)],
    ['gray rules as an object', gray({ ...content, rules: rule })],
    ['gray rules as a list', gray({ ...content, rules: [rule], deployment_mode: 6 })],
    [
      'commands',
      { command: { command: ['ls'], args: ['-a'] }, post_start: { type: 'command', command: ['a'] } },
    ],
    ['probes', { liveness_probe: probe, readiness_probe: { type: 'tcp', delay: 1, timeout: 1, port: 1 } }],
    ['weights as text or number', affinity({ weight: '7' })],
    ['Exists without a value', affinity({ match_expressions: [{ key: 'a', operation: 'Exists' }] })],
    ['surge as number and text', { update_strategy: { max_surge: '30%', max_unavailable: 2 } }],
    [
      'both spellings of the config id',
      {
        configs: [
          { conifg_id: 'a', mount_path: '/a' },
          { config_id: 'a', mount_path: '/b' },
        ],
      },
    ],
    ['both spellings of the effect', { tolerations: [{ effect: 'NoScheduler' }, { effect: 'NoSchedule' }] }],
    ['an upper-case protocol', { external_accesses: [{ protocol: 'HTTP', address: 'a', forward_port: 1 }] }],
    ['build parameters of its own', { build: { parameters: { cluster_id: 'c', cluster_namespace: 'd' } } }],
    [
      'http credentials in part',
      { source: { kind: 'package', storage: 'http', url: 'http://a', http_headers: { a: 'b' } } },
    ],
    ['a source of code', { source: { kind: 'code', repo_type: 'GitHub', commit_id: '0123abcd' } }],
    ['containers', { multi_containers: [{ container_name: 'a', source: image, envs: [{ name: 'a' }] }] }],
    [
      'a template',
      { template_source: { storage: 'obs', url: 'obs://a', http_headers: [{ key: 'a', value: 'b' }] } },
    ],
    [
      'value references',
      { envs: [{ name: 'a', value_from: { reference_type: 'secretKey', name: 's', optional: true } }] },
    ],
    [
      'network settings',
      {
        host_aliases: [{ ip: '1.1.1.1', hostnames: ['a'] }],
        dns_policy: 'None',
        dns_config: { options: [{ name: 'a' }] },
      },
    ],
    ['security', { security_context: { run_as_user: 0, capabilities: { add: ['NET_ADMIN'], drop: [] } } }],
    [
      'logs and metrics',
      {
        logs: [
          { log_path: '/a', rotate: 'Weekly', host_path: '/b', host_extend_path: 'PodUID/ContainerName' },
        ],
        custom_metric: { path: '/m', port: 1, dimensions: 'a' },
        auto_lts_config: { enable: true },
      },
    ],
    [
      'maps and flags',
      {
        sys_config: { a: 'b' },
        input_values: {},
        sermantAgentInjectActionFlag: true,
        image_pull_secrets: ['a'],
      },
    ],
  ])('%s', (_name, change) => {
    expect(problems(change)).toEqual([]);
  });
});

describe('refuses', () => {
  it.each<[JsonObject, string]>([
    [{ name: 'a' }, 'name: is shorter than 2 characters'],
    [{ name: 'a'.repeat(65) }, 'name: is longer than 64 characters'],
    [{ name: '1a' }, 'name: does not match'],
    [{ name: 'a-' }, 'name: does not match'],
    [{ version: '1.0' }, 'version: does not match'],
    [{ version: `1.0.${'0'.repeat(29)}` }, 'version: is longer than 32 characters'],
    [{ description: 'x'.repeat(129) }, 'description: is longer than 128 characters'],
    [{ description: null }, 'description: must be a string'],
    [{ replica: 1.5 }, 'replica: must be an integer'],
    [{ limit_cpu: '500m' }, 'limit_cpu: must be a number'],
    [{ labels: [{ key: 'a' }] }, 'labels.0.value: is mandatory'],
    [{ labels: {} }, 'labels: must be an array'],
    [
      { runtime_stack: { name: 'a', type: 'Go', version: '', deploy_mode: 'container' } },
      'runtime_stack.type: must be one of',
    ],
    [
      { runtime_stack: { name: 'a', type: 'Docker', version: '', deploy_mode: 'virtualmachine' } },
      'runtime_stack.type: must be Java, Tomcat or Nodejs',
    ],
    [{ source: { kind: 'image', storage: 'swr' } }, 'source.url: is mandatory when kind is package or image'],
    [{ source: { kind: 'package', url: 'obs://a' } }, 'source.storage: is mandatory'],
    [{ source: { ...image, storage: 'ftp' } }, 'source.storage: must be one of'],
    [{ source: { kind: 'code', commit_id: 'ABCDEFGH' } }, 'source.commit_id: does not match'],
    [{ build: { parameters: {} } }, 'build.parameters.cluster_id: is mandatory'],
    [storage('HostPath', {}), 'storages.0.parameters.path: is mandatory when type is HostPath'],
    [storage('Secret', {}), 'storages.0.parameters.name: is mandatory'],
    [storage('Disk', {}), 'storages.0.type: must be one of'],
    [
      {
        storages: [
          { type: 'EmptyDir', name: 'a', parameters: {}, mounts: [{ path: '/a', read_only: true }] },
        ],
      },
      'storages.0.mounts.0.sub_path: is mandatory',
    ],
    [{ deploy_strategy: { type: 'RollingRelease' } }, 'deploy_strategy.rolling_release: is mandatory'],
    [{ deploy_strategy: { type: 'GrayRelease' } }, 'deploy_strategy.gray_release: is mandatory'],
    [
      gray({ ...weight, first_batch_weight: undefined as never }),
      'deploy_strategy.gray_release.first_batch_weight: is mandatory when type is WEIGHT',
    ],
    [gray(content), 'deploy_strategy.gray_release.rules: is mandatory when type is CONTENT'],
    [gray({ ...content, rules: 'x' }), 'deploy_strategy.gray_release.rules: has none of the permitted forms'],
    [{ post_start: { type: 'tcp' } }, 'post_start.type: must be one of'],
    [{ liveness_probe: { type: 'http', delay: 1 } }, 'liveness_probe.timeout: is mandatory'],
    [affinity({ weight: 101 }), 'affinity.0.weight: must be from 1 to 100'],
    [
      affinity({ condition: 'required', weight: 5 }),
      'affinity.0.weight: must be 100 when condition is required',
    ],
    [
      affinity({ match_expressions: [{ key: 'a', operation: 'In' }] }),
      'affinity.0.match_expressions.0.value: is mandatory when operation is In',
    ],
    [
      { refer_resources: [{ id: 'a', type: 'cce' }] },
      'refer_resources.0.parameters: is mandatory when type is cce',
    ],
    [{ refer_resources: [{ id: 'a', type: 'moon' }] }, 'refer_resources.0.type: must be one of'],
    [
      { tolerations: [{ operator: 'Equal', key: 'a' }] },
      'tolerations.0.value: is mandatory when operator is Equal',
    ],
    [{ tolerations: [{ operator: 'Exists', value: 'a' }] }, 'tolerations.0.value: cannot be specified'],
    [{ tolerations: [{ toleration_seconds: 1 }] }, 'tolerations.0.toleration_seconds: can be set only'],
    [
      { update_strategy: { progress_deadline_seconds: 20, min_ready_seconds: 20 } },
      'update_strategy.progress_deadline_seconds: must be greater',
    ],
    [
      { multi_containers: [{ container_name: 'a', source: { kind: 'code' } }] },
      'multi_containers.0.source.kind: must be image',
    ],
    [{ configs: [{ mount_path: '/a' }] }, 'configs.0.conifg_id: is mandatory'],
    [{ tomcat_opts: {} }, 'tomcat_opts.server_xml: is mandatory'],
    [{ envs: [{ value: 'a' }] }, 'envs.0.name: is mandatory'],
    [{ sys_config: { a: 1 } }, 'sys_config.a: must be a string'],
    [{ external_accesses: [{ protocol: 'tcp' }] }, 'external_accesses.0.protocol: must be one of'],
    [{ runtimeStack: {} }, 'runtimeStack: is not a known parameter'],
    [
      { logs: [{ log_path: '/a', rotate: 'Hourly', host_path: '/b', host_extend_path: 'Pod' }] },
      'logs.0.host_extend_path: must be one of',
    ],
    [{ config_mode: 'helm' }, 'config_mode: must be one of'],
  ])('%j', (change, want) => {
    const found = problems(change);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(want);
  });

  it('a Nodejs component with a CSE engine and no mesher', () => {
    const change = {
      runtime_stack: { name: 'a', type: 'Nodejs', version: '', deploy_mode: 'container' },
      refer_resources: [{ id: 'a', type: 'cse' }],
    };
    expect(problems(change)).toEqual([
      'mesher: is mandatory when a Nodejs component is bound to a CSE engine',
    ]);
    expect(problems({ ...change, mesher: { port: 1 } })).toEqual([]);
  });

  it('what is no object, and every missing mandatory field at once', () => {
    expect(problemsOf([], modifyTable, 'keep')).toEqual(['body: must be an object']);
    expect(problemsOf({}, modifyTable, 'keep').map((line) => line.split(':')[0])).toEqual([
      'name',
      'runtime_stack',
      'source',
      'version',
      'replica',
    ]);
  });

  it('never quotes a value', () => {
    const secret = { source: { ...image, http_password: 7, auth: 'canary' } };
    expect(problems(secret).join(' ')).not.toContain('canary');
  });
});

it('keeps unknown keys when told so', () => {
  expect(problemsOf({ ...exampleBody, later_field: 1 }, modifyTable, 'keep')).toEqual([]);
});
