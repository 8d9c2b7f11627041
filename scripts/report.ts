// What a run of vitest was, read from its JSON report, in the words that `npm test` prints. No I/O.
import { z } from 'zod';

const report = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      /** Absolute path of the file. */
      name: z.string(),
      status: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});
export type Report = z.output<typeof report>;

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Throws when the text is not a report of vitest. */
export function parseReport(text: string): Report {
  return report.parse(JSON.parse(text));
}

/** A file that failed without a failed test (it could not be loaded, a hook threw) counts as one failure. */
export function countTests({ testResults }: Report): Counts {
  const statuses = testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ status }) => status),
  );
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  return {
    passed: statuses.filter((status) => status === 'passed').length,
    failed: statuses.filter((status) => status === 'failed').length + broken.length,
    skipped: statuses.filter((status) => status !== 'passed' && status !== 'failed').length,
  };
}

/** The last line of `npm test`, the same for people and machines. */
export function summaryLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** One line per file with skipped tests: how many, and which while they are few. */
export function skippedLines({ testResults }: Report, root: string): readonly string[] {
  return testResults.flatMap(({ name, assertionResults }) => {
    const skipped = assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed');
    if (skipped.length === 0) return [];
    const names = skipped.slice(0, 3).map(({ fullName }) => fullName);
    const more = skipped.length > names.length ? `; and ${skipped.length - names.length} more` : '';
    return [`${pathIn(name, root)}: ${skipped.length} (${names.join('; ')}${more})`];
  });
}

export interface Timing {
  readonly name: string;
  readonly seconds: number;
  readonly note: string;
}

/** Seconds of work per folder of test/; folders run side by side, so the sum exceeds the wall time. */
export function timings({ testResults }: Report, root: string): readonly Timing[] {
  const folders = new Map<string, { ms: number; tests: number }>();
  for (const file of testResults) {
    const [first = '', second = ''] = pathIn(file.name, root).split('/');
    const folder = second.endsWith('.ts') ? first : `${first}/${second}`;
    const sum = folders.get(folder) ?? { ms: 0, tests: 0 };
    const ms = Math.max(0, file.endTime - file.startTime);
    folders.set(folder, { ms: sum.ms + ms, tests: sum.tests + file.assertionResults.length });
  }
  return [...folders]
    .map(([name, { ms, tests }]) => ({ name, seconds: ms / 1000, note: `${tests} tests` }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Aligned rows: name, seconds, note. */
export function table(rows: readonly Timing[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length), 0);
  return rows
    .map(({ name, seconds, note }) => `  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(7)} s  ${note}`)
    .join('\n');
}

function pathIn(name: string, root: string): string {
  const path = name.replaceAll('\\', '/');
  const start = `${root.replaceAll('\\', '/')}/`;
  return path.startsWith(start) ? path.slice(start.length) : path;
}
