// `npm run reliability`: the page of promises and faults from test runs.
//
//   --report FILE   a report of `vitest run --reporter=json`; may be given several times, the later one counts
//   --run           runs vitest over exactly the files that the tables name
//   --write         writes docs/reliability-faults.md; without it the page is only judged
//   --list          prints the files that the tables name, and ends
//
// Exit code 1 when a row is Failed or was not run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FAULTS, SECTIONS } from './faults.ts';
import { PROMISES } from './promises.ts';
import { merged, readRun, render, summaryOf, type TestResult } from './report.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGE = join(ROOT, 'docs', 'reliability-faults.md');
const TABLES = { sections: SECTIONS, promises: PROMISES };

function filesOfTables(): readonly string[] {
  const refs = [...FAULTS, ...PROMISES].flatMap(({ tests }) => tests);
  return [...new Set(refs.map(({ file }) => file))].sort();
}

/** Runs the files of the tables; vitest's own output goes through. */
async function runTests(): Promise<readonly TestResult[]> {
  const place = mkdtempSync(join(tmpdir(), 'servicestage-reliability-'));
  const file = join(place, 'report.json');
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  try {
    const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...filesOfTables()], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await once(child, 'close');
    return readRun(readFileSync(file, 'utf8'), ROOT);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      report: { type: 'string', multiple: true, default: [] },
      run: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  if (values.list) {
    console.log(filesOfTables().join('\n'));
    return 0;
  }
  if (!values.run && values.report.length === 0) {
    console.error('give --run, or --report FILE of `vitest run --reporter=json`');
    return 2;
  }
  const runs = values.report.map((file) => readRun(readFileSync(file, 'utf8'), ROOT));
  if (values.run) runs.push(await runTests());
  const results = merged(runs);
  const { counts, open } = summaryOf(TABLES, results);
  if (values.write) writeFileSync(PAGE, render(TABLES, results));
  for (const { id, kind, tests } of open)
    for (const { file, name } of tests) console.log(`${id} ${kind}: ${file} "${name}"`);
  console.log([...counts].map(([kind, count]) => `${count} ${kind}`).join(', '));
  return open.length === 0 ? 0 : 1;
}

process.exitCode = await main();
