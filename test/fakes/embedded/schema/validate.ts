// Structural validation of one object against its schema, in the real server's order and wording.
// Promises: every problem has the field path, the machine reason and the text of kube-openapi; a value that equals its
// old one is not judged again (CRD validation ratcheting, on by default since Kubernetes 1.30).
// Leaves to others: rules (rules.ts) and what may be changed at all (write.ts).
import type { Cause } from '../failure.ts';
import type { Json, JsonMap } from '../json.ts';
import { equal, isMap } from '../json.ts';
import { enumProblems, scalarProblems, typeOf } from './scalars.ts';
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
  if (wrongType) return [wrongType, ...enumProblems(value, schema, path)];
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
  return value.flatMap((item, index): Cause[] => {
    const field = `${path}[${index}]`;
    if (type === 'map' && !isMap(item)) return item === null ? [] : [notAnItem(item, field)];
    const identity = type === 'set' ? item : identityOf(item, schema);
    if (identity === undefined) return [];
    const known = seen.some((other) => equal(other, identity));
    seen.push(identity);
    if (!known) return [];
    return [
      { reason: 'FieldValueDuplicate', message: `Duplicate value: ${JSON.stringify(identity)}`, field },
    ];
  });
}

function notAnItem(item: Json, field: string): Cause {
  const message = `Invalid value: ${JSON.stringify(item)}: must be an object for an array of list-type map`;
  return { reason: 'FieldValueInvalid', message, field };
}

function identityOf(item: Json, schema: Schema): JsonMap | undefined {
  return isMap(item) ? mapKeyOf(item, schema) : undefined;
}

/** The combining keywords. Their refusals name no field, only the text does; the nearest branch says what is wrong. */
function combinedProblems({ value, schema, path }: Spot): Cause[] {
  const tried = (branches: readonly Schema[] | undefined): Cause[][] =>
    (branches ?? []).map((branch) => structuralProblems({ value, old: undefined, schema: branch, path }));
  const bad = (text: string, branches: readonly Cause[][]): Cause[] => {
    const nearest = branches.toSorted((left, right) => left.length - right.length)[0] ?? [];
    const message = `Invalid value: "": "${path}" must ${text}`;
    return [{ reason: 'FieldValueInvalid', message, field: '<nil>' }, ...nearest];
  };
  const fitting = (branches: readonly Cause[][]): number =>
    branches.filter((branch) => branch.length === 0).length;
  const [any, one, not, all] = [tried(schema.anyOf), tried(schema.oneOf), schema.not, tried(schema.allOf)];
  if (schema.anyOf && fitting(any) === 0) return bad('validate at least one schema (anyOf)', any);
  if (schema.oneOf && fitting(one) === 0) {
    return bad('validate one and only one schema (oneOf). Found none valid', one);
  }
  if (fitting(one) > 1) {
    return bad(`validate one and only one schema (oneOf). Found ${fitting(one)} valid alternatives`, []);
  }
  if (not && fitting(tried([not])) === 1) return bad('not validate the schema (not)', []);
  if (fitting(all) < all.length) return bad('validate all the schemas (allOf)', [all.flat()]);
  return [];
}
