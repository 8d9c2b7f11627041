// GET is not what was PUT: each known difference, and its switch.
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchMaker } from '../support/simulator-fixture.ts';
import { exampleBody, exampleContainerBody, type JsonObject, type SettingsPatch } from './simulator/index.ts';

const bench = benchMaker(onTestFinished);

async function shown(body: JsonObject, settings: SettingsPatch = {}) {
  const { get, path } = await bench({ body: { ...exampleContainerBody, ...body }, settings });
  return get(path);
}

const affinity = {
  kind: 'node',
  condition: 'required',
  weight: '100',
  match_expressions: [{ key: 'zone', operation: 'Exists' }],
};
const httpSource = {
  kind: 'package',
  storage: 'http',
  url: 'http://files.example.com/a.jar',
  http_username: 'reader',
  http_password: 'canary-password',
  http_headers: { 'X-Key': 'canary-header' },
};
const logs = ['a', 'b'].map((name) => ({
  log_path: `/${name}`,
  rotate: 'Hourly',
  host_path: '/tmp',
  host_extend_path: 'None',
}));

describe('each quirk', () => {
  it.each<{
    name: string;
    body: JsonObject;
    off: SettingsPatch;
    path: string;
    on: unknown;
    without: unknown;
  }>([
    {
      name: 'adds inner envs',
      body: {},
      off: { innerEnvs: false },
      path: 'envs',
      on: [
        { name: 'CAS_COMPONENT_NAME', value: 'weather', inner: true },
        { name: 'CAS_APPLICATION_NAME', value: 'simulated', inner: true },
        { name: 'MODE', value: 'test' },
      ],
      without: [{ name: 'MODE', value: 'test' }],
    },
    {
      name: 'turns the time zone into an env that is not marked',
      body: { timezone: 'Asia/Shanghai', envs: [] },
      off: { timezoneEnv: false },
      path: 'envs.2',
      on: { name: 'TZ', value: 'Asia/Shanghai' },
      without: undefined,
    },
    {
      name: 'gives the build an id and more parameters',
      body: { build: { parameters: { cluster_id: 'c1' } } },
      off: { buildId: false },
      path: 'build',
      on: {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        parameters: { cluster_id: 'c1', build_env_selected: 'current', use_public_cluster: false },
      },
      without: { parameters: { cluster_id: 'c1' } },
    },
    {
      name: 'adds external accesses of another protocol',
      body: { external_accesses: [{ protocol: 'HTTP', address: 'a.example.com', forward_port: 80 }] },
      off: { extraExternalAccesses: false },
      path: 'external_accesses.1',
      on: { protocol: 'TCP', address: 'weather.default.svc', forward_port: 8080 },
      without: undefined,
    },
    {
      name: 'gives weights as numbers',
      body: { affinity: [affinity] },
      off: { weightAsNumber: false },
      path: 'affinity.0.weight',
      on: 100,
      without: '100',
    },
    {
      name: 'always has an update strategy',
      body: { update_strategy: { type: 'Recreate' } },
      off: { updateStrategyAlways: false },
      path: 'update_strategy',
      on: expect.objectContaining({ type: 'Recreate', min_ready_seconds: 0, revision_history_limit: 10 }),
      without: { type: 'Recreate' },
    },
    {
      name: 'says 0 for resources that were not set',
      body: {},
      off: { zeroResources: false },
      path: 'request_cpu',
      on: 0,
      without: undefined,
    },
    {
      name: 'adds auth to the source',
      body: {},
      off: { sourceDefaults: false },
      path: 'source.auth',
      on: 'iam',
      without: undefined,
    },
    {
      name: 'fills in the version of the Docker stack',
      body: {},
      off: { dockerStackVersion: false },
      path: 'runtime_stack.version',
      on: '1.0',
      without: '',
    },
    {
      name: 'adds keys to the parameters of resources',
      body: {},
      off: { extraReferParameters: false },
      path: 'refer_resources.0.parameters',
      on: { status: 'available', namespace: 'default', type: 'VirtualMachine', name: 'cluster' },
      without: { namespace: 'default', type: 'VirtualMachine', name: 'cluster' },
    },
    {
      name: 'gives sets in another order',
      body: { logs },
      off: { reorderSets: false },
      path: 'logs',
      on: logs.toReversed(),
      without: logs,
    },
    {
      name: 'leaves the workload text out',
      body: { workload_content: 'kind: Deployment' },
      off: { workloadContent: 'echoed' },
      path: 'workload_content',
      on: undefined,
      without: 'kind: Deployment',
    },
    {
      name: 'shows labels unless told otherwise',
      body: { labels: [{ key: 'a', value: 'b' }] },
      off: { labels: 'absent' },
      path: 'labels',
      on: [{ key: 'a', value: 'b' }],
      without: undefined,
    },
  ])('$name', async ({ body, off, path, on, without }) => {
    expect((await shown(body)).at(path)).toEqual(on);
    expect((await shown(body, off)).at(path)).toEqual(without);
  });
});

it.each([
  ['omitted' as const, undefined, undefined],
  ['masked' as const, '******', { 'X-Key': '******' }],
  ['echoed' as const, 'canary-password', { 'X-Key': 'canary-header' }],
])('shows passwords and headers %s', async (passwords, password, headers) => {
  const containers = [{ container_name: 'side', source: { ...httpSource, kind: 'image' } }];
  const template = {
    storage: 'http',
    url: 'http://t.example.com',
    http_headers: [{ key: 'X-Key', value: 'canary-header' }],
  };
  const answer = await shown(
    { source: httpSource, multi_containers: containers, template_source: template },
    { passwords },
  );
  expect(answer.at('source.http_password')).toBe(password);
  expect(answer.at('source.http_headers')).toEqual(headers);
  expect(answer.at('multi_containers.0.source.http_password')).toBe(password);
  expect(answer.at('template_source.http_headers.0.value')).toBe(headers?.['X-Key']);
  expect(answer.text.includes('canary')).toBe(passwords === 'echoed');
});

it('takes the numbers of a yaml component from its text', async () => {
  const body = { config_mode: 'yaml', workload_content: 'spec:\n  replicas: 4\n', limit_cpu: 2 };
  const { get, path, modify } = await bench({ body: { ...exampleContainerBody, ...body } });
  expect((await get(path)).json).toMatchObject({ replica: 4, limit_cpu: 0, build: {}, config_mode: 'yaml' });
  expect((await modify({ replica: 4 })).status).toBe(200);
});

it.each([
  ['absent' as const, undefined],
  ['empty' as const, {}],
  ['null' as const, null],
])('shows objects that were not set as %s', async (unsetObjects, want) => {
  const answer = await shown({}, { unsetObjects });
  expect([answer.at('mesher'), answer.at('liveness_probe')]).toEqual([want, want]);
});

it('can keep a description that was cleared', async () => {
  const { modify, get, path } = await bench({
    body: { ...exampleBody, description: 'old' },
    settings: { stickyDescription: true },
  });
  await modify({ description: '' });
  expect((await get(path)).at('description')).toBe('old');
});
