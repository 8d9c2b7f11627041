// Where a key of a body stands in the field tables, which rule compares it, and which keys no comparison can see.
import { COMPONENT_SHAPE, type Shape, type TableShape } from '../api/component-shape.ts';
import { FIELD_RULES, type FieldRule, UNDOCUMENTED } from './diff-rules.ts';
import { isEmpty } from './diff-values.ts';
import { clippedPointer, type Fields, isFields, own, pointer } from './paths.ts';
import type { JsonObject } from './types.ts';

/** The same place as JSON pointer into spec.component and into the body. */
export type Place = { readonly at: string; readonly wireAt: string };
export const TOP: Place = { at: '', wireAt: '' };

export const POINTER_BYTES = 100;

export type Field = { readonly shape: Shape; readonly rule: FieldRule; readonly next: Place };

export function fieldAt(table: TableShape, key: string, { at, wireAt }: Place): Field {
  const wire = table.byWire.has(key) ? key : (alias(key) ?? key);
  const field = table.byWire.get(wire);
  const next = { at: pointer(at, field?.name ?? key), wireAt: pointer(wireAt, key) };
  if (field) return { shape: field.shape, rule: FIELD_RULES[`${table.number}.${wire}`] ?? {}, next };
  if (table.open) return { shape: { kind: 'value' }, rule: {}, next };
  return { shape: { kind: 'value' }, rule: UNDOCUMENTED, next: { ...next, at: `/extraBody${next.wireAt}` } };
}

/** Under either spelling of the key. */
export function valueAt(object: Fields, key: string): unknown {
  const other = alias(key);
  return own(object, key) ?? (other === undefined ? undefined : own(object, other));
}

/** Pointers of what cannot be compared: write-only fields and, with `remote`, fields that this GET left out. */
export function writeOnlyFields(body: JsonObject, remote?: JsonObject): readonly string[] {
  return unreadable({ ...TOP, table: COMPONENT_SHAPE }, body, remote);
}

type Spot = Place & { readonly table: TableShape };

function unreadable({ table, ...place }: Spot, body: Fields, remote?: Fields): readonly string[] {
  return Object.keys(body).flatMap((key): readonly string[] => {
    const { shape, rule, next } = fieldAt(table, key, place);
    const value = own(body, key);
    if (isEmpty(value) || rule.compare === 'never') return [];
    const unread = rule.compare === 'ifRead' && remote !== undefined && valueAt(remote, key) === undefined;
    if (rule.compare === 'writeOnly' || unread) return [clippedPointer(next.at, POINTER_BYTES)];
    if (shape.kind === 'object' && isFields(value)) return unreadable({ ...next, table: shape.table }, value);
    if (shape.kind !== 'list' || shape.item.kind !== 'object' || !Array.isArray(value)) return [];
    const { table: item } = shape.item;
    return value.flatMap((entry, index) => {
      const here = { at: pointer(next.at, index), wireAt: pointer(next.wireAt, index), table: item };
      return isFields(entry) ? unreadable(here, entry) : [];
    });
  });
}

/** One spelling is in the tables, the service may use the other. */
function alias(key: string): string | undefined {
  if (key === 'config_id') return 'conifg_id';
  return key === 'conifg_id' ? 'config_id' : undefined;
}
