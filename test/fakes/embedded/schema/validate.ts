// Structural validation of one object against its schema, in the real server's order and wording.
// Promises: every problem has the field path, the machine reason and the text of kube-openapi; a value that equals its
// old one is not judged again (CRD validation ratcheting, on by default since Kubernetes 1.30).
// Leaves to others: rules (rules.ts) and what may be changed at all (write.ts).
import type { Cause } from '../failure.ts';
import type { Json, JsonMap } from '../json.ts';
import { equal, isMap } from '../json.ts';
import { scalarProblems, typeOf } from './scalars.ts';
import { childOf, mapKeyOf, type Schema } from './types.ts';

/** One value in its place: its old value when the two can be matched, its schema and its path. */
export interface Spot {
  readonly value: Json;
  readonly old: Json | undefined;
  readonly schema: Schema;
  readonly path: string;
}

/** Every structural problem of the value at `spot` and below. */
export function structuralProblems(spot: Spot): Cause[] {
  const { value, old, schema, path } = spot;
  if (old !== undefined && equal(old, value)) return [];
  if (value === null && schema.nullable) return [];
  const wrongType = typeProblem(spot);
  if (wrongType) return [wrongType];
  return [
    ...scalarProblems(value, schema, path),
    ...requiredProblems(value, schema, path),
    ...listProblems(value, schema, path),
    ...sizeProblems(value, schema, path),
    ...combinedProblems(spot),
    ...childSpots(spot).flatMap(structuralProblems),
  ];
}

/** The declared children of a value, each with the old value it can be matched to. */
export function childSpots({ value, old, schema, path }: Spot): Spot[] {
  if (Array.isArray(value)) {
    const items = schema.items;
    if (!items) return [];
    return value.map((item, index) => ({
      value: item,
      old: oldItem(item, old, schema),
      schema: items,
      path: `${path}[${index}]`,
    }));
  }
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const child = childOf(schema, key);
    if (!child || item === undefined) return [];
    const at = schema.properties?.[key] ? join(path, key) : `${path}[${key}]`;
    return [{ value: item, old: isMap(old) ? old[key] : undefined, schema: child, path: at }];
  });
}

/** Only items of a map-type list have an identity that survives an update. */
function oldItem(item: Json, old: Json | undefined, schema: Schema): Json | undefined {
  if (!Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map' || !isMap(item)) return undefined;
  const key = mapKeyOf(item, schema);
  return old.find((candidate) => isMap(candidate) && equal(mapKeyOf(candidate, schema), key));
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function typeProblem({ value, schema, path }: Spot): Cause | undefined {
  const actual = typeOf(value);
  if (schema['x-kubernetes-int-or-string']) {
    if (actual === 'integer' || actual === 'string') return undefined;
    return wrongType(path, 'integer,string', actual);
  }
  const wanted = schema.type;
  if (!wanted || wanted === actual) return undefined;
  if (wanted === 'number' && actual === 'integer') return undefined;
  return wrongType(path, wanted, actual);
}

function wrongType(path: string, wanted: string, actual: string): Cause {
  const message = `Invalid value: "${actual}": ${path} in body must be of type ${wanted}: "${actual}"`;
  return { reason: 'FieldValueTypeInvalid', message, field: path };
}

function requiredProblems(value: Json, schema: Schema, path: string): Cause[] {
  if (!isMap(value)) return [];
  const missing = (schema.required ?? []).filter((key) => value[key] === undefined);
  return missing.map((key) => ({
    reason: 'FieldValueRequired',
    message: 'Required value',
    field: join(path, key),
  }));
}

function sizeProblems(value: Json, schema: Schema, path: string): Cause[] {
  const isList = Array.isArray(value);
  if (!isList && !isMap(value)) return [];
  const size = Object.keys(value).length;
  const max = isList ? schema.maxItems : schema.maxProperties;
  const min = isList ? schema.minItems : schema.minProperties;
  const noun = isList ? 'items' : 'properties';
  if (max !== undefined && size > max) {
    const message = `Too many: ${size}: must have at most ${max} items`;
    return [{ reason: 'FieldValueTooMany', message, field: path }];
  }
  if (min === undefined || size >= min) return [];
  const message = `Invalid value: ${size}: ${path} in body should have at least ${min} ${noun}`;
  return [{ reason: 'FieldValueInvalid', message, field: path }];
}

function listProblems(value: Json, schema: Schema, path: string): Cause[] {
  const type = schema['x-kubernetes-list-type'];
  if (!Array.isArray(value) || !type || type === 'atomic') return [];
  const seen: (Json | undefined)[] = [];
  return value.flatMap((item, index) => {
    const identity = type === 'set' ? item : identityOf(item, schema);
    if (identity === undefined) return [];
    const known = seen.some((other) => equal(other, identity));
    seen.push(identity);
    if (!known) return [];
    const message = `Duplicate value: ${JSON.stringify(identity)}`;
    return [{ reason: 'FieldValueDuplicate', message, field: `${path}[${index}]` }];
  });
}

function identityOf(item: Json, schema: Schema): JsonMap | undefined {
  return isMap(item) ? mapKeyOf(item, schema) : undefined;
}

function combinedProblems({ value, schema, path }: Spot): Cause[] {
  const fits = (branch: Schema): boolean =>
    structuralProblems({ value, old: undefined, schema: branch, path }).length === 0;
  const bad = (text: string): Cause[] => [
    { reason: 'FieldValueInvalid', message: `Invalid value: ${shown(value)}: ${text}`, field: path },
  ];
  if (schema.anyOf && !schema.anyOf.some(fits)) {
    return bad(`${path} in body must validate at least one schema (anyOf)`);
  }
  const chosen = schema.oneOf?.filter(fits).length ?? 1;
  if (chosen !== 1) {
    const found = chosen === 0 ? 'Found none valid' : `Found ${chosen} valid alternatives`;
    return bad(`${path} in body must validate one and only one schema (oneOf). ${found}`);
  }
  if (schema.not && fits(schema.not)) return bad(`${path} in body must not validate the schema (not)`);
  const all = schema.allOf ?? [];
  return all.flatMap((branch) => structuralProblems({ value, old: undefined, schema: branch, path }));
}

function shown(value: Json): string {
  return typeof value === 'object' ? '""' : JSON.stringify(value);
}
