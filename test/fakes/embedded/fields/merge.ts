// The two value operations of server-side apply: laying a configuration over the live object, and taking away what the
// manager no longer mentions. Promises: inputs stay untouched; list items keep the live order, new ones follow.
import { isMap, type Json, type JsonMap } from '../json.ts';
import type { Schema } from '../schema/types.ts';
import { EMPTY, type FieldSet, isEmpty } from './set.ts';
import { type Part, partsOf } from './walk.ts';

/** `applied` laid over `live`: granular maps and keyed lists merge, everything else is replaced. */
export function merge(live: Json | undefined, applied: Json, schema: Schema | undefined): Json {
  const below = partsOf(live, schema);
  const above = partsOf(applied, schema);
  if (!below || !above) return applied;
  if (Array.isArray(live) && Array.isArray(applied)) return mergeItems(below, above);
  if (!isMap(live) || !isMap(applied)) return applied;
  const merged: JsonMap = { ...live };
  for (const part of above) {
    const key = part.step.slice(2);
    merged[key] = merge(live[key], part.value, part.schema);
  }
  return merged;
}

function mergeItems(below: readonly Part[], above: readonly Part[]): Json[] {
  const items = new Map(below.map((part) => [part.step, part.value]));
  for (const part of above) items.set(part.step, merge(items.get(part.step), part.value, part.schema));
  return [...items.values()];
}

export interface Removal {
  readonly schema: Schema | undefined;
  /** What the manager owned until now. */
  readonly last: FieldSet;
  /** What anyone, the manager included, owns from now on. */
  readonly owned: FieldSet;
}

/** `value` without the fields that only the manager's last configuration had. */
export function takeAway(value: Json, { schema, last, owned }: Removal): Json {
  const parts = partsOf(value, schema);
  if (!parts) return value;
  const kept = parts.flatMap((part) => {
    const before = last.children.get(part.step) ?? EMPTY;
    if (isEmpty(before)) return [part];
    const now = owned.children.get(part.step) ?? EMPTY;
    if (isEmpty(now)) return [];
    const inner = takeAway(part.value, { schema: part.schema, last: before, owned: now });
    return [{ ...part, value: inner }];
  });
  if (Array.isArray(value)) return kept.map((part) => part.value);
  return Object.fromEntries(kept.map((part) => [part.step.slice(2), part.value]));
}
