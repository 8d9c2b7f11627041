// The words of `npm test` from vitest's JSON report.
import { expect, it } from 'vitest';
import {
  countTests,
  parseReport,
  type Report,
  skippedLines,
  summaryLine,
  table,
  timings,
} from '../../scripts/report.ts';

function reportOf(files: Readonly<Record<string, readonly string[]>>): Report {
  const testResults = Object.entries(files).map(([name, statuses]) => ({
    name: `/repo/${name}`,
    status: statuses.includes('failed') || statuses.length === 0 ? 'failed' : 'passed',
    startTime: 1_000,
    endTime: 2_500,
    assertionResults: statuses.map((status, index) => ({ fullName: `t${index}`, status })),
  }));
  return parseReport(JSON.stringify({ success: true, testResults, other: 1 }));
}

it('counts passed, failed and skipped tests, todo as skipped', () => {
  const report = reportOf({ 'test/a.test.ts': ['passed', 'failed', 'skipped', 'todo', 'pending', 'passed'] });
  expect(summaryLine(countTests(report))).toBe('2 passed, 1 failed, 3 skipped');
});

it('counts a file that could not be loaded as a failure', () => {
  expect(countTests(reportOf({ 'test/a.test.ts': [] }))).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

it('names what was skipped, file by file', () => {
  const report = reportOf({
    'test/a.test.ts': ['passed'],
    'test/e2e/b.test.ts': ['skipped', 'skipped', 'skipped', 'skipped', 'skipped'],
  });
  expect(skippedLines(report, '/repo')).toEqual(['test/e2e/b.test.ts: 5 (t0; t1; t2; and 2 more)']);
});

it('adds up time and tests per folder', () => {
  const report = reportOf({
    'test/config.test.ts': ['passed'],
    'test/core/rules/a.test.ts': ['passed'],
    'test/core/b.test.ts': ['passed', 'passed'],
  });
  expect(timings(report, '/repo')).toEqual([
    { name: 'test', seconds: 1.5, note: '1 tests' },
    { name: 'test/core', seconds: 3, note: '3 tests' },
  ]);
  expect(table(timings(report, '/repo'))).toBe(
    '  test           1.5 s  1 tests\n  test/core      3.0 s  3 tests',
  );
});

it('refuses what is no report', () => {
  expect(() => parseReport('{}')).toThrow();
});
