// kubectl-servicestage as a person runs it: by kubectl, from the PATH, on a real API server, with the operator at work. Each test
// looks at what is printed, at the exit code, and at the calls that were accepted.

import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { createWorld, specOf, type World } from '../support/world.ts';
import { statusOf } from './support-recorder.ts';
import { describeOnRealServer } from './support-server.ts';

vi.setConfig({ testTimeout: 90_000 }); // every command is a process of its own
const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describeOnRealServer('kubectl servicestage', { crd: 'installed' }, (current) => {
  let bin: string;
  let world: World;
  beforeAll(async () => {
    bin = await mkdtemp(join(tmpdir(), 'servicestage-plugin-'));
    const shim = join(bin, 'kubectl-servicestage');
    await writeFile(shim, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
    await chmod(shim, 0o755);
  });
  afterAll(() => rm(bin, { recursive: true, force: true }));
  beforeEach(async () => {
    world = await createWorld({ kube: current().kube });
  });
  afterEach(async () => {
    await world.stop();
    expect(world.violations).toEqual([]);
  });

  const run = (...args: string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const { server } = current();
      const env = {
        PATH: `${bin}${delimiter}${process.env.PATH}`,
        HOME: bin,
        KUBECONFIG: server.kubeconfigPath,
        CI: 'true',
      };
      execFile(server.kubectlPath, ['servicestage', ...args], { env }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });
  const here = (...args: string[]) => run(...args, '--namespace', world.namespace);
  const cloud = () => [
    ...['--servicestage-endpoint', world.cloud.url, '--iam-endpoint', world.cloud.iamUrl],
    '--allow-insecure-endpoint',
  ];
  const calls = () => world.cloud.journal.acceptedWrites(exampleComponentId).length;
  const applied = async (spec = {}) => {
    await world.start();
    await world.create(specOf({ version: '1.0.1' }, spec));
    await world.untilReady();
  };

  it('lists components with their state, for people and for programs', async () => {
    await applied();
    const { out, code } = await here('get');
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toMatch(/^NAME +STATE +REASON +VERSION +IN FORCE +SYNCED +JOB +SINCE$/);
    expect(out.split('\n')[1]).toMatch(/^weather +Ready +Succeeded +1\.0\.1 +1\.0\.1 +\S+ +JOB\S+ +\d+s$/);
    const json = JSON.parse((await here('get', '-o', 'json')).out);
    expect(json).toMatchObject([{ name: 'weather', state: 'Ready', inForce: '1.0.1' }]);
    expect(parse((await here('get', '-o', 'yaml')).out)).toEqual(json);
    expect((await run('get', '-A')).out).toContain(world.namespace);
  });

  it('shows one as a tree, with operation, job, tasks and history', async () => {
    world.cloud.scriptJob({ end: 'FAILED', message: 'image not found' });
    await world.start();
    await world.create(specOf({ version: '1.0.1' }));
    await world.until('failed', async () =>
      JSON.stringify((await world.get())?.status).includes('JobFailedTerminal'),
    );
    const { out } = await here('status', 'weather');
    expect(out).toContain('Stalled JobFailedTerminal');
    expect(out).toMatch(/├─ operation: Modify because of Spec, Failed/);
    expect(out).toContain('image not found');
    expect(out).toMatch(/└─ history\n {3}└─ Modify 1\.0\.1 because of Spec: Failed, job JOB/);
  });

  it('waits until the newest spec is in force, telling what it waits for', async () => {
    world.cloud.configure({ jobDurationMs: 2_000 });
    await world.start({ pollIntervalMs: 200 });
    await world.create(specOf({ version: '1.0.1' }));
    const waiting = here('wait', 'weather', '--timeout', '60s');
    await world.untilReady();
    const { code, out, err } = await waiting;
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/weather: Ready Succeeded: Version 1\.0\.1 is in force/),
    ]);
    expect(err).not.toContain('\u001b');
  });

  it('ends a wait at once when the component stalls, and with its own code after the timeout', async () => {
    world.cloud.scriptJob({ end: 'FAILED' });
    await world.start();
    await world.create(specOf({ version: '1.0.1' }));
    await world.until('failed', async () =>
      JSON.stringify((await world.get())?.status).includes('JobFailedTerminal'),
    );
    expect(await here('wait', 'weather')).toMatchObject({ code: 1, out: expect.stringContaining('Stalled') });
    await world.kill();
    await world.edit({ version: '1.0.2' });
    expect(await here('wait', 'weather', '--timeout', '1s')).toMatchObject({ code: 3 });
  });

  it('compares with the live component and with a dump, without the operator, and prints no value', async () => {
    await applied({ driftPolicy: 'Ignore' });
    await world.kill();
    expect(await here('diff', 'weather', ...cloud())).toMatchObject({
      code: 0,
      out: 'the component equals the spec\n',
    });
    world.cloud.console.edit(exampleComponentId, { description: 'canary-value' });
    const differs = await here('diff', 'weather', ...cloud());
    expect(differs).toMatchObject({ code: 1, out: '~ /description\n' });
    const dump = join(bin, 'component.json');
    const { name, runtime_stack } = world.cloud.component(exampleComponentId).config;
    await writeFile(dump, JSON.stringify({ name, runtime_stack, version: '0.0.1' }));
    const offline = await here('diff', 'weather', '--from-dump', dump);
    expect(offline.out).toContain('~ /version\n');
    expect(offline.out).not.toContain('canary');
  });

  it('shows the tasks of the newest job', async () => {
    await applied();
    const { out, code } = await here('logs', 'weather', ...cloud());
    expect(code).toBe(0);
    expect(out).toMatch(/^job JOB\S+: SUCCEEDED\n/);
    expect(out.split('\n').length).toBeGreaterThan(3);
  });

  it('pauses and resumes many by label', async () => {
    await applied();
    await world.patch({ metadata: { labels: { team: 'shop' } } });
    expect((await here('pause', '-l', 'team=shop')).out).toBe(`${world.namespace}/weather is paused\n`);
    await world.edit({ version: '1.0.2' });
    await world.settle(60_000);
    expect(calls()).toBe(1);
    await here('resume', '-l', 'team=shop');
    await world.untilReady();
    expect(calls()).toBe(2);
  });

  it('has one looked at, sent again, and tried again', async () => {
    await applied();
    await here('reconcile', 'weather');
    await world.until('looked', async () => {
      const object = await world.get();
      return object !== undefined && statusOf(object).lastHandledReconcileAt !== undefined;
    });
    expect(calls()).toBe(1);
    world.cloud.scriptJob({ end: 'FAILED' });
    await here('force', 'weather');
    await world.until('failed', async () =>
      JSON.stringify((await world.get())?.status).includes('JobFailedTerminal'),
    );
    await here('retry', 'weather');
    await world.untilReady();
    expect(calls()).toBe(3);
  });

  it('checks everything from the cluster to the component, each with a cure', async () => {
    await applied();
    const good = await here('doctor', 'weather', ...cloud());
    expect(good).toMatchObject({ code: 0 });
    expect(good.out.split('\n').filter((line) => line !== '')).toHaveLength(5);
    await world.secret('huaweicloud', { token: 'expired' });
    const bad = await here('doctor', 'weather', ...cloud());
    expect(bad.code).toBe(1);
    expect(bad.out).toMatch(/FAILED +\S+\/weather: ServiceStage/);
    expect(bad.out).not.toContain('expired');
  });

  it.each([
    ['an unknown command', ['frobnicate'], 2, /"frobnicate" is no command; one of: get, status/],
    ['an unknown flag', ['get', '--colour'], 2, /^get: Unknown option '--colour'/],
    ['a missing name', ['status'], 2, /^status takes exactly one name/],
    ['names and a selector', ['pause', 'a', '-l', 'b=c'], 2, /exclude each other/],
    ['a bad duration', ['wait', 'a', '--timeout', 'soon'], 2, /--timeout "soon" is no duration/],
    ['a bad format', ['get', '-o', 'xml'], 2, /--output is one of: text, json, yaml/],
    ['a name that does not exist', ['status', 'nobody'], 4, /does not exist/],
    ['a dump that is no JSON', ['diff', 'weather', '--from-dump', MAIN], 1, /cannot be read as JSON/],
  ])('says what is wrong with %s, in one line', async (_name, args, code, text) => {
    await world.create(specOf());
    const ran = await here(...args);
    expect(ran.code).toBe(code);
    expect(ran.err.replace(/^error: /, '')).toMatch(text);
    expect(
      ran.err
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('error: exit status')),
    ).toHaveLength(1);
  });

  it('explains itself, and completes in bash', async () => {
    expect((await run('--help')).out).toContain('usage: kubectl servicestage COMMAND');
    expect((await run('wait', '--help')).out).toContain('kubectl servicestage wait weather --timeout 20m');
    const { out } = await run('completion');
    await writeFile(join(bin, 'completion'), out);
    const typed = 'kubectl-servicestage wait --ti';
    const script = `. ${join(bin, 'completion')}; COMP_LINE="${typed}"; _kubectl_servicestage kubectl-servicestage --ti wait; echo "\${COMPREPLY[@]}"`;
    const completed = await new Promise<string>((resolve) => {
      execFile('bash', ['-c', script], (_error, stdout) => resolve(stdout));
    });
    expect(completed.trim()).toBe('--timeout');
  });
});
