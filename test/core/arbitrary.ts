// Arbitrary components for property tests, derived from the field tables: as spec (camelCase) or as request body (wire
// names). Types, bounds, mandatory fields and list identities hold; rules between fields need not, since the conversion
// does not know them. Maps and open objects get odd keys on purpose.
import fc from 'fast-check';
import { z } from 'zod';
import { component } from '../../src/api/component-body.ts';
import { openApiOf } from '../../src/api/crd-schema.ts';
import { alternativeOf, isSentAsNumber } from '../../src/api/field-types.ts';
import { bare, tableOf } from '../../src/api/fields.ts';
import { isFields, own } from '../../src/core/paths.ts';
import type { JsonObject } from '../../src/core/types.ts';

type Names = 'spec' | 'wire';
type Schema = Readonly<Record<string, unknown>>;

const ODD_KEYS = ['__proto__', 'constructor', 'toString', 'http_password', 'aB_c', 'a/b~c', '', '0'];
const key = fc.oneof(fc.constantFrom(...ODD_KEYS), fc.string({ maxLength: 5 }));
const text = fc.oneof(fc.constant(''), fc.string({ maxLength: 8 }));

/** Specs without Secret references and extraBody. */
export const specComponents = arbitrary(component, openApiOf(component), 'spec') as fc.Arbitrary<JsonObject>;
export const wireBodies = arbitrary(component, openApiOf(component), 'wire') as fc.Arbitrary<JsonObject>;

function arbitrary(schema: z.ZodType, json: Schema, names: Names): fc.Arbitrary<unknown> {
  const inner = bare(schema);
  const alternative = alternativeOf(inner);
  if (alternative) {
    const one = objects(alternative, openApiOf(alternative), names);
    return fc.oneof(one, fc.array(one, { maxLength: 2 }));
  }
  if (tableOf(inner)) return objects(inner, json, names);
  if (inner instanceof z.ZodArray) return lists(inner.element as z.ZodType, json, names);
  if (isSentAsNumber(inner)) return weights(names);
  return leaves(json);
}

function objects(schema: z.ZodType, json: Schema, names: Names): fc.Arbitrary<unknown> {
  const table = tableOf(schema);
  const properties = isFields(json.properties) ? json.properties : {};
  const fields = Object.entries(table?.rows ?? {}).flatMap(([name, row]) => {
    if (row.wire === undefined) return [];
    const value = arbitrary(row.schema, properties[name] as Schema, names);
    return [{ name: names === 'wire' ? row.wire : name, value, required: row.required }];
  });
  const documented = fc.record(Object.fromEntries(fields.map(({ name, value }) => [name, value])), {
    requiredKeys: fields.filter(({ required }) => required).map(({ name }) => name),
  });
  if (!table?.open) return documented;
  const taken = new Set(Object.entries(table.rows).flatMap(([name, { wire }]) => [name, wire]));
  const others = fc.array(
    fc.tuple(
      key.filter((name) => !taken.has(name)),
      fc.jsonValue({ maxDepth: 1 }),
    ),
    {
      maxLength: 3,
    },
  );
  return fc
    .tuple(documented, others)
    .map(([known, more]) => Object.fromEntries([...more, ...Object.entries(known)]));
}

function lists(item: z.ZodType, json: Schema, names: Names): fc.Arbitrary<unknown> {
  const entry = arbitrary(item, json.items as Schema, names);
  const keys = json['x-kubernetes-list-map-keys'] as readonly string[] | undefined;
  const rows = tableOf(item)?.rows ?? {};
  const identity = (value: unknown) => {
    if (!keys) return JSON.stringify(value);
    const read = (name: string) =>
      own(value as JsonObject, names === 'wire' ? (rows[name]?.wire ?? name) : name);
    return JSON.stringify(keys.map(read));
  };
  if (json['x-kubernetes-list-type'] === 'atomic') return fc.array(entry, { maxLength: 3 });
  return fc.uniqueArray(entry, { maxLength: 3, selector: identity });
}

function weights(names: Names): fc.Arbitrary<unknown> {
  const number = fc.integer({ min: 1, max: 100 });
  return names === 'wire' ? number : fc.oneof(number, number.map(String));
}

function leaves(json: Schema): fc.Arbitrary<unknown> {
  if (Array.isArray(json.enum)) return fc.constantFrom(...json.enum);
  if (json['x-kubernetes-int-or-string'])
    return fc.oneof(
      fc.nat(),
      fc.nat(100).map((n) => `${n}%`),
    );
  switch (json.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: Number(json.minimum), max: Number(json.maximum) });
    case 'number':
      return fc.oneof(fc.constant(0), fc.double({ min: 0, max: 64, noNaN: true }));
    case 'object':
      return fc.array(fc.tuple(key, text), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
    default:
      return json.pattern === undefined ? text : fc.stringMatching(new RegExp(String(json.pattern)));
  }
}
