// The types that rows are made of: a zod schema each, plus what OpenAPI says differently about the same thing. Lengths
// are counted in code points, as the API server does. Bounds that are ours and not the page's: lists 100, maps 200,
// texts read by a rule 1,024.
import { z } from 'zod';
import type { Rows } from './fields.ts';
import { type ObjectOf, table } from './fields.ts';

export const INT32_MAX = 2_147_483_647;
const LIST_MAX = 100;
const MAP_MAX = 200;
const RULE_TEXT_MAX = 1024;

/** What the CRD says beside or, with `replace`, instead of the schema that zod derives. */
export interface Hint {
  readonly json: Readonly<Record<string, unknown>>;
  readonly replace?: true;
}
const hints = new WeakMap<z.ZodType, Hint>();
const alternatives = new WeakMap<z.ZodType, z.ZodType>();
const sentAsNumber = new WeakSet<z.ZodType>();

export function hintOf(schema: z.ZodType): Hint | undefined {
  return hints.get(schema);
}

/** For a schema made by `oneOrMany`: the object that both alternatives hold. */
export function alternativeOf(schema: z.ZodType): z.ZodType | undefined {
  return alternatives.get(schema);
}

/** Whether text is turned into a number on its way to the wire. */
export function isSentAsNumber(schema: z.ZodType): boolean {
  return sentAsNumber.has(schema);
}

export function hinted<T extends z.ZodType>(schema: T, json: Hint['json'], replace?: true): T {
  hints.set(schema, replace ? { json, replace } : { json });
  return schema;
}

export function text() {
  return z.string();
}

export function shortText(max = RULE_TEXT_MAX) {
  const schema = z.string().refine((value) => [...value].length <= max, {
    message: `must be at most ${max} characters long`,
  });
  return hinted(schema, { maxLength: max });
}

/** `pattern` must mean the same in RE2 and JavaScript. */
export function patterned(pattern: string, max: number, sort: string) {
  const expression = new RegExp(pattern);
  const schema = z.string().refine((value) => [...value].length <= max && expression.test(value), {
    message: `must be ${sort}: at most ${max} characters that match ${pattern}`,
  });
  return hinted(schema, { maxLength: max, pattern });
}

export function choice<const V extends readonly [string, ...string[]]>(...values: V) {
  return z.enum(values);
}

export function flag() {
  return z.boolean();
}

export function whole(min = 0, max = INT32_MAX) {
  return z.int().min(min).max(max);
}

export function amount() {
  return z.number().min(0);
}

/** A list that is one value: its order is kept, changes replace it as a whole. */
export function list<T extends z.ZodType>(item: T, max = LIST_MAX) {
  return hinted(z.array(item).max(max), { 'x-kubernetes-list-type': 'atomic' });
}

/** A list of texts without repetition, in no order. */
export function textSet() {
  const schema = z
    .array(z.string())
    .max(LIST_MAX)
    .superRefine((items, context) => {
      for (const index of repeats(items))
        context.addIssue({ code: 'custom', message: 'must not repeat an entry', path: [index] });
    });
  return hinted(schema, { 'x-kubernetes-list-type': 'set' });
}

/** A list of objects that are told apart by `keys`, in no order. */
export function listBy<T extends z.ZodType>(keys: readonly [string, ...string[]], item: T, max = LIST_MAX) {
  const schema = z
    .array(item)
    .max(max)
    .superRefine((items, context) => {
      const names = items.map((entry) => JSON.stringify(keys.map((key) => Object(entry)[key])));
      const message = `must not repeat the ${keys.join(' and ')} of an earlier entry`;
      for (const index of repeats(names)) context.addIssue({ code: 'custom', message, path: [index] });
    });
  return hinted(schema, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...keys] });
}

/** Texts by name; the names are data and never renamed, `__proto__` included (z.record would drop it). */
export function textMap() {
  const schema = z.custom<Readonly<Record<string, string>>>().superRefine((value, context) => {
    const fail = (message: string, path: string[] = []) =>
      context.addIssue({ code: 'custom', message, path });
    if (!isObject(value)) return fail('must be an object of texts');
    const entries: [string, unknown][] = Object.entries(value);
    if (entries.length > MAP_MAX) fail(`must have at most ${MAP_MAX} entries`);
    for (const [key, entry] of entries) if (typeof entry !== 'string') fail('must be a text', [key]);
  });
  const json = { type: 'object', additionalProperties: { type: 'string' }, maxProperties: MAP_MAX };
  return hinted(schema, json, true);
}

const INT_OR_STRING = {
  'x-kubernetes-int-or-string': true,
  anyOf: [{ type: 'integer' }, { type: 'string' }],
};

export function countOrPercent() {
  const pattern = '^[0-9]{1,3}%$';
  const message = 'must be a whole number or a percentage such as "25%"';
  const percent = z.string().regex(new RegExp(pattern), message);
  const schema = z.union([whole(), percent], { error: message });
  return hinted(schema, { ...INT_OR_STRING, minimum: 0, maximum: INT32_MAX, maxLength: 4, pattern }, true);
}

export function weight() {
  const pattern = '^(100|[1-9][0-9]?)$';
  const message = 'must be a whole number from 1 to 100';
  const schema = z.union([whole(1, 100), z.string().regex(new RegExp(pattern), message)], { error: message });
  sentAsNumber.add(schema);
  return hinted(schema, { ...INT_OR_STRING, minimum: 1, maximum: 100, maxLength: 3, pattern }, true);
}

/** One object of a table or a list of them, where the documents disagree about the shape. */
export function oneOrMany<const R extends Rows>(number: number, rows: R) {
  const item: ObjectOf<R> = table(number, rows, { open: true });
  const schema = z.union([item, z.array(item).max(LIST_MAX)], {
    error: `must be an object or a list of objects with ${Object.keys(rows).join(', ')}`,
  });
  alternatives.set(schema, item);
  return schema;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function repeats(names: readonly string[]): readonly number[] {
  const seen = new Set<string>();
  return names.flatMap((name, index) => {
    if (seen.has(name)) return [index];
    seen.add(name);
    return [];
  });
}
