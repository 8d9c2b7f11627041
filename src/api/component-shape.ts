// The field tables as plain data, read off the zod schema once: what the conversion, the comparison and the generators
// walk along. A value whose type does not fit its shape is carried as it is; checking is the parser's work.
import { z } from 'zod';
import { component } from './component-body.ts';
import { alternativeOf, hintOf, isObject, isSentAsNumber } from './field-types.ts';
import { bare, tableOf } from './fields.ts';

export type Shape =
  | { readonly kind: 'value' }
  /** A number that may be written as text. */
  | { readonly kind: 'number' }
  /** Texts by name; the names are data. */
  | { readonly kind: 'texts' }
  | { readonly kind: 'object'; readonly table: TableShape }
  /** One object or a list of them. */
  | { readonly kind: 'either'; readonly table: TableShape }
  | {
      readonly kind: 'list';
      readonly item: Shape;
      readonly order: 'atomic' | 'set' | 'map';
      readonly keys: readonly string[];
    };

export interface FieldShape {
  readonly name: string;
  /** Absent for fields of our own, which are not sent under their own name. */
  readonly wire?: string;
  readonly shape: Shape;
}

export interface TableShape {
  /** Number on the API page, 0 for tables of our own. */
  readonly number: number;
  readonly open: boolean;
  /** In the order of the table; this is the order of keys on the wire. */
  readonly fields: readonly FieldShape[];
  readonly byName: ReadonlyMap<string, FieldShape>;
  readonly byWire: ReadonlyMap<string, FieldShape>;
}

export const COMPONENT_SHAPE: TableShape = tableShape(component);

/** The shape of any schema that is written in the notation of fields.ts. Throws a TypeError for an object that is not. */
export function shapeOf(schema: z.ZodType): Shape {
  const inner = bare(schema);
  const alternative = alternativeOf(inner);
  if (alternative) return { kind: 'either', table: tableShape(alternative) };
  if (tableOf(inner)) return { kind: 'object', table: tableShape(inner) };
  if (isSentAsNumber(inner)) return { kind: 'number' };
  const hint = hintOf(inner)?.json ?? {};
  if (inner instanceof z.ZodArray) {
    const order = hint['x-kubernetes-list-type'];
    const keys = hint['x-kubernetes-list-map-keys'];
    return {
      kind: 'list',
      item: shapeOf(inner.element as z.ZodType),
      order: order === 'set' || order === 'map' ? order : 'atomic',
      keys: Array.isArray(keys) ? keys.map(String) : [],
    };
  }
  return isObject(hint.additionalProperties) ? { kind: 'texts' } : { kind: 'value' };
}

export function tableShape(schema: z.ZodType): TableShape {
  const table = tableOf(schema);
  if (!table) throw new TypeError('the schema is not a field table');
  const fields = Object.entries(table.rows).map(([name, row]): FieldShape => {
    const shape = shapeOf(row.schema);
    return row.wire === undefined ? { name, shape } : { name, wire: row.wire, shape };
  });
  return {
    number: table.number,
    open: table.open,
    fields,
    byName: new Map(fields.map((field) => [field.name, field])),
    byWire: new Map(fields.flatMap((field) => (field.wire === undefined ? [] : [[field.wire, field]]))),
  };
}

/** A copy with the documented keys only, and all keys of open objects; what the API server would have stored. */
export function pruned(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'value':
    case 'number':
    case 'texts':
      return value;
    case 'list':
      return Array.isArray(value) ? value.map((item) => pruned(shape.item, item)) : value;
    case 'either':
      return Array.isArray(value)
        ? value.map((item) => prunedObject(shape.table, item))
        : prunedObject(shape.table, value);
    case 'object':
      return prunedObject(shape.table, value);
    default: {
      const never: never = shape;
      return never;
    }
  }
}

function prunedObject(table: TableShape, value: unknown): unknown {
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(
    ([key, entry]) => entry !== undefined && (table.open || table.byName.has(key)),
  );
  return Object.fromEntries(
    kept.map(([key, entry]) => {
      const field = table.byName.get(key);
      return [key, field ? pruned(field.shape, entry) : entry];
    }),
  );
}
