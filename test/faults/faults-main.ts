// `npm run faults -- [--long] [--json FILE] [--only NAME]`: the tests that need real processes, real streams and real time
// (leader election with fencing, watches through a fault proxy), then the figures that they measured and one line of
// summary. Judges nothing itself: the exit code is that of the tests; a bad flag is one line and exit code 2.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { countTests, parseReport, summaryLine } from '../../scripts/report.ts';
import { realApiServerAvailability } from '../e2e/real-binaries.ts';
import { LENGTHS_VARIABLE } from '../support/lengths.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FILES = ['test/e2e/fencing', 'test/e2e/watch-faults'];
const USAGE = `usage: npm run faults -- [--long] [--json FILE] [--only NAME]

  --long       leases, pauses and outages as a cluster has them (10 to 20 minutes); otherwise short ones
  --json FILE  write the figures and the verdict of each test to FILE
  --only NAME  only the tests whose name contains NAME
  --help, -h   print this text`;

interface Flags {
  readonly long: boolean;
  readonly json: string | undefined;
  readonly only: string | undefined;
}

type Choice =
  | { readonly kind: 'run'; readonly flags: Flags }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly message: string };

function choiceOf(args: readonly string[]): Choice {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        long: { type: 'boolean' },
        json: { type: 'string' },
        only: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { kind: 'help' };
    for (const name of ['json', 'only'] as const)
      if (values[name] === '') return { kind: 'invalid', message: `--${name} needs a value` };
    const { long = false, json, only } = values;
    return { kind: 'run', flags: { long, json, only } };
  } catch (error) {
    const [message = 'bad flags'] = (error instanceof Error ? error.message : '').split(/[.\n]/, 1);
    return { kind: 'invalid', message };
  }
}

const figuresReport = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          duration: z.number().nullish(),
          meta: z.object({ figures: z.record(z.string(), z.number()).optional() }).optional(),
        }),
      ),
    }),
  ),
});

interface Verdict {
  readonly test: string;
  readonly status: string;
  readonly ms: number;
  readonly figures: Readonly<Record<string, number>>;
}

function verdictsOf(text: string): readonly Verdict[] {
  return figuresReport
    .parse(JSON.parse(text))
    .testResults.flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .map(({ fullName, status, duration, meta }) => ({
      test: fullName.trim(),
      status,
      ms: Math.round(duration ?? 0),
      figures: meta?.figures ?? {},
    }));
}

async function main(flags: Flags): Promise<number> {
  const server = realApiServerAvailability();
  if (server.kind === 'none') console.log(`will be skipped: suites on a real API server: ${server.reason}`);
  console.log(`lengths: ${flags.long ? 'full, as a cluster has them' : 'short; --long for the full ones'}`);
  const place = mkdtempSync(join(tmpdir(), 'servicestage-faults-'));
  const file = join(place, 'report.json');
  try {
    const code = await vitest(flags, file);
    return report(flags, { code, text: readFileSync(file, 'utf8') });
  } catch (error) {
    console.error(`the tests did not come to their end: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function vitest({ long, only }: Flags, file: string): Promise<number> {
  const name = only?.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const args = [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...(name === undefined ? [] : [`--testNamePattern=${name}`]),
    ...FILES,
  ];
  const child = spawn('vitest', args, {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, [LENGTHS_VARIABLE]: long ? 'full' : 'short' },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function report(flags: Flags, { code, text }: { readonly code: number; readonly text: string }): number {
  const verdicts = verdictsOf(text);
  const counts = countTests(parseReport(text));
  console.log('\nFigures:');
  for (const { test, figures } of verdicts) {
    const rows = Object.entries(figures);
    if (rows.length > 0) console.log(`  ${test}`);
    for (const [name, value] of rows) console.log(`    ${name.padEnd(32)} ${value}`);
  }
  if (flags.json !== undefined) {
    const lengths = flags.long ? 'full' : 'short';
    writeFileSync(flags.json, `${JSON.stringify({ lengths, counts, tests: verdicts }, null, 2)}\n`);
  }
  if (flags.only !== undefined && verdicts.length === 0) {
    console.error(`faults: --only: no test that can run here has "${flags.only}" in its name`);
    return 2;
  }
  // What --only leaves out is not skipped.
  console.log(summaryLine(flags.only === undefined ? counts : { ...counts, skipped: 0 }));
  return code;
}

const choice = choiceOf(process.argv.slice(2));
switch (choice.kind) {
  case 'help':
    console.log(USAGE);
    break;
  case 'invalid':
    console.error(`faults: ${choice.message}; see npm run faults -- --help`);
    process.exitCode = 2;
    break;
  case 'run':
    process.exitCode = await main(choice.flags);
    break;
  default: {
    const never: never = choice;
    throw new Error(`no such choice: ${JSON.stringify(never)}`);
  }
}
