// `npm run soak -- --hours H [--seed N] [--json FILE] [--report FILE.md] [--logs DIR]`: the operator under churn, restarts, rotations
// and cloud errors for hours. Exit code 0: no violation and no miss; 1: there were some, or the run failed; 2: a bad flag.
// SIGINT and SIGTERM end it early, with a report.
import { writeFile } from 'node:fs/promises';
import { realKubeMissing } from '../support/real-kube.ts';
import { type Flags, flagsOf } from './flags.ts';
import { reportOf } from './report.ts';
import type { SoakResult } from './result.ts';
import { runSoak } from './run.ts';

async function main(flags: Flags): Promise<number> {
  const missing = realKubeMissing();
  if (missing !== undefined) throw new Error(`no real API server: ${missing}`);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  const progress = (line: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);
  const save = async (result: SoakResult): Promise<void> => {
    if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(result, undefined, 2)}\n`);
  };
  const result = await runSoak({ flags, stop: stopping.signal, progress, save });
  await save(result);
  const report = reportOf(result);
  if (flags.report !== undefined) await writeFile(flags.report, report);
  console.log(report);
  return result.violations.length + result.misses.length === 0 ? 0 : 1;
}

const flags = flagsOf(process.argv.slice(2));
if (typeof flags === 'string') {
  console.error(`soak: ${flags}`);
  process.exit(2);
}
process.exit(
  await main(flags).catch((error: unknown) => {
    console.error('soak:', error);
    return 1;
  }),
);
