import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  buildJudges,
  callApi,
  issueServiceAccountToken,
  judgeHealthLua,
  judgeKstatus,
  judgesAvailability,
  type RealApiServer,
  realApiServerAvailability,
  startRealApiServer,
  writeKubeconfig,
} from './real-apiserver.ts';

const run = promisify(execFile);
const coldBuild = 40 * 60_000;

const server = realApiServerAvailability();
if (server.kind === 'none') console.warn(`real API server not tested: ${server.reason}`);
const judges = judgesAvailability();
if (judges.kind === 'none') console.warn(`judges not tested: ${judges.reason}`);

describe.skipIf(server.kind === 'none' && !server.required)('the real API server', () => {
  let api: RealApiServer;

  beforeAll(async () => {
    api = await startRealApiServer();
  }, coldBuild);

  afterAll(() => api?.stop());

  const asAdmin = (...request: [Parameters<typeof callApi>[2], string, object?]) =>
    callApi(api, api.adminToken, ...request);
  const kubectl = async (kubeconfig: string, ...args: string[]) =>
    (await run(api.kubectlPath, ['--kubeconfig', kubeconfig, ...args])).stdout;

  test('keeps what the admin creates', async () => {
    const shop = { metadata: { name: 'shop' } };
    expect(await asAdmin('POST', '/api/v1/namespaces', shop)).toMatchObject({ status: 201 });
    const settings = { metadata: { name: 'settings' }, data: { colour: 'green' } };
    expect(await asAdmin('POST', '/api/v1/namespaces/shop/configmaps', settings)).toMatchObject({
      status: 201,
    });
    const listed: { items: { metadata: { name: string } }[] } = JSON.parse(
      (await asAdmin('GET', '/api/v1/namespaces')).text,
    );
    expect(listed.items.map((item) => item.metadata.name)).toEqual(
      expect.arrayContaining(['default', 'kube-system', 'shop']),
    );
  });

  test('lets a service account do only what a role grants', async () => {
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    expect(await asAdmin('POST', accounts, { metadata: { name: 'robot' } })).toMatchObject({ status: 201 });
    const token = await issueServiceAccountToken(api, 'default', 'robot');
    const configMaps = '/api/v1/namespaces/default/configmaps';
    expect(await callApi(api, token, 'GET', configMaps)).toMatchObject({ status: 403 });

    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }];
    const reader = { metadata: { name: 'reader' }, rules };
    expect(await asAdmin('POST', `${rbac}/roles`, reader)).toMatchObject({ status: 201 });
    const binding = {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }],
    };
    expect(await asAdmin('POST', `${rbac}/rolebindings`, binding)).toMatchObject({ status: 201 });
    await expect.poll(() => callApi(api, token, 'GET', configMaps)).toMatchObject({ status: 200 });
    expect(await callApi(api, token, 'GET', '/api/v1/secrets')).toMatchObject({ status: 403 });

    const path = join(api.dataDir, 'robot.kubeconfig');
    await writeKubeconfig({ ...api, token, path, namespace: 'default' });
    expect(await kubectl(path, 'auth', 'can-i', 'list', 'configmaps')).toBe('yes\n');
  });

  test('refuses a stranger', async () => {
    expect(await callApi(api, 'not-a-token', 'GET', '/api/v1/namespaces')).toMatchObject({ status: 401 });
  });

  test('serves kubectl of the same release', async () => {
    const versions: Record<'clientVersion' | 'serverVersion', { gitVersion: string }> = JSON.parse(
      await kubectl(api.kubeconfigPath, 'version', '-o', 'json'),
    );
    expect(versions.serverVersion.gitVersion).toMatch(/^v1\.\d+\.\d+/);
    expect(versions.clientVersion.gitVersion).toBe(versions.serverVersion.gitVersion);
    expect(await kubectl(api.kubeconfigPath, 'get', 'ns', '-o', 'name')).toContain('namespace/default\n');
  });

  test('answers nothing while paused', async () => {
    api.pause();
    let answered = false;
    const answer = asAdmin('GET', '/readyz').finally(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(answered).toBe(false);
    api.resume();
    expect(await answer).toMatchObject({ status: 200 });
  });

  test('keeps objects, tokens and address over a restart', async () => {
    const kept = { metadata: { name: 'kept' } };
    expect(await asAdmin('POST', '/api/v1/namespaces/default/configmaps', kept)).toMatchObject({
      status: 201,
    });
    await api.restart();
    const found = await asAdmin('GET', '/api/v1/namespaces/default/configmaps/kept');
    expect(found).toMatchObject({ status: 200 });
  }, 60_000);

  test('leaves nothing behind', async () => {
    await api.stop();
    expect(existsSync(api.dataDir)).toBe(false);
    await expect(asAdmin('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
  });
});

describe.skipIf(judges.kind === 'none' && !judges.required)('the judges', () => {
  const object = (status: object) => ({
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name: 'thing', namespace: 'default', generation: 2 },
    status,
  });
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: 'Because',
    message: `${type}!`,
  });

  beforeAll(async () => {
    await buildJudges();
  }, coldBuild);

  test('kstatus reads conditions and the observed generation', async () => {
    const ready = object({ observedGeneration: 2, conditions: [condition('Ready', 'True')] });
    const stalled = object({ observedGeneration: 2, conditions: [condition('Stalled', 'True')] });
    const behind = object({ observedGeneration: 1, conditions: [condition('Ready', 'True')] });
    expect(await judgeKstatus([ready, stalled, behind])).toEqual([
      { status: 'Current', message: expect.any(String) },
      { status: 'Failed', message: 'Stalled!' },
      { status: 'InProgress', message: expect.stringContaining('generation is 2') },
    ]);
    expect(await judgeKstatus([])).toEqual([]);
    await expect(judgeKstatus([{ kind: '' }])).rejects.toThrow('judges:');
  });

  test('a health script judges as in Argo CD', async () => {
    const script = `
      local health = {}
      health.status = obj.status.replicas == 3 and "Healthy" or "Progressing"
      health.message = obj.metadata.name .. " " .. obj.status.conditions[1].type
      return health`;
    const judged = await judgeHealthLua(script, [
      object({ replicas: 3, conditions: [condition('Ready', 'True')] }),
      object({ replicas: 2, conditions: [condition('Stalled', 'True')] }),
      object({ replicas: 3 }),
    ]);
    expect(judged).toEqual([
      { status: 'Healthy', message: 'thing Ready' },
      { status: 'Progressing', message: 'thing Stalled' },
      { status: 'Unknown', message: expect.stringContaining('attempt to index a non-table object') },
    ]);
  });

  test('a health script gets no more of Lua than Argo CD grants', async () => {
    const [forbidden] = await judgeHealthLua('os.exit(3)', [{}]);
    expect(forbidden).toMatchObject({ status: 'Unknown', message: expect.stringContaining('non-function') });
    const [endless] = await judgeHealthLua('while true do end', [{}]);
    expect(endless).toMatchObject({
      status: 'Unknown',
      message: expect.stringContaining('deadline exceeded'),
    });
    const [invalid] = await judgeHealthLua('return { status = "Fine" }', [{}]);
    expect(invalid).toEqual({ status: 'Unknown', message: 'Lua returned an invalid health status' });
  });
});
