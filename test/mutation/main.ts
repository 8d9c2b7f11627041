// `npm run mutate`: changes src/core in every small way and asks whether a unit test notices. Prints the score per file and every
// mutant that was not noticed.
//
//   --file GLOB      only these files (may be given more than once), such as 'src/core/rules/*.ts'
//   --json FILE      the result as JSON
//   --report FILE    the result as a page in Markdown
//   --minimum N      exit code 1 below this score in percent (default 85)
//   --again          keep the verdicts of the last run for what has not changed since; quick while writing tests, not a measure,
//                    since it does not see changes to what the tests import
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { REASONS } from './reasons.ts';
import { markdown, scoreTable } from './report.ts';
import { type MutationResult, resultOf, type ToolReport } from './result.ts';
import { CACHE, install, run } from './tool.ts';

interface Flags {
  readonly file: readonly string[];
  readonly json: string | undefined;
  readonly report: string | undefined;
  readonly minimum: number;
  readonly again: boolean;
}

function flagsOf(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      file: { type: 'string', multiple: true, default: ['src/core/**/*.ts'] },
      json: { type: 'string' },
      report: { type: 'string' },
      minimum: { type: 'string', default: '85' },
      again: { type: 'boolean', default: false },
    },
  });
  const minimum = Number(values.minimum);
  if (!(minimum >= 0 && minimum <= 100))
    throw new RangeError(`--minimum is a percentage, not ${values.minimum}`);
  const { file, json, report, again } = values;
  return { file, json, report, minimum, again };
}

const TOOL_REPORT = join(CACHE, 'report.json');

function settingsOf({ file, again }: Flags) {
  return {
    testRunner: 'warm',
    plugins: [join(import.meta.dirname, 'plugin.ts')],
    mutate: file,
    mutator: { excludedMutations: ['StringLiteral'] },
    ignorers: ['exhaustiveness'],
    reporters: ['json', 'survivors'],
    jsonReporter: { fileName: TOOL_REPORT },
    incremental: again,
    incrementalFile: join(CACHE, 'verdicts.json'),
    // The copy that is mutated: what the tests need, without tsconfig.json, which the tool would rewrite with the API of an
    // older TypeScript.
    ignorePatterns: ['*', '!src/**', '!test/**', '!package.json'],
    tempDirName: '.cache/mutation',
    cleanTempDir: 'always',
    coverageAnalysis: 'perTest',
    concurrency: 1,
    // Every load anew stays in the memory of its process.
    maxTestRunnerReuse: 200,
    allowConsoleColors: false,
    warnings: false,
  };
}

async function main(args: readonly string[]): Promise<number> {
  const flags = flagsOf(args);
  install();
  const configFile = join(CACHE, 'stryker.json');
  writeFileSync(configFile, JSON.stringify(settingsOf(flags), undefined, 2));
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const code = await run(configFile, stop.signal);
  if (stop.signal.aborted) return 130;
  if (code !== 0) return code;
  const report = JSON.parse(readFileSync(TOOL_REPORT, 'utf8')) as ToolReport;
  const result = resultOf(report, REASONS, new Date().toISOString().slice(0, 10));
  console.log(`\n${scoreTable(result)}`);
  tellReasons(result);
  if (flags.json !== undefined) save(flags.json, `${JSON.stringify(result, undefined, 2)}\n`);
  if (flags.report !== undefined) save(flags.report, markdown(result));
  return result.total.score >= flags.minimum ? 0 : 1;
}

function tellReasons({ survivors, staleReasons }: MutationResult): void {
  const open = survivors.filter(({ reason }) => reason === undefined).length;
  console.log(
    `\n${survivors.length} survivors, ${open} of them without a reason in test/mutation/reasons.ts`,
  );
  for (const { file, mutant } of staleReasons)
    console.log(`reason for a mutant that no longer survives: ${file}: ${mutant}`);
}

function save(file: string, text: string): void {
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, text);
}

process.exitCode = await main(process.argv.slice(2));
