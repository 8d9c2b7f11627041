// The figures of a mutation run: what counts, what does not, and which reason belongs to which survivor.
import { describe, expect, it } from 'vitest';
import type { Reason } from './reasons.ts';
import { markdown, scoreTable } from './report.ts';
import { resultOf, type ToolMutant, type ToolReport } from './result.ts';

const SOURCE = 'const a = 1;\nif (a > 0 &&\n    a < 2) go();\n';
const at = (start: [number, number], end: [number, number]) => ({
  start: { line: start[0], column: start[1] },
  end: { line: end[0], column: end[1] },
});

function mutant(status: string, changes: Partial<ToolMutant> = {}): ToolMutant {
  return {
    status,
    mutatorName: 'EqualityOperator',
    replacement: 'a >= 0',
    location: at([2, 5], [2, 10]),
    ...changes,
  };
}

function reportOf(...mutants: ToolMutant[]): ToolReport {
  return { files: { 'src/core/a.ts': { source: SOURCE, mutants } } };
}

const reason: Reason = { file: 'src/core/a.ts', mutant: 'a > 0 -> a >= 0', reason: 'a is never 0' };

describe('the score', () => {
  it('is the share of what a test noticed in what a test could notice', () => {
    const result = resultOf(
      reportOf(
        mutant('Killed'),
        mutant('Timeout'),
        mutant('Survived'),
        mutant('NoCoverage'),
        mutant('Ignored'),
        mutant('RuntimeError'),
      ),
      [],
      '2026-01-01',
    );
    expect(result.total).toEqual({
      name: 'all files',
      killed: 2,
      survived: 1,
      notRun: 1,
      ignored: 1,
      score: 50,
    });
    expect(result.files).toHaveLength(1);
  });

  it('is full where there is nothing to notice', () => {
    expect(resultOf(reportOf(), [], '2026-01-01').total.score).toBe(100);
  });
});

describe('a survivor', () => {
  it('is told by its place and its change, with its reason', () => {
    const { survivors, staleReasons } = resultOf(reportOf(mutant('Survived')), [reason], '2026-01-01');
    expect(survivors).toEqual([
      {
        file: 'src/core/a.ts',
        line: 2,
        mutator: 'EqualityOperator',
        original: 'a > 0',
        replacement: 'a >= 0',
        executed: 'yes',
        reason: 'a is never 0',
      },
    ]);
    expect(staleReasons).toEqual([]);
  });

  it('over several lines is told on one', () => {
    const wide = mutant('NoCoverage', { location: at([2, 5], [3, 10]), replacement: 'false' });
    const [survivor] = resultOf(reportOf(wide), [reason], '2026-01-01').survivors;
    expect(survivor).toMatchObject({ original: 'a > 0 && a < 2', executed: 'no', reason: undefined });
  });

  it('that is noticed now makes its reason stale, but not the reasons of files that were not mutated', () => {
    const elsewhere = { ...reason, file: 'src/core/b.ts' };
    const { staleReasons } = resultOf(reportOf(mutant('Killed')), [reason, elsewhere], '2026-01-01');
    expect(staleReasons).toEqual([reason]);
  });
});

describe('the report', () => {
  const result = resultOf(
    reportOf(mutant('Killed'), mutant('Survived', { replacement: 'a || b' })),
    [],
    '2026-01-01',
  );

  it('has one line a file and one for all', () => {
    expect(scoreTable(result).split('\n')).toEqual([
      'file            score  killed  survived  not run  ignored',
      'src/core/a.ts  50.0 %       1         1        0        0',
      'all files      50.0 %       1         1        0        0',
    ]);
  });

  it('names the date, the score and every survivor in cells that a table can hold', () => {
    const page = markdown(result);
    expect(page).toContain('on 2026-01-01');
    expect(page).toContain('**Score: 50.0 %** of 2 mutants');
    expect(page).toContain('| 2 | EqualityOperator: `a > 0` → `a \\|\\| b` | not looked at yet |');
  });
});
