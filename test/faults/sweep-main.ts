// `npm run sweep`: the crash sweep with a report. Flags: --json FILE, --scenario NAME, --point CALL, --pairs CALLS, --parallel N.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startEmbeddedKube } from '../support/embedded-kube.ts';
import { type SweepReport, sweep } from './plan.ts';
import { SCENARIOS } from './scenarios.ts';
import { described } from './sweep.ts';

const USAGE =
  'usage: npm run sweep -- [--json FILE] [--scenario NAME] [--point CALL] [--pairs CALLS] [--parallel N]';

interface Flags {
  readonly json: string | undefined;
  readonly scenario: string | undefined;
  readonly point: number | undefined;
  readonly pairs: number;
  readonly parallel: number;
}

function flags(): Flags | string {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      options: { json: text, scenario: text, point: text, pairs: text, parallel: text },
    });
    const point = values.point === undefined ? undefined : Number(values.point);
    const given = {
      json: values.json,
      scenario: values.scenario,
      point,
      pairs: Number(values.pairs ?? 0),
      parallel: Number(values.parallel ?? 6),
    };
    const whole = [given.point ?? 1, given.pairs, given.parallel].every((n) => Number.isInteger(n) && n >= 0);
    if (!whole) return '--point, --pairs and --parallel take whole numbers';
    const names = SCENARIOS.map((each) => each.name);
    if (given.scenario !== undefined && !names.includes(given.scenario))
      return `--scenario is one of: ${names.join('; ')}`;
    return given;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(given: Flags): Promise<number> {
  const kube = await startEmbeddedKube();
  const reports: SweepReport[] = [];
  for (const scenario of SCENARIOS.filter(
    (each) => given.scenario === undefined || each.name === given.scenario,
  )) {
    const startedAt = performance.now();
    const { parallel, pairs, point } = given;
    const report = await sweep({
      kube,
      scenario,
      parallel,
      pairs,
      ...(point === undefined ? {} : { point }),
    });
    reports.push(report);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    console.log(
      `${scenario.name.padEnd(24)} ${String(report.calls).padStart(3)} calls ${String(report.runs).padStart(5)} runs ${String(report.violations.length).padStart(3)} violations  ${seconds} s`,
    );
    for (const run of report.violations) console.log(`  ${described(run)}`);
  }
  await kube.stop();
  const total = (pick: (report: SweepReport) => number) =>
    reports.reduce((sum, report) => sum + pick(report), 0);
  console.log(`${total((r) => r.runs)} runs, ${total((r) => r.violations.length)} violations`);
  if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(reports, null, 2)}\n`);
  return total((r) => r.violations.length) === 0 ? 0 : 1;
}

const given = flags();
if (typeof given === 'string') {
  console.error(`${given}\n${USAGE}`);
  process.exitCode = 2;
} else {
  process.exitCode = await main(given);
}
