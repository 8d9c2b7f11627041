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

/**
 * The applied order decides among the items it names; items only the live list has stay where they stood between
 * those. This is the order of structured-merge-diff, which users see as a stable list.
 */
function mergeItems(below: readonly Part[], above: readonly Part[]): Json[] {
  const live = new Map(below.map((part) => [part.step, part]));
  const wanted = new Set(above.map((part) => part.step));
  const done = new Set<string>();
  const out: Json[] = [];
  const take = (part: Part): void => {
    out.push(merge(live.get(part.step)?.value, part.value, part.schema));
    done.add(part.step);
  };
  for (let [l, r] = [0, 0]; l < below.length || r < above.length; ) {
    const [left, right] = [below[l], above[r]];
    const nextShared = above.slice(r).find((part) => live.has(part.step))?.step;
    if (left && !wanted.has(left.step)) {
      out.push(left.value);
      l += 1;
      continue;
    }
    if (left && right && left.step !== right.step && nextShared !== undefined && nextShared !== left.step) {
      l += 1;
      continue;
    }
    if (left && (left.step === right?.step || done.has(left.step))) l += 1;
    if (right) take(right);
    if (right) r += 1;
  }
  return out;
}

export interface Removal {
  readonly schema: Schema | undefined;
  /** What the manager owned until now. */
  readonly last: FieldSet;
  /** What anyone, the manager included, owns from now on. */
  readonly owned: FieldSet;
}

/** A field nobody owns any more goes, unless something below it was never the manager's (a name, a default). */
function isHollow(value: Json, schema: Schema | undefined): boolean {
  return (partsOf(value, schema) ?? []).length === 0;
}

/** `value` without the fields that only the manager's last configuration had. */
export function takeAway(value: Json, { schema, last, owned }: Removal): Json {
  const parts = partsOf(value, schema);
  if (!parts) return value;
  const kept = parts.flatMap((part) => {
    const before = last.children.get(part.step) ?? EMPTY;
    if (isEmpty(before)) return [part];
    const now = owned.children.get(part.step) ?? EMPTY;
    // List items and free map keys live and die by their own membership, declared fields by what is below them.
    const isDeclared = part.step.startsWith('f:') && schema?.properties?.[part.step.slice(2)] !== undefined;
    if (!isDeclared && before.member && !now.member) return [];
    const inner = takeAway(part.value, { schema: part.schema, last: before, owned: now });
    return isEmpty(now) && isHollow(inner, part.schema) ? [] : [{ ...part, value: inner }];
  });
  // A container that loses its last item becomes null on a real server, which the schema may then refuse.
  if (kept.length === 0 && parts.length > 0) return null;
  if (Array.isArray(value)) return kept.map((part) => part.value);
  return Object.fromEntries(kept.map((part) => [part.step.slice(2), part.value]));
}
