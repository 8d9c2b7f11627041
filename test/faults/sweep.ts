// The crash sweep: run a scenario once and number every call that the operator makes, then run it again for every call and
// moment with a strike there, restart, let it converge and let the checker judge.

import type { KubeTarget } from '../support/kube-target.ts';
import { createWorld, type World } from '../support/world.ts';
import { judge } from './checker.ts';
import { createInterceptor, MOMENTS, type Moment, type Strike } from './interceptor.ts';
import type { SweepScenario } from './scenarios.ts';

export interface SweepRun {
  readonly scenario: string;
  readonly strikes: readonly Strike[];
  /** The calls of the first incarnation, in order. */
  readonly calls: readonly string[];
  readonly violations: readonly string[];
}

/** Runs one scenario with strikes in its first incarnation (and, given a second list, in the one that recovers). */
export async function runOnce(
  kube: KubeTarget,
  scenario: SweepScenario,
  strikes: readonly (readonly Strike[])[],
): Promise<SweepRun> {
  const world = await createWorld({ kube });
  const incarnations: ReturnType<typeof createInterceptor>[] = [];
  const restarts: Promise<void>[] = [];
  const start = async (): Promise<void> => {
    const interceptor = createInterceptor(strikes[incarnations.length] ?? [], () => restarts.push(restart()));
    incarnations.push(interceptor);
    await world.start({}, interceptor);
  };
  const restart = async (): Promise<void> => {
    await world.kill();
    await start();
  };
  try {
    await start();
    const failure = await attempt(() => scenario.run(world));
    await Promise.all(restarts);
    const rest = failure === undefined ? await atRest(world, scenario) : [`ESR: ${failure}`];
    const violations = [...(await judge(world, scenario)), ...rest];
    return {
      scenario: scenario.name,
      strikes: strikes.flat(),
      calls: incarnations[0]?.calls ?? [],
      violations,
    };
  } finally {
    await world.stop();
  }
}

async function attempt(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Once it has converged nothing more happens: no call and no write for ten minutes. */
async function atRest(world: World, scenario: SweepScenario): Promise<string[]> {
  await world.settle(1_000);
  const calls = world.cloud.journal.entries.length;
  const writes = [...world.statusWrites.values()].join();
  await world.settle(600_000);
  const more = world.cloud.journal.entries.length - calls;
  const wrote = [...world.statusWrites.values()].join() !== writes;
  return [
    ...(more > 0 ? [`CALM: ${more} more calls at rest after ${scenario.name}`] : []),
    ...(wrote ? ['CALM: status writes at rest'] : []),
  ];
}

/** Every strike of a kind for a scenario whose calls are known. */
export function strikesOf(
  calls: readonly string[],
  kind: Strike['kind'],
  moments: readonly Moment[] = MOMENTS,
): Strike[] {
  return calls.flatMap((_call, index) => moments.map((moment) => ({ at: index + 1, moment, kind })));
}

export function described(run: SweepRun): string {
  const where = run.strikes
    .map(({ at, moment, kind }) => `${kind} ${moment} call ${at} (${run.calls[at - 1] ?? '?'})`)
    .join(', then ');
  return `${run.scenario}: ${where || 'no strike'}: ${run.violations.join('; ')}`;
}
