// JSON merge patch (RFC 7386), and strategic merge patch for the built-in kinds served here.
// Promises: inputs stay untouched. Strategic: maps merge, finalizers and ownerReferences merge by value and uid, the
// `$patch`, `$deleteFromPrimitiveList` and `$retainKeys` directives work; other lists are replaced.
import { clone, equal, isMap, type Json, type JsonMap } from '../json.ts';

/** `patch` merged into a copy of `target`; null removes. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return clone(patch);
  const merged: JsonMap = isMap(target) ? clone(target) : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** `patch` merged into a copy of `target` by the rules of the built-in kinds. */
export function strategicPatch(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return clone(patch);
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  const merged: JsonMap = isMap(target) ? clone(target) : {};
  if (patch.$patch === 'delete') return {};
  retainKeys(merged, patch.$retainKeys);
  for (const [key, value] of Object.entries(patch)) mergeKey(merged, key, value);
  return merged;
}

function mergeKey(merged: JsonMap, key: string, value: Json | undefined): void {
  const dropFrom = /^\$deleteFromPrimitiveList\/(.+)$/.exec(key)?.[1];
  if (dropFrom) {
    const dropped = Array.isArray(value) ? value : [];
    const list = merged[dropFrom];
    if (Array.isArray(list))
      merged[dropFrom] = list.filter((item) => !dropped.some((gone) => equal(gone, item)));
    return;
  }
  if (key.startsWith('$')) return;
  if (value === null || value === undefined) delete merged[key];
  else if (key === 'finalizers' && Array.isArray(value)) merged[key] = mergeSet(merged[key], value);
  else if (key === 'ownerReferences' && Array.isArray(value)) merged[key] = mergeByUid(merged[key], value);
  else merged[key] = strategicPatch(merged[key], value);
}

function mergeSet(old: Json | undefined, added: readonly Json[]): Json[] {
  const list = Array.isArray(old) ? [...old] : [];
  return [...list, ...added.filter((item) => !list.some((known) => equal(known, item)))];
}

function mergeByUid(old: Json | undefined, patches: readonly Json[]): Json[] {
  const items = new Map((Array.isArray(old) ? old : []).map((item) => [uidOf(item), item]));
  for (const patch of patches) {
    if (isMap(patch) && patch.$patch === 'delete') items.delete(uidOf(patch));
    else items.set(uidOf(patch), strategicPatch(items.get(uidOf(patch)), patch));
  }
  return [...items.values()];
}

function uidOf(item: Json): Json | undefined {
  return isMap(item) ? item.uid : undefined;
}

function retainKeys(merged: JsonMap, keys: Json | undefined): void {
  if (!Array.isArray(keys)) return;
  for (const key of Object.keys(merged)) if (!keys.includes(key)) delete merged[key];
}

function withoutDirectives(patch: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(clone(patch)).filter(([key]) => !key.startsWith('$')));
}
