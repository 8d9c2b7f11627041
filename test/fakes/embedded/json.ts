// JSON as the API server sees it: values, Kubernetes objects, and the few operations every other file needs.
// Promises: `clone`, `equal` and `freeze` are deep; `equal` ignores key order and treats a missing key and an
// undefined value alike. Assumes plain data (what JSON.parse returns), never class instances.

export type Json = null | boolean | number | string | Json[] | JsonMap;
export type JsonMap = { [key: string]: Json | undefined };

/** One entry of `metadata.managedFields`. */
export type ManagedEntry = {
  manager: string;
  operation: string;
  apiVersion: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: JsonMap;
  subresource?: string;
};

export type Meta = {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  finalizers?: string[];
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
  ownerReferences?: JsonMap[];
  managedFields?: ManagedEntry[];
};

/** A Kubernetes object; everything beside the metadata is read through `isMap` and friends. */
export type Obj = { apiVersion: string; kind: string; metadata: Meta; [key: string]: Json | undefined };

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function clone<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  const made: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) made[key] = copy(item);
  return made;
}

/** Deep equality of plain data; numbers compare by value, key order does not matter. */
export function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => equal(item, right[index]));
  }
  if (!isMap(left) || !isMap(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) if (!equal(left[key], right[key])) return false;
  return true;
}

/** Freezes in place, so that a listener or a test cannot change what the store holds. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) freeze(item);
  }
  return value;
}

/** The value below `path`, or undefined as soon as a step is missing. */
export function dig(value: unknown, ...path: readonly string[]): Json | undefined {
  let at: unknown = value;
  for (const key of path) {
    if (!isMap(at)) return undefined;
    at = at[key];
  }
  return at as Json | undefined;
}

/** The map below `path`; a missing or different value reads as an empty map. */
export function digMap(value: unknown, ...path: readonly string[]): JsonMap {
  const found = dig(value, ...path);
  return isMap(found) ? found : {};
}

/** The text below `path`; anything else reads as ''. */
export function digText(value: unknown, ...path: readonly string[]): string {
  const found = dig(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** Writes time (epoch ms) as Kubernetes does: RFC 3339 in whole seconds. */
export function rfc3339(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
