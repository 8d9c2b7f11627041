// Rows of the fault table whose fault is in the API server: refusals, competing writers, late and old answers, lost objects.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { API_VERSION, CRD_NAME, KIND, PLURAL } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import type { JournalEntry } from '../fakes/embedded/index.ts';
import { crdDocument, installCrd } from '../support/kube-target.ts';
import { isReady, type World } from '../support/world.ts';
import { describeRows, OPERATOR, patchUnseen, type Stage } from './stage.ts';

const MINUTE_MS = 60_000;
const CRD = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${CRD_NAME}`;

/** The operation may hold nothing any more: every intent is refused by the schema. */
async function tightenCrd({ kube }: Stage): Promise<() => Promise<void>> {
  const { spec } = crdDocument() as { readonly spec: { readonly versions: readonly JsonObject[] } };
  const versions = structuredClone(spec.versions) as unknown as {
    schema: { openAPIV3Schema: { properties: { status: { properties: Record<string, JsonObject> } } } };
  }[];
  for (const { schema } of versions) {
    const { properties } = schema.openAPIV3Schema.properties.status;
    properties.operation = { ...properties.operation, maxProperties: 1 };
  }
  const install = async (body: unknown): Promise<void> => {
    const { status, json } = await kube.call('PATCH', CRD, body, 'application/merge-patch+json');
    expect([status, json.message]).toEqual([200, undefined]);
  };
  await install({ spec: { versions } });
  return () => install({ spec: { versions: spec.versions } });
}

interface Refusal {
  readonly name: string;
  readonly begin: (stage: Stage) => Promise<() => Promise<void> | void>;
}

const refusals: readonly Refusal[] = [
  {
    name: 'the store of the API server is full (NOSPACE)',
    begin: async ({ kube }) => {
      const message = 'etcdserver: mvcc: database space exceeded';
      const fault = { kind: 'status', code: 500, reason: 'InternalError', message } as const;
      return kube.api.faults.add({ match: { ...OPERATOR, verb: 'patch' }, fault, times: 1e6 }).remove;
    },
  },
  {
    name: 'the right to write is taken away',
    begin: async ({ kube }) => kube.api.deny({ ...OPERATOR, verb: 'patch' }),
  },
  {
    name: 'the right to write the status alone is taken away',
    begin: async ({ kube }) => kube.api.deny({ ...OPERATOR, verb: 'patch', subresource: 'status' }),
  },
  { name: 'the schema no longer takes the status', begin: tightenCrd },
  {
    name: 'every write times out',
    begin: async ({ kube }) => {
      const fault = { kind: 'status', code: 504, reason: 'Timeout' } as const;
      return kube.api.faults.add({ match: { ...OPERATOR, verb: 'patch' }, fault, times: 1e6 }).remove;
    },
  },
];

describeRows('a fault of the API server', (at) => {
  it.each(refusals)('sends nothing while $name, tells it, and sends once after it', async ({ begin }) => {
    const { world, kube, fleet, sent, allReady } = at();
    await world.start();
    const [name = ''] = await fleet('ready', 1);
    await allReady([name]);
    const end = await begin(at());
    const mark = kube.api.journal.mark();
    await world.edit({ version: '1.0.2' }, name);
    await world.settle(10 * MINUTE_MS);
    expect(sent(name)).toEqual(['1.0.1']);
    const tries = ofOperator(kube.api.journal.since(mark, { resource: PLURAL, verb: 'patch' }));
    expect(tries.length).toBeGreaterThan(1);
    expect(tries.length).toBeLessThanOrEqual(100);
    const told = world.logs.filter(({ level, key }) => level !== 'debug' && level !== 'info' && key);
    expect(told.length).toBeGreaterThan(0);
    await end();
    await allReady([name]);
    expect(sent(name)).toEqual(['1.0.1', '1.0.2']);
  });

  it('waits as long as a 429 of the API server says, and sends once', async () => {
    const { world, kube, fleet, sent, allReady } = at();
    await world.start();
    const throttle = kube.api.faults.add({
      match: { ...OPERATOR, verb: 'patch' },
      fault: { kind: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 2 },
      times: 5,
    });
    const [name = ''] = await fleet('throttled', 1);
    await allReady([name]);
    expect(throttle.hits()).toBe(5);
    expect(sent(name)).toEqual(['1.0.1']);
  });

  it('gets on although somebody else writes the object all the time', async () => {
    const { world, kube, fleet, sent, allReady } = at();
    await world.start({ pollIntervalMs: 200 });
    const names = await fleet('contested', 2);
    await allReady(names);
    const writing = new AbortController();
    const writer = writeAll(world, names, writing.signal);
    kube.api.faults.add({
      match: { ...OPERATOR, subresource: 'status' },
      fault: { kind: 'conflict' },
      times: 20,
    });
    const mark = kube.api.journal.mark();
    for (const name of names) await patchUnseen(world, name, { spec: { component: { version: '1.0.2' } } });
    const inForce = async (name: string) => (await world.get(name).then((o) => o && isReady(o))) === true;
    await vi.waitFor(async () => expect(await Promise.all(names.map(inForce))).toEqual([true, true]), {
      timeout: 15_000,
      interval: 50,
    });
    writing.abort();
    expect(await writer).toBeGreaterThan(20);
    expect(ofOperator(kube.api.journal.since(mark, { verb: 'patch' })).length).toBeLessThan(200);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1', '1.0.2']);
  });

  it('sends each version once while every event of the watch is late', async () => {
    const { world, kube, fleet, sent, allReady } = at();
    await world.start();
    const lift = kube.api.watches.stand(OPERATOR, { kind: 'hold', ms: 250 });
    const names = await fleet('late', 3);
    await allReady(names);
    for (const version of ['1.0.2', '1.0.3']) {
      for (const name of names) await patchUnseen(world, name, { spec: { component: { version } } });
      await world.until(`${version} was sent`, () => names.every((name) => sent(name).at(-1) === version));
    }
    lift();
    await allReady(names);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1', '1.0.2', '1.0.3']);
  });

  it('neither deletes nor changes a component because of an older object that a stale API server shows', async () => {
    const { world, kube, fleet, sent, accepted, allReady } = at();
    await world.start();
    const [name = ''] = await fleet('twice', 1, { deletionPolicy: 'Delete' });
    await allReady([name]);
    const first = (await world.get(name)) as KubeObject;
    await world.kill();
    await patchUnseen(world, name, { metadata: { finalizers: [] } });
    await world.remove(name);
    await world.create(first.spec as JsonObject, name);
    await patchUnseen(world, name, { spec: { component: { version: '1.0.2' } } });
    const stale = {
      ...first,
      spec: { ...(first.spec as JsonObject), component: { ...componentOf(first), version: '0.9.0' } },
      metadata: { ...first.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', generation: 9 },
    };
    const list = {
      apiVersion: API_VERSION,
      kind: `${KIND}List`,
      metadata: { resourceVersion: first.metadata.resourceVersion },
      items: [stale],
    };
    const noStream = { kind: 'status', code: 422, reason: 'Invalid' } as const;
    kube.api.faults.add({ match: { ...OPERATOR, verb: 'watch' }, fault: noStream });
    const old = kube.api.faults.add({
      match: { ...OPERATOR, verb: 'list' },
      fault: { kind: 'status', code: 200, body: list as never },
      skip: 1,
    });
    await world.start();
    await world.until('in force', () => sent(name).at(-1) === '1.0.2');
    await allReady([name]);
    expect(old.hits()).toBe(1);
    expect(sent(name)).toEqual(['1.0.1', '1.0.2']);
    expect(accepted('deleteComponent')).toBe(0);
  });

  it('takes no missing object for a deletion when the CRD goes and comes back', async () => {
    const { world, kube, fleet, sent, accepted, allReady } = at();
    await world.start();
    const names = await fleet('lost', 3, { deletionPolicy: 'Delete' });
    await allReady(names);
    const specs = await Promise.all(names.map(async (name) => (await world.get(name))?.spec as JsonObject));
    await kube.call('DELETE', CRD);
    await world.until('the objects are gone', () =>
      names.every((name) => world.operator?.versionOf(`${world.namespace}/${name}`) === undefined),
    );
    expect(accepted('deleteComponent')).toBe(0);
    await installCrd(kube);
    for (const [index, name] of names.entries()) await world.create(specs[index], name);
    await world.until('heard again', () =>
      names.every((name) => world.operator?.versionOf(`${world.namespace}/${name}`) !== undefined),
    );
    await allReady(names);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1']);
    expect(accepted('deleteComponent')).toBe(0);
  });

  it('lists once after more events than the API server keeps', async () => {
    const { world, kube, fleet, sent, allReady } = at();
    await world.start();
    const names = await fleet('many', 5);
    await allReady(names);
    kube.api.watches.spoil(OPERATOR, { kind: 'freeze' });
    for (let i = 0; i < 40; i += 1)
      for (const name of names)
        await patchUnseen(world, name, { metadata: { annotations: { 'example.com/counter': `${i}` } } });
    kube.api.compact();
    const listed = () => world.logs.filter(({ message }) => message === 'list complete').length;
    const before = listed();
    kube.api.watches.spoil(OPERATOR, { kind: 'gone' });
    await world.until('all is seen', async () => {
      const newest = (await world.get(names.at(-1)))?.metadata.resourceVersion;
      const seen = world.operator?.versionOf(`${world.namespace}/${names.at(-1)}`);
      return seen === newest && listed() > before;
    });
    expect(listed() - before).toBe(1);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1']);
  });
});

function ofOperator(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  return entries.filter(({ userAgent }) => userAgent.startsWith('servicestage-operator'));
}

/** Writes an annotation of every object again and again; gives back how often. */
async function writeAll(world: World, names: readonly string[], signal: AbortSignal): Promise<number> {
  let count = 0;
  for (; !signal.aborted; count += 1) {
    for (const name of names)
      await patchUnseen(world, name, { metadata: { annotations: { 'example.com/counter': `${count}` } } });
    await sleep(10);
  }
  return count;
}

function componentOf(object: KubeObject): JsonObject {
  return (object.spec as JsonObject).component as JsonObject;
}
