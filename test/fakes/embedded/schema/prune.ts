// Unknown fields and defaults of a structural schema.
// Promises: `prune` removes what the schema does not declare and returns the paths, in the real server's spelling
// (`spec.hosts[0].nam`); `applyDefaults` fills missing values and drops nulls that a default replaces.
// Both change the value in place: callers pass a copy.
import type { Json, JsonMap } from '../json.ts';
import { clone, isMap } from '../json.ts';
import { childOf, type Schema, somewhere } from './types.ts';

/** Removes undeclared fields of `value`; returns their paths. `path` is '' at the root. */
export function prune(value: Json | undefined, schema: Schema | undefined, path: string): string[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => prune(item, schema.items, `${path}[${index}]`));
  }
  if (!isMap(value)) return [];
  const removed: string[] = [];
  for (const key of Object.keys(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (isDeclared(schema, key)) removed.push(...prune(value[key], childOf(schema, key), at));
    else {
      removed.push(at);
      delete value[key];
    }
  }
  return removed;
}

/** Removes nulls that the schema does not allow: they count as absent, unless a default takes their place later. */
export function dropNulls(value: Json | undefined, schema: Schema | undefined): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, schema.items);
    return;
  }
  if (!isMap(value)) return;
  for (const [key, item] of Object.entries(value)) {
    const child = childOf(schema, key);
    if (item === null && child && !child.nullable && child.default === undefined) delete value[key];
    else dropNulls(item, child);
  }
}

/** Fills the defaults of `schema` below `value`, outermost first. */
export function applyDefaults(value: Json | undefined, schema: Schema | undefined): void {
  if (!schema || !hasDefaults(schema)) return;
  if (Array.isArray(value)) {
    for (const item of value) applyDefaults(item, schema.items);
    return;
  }
  if (!isMap(value)) return;
  for (const [key, child] of Object.entries(schema.properties ?? {})) fillDefault(value, key, child);
  for (const key of Object.keys(value)) applyDefaults(value[key], childOf(schema, key));
}

const hasDefaults = somewhere((schema) => schema.default !== undefined);

function fillDefault(value: JsonMap, key: string, child: Schema): void {
  if (child.default === undefined) return;
  const missing = value[key] === undefined || (value[key] === null && child.nullable !== true);
  if (missing) value[key] = clone(child.default);
}

function isDeclared(schema: Schema, key: string): boolean {
  if (schema.properties?.[key]) return true;
  if (schema.additionalProperties) return true;
  if (schema['x-kubernetes-preserve-unknown-fields']) return true;
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  return embedded && ['apiVersion', 'kind', 'metadata'].includes(key);
}
