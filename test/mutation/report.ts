// The result of a mutation run for people: a table on the terminal, a page in Markdown.
import type { MutationResult, Score, Survivor } from './result.ts';

const NOT_MUTATED = [
  'String literals: most are words of unions that the compiler checks, or texts to people, whose wording is no promise.',
  'The `default` branch of a switch that ends in a never-check: the compiler proves that it is unreachable.',
];

const NO_REASON = 'not looked at yet';

/** The table of scores, one line a file. */
export function scoreTable({ files, total }: MutationResult): string {
  const rows = [...files, total].map(cells);
  const head = ['file', 'score', 'killed', 'survived', 'not run', 'ignored'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))),
    )
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}

function cells({ name, score, killed, survived, notRun, ignored }: Score): string[] {
  return [name, `${score.toFixed(1)} %`, ...[killed, survived, notRun, ignored].map(String)];
}

/** The page: how it was measured, the scores, and every survivor with its reason. */
export function markdown(result: MutationResult): string {
  const { date, total, files, survivors } = result;
  return [
    '# Mutation testing of the judgement',
    '',
    `Written by \`npm run mutate -- --report docs/reports/mutation.md\` on ${date}; do not edit. Reasons come from \`test/mutation/reasons.ts\`.`,
    '',
    `**Score: ${total.score.toFixed(1)} %** of ${total.killed + total.survived + total.notRun} mutants of \`src/core\` are noticed by a unit test of \`test/core\` (the exploration, which takes minutes per mutant, does not count).`,
    '',
    'Not mutated:',
    '',
    ...NOT_MUTATED.map((line) => `- ${line}`),
    '',
    '| File | Score | Killed | Survived | Not run |',
    '|---|---:|---:|---:|---:|',
    ...[...files, total].map((each) => `| ${cells(each).slice(0, 5).join(' | ')} |`),
    '',
    '## Survivors',
    '',
    ...bySource(survivors),
    '',
  ].join('\n');
}

function bySource(survivors: readonly Survivor[]): string[] {
  const files = [...new Set(survivors.map(({ file }) => file))];
  return files.flatMap((file) => [
    `### ${file}`,
    '',
    '| Line | Mutant | Reason |',
    '|---:|---|---|',
    ...survivors.filter((each) => each.file === file).map(line),
    '',
  ]);
}

function line({ line, mutator, original, replacement, executed, reason }: Survivor): string {
  const change = `${code(original)} → ${code(replacement)}`;
  const how = executed === 'yes' ? '' : ' (no test runs it)';
  return `| ${line} | ${mutator}: ${change}${how} | ${reason ?? NO_REASON} |`;
}

function code(text: string): string {
  const cut = text.length > 90 ? `${text.slice(0, 89)}…` : text;
  return text === '' ? 'nothing' : `\`${cut.replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}
