// The field tables against the tables of the API page.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { component } from '../../src/api/component-body.ts';
import { alternativeOf } from '../../src/api/field-types.ts';
import { bare, type TableMeta, tableOf } from '../../src/api/fields.ts';
import { CONDITIONAL, SEED_TABLES } from './seed-tables.ts';

const tables = collect(component);
const wireRows = (meta: TableMeta) =>
  Object.entries(meta.rows).flatMap(([name, row]) =>
    row.wire === undefined ? [] : [{ name, wire: row.wire, required: row.required, text: row.text }],
  );

describe('the field tables', () => {
  test('have the 217 keys of tables 3 to 41', () => {
    expect([...tables.values()].flatMap(wireRows)).toHaveLength(217);
    expect([...tables.keys()].toSorted((a, b) => a - b)).toEqual(Object.keys(SEED_TABLES).map(Number));
  });

  test.each(Object.entries(SEED_TABLES))('have table %s in the order of the page', (number, text) => {
    const meta = tables.get(Number(number));
    expect(meta && wireRows(meta).map(({ wire }) => wire)).toEqual(text.replaceAll('!', '').split(/\s+/));
  });

  test.each(Object.entries(SEED_TABLES))('require what table %s calls mandatory', (number, text) => {
    const meta = tables.get(Number(number));
    const wanted = text
      .split(/\s+/)
      .filter((key) => key.endsWith('!'))
      .map((key) => key.slice(0, -1))
      .filter((key) => !CONDITIONAL.includes(`${number}.${key}`));
    expect(
      meta &&
        wireRows(meta)
          .filter(({ required }) => required)
          .map(({ wire }) => wire),
    ).toEqual(wanted);
  });

  test('name every field by its wire name in camel case, except the misspelt one', () => {
    const odd = [...tables.values()].flatMap(wireRows).filter(({ name, wire }) => {
      return name !== wire.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    });
    expect(odd.map(({ name, wire }) => [name, wire])).toEqual([['configId', 'conifg_id']]);
  });

  test('say something about every field', () => {
    const silent = [...tables.values()].flatMap(wireRows).filter(({ text }) => !/^[A-Z].{5,}\.$/.test(text));
    expect(silent).toEqual([]);
  });
});

/** By number; a table that is used in several places is one object. */
function collect(schema: z.ZodType, found = new Map<number, TableMeta>()): ReadonlyMap<number, TableMeta> {
  const inner = bare(schema);
  const item = alternativeOf(inner) ?? (inner instanceof z.ZodArray ? (inner.element as z.ZodType) : inner);
  const meta = tableOf(item);
  if (!meta) return found;
  if (meta.number > 0) found.set(meta.number, meta);
  for (const row of Object.values(meta.rows)) collect(row.schema, found);
  return found;
}
