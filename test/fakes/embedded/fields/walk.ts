// Values as field sets: what a value contains, and what differs between two values, seen through a schema.
// Promises: granular maps, map-lists and set-lists are entered, atomic ones are leaves; where the schema says nothing,
// maps are granular and lists atomic (as the real server deduces types). Items without their keys make a list atomic.
import { equal, isMap, type Json, type JsonMap } from '../json.ts';
import { childOf, mapKeyOf, type Schema } from '../schema/types.ts';
import { branch, EMPTY, type FieldSet, LEAF } from './set.ts';

/** One step down: its name in fieldsV1 form, the value and its schema. */
export interface Part {
  readonly step: string;
  readonly value: Json;
  readonly schema: Schema | undefined;
}

/** The parts of a value, or undefined where it is a leaf (a scalar, or atomic). */
export function partsOf(value: Json | undefined, schema: Schema | undefined): readonly Part[] | undefined {
  if (Array.isArray(value)) return listParts(value, schema);
  if (!isMap(value) || schema?.['x-kubernetes-map-type'] === 'atomic') return undefined;
  return Object.entries(value).flatMap(([key, item]) => {
    return item === undefined ? [] : [{ step: `f:${key}`, value: item, schema: childOf(schema, key) }];
  });
}

function listParts(value: readonly Json[], schema: Schema | undefined): readonly Part[] | undefined {
  const type = schema?.['x-kubernetes-list-type'];
  if (type === 'set') {
    return value.map((item) => ({ step: `v:${JSON.stringify(item)}`, value: item, schema: schema?.items }));
  }
  if (type !== 'map') return undefined;
  const parts = value.map((item) => {
    const key = isMap(item) ? mapKeyOf(item, schema) : undefined;
    return key && { step: `k:${JSON.stringify(sortKeys(key))}`, value: item, schema: schema?.items };
  });
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

function sortKeys(map: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The fields an applied configuration speaks about: leaves, list items and free map keys. */
export function appliedFields(value: Json | undefined, schema: Schema | undefined): FieldSet {
  const parts = partsOf(value, schema);
  if (!parts) return LEAF;
  const children = parts.map((part) => {
    const below = appliedFields(part.value, part.schema);
    const declared = schema?.properties?.[part.step.slice(2)] !== undefined;
    const empty = partsOf(part.value, part.schema)?.length === 0;
    const member = below.member || !declared || (empty && isMap(part.value));
    return [part.step, { ...below, member }] as const;
  });
  return branch(false, children);
}

/** Every path of a value, inner nodes included. */
function everything(value: Json | undefined, schema: Schema | undefined): FieldSet {
  const parts = partsOf(value, schema) ?? [];
  return branch(
    true,
    parts.map((part) => [part.step, everything(part.value, part.schema)] as const),
  );
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

const NO_CHANGE: Comparison = { added: EMPTY, modified: EMPTY, removed: EMPTY };

/** What has to be said about the way from `before` to `after`. */
export function compare(
  before: Json | undefined,
  after: Json | undefined,
  schema: Schema | undefined,
): Comparison {
  if (before === undefined && after === undefined) return NO_CHANGE;
  if (before === undefined) return { ...NO_CHANGE, added: everything(after, schema) };
  if (after === undefined) return { ...NO_CHANGE, removed: everything(before, schema) };
  const left = partsOf(before, schema);
  if (after === null && left) {
    return { ...NO_CHANGE, removed: { ...everything(before, schema), member: false } };
  }
  const right = partsOf(after, schema);
  if (!left || !right || Array.isArray(before) !== Array.isArray(after)) {
    return equal(before, after) ? NO_CHANGE : { ...NO_CHANGE, modified: LEAF };
  }
  return compareParts(left, right);
}

function compareParts(left: readonly Part[], right: readonly Part[]): Comparison {
  const before = new Map(left.map((part) => [part.step, part]));
  const after = new Map(right.map((part) => [part.step, part]));
  const children = [...new Set([...before.keys(), ...after.keys()])].map((step) => {
    const [old, now] = [before.get(step), after.get(step)];
    return [step, compare(old?.value, now?.value, now?.schema ?? old?.schema)] as const;
  });
  const gather = (kind: keyof Comparison): FieldSet =>
    branch(
      false,
      children.map(([step, child]) => [step, child[kind]] as const),
    );
  return { added: gather('added'), modified: gather('modified'), removed: gather('removed') };
}
