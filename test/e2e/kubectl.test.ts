// What a person does with kubectl, on a real API server, while the operator works against the simulator: each test looks at
// what kubectl prints, at the object, at the component in the cloud and at the calls that were accepted.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_VERSION, FIELD_MANAGER, KIND } from '../../src/api/names.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { createWorld, NAME, specOf, type World } from '../support/world.ts';
import { createKubectl, type Following, type Kubectl, machineKubectl } from './support-kubectl.ts';
import { describeOnRealServer } from './support-server.ts';

const machine = machineKubectl();
if (machine === undefined) console.warn('kubectl of the machine: left out, there is none on PATH');
const clients: readonly { readonly client: string; readonly binary?: string }[] = [
  { client: "kubectl of the API server's release" },
  ...(machine === undefined ? [] : [{ client: 'kubectl of the machine', binary: machine }]),
];
const HOLD_MS = 3_600_000;

describeOnRealServer('a person with kubectl', { crd: 'installed' }, (current) => {
  describe.each(clients)('$client', ({ binary }) => {
    let home: string;
    let world: World;
    let kubectl: Kubectl;
    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'servicestage-kubectl-'));
    });
    afterAll(() => rm(home, { recursive: true, force: true }));
    beforeEach(async () => {
      const { server, kube } = current();
      world = await createWorld({ kube });
      await world.start({ pollIntervalMs: 100 });
      const { namespace } = world;
      const options = { kubeconfig: server.kubeconfigPath, namespace, home };
      kubectl = createKubectl({ ...options, binary: binary ?? server.kubectlPath });
    });
    afterEach(async () => {
      await world.stop();
      expect(world.violations).toEqual([]);
    });

    const manifest = (component: JsonObject = {}, spec: JsonObject = {}): string =>
      JSON.stringify({
        apiVersion: API_VERSION,
        kind: KIND,
        metadata: { name: NAME },
        spec: specOf({ version: '1.0.1', ...component }, spec),
      });
    const apply = (component?: JsonObject, spec?: JsonObject) =>
      kubectl.out(['apply', '-f', '-'], manifest(component, spec));
    const versions = () =>
      world.cloud.journal
        .acceptedWrites(exampleComponentId)
        .map((entry) => `${entry.operation} ${entry.version ?? ''}`.trim());
    const cloudVersion = () => world.cloud.component(exampleComponentId).config.version;
    const holdNextJob = () => world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: HOLD_MS });
    const ready = async (component?: JsonObject, spec?: JsonObject) => {
      await apply(component, spec);
      await world.untilReady();
    };
    const watches = (following: Following) =>
      expect.poll(() => following.said.join('\n'), { timeout: 10_000 }).toContain('watch=true');

    it('applies once, and shows it in columns, wide, by category and by field', async () => {
      expect(await apply()).toContain('created');
      await world.untilReady();
      const table = await kubectl.out(['get', 'ssc']);
      expect(table).toMatch(
        /^NAME +READY +REASON +JOB +STATE +VERSION +AGE\nweather +True +Succeeded +JobSucceeded +RUNNING +1\.0\.1 +\d+s\n$/,
      );
      const wide = await kubectl.out(['get', 'ssc', NAME, '-o', 'wide']);
      expect(wide).toMatch(/ AGE +MESSAGE +LAST-APPLIED +REGION\n/);
      expect(wide).toMatch(/ Version 1\.0\.1 is in force\. +\d+s +cn-north-4\n$/);
      const header = table.split('\n', 1)[0] ?? 'a header';
      expect(await kubectl.out(['get', 'servicestage'])).toContain(header);
      const selector = `--field-selector=spec.componentId=${exampleComponentId}`;
      expect(await kubectl.out(['get', 'ssc', selector, '-o', 'name'])).toContain(NAME);
      const none = await kubectl.run(['get', 'ssc', `--field-selector=spec.componentId=none`]);
      expect(none.err).toContain('No resources found');
      expect(versions()).toEqual(['modifyComponent 1.0.1']);
      expect(cloudVersion()).toBe('1.0.1');
    });

    it('shows the way from submitting to in force in get -w', async () => {
      const watching = kubectl.follow(['get', 'ssc', '-w', '-v=6']);
      await watches(watching);
      await ready();
      await expect.poll(() => watching.lines.at(-1)).toMatch(/ True +Succeeded +JobSucceeded /);
      const rows = watching.lines.slice(1).map((line) => line.split(/ +/).slice(0, 4).join(' '));
      const shown = rows.filter((row, at) => row !== rows[at - 1] && row.split(' ').includes('JobRunning'));
      expect(shown).toEqual(['weather Unknown Progressing JobRunning']);
      expect(watching.lines[0]).toMatch(/^NAME +READY +REASON +JOB +STATE +VERSION +AGE$/);
      await watching.stop();
    });

    it('describes the object with conditions and our events', async () => {
      await ready();
      await expect
        .poll(() => kubectl.out(['describe', 'ssc', NAME]), { timeout: 10_000 })
        .toMatch(/Normal +JobSucceeded .*servicestage-operator +Job \S+ succeeded\./);
      const text = await kubectl.out(['describe', 'ssc', NAME]);
      expect(text).toMatch(/Normal +Submitting .*Version 1\.0\.1 is being submitted\. Cause: Spec\./);
      expect(text).toMatch(/Normal +JobStarted /);
      expect(text).toMatch(/Last Applied:\n/);
      expect(text).not.toMatch(/Warning/);
    });

    it('explains a field with its type and meaning', async () => {
      const text = await kubectl.out(['explain', 'ssc.spec.component.runtimeStack.deployMode']);
      expect(text).toContain('FIELD: deployMode <string>');
      expect(text).toMatch(/DESCRIPTION:\n {4}\S/);
      expect(await kubectl.out(['explain', 'ssc.spec.driftPolicy'])).toContain('Observe');
    });

    it('lets wait return when this generation is in force, and not before', async () => {
      holdNextJob();
      await apply();
      const first = kubectl.follow(['wait', `ssc/${NAME}`, '--for=condition=Ready', '--timeout=60s', '-v=6']);
      await watches(first);
      await world.until('a job runs', () => versions().length === 1);
      expect(first.running()).toBe(true);
      world.time.advance(HOLD_MS);
      expect(await first.ended).toBe(0);
      expect(await world.get()).toMatchObject({
        metadata: { generation: 1 },
        status: { observedGeneration: 1 },
      });
      expect(cloudVersion()).toBe('1.0.1');
    });

    it('does not let wait take Ready of the generation before for this one', async () => {
      await ready();
      await world.kill();
      holdNextJob();
      await apply({ version: '1.0.2' });
      const waiting = kubectl.follow([
        'wait',
        `ssc/${NAME}`,
        '--for=condition=Ready',
        '--timeout=60s',
        '-v=6',
      ]);
      await watches(waiting);
      await world.start({ pollIntervalMs: 100 });
      await world.until('a job runs', () => versions().length === 2);
      expect(waiting.running()).toBe(true);
      world.time.advance(HOLD_MS);
      expect(await waiting.ended).toBe(0);
      expect(cloudVersion()).toBe('1.0.2');
      expect(world.cloud.component(exampleComponentId).jobs.at(-1)?.status).toBe('SUCCEEDED');
    });

    it('sends an edit once', async () => {
      await ready();
      const edited = await kubectl.run(['edit', 'ssc', NAME], {
        editor: "sed -i 's/version: 1.0.1/version: 1.0.2/'",
      });
      expect(edited).toMatchObject({ code: 0, out: expect.stringContaining('edited') });
      await world.untilReady();
      expect(versions()).toEqual(['modifyComponent 1.0.1', 'modifyComponent 1.0.2']);
      expect(cloudVersion()).toBe('1.0.2');
    });

    it('sends nothing for a re-apply, an annotation or a label', async () => {
      await ready();
      const calls = world.cloud.journal.entries.length;
      expect(await apply()).toContain('unchanged');
      await kubectl.out(['annotate', 'ssc', NAME, 'example.com/note=x']);
      await kubectl.out(['label', 'ssc', NAME, 'team=shop']);
      await world.settle(1_000);
      expect(world.cloud.journal.entries).toHaveLength(calls);
      expect(world.statusWrites.get(NAME)).toBe(3);
    });

    it('deletes the object at once and leaves the component, by default', async () => {
      await ready();
      expect(await kubectl.out(['delete', 'ssc', NAME, '--timeout=30s'])).toContain('deleted');
      expect(await world.get()).toBeUndefined();
      expect(world.cloud.component(exampleComponentId)).toMatchObject({ gone: false, status: 'RUNNING' });
      expect(versions()).toEqual(['modifyComponent 1.0.1']);
      await expect
        .poll(() => kubectl.out(['events', '--types=Normal']), { timeout: 10_000 })
        .toContain('Orphaned');
    });

    it('deletes the component first when the policy says so', async () => {
      await ready({}, { deletionPolicy: 'Delete' });
      const deleting = kubectl.follow(['delete', 'ssc', NAME, '--timeout=60s']);
      await world.until('released', async () => (await world.get()) === undefined);
      expect(world.cloud.component(exampleComponentId).gone).toBe(true);
      expect(await deleting.ended).toBe(0);
      expect(versions()).toEqual(['modifyComponent 1.0.1', 'deleteComponent']);
    });

    it('keeps two managers apart in server-side apply', async () => {
      const serverSide = (manager: string, object: string, ...more: readonly string[]) =>
        kubectl.run(['apply', '--server-side', `--field-manager=${manager}`, ...more, '-f', '-'], {
          input: object,
        });
      const of = (component: JsonObject): string =>
        JSON.stringify({
          apiVersion: API_VERSION,
          kind: KIND,
          metadata: { name: NAME },
          spec: { component },
        });
      const envs = (name: string) => [{ name, value: name.toLowerCase() }];

      expect(await serverSide('git', manifest({ envs: envs('GIT') }))).toMatchObject({ code: 0 });
      await world.untilReady();
      expect(await serverSide('team', of({ envs: envs('TEAM') }))).toMatchObject({ code: 0 });
      await world.untilReady();
      const body = world.cloud.journal.acceptedWrites(exampleComponentId).at(-1)?.body;
      expect(body).toMatchObject({ envs: [...envs('GIT'), ...envs('TEAM')] });

      const refused = await serverSide('team', of({ envs: envs('TEAM'), version: '1.0.2' }));
      expect(refused.code).toBe(1);
      expect(refused.err).toContain('conflict with "git": .spec.component.version');
      await world.settle(1_000);
      expect(versions()).toEqual(['modifyComponent 1.0.1', 'modifyComponent 1.0.1']);

      await serverSide('team', of({ envs: envs('TEAM'), version: '1.0.2' }), '--force-conflicts');
      const object = await world.untilReady();
      expect(versions().at(-1)).toBe('modifyComponent 1.0.2');
      const managers = (object.metadata as unknown as { managedFields: readonly JsonObject[] }).managedFields;
      expect(
        managers.map((each) => `${each.manager} ${each.operation} ${each.subresource ?? ''}`.trim()).sort(),
      ).toEqual(['git Apply', `${FIELD_MANAGER} Update`, `${FIELD_MANAGER} Update status`, 'team Apply']);
    });

    it.each([
      {
        what: 'an unknown field',
        component: { runtime_stack: {} },
        says: 'unknown field "spec.component.runtime_stack"',
      },
      {
        what: 'a value outside its list',
        component: { source: { kind: 'tape' } },
        says: 'spec.component.source.kind: Unsupported value: "tape"',
      },
    ])('refuses $what before anything is stored', async ({ component, says }) => {
      const refused = await kubectl.run(['apply', '-f', '-'], { input: manifest(component) });
      expect(refused.code).toBe(1);
      expect(refused.err).toContain(says);
      expect(await world.get()).toBeUndefined();
      expect(world.cloud.journal.entries).toEqual([]);
    });

    it('refuses to move an object to another component, in the words of the rule', async () => {
      await ready();
      const componentId = '66666666-7777-8888-9999-000000000001';
      const refused = await kubectl.run(['apply', '-f', '-'], { input: manifest({}, { componentId }) });
      expect(refused.code).toBe(1);
      expect(refused.err).toMatch(/spec\.componentId: .*componentId cannot be changed/);
      await world.settle(1_000);
      expect(versions()).toEqual(['modifyComponent 1.0.1']);
      expect(world.statusWrites.get(NAME)).toBe(3);
    });
  });
});
