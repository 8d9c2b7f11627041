// The state table, judged by the real kstatus and by the health script in Argo CD's interpreter. The operator is driven into every situation on a real API server, and every
// version of the object that a watch shows on the way is judged, not only the last one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PACK } from '../../scripts/argocd.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { SituationName } from '../../src/core/conditions.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { createWorld, specOf, type World } from '../support/world.ts';
import { judgeHealthLua, judgeKstatus, judgesAvailability } from './real-apiserver.ts';
import { type Recorder, recordObjects, statusOf } from './support-recorder.ts';
import { describeOnRealServer } from './support-server.ts';
import {
  argoSays,
  DRIVES,
  type Kstatus,
  LONG_JOB,
  NEWER,
  SITUATION_NAMES,
  situationsOf,
  TABLE,
  tableSays,
} from './support-situations.ts';

const HEALTH = readFileSync(join(import.meta.dirname, '..', '..', PACK, 'health.lua'), 'utf8');

const missing =
  judgesAvailability().kind === 'none' && process.env.CI !== 'true' ? 'Go is not on PATH' : undefined;

describeOnRealServer('kstatus on a real API server', { crd: 'installed', missing }, (current) => {
  let world: World;
  let recorder: Recorder;
  beforeEach(async () => {
    world = await createWorld({ kube: current().kube });
    recorder = recordObjects(world.kube, world.namespace);
  });
  afterEach(async () => {
    await recorder.stop();
    await world.stop();
    expect(world.violations).toEqual([]);
  });

  /** Judges every recorded version; gives the last verdict. */
  const judged = async (): Promise<string | undefined> => {
    const verdicts = (await judgeKstatus(recorder.objects)).map(({ status }) => status);
    const rows = recorder.objects.map((object, at) => ({
      conditions: statusOf(object).conditions?.map(
        ({ type, status, reason }) => `${type}=${status}/${reason}`,
      ),
      kstatus: verdicts[at],
    }));
    expect(rows).toEqual(
      rows.map((row, at) => ({ ...row, kstatus: tableSays(recorder.objects[at] as KubeObject) })),
    );
    const healths = (await judgeHealthLua(HEALTH, recorder.objects)).map(({ status }) => status);
    expect(healths).toEqual(recorder.objects.map(argoSays));
    return verdicts.at(-1);
  };
  const shows = (name: SituationName) => (object: KubeObject) => situationsOf(object).includes(name);
  const saw = (name: SituationName) => world.until(name, () => recorder.objects.some(shows(name)));
  const applied = async () => {
    await world.start();
    await world.create(specOf(NEWER));
    await world.untilReady();
  };
  /** Waits until the watch has shown what the API server now holds. */
  const caughtUp = async () => {
    const version = (await world.get())?.metadata.resourceVersion;
    await expect.poll(() => recorder.objects.at(-1)?.metadata.resourceVersion).toBe(version);
  };

  it.each(SITUATION_NAMES)('judges %s as the state table says', async (name) => {
    const { config = {}, given, spec = specOf(NEWER), afterwards } = DRIVES[name];
    await given?.(world);
    await world.start(config);
    await world.create(spec);
    await afterwards?.(world, saw);
    await saw(name);
    await judged();
    const object = recorder.objects.find(shows(name)) as KubeObject;
    expect((await judgeKstatus([object]))[0]?.status).toBe(TABLE[name][2]);
  });

  it('does not take a new object for current before the operator has seen it', async () => {
    await world.create();
    await caughtUp();
    expect(await judged()).toBe('InProgress');
  });

  it('does not take an object for current while its spec is newer than its status', async () => {
    await applied();
    await world.kill();
    await world.edit({ version: '1.0.2' });
    await caughtUp();
    expect(await judged()).toBe('InProgress');
  });

  it.each<{
    what: string;
    want: Kstatus;
    before: (w: World) => Promise<unknown>;
    after?: (w: World) => Promise<unknown>;
  }>([
    { what: 'in force', want: 'Current', before: (w) => w.untilReady() },
    {
      what: 'in force, with a newer spec',
      want: 'InProgress',
      before: (w) => w.untilReady(),
      after: (w) => w.edit({ version: '1.0.2' }),
    },
    {
      what: 'after a failed job',
      want: 'Failed',
      before: (w) => {
        w.cloud.scriptJob({ end: 'FAILED' });
        return saw('jobFailed');
      },
    },
  ])('takes a component paused $what for $want', async ({ want, before, after }) => {
    await world.start();
    await world.create(specOf(NEWER));
    await before(world);
    await world.patch({ metadata: { annotations: { 'servicestage.io/paused': 'true' } } });
    await world.until('Paused', () =>
      statusOf(recorder.objects.at(-1) as KubeObject).conditions?.some(({ type }) => type === 'Paused'),
    );
    await after?.(world);
    await caughtUp();
    expect(await judged()).toBe(want);
  });

  // The state table keeps Reconciling beside Paused while a job runs; `decide` follows the job before it looks at the pause,
  // so Paused is not shown before the job has ended.
  it('shows the pause within two seconds also while a job runs, and takes it for InProgress', async () => {
    world.cloud.scriptJob(LONG_JOB);
    await world.start();
    await world.create(specOf(NEWER));
    await saw('jobRunning');
    await world.patch({ spec: { suspend: true } });
    await world.settle(2_000);
    await caughtUp();
    expect(await judged()).toBe('InProgress');
    const types = statusOf(recorder.objects.at(-1) as KubeObject).conditions?.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['Paused', 'Reconciling']));
  });

  it.each<{ what: string; happens: (w: World) => void; holds: (object: KubeObject) => boolean }>([
    {
      what: 'was changed in the console',
      happens: (w) => w.cloud.console.edit(exampleComponentId, { description: 'changed' }),
      holds: (object) => statusOf(object).drift !== undefined,
    },
    {
      what: 'is DOWN later',
      happens: (w) => w.cloud.console.setStatus(exampleComponentId, 'DOWN'),
      holds: (object) => statusOf(object).remote?.componentStatus === 'DOWN',
    },
  ])('leaves a component that $what current', async ({ happens, holds }) => {
    await applied();
    happens(world);
    await world.until('shown', () => recorder.objects.some(holds));
    await caughtUp();
    expect(await judged()).toBe('Current');
  });

  it('leaves a component current while the service throttles the looks at it', async () => {
    await applied();
    await caughtUp();
    const versions = recorder.objects.length;
    world.cloud.faults.add({ operation: 'getComponent', next: 'all', effect: { kind: 'throttle' } });
    const looks = world.cloud.journal.requests({ operation: 'getComponent' }).length;
    await world.until(
      'a throttled look',
      () => world.cloud.journal.requests({ operation: 'getComponent' }).length > looks,
    );
    await world.settle(1_000);
    expect(recorder.objects).toHaveLength(versions);
    expect(await judged()).toBe('Current');
  });
});
