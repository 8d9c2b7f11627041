// `npm test`: the static checks, then every suite that this machine can run, then what was skipped and why, the time of
// each part, vitest's own summary, and last a plain line "N passed, N failed, N skipped".
//
// SERVICESTAGE_TEST_REPORT=FILE keeps vitest's report, of which `npm run reliability -- --report FILE` makes its page.
// `npm test -- FILTERS` hands the filters to vitest and leaves the static checks out. With CI=true nothing may be skipped.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { judgesAvailability, realApiServerAvailability } from '../test/e2e/real-binaries.ts';
import { runParts, STATIC_PARTS, tableOf } from './check.ts';
import { countTests, parseReport, type Report, skippedLines, summaryLine, table, timings } from './report.ts';

const ROOT = join(import.meta.dirname, '..');

interface VitestRun {
  readonly code: number;
  /** Vitest's last lines, from "Test Files" on; held back so that ours come before them. */
  readonly summary: readonly string[];
  /** Absent when vitest did not come to its end. */
  readonly report: Report | undefined;
}

async function main(filters: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const inCi = process.env.CI === 'true';
  const checks = filters.length === 0 ? await runParts(STATIC_PARTS) : [];
  for (const line of missing()) console.log(`${inCi ? 'missing' : 'will be skipped'}: ${line}`);
  const { code, summary, report } = await runVitest(filters);
  if (report === undefined) {
    console.log(
      [...summary, 'vitest did not come to its end; see above', '0 passed, 1 failed, 0 skipped'].join('\n'),
    );
    return 1;
  }
  const counts = countTests(report);
  const filteredByName = filters.some((filter) => /^(-t|--testNamePattern)/.test(filter));
  const forbiddenSkips = inCi && counts.skipped > 0 && !filteredByName;
  const skipped = filteredByName ? [] : skippedLines(report, ROOT);
  if (skipped.length > 0) console.log(`\nSkipped${forbiddenSkips ? ', which CI=true does not allow' : ''}:`);
  for (const line of skipped) console.log(`  ${line}`);
  console.log('\nTime (suites run side by side):');
  console.log(checks.length > 0 ? tableOf(checks) : '  static checks: left out, since filters were given');
  console.log(table(timings(report, ROOT)));
  console.log(`  all together ${((performance.now() - startedMs) / 1000).toFixed(0)} s of wall time\n`);
  console.log([...summary, summaryLine(counts)].join('\n'));
  const checked = checks.every(({ passed }) => passed);
  return checked && code === 0 && !forbiddenSkips ? 0 : 1;
}

/** What this machine lacks for some suites, with the reason, one line each. */
function missing(): readonly string[] {
  const server = realApiServerAvailability();
  const judges = judgesAvailability();
  const kubectl = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
  return [
    ...(server.kind === 'none' ? [`suites on a real API server: ${server.reason}`] : []),
    ...(judges.kind === 'none' ? [`judgement by real kstatus and Lua: ${judges.reason}`] : []),
    ...(kubectl.status === 0 ? [] : ["suites with the machine's own kubectl: kubectl is not on PATH"]),
  ];
}

async function runVitest(filters: readonly string[]): Promise<VitestRun> {
  const place = mkdtempSync(join(tmpdir(), 'servicestage-test-'));
  const file = join(place, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  try {
    const { code, summary } = await follow(['run', ...reporters, ...filters]);
    const keep = process.env.SERVICESTAGE_TEST_REPORT;
    if (keep !== undefined && keep !== '' && existsSync(file)) copyFileSync(file, keep);
    return { code, summary, report: readReport(file) };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function follow(args: readonly string[]): Promise<Pick<VitestRun, 'code' | 'summary'>> {
  const child = spawn('vitest', [...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
  });
  const summary: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const plain = stripVTControlCharacters(line);
    if (summary.length > 0 || /^\s*Test Files\s+\d/.test(plain)) summary.push(line);
    else if (!plain.startsWith('JSON report written to')) console.log(line);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`cannot start vitest: ${error.message}`);
      resolve({ code: 1, summary });
    });
    child.once('close', (code) => resolve({ code: code ?? 1, summary: trimEnd(summary) }));
  });
}

function trimEnd(lines: readonly string[]): readonly string[] {
  const kept = lines.filter((line) => !stripVTControlCharacters(line).startsWith('JSON report written to'));
  return kept.slice(0, kept.findLastIndex((line) => line.trim() !== '') + 1);
}

function readReport(file: string): Report | undefined {
  try {
    return parseReport(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

process.exitCode = await main(process.argv.slice(2));
