// The rule table against parseSpec, and the CEL text of each rule against its twin in code.
import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { parseSpec } from '../../src/api/component.ts';
import { spec } from '../../src/api/component-spec.ts';
import { alternativeOf } from '../../src/api/field-types.ts';
import { bare, type Rule, tableOf } from '../../src/api/fields.ts';
import { isFields, mergePatch, own } from '../../src/core/paths.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { RULES } from './rules.ts';
import { SEED_SPEC } from './seed-example.ts';

const applied = (patch: JsonObject) => mergePatch(SEED_SPEC, patch);

test('the table holds at least 60 rules', () => expect(RULES.length).toBeGreaterThanOrEqual(60));

describe('parseSpec', () => {
  test.each(RULES)('accepts what obeys $name', ({ valid }) => {
    expect(parseSpec(applied(valid))).toMatchObject({ kind: 'ok' });
  });

  test.each(RULES.filter(({ onUpdate }) => !onUpdate))('refuses what breaks $name', ({ field, invalid }) => {
    const result = parseSpec(applied(invalid));
    if (result.kind === 'ok') throw new Error('was accepted');
    expect(result.problems.map(({ path }) => path.startsWith(field))).toContain(true);
  });
});

describe('CEL and code', () => {
  const specs = RULES.flatMap(({ valid, invalid }) => [applied(valid), applied(invalid)]);
  const found = specs.flatMap((given) => [...rulesAt(spec, given)]);

  test('every rule of the CRD is met by the table both ways', () => {
    const outcomes = Map.groupBy(found, ({ rule }) => rule);
    const missed = rulesOf(spec).filter((rule) => {
      const results = (outcomes.get(rule) ?? []).map(({ self }) => rule.holds(self as never));
      return !results.includes(true) || !results.includes(false);
    });
    // Wire names that are refused in open objects share one rule; two of each table stand for them.
    expect(missed.map(({ message }) => message).filter((text) => !text.includes('name on the wire'))).toEqual(
      [],
    );
  });

  test('agree on every object of the table', () => {
    const environment = new Environment({ unlistedVariablesAreDyn: true });
    const differ = found.filter(({ rule, self }) => {
      return environment.evaluate(rule.cel, { self: celValue(self) }) !== rule.holds(self as never);
    });
    expect(differ.map(({ rule }) => rule.message)).toEqual([]);
    expect(found.length).toBeGreaterThan(1000);
  });
});

type Met = { readonly rule: Rule<never>; readonly self: unknown };

/** Every rule with every object of `value` that it judges; objects of the wrong type are not judged by the server. */
function* rulesAt(schema: z.ZodType, value: unknown): Generator<Met> {
  const inner = bare(schema);
  const item = alternativeOf(inner) ?? ('element' in inner ? (inner.element as z.ZodType) : undefined);
  if (item && Array.isArray(value)) for (const entry of value) yield* rulesAt(item, entry);
  const table = tableOf(inner);
  if (!table || !isFields(value)) return;
  if (inner.safeParse(value).success || rulesOnly(inner, value)) {
    for (const rule of table.rules) yield { rule, self: value };
  }
  for (const [name, row] of Object.entries(table.rows)) yield* rulesAt(row.schema, own(value, name));
}

/** The object breaks rules only, so that the server evaluates them. */
function rulesOnly(schema: z.ZodType, value: unknown): boolean {
  const result = schema.safeParse(value);
  return !result.success && result.error.issues.every(({ code }) => code === 'custom');
}

function rulesOf(schema: z.ZodType, seen = new Set<z.ZodType>()): readonly Rule<never>[] {
  const inner = bare(schema);
  if (seen.has(inner)) return [];
  seen.add(inner);
  if ('element' in inner) return rulesOf(inner.element as z.ZodType, seen);
  const table = tableOf(inner);
  if (!table) return [];
  return [...table.rules, ...Object.values(table.rows).flatMap((row) => rulesOf(row.schema, seen))];
}

/** CEL integers are BigInt in the library. */
function celValue(value: unknown): unknown {
  if (Number.isInteger(value)) return BigInt(value as number);
  if (Array.isArray(value)) return value.map(celValue);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, celValue(entry)]));
}
