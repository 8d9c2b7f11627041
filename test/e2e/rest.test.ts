// What a change costs and what rest costs, on the real API server: cloud calls from the simulator's journal, writes from a
// watch of our own. Time is virtual: ten minutes pass in seconds.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/controller/ports.ts';
import { exampleComponentId, type JournalEntry } from '../fakes/simulator/index.ts';
import { componentsPath, type KubeTarget } from '../support/kube-target.ts';
import { realKubeMissing, startRealKube } from '../support/real-kube.ts';
import { watchOn } from '../support/watch.ts';
import { createWorld, isReady, NAME, specOf, type World } from '../support/world.ts';

const CRS = 200;
const MINUTE = 60_000;
const missing = realKubeMissing();

describe.skipIf(missing !== undefined)(
  `calls and writes${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let kube: KubeTarget;
    let world: World;
    beforeAll(async () => {
      kube = await startRealKube();
    }, 600_000);
    afterAll(() => kube?.stop());
    afterEach(async () => {
      await world.stop();
      expect(world.violations).toEqual([]);
    });

    describe(`of ${CRS} resources at rest`, () => {
      it('are none at all in ten minutes when the check is switched off', { timeout: 180_000 }, async () => {
        world = await createWorld({ kube });
        await populate(world, '0s');
        const before = await snapshot(world);
        await world.settle(10 * MINUTE);
        expect(world.cloud.journal.entries.slice(before.calls)).toEqual([]);
        expect((await snapshot(world)).versions).toEqual(before.versions);
      });

      it('are the checks that were asked for and nothing else', { timeout: 300_000 }, async () => {
        world = await createWorld({ kube });
        await populate(world, '10m');
        const before = await snapshot(world);
        const from = world.time.now().wall;
        const startedMs = performance.now();
        await world.settle(16 * MINUTE);
        const entries = world.cloud.journal.entries.slice(before.calls);
        expect(new Set(entries.map(({ operation }) => operation))).toEqual(new Set(['getComponent']));
        const checks = Map.groupBy(entries, ({ componentId }) => componentId);
        expect(checks.size).toBe(CRS);
        const window = { from, until: world.time.now().wall, slackMs: performance.now() - startedMs };
        for (const each of checks.values()) expect(misplaced(each, window)).toEqual([]);
        expect((await snapshot(world)).versions).toEqual(before.versions);
      });
    });

    describe('of one change', () => {
      const JOB_MS = 12_000; // ends between the second and the third poll
      const POLLS = 3;

      it('are 1 GET, 1 PUT, the polls, 1 verifying GET and 3 status writes', async () => {
        world = await createWorld({ kube });
        await world.start();
        await world.create(specOf({ version: '1.0.1' }, { interval: '0s' }));
        await world.untilReady();
        const count = await counting(world);
        world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: JOB_MS });
        await world.edit({ version: '1.0.2' });
        await world.untilReady();
        expect(await count()).toEqual({
          calls: ['getComponent', 'modifyComponent', ...polls(POLLS), 'getComponent'],
          writes: 3,
        });
      });

      it('are 1 GET job more when the last job is not ours, and 1 patch for the finalizer at first', async () => {
        world = await createWorld({ kube });
        await world.start();
        const count = await counting(world);
        world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: JOB_MS });
        await world.create(specOf({ version: '1.0.1' }, { interval: '0s' }));
        await world.untilReady();
        expect(await count()).toEqual({
          calls: ['getComponent', 'getJob', 'modifyComponent', ...polls(POLLS), 'getComponent'],
          writes: 4,
        });
        const again = await counting(world);
        await foreignJob(world);
        await world.edit({ version: '1.0.2' });
        await world.untilReady();
        expect(await again()).toEqual({
          calls: ['getComponent', 'getJob', 'modifyComponent', ...polls(1), 'getComponent'],
          writes: 3,
        });
      });
    });
  },
);

const polls = (count: number): string[] => Array.from({ length: count }, () => 'getJob');

/** Resources of which half needed a call and half were adopted; all Ready when it returns. */
async function populate(world: World, interval: string): Promise<void> {
  await world.start();
  const names = Array.from({ length: CRS }, (_, n) => `app-${n}`);
  await Promise.all(
    names.map((name, n) => {
      const { id: componentId } = world.cloud.addComponent();
      const version = n % 2 === 0 ? { version: '1.0.1' } : {};
      return world.create(specOf(version, { componentId, interval }), name);
    }),
  );
  await world.until('all Ready', async () => {
    const objects = await list(world);
    return objects.length === CRS && objects.every(isReady);
  });
}

async function list(world: World): Promise<readonly KubeObject[]> {
  const { json } = await world.kube.call('GET', componentsPath(world.namespace));
  return (json as unknown as { items: readonly KubeObject[] }).items;
}

async function snapshot(world: World) {
  const versions = (await list(world)).map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);
  return { calls: world.cloud.journal.entries.length, versions };
}

interface Window {
  readonly from: number;
  readonly until: number;
  /** Real time that passed beside the virtual one; a look may be late by as much. */
  readonly slackMs: number;
}

/** Looks of one resource that came outside of its interval, 10 ± 1 minutes after the one before, which may lie before `from`. */
function misplaced(looks: readonly JournalEntry[], { from, until, slackMs }: Window): readonly string[] {
  const times = looks.map(({ at }) => at);
  const gaps = [...times, until].map((at, n) => ({ n, ms: at - (times[n - 1] ?? from) }));
  return gaps
    .filter(({ n, ms }) => {
      const least = n === 0 || n === times.length ? 0 : 9 * MINUTE;
      return ms < least - slackMs || ms > 11 * MINUTE + slackMs;
    })
    .map(({ n, ms }) => `look ${n} after ${ms} ms`);
}

/** Counts from now on; the answer waits until the watch has shown the newest version. User's own writes are left out. */
async function counting(world: World) {
  const from = world.cloud.journal.entries.length;
  const watching = new AbortController();
  const seen: KubeObject[] = [];
  const path = componentsPath(world.namespace);
  const { json } = await world.kube.call('GET', path);
  const { resourceVersion: since } = json.metadata as { readonly resourceVersion: string };
  const ended = watchOn(world.kube, {
    path,
    signal: watching.signal,
    since,
    seen: (object) => seen.push(object),
  });
  const generation = (await world.get())?.metadata.generation;
  return async () => {
    const newest = await world.get();
    await world.until('the watch is there', () =>
      seen.some(({ metadata }) => metadata.resourceVersion === newest?.metadata.resourceVersion),
    );
    watching.abort();
    await ended;
    const calls = world.cloud.journal.entries.slice(from).map(({ operation }) => operation);
    return { calls, writes: ours(seen, generation) };
  };
}

/** Versions of the object that no change of generation explains: status writes and the finalizer. */
function ours(seen: readonly KubeObject[], first: number | undefined): number {
  let generation = first;
  return seen.filter(({ metadata }) => {
    const mine = metadata.name === NAME && metadata.generation === generation;
    generation = metadata.generation;
    return mine;
  }).length;
}

/** A restart from the console that has ended before anything else happens. */
async function foreignJob(world: World): Promise<void> {
  world.cloud.console.startJob({
    componentId: exampleComponentId,
    kind: 'restart',
    script: { end: 'SUCCEEDED', durationMs: 100 },
  });
  world.time.advance(1_000);
}
