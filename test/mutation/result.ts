// From the tool's report (the mutation-testing-report schema) to scores per file and survivors with their reasons. Pure.
import type { Reason } from './reasons.ts';

export interface ToolMutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly statusReason?: string;
  readonly location: { readonly start: Point; readonly end: Point };
}

interface Point {
  readonly line: number;
  readonly column: number;
}

export interface ToolReport {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly ToolMutant[] }>
  >;
}

/** Counts of one file or of all; `score` in percent of what a test could have noticed. */
export interface Score {
  readonly name: string;
  readonly killed: number;
  readonly survived: number;
  readonly notRun: number;
  readonly ignored: number;
  readonly score: number;
}

export interface Survivor {
  readonly file: string;
  readonly line: number;
  readonly mutator: string;
  readonly original: string;
  readonly replacement: string;
  readonly executed: 'yes' | 'no';
  readonly reason: string | undefined;
}

export interface MutationResult {
  readonly date: string;
  readonly total: Score;
  readonly files: readonly Score[];
  readonly survivors: readonly Survivor[];
  /** Rows of the table of reasons that fit no survivor of the files that were mutated. */
  readonly staleReasons: readonly Reason[];
}

const KILLED = new Set(['Killed', 'Timeout']);

/** `date`: as it is to be printed. Mutants that cannot be loaded at all count neither way. */
export function resultOf(report: ToolReport, reasons: readonly Reason[], date: string): MutationResult {
  const files = Object.entries(report.files).toSorted(([a], [b]) => a.localeCompare(b));
  const survivors = files.flatMap(([name, { source, mutants }]) =>
    mutants
      .filter(({ status }) => isSurvivor(status))
      .map((mutant) => survivor({ name, source, mutant, reasons })),
  );
  const mutated = new Set(files.map(([name]) => name));
  return {
    date,
    total: score(
      'all files',
      files.flatMap(([, { mutants }]) => mutants),
    ),
    files: files.map(([name, { mutants }]) => score(name, mutants)),
    survivors,
    staleReasons: reasons.filter(
      (row) => mutated.has(row.file) && !survivors.some((each) => fits(row, each)),
    ),
  };
}

function isSurvivor(status: string): boolean {
  return status === 'Survived' || status === 'NoCoverage';
}

function score(name: string, mutants: readonly ToolMutant[]): Score {
  const count = (is: (status: string) => boolean) => mutants.filter(({ status }) => is(status)).length;
  const killed = count((status) => KILLED.has(status));
  const survived = count((status) => status === 'Survived');
  const notRun = count((status) => status === 'NoCoverage');
  const judged = killed + survived + notRun;
  return {
    name,
    killed,
    survived,
    notRun,
    ignored: count((status) => status === 'Ignored'),
    score: judged === 0 ? 100 : (100 * killed) / judged,
  };
}

interface Found {
  readonly name: string;
  readonly source: string;
  readonly mutant: ToolMutant;
  readonly reasons: readonly Reason[];
}

function survivor({ name, source, mutant, reasons }: Found): Survivor {
  const found = {
    file: name,
    line: mutant.location.start.line,
    mutator: mutant.mutatorName,
    original: oneLine(textAt(source, mutant.location)),
    replacement: oneLine(mutant.replacement ?? ''),
    executed: mutant.status === 'Survived' ? ('yes' as const) : ('no' as const),
  };
  return { ...found, reason: reasons.find((row) => fits(row, found))?.reason };
}

function fits(row: Reason, { file, original, replacement }: Omit<Survivor, 'reason'>): boolean {
  return row.file === file && `${original} -> ${replacement}`.includes(row.mutant);
}

function textAt(source: string, { start, end }: ToolMutant['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, index) =>
      line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined),
    )
    .join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
