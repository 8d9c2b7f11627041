import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeObject } from '../../src/kube/decode.ts';
import { createStore, type Store } from '../../src/kube/store.ts';
import { compareVersions, isOlder } from '../../src/kube/version.ts';
import { makeObject } from './make.ts';

const KEY = 'shop/weather';

function version(store: Store, key = KEY): string | undefined {
  const taken = store.take(key);
  if (taken.kind === 'object') return taken.object.metadata.resourceVersion;
  return taken.kind === 'compact' ? taken.record.resourceVersion : undefined;
}

describe('the order of versions', () => {
  it.each([
    ['9', '10', -1],
    ['10', '9', 1],
    ['18446744073709551614', '18446744073709551615', -1],
    ['7', '7', 0],
    ['9007199254740993', '9007199254740992', 1],
  ])('%s against %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b) ?? Number.NaN)).toBe(sign);
  });

  it('does not exist for what is no decimal number', () => {
    expect(compareVersions('a', '1')).toBeUndefined();
    expect(compareVersions('01', '1')).toBeUndefined();
    expect(isOlder('x', '1')).toBe(false);
  });
});

describe('a record', () => {
  it('gives the object until the loop has dealt with it, then only what is needed to judge it', () => {
    const store = createStore();
    expect(store.take(KEY)).toEqual({ kind: 'absent' });
    expect(store.apply(makeObject({ version: 3, generation: 2 }))).toBe('new');
    expect(store.take(KEY)).toMatchObject({ kind: 'object' });
    store.settle(KEY, '3', 99);
    expect(store.take(KEY)).toEqual({
      kind: 'compact',
      record: {
        uid: 'uid-shop-weather',
        resourceVersion: '3',
        generation: 2,
        observedGeneration: 2,
        deleting: 'no',
        dueMs: 99,
      },
    });
    expect(store.size()).toEqual({ records: 1, objects: 0 });
  });

  it('keeps an object that is newer than what was dealt with', () => {
    const store = createStore();
    store.apply(makeObject({ version: 3 }));
    store.apply(makeObject({ version: 4 }));
    store.settle(KEY, '3');
    expect(store.take(KEY)).toMatchObject({ kind: 'object' });
  });

  it('does not wake for the echo of an own write, and never goes back behind it', () => {
    const store = createStore();
    const base = makeObject({ version: 3 });
    store.apply(base);
    store.putOwn(makeObject({ version: 9 }), base);
    store.settle(KEY, '9');
    expect(store.apply(makeObject({ version: 5 }))).toBe('older');
    expect(store.apply(makeObject({ version: 9 }))).toBe('same');
    expect(store.size().objects).toBe(0);
    expect(version(store)).toBe('9');
  });

  it.each([
    { name: 'the spec', change: { generation: 2 } },
    { name: 'an annotation', change: { annotations: { 'servicestage.io/reconcile-requested-at': 'now' } } },
    { name: 'the deletion', change: { deletionTimestamp: '2030-01-01T00:00:00Z' } },
  ])('wakes when an own write contained a change of $name by somebody else', ({ change }) => {
    const store = createStore();
    const base = makeObject({ version: 3 });
    store.apply(base);
    store.putOwn(makeObject({ version: 9, ...change }), base);
    store.putOwn(makeObject({ version: 10, ...change }), makeObject({ version: 9, ...change }));
    store.settle(KEY, '10');
    expect(store.apply(makeObject({ version: 8, ...change }))).toBe('overtaken');
    expect(store.apply(makeObject({ version: 9, ...change }))).toBe('older');
    expect(store.apply(makeObject({ version: 10, ...change }))).toBe('same');
  });

  it('wakes for the change of somebody else also when the watch skips to our own write', () => {
    const store = createStore();
    const base = makeObject({ version: 3 });
    store.apply(base);
    store.putOwn(makeObject({ version: 9, generation: 2 }), base);
    store.settle(KEY, '9');
    expect(store.apply(makeObject({ version: 9, generation: 2 }))).toBe('overtaken');
    expect(store.take(KEY)).toMatchObject({ kind: 'object' });
  });

  it('wakes for a change that a fetch has already shown', () => {
    const store = createStore();
    store.apply(makeObject({ version: 3 }));
    store.settle(KEY, '3');
    store.put(makeObject({ version: 5, generation: 2 }));
    expect(version(store)).toBe('5');
    expect(store.apply(makeObject({ version: 5, generation: 2 }))).toBe('overtaken');
  });

  it('is not brought back by a fetch or an own write that comes after its deletion', () => {
    const store = createStore();
    store.apply(makeObject({ version: 3 }));
    expect(store.remove(makeObject({ version: 6 }))).toBe('removed');
    store.put(makeObject({ version: 4 }));
    store.putOwn(makeObject({ version: 5 }), makeObject({ version: 3 }));
    expect(store.take(KEY).kind).toBe('absent');
  });

  it('of a new uid replaces the old one, and the old one cannot come back', () => {
    const store = createStore();
    store.apply(makeObject({ version: 3, uid: 'old' }));
    expect(store.apply(makeObject({ version: 7, uid: 'new' }))).toBe('changed');
    store.putOwn(makeObject({ version: 8, uid: 'old' }), makeObject({ uid: 'old' }));
    expect(store.remove(makeObject({ version: 6, uid: 'old' }))).toBe('ignored');
    expect(store.apply(makeObject({ version: 5, uid: 'old' }))).toBe('older');
    expect(store.take(KEY)).toMatchObject({ kind: 'object', object: { metadata: { uid: 'new' } } });
  });
});

describe('a list', () => {
  const filled = (): Store => {
    const store = createStore();
    for (const name of ['a', 'b', 'c']) store.apply(makeObject({ name, version: 10 }));
    return store;
  };

  it('takes nothing away before it is complete', () => {
    const store = filled();
    store.begin('');
    store.apply(makeObject({ name: 'a', version: 10 }));
    expect([...store.keys()]).toEqual(['shop/a', 'shop/b', 'shop/c']);
    store.begin('');
    store.apply(makeObject({ name: 'b', version: 10 }));
    expect(store.complete('', '20')).toEqual(['shop/a', 'shop/c']);
    expect([...store.keys()]).toEqual(['shop/b']);
  });

  it('that is empty names what vanished and is nothing else', () => {
    const store = filled();
    store.begin('');
    expect(store.complete('', '20')).toHaveLength(3);
    expect(store.size()).toEqual({ records: 0, objects: 0 });
    expect(store.take('shop/a')).toEqual({ kind: 'absent' });
  });

  it('of one namespace does not touch another', () => {
    const store = filled();
    store.apply(makeObject({ namespace: 'shop2', version: 11 }));
    store.begin('shop2');
    store.apply(makeObject({ name: 'x', namespace: 'shop2', version: 12 }));
    expect(store.complete('shop2', '20')).toEqual(['shop2/weather']);
    expect(store.size().records).toBe(4);
  });

  it('does not undo an own write that it is too old to contain', () => {
    const store = filled();
    store.begin('');
    store.putOwn(makeObject({ name: 'a', version: 30 }), makeObject({ name: 'a', version: 10 }));
    for (const name of ['a', 'b', 'c']) store.apply(makeObject({ name, version: 10 }));
    expect(store.complete('', '20')).toEqual([]);
    expect(version(store, 'shop/a')).toBe('30');
  });

  it('wins over the records when etcd was restored from an older backup', () => {
    const store = filled();
    store.apply(makeObject({ name: 'a', version: 100, generation: 5 }));
    store.begin('');
    store.apply(makeObject({ name: 'a', version: 40, generation: 3 }));
    expect(store.complete('', '50')).toEqual(['shop/b', 'shop/c']);
    expect(store.take('shop/a')).toMatchObject({
      object: { metadata: { resourceVersion: '40', generation: 3 } },
    });
    expect(store.apply(makeObject({ name: 'a', version: 51 }))).toBe('changed');
  });
});

describe('whatever the order of events', () => {
  const NAMES = ['a', 'b', 'c'];
  type Act = {
    readonly kind: 'write' | 'own' | 'delete' | 'relist' | 'settle' | 'stale';
    readonly name: string;
    readonly lag: number;
  };
  const acts = fc.array(
    fc.record({
      kind: fc.constantFrom('write', 'own', 'delete', 'relist', 'settle', 'stale') as fc.Arbitrary<
        Act['kind']
      >,
      name: fc.constantFrom(...NAMES),
      lag: fc.nat(4),
    }),
    { maxLength: 60 },
  );

  it('the records end equal to the cluster, and no version ever goes back', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const world = createWorld();
        for (const act of list) world.perform(act);
        world.drain();
        expect(world.known()).toEqual(world.truth());
      }),
      { numRuns: 300 },
    );
  });

  /** A cluster whose events reach the store late, while own writes reach it at once. */
  function createWorld() {
    const store = createStore();
    const cluster = new Map<string, ReturnType<typeof makeObject>>();
    const pending: {
      readonly type: 'applied' | 'deleted';
      readonly object: ReturnType<typeof makeObject>;
    }[] = [];
    const floor = new Map<string, string>();
    let now = 100;
    let uids = 0;
    const write = (name: string): ReturnType<typeof makeObject> => {
      now += 1;
      uids += 1;
      const uid = cluster.get(name)?.metadata.uid ?? `uid-${uids}`;
      const object = makeObject({ name, version: now, uid });
      cluster.set(name, object);
      pending.push({ type: 'applied', object });
      return object;
    };
    const deliver = (count: number): void => {
      for (const event of pending.splice(0, count)) {
        if (event.type === 'applied') store.apply(event.object);
        else store.remove(event.object);
      }
    };
    const perform = ({ kind, name, lag }: Act): void => {
      const before = cluster.get(name);
      if (kind === 'write') write(name);
      if (kind === 'own' && before !== undefined) store.putOwn(write(name), before);
      if (kind === 'delete' && before !== undefined) {
        now += 1;
        cluster.delete(name);
        pending.push({
          type: 'deleted',
          object: makeObject({ name, version: now, uid: before.metadata.uid }),
        });
      }
      if (kind === 'settle') store.settle(`shop/${name}`, before?.metadata.resourceVersion ?? '0');
      if (kind === 'relist') {
        // The list is newer than every event that was not delivered yet; those are never seen.
        pending.length = 0;
        store.begin('');
        for (const object of cluster.values()) store.apply(object);
        store.complete('', String(now));
      }
      if (kind === 'stale')
        for (const event of pending.slice(0, 1)) if (event.type === 'applied') store.apply(event.object);
      deliver(lag);
      check(name);
    };
    const check = (name: string): void => {
      const seen = version(store, `shop/${name}`);
      const least = floor.get(name);
      if (seen === undefined) return;
      if (least !== undefined) expect(isOlder(seen, least)).toBe(false);
      floor.set(name, seen);
    };
    return {
      perform,
      drain: () => deliver(pending.length),
      truth: () =>
        Object.fromEntries(
          [...cluster].map(([name, { metadata }]) => [`shop/${name}`, metadata.resourceVersion]).sort(),
        ),
      known: () => Object.fromEntries([...store.keys()].map((key) => [key, version(store, key)]).sort()),
    };
  }
});

describe('at rest', () => {
  it('ten thousand records cost at most 500 bytes each', () => {
    const count = 10_000;
    const store = createStore();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < count; index += 1) {
      const text = JSON.stringify(largeObject(index));
      const object = decodeObject(JSON.parse(text));
      if (object === undefined) throw new Error('not decoded');
      store.apply(object);
      store.settle(`shop/component-${index}`, object.metadata.resourceVersion);
    }
    collectGarbage();
    const bytes = (process.memoryUsage().heapUsed - before) / count;
    console.log(`bytes per CR at rest: ${Math.round(bytes)}`);
    expect(store.size()).toEqual({ records: count, objects: 0 });
    expect(bytes).toBeLessThan(500);
  });

  function collectGarbage(): void {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
  }

  function largeObject(index: number): object {
    const made = makeObject({
      name: `component-${index}`,
      version: 1_000_000 + index,
      uid: crypto.randomUUID(),
    });
    return {
      ...made,
      metadata: {
        ...made.metadata,
        managedFields: Array.from({ length: 5 }, () => ({
          manager: 'kubectl',
          fieldsV1: { 'f:spec': { a: 'x'.repeat(200) } },
        })),
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(2_000), mine: 'kept' },
      },
      spec: {
        component: {
          name: 'x',
          envs: Array.from({ length: 20 }, (_, at) => ({ name: `E${at}`, value: 'v'.repeat(40) })),
        },
      },
    };
  }

  it('nothing of managedFields or the last-applied annotation is kept even while an object is held', () => {
    const object = decodeObject(largeObject(1));
    expect(JSON.stringify(object)).not.toMatch(/managedFields|last-applied/);
    expect(object?.metadata.annotations).toEqual({ mine: 'kept' });
  });
});
