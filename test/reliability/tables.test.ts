// The tables cannot rot: every row is there once, every test that they name exists, the page in the docs has these rows, and a
// verdict comes from a run alone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../docs/pages.ts';
import { FAULTS, SECTIONS } from './faults.ts';
import { PROMISES } from './promises.ts';
import { merged, readRun, render, summaryOf, type TestResult, verdictOf } from './report.ts';
import { degraded, type FaultRow, notYet, RESILIENT, type TestRef } from './table.ts';
import { canBeNamed, textsOf } from './titles.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
const refs = [...FAULTS, ...PROMISES].flatMap(({ tests }) => tests);
const byFile = [...Map.groupBy(refs, ({ file }) => file)].map(([file, named]) => ({ file, named }));

describe('the tables', () => {
  it('have every fault and every promise once, in order', () => {
    const ids = [
      ...numbered('C', 25),
      ...numbered('N', 13),
      ...numbered('K', 18),
      ...numbered('A', 22),
      ...numbered('I', 17),
      ...numbered('L', 12),
    ];
    expect(FAULTS.map(({ id }) => id)).toEqual(ids);
    expect(ids).toHaveLength(107);
    expect(PROMISES.map(({ id }) => id)).toEqual(numbered('P', 8));
  });

  it('have a test for every row that applies, and a reason for every one that does not', () => {
    for (const { id, tests, judged, declared } of FAULTS) {
      const applies = declared.kind !== 'notApplicable';
      expect([id, tests.length > 0, judged.length > 0]).toEqual([id, applies, applies]);
      if (!applies) expect(declared.reason.length).toBeGreaterThan(20);
    }
    for (const { tests } of PROMISES) expect(tests.length).toBeGreaterThan(0);
  });

  it.each(byFile)('name only tests that $file has', ({ file, named }) => {
    const texts = textsOf(file);
    expect(named.filter(({ name }) => !canBeNamed(texts, name)).map(({ name }) => name)).toEqual([]);
  });
});

describe('docs/reliability-faults.md', () => {
  const page = readFileSync(join(ROOT, 'docs', 'reliability-faults.md'), 'utf8');
  const cellsOf = (text: string) => rowsOf(text).filter(([id = '']) => /^[A-Z]\d+$/.test(id));
  const verdictAt = (cells: readonly string[]): number => cells.length - 2;

  it('has the rows of the tables and no others', () => {
    const apart = (text: string) => cellsOf(text).map((cells) => cells.toSpliced(verdictAt(cells), 1));
    expect(apart(page)).toEqual(apart(render({ sections: SECTIONS, promises: PROMISES }, [])));
  });

  it('was written from a run in which every row that applies passed', () => {
    const passed = refs.map((ref) => resultOf(ref, 'passed'));
    expect(cellsOf(page)).toEqual(cellsOf(render({ sections: SECTIONS, promises: PROMISES }, passed)));
  });
});

function resultOf({ file, name }: TestRef, status: TestResult['status']): TestResult {
  return { file, title: name, fullName: name, status };
}

describe('a verdict', () => {
  const one = { file: 'test/a.test.ts', name: 'one' };
  const two = { file: 'test/b.test.ts', name: 'two' };
  const row = (declared: FaultRow['declared']): FaultRow => ({
    id: 'C1',
    fault: 'a fault',
    injected: 'it',
    judged: ['ONCE'],
    declared,
    tests: [one, two],
  });
  const run = (...status: readonly TestResult['status'][]) =>
    [one, two].slice(0, status.length).map((ref, index) => resultOf(ref, status[index] ?? 'skipped'));

  it.each<{ readonly name: string; readonly results: readonly TestResult[]; readonly kind: string }>([
    { name: 'Resilient when all passed', results: run('passed', 'passed'), kind: 'Resilient' },
    { name: 'Failed when one failed', results: run('passed', 'failed'), kind: 'Failed' },
    { name: 'Failed also when another is missing', results: run('failed'), kind: 'Failed' },
    { name: 'not run when one was skipped', results: run('passed', 'skipped'), kind: 'not run' },
    { name: 'not run when one is missing', results: run('passed'), kind: 'not run' },
    { name: 'not run without any result', results: [], kind: 'not run' },
  ])('is $name', ({ results, kind }) => {
    expect(verdictOf(row(RESILIENT), results).kind).toBe(kind);
    const wanted = kind === 'Resilient' ? 'Degraded' : kind;
    expect(verdictOf(row(degraded('an hour')), results).kind).toBe(wanted);
  });

  it('is not run for a row without tests, and NotApplicable-yet only where the table says so', () => {
    expect(verdictOf({ ...row(RESILIENT), tests: [] }, run('passed', 'passed')).kind).toBe('not run');
    expect(verdictOf(notYet('C4', 'a fault', 'there is nothing to create'), []).kind).toBe(
      'NotApplicable-yet',
    );
  });

  it('takes a title before a part of a name, and else all tests with that part', () => {
    const titled = (title: string, status: TestResult['status']): TestResult => ({
      file: one.file,
      title,
      fullName: `a suite ${title}`,
      status,
    });
    const ref = { ...row(RESILIENT), tests: [one] };
    expect(verdictOf(ref, [titled('one', 'passed'), titled('one more', 'failed')]).kind).toBe('Resilient');
    expect(verdictOf(ref, [titled('one thing', 'passed'), titled('one more', 'failed')]).kind).toBe('Failed');
    expect(verdictOf(ref, [{ ...titled('one', 'passed'), file: 'test/c.test.ts' }]).kind).toBe('not run');
    const long = { ...ref, tests: [{ ...one, name: 'a row whose name is longer than a title may be' }] };
    expect(verdictOf(long, [titled('a row whose name is longer than a…', 'passed')]).kind).toBe('Resilient');
    expect(verdictOf(long, [titled('a row whose name is another one…', 'passed')]).kind).toBe('not run');
  });

  it('counts the last of several runs, and no run that skipped the test', () => {
    const both = row(RESILIENT);
    const last = (...runs: readonly (readonly TestResult[])[]) => verdictOf(both, merged(runs)).kind;
    expect(last(run('passed', 'failed'), run('passed', 'passed'))).toBe('Resilient');
    expect(last(run('passed', 'passed'), run('failed'))).toBe('Failed');
    expect(last(run('passed', 'passed'), run('skipped', 'skipped'))).toBe('Resilient');
    expect(last(run('failed', 'passed'), run('skipped', 'skipped'))).toBe('Failed');
  });

  it('comes from the report of a run; a file that could not be loaded is a failure of all its tests', () => {
    const report = JSON.stringify({
      testResults: [
        { name: '/at/test/a.test.ts', status: 'failed', assertionResults: [] },
        {
          name: '/at/test/b.test.ts',
          status: 'passed',
          assertionResults: [{ title: 'two', fullName: 'suite two', status: 'pending' }],
        },
      ],
    });
    const results = readRun(report, '/at');
    expect(verdictOf({ ...row(RESILIENT), tests: [one] }, results).kind).toBe('Failed');
    expect(verdictOf({ ...row(RESILIENT), tests: [two] }, results).kind).toBe('not run');
    const tables = { sections: [{ title: 'a', rows: [row(RESILIENT)] }], promises: [] };
    expect(summaryOf(tables, results).open).toEqual([{ id: 'C1', kind: 'Failed', tests: [one] }]);
    expect(render(tables, results)).toContain('| C1 | a fault | it | ONCE | **Failed**: `a`: “one” |');
  });
});
