// The whole sweep as a plan of runs, worked off a few at a time: most of a run is waiting.
import type { KubeTarget } from '../support/kube-target.ts';
import type { Strike } from './interceptor.ts';
import type { SweepScenario } from './scenarios.ts';
import { runOnce, type SweepRun, strikesOf } from './sweep.ts';

export interface SweepReport {
  readonly scenario: string;
  /** Calls of the run without strikes. */
  readonly calls: number;
  readonly runs: number;
  readonly violations: readonly SweepRun[];
}

export interface SweepOptions {
  readonly kube: KubeTarget;
  readonly scenario: SweepScenario;
  /** Runs at the same time. */
  readonly parallel: number;
  /** Only this call. */
  readonly point?: number;
  /** Also a second kill while the next incarnation recovers, at every one of its first `pairs` calls. */
  readonly pairs?: number;
}

/** Sweeps one scenario: kills at every call and moment, and lost calls and answers. */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const { kube, scenario, point } = options;
  const base = await runOnce(kube, scenario, []);
  const plan = planOf(base.calls, options.pairs ?? 0).filter(
    ([first]) => point === undefined || first?.[0]?.at === point,
  );
  const runs = await inParallel(plan, options.parallel, (strikes) => runOnce(kube, scenario, strikes));
  return {
    scenario: scenario.name,
    calls: base.calls.length,
    runs: runs.length + 1,
    violations: [base, ...runs].filter((run) => run.violations.length > 0),
  };
}

type Strikes = readonly (readonly Strike[])[];

function planOf(calls: readonly string[], pairs: number): readonly Strikes[] {
  const kills = strikesOf(calls, 'kill');
  const drops = strikesOf(calls, 'drop', ['before', 'acted']);
  const seconds = strikesOf(
    Array.from({ length: pairs }, () => ''),
    'kill',
  );
  return [
    ...[...kills, ...drops].map((strike) => [[strike]]),
    ...kills.flatMap((strike) => seconds.map((second) => [[strike], [second]])),
  ];
}

async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
