// Many at once: 500 components applied together on a real API server, in real time. What counts is exact: per component one
// accepted modify call and three status writes, as the API server itself counts them, and afterwards nothing at all.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PLURAL } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { componentObject, componentsPath } from '../support/kube-target.ts';
import { createWorld, isReady, specOf, type World } from '../support/world.ts';
import { statusOf } from './support-recorder.ts';
import { describeOnRealServer } from './support-server.ts';

const FLEET = 500;
const AT_ONCE = 25;
const REST_MS = 600_000;

describeOnRealServer('a fleet on a real API server', { crd: 'installed' }, (current) => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld({ kube: current().kube });
  });
  afterEach(async () => {
    await world.stop();
    expect(world.violations).toEqual([]);
  });

  const create = async (name: string): Promise<string> => {
    const { kube, namespace, cloud } = world;
    const { id: componentId } = cloud.addComponent();
    // Without looks of its own accord, so that rest means silence.
    const spec = specOf({ version: '1.0.1' }, { componentId, interval: '0s' });
    const object = componentObject(namespace, name, spec);
    const { status, json } = await kube.call('POST', componentsPath(namespace), object);
    expect(json.message ?? status).toBe(201);
    return componentId;
  };
  const list = async (): Promise<readonly KubeObject[]> => {
    const { json } = await world.kube.call('GET', componentsPath(world.namespace));
    return json.items as unknown as readonly KubeObject[];
  };
  /** Successful PATCH calls of our resource since the server started, by subresource. */
  const patches = async (): Promise<Readonly<Record<string, number>>> => {
    const { json } = await world.kube.call('GET', '/metrics');
    const samples = String(json.message).matchAll(/^apiserver_request_total\{(.*)\} (\d+)$/gm);
    const ours = [...samples].filter(
      ([, labels = '']) =>
        labels.includes(`resource="${PLURAL}"`) &&
        labels.includes('verb="PATCH"') &&
        labels.includes('code="200"'),
    );
    return Object.fromEntries(
      ours.map(([, labels = '', count]) => [/subresource="(\w*)"/.exec(labels)?.[1] ?? '', Number(count)]),
    );
  };
  /** Intents that got too old on a starved machine before they could be sent: each costs its closing and another intent. */
  const heldBack = () =>
    world.logs.filter(({ message, phase }) => message === 'operation' && phase === 'NotSent').length;
  const accepted = () => world.cloud.journal.acceptedWrites();
  const pending = () => {
    const { fresh, later, working, due } = world.operator?.depth() ?? {
      fresh: 0,
      later: 0,
      working: 0,
      due: 0,
    };
    return fresh + later + working + due;
  };

  it(`brings ${FLEET} components into force with one call and three writes each, then rests`, async () => {
    await world.start({ pollIntervalMs: 500 });
    const names = Array.from({ length: FLEET }, (_, at) => `fleet-${at}`);
    const ids: string[] = [];
    for (let at = 0; at < FLEET; at += AT_ONCE)
      ids.push(...(await Promise.all(names.slice(at, at + AT_ONCE).map(create))));
    const slow = { timeout: 90_000, interval: 50 };
    await expect.poll(() => [accepted().length, pending()], slow).toEqual([FLEET, 0]);

    const objects = await list();
    expect(objects.filter(isReady)).toHaveLength(FLEET);
    expect(objects.map((object) => statusOf(object).history?.map(({ result }) => result))).toEqual(
      names.map(() => ['Succeeded']),
    );
    expect(accepted()).toHaveLength(FLEET);
    for (const id of ids) {
      const calls = world.cloud.journal.acceptedWrites(id);
      expect(calls.map(({ operation, version }) => `${operation} ${version}`)).toEqual([
        'modifyComponent 1.0.1',
      ]);
      expect(world.cloud.component(id).config.version).toBe('1.0.1');
    }
    const writes = { '': FLEET, status: 3 * FLEET + 2 * heldBack() };
    expect(await patches()).toEqual(writes);

    const calls = world.cloud.journal.entries.length;
    await world.settle(REST_MS);
    expect(world.cloud.journal.entries).toHaveLength(calls);
    expect(await patches()).toEqual(writes);
  }, 150_000);
});
