// `x-kubernetes-validations` with a JavaScript CEL library, which is optional: without it, or for a rule it cannot
// type-check, the rule counts as unsupported, is named once and never refuses anything. Only a real server decides it.
// Values are handed over typed by their schema (integers as int, names escaped as Kubernetes does). Lists of type set
// and map are sorted before comparing, since there order carries no meaning; indexes into them are not meaningful.
import type { Json } from '../json.ts';
import { isMap } from '../json.ts';
import { childOf, childrenOf, type Rule, type Schema } from './types.ts';

export type Verdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'fail'; readonly message: string }
  | { readonly kind: 'unsupported' };

export interface RuleInput {
  readonly self: Json;
  readonly oldSelf: Json | undefined;
  readonly schema: Schema;
}

type CelLibrary = typeof import('@marcbachmann/cel-js');
type Environment = InstanceType<CelLibrary['Environment']>;
type Program = (variables: Record<string, unknown>) => unknown;

/** Loads the CEL library, or undefined where it is not installed. */
export async function loadCel(): Promise<CelLibrary | undefined> {
  return import('@marcbachmann/cel-js').catch(() => undefined);
}

/** Compiles each rule once and evaluates it; collects the rules it had to let pass. */
export class RuleBook {
  readonly #plain: Environment | undefined;
  readonly #optional: Environment | undefined;
  readonly #library: CelLibrary | undefined;
  readonly #converted = new WeakMap<object, unknown>();
  readonly #programs = new Map<string, Program | undefined>();
  readonly #report: (text: string) => void;
  readonly unsupported: string[] = [];

  constructor(library: CelLibrary | undefined, report: (text: string) => void) {
    this.#library = library;
    this.#report = report;
    this.#plain = library && environment(library, 'dyn');
    this.#optional = library && environment(library, 'optional<dyn>');
  }

  /** Compiles every rule of a schema, so that what is not checked is known before the first object comes. */
  learn(schema: Schema): void {
    for (const rule of schema['x-kubernetes-validations'] ?? []) this.#program(rule.rule, rule);
    for (const child of childrenOf(schema)) this.learn(child);
  }

  judge(rule: Rule, input: RuleInput): Verdict {
    const program = this.#program(rule.rule, rule);
    if (!program) return { kind: 'unsupported' };
    const variables = this.#variables(rule, input);
    try {
      if (program(variables) === true) return { kind: 'pass' };
    } catch (error) {
      return {
        kind: 'fail',
        message: `rule evaluation error: ${summary(error)} evaluating rule: ${rule.rule}`,
      };
    }
    return { kind: 'fail', message: this.#message(rule, variables) };
  }

  /** Several rules read the same value; stored values are frozen, and one being admitted does not change meanwhile. */
  #typed(value: Json, schema: Schema): unknown {
    if (typeof value !== 'object' || value === null) return toCel(value, schema);
    const known = this.#converted.get(value);
    if (known !== undefined) return known;
    const made = toCel(value, schema);
    this.#converted.set(value, made);
    return made;
  }

  #variables(rule: Rule, input: RuleInput): Record<string, unknown> {
    const { oldSelf, schema } = input;
    const self = this.#typed(input.self, schema);
    const old = oldSelf === undefined ? undefined : this.#typed(oldSelf, schema);
    if (rule.optionalOldSelf !== true || !this.#library) return { self, oldSelf: old };
    const { Optional } = this.#library;
    return { self, oldSelf: old === undefined ? Optional.none() : Optional.of(old) };
  }

  #message(rule: Rule, variables: Record<string, unknown>): string {
    const fallback = rule.message?.trim() || `failed rule: ${rule.rule}`;
    if (!rule.messageExpression) return fallback;
    const program = this.#program(rule.messageExpression, rule);
    try {
      const text = program?.(variables);
      return typeof text === 'string' && text.trim() !== '' ? text : fallback;
    } catch {
      return fallback;
    }
  }

  #program(expression: string, { optionalOldSelf }: Rule): Program | undefined {
    const key = `${optionalOldSelf === true}${expression}`;
    if (this.#programs.has(key)) return this.#programs.get(key);
    const compiled = compile(optionalOldSelf ? this.#optional : this.#plain, expression);
    const program = typeof compiled === 'string' ? undefined : compiled;
    this.#programs.set(key, program);
    if (typeof compiled === 'string') {
      this.unsupported.push(expression);
      this.#report(`rule not checked here, only by a real API server (${compiled}): ${expression}`);
    }
    return program;
  }
}

function compile(env: Environment | undefined, expression: string): Program | string {
  if (!env) return 'no CEL library installed';
  try {
    const parsed = env.parse(expression);
    const checked = parsed.check();
    if (!checked.valid) return summary(checked.error);
    return (variables) => parsed(variables);
  } catch (error) {
    return summary(error);
  }
}

function environment(library: CelLibrary, oldSelf: string): Environment {
  const env = new library.Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  env.registerVariable('self', 'dyn').registerVariable('oldSelf', oldSelf);
  env.registerFunction(
    'string.find(string): string',
    (text, re) => new RegExp(re, 'u').exec(text)?.[0] ?? '',
  );
  env.registerFunction('string.findAll(string): list<string>', (text, re) => {
    return [...String(text).matchAll(new RegExp(re, 'gu'))].map((match) => match[0]);
  });
  env.registerFunction('string.replace(string, string): string', (text, a, b) =>
    String(text).replaceAll(a, () => b),
  );
  env.registerFunction('string.charAt(int): string', (text, at) => String(text).charAt(Number(at)));
  env.registerFunction('list.isSorted(): bool', (list: readonly (string | number | bigint)[]) => {
    return list.every((item, index) => index === 0 || (list[index - 1] ?? item) <= item);
  });
  env.registerFunction('list.sum(): dyn', (list: readonly bigint[]) => list.reduce((sum, x) => sum + x, 0n));
  env.registerFunction('list.min(): dyn', (list: readonly bigint[]) => ordered(list)[0]);
  env.registerFunction('list.max(): dyn', (list: readonly bigint[]) => ordered(list).at(-1));
  env.registerFunction('isURL(string): bool', (text: string) => URL.canParse(text));
  return env;
}

function ordered(list: readonly bigint[]): readonly bigint[] {
  return list.toSorted((a, b) => (a < b ? -1 : 1));
}

function summary(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'summary' in error) return String(error.summary);
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}

/** A JSON value as CEL sees it: typed by the schema, names escaped, undeclared fields left out. */
export function toCel(value: Json | undefined, schema: Schema | undefined): unknown {
  if (typeof value === 'number') return celNumber(value, schema);
  if (typeof value === 'string') return schema?.format === 'date-time' ? new Date(value) : value;
  if (Array.isArray(value)) return celList(value, schema);
  if (!isMap(value)) return value ?? null;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.map(([key, item]) => {
      const name = schema?.properties?.[key] ? escapeName(key) : key;
      return [name, toCel(item, childOf(schema, key))];
    }),
  );
}

function celNumber(value: number, schema: Schema | undefined): number | bigint {
  if (schema?.type === 'number') return value;
  return Number.isInteger(value) ? BigInt(value) : value;
}

function celList(value: readonly Json[], schema: Schema | undefined): unknown[] {
  const items = value.map((item) => ({ text: JSON.stringify(item), cel: toCel(item, schema?.items) }));
  const type = schema?.['x-kubernetes-list-type'];
  if (type === 'set' || type === 'map') items.sort((a, b) => (a.text < b.text ? -1 : 1));
  return items.map((item) => item.cel);
}

const KEYWORDS = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

function escapeName(name: string): string {
  if (/^[a-zA-Z]+$/.test(name) && !KEYWORDS.has(name)) return name;
  if (KEYWORDS.has(name)) return `__${name}__`;
  const escaped = name.replaceAll('__', '__underscores__').replaceAll('.', '__dot__');
  return escaped.replaceAll('-', '__dash__').replaceAll('/', '__slash__');
}
