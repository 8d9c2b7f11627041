// Who owns a component: one owner whatever the order of arrival, and nobody who may have a turn is left unnamed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Owners } from '../../src/controller/owners.ts';
import type { KubeObject } from '../../src/controller/ports.ts';

interface Given {
  readonly name: string;
  readonly created: string;
  readonly uid?: string;
  readonly componentId?: string;
}

const key = (name: string) => `shop/${name}`;

function object({ name, created, uid = `uid-${name}`, componentId = 'C-1' }: Given): KubeObject {
  const creationTimestamp = `2026-01-01T00:00:${created}Z`;
  const metadata = { name, namespace: 'shop', uid, resourceVersion: '1', generation: 1, creationTimestamp };
  return { metadata, spec: { projectId: 'p', componentId } };
}

function owned(...given: readonly Given[]): Owners {
  const owners = new Owners();
  for (const each of given) owners.claim(key(each.name), object(each));
  return owners;
}

describe('the owner of a component', () => {
  it('is the resource that was created first', () => {
    const owners = owned({ name: 'b', created: '02' }, { name: 'a', created: '01' });
    expect([owners.takenBy('shop/a'), owners.takenBy('shop/b')]).toEqual([undefined, 'shop/a']);
  });

  it('is the one with the lower UID when both were created in the same second', () => {
    const owners = owned({ name: 'a', created: '01', uid: '2' }, { name: 'b', created: '01', uid: '1' });
    expect([owners.takenBy('shop/a'), owners.takenBy('shop/b')]).toEqual(['shop/b', undefined]);
  });

  it('is nobody else when the resources name different components', () => {
    const owners = owned({ name: 'a', created: '01' }, { name: 'b', created: '02', componentId: 'C-2' });
    expect(owners.takenBy('shop/b')).toBeUndefined();
  });

  it('is found whatever the case of the id, as the service takes ids', () => {
    const owners = owned({ name: 'a', created: '01' }, { name: 'b', created: '02', componentId: 'c-1' });
    expect(owners.takenBy('shop/b')).toBe('shop/a');
  });

  it('changes when the owner is gone, and the next one is named', () => {
    const owners = owned({ name: 'a', created: '01' }, { name: 'b', created: '02' });
    expect(owners.release('shop/a')).toEqual(['shop/b']);
    expect(owners.takenBy('shop/b')).toBeUndefined();
  });

  it('changes when a resource of the same name is created anew, which makes it the younger one', () => {
    const owners = owned({ name: 'a', created: '01' }, { name: 'b', created: '02' });
    expect(owners.claim('shop/a', object({ name: 'a', created: '03', uid: 'new' }))).toContain('shop/b');
    expect([owners.takenBy('shop/a'), owners.takenBy('shop/b')]).toEqual(['shop/b', undefined]);
  });

  it('stays, and nobody is named, when a resource is only seen again', () => {
    const owners = owned({ name: 'a', created: '01' }, { name: 'b', created: '02' });
    expect(owners.claim('shop/a', object({ name: 'a', created: '01' }))).toEqual([]);
  });

  it('is nobody for a resource that is not known', () => {
    expect(new Owners().takenBy('shop/a')).toBeUndefined();
    expect(new Owners().release('shop/a')).toEqual([]);
  });

  it('is exactly one for every component, in any order of comings and goings, and every change of a turn is named', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.record({
      name,
      created: fc.constantFrom('01', '02', '03'),
      uid: fc.constantFrom('1', '2', '3'),
      componentId: fc.constantFrom('C-1', 'C-2'),
      leaves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const owners = new Owners();
        const present = new Map<string, string>();
        for (const { leaves, ...given } of steps) {
          const turns = () =>
            new Map([...present.keys()].map((each) => [each, owners.takenBy(each) === undefined]));
          const before = turns();
          const named = leaves
            ? owners.release(key(given.name))
            : owners.claim(key(given.name), object({ ...given, uid: given.name + given.uid }));
          if (leaves) present.delete(key(given.name));
          else present.set(key(given.name), given.componentId);
          const after = turns();
          for (const component of new Set(present.values())) {
            const mine = [...present].filter(([, of]) => of === component).map(([each]) => each);
            expect(mine.filter((each) => after.get(each))).toHaveLength(1);
          }
          for (const [each, turn] of after)
            if (each !== key(given.name) && before.get(each) !== turn) expect(named).toContain(each);
        }
      }),
    );
  });
});
