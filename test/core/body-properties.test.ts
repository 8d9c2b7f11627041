// What holds for every component, not only for the ones somebody thought of.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestInput, fromWire, toWire } from '../../src/core/body.ts';
import { compareBody } from '../../src/core/diff.ts';
import { isFields, pointer } from '../../src/core/paths.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { specComponents, wireBodies } from './arbitrary.ts';

const RUNS = { numRuns: 150 };
const holds = (property: fc.IProperty<[JsonObject]>) => fc.assert(property, RUNS);

describe('for any component', () => {
  test('there and back is its normal form', () => {
    holds(
      fc.property(specComponents, (spec) => {
        expect(sorted(fromWire(toWire(spec)))).toBe(sorted(withNumericWeights(spec)));
      }),
    );
  });

  test('a body of documented keys survives the way back and forth', () => {
    holds(
      fc.property(wireBodies, (body) => {
        expect(sorted(toWire(fromWire(body)))).toBe(sorted(body));
      }),
    );
  });

  test('as many values come out as went in: nothing is dropped, nothing invented', () => {
    holds(
      fc.property(specComponents, (spec) => {
        expect(leavesOf(toWire(spec)).toSorted()).toEqual(leavesOf(withNumericWeights(spec)).toSorted());
      }),
    );
  });

  test('the order of keys in the spec does not reach the body', () => {
    holds(
      fc.property(specComponents, (spec) => {
        expect(JSON.stringify(toWire(reversedKeys(spec) as JsonObject))).toBe(JSON.stringify(toWire(spec)));
      }),
    );
  });

  test('map keys are never renamed', () => {
    holds(
      fc.property(specComponents, (spec) => {
        const body = toWire(spec);
        const keys = (map: unknown) => (isFields(map) ? Object.keys(map).toSorted() : map);
        expect(keys(body.sys_config)).toEqual(keys(spec.sysConfig));
        expect(keys(body.input_values)).toEqual(keys(spec.inputValues));
      }),
    );
  });

  test('the other spelling of conifg_id goes both ways', () => {
    const options = { configIdWireName: 'config_id' } as const;
    holds(
      fc.property(specComponents, (spec) => {
        const body = toWire(spec, options);
        expect(JSON.stringify(body.configs ?? [])).not.toContain('"conifg_id":');
        expect(sorted(fromWire(body, options))).toBe(sorted(withNumericWeights(spec)));
      }),
    );
  });

  test('no prototype is changed', () => {
    holds(
      fc.property(specComponents, (spec) => {
        fromWire(toWire(spec));
        digestInput(spec);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });

  test('the digest input does not depend on the order of lists that have none, nor on replica', () => {
    holds(
      fc.property(specComponents, (spec) => {
        const shuffled = {
          ...spec,
          replica: 7,
          ...reversedLists(spec, ['labels', 'envs', 'imagePullSecrets']),
        };
        expect(sorted(digestInput(shuffled))).toBe(sorted(digestInput(spec)));
      }),
    );
  });

  test('a component that GET echoes does not differ from itself', () => {
    holds(
      fc.property(wireBodies, (body) => {
        expect(compareBody({ desired: body, remote: body })).toEqual([]);
      }),
    );
  });

  test('more keys from the server are no difference', () => {
    holds(
      fc.property(wireBodies, (body) => {
        const remote = { ...body, id: 'x', status: { component_status: 'RUNNING' }, workload_name: 'w' };
        expect(compareBody({ desired: body, remote })).toEqual([]);
      }),
    );
  });
});

/** The only value that changes its type. */
function withNumericWeights(spec: JsonObject): JsonObject {
  const numeric = (list: unknown) =>
    Array.isArray(list)
      ? list.map((entry) => ('weight' in entry ? { ...entry, weight: Number(entry.weight) } : entry))
      : list;
  return Object.fromEntries(
    Object.entries(spec).map(([key, value]) => [
      key,
      /^(affinity|antiAffinity)$/.test(key) ? numeric(value) : value,
    ]),
  ) as JsonObject;
}

function reversedLists(spec: JsonObject, names: readonly string[]): JsonObject {
  const lists = names.flatMap((name) => (Array.isArray(spec[name]) ? [[name, spec[name].toReversed()]] : []));
  return Object.fromEntries(lists);
}

function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, entry]) => [key, reversedKeys(entry)]),
  );
}

/** JSON with sorted keys. */
function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (!isFields(value)) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.keys(value).toSorted();
  return `{${entries.map((key) => `${JSON.stringify(key)}:${sorted(value[key])}`).join()}}`;
}

/** Values without the names of their fields. */
function leavesOf(value: unknown, at = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)];
  const children = Object.values(value);
  if (children.length === 0) return [JSON.stringify(value)];
  return children.flatMap((child, index) => leavesOf(child, pointer(at, index)));
}
