// The journal, the console, the control endpoint and the command line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchMaker } from '../support/simulator-fixture.ts';
import { exampleBody, exampleToken, exampleUser } from './simulator/index.ts';
import { sha256 } from './simulator/json.ts';

const bench = benchMaker(onTestFinished);

describe('the journal', () => {
  it('tells accepted writes from refused ones and from reads', async () => {
    const { simulator, modify, get, path, component } = await bench();
    await get(path);
    await modify({ name: 'other' });
    const put = await modify();
    const { entries } = simulator.journal;
    expect(entries.map(({ seq, operation, status, accepted }) => [seq, operation, status, accepted])).toEqual(
      [
        [1, 'getComponent', 200, false],
        [2, 'modifyComponent', 400, false],
        [3, 'modifyComponent', 200, true],
      ],
    );
    const [write] = simulator.journal.acceptedWrites(component.id);
    expect(write).toMatchObject({
      method: 'PUT',
      path,
      projectId: component.projectId,
      applicationId: component.applicationId,
      componentId: component.id,
      jobId: put.at('job_id'),
      requestId: put.headers.get('x-request-id'),
      version: '1.0.2',
      bodySha256: sha256(JSON.stringify({ ...component.config, version: '1.0.2' })),
      body: { version: '1.0.2' },
      connection: expect.any(Number),
    });
    expect(simulator.journal.acceptedWrites('other')).toEqual([]);
    expect(simulator.journal.requests({ operation: 'modifyComponent' })).toHaveLength(2);
  });

  it('keeps of secrets only their hashes', async () => {
    const { simulator, modify, call, component } = await bench();
    const source = {
      kind: 'package',
      storage: 'http',
      url: 'http://files.example.com/a.jar',
      http_password: 'canary-1',
      http_headers: { key: 'canary-2' },
    };
    await modify({ source });
    const user = { name: exampleUser.username, password: 'canary-3', domain: { name: 'd' } };
    await call('POST', '/v3/auth/tokens', {
      auth: { identity: { methods: ['password'], password: { user } } },
    });
    expect(JSON.stringify(simulator.journal.entries)).not.toContain('canary');
    const [write] = simulator.journal.acceptedWrites(component.id);
    expect(write?.secretFields).toEqual({
      '/source/http_password': sha256('canary-1'),
      '/source/http_headers/key': sha256('canary-2'),
    });
    expect(write?.body).toMatchObject({ source: { url: source.url, http_password: '******' } });
  });
});

describe('the console', () => {
  it('edits without a job, removes a key, and sets a status', async () => {
    const { simulator, component, get, path } = await bench();
    simulator.console.edit(component.id, { description: 'by hand', tomcat_opts: null });
    simulator.console.setStatus(component.id, 'DOWN');
    expect((await get(path)).json).toMatchObject({
      description: 'by hand',
      status: { component_status: 'DOWN', last_job_id: component.lastJobId, available_replica: 0 },
    });
    expect((await get(path)).at('tomcat_opts')).toBeUndefined();
  });

  it.each([
    { kind: 'modify' as const, body: { version: '4.4.4' }, during: 'UPGRADING' },
    { kind: 'scale' as const, replica: 3, during: 'UPGRADING' },
    { kind: 'restart' as const, during: 'RESTARTING' },
    { kind: 'stop' as const, during: 'STOPPING' },
  ])('starts a foreign $kind that makes the component busy', async ({ during, ...order }) => {
    const { simulator, component, modify } = await bench();
    const id = simulator.console.startJob({ componentId: component.id, ...order });
    expect(simulator.component(component.id)).toMatchObject({ status: during, lastJobId: id });
    expect((await modify()).status).toBe(400);
    expect(simulator.journal.acceptedWrites()).toEqual([]);
    simulator.advance(300);
    expect(simulator.component(component.id).jobs.at(-1)).toMatchObject({
      foreign: true,
      status: 'SUCCEEDED',
    });
  });

  it('rolls back, and says when there is nothing to roll back to', async () => {
    const { simulator, component, modify } = await bench();
    const order = { componentId: component.id, kind: 'rollback' } as const;
    expect(() => simulator.console.startJob(order)).toThrow('no earlier version');
    await modify();
    simulator.advance(300);
    simulator.console.startJob(order);
    expect(simulator.component(component.id).config.version).toBe('2023.0323.15181');
  });

  it('lets jobs overlap: the component rests when the last one has ended', async () => {
    const { simulator, component, modify } = await bench();
    await modify();
    simulator.advance(200);
    simulator.console.startJob({ componentId: component.id, kind: 'restart' });
    simulator.advance(100);
    expect(simulator.component(component.id).status).toBe('RESTARTING');
    simulator.advance(200);
    expect(simulator.component(component.id).status).toBe('RUNNING');
  });

  it('deletes out of band, also during a job', async () => {
    const { simulator, component, modify, get, path } = await bench();
    await modify();
    simulator.console.remove(component.id);
    simulator.advance(300);
    expect((await get(path)).status).toBe(404);
    expect(simulator.component(component.id)).toMatchObject({ gone: true, status: 'DELETED' });
    expect(() => simulator.console.remove('unknown')).toThrow('knows no component');
  });
});

describe('the control endpoint', () => {
  it('does what the in-process controls do', async () => {
    const { call, simulator, component, modify } = await bench();
    const control = (method: string, name: string, body?: object) =>
      call(method, `/_control/${name}`, body, { 'Content-Type': 'text/plain' });
    const { id: componentId } = component;
    expect((await control('PATCH', 'settings', { taskCount: 2 })).at('taskCount')).toBe(2);
    expect((await control('GET', 'settings')).at('jobKeyCase')).toBe('lower');
    const fault = { operation: 'modifyComponent', effect: { kind: 'respond', status: 500 } };
    expect((await control('POST', 'faults', fault)).at('id')).toBe(1);
    expect((await control('GET', 'faults')).at('0.fault.phase')).toBe('before');
    expect((await modify()).status).toBe(500);
    await control('DELETE', 'faults');
    await control('POST', 'job-script', { componentId, script: { end: 'FAILED', durationMs: 5 } });
    const jobId = (await modify()).textAt('job_id');
    const advanced = await control('POST', 'advance', { ms: 5 });
    expect(advanced.at('now')).toBe(simulator.now());
    expect(simulator.component(componentId).status).toBe('FAILED');
    await control('POST', 'forget-job', { jobId });
    await control('POST', 'console/status', { componentId, status: 'RUNNING' });
    await control('POST', 'console/edit', { componentId, patch: { description: 'x' } });
    expect((await control('POST', 'console/job', { componentId, kind: 'restart' })).textAt('job_id')).toMatch(
      /^JOB/,
    );
    await control('POST', 'console/remove', { componentId });
    expect((await control('POST', 'revoke-tokens')).status).toBe(200);
    const added = await control('POST', 'components', { body: { ...exampleBody, name: 'added' } });
    expect((await control('GET', 'components')).at('1.id')).toBe(added.at('id'));
    expect((await control('GET', 'components')).at('0.gone')).toBe(true);
  });

  it('gives the journal, whole or by operation or as accepted writes', async () => {
    const { call, get, path, modify } = await bench();
    await get(path);
    await modify();
    const length = async (query: string) => {
      const { json } = await call('GET', `/_control/journal${query}`, undefined, {});
      return Array.isArray(json) ? json.length : -1;
    };
    expect(await length('')).toBe(2);
    expect(await length('?operation=getComponent')).toBe(1);
    expect(await length('?accepted=true')).toBe(1);
  });

  it.each([
    ['PATCH', 'settings', { jobKeyCase: 'camel' }, 400],
    ['PATCH', 'settings', { unknown: 1 }, 400],
    ['POST', 'faults', { effect: { kind: 'explode' } }, 400],
    ['POST', 'job-script', { script: { end: 'MAYBE' } }, 400],
    ['POST', 'forget-job', { jobId: 'JOBx' }, 400],
    ['POST', 'components', { body: { name: 'x' } }, 400],
    ['GET', 'help', undefined, 404],
  ])('says what is wrong with %s %s', async (method, name, body, status) => {
    const { call } = await bench();
    const answer = await call(method, `/_control/${name}`, body, {});
    expect(answer.status).toBe(status);
    expect(answer.textAt('error')).not.toBe('');
  });
});

describe('the command line', () => {
  const main = fileURLToPath(new URL('./simulator/main.ts', import.meta.url));

  it.each([
    [['--port', 'x'], '--port'],
    [['--port', '70000'], '--port'],
    [['--nonsense'], 'nonsense'],
    [['extra'], 'extra'],
  ])('answers %j with one line and exit 2', async (args, word) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(code).toBe(2);
    expect(said.trim().split('\n')).toEqual([expect.stringContaining(word)]);
  });

  it('prints where it listens and how to use it, serves, and stops at SIGTERM', async () => {
    const args = [main, '--port', '0', '--job-duration', '50'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const said: string[] = [];
    for await (const chunk of child.stdout) {
      said.push(String(chunk));
      if (said.join('').includes('Ctrl-C')) break;
    }
    const printed = said.join('');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
    expect(printed).toContain(exampleToken);
    const components = await fetch(`${url}/_control/components`);
    expect(await components.json()).toHaveLength(2);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
