// The cloud is away, throttles, or does not answer for one project: what is still asked of it, what the resources say
// meanwhile, and that everything gets where it should go afterwards, each change with one PUT.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { exampleCredentials, exampleProjectId, type JournalEntry } from '../fakes/simulator/index.ts';
import { type EmbeddedKube, startEmbeddedKube } from '../support/embedded-kube.ts';
import { createWorld, isReady, specOf, type World } from '../support/world.ts';

const OTHER_PROJECT = 'fedcba9876543210fedcba9876543210';
const MINUTE_MS = 60_000;

let kube: EmbeddedKube;
let world: World;
let ids: Map<string, string>;
beforeAll(async () => {
  kube = await startEmbeddedKube();
});
afterAll(() => kube?.stop());
beforeEach(async () => {
  world = await createWorld({ kube });
  ids = new Map();
});
afterEach(async () => {
  await world.stop();
  expect(world.violations).toEqual([]);
});

/** Resources called `<prefix>-<n>`, each with a component of its own that needs one modify. */
async function createAll(prefix: string, count: number, projectId = exampleProjectId): Promise<string[]> {
  const names = Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
  for (const name of names) {
    const { id: componentId } = world.cloud.addComponent({ projectId });
    ids.set(name, componentId);
    await world.create(specOf({ version: '1.0.1' }, { projectId, componentId, interval: '5m' }), name);
  }
  return names;
}

async function readyAll(names: readonly string[]): Promise<readonly KubeObject[]> {
  return world.until(`${names.length} resources Ready`, async () => {
    const objects = await Promise.all(names.map((name) => world.get(name)));
    const ready = objects.filter((object) => object !== undefined && isReady(object));
    return ready.length === names.length && (ready as readonly KubeObject[]);
  });
}

/** Lets `virtualMs` pass in steps, each of which is worked off before the next. */
async function pass(virtualMs: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < virtualMs; passed += stepMs) {
    world.time.advance(stepMs);
    for (let quiet = 0; quiet < 2; ) {
      await sleep(1);
      const { fresh = 0, later = 0, working = 0 } = world.operator?.depth() ?? {};
      quiet = fresh + later + working === 0 ? quiet + 1 : 0;
    }
  }
}

function versionsSent(name: string): readonly (string | undefined)[] {
  return world.cloud.journal.acceptedWrites(ids.get(name)).map(({ version }) => version);
}

function conditionOf(object: KubeObject | undefined, type: string) {
  return (object?.status as unknown as Status | undefined)?.conditions?.find((each) => each.type === type);
}

function gapsOf(entries: readonly JournalEntry[]): readonly number[] {
  return entries.slice(1).map(({ at }, i) => at - (entries[i]?.at ?? 0));
}

describe('an outage', () => {
  it.each([
    { name: 'connections are reset for an hour', minutes: 60, effect: { kind: 'reset' } },
    { name: 'a proxy answers 502 for 10 minutes', minutes: 10, effect: { kind: 'html', status: 502 } },
  ] as const)(
    'is probed once per 10 s, told once, and over for all when $name',
    async ({ effect, minutes }) => {
      await world.start({ pollIntervalMs: 2_000 });
      const names = await createAll('shop', 50);
      await readyAll(names);
      const readySince = new Map<string, string | undefined>();
      for (const name of names)
        readySince.set(name, conditionOf(await world.get(name), 'Ready')?.lastTransitionTime);
      const writes = new Map(world.statusWrites);
      const before = world.cloud.journal.entries.length;
      const [edited, late, untouched] = [names.slice(0, 15), names.slice(15, 20), names.slice(20)];

      world.cloud.faults.add({ effect, next: 'all' });
      for (const name of edited) await world.edit({ version: '1.0.2' }, name);
      await pass((minutes / 2) * MINUTE_MS, 5_000);
      for (const name of late) await world.edit({ version: '1.0.2' }, name);
      await pass((minutes / 2) * MINUTE_MS, 5_000);

      const asked = world.cloud.journal.entries.slice(before);
      expect(asked.length).toBeLessThanOrEqual(6 * minutes + 40);
      const downSince = (asked[0]?.at ?? 0) + 60_000;
      const probes = asked.filter(({ at }) => at >= downSince);
      expect(probes.length).toBeGreaterThan(3 * minutes);
      expect(Math.min(...gapsOf(probes))).toBeGreaterThan(9_900);
      expect(probes.filter(({ method }) => method !== 'GET')).toEqual([]);
      for (const name of untouched) {
        const ready = conditionOf(await world.get(name), 'Ready');
        expect([name, ready?.status, ready?.lastTransitionTime]).toEqual([
          name,
          'True',
          readySince.get(name),
        ]);
        expect((world.statusWrites.get(name) ?? 0) - (writes.get(name) ?? 0)).toBeLessThanOrEqual(1);
      }
      for (const name of [...edited, ...late]) {
        expect([name, conditionOf(await world.get(name), 'Ready')?.reason]).toEqual([
          name,
          'ProgressingWithRetry',
        ]);
        expect((world.statusWrites.get(name) ?? 0) - (writes.get(name) ?? 0)).toBeLessThanOrEqual(2);
      }

      world.cloud.faults.clear();
      await pass(5 * MINUTE_MS, 1_000);
      await readyAll(names);
      for (const name of [...edited, ...late]) expect(versionsSent(name)).toEqual(['1.0.1', '1.0.2']);
      for (const name of untouched) expect(versionsSent(name)).toEqual(['1.0.1']);
    },
    120_000,
  );
});

describe('a throttle with Retry-After', () => {
  it.each([
    { form: 'seconds', header: () => '7' },
    { form: 'a date', header: (wall: number) => new Date(wall + 7_000).toUTCString() },
  ])('given as $form is obeyed by every resource of the project, and by no other', async ({ header }) => {
    await world.start({ pollIntervalMs: 500 });
    const throttled = await createAll('slow', 4);
    const others = await createAll('well', 2, OTHER_PROJECT);
    await readyAll([...throttled, ...others]);
    const before = world.cloud.journal.entries.length;
    const { wall } = world.time.now();
    const retryAfter = header(wall);
    const openMs = retryAfter === '7' ? wall + 7_000 : Date.parse(retryAfter);
    world.cloud.faults.add({ projectId: exampleProjectId, effect: { kind: 'throttle', retryAfter } });
    for (const name of [...throttled, ...others]) {
      await world.edit({ version: '1.0.2' }, name);
      await pass(200, 100);
    }
    await pass(10_000, 100);
    const asked = world.cloud.journal.entries.slice(before);
    const [refusal, next] = asked.filter(({ projectId }) => projectId === exampleProjectId);
    const untilMs = retryAfter === '7' ? (refusal?.at ?? 0) + 7_000 : openMs;
    expect(refusal?.status).toBe(429);
    expect(next?.at).toBeGreaterThanOrEqual(untilMs);
    expect(next?.at).toBeLessThanOrEqual(untilMs + 1_000);
    const meanwhile = asked.filter(
      ({ projectId, at, accepted }) => projectId === OTHER_PROJECT && accepted && at < untilMs - 3_000,
    );
    expect(meanwhile).toHaveLength(others.length);
    await readyAll([...throttled, ...others]);
    for (const name of [...throttled, ...others]) expect(versionsSent(name)).toEqual(['1.0.1', '1.0.2']);
  });
});

describe('a project of which every call fails', () => {
  it.each([
    { name: 'hangs', effect: { kind: 'hang' } },
    { name: 'is throttled', effect: { kind: 'throttle' } },
    { name: 'is reset', effect: { kind: 'reset' } },
  ] as const)('does not hold up another when it $name', async ({ effect }) => {
    await world.start({ pollIntervalMs: 500, workers: 4, cloudRequestTimeoutMs: 1_000 });
    const bad = await createAll('bad', 12);
    const well = await createAll('well', 4, OTHER_PROJECT);
    await readyAll([...bad, ...well]);
    world.cloud.faults.add({ projectId: exampleProjectId, next: 'all', effect });
    for (const version of ['1.0.2', '1.0.3']) {
      for (const name of bad) await world.edit({ version }, name);
      for (const name of well) await world.edit({ version }, name);
      await readyAll(well);
    }
    expect(isReady((await world.get('bad-0')) as KubeObject)).toBe(false);
    world.cloud.faults.clear();
    await readyAll([...bad, ...well]);
    for (const name of well) expect(versionsSent(name)).toEqual(['1.0.1', '1.0.2', '1.0.3']);
    for (const name of bad) expect(versionsSent(name)).toEqual(['1.0.1', '1.0.3']);
  });
});

it('shows circuits and waits in the metrics, under a name that says nothing and outlives a new token', async () => {
  const token = 'another-simulator-token';
  world.cloud.setCredentials({
    ...exampleCredentials,
    tokens: [...exampleCredentials.tokens, { token }],
  });
  const operator = await world.start({
    pollIntervalMs: 500,
    metricsBindAddress: { host: '127.0.0.1', port: 0 },
  });
  const samples = async (name: string): Promise<readonly string[]> => {
    const answer = await fetch(`http://127.0.0.1:${operator.metricsPort}/metrics`);
    const text = await answer.text();
    expect(text).not.toMatch(/simulator-token/);
    return text.split('\n').filter((line) => line.startsWith(`servicestage_api_${name}`));
  };
  const names = await createAll('shop', 2);
  await readyAll(names);
  const [closed = ''] = await samples('circuit_state');
  expect(closed).toMatch(/\{account="[0-9a-f]{12}"\} 0$/);
  const [waits = ''] = await samples('rate_limiter_wait_seconds_count');
  expect(Number(waits.split(' ')[1])).toBe(world.cloud.journal.entries.length);

  await world.secret('huaweicloud', { token });
  world.cloud.faults.add({ effect: { kind: 'reset' }, next: 'all' });
  for (const name of names) await world.edit({ version: '1.0.2' }, name);
  await pass(MINUTE_MS, 1_000);
  expect(await samples('circuit_state')).toEqual([closed.replace(/0$/, '2')]);
  world.cloud.faults.clear();
  await readyAll(names);
  await pass(MINUTE_MS, 1_000);
  expect(await samples('circuit_state')).toEqual([closed.replace(/0$/, '1')]);
  await world.edit({ version: '1.0.3' }, names[0]);
  await readyAll(names);
  expect(await samples('circuit_state')).toEqual([closed]);
});
