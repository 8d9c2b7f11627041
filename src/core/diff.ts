// Compares a request body with what GET shows, by the field rules. Both have wire names; differences are named by JSON
// pointers into spec.component and never carry a value. An entry that only the server has is named by its list. What GET
// cannot show is listed apart, so that an adoption can say what it took on trust.
import { COMPONENT_SHAPE, type Shape, type TableShape } from '../api/component-shape.ts';
import { fieldAt, type Place, POINTER_BYTES, TOP, valueAt } from './diff-fields.ts';
import type { FieldRule } from './diff-rules.ts';
import { holds, isEmpty } from './diff-values.ts';
import { clippedPointer, isFields, own, pointer } from './paths.ts';
import type { JsonObject } from './types.ts';

export { writeOnlyFields } from './diff-fields.ts';

export interface Difference {
  /** JSON pointer into spec.component, at most 100 bytes. */
  readonly pointer: string;
  /** `missing` and `extra` as seen from the spec; `removed`: no longer in the spec but still on the server. */
  readonly kind: 'changed' | 'missing' | 'extra' | 'removed';
}

export interface Comparison {
  /** The body that would be sent. */
  readonly desired: JsonObject;
  /** The body that GET answered. */
  readonly remote: JsonObject;
  /** Top-level wire names that were sent before and are in `desired` no more. */
  readonly removedKeys?: readonly string[];
  /** JSON pointers into spec.component; what is at or below them is left out. */
  readonly ignored?: readonly string[];
}

type Found = readonly Difference[];
/** One value on both sides and what is known about it. */
type Pair = Place & { readonly desired: unknown; readonly remote: unknown; readonly rule: FieldRule };

/** Empty when the component is as desired, as far as GET can tell. */
export function compareBody({
  desired,
  remote,
  removedKeys = [],
  ignored = [],
}: Comparison): readonly Difference[] {
  const found = [
    ...compareObjects(COMPONENT_SHAPE, { ...TOP, desired, remote, rule: {} }),
    ...removedKeys.flatMap((key) => removedDifference(key, desired, remote)),
  ]
    .filter((difference) => !ignored.some((at) => isAtOrBelow(difference.pointer, at)))
    .map((difference) => ({ ...difference, pointer: clippedPointer(difference.pointer, POINTER_BYTES) }));
  return [...new Map(found.map((entry) => [`${entry.kind} ${entry.pointer}`, entry])).values()];
}

function isAtOrBelow(place: string, at: string): boolean {
  return place === at || place.startsWith(`${at}/`);
}

/** Whether a key that left the spec still has a value, which no modify call by itself would clear. */
export function hasRemovedKeys(differences: readonly Difference[]): boolean {
  return differences.some(({ kind }) => kind === 'removed');
}

/** Keys of an earlier body that a later one lacks. */
export function removedKeys(earlier: readonly string[], body: JsonObject): readonly string[] {
  return earlier.filter((key) => !Object.hasOwn(body, key));
}

function compareObjects(table: TableShape, { desired, remote, ...place }: Pair): Found {
  if (!isFields(desired)) return [];
  const there = isFields(remote) ? remote : {};
  const yaml = table === COMPONENT_SHAPE && own(desired, 'config_mode') === 'yaml';
  return Object.keys(desired).flatMap((key): Found => {
    const { shape, rule, next } = fieldAt(table, key, place);
    if (rule.compare === 'never' || rule.compare === 'writeOnly' || (yaml && !rule.yaml)) return [];
    const value = valueAt(there, key);
    if (rule.compare === 'ifRead' && value === undefined) return [];
    return compareValues(shape, { ...next, desired: own(desired, key), remote: value, rule });
  });
}

function compareValues(shape: Shape, pair: Pair): Found {
  const { at, desired, remote } = pair;
  if (isEmpty(desired) && isEmpty(remote)) return [];
  switch (shape.kind) {
    case 'object':
      return isEmpty(remote) ? [{ pointer: at, kind: 'missing' }] : compareObjects(shape.table, pair);
    case 'texts':
      return compareTexts(pair);
    case 'list':
      return compareLists(shape, pair);
    case 'either': {
      const both = { ...pair, desired: [desired].flat(), remote: [remote].flat() };
      return compareLists(
        { kind: 'list', item: { kind: 'object', table: shape.table }, order: 'atomic', keys: [] },
        both,
      );
    }
    case 'number':
      return Number(desired) === Number(remote) ? [] : [{ pointer: at, kind: kindOf(remote) }];
    case 'value':
      return holds(desired, remote, pair.rule) ? [] : [{ pointer: at, kind: kindOf(remote) }];
    default: {
      const never: never = shape;
      return never;
    }
  }
}

function compareTexts({ at, desired, remote }: Pair): Found {
  if (!isFields(desired)) return [];
  return Object.keys(desired).flatMap((key): Found => {
    const value = isFields(remote) ? own(remote, key) : undefined;
    return holds(own(desired, key), value, {}) ? [] : [{ pointer: pointer(at, key), kind: kindOf(value) }];
  });
}

function compareLists(shape: Shape & { kind: 'list' }, pair: Pair): Found {
  const { at, rule } = pair;
  const desired = Array.isArray(pair.desired) ? pair.desired : [];
  const remote = ofUser(rule, pair.remote, desired);
  if (shape.order === 'atomic' && ![...desired, ...remote].some(isFields)) {
    return holds(desired, remote, rule) ? [] : [{ pointer: at, kind: kindOf(remote) }];
  }
  if (desired.length > 0 && remote.length === 0) return [{ pointer: at, kind: 'missing' }];
  const left = [...remote];
  const found = desired.flatMap((entry, index): Found => {
    const here = { at: pointer(at, index), wireAt: pointer(pair.wireAt, index), rule: {} };
    const match = left.findIndex((other) => isSame({ shape, rule, entry, other }));
    if (match < 0) return [{ pointer: here.at, kind: 'missing' }];
    const [other] = left.splice(match, 1);
    return compareValues(shape.item, { ...here, desired: entry, remote: other });
  });
  return left.length > 0 ? [...found, { pointer: at, kind: 'extra' }] : found;
}

type Candidates = {
  readonly shape: Shape & { kind: 'list' };
  readonly rule: FieldRule;
  readonly entry: unknown;
  readonly other: unknown;
};

/** Keyed entries are the same by their keys, others only when nothing differs. */
function isSame({ shape, rule, entry, other }: Candidates): boolean {
  const keys = rule.keys ?? wireKeys(shape);
  if (keys.length === 0 || shape.item.kind !== 'object' || !isFields(entry) || !isFields(other)) {
    return compareValues(shape.item, { ...TOP, desired: entry, remote: other, rule: {} }).length === 0;
  }
  const { table } = shape.item;
  return keys.every((key) => {
    const field = fieldAt(table, key, TOP);
    const pair = {
      ...field.next,
      desired: valueAt(entry, key),
      remote: valueAt(other, key),
      rule: field.rule,
    };
    return compareValues(field.shape, pair).length === 0;
  });
}

function wireKeys(shape: Shape & { kind: 'list' }): readonly string[] {
  if (shape.item.kind !== 'object') return [];
  const { byName } = shape.item.table;
  return shape.keys.map((name) => byName.get(name)?.wire ?? name);
}

function ofUser(rule: FieldRule, remote: unknown, desired: readonly unknown[]): readonly unknown[] {
  const entries: readonly unknown[] = Array.isArray(remote) ? remote : [];
  return rule.ofUser ? entries.filter((entry) => isFields(entry) && rule.ofUser?.(entry, desired)) : entries;
}

function removedDifference(key: string, desired: JsonObject, remote: JsonObject): Found {
  const { rule, next } = fieldAt(COMPONENT_SHAPE, key, TOP);
  const hidden = rule.compare === 'never' || rule.compare === 'writeOnly' || rule.serverFilled;
  const yaml = own(desired, 'config_mode') === 'yaml' && !rule.yaml;
  if (hidden || yaml || Object.hasOwn(desired, key)) return [];
  const value = valueAt(remote, key);
  const left = Array.isArray(value) ? ofUser(rule, value, []) : value;
  return isEmpty(left) ? [] : [{ pointer: next.at, kind: 'removed' }];
}

function kindOf(remote: unknown): Difference['kind'] {
  return isEmpty(remote) ? 'missing' : 'changed';
}
