// The real kubectl (the machine's, else the built one) against the embedded API server: the verbs that the demo and the README show.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GROUP, SAMPLE_CRD } from '../conformance/sample-crd.ts';
import { buildServer, realApiServerAvailability } from '../e2e/real-binaries.ts';
import { type EmbeddedApi, startEmbeddedApi } from './embedded/index.ts';

const found = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
const onPath = found.error === undefined && found.status === 0;
const missing = !onPath && realApiServerAvailability().kind === 'none';
if (missing) console.warn('kubectl tests skipped: no kubectl on PATH, and no Go to build one');
const program = onPath || missing ? 'kubectl' : (await buildServer()).kubectlBinary;

const reference = { kind: 'Gadget', namespace: 'default', name: 'weather' };

describe.skipIf(missing)('kubectl', () => {
  let api: EmbeddedApi;
  let folder: string;

  beforeAll(async () => {
    api = await startEmbeddedApi({ crds: [SAMPLE_CRD] });
    folder = await mkdtemp(join(tmpdir(), 'embedded-kubectl-'));
    await writeFile(join(folder, 'config'), api.kubeconfig());
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  const environment = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
    ...process.env,
    KUBECONFIG: join(folder, 'config'),
    HOME: folder,
    ...more,
  });
  interface Run {
    readonly code: number;
    readonly out: string;
    readonly err: string;
  }
  const kubectl = (
    args: readonly string[],
    more: { input?: string; env?: Record<string, string> } = {},
  ): Promise<Run> =>
    new Promise((resolve) => {
      const child = execFile(program, args, { env: environment(more.env) }, (error, out, err) => {
        resolve({ code: error ? Number(error.code) : 0, out, err });
      });
      child.stdin?.end(more.input ?? '');
    });
  const manifest = (spec: string, metadata = ''): string =>
    `apiVersion: ${GROUP}/v1\nkind: Gadget\nmetadata: {name: weather, namespace: default${metadata}}\nspec: {${spec}}\n`;
  const fresh = async (spec = 'model: red, replicas: 1'): Promise<void> => {
    if (api.objects.get(reference)) api.objects.remove(reference);
    expect((await kubectl(['apply', '-f', '-'], { input: manifest(spec) })).code).toBe(0);
  };
  const ready = (): void => {
    const patch = { status: { conditions: [{ type: 'Ready', status: 'True' }], observedGeneration: 1 } };
    api.objects.patch(reference, { type: 'merge', subresource: 'status', patch });
  };

  it('applies, says what it did, and writes nothing the second time', async () => {
    const outs = [];
    for (const replicas of [1, 2, 2]) {
      const input = manifest(`model: red, replicas: ${replicas}`);
      outs.push((await kubectl(['apply', '-f', '-'], { input })).out.trim().split(' ').at(-1));
    }
    expect(outs).toEqual(['created', 'configured', 'unchanged']);
  });

  it('shows refusals of the schema, the rules and strict validation', async () => {
    await fresh();
    const refused = async (spec: string): Promise<string> =>
      (await kubectl(['apply', '-f', '-'], { input: manifest(spec) })).err;
    expect(await refused('model: red, replicas: 11')).toContain('should be less than or equal to 10');
    expect(await refused('model: blue')).toContain('model is immutable');
    expect(await refused('model: red, bogus: 1')).toContain('unknown field "spec.bogus"');
  });

  it('prints the columns of the CRD, wide, by label and by field', async () => {
    await fresh();
    ready();
    const table = await kubectl(['get', 'gad']);
    expect(table.out).toMatch(/^NAME +READY +MODEL +AGE\nweather +True +red +\d+s\n$/);
    expect((await kubectl(['get', 'gad', '-o', 'wide'])).out).toMatch(
      /REPLICAS +AGE\nweather +True +red +1 /,
    );
    expect((await kubectl(['get', 'gad', '-l', 'a=b'])).err).toContain('No resources found');
    expect((await kubectl(['get', 'gad', '--field-selector', 'spec.model=red'])).out).toContain('weather');
    expect((await kubectl(['get', 'gad', 'weather', '-o', 'jsonpath={.spec.model}'])).out).toBe('red');
  });

  it('follows changes with get -w', async () => {
    await fresh();
    const child: ChildProcess = spawn(program, ['get', 'gad', '-w'], { env: environment() });
    let out = '';
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
      if (out.includes('weather') && !out.includes('True')) ready();
      if (out.includes('True')) child.kill();
    });
    await new Promise((resolve) => child.on('close', resolve));
    expect(out).toMatch(/weather +red[^\n]*\nweather +True +red/);
  });

  it('describes an object with its events', async () => {
    await fresh();
    const { uid } = api.objects.get(reference)?.metadata ?? { uid: '' };
    api.objects.create({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'weather.1', namespace: 'default' },
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      reportingController: `${GROUP}/test`,
      reportingInstance: 'test-0',
      action: 'Submit',
      reason: 'JobStarted',
      type: 'Normal',
      note: 'job 1 started',
      regarding: { apiVersion: `${GROUP}/v1`, kind: 'Gadget', name: 'weather', namespace: 'default', uid },
    });
    const described = await kubectl(['describe', 'gad', 'weather']);
    expect(described.out).toMatch(/Normal +JobStarted +.*job 1 started/);
    expect((await kubectl(['get', 'events'])).out).toMatch(
      /Normal +JobStarted +gadget\/weather +job 1 started/,
    );
    expect((await kubectl(['events'])).out).toContain('JobStarted');
  });

  it('explains a field from the schema of the CRD', async () => {
    const { out } = await kubectl(['explain', 'gadget.spec.model']);
    expect(out).toContain('FIELD: model <string>');
    expect(out).toContain('The model.');
    expect((await kubectl(['api-resources'])).out).toMatch(
      /gadgets +gad +conformance.example.io\/v1 +true +Gadget/,
    );
  });

  it('edits through an editor', async () => {
    await fresh();
    const env = { EDITOR: "sed -i 's/replicas: 1/replicas: 7/'" };
    expect((await kubectl(['edit', 'gad', 'weather'], { env })).out).toContain('edited');
    expect(api.objects.get(reference)?.spec).toMatchObject({ replicas: 7 });
  });

  it('patches, annotates and labels', async () => {
    await fresh();
    const patch =
      '[{"op":"test","path":"/spec/replicas","value":1},{"op":"replace","path":"/spec/replicas","value":3}]';
    expect((await kubectl(['patch', 'gad', 'weather', '--type=json', '-p', patch])).code).toBe(0);
    expect((await kubectl(['patch', 'gad', 'weather', '--type=json', '-p', patch])).code).toBe(1);
    await kubectl(['annotate', 'gad', 'weather', 'note=x']);
    await kubectl(['label', 'gad', 'weather', 'tier=web']);
    expect(api.objects.get(reference)).toMatchObject({
      metadata: { annotations: { note: 'x' }, labels: { tier: 'web' }, generation: 2 },
      spec: { replicas: 3 },
    });
  });

  it('waits for a condition of this generation', async () => {
    await fresh();
    const waiting = kubectl(['wait', 'gad/weather', '--for=condition=Ready', '--timeout=10s']);
    await new Promise((resolve) => setTimeout(resolve, 50));
    ready();
    expect(await waiting).toMatchObject({ code: 0, out: `gadget.${GROUP}/weather condition met\n` });
  });

  it('waits with delete until the finalizer is gone', async () => {
    await fresh();
    api.objects.patch(reference, { type: 'merge', patch: { metadata: { finalizers: [`${GROUP}/hold`] } } });
    const off = api.onWrite((_, after) => {
      if (!after?.metadata.deletionTimestamp) return;
      setTimeout(() => {
        api.objects.patch(reference, { type: 'merge', patch: { metadata: { finalizers: null } } });
      }, 20);
    });
    const deleted = await kubectl(['delete', 'gad', 'weather', '--timeout=10s']);
    off();
    expect(deleted).toMatchObject({ code: 0 });
    expect(api.objects.get(reference)).toBeUndefined();
  });

  it('applies server-side for two managers, who collide on one field', async () => {
    if (api.objects.get(reference)) api.objects.remove(reference);
    const apply = (manager: string, spec: string, ...more: readonly string[]): Promise<Run> => {
      const args = ['apply', '--server-side', `--field-manager=${manager}`, ...more, '-f', '-'];
      return kubectl(args, { input: manifest(spec) });
    };
    expect((await apply('one', 'model: red, replicas: 1')).code).toBe(0);
    expect((await apply('two', 'model: red, tags: [a]')).code).toBe(0);
    const refused = await apply('two', 'model: red, replicas: 2');
    expect(refused.err).toContain('conflict with "one": .spec.replicas');
    expect((await apply('two', 'model: red, replicas: 2', '--force-conflicts')).code).toBe(0);
    expect(api.objects.get(reference)?.spec).toEqual({ mode: 'Slow', model: 'red', replicas: 2 });
  });

  it('creates and reads the built-in kinds an operator needs', async () => {
    await kubectl(['create', 'secret', 'generic', 'cloud', '--from-literal=accessKey=AK']);
    expect((await kubectl(['get', 'secret', 'cloud'])).out).toMatch(/cloud +Opaque +1 /);
    await kubectl(['create', 'namespace', 'shop']);
    expect((await kubectl(['get', 'ns', 'shop'])).out).toMatch(/shop +Active/);
    expect((await kubectl(['get', 'crd'])).out).toContain(SAMPLE_CRD.metadata.name);
    expect((await kubectl(['delete', 'namespace', 'shop', '--timeout=10s'])).code).toBe(0);
  });
});
