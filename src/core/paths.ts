// JSON pointers (RFC 6901) and plain-data objects. Keys such as `__proto__` are data here: objects are read by own key only
// and made with Object.fromEntries, which defines and never assigns.
import type { Json, JsonObject } from './types.ts';

/** Any stored object: a `ComponentSpec` or raw JSON. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own key; undefined for inherited ones. */
export function own(object: Fields, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function pointer(parent: string, segment: string | number): string {
  return `${parent}/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Whether one pointer names the other's value or a part of it. */
export function overlaps(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

/** `pointer` cut at a whole segment so that it takes at most `bytes` of UTF-8. */
export function clippedPointer(text: string, bytes: number): string {
  if (new TextEncoder().encode(text).length <= bytes) return text;
  return clippedPointer(text.slice(0, text.lastIndexOf('/')), bytes);
}

/** RFC 7386. Keys of `target` keep their places, new ones follow. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isFields(patch)) return patch;
  const merged = new Map<string, Json>(isFields(target) ? Object.entries(target as JsonObject) : []);
  for (const [key, value] of Object.entries(patch as JsonObject)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
