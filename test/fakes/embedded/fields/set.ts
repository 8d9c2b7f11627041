// Sets of field paths, as a tree that mirrors `fieldsV1`: each step is `f:name`, `k:{...}` or `v:...`.
// Promises: all operations are pure; an emptied branch disappears; `toFieldsV1` and `fromFieldsV1` are inverse.
import { isMap, type JsonMap } from '../json.ts';

/** A node: `member` says that the path up to here is itself in the set. */
export interface FieldSet {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const EMPTY: FieldSet = { member: false, children: new Map() };
export const LEAF: FieldSet = { member: true, children: new Map() };

export function isEmpty(set: FieldSet): boolean {
  return !set.member && set.children.size === 0;
}

/** A node with the given children, empty ones left out. */
export function branch(
  member: FieldSet['member'],
  children: Iterable<readonly [string, FieldSet]>,
): FieldSet {
  return { member, children: new Map([...children].filter(([, child]) => !isEmpty(child))) };
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  return zip(left, right, (a, b) => a || b);
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return zip(left, right, (a, b) => a && b);
}

export function difference(left: FieldSet, right: FieldSet): FieldSet {
  return zip(left, right, (a, b) => a && !b);
}

function zip(left: FieldSet, right: FieldSet, keep: (a: boolean, b: boolean) => boolean): FieldSet {
  if (isEmpty(right)) return keep(true, false) ? left : EMPTY;
  if (isEmpty(left)) return keep(false, true) ? right : EMPTY;
  const steps = new Set([...left.children.keys(), ...right.children.keys()]);
  const children = [...steps].map((step) => {
    const child = zip(left.children.get(step) ?? EMPTY, right.children.get(step) ?? EMPTY, keep);
    return [step, child] as const;
  });
  return branch(keep(left.member, right.member), children);
}

export function same(left: FieldSet, right: FieldSet): boolean {
  return isEmpty(difference(left, right)) && isEmpty(difference(right, left));
}

/** Without the branches named by `paths` (each a list of field names from the root). */
export function without(set: FieldSet, paths: readonly (readonly string[])[]): FieldSet {
  return paths.reduce((left, path) => cut(left, path), set);
}

function cut(set: FieldSet, [name, ...rest]: readonly string[]): FieldSet {
  const step = `f:${name}`;
  const child = set.children.get(step);
  if (!child) return set;
  const kept = rest.length === 0 ? EMPTY : cut(child, rest);
  return branch(
    set.member,
    [...set.children].map(([key, old]) => [key, key === step ? kept : old] as const),
  );
}

/** Only the branch of one top-level field. */
export function onlyField(set: FieldSet, name: string): FieldSet {
  const step = `f:${name}`;
  return branch(false, [[step, set.children.get(step) ?? EMPTY]]);
}

/** Every member as a readable path, `.spec.labels[key="a"].value`: those of one level before what is below it. */
export function paths(set: FieldSet, prefix = ''): string[] {
  const children = [...set.children].sort(([a], [b]) => (a < b ? -1 : 1));
  const members = children.filter(([, child]) => child.member).map(([step]) => prefix + readable(step));
  return [...members, ...children.flatMap(([step, child]) => paths(child, prefix + readable(step)))];
}

function readable(step: string): string {
  const text = step.slice(2);
  if (step.startsWith('f:')) return `.${text}`;
  if (step.startsWith('v:')) return `[=${text}]`;
  const keys = Object.entries(JSON.parse(text)).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${keys.join(',')}]`;
}

export function toFieldsV1(set: FieldSet): JsonMap {
  const json: JsonMap = {};
  if (set.member && set.children.size > 0) json['.'] = {};
  for (const [step, child] of [...set.children].sort(([a], [b]) => (a < b ? -1 : 1)))
    json[step] = toFieldsV1(child);
  return json;
}

/** `{}` below the root is a leaf; at the root it is the empty set, hence the two functions. */
export function fromFieldsV1(json: JsonMap): FieldSet {
  const children = Object.entries(json).flatMap(([step, child]) => {
    if (step === '.' || !isMap(child)) return [];
    return [[step, fromNode(child)] as const];
  });
  return branch('.' in json, children);
}

function fromNode(json: JsonMap): FieldSet {
  return Object.keys(json).length === 0 ? LEAF : fromFieldsV1(json);
}
