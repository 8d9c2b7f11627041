// Each endpoint of the simulated service: what it takes, what it refuses, what it answers.
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchMaker } from '../support/simulator-fixture.ts';
import {
  exampleBody,
  exampleContainerBody,
  exampleProjectId,
  exampleToken,
  exampleUser,
  startSimulator,
} from './simulator/index.ts';

const bench = benchMaker(onTestFinished);

const otherId = '00000000-0000-4000-8000-00000000dead';

describe('PUT component', () => {
  it('answers a job id and nothing else, starts the job and opens a record', async () => {
    const { modify, get, path, simulator, component } = await bench();
    const put = await modify({ description: 'changed' });
    expect(put.status).toBe(200);
    expect(put.json).toEqual({ job_id: expect.any(String) });
    expect(put.at('job_id')).toMatch(/^JOB[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const during = await get(path);
    expect(during.at('status')).toMatchObject({
      component_status: 'UPGRADING',
      last_job_id: put.at('job_id'),
    });
    expect(during.json).toMatchObject({ description: 'changed', version: '1.0.2' });
    const records = await get(`${path}/records`);
    expect(records.at('records.0')).toMatchObject({ version: '1.0.2', current_used: false });
    expect(records.at('records.0.jobs.0.job_id')).toBe(put.at('job_id'));
    simulator.advance(300);
    expect(simulator.component(component.id)).toMatchObject({
      status: 'RUNNING',
      lastJobId: put.at('job_id'),
      records: [
        { version: '2023.0323.15181', currentUsed: false },
        { version: '1.0.2', currentUsed: true },
      ],
    });
  });

  it.each([
    ['a missing mandatory field', { source: undefined as never }, 'source: is mandatory'],
    ['another name', { name: 'other' }, 'name: cannot be modified'],
    ['another number of instances', { replica: 2 }, 'replica: can be modified only by scaling'],
    [
      'another runtime stack',
      { runtime_stack: { name: 'OpenJDK17', version: '1.1.1', type: 'Java', deploy_mode: 'virtualmachine' } },
      'runtime_stack.name: cannot be modified',
    ],
    ['a version without dots', { version: 'v1' }, 'version: does not match'],
  ])('refuses %s with SVCSTG.00100400', async (_name, change, message) => {
    const { modify, simulator, component } = await bench();
    const put = await modify(change);
    expect(put.status).toBe(400);
    expect(put.at('error_code')).toBe('SVCSTG.00100400');
    expect(put.at('error_msg')).toContain(message);
    expect(simulator.journal.acceptedWrites(component.id)).toEqual([]);
  });

  it('takes an empty runtime stack version for any', async () => {
    const { modify } = await bench();
    const stack = { name: 'OpenJDK8', version: '', type: 'Java', deploy_mode: 'virtualmachine' };
    expect((await modify({ runtime_stack: stack })).status).toBe(200);
  });

  it('refuses a second modify while the first runs, with the configured code', async () => {
    const { modify, simulator } = await bench();
    simulator.configure({ busyRefusal: { status: 409, code: 'SVCSTG.00100402' } });
    await modify();
    const second = await modify({ version: '1.0.3' });
    expect(second).toMatchObject({ status: 409, json: { error_code: 'SVCSTG.00100402' } });
    simulator.advance(300);
    expect((await modify({ version: '1.0.3' })).status).toBe(200);
  });

  it.each([
    ['accept' as const, 200],
    ['refuse' as const, 404],
  ])('can %s a version that was used before', async (sameVersion, status) => {
    const { modify, simulator } = await bench({ settings: { sameVersion } });
    await modify();
    simulator.advance(300);
    const again = await modify();
    expect(again.status).toBe(status);
    if (status !== 200) expect(again.at('error_code')).toBe('SVCSTG.00100441');
  });

  it.each([
    ['keep' as const, 'obs://bucket0001/a.jar', true],
    ['reset' as const, 'obs://bucket0001/a.jar', false],
  ])('can %s optional keys that are not sent', async (missingKeys, url, kept) => {
    const { call, get, path, component } = await bench({ settings: { missingKeys } });
    const { tomcat_opts: _left, ...rest } = component.config;
    await call('PUT', path, { ...rest, source: { kind: 'package', storage: 'obs', url } });
    expect((await get(path)).at('tomcat_opts') !== undefined).toBe(kept);
  });

  it('can show the new configuration only once the job has succeeded', async () => {
    const { modify, get, path, simulator } = await bench({ settings: { configVisible: 'onSuccess' } });
    await modify();
    expect((await get(path)).at('version')).toBe('2023.0323.15181');
    simulator.advance(300);
    expect((await get(path)).at('version')).toBe('1.0.2');
  });

  it('refuses a body that is not JSON, and one of another content type', async () => {
    const { call, path } = await bench();
    expect((await call('PUT', path, '{"name":')).at('error_msg')).toContain('not valid JSON');
    const plain = { 'X-Auth-Token': exampleToken, 'Content-Type': 'text/plain' };
    expect((await call('PUT', path, exampleBody, plain)).at('error_msg')).toContain('Content-Type');
  });
});

describe('GET component', () => {
  it('has no id in the envelope, but the status object', async () => {
    const { get, path, component } = await bench();
    const { json } = await get(path);
    expect(json).not.toHaveProperty('id');
    expect(json).toMatchObject({
      name: 'mycomponet',
      application_id: component.applicationId,
      environment_id: expect.any(String),
      workload_name: expect.any(String),
      status: {
        component_status: 'RUNNING',
        available_replica: 1,
        replica: 1,
        last_job_id: component.lastJobId,
        creator: 'console-user',
        create_time: expect.any(Number),
        update_time: expect.any(Number),
        artifact: { type: 'package', url: 'obs://bucket0001/weather-1.0.0.jar' },
      },
    });
  });

  it('reads the configuration of an earlier version', async () => {
    const { modify, get, path } = await bench();
    await modify({ description: 'new' });
    expect((await get(`${path}?version=2023.0323.15181`)).json).toMatchObject({
      version: '2023.0323.15181',
      description: '',
    });
    expect((await get(`${path}?version=9.9.9`)).at('error_code')).toBe('SVCSTG.00100436');
  });

  it.each([
    ['404' as const, 404, 'SVCSTG.00100404'],
    ['401' as const, 401, 'SVCSTG.00100401'],
  ])('says that a component is missing in the style %s', async (notFound, status, code) => {
    const { get, path, component } = await bench({ settings: { notFound } });
    const gone = await get(path.replace(component.id, otherId));
    expect(gone).toMatchObject({ status, json: { error_code: code } });
  });

  it('tells a missing application from a missing component', async () => {
    const { get, path, component } = await bench();
    const lost = await get(path.replace(component.applicationId, otherId));
    expect(lost).toMatchObject({ status: 404, json: { error_code: 'SVCSTG.00100403' } });
  });

  it('does not find a component under another project', async () => {
    const { get, path } = await bench();
    expect((await get(path.replace(exampleProjectId, 'f'.repeat(32)))).status).toBe(404);
  });
});

describe('lists', () => {
  it('pages, orders and filters, and carries an id but neither envs nor build', async () => {
    const { simulator, get, component } = await bench();
    for (const name of ['zeta', 'alpha']) simulator.addComponent({ body: { ...exampleContainerBody, name } });
    const base = `/v3/${exampleProjectId}/cas/applications/${component.applicationId}/components`;
    const page = await get(`${base}?order_by=name&order=desc&limit=2&offset=1`);
    expect(page.at('count')).toBe(3);
    expect([page.at('components.0.name'), page.at('components.1.name')]).toEqual(['mycomponet', 'alpha']);
    const all = await get(`/v3/${exampleProjectId}/cas/components?component_name=zeta`);
    expect(all.json).toMatchObject({ count: 1, components: [{ name: 'zeta', id: expect.any(String) }] });
    expect(all.at('components.0')).not.toHaveProperty('envs');
    expect((await get(`${base}?limit=101`)).status).toBe(400);
    expect((await get(base.replace(component.applicationId, otherId))).status).toBe(404);
  });

  it('echoes labels even where GET has none', async () => {
    const { get } = await bench({ settings: { labels: 'absent' } });
    const all = await get(`/v3/${exampleProjectId}/cas/components`);
    expect(all.at('components.0.labels')).toEqual(exampleBody.labels);
  });
});

describe('POST component', () => {
  it('creates once per name: component id, job id, INITIALIZING, then RUNNING', async () => {
    const { call, simulator, component } = await bench();
    const base = `/v3/${exampleProjectId}/cas/applications/${component.applicationId}/components`;
    const made = await call('POST', base, exampleContainerBody);
    expect(made.json).toEqual({ component_id: expect.any(String), job_id: expect.stringMatching(/^JOB/) });
    expect(simulator.component(made.textAt('component_id')).status).toBe('INITIALIZING');
    simulator.advance(300);
    expect(simulator.component(made.textAt('component_id'))).toMatchObject({ status: 'RUNNING', replica: 2 });
    expect((await call('POST', base, exampleContainerBody)).status).toBe(400);
    expect(simulator.journal.acceptedWrites(made.textAt('component_id'))).toHaveLength(1);
  });
});

describe('DELETE component', () => {
  it('answers without a job, shows DELETING, and the component is then missing', async () => {
    const { call, get, path, simulator } = await bench();
    const deleted = await call('DELETE', path);
    expect(deleted.status).toBe(200);
    expect(deleted.json).toEqual({ component_id: expect.any(String) });
    expect((await get(path)).at('status.component_status')).toBe('DELETING');
    expect((await call('DELETE', path)).status).toBe(409);
    simulator.advance(300);
    expect((await get(path)).status).toBe(404);
    expect((await call('DELETE', path)).status).toBe(404);
  });

  it('can answer nothing at all, and can fail', async () => {
    const { call, path, simulator, component } = await bench({ settings: { deleteAnswer: 'empty' } });
    simulator.scriptJob({ end: 'FAILED' });
    expect(await call('DELETE', path)).toMatchObject({ status: 200, text: '' });
    simulator.advance(300);
    expect(simulator.component(component.id)).toMatchObject({ status: 'FAILED', gone: false });
  });
});

describe('POST action', () => {
  it('scales: the number is in force when the job has ended', async () => {
    const { act, simulator, component, path, get } = await bench({ body: exampleContainerBody });
    const answer = await act('scale', { replica: 3 });
    expect(answer.json).toEqual({ job_id: expect.any(String), component_id: component.id });
    expect(simulator.component(component.id).replica).toBe(2);
    simulator.advance(300);
    expect((await get(path)).json).toMatchObject({ replica: 3, status: { available_replica: 3 } });
    expect((await get(`${path}/records`)).at('count')).toBe(1);
  });

  it('wants hosts for virtual machines and an integer', async () => {
    const { act } = await bench();
    expect((await act('scale', { replica: 2 })).at('error_msg')).toContain('hosts');
    expect((await act('scale', { replica: 'two' })).status).toBe(400);
    expect((await act('scale', { replica: 2, hosts: ['a', 'b'] })).status).toBe(200);
  });

  it('stops, starts and restarts', async () => {
    const { act, simulator, component } = await bench();
    const states = [];
    for (const action of ['stop', 'start', 'restart']) {
      expect((await act(action)).status).toBe(200);
      states.push(simulator.component(component.id).status);
      simulator.advance(300);
      states.push(simulator.component(component.id).status);
    }
    expect(states).toEqual(['STOPPING', 'STOPPED', 'STARTING', 'RUNNING', 'RESTARTING', 'RUNNING']);
    expect((await act('start')).status).toBe(400);
  });

  it('rolls back one step and not twice', async () => {
    const { act, modify, simulator, component, get, path } = await bench();
    expect((await act('rollback_current')).at('error_code')).toBe('SVCSTG.00100436');
    await modify({ description: 'new' });
    simulator.advance(300);
    expect((await act('rollback', { version: '7.7.7' })).at('error_code')).toBe('SVCSTG.00100436');
    expect((await act('rollback', { version: '2023.0323.15181' })).status).toBe(200);
    simulator.advance(300);
    expect((await get(path)).json).toMatchObject({ version: '2023.0323.15181', description: '' });
    expect((await act('rollback_current')).status).toBe(400);
    expect(simulator.component(component.id).records.at(-1)).toMatchObject({ currentUsed: true });
  });

  it('answers in the older shape too, knows sync and precheck, and refuses an undefined action', async () => {
    const { act, simulator, component } = await bench({ settings: { actionAnswer: 'result' } });
    expect((await act('sync_workload')).json).toMatchObject({ result: 'succeeded' });
    const synced = simulator.component(component.id);
    expect(synced.status).toBe('RUNNING');
    expect((await act('check_gray_release')).status).toBe(200);
    expect(simulator.component(component.id).lastJobId).toBe(synced.lastJobId);
    expect((await act('redeploy')).at('error_code')).toBe('SVCSTG.00100418');
    expect((await act('continue_deploy')).at('error_code')).toBe('SVCSTG.00100400');
    expect(simulator.journal.acceptedWrites(component.id)).toHaveLength(1);
  });
});

it('pages records from the newest', async () => {
  const { modify, simulator, get, path } = await bench();
  for (const version of ['1.0.2', '1.0.3']) {
    await modify({ version });
    simulator.advance(300);
  }
  const versions = async (query: string) =>
    (await get(`${path}/records${query}`)).text.match(/(?<="version":")[^"]+/g);
  expect(await versions('')).toEqual(['1.0.3', '1.0.2', '2023.0323.15181']);
  expect(await versions('?limit=1&offset=1')).toEqual(['1.0.2']);
  expect(await versions('?order=asc&limit=1')).toEqual(['2023.0323.15181']);
});

it.each(['iso', 'epochMs', 'unreadable'] as const)('writes record times as %s', async (recordTime) => {
  const { get, path } = await bench({ settings: { recordTime } });
  const time = (await get(`${path}/records`)).at('records.0.begin_time');
  const want = { iso: '2025-07-10T00:00:00.000Z', epochMs: '1752105600000', unreadable: 'some time ago' };
  expect(time).toBe(want[recordTime]);
});

it('refreshes without a job', async () => {
  const { call, path, simulator, component } = await bench();
  expect((await call('PUT', `${path}/refresh`)).status).toBe(200);
  expect(simulator.component(component.id).jobs).toHaveLength(1);
  expect(simulator.journal.acceptedWrites()).toEqual([]);
});

it('answers a path it does not know as the gateway, with a request id', async () => {
  const { get } = await bench();
  const lost = await get('/v3//cas/applications/a/components/b');
  expect(lost).toMatchObject({ status: 404, json: { error_code: 'APIGW.0101' } });
  expect(lost.at('request_id')).toBe(lost.headers.get('x-request-id'));
});

it('answers forbidden operations with 403 and others as usual', async () => {
  const { get, path, component } = await bench({ settings: { forbidden: ['listRecords', 'getJob'] } });
  expect(await get(`${path}/records`)).toMatchObject({ status: 403, json: { error_code: 'APIGW.0302' } });
  expect((await get(`/v3/${exampleProjectId}/cas/jobs/${component.lastJobId}`)).status).toBe(403);
  expect((await get(path)).status).toBe(200);
});

it('refuses more than 12 MB', async () => {
  const { call, path } = await bench();
  const large = await call('PUT', path, { ...exampleBody, description: 'x'.repeat(12_600_000) });
  expect(large).toMatchObject({ status: 413, json: { error_code: 'APIGW.0201' } });
});

it('repeats its identifiers for the same seed, and refuses a seed body that the service would refuse', async () => {
  const ids = [];
  for (let round = 0; round < 2; round += 1) {
    await using simulator = await startSimulator();
    ids.push(simulator.addComponent().lastJobId);
    expect(() => simulator.addComponent({ body: { name: 'x' } })).toThrow(/would refuse/);
  }
  expect(ids[0]).toBe(ids[1]);
});

describe('POST /v3/auth/tokens', () => {
  const request = (password: string, scope: object = { project: { name: 'cn-north-4' } }) => ({
    auth: {
      identity: {
        methods: ['password'],
        password: {
          user: { name: exampleUser.username, password, domain: { name: exampleUser.domainName } },
        },
      },
      scope,
    },
  });

  it('gives a token in the header that works for its project until it expires', async () => {
    const { call, path, simulator } = await bench();
    const made = await call('POST', '/v3/auth/tokens', request(exampleUser.password), {});
    expect(made.status).toBe(201);
    expect(made.at('token')).toMatchObject({
      expires_at: '2025-07-11T00:00:00.000000Z',
      project: { id: exampleProjectId },
    });
    const token = { 'X-Auth-Token': made.headers.get('x-subject-token') ?? '' };
    expect((await call('GET', path, undefined, token)).status).toBe(200);
    const foreign = path.replace(exampleProjectId, 'f'.repeat(32));
    expect((await call('GET', foreign, undefined, token)).status).toBe(403);
    simulator.advance(24 * 3_600_000);
    expect((await call('GET', path, undefined, token)).at('error_code')).toBe('APIGW.0301');
    simulator.configure({ expiredTokenCode: 'APIGW.0307' });
    expect((await call('GET', path, undefined, token)).at('error_code')).toBe('APIGW.0307');
  });

  it('stops working when it is revoked', async () => {
    const { call, path, simulator } = await bench();
    const made = await call('POST', '/v3/auth/tokens', request(exampleUser.password), {});
    simulator.revokeIssuedTokens();
    const token = { 'X-Auth-Token': made.headers.get('x-subject-token') ?? '' };
    expect((await call('GET', path, undefined, token)).status).toBe(401);
  });

  it.each([
    ['a wrong password', request('wrong'), 401],
    ['an unknown project', request(exampleUser.password, { project: { name: 'nowhere-1' } }), 400],
    ['another method', { auth: { identity: { methods: ['totp'] } } }, 400],
  ])('refuses %s in the shape of IAM', async (_name, body, status) => {
    const { call } = await bench();
    const refused = await call('POST', '/v3/auth/tokens', body, {});
    expect(refused.status).toBe(status);
    expect(refused.at('error')).toMatchObject({ code: status, title: expect.any(String) });
  });
});
