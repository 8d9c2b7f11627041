// The Argo CD pack in Argo CD's own interpreter: the samples, and the actions on live objects of a real API server, with the
// operator's answer to each. Every live state is judged in kstatus.test.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { actionNames, argocdFiles, PACK, samples } from '../../scripts/argocd.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { componentsPath } from '../support/kube-target.ts';
import { createWorld, NAME, specOf, type World } from '../support/world.ts';
import { judgeHealthLua, judgesAvailability } from './real-apiserver.ts';
import { runLuaTable } from './real-judges.ts';
import { statusOf } from './support-recorder.ts';
import { describeOnRealServer } from './support-server.ts';

const ROOT = join(import.meta.dirname, '..', '..', PACK);
const HEALTH = readFileSync(join(ROOT, 'health.lua'), 'utf8');
const missing =
  judgesAvailability().kind === 'none' && process.env.CI !== 'true' ? 'Go is not on PATH' : undefined;

function annotationsOf(object: JsonObject | undefined): JsonObject {
  const metadata = (object?.metadata ?? {}) as JsonObject;
  return (metadata.annotations ?? {}) as JsonObject;
}

describeOnRealServer('the Argo CD pack', { crd: 'installed', missing }, (current) => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld({ kube: current().kube });
    await world.start();
  });
  afterEach(async () => {
    await world.stop();
    expect(world.violations).toEqual([]);
  });

  const live = async (): Promise<JsonObject> => (await world.get()) as unknown as JsonObject;
  const available = async (): Promise<string[]> => {
    const [actions] = await runLuaTable(join(ROOT, 'actions', 'discovery.lua'), [await live()]);
    return Object.entries(actions ?? {})
      .filter(([, action]) => (action as JsonObject).disabled !== true)
      .map(([name]) => name)
      .sort();
  };
  /** As Argo CD does: the script's object against the live one, the difference as a merge patch. */
  const act = async (name: string): Promise<void> => {
    const [changed] = await runLuaTable(join(ROOT, 'actions', name, 'action.lua'), [await live()]);
    const annotations = annotationsOf(changed);
    const before = annotationsOf(await live());
    const removed = Object.keys(before).filter((key) => annotations[key] === undefined);
    const patch = { ...annotations, ...Object.fromEntries(removed.map((key) => [key, null])) };
    expect(changed?.spec).toEqual((await live()).spec);
    await world.patch({ metadata: { annotations: patch } });
  };
  const calls = () => world.cloud.journal.acceptedWrites(exampleComponentId).length;
  const shows = async (type: string) =>
    statusOf((await world.get()) as never).conditions?.find((each) => each.type === type)?.reason;

  it('judges every sample as the state table says, with its message', async () => {
    const all = [...samples()];
    const verdicts = await judgeHealthLua(
      HEALTH,
      all.map(([, { object }]) => object),
    );
    const expected = all.map(([, { health, message }]) => ({ status: health, message }));
    expect(verdicts).toEqual(expected);
  });

  it('has a folder for every action that discovery offers, and the other way round', async () => {
    await world.create(specOf());
    const [actions] = await runLuaTable(join(ROOT, 'actions', 'discovery.lua'), [await live()]);
    expect(Object.keys(actions ?? {}).sort()).toEqual(actionNames());
    expect(argocdFiles().map(([file]) => file)).toContain('deploy/argocd/argocd-cm.yaml');
  });

  it('suspends by annotation, so that self-heal does not fight it, and resumes', async () => {
    await world.create(specOf({ version: '1.0.1' }));
    await world.untilReady();
    await act('suspend');
    await world.until('paused', async () => (await shows('Paused')) === 'AnnotationPaused');
    expect(await available()).toEqual(['resume']);
    await world.edit({ version: '1.0.2' });
    await world.settle(60_000);
    expect(calls()).toBe(1);
    await act('resume');
    await world.untilReady();
    expect(calls()).toBe(2);
  });

  it('looks when asked to, without a call that changes anything', async () => {
    await world.create(specOf({ version: '1.0.1' }));
    await world.untilReady();
    await act('reconcile');
    await world.until('looked', async () => {
      return statusOf((await world.get()) as never).lastHandledReconcileAt !== undefined;
    });
    expect(calls()).toBe(1);
  });

  it('sends a failed change again, once', async () => {
    world.cloud.scriptJob({ end: 'FAILED' }, exampleComponentId);
    await world.create(specOf({ version: '1.0.1' }));
    await world.until('failed', async () => (await shows('Stalled')) === 'JobFailedTerminal');
    expect(await available()).toContain('retry');
    await act('retry');
    await world.untilReady();
    expect(calls()).toBe(2);
  });

  it('sends a spec in force again, once', async () => {
    await world.create(specOf({ version: '1.0.1' }));
    await world.untilReady();
    await act('force');
    await world.until('sent again', () => calls() === 2);
    await world.untilReady();
    await world.settle(60_000);
    expect(calls()).toBe(2);
  });

  it('never shows an edit as Healthy before its own job has succeeded, in a hundred runs', {
    timeout: 120_000,
  }, async () => {
    world.cloud.configure({ jobDurationMs: 1_000 });
    await world.create(specOf({ version: '1.0.0' }, { interval: '0s' }));
    await world.untilReady();
    const seen: JsonObject[] = [];
    const stopping = new AbortController();
    const watching = world.kube
      .watch(`${componentsPath(world.namespace)}?watch=1`, stopping.signal, ({ object }) => {
        seen.push(object as unknown as JsonObject);
      })
      .catch(() => undefined);
    for (let run = 1; run <= 100; run += 1) {
      await world.edit({ version: `1.1.${run}` });
      await world.untilReady();
    }
    stopping.abort();
    await watching;
    const healths = await judgeHealthLua(HEALTH, seen);
    const early = seen.filter((object, at) => {
      const { spec, status } = object as unknown as {
        spec: { component: { version: string } };
        status: { lastApplied?: { version?: string } };
      };
      return healths[at]?.status === 'Healthy' && status.lastApplied?.version !== spec.component.version;
    });
    expect(early).toEqual([]);
    expect(new Set(healths.map(({ status }) => status))).toEqual(new Set(['Healthy', 'Progressing']));
    expect(calls()).toBe(101);
  });

  it('leaves nothing for a server-side-apply diff after defaulting and status writes', async () => {
    const manifest = {
      apiVersion: 'servicestage.io/v1alpha1',
      kind: 'ServiceStageComponent',
      metadata: { name: NAME, namespace: world.namespace },
      spec: specOf({ version: '1.0.1' }),
    };
    const path = `${componentsPath(world.namespace, NAME)}?fieldManager=argocd-controller&force=true`;
    const apply = (dryRun: string) =>
      world.kube.call('PATCH', `${path}${dryRun}`, manifest, 'application/apply-patch+yaml');
    expect((await apply('')).status).toBe(201);
    await world.untilReady();
    const before = await live();
    const { json } = await apply('&dryRun=All');
    const without = (object: JsonObject) => {
      const { managedFields: _, ...metadata } = object.metadata as JsonObject;
      return { ...object, metadata };
    };
    expect(without(json as JsonObject)).toEqual(without(before));
  });

  it('loses nothing to Replace=true', async () => {
    await world.create(specOf({ version: '1.0.1' }));
    await world.untilReady();
    const { metadata } = (await live()) as { metadata: JsonObject };
    const replacement = {
      apiVersion: 'servicestage.io/v1alpha1',
      kind: 'ServiceStageComponent',
      metadata: { name: NAME, namespace: world.namespace, resourceVersion: metadata.resourceVersion },
      spec: specOf({ version: '1.0.1' }),
    };
    await world.kube.call('PUT', componentsPath(world.namespace, NAME), replacement);
    await world.until(
      'our finalizer is back',
      async () => (await world.get())?.metadata.finalizers?.length === 1,
    );
    await world.settle(600_000);
    expect(calls()).toBe(1);
    expect(statusOf((await world.get()) as never).lastApplied?.version).toBe('1.0.1');
  });
});
