// The language in which the documented request tables are written down, and the check of a body against a table.
//
// A problem is one line: wire path, colon, what is wrong. Values are never quoted, since they may be secret.
import { isObject, type Json, type JsonObject } from './json.ts';

export type Rule =
  | {
      readonly is: 'string';
      readonly min?: number;
      readonly max?: number;
      readonly pattern?: RegExp;
      readonly oneOf?: readonly string[];
      readonly letterCase?: 'any';
    }
  | { readonly is: 'number' | 'boolean' | 'any' | 'integer' }
  | { readonly is: 'list'; readonly of: Rule }
  | { readonly is: 'map'; readonly of: Rule }
  | { readonly is: 'either'; readonly of: readonly Rule[] }
  | { readonly is: 'table'; readonly table: Table };

export interface Field {
  readonly rule: Rule;
  readonly required: boolean;
}

export interface Table {
  readonly fields: Readonly<Record<string, Field>>;
  /** Carries any further key (Map<String, Object> of the documents). */
  readonly open?: true;
  /** The "mandatory when" sentences; called only when every field has its documented type. */
  readonly also?: (value: JsonObject) => readonly string[];
}

export type UnknownKeys = 'keep' | 'refuse';

export const required = (rule: Rule): Field => ({ rule, required: true });
export const optional = (rule: Rule): Field => ({ rule, required: false });

export const text: Rule = { is: 'string' };
export const integer: Rule = { is: 'integer' };
export const number: Rule = { is: 'number' };
export const boolean: Rule = { is: 'boolean' };
export const anything: Rule = { is: 'any' };
export const oneOf = (...values: string[]): Rule => ({ is: 'string', oneOf: values });
export const oneOfAnyCase = (...values: string[]): Rule => ({
  is: 'string',
  oneOf: values,
  letterCase: 'any',
});
export const list = (of: Rule): Rule => ({ is: 'list', of });
export const map = (of: Rule): Rule => ({ is: 'map', of });
export const either = (...of: Rule[]): Rule => ({ is: 'either', of });
export const table = (value: Table): Rule => ({ is: 'table', table: value });

/** All problems of the body, in the order of the table; an empty list means that the service takes it. */
export function problemsOf(body: Json, rules: Table, unknownKeys: UnknownKeys): readonly string[] {
  return checkTable(body, rules, { path: '', unknownKeys });
}

interface Place {
  readonly path: string;
  readonly unknownKeys: UnknownKeys;
}

function below(place: Place, step: string): Place {
  return { ...place, path: place.path === '' ? step : `${place.path}.${step}` };
}

function checkTable(value: Json, rules: Table, place: Place): readonly string[] {
  if (!isObject(value)) return [`${place.path || 'body'}: must be an object`];
  const problems: string[] = [];
  for (const [key, field] of Object.entries(rules.fields)) {
    const inner = value[key];
    const at = below(place, key);
    if (inner !== undefined) problems.push(...check(inner, field.rule, at));
    else if (field.required) problems.push(`${at.path}: is mandatory`);
  }
  if (place.unknownKeys === 'refuse' && rules.open === undefined) {
    const foreign = Object.keys(value).filter((key) => !Object.hasOwn(rules.fields, key));
    problems.push(...foreign.map((key) => `${below(place, key).path}: is not a known parameter`));
  }
  if (problems.length > 0) return problems;
  return (rules.also?.(value) ?? []).map((problem) => below(place, problem).path);
}

function check(value: Json, rule: Rule, place: Place): readonly string[] {
  switch (rule.is) {
    case 'any':
      return value === null ? [`${place.path}: must not be null`] : [];
    case 'string':
      return typeof value === 'string'
        ? textProblems(value, rule, place)
        : [`${place.path}: must be a string`];
    case 'integer':
      return Number.isSafeInteger(value) ? [] : [`${place.path}: must be an integer`];
    case 'number':
    case 'boolean':
      return typeof value === rule.is ? [] : [`${place.path}: must be a ${rule.is}`];
    case 'list':
      return Array.isArray(value)
        ? value.flatMap((item: Json, index) => check(item, rule.of, below(place, String(index))))
        : [`${place.path}: must be an array`];
    case 'map':
      return isObject(value)
        ? Object.entries(value).flatMap(([key, item]) => check(item, rule.of, below(place, key)))
        : [`${place.path}: must be an object`];
    case 'either':
      return rule.of.some((choice) => check(value, choice, place).length === 0)
        ? []
        : [`${place.path}: has none of the permitted forms`];
    case 'table':
      return checkTable(value, rule.table, place);
    default: {
      const never: never = rule;
      return never;
    }
  }
}

function textProblems(value: string, rule: Extract<Rule, { is: 'string' }>, place: Place): readonly string[] {
  const length = [...value].length;
  const fold = (word: string): string => (rule.letterCase === 'any' ? word.toUpperCase() : word);
  if (rule.min !== undefined && length < rule.min)
    return [`${place.path}: is shorter than ${rule.min} characters`];
  if (rule.max !== undefined && length > rule.max)
    return [`${place.path}: is longer than ${rule.max} characters`];
  if (rule.pattern !== undefined && !rule.pattern.test(value))
    return [`${place.path}: does not match ${rule.pattern.source}`];
  if (rule.oneOf !== undefined && !rule.oneOf.some((word) => fold(word) === fold(value)))
    return [`${place.path}: must be one of ${rule.oneOf.join(', ')}`];
  return [];
}
