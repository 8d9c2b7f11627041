import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, createInformer, type Informer } from '../../src/kube/informer.ts';
import type { Scheduler } from '../../src/kube/scheduler.ts';
import { createStore, type Store } from '../../src/kube/store.ts';
import { watchTargets } from '../../src/kube/targets.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import {
  connectTo,
  type Handler,
  memoryLog,
  type Seen,
  sendJson,
  startLoopback,
  statusOf,
} from './loopback.ts';
import { bookmark, INITIAL_END, listOf, makeObject, watchLine } from './make.ts';
import { createVirtualTime, fastScheduler, until } from './virtual-time.ts';

type Fault = 'fin' | 'rst' | 'half' | 'garbage' | 'error' | 'expired' | 'empty' | 'refuse' | 'compact';

/** A collection with a log of events, lists, watches from any version that is not compacted, and faults on demand. */
class Collection {
  readonly objects = new Map<string, KubeObject>();
  readonly #log: { readonly version: number; readonly line: string }[] = [];
  readonly #streams = new Set<ServerResponse>();
  #version = 100;
  #compacted = 0;
  #next: Fault[] = [];

  put(name: string, namespace = 'shop'): void {
    this.#version += 1;
    const key = `${namespace}/${name}`;
    const known = this.objects.get(key);
    const uid = known?.metadata.uid ?? `uid-${this.#version}`;
    const object = makeObject({ name, namespace, uid, version: this.#version });
    this.objects.set(key, object);
    this.#tell(watchLine(known ? 'MODIFIED' : 'ADDED', object));
  }

  remove(name: string, namespace = 'shop'): void {
    const known = this.objects.get(`${namespace}/${name}`);
    if (known === undefined) return;
    this.#version += 1;
    this.objects.delete(`${namespace}/${name}`);
    const object = { ...known, metadata: { ...known.metadata, resourceVersion: String(this.#version) } };
    this.#tell(watchLine('DELETED', object));
  }

  /** Breaks what is open now, or the next request. */
  fault(fault: Fault): void {
    if (fault === 'compact') {
      this.#compacted = this.#version;
      this.fault('fin');
      return;
    }
    if (fault === 'refuse' || fault === 'empty') this.#next.push(fault);
    for (const stream of this.#streams) {
      if (fault === 'rst') stream.destroy();
      if (fault === 'half') stream.write('{"type":"ADD');
      if (fault === 'garbage') stream.write('<html>\n');
      if (fault === 'error') stream.write(watchLine('ERROR', statusOf(500, 'InternalError')));
      if (fault === 'expired') stream.write(watchLine('ERROR', statusOf(410, 'Expired')));
      if (!stream.destroyed) stream.end();
    }
    this.#streams.clear();
  }

  readonly handler: Handler = (seen, response) => {
    const fault = this.#next.shift();
    if (fault === 'refuse') return sendJson(response, 503, statusOf(503, 'ServiceUnavailable'));
    if (fault === 'empty') return void response.end();
    if (seen.query.get('watch') !== 'true')
      return sendJson(response, 200, listOf(this.#version, this.#items(seen)));
    return this.#watch(seen, response);
  };

  #watch(seen: Seen, response: ServerResponse): void {
    const from = Number(seen.query.get('resourceVersion') ?? 0);
    const whole = seen.query.get('sendInitialEvents') === 'true';
    if (!whole && from < this.#compacted) {
      sendJson(response, 410, statusOf(410, 'Expired'));
      return;
    }
    response.writeHead(200);
    response.flushHeaders();
    if (whole) {
      for (const object of this.#items(seen)) response.write(watchLine('ADDED', object));
      response.write(bookmark(this.#version, INITIAL_END));
    } else {
      for (const { version, line } of this.#log) if (version > from) response.write(line);
    }
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }

  #items(seen: Seen): readonly KubeObject[] {
    const scope = /namespaces\/([^/]+)/.exec(seen.path)?.[1];
    return [...this.objects.values()].filter(
      ({ metadata }) => scope === undefined || metadata.namespace === scope,
    );
  }

  #tell(line: string): void {
    this.#log.push({ version: this.#version, line });
    for (const stream of this.#streams) stream.write(line);
  }
}

interface Running extends AsyncDisposable {
  readonly store: Store;
  readonly informer: Informer;
  readonly changes: [string, Change][];
}

interface Run {
  readonly handler: Handler;
  readonly namespaces?: readonly string[];
  readonly scheduler?: Scheduler;
  readonly streamingList?: 'try' | 'off';
}

async function run({
  handler,
  namespaces = [],
  scheduler = fastScheduler,
  streamingList = 'try',
}: Run): Promise<Running> {
  const server = await startLoopback(handler);
  const http = await connectTo(server.url, scheduler);
  const store = createStore();
  const changes: [string, Change][] = [];
  const informer = createInformer({
    http,
    targets: watchTargets(namespaces),
    store,
    scheduler,
    random: Math.random,
    log: memoryLog(),
    streamingList,
    onChange: (key, change) => void changes.push([key, change]),
  });
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  return {
    store,
    informer,
    changes,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
      await http[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function known(store: Store): Record<string, string> {
  const entries = [...store.keys()].map((key) => {
    const taken = store.take(key);
    return [key, taken.kind === 'object' ? taken.object.metadata.resourceVersion : 'compact'] as const;
  });
  return Object.fromEntries(entries.sort());
}

function truth(collection: Collection): Record<string, string> {
  return Object.fromEntries(
    [...collection.objects].map(([key, { metadata }]) => [key, metadata.resourceVersion] as const).sort(),
  );
}

const same = (store: Store, collection: Collection): boolean =>
  JSON.stringify(known(store)) === JSON.stringify(truth(collection));

describe('the store under a watch that is cut in every way', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ put: fc.constantFrom('a', 'b', 'c', 'd') }) },
    { weight: 1, arbitrary: fc.record({ remove: fc.constantFrom('a', 'b', 'c', 'd') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        fault: fc.constantFrom<Fault>(
          'fin',
          'rst',
          'half',
          'garbage',
          'error',
          'expired',
          'empty',
          'refuse',
          'compact',
        ),
      }),
    },
    { weight: 1, arbitrary: fc.record({ pause: fc.nat(3) }) },
  );

  it('ends equal to the cluster, whatever was lost on the way', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 25 }),
        fc.constantFrom<'try' | 'off'>('try', 'off'),
        async (steps, streamingList) => {
          const collection = new Collection();
          collection.put('a');
          await using at = await run({ handler: collection.handler, streamingList });
          for (const each of steps) {
            if ('put' in each) collection.put(each.put);
            if ('remove' in each) collection.remove(each.remove);
            if ('fault' in each) collection.fault(each.fault);
            if ('pause' in each) await new Promise((resolve) => setTimeout(resolve, each.pause));
          }
          await until(
            () => same(at.store, collection),
            `${JSON.stringify(known(at.store))} to become ${JSON.stringify(truth(collection))}`,
          );
          expect(
            at.changes.filter(([, change]) => change === 'removed' || change === 'vanished').length,
          ).toBeLessThanOrEqual(steps.length);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('an informer', () => {
  it('names what is new, changed and removed', async () => {
    const collection = new Collection();
    collection.put('a');
    await using at = await run({ handler: collection.handler });
    await until(() => at.informer.synced() && at.informer.health()[0]?.connection === 'connected');
    collection.put('a');
    collection.put('b');
    collection.remove('a');
    await until(() => at.changes.length === 4);
    expect(at.changes).toEqual([
      ['shop/a', 'new'],
      ['shop/a', 'changed'],
      ['shop/b', 'new'],
      ['shop/a', 'removed'],
    ]);
  });

  it('keeps every record while the API server is away and during the list after it', async () => {
    const collection = new Collection();
    for (const name of ['a', 'b', 'c']) collection.put(name);
    let lists = 0;
    let release = (): void => undefined;
    await using at = await run({
      streamingList: 'off',
      handler: (seen, response) => {
        if (seen.query.get('watch') === 'true') return collection.handler(seen, response);
        lists += 1;
        if (lists === 1) return collection.handler(seen, response);
        const [first, ...rest] = [...collection.objects.values()];
        if (seen.query.get('continue') === null) return sendJson(response, 200, listOf(900, [first], 'more'));
        release = () => sendJson(response, 200, listOf(900, rest));
        return undefined;
      },
    });
    await until(() => at.informer.synced() && at.informer.health()[0]?.connection === 'connected');
    collection.remove('c');
    await until(() => at.store.size().records === 2);
    collection.fault('expired');
    collection.put('b');
    await until(() => lists === 3);
    expect(at.store.size().records).toBe(2);
    release();
    await until(() => same(at.store, collection));
  });

  it('reports an empty list as vanished keys, and as nothing else', async () => {
    const collection = new Collection();
    for (const name of ['a', 'b']) collection.put(name);
    await using at = await run({ handler: collection.handler, streamingList: 'off' });
    await until(() => at.informer.synced() && at.informer.health()[0]?.connection === 'connected');
    collection.objects.clear();
    collection.fault('expired');
    await until(() => at.store.size().records === 0);
    expect(at.changes.slice(2)).toEqual([
      ['shop/a', 'vanished'],
      ['shop/b', 'vanished'],
    ]);
    expect(at.store.take('shop/a')).toEqual({ kind: 'absent' });
  });

  it('does not believe an empty list that a proxy answers once', async () => {
    const collection = new Collection();
    collection.put('a');
    let lists = 0;
    await using at = await run({
      streamingList: 'off',
      handler: (seen, response) => {
        if (seen.query.get('watch') === 'true') return collection.handler(seen, response);
        lists += 1;
        return lists === 2 ? sendJson(response, 200, listOf(500, [])) : collection.handler(seen, response);
      },
    });
    await until(() => at.informer.synced() && at.informer.health()[0]?.connection === 'connected');
    collection.fault('expired');
    await until(() => lists === 3);
    collection.put('a');
    await until(() => same(at.store, collection));
    expect(at.changes.map(([, change]) => change)).not.toContain('vanished');
  });

  it('watches each of several namespaces by itself', async () => {
    const collection = new Collection();
    collection.put('a', 'shop');
    collection.put('a', 'bank');
    collection.put('a', 'else');
    await using at = await run({ handler: collection.handler, namespaces: ['shop', 'bank', 'shop', ' '] });
    await until(() => at.store.size().records === 2 && at.informer.synced());
    expect([...at.store.keys()].sort()).toEqual(['bank/a', 'shop/a']);
    expect(at.informer.health()).toHaveLength(2);
  });

  it('is not live while one of its watches is not', async () => {
    const time = createVirtualTime();
    const collection = new Collection();
    collection.put('a', 'shop');
    await using at = await run({
      scheduler: time,
      namespaces: ['shop', 'bank'],
      handler: (seen, response) =>
        seen.path.includes('/bank/')
          ? sendJson(response, 403, statusOf(403, 'Forbidden'))
          : collection.handler(seen, response),
    });
    await time.advance(5_000);
    expect(at.informer.live()).toBe(false);
    expect(at.informer.synced()).toBe(false);
    expect(at.informer.lastEventAgeMs()).toBe(Number.POSITIVE_INFINITY);
    expect(at.informer.counts().refused).toBeGreaterThan(2);
  });

  it('notices within 15 s that it is deaf, hears again, and has lost nothing', async () => {
    const time = createVirtualTime();
    const collection = new Collection();
    collection.put('a');
    let deaf = false;
    await using at = await run({
      scheduler: time,
      handler: (seen, response) => {
        if (deaf) response.writeHead(200).flushHeaders();
        else void collection.handler(seen, response);
      },
    });
    await until(() => at.informer.live());
    deaf = true;
    collection.fault('fin');
    await time.advance(1_000);
    collection.put('b');
    await time.advance(14_500);
    expect(at.informer.live()).toBe(false);
    deaf = false;
    await time.advance(14_500);
    await until(() => same(at.store, collection));
    expect(at.informer.live()).toBe(true);
    expect(at.informer.counts().deaf).toBeGreaterThan(0);
  });
});
