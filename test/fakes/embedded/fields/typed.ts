// Whether a value fits the types of its schema at all, which server-side apply needs before it can merge.
// Promises: the first misfit as the real server words it: unknown field, wrong type, list items that cannot be told
// apart. Leaves every finer rule (bounds, patterns, required) to validation.
import { equal, isMap, type Json } from '../json.ts';
import { typeOf } from '../schema/scalars.ts';
import { childOf, mapKeyOf, type Schema } from '../schema/types.ts';

/** The first misfit at `path` ('' at the root) or below, or undefined. */
export function misfit(value: Json, schema: Schema | undefined, path = ''): string | undefined {
  if (!schema || value === null) return undefined;
  const wrong = wrongType(value, schema);
  if (wrong) return `${path}: ${wrong}`;
  if (Array.isArray(value)) return listMisfit(value, schema, path);
  if (!isMap(value)) return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const child = childOf(schema, key);
    const open = schema.additionalProperties !== undefined || schema['x-kubernetes-preserve-unknown-fields'];
    if (!child && !open) return `${path}.${key}: field not declared in schema`;
    const below = misfit(item, child, `${path}.${key}`);
    if (below) return below;
  }
  return undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  integer: 'numeric (int or float)',
  number: 'numeric (int or float)',
  object: 'map',
  array: 'list',
};

function wrongType(value: Json, schema: Schema): string | undefined {
  const actual = typeOf(value);
  const wanted = schema.type;
  if (schema['x-kubernetes-int-or-string'] || !wanted || wanted === actual) return undefined;
  const numeric = ['integer', 'number'];
  if (numeric.includes(wanted) && numeric.includes(actual)) return undefined;
  return `expected ${WORDS[wanted] ?? wanted}, got ${actual}`;
}

function listMisfit(value: readonly Json[], schema: Schema, path: string): string | undefined {
  const seen: Json[] = [];
  for (const [index, item] of value.entries()) {
    const identity = identityOf(item, schema);
    if (identity === 'unnamed') {
      const keys = schema['x-kubernetes-list-map-keys']?.map((key) => `"${key}"`).join(', ');
      return `${path}: element ${index}: associative list with keys has an element that omits key field ${keys}`;
    }
    if (identity !== undefined && seen.some((other) => equal(other, identity.key))) {
      return `${path}: duplicate entries for key ${JSON.stringify(identity.key)}`;
    }
    if (identity !== undefined) seen.push(identity.key);
    const below = misfit(item, schema.items, `${path}[${index}]`);
    if (below) return below;
  }
  return undefined;
}

function identityOf(item: Json, schema: Schema): { readonly key: Json } | 'unnamed' | undefined {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set') return { key: item };
  if (type !== 'map') return undefined;
  const key = isMap(item) ? mapKeyOf(item, schema) : undefined;
  return key ? { key } : 'unnamed';
}
