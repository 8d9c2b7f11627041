// The page of promises and faults, from the tables and the JSON report of a vitest run. Pure: the same run gives the same page.
// A row is only as good as its tests: one that failed makes it Failed, one that is missing or was skipped makes it "not run".
import { z } from 'zod';
import { type FaultRow, INVARIANTS, type PromiseRow, type Section, type TestRef } from './table.ts';

export interface TestResult {
  /** From the root of the project, with slashes. */
  readonly file: string;
  readonly title: string;
  readonly fullName: string;
  readonly status: 'passed' | 'failed' | 'skipped';
}

export type Verdict =
  | { readonly kind: 'Resilient' | 'NotApplicable-yet' | 'Proven' }
  | { readonly kind: 'Degraded'; readonly lost: string }
  | { readonly kind: 'Failed' | 'not run'; readonly tests: readonly TestRef[] };

const schema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ title: z.string(), fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** Reads `vitest --reporter=json`. A file that could not be loaded is one failed test that every reference to it meets. */
export function readRun(json: string, root: string): readonly TestResult[] {
  const { testResults } = schema.parse(JSON.parse(json));
  return testResults.flatMap(({ name, status, assertionResults }): readonly TestResult[] => {
    const file = name.replaceAll('\\', '/').replace(`${root.replaceAll('\\', '/')}/`, '');
    if (assertionResults.length === 0 && status === 'failed')
      return [{ file, title: ANY, fullName: ANY, status: 'failed' }];
    return assertionResults.map((each) => ({
      file,
      title: each.title,
      fullName: each.fullName,
      status: each.status === 'passed' || each.status === 'failed' ? each.status : 'skipped',
    }));
  });
}

const ANY = '*';
/** Fewer characters than this could be those of another title. */
const SHORTENED = 16;

/** One run out of several: of a test that ran in more than one, the last one counts. */
export function merged(runs: readonly (readonly TestResult[])[]): readonly TestResult[] {
  const results = new Map<string, TestResult>();
  for (const result of runs.flat()) {
    const key = `${result.file} ${result.fullName}`;
    if (result.status !== 'skipped' || !results.has(key)) results.set(key, result);
  }
  return [...results.values()];
}

/** The tests that a reference means. */
export function meant(ref: TestRef, run: readonly TestResult[]): readonly TestResult[] {
  const inFile = run.filter(({ file }) => file === ref.file);
  const exact = inFile.filter(({ title }) => title === ref.name || title === ANY);
  if (exact.length > 0) return exact;
  const containing = inFile.filter(({ fullName }) => fullName.includes(ref.name));
  return containing.length > 0 ? containing : inFile.filter(({ title }) => isShortened(title, ref.name));
}

/** Vitest shortens the values of rows in a title: what stands before the dots must be in the name. */
function isShortened(title: string, name: string): boolean {
  const end = title.indexOf('…');
  const before = title.slice(0, Math.max(0, end));
  return before.length >= SHORTENED && (name.startsWith(before) || name.includes(before.slice(-SHORTENED)));
}

/** What the run says of these tests together. */
function outcomeOf(refs: readonly TestRef[], run: readonly TestResult[]): Verdict {
  const found = refs.map((ref) => ({ ref, results: meant(ref, run) }));
  const failed = found.filter(({ results }) => results.some(({ status }) => status === 'failed'));
  if (failed.length > 0) return { kind: 'Failed', tests: failed.map(({ ref }) => ref) };
  const missing = found.filter(
    ({ results }) => results.length === 0 || results.some(({ status }) => status === 'skipped'),
  );
  if (missing.length > 0 || refs.length === 0)
    return { kind: 'not run', tests: missing.map(({ ref }) => ref) };
  return { kind: 'Proven' };
}

export function verdictOf({ declared, tests }: FaultRow, run: readonly TestResult[]): Verdict {
  if (declared.kind === 'notApplicable') return { kind: 'NotApplicable-yet' };
  const outcome = outcomeOf(tests, run);
  if (outcome.kind !== 'Proven') return outcome;
  return declared.kind === 'degraded' ? { kind: 'Degraded', lost: declared.lost } : { kind: 'Resilient' };
}

export interface Tables {
  readonly sections: readonly Section[];
  readonly promises: readonly PromiseRow[];
}

/** How often each verdict was given, and every row that is Failed or was not run, with its tests. */
export function summaryOf({ sections, promises }: Tables, run: readonly TestResult[]) {
  const verdicts = [
    ...promises.map(({ id, tests }) => ({ id, verdict: outcomeOf(tests, run) })),
    ...sections.flatMap(({ rows }) => rows.map((row) => ({ id: row.id, verdict: verdictOf(row, run) }))),
  ];
  const counts = new Map<string, number>();
  for (const { verdict } of verdicts) counts.set(verdict.kind, (counts.get(verdict.kind) ?? 0) + 1);
  const open = verdicts.flatMap(({ id, verdict }) =>
    verdict.kind === 'Failed' || verdict.kind === 'not run' ? [{ id, ...verdict }] : [],
  );
  return { counts, open };
}

/** The page, ready to be written. */
export function render(tables: Tables, run: readonly TestResult[]): string {
  const { counts } = summaryOf({ ...tables, promises: [] }, run);
  const number = (kind: string): string => `${counts.get(kind) ?? 0} ${kind}`;
  return [
    '# Promises and faults, with their tests',
    '',
    'Generated from a test run by `npm run reliability -- --run --write`; not edited by hand. A verdict is what the tests of',
    'the row came to, each of which injects the fault for real: Resilient, Degraded (what is lost is said), Failed, "not run",',
    'or NotApplicable-yet with the reason.',
    '',
    `**Faults: ${['Resilient', 'Degraded', 'Failed', 'not run', 'NotApplicable-yet'].map(number).join(', ')}.**`,
    '',
    '## Promises',
    '',
    ...table(
      ['', 'Promise', 'Verdict', 'Tests'],
      tables.promises.map((row) => promiseCells(row, run)),
    ),
    '',
    '## What a fault is judged by',
    '',
    "From the service's own journal of accepted calls and the objects at the end, by the tests of the row.",
    '',
    ...table(
      ['', 'Meaning'],
      Object.entries(INVARIANTS).map(([name, meaning]) => [name, meaning]),
    ),
    ...tables.sections.flatMap(({ title, rows }) => [
      '',
      `## ${title}`,
      '',
      ...table(
        ['', 'Fault', 'Injected', 'Judged', 'Verdict', 'Tests'],
        rows.map((row) => faultCells(row, run)),
      ),
    ]),
    '',
  ].join('\n');
}

function promiseCells({ id, promise, tests }: PromiseRow, run: readonly TestResult[]): readonly string[] {
  return [id, promise, words(outcomeOf(tests, run)), namesOf(tests)];
}

function faultCells(row: FaultRow, run: readonly TestResult[]): readonly string[] {
  const { id, fault, injected, judged, declared, tests } = row;
  const why = declared.kind === 'notApplicable' ? `: ${declared.reason}` : '';
  return [id, fault, injected, judged.join(' '), `${words(verdictOf(row, run))}${why}`, namesOf(tests)];
}

function words(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'Resilient':
    case 'Proven':
    case 'NotApplicable-yet':
      return `**${verdict.kind}**`;
    case 'Degraded':
      return `**Degraded**: ${verdict.lost}`;
    case 'Failed':
    case 'not run':
      return `**${verdict.kind}**: ${namesOf(verdict.tests)}`;
    default: {
      const never: never = verdict;
      return never;
    }
  }
}

/** Grouped by file, in the order of the table. */
function namesOf(tests: readonly TestRef[]): string {
  const files = new Map<string, string[]>();
  for (const { file, name } of tests) files.set(file, [...(files.get(file) ?? []), name]);
  const groups = [...files].map(
    ([file, names]) =>
      `\`${file.replace(/^test\//, '').replace(/\.test\.ts$/, '')}\`: ${names.map(quoted).join('; ')}`,
  );
  return groups.join('<br>') || '–';
}

const quoted = (name: string): string => `“${name}”`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}
