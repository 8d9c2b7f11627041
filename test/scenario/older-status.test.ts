// A status as another version of the operator left it: what that version applied is in force, so an upgrade rolls nothing out. A
// spec that really changed is sent, once. The digests in the fixtures are literal: an algorithm that changes without a new
// digestVersion makes these tests send.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Status, statusSchema } from '../../src/api/status.ts';
import { readResource } from '../../src/controller/resource.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { type EmbeddedKube, startEmbeddedKube } from '../support/embedded-kube.ts';
import { componentsPath } from '../support/kube-target.ts';
import { cr } from '../support/make.ts';
import { createWorld, NAME, specOf, type World } from '../support/world.ts';
import { conditionOf, statusOf } from './scenarios.ts';

interface Fixture {
  readonly about: string;
  /** Of the spec, beside the example. */
  readonly component?: JsonObject;
  readonly status: JsonObject;
  /** The stall that stays; Ready unless given. */
  readonly ends?: string;
  /** Modify calls for the unchanged spec: what was never sent is due. 0 unless given. */
  readonly modifies?: number;
}

const FOLDER = new URL('fixtures/', import.meta.url);
const FIXTURES = readdirSync(FOLDER)
  .filter((file) => file.startsWith('status-'))
  .toSorted()
  .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Fixture);
const AT_REST = FIXTURES.filter(({ ends, modifies }) => ends === undefined && modifies === undefined);

/** Digests that this version cannot compare are compared by generation. */
const isComparable = ({ status }: Fixture) => JSON.stringify(status).includes('"digestVersion":1');

describe('a status of another version', () => {
  let kube: EmbeddedKube;
  let world: World;
  beforeAll(async () => {
    kube = await startEmbeddedKube();
  });
  afterAll(() => kube?.stop());
  beforeEach(async () => {
    world = await createWorld({ kube });
    await world.secret('app', { password: 'value' });
  });
  afterEach(async () => {
    await world.stop();
    expect(world.violations).toEqual([]);
  });

  const versions = () => world.cloud.journal.acceptedWrites(exampleComponentId).map(({ version }) => version);

  /** The resource with the status of the fixture, and the component that the other version left, as GET shows it. */
  async function left({ component = {}, status }: Fixture): Promise<void> {
    const { envs } = component;
    if (envs !== undefined)
      world.cloud.console.edit(exampleComponentId, { envs: [{ name: 'PASSWORD', value: 'value' }] });
    const { lastJobId = '' } = world.cloud.component(exampleComponentId);
    await world.create(specOf(component, { interval: '10m' }));
    const body = JSON.parse(JSON.stringify({ status }).replaceAll('JOB-OF-THE-COMPONENT', lastJobId));
    const path = `${componentsPath(world.namespace, NAME)}/status`;
    const written = await kube.call('PATCH', path, body, 'application/merge-patch+json');
    expect([written.status, written.json.message]).toEqual([200, undefined]);
    world.violations.splice(0);
  }

  async function standsAt(end: string | undefined): Promise<Status> {
    await world.patch({ metadata: { annotations: { 'servicestage.io/reconcile-requested-at': 'now' } } });
    if (end === undefined) await world.untilReady();
    await world.until('looked', async () => statusOf(await world.get()).lastHandledReconcileAt === 'now');
    await world.settle(1_800_000);
    const object = await world.get();
    if (end === undefined) expect(conditionOf(object, 'Ready')).toBe('True/Succeeded');
    else expect(conditionOf(object, 'Stalled')).toBe(`True/${end}`);
    expect(statusSchema.safeParse(object?.status).error).toBeUndefined();
    return statusOf(object);
  }

  it.each(FIXTURES)('$about can be read', ({ status }) => {
    const object = { ...cr(), status };
    expect(readResource(object).resource.statusProblem).toBeUndefined();
  });

  it.each(FIXTURES)('$about: nothing is sent that was sent before', async (fixture) => {
    await left(fixture);
    await world.start();
    await standsAt(fixture.ends);
    expect(versions()).toHaveLength(fixture.modifies ?? 0);
  });

  it.each(AT_REST)('$about: a new spec is sent, once', async (fixture) => {
    await left(fixture);
    await world.start();
    await world.untilReady();
    await world.edit({ version: '3.0.0' });
    await standsAt(undefined);
    expect(versions()).toEqual(['3.0.0']);
  });

  it.each(AT_REST)('$about: a spec that changed while no version ran is sent, once', async (fixture) => {
    await left(fixture);
    await world.edit({ version: '3.0.0' });
    await world.start();
    await standsAt(undefined);
    expect(versions()).toEqual(['3.0.0']);
  });

  it.each(AT_REST.filter(isComparable))(
    '$about: a generation that changed nothing of the component sends nothing',
    async (fixture) => {
      await left(fixture);
      await world.patch({ spec: { interval: '20m' } });
      await world.start();
      await standsAt(undefined);
      expect(versions()).toEqual([]);
    },
  );

  it.each(AT_REST.filter((fixture) => !isComparable(fixture)))(
    '$about: an edit that this version cannot compare is sent once at most',
    async (fixture) => {
      await left(fixture);
      await world.patch({ spec: { interval: '20m' } });
      await world.start();
      await standsAt(undefined);
      expect(versions().length).toBeLessThanOrEqual(1);
    },
  );

  it('is comparable once it was seen: a later edit that changes nothing of the component sends nothing', async () => {
    const [older] = FIXTURES.filter(({ about }) => about.includes('older algorithm'));
    if (older === undefined) throw new Error('no fixture');
    await left(older);
    await world.start();
    await standsAt(undefined);
    await world.patch({ spec: { interval: '20m' } });
    await world.untilReady();
    await world.settle(60_000);
    expect(versions()).toEqual([]);
  });
});
