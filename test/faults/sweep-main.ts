// `npm run sweep`: the crash sweep with a report. Flags: --json FILE, --scenario NAME, --kind KIND, --point CALL, --pairs CALLS,
// --parallel N. Without --pairs the scenarios that are swept in pairs are swept in all pairs.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startEmbeddedKube } from '../support/embedded-kube.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import { KINDS, type Kind } from './interceptor.ts';
import { type SweepReport, sweep } from './plan.ts';
import { SCENARIOS } from './scenarios.ts';
import type { SweepScenario } from './steps.ts';
import { described } from './sweep.ts';

const USAGE = `usage: npm run sweep -- [--json FILE] [--scenario NAME] [--kind ${KINDS.join('|')}] [--point CALL] [--pairs CALLS] [--parallel N]`;
const IN_PAIRS: readonly string[] = ['first apply', 'update'];
const ALL = 10_000;

interface Flags {
  readonly json: string | undefined;
  readonly scenarios: readonly SweepScenario[];
  readonly kinds: readonly Kind[];
  readonly point: number | undefined;
  readonly pairs: number | undefined;
  readonly parallel: number;
}

function flags(): Flags | string {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      options: { json: text, scenario: text, kind: text, point: text, pairs: text, parallel: text },
    });
    const number = (value: string | undefined) => (value === undefined ? undefined : Number(value));
    const [point, pairs, parallel = 6] = [values.point, values.pairs, values.parallel].map(number);
    const whole = [point ?? 1, pairs ?? 0, parallel].every((n) => Number.isInteger(n) && n >= 0);
    if (!whole) return '--point, --pairs and --parallel take whole numbers';
    const scenarios = SCENARIOS.filter(
      ({ name }) => values.scenario === undefined || name === values.scenario,
    );
    if (scenarios.length === 0)
      return `--scenario is one of: ${SCENARIOS.map(({ name }) => name).join('; ')}`;
    const kinds = KINDS.filter((kind) => values.kind === undefined || kind === values.kind);
    if (kinds.length === 0) return `--kind is one of: ${KINDS.join(', ')}`;
    return { json: values.json, scenarios, kinds, point, pairs, parallel };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function sweepOne(kube: KubeTarget, scenario: SweepScenario, given: Flags): Promise<SweepReport> {
  const startedAt = performance.now();
  const { kinds, parallel, point } = given;
  const inPairs = IN_PAIRS.includes(scenario.name) && kinds.includes('kill');
  const pairs = given.pairs ?? (inPairs && point === undefined ? ALL : 0);
  const stage = { kube, scenario };
  const report = await sweep({ stage, kinds, parallel, pairs, ...(point === undefined ? {} : { point }) });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(
    `${scenario.name.padEnd(40)} ${String(report.calls).padStart(3)} calls ${String(report.points).padStart(5)} crash points ${String(report.runs).padStart(5)} runs ${String(report.violations.length).padStart(3)} violations  ${seconds} s`,
  );
  for (const run of report.violations) console.log(`  ${described(run)}`);
  return report;
}

async function main(given: Flags): Promise<number> {
  const kube = await startEmbeddedKube();
  const reports: SweepReport[] = [];
  for (const scenario of given.scenarios) reports.push(await sweepOne(kube, scenario, given));
  await kube.stop();
  const total = (pick: (report: SweepReport) => number) =>
    reports.reduce((sum, report) => sum + pick(report), 0);
  const violations = total((report) => report.violations.length);
  console.log(
    `${total((report) => report.runs)} runs, ${total((report) => report.points)} crash points, ${violations} violations`,
  );
  if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(reports, null, 2)}\n`);
  return violations === 0 ? 0 : 1;
}

const given = flags();
if (typeof given === 'string') {
  console.error(`${given}\n${USAGE}`);
  process.exitCode = 2;
} else {
  process.exitCode = await main(given);
}
