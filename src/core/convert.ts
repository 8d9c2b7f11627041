// Renames between a component spec (camelCase) and the request body (wire names), both ways, along the field tables and
// nothing else: nothing is defaulted, `""`, `0`, `false` and `[]` are carried, a missing key stays missing, keys of maps
// and unknown keys of open objects are data. The only change of type is a weight written as text. Keys come out in table
// order; keys of maps and unknown keys follow sorted.
import { COMPONENT_SHAPE, type FieldShape, type Shape, type TableShape } from '../api/component-shape.ts';
import { type Fields, isFields, own, pointer } from './paths.ts';
import type { Json, JsonObject } from './types.ts';

export type ConfigIdWireName = 'conifg_id' | 'config_id';
const DOCUMENTED_CONFIG_ID: ConfigIdWireName = 'conifg_id';
const REF_SUFFIX = 'SecretRef';

/** A reference to a Secret in the spec, and the field that its value fills. */
export interface Filling {
  /** JSON pointer of the reference into spec.component. */
  readonly path: string;
  readonly wirePath: string;
  readonly name: string;
  readonly ref: Fields;
  readonly shape: Shape;
}

export interface ConvertOptions {
  readonly configIdWireName?: ConfigIdWireName;
  /** Value for a referenced Secret; without it such fields are not sent. */
  readonly fill?: (filling: Filling) => Json | undefined;
  /** Order of lists that have none, for comparisons. */
  readonly sortLists?: true;
}

type Place = { readonly path: string; readonly wirePath: string };
type Walk = ConvertOptions & Place;

/** `spec.component` as request body. `extraBody` and Secret references are left out. */
export function toWire(component: Fields, options: ConvertOptions = {}): JsonObject {
  return objectToWire(COMPONENT_SHAPE, component, { ...options, path: '', wirePath: '' }) as JsonObject;
}

/** A request or GET body as `spec.component`; undocumented keys outside of open objects are left out. */
export function fromWire(body: Fields, options: ConvertOptions = {}): JsonObject {
  return objectFromWire(COMPONENT_SHAPE, body, options) as JsonObject;
}

/** Wire name under the chosen spelling; every other name is fixed. */
export function wireName(wire: string, options: ConvertOptions): string {
  return wire === DOCUMENTED_CONFIG_ID ? (options.configIdWireName ?? DOCUMENTED_CONFIG_ID) : wire;
}

function valueToWire(shape: Shape, value: unknown, walk: Walk): Json {
  switch (shape.kind) {
    case 'value':
      return value as Json;
    case 'number':
      return numberOf(value);
    case 'texts':
      return sortedKeys(value);
    case 'object':
      return objectToWire(shape.table, value, walk);
    case 'either':
      return Array.isArray(value)
        ? value.map((item, index) => objectToWire(shape.table, item, below(walk, index, index)))
        : objectToWire(shape.table, value, walk);
    case 'list':
      return listToWire(shape, value, walk);
    default: {
      const never: never = shape;
      return never;
    }
  }
}

function listToWire(shape: Shape & { kind: 'list' }, value: unknown, walk: Walk): Json {
  if (!Array.isArray(value)) return value as Json;
  const identity = (item: unknown) =>
    JSON.stringify(shape.order === 'set' ? item : shape.keys.map((key) => own(Object(item), key)));
  const items = walk.sortLists && shape.order !== 'atomic' ? value.toSorted(by(identity)) : value;
  return items.map((item, index) => valueToWire(shape.item, item, below(walk, index, index)));
}

function objectToWire(table: TableShape, value: unknown, walk: Walk): Json {
  if (!isFields(value)) return value as Json;
  const documented = table.fields.flatMap((field): [string, Json][] => {
    if (field.wire === undefined) return [];
    const wire = wireName(field.wire, walk);
    const given = own(value, field.name);
    const there = below(walk, field.name, wire);
    const sent =
      given === undefined
        ? filled(field, referenceOf(table, field, value), there)
        : valueToWire(field.shape, given, there);
    return sent === undefined ? [] : [[wire, sent]];
  });
  return Object.fromEntries([...documented, ...unknownEntries(table, value, table.byName)]);
}

function referenceOf(table: TableShape, field: FieldShape, value: Fields): unknown {
  const name = `${field.name}${REF_SUFFIX}`;
  return table.byName.has(name) ? own(value, name) : undefined;
}

function filled(field: FieldShape, ref: unknown, walk: Walk): Json | undefined {
  if (!isFields(ref)) return undefined;
  const path = `${walk.path}${REF_SUFFIX}`;
  return walk.fill?.({ path, wirePath: walk.wirePath, name: field.name, ref, shape: field.shape });
}

function valueFromWire(shape: Shape, value: unknown, options: ConvertOptions): Json {
  switch (shape.kind) {
    case 'value':
    case 'number':
      return value as Json;
    case 'texts':
      return sortedKeys(value);
    case 'object':
      return objectFromWire(shape.table, value, options);
    case 'either':
      return Array.isArray(value)
        ? value.map((item) => objectFromWire(shape.table, item, options))
        : objectFromWire(shape.table, value, options);
    case 'list':
      return Array.isArray(value)
        ? value.map((item) => valueFromWire(shape.item, item, options))
        : (value as Json);
    default: {
      const never: never = shape;
      return never;
    }
  }
}

function objectFromWire(table: TableShape, value: unknown, options: ConvertOptions): Json {
  if (!isFields(value)) return value as Json;
  const documented = table.fields.flatMap(({ name, wire, shape }): [string, Json][] => {
    if (wire === undefined) return [];
    const given = own(value, wireName(wire, options)) ?? own(value, wire);
    return given === undefined ? [] : [[name, valueFromWire(shape, given, options)]];
  });
  return Object.fromEntries([...documented, ...unknownEntries(table, value, table.byWire)]);
}

function unknownEntries(
  table: TableShape,
  value: Fields,
  known: ReadonlyMap<string, unknown>,
): [string, Json][] {
  if (!table.open) return [];
  return Object.entries(value as JsonObject)
    .filter(([key, entry]) => !known.has(key) && entry !== undefined)
    .map(([key, entry]): [string, Json] => [key, sortedKeys(entry)])
    .toSorted(by(([key]) => key));
}

/** Equal data is equal text, whatever order its keys came in. */
function sortedKeys(value: unknown): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isFields(value)) return value as Json;
  const entries = Object.entries(value).map(([key, entry]): [string, Json] => [key, sortedKeys(entry)]);
  return Object.fromEntries(entries.toSorted(by(([key]) => key)));
}

function numberOf(value: unknown): Json {
  if (typeof value !== 'string') return value as Json;
  const number = Number(value);
  return value.trim() === '' || Number.isNaN(number) ? value : number;
}

function below(walk: Walk, name: string | number, wire: string | number): Walk {
  return { ...walk, path: pointer(walk.path, name), wirePath: pointer(walk.wirePath, wire) };
}

/** Order by code units, the same on every machine. */
function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [one, other] = [key(a), key(b)];
    return one < other ? -1 : Number(one > other);
  };
}
