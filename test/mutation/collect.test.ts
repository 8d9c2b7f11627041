// Test files are judged outside of vitest: what they declare has to run as it does there.
import { expect, it } from 'vitest';
import * as collect from './collect.ts';

it('collects tests by their place, runs rows as arguments and an expected failure as a success', async () => {
  const ran: unknown[] = [];
  collect.describe('outer', () => {
    collect.it('plain', { timeout: 1 }, () => ran.push('plain'));
    collect.describe.each([['x', 1]])('group of %s', (name: string, count: number) => {
      collect.test.each([{ a: 1 }, [2, 3]])('row', (...row: unknown[]) => ran.push([name, count, ...row]));
    });
    collect.it.fails('broken', () => {
      throw new Error('as expected');
    });
  });
  collect.it.fails('mended', () => undefined);
  const tests = collect.takeCollected();
  expect(tests.map(({ name }) => name)).toEqual([
    'outer > plain',
    'outer > group of %s [0] > row [0]',
    'outer > group of %s [0] > row [1]',
    'outer > broken',
    'mended',
  ]);
  for (const { run } of tests.slice(0, 4)) await run();
  expect(ran).toEqual(['plain', ['x', 1, { a: 1 }], ['x', 1, 2, 3]]);
  await expect(tests[4]?.run()).rejects.toThrow('expected to fail');
  expect(collect.takeCollected()).toEqual([]);
});
