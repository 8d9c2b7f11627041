// One run of the crash sweep: a scenario with strikes at chosen calls, restarts after kills, a second operator beside one that
// stands still, then rest; the checker judges what is left.

import type { Operator, Wrap } from '../../src/operator.ts';
import { exampleComponentId, type SettingsPatch } from '../fakes/simulator/index.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import { createWorld, NAME, type World } from '../support/world.ts';
import { type Evidence, judge } from './checker.ts';
import { createInterceptor, type Interceptor, type Strike } from './interceptor.ts';
import type { Diary, SweepScenario } from './steps.ts';

export interface Stage {
  readonly kube: KubeTarget;
  readonly scenario: SweepScenario;
  /** How the service behaves, where nobody knows or where it may behave in several ways. */
  readonly settings?: SettingsPatch;
  /** A broken operator in place of the real one; made anew for every incarnation. */
  readonly broken?: () => Wrap;
  /** Entries of the journal without faults. */
  readonly calmEntries?: number;
}

/** Strikes per incarnation: the first list for the first operator, the next for the one that comes after it. */
export type Strikes = readonly (readonly Strike[])[];

export interface SweepRun {
  readonly scenario: string;
  readonly strikes: Strikes;
  /** The calls of each incarnation, in order. */
  readonly calls: readonly (readonly string[])[];
  /** How many calls of the first incarnation came before the part that is struck in pairs. */
  readonly prepared: number;
  readonly entries: number;
  readonly violations: readonly string[];
}

/** A shorter settle makes fewer looks, and each look is a call to strike at. */
const CONFIG = { unknownOutcomeSettleMs: 20_000 };
/** What has not happened after an hour does not happen any more. */
const PATIENCE = { realMs: 60_000, virtualMs: 3_600_000 };

/** Runs one scenario with strikes. Rejects only when the world itself fails. */
export async function runOnce(stage: Stage, strikes: Strikes): Promise<SweepRun> {
  const { kube, scenario } = stage;
  const settings = { ...stage.settings, ...scenario.settings };
  const world = await createWorld({ kube, patience: PATIENCE, simulator: { settings } });
  const crew = createCrew(world, { stage, strikes });
  try {
    const evidence = await played(world, crew, scenario);
    const { calmEntries } = stage;
    const violations = judge(
      { ...evidence.evidence, ...(calmEntries === undefined ? {} : { calmEntries }) },
      scenario,
    );
    return {
      scenario: scenario.name,
      strikes,
      calls: crew.interceptors.map(({ calls }) => [...calls]),
      prepared: evidence.prepared,
      entries: evidence.evidence.journal.length,
      violations: [
        ...evidence.failures,
        ...violations,
        ...world.violations.map((violation) => `STATUS: ${violation}`),
      ],
    };
  } finally {
    await crew.stop();
    await world.stop();
  }
}

interface Crew {
  readonly interceptors: readonly Interceptor[];
  start(): Promise<void>;
  /** Wakes who stands still and waits until every restart is done. */
  gather(): Promise<void>;
  stop(): Promise<void>;
}

interface Order {
  readonly stage: Stage;
  readonly strikes: Strikes;
}

/** The operators of a run: the one at work and those that were killed or stand still. */
function createCrew(world: World, { stage, strikes }: Order): Crew {
  const interceptors: Interceptor[] = [];
  const restarts: Promise<void>[] = [];
  const sleepers: Operator[] = [];
  const morning = Promise.withResolvers<void>();
  const start = async (): Promise<void> => {
    const interceptor = createInterceptor(strikes[interceptors.length] ?? [], {
      now: () => world.time.now().mono,
      kill: () => restarts.push(restart()),
      pause: (kind) => pause(kind),
    });
    interceptors.push(interceptor);
    await world.start({ ...CONFIG, ...stage.scenario.config }, joined(stage.broken?.() ?? {}, interceptor));
  };
  const restart = async (): Promise<void> => {
    await world.kill();
    await stage.scenario.whileDown?.(world);
    await start();
  };
  const pause = async (kind: 'pause' | 'race'): Promise<void> => {
    if (world.operator !== undefined) sleepers.push(world.operator);
    const { length } = world.cloud.journal.acceptedWrites();
    restarts.push(start());
    const accepted = () => world.cloud.journal.acceptedWrites().length > length;
    await (kind === 'pause'
      ? morning.promise
      : Promise.race([morning.promise, poll(accepted, morning.promise)]));
  };
  return {
    interceptors,
    start,
    gather: async () => {
      morning.resolve();
      for (let done = -1; done !== restarts.length; ) {
        done = restarts.length;
        await Promise.all(restarts);
      }
      for (const sleeper of sleepers) await poll(() => isIdle(sleeper));
    },
    stop: async () => {
      morning.resolve();
      await Promise.all(sleepers.map((sleeper) => sleeper.kill()));
    },
  };
}

const LOOK_MS = 2;

/** Waits until `holds`, or until `end` is over. */
async function poll(holds: () => boolean, end?: Promise<void>): Promise<void> {
  let over = false;
  void end?.then(() => {
    over = true;
  });
  while (!holds() && !over) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

function isIdle(operator: Operator): boolean {
  const { fresh, later, working } = operator.depth();
  return fresh + later + working === 0;
}

/** A broken operator's own changes stand before the strikes: what it sends is what is numbered. */
function joined(broken: Wrap, interceptor: Interceptor): Wrap {
  return {
    ...broken,
    cluster: (cluster) => {
      const struck = interceptor.cluster(cluster);
      return broken.cluster?.(struck) ?? struck;
    },
    cloud: (cloud) => {
      const struck = interceptor.cloud(cloud);
      return broken.cloud?.(struck) ?? struck;
    },
  };
}

interface Played {
  readonly evidence: Evidence;
  readonly prepared: number;
  readonly failures: readonly string[];
}

async function played(world: World, crew: Crew, scenario: SweepScenario): Promise<Played> {
  const startedMono = world.time.now().mono;
  const { diary, moments, owner } = createDiary(world);
  let prepared = 0;
  const failure = await attempt(async () => {
    await scenario.setup?.(world, diary);
    await crew.start();
    await scenario.prepare?.(world, diary);
    prepared = crew.interceptors[0]?.calls.length ?? 0;
    await scenario.run(world, diary);
  });
  const goneBefore = world.cloud.component(exampleComponentId).gone;
  await crew.gather();
  await world.settle(1_000);
  const elapsedMs = world.time.now().mono - startedMono;
  const journal = [...world.cloud.journal.entries];
  const atRest = await rested(world);
  const object = (await world.get(owner())) ?? world.objects.get(owner());
  if (object === undefined) throw new Error(`nothing was seen of ${scenario.name}: ${failure ?? ''}`);
  return {
    prepared,
    failures: failure === undefined ? [] : [`ESR: ${failure}`],
    evidence: {
      journal,
      component: world.cloud.component(exampleComponentId),
      others: world.cloud.components().filter(({ id }) => id !== exampleComponentId),
      object,
      gone: (await world.get(owner())) === undefined,
      goneBefore,
      moments,
      elapsedMs,
      atRest,
    },
  };
}

function createDiary(world: World) {
  const moments: Evidence['moments'][number][] = [];
  let owner = NAME;
  const diary: Diary = {
    note: (what) => moments.push({ what, at: world.cloud.journal.entries.length }),
    owner: (name) => {
      owner = name;
    },
  };
  return { diary, moments, owner: () => owner };
}

async function attempt(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What still happens in the ten minutes after everything has converged. */
async function rested(world: World): Promise<Evidence['atRest']> {
  const writes = () => [...world.statusWrites.values()].reduce((sum, each) => sum + each, 0);
  const before = { calls: world.cloud.journal.entries.length, writes: writes() };
  await world.settle(600_000);
  return {
    calls: world.cloud.journal.entries.length - before.calls,
    writes: writes() - before.writes,
  };
}

export function described(run: SweepRun): string {
  const where = run.strikes
    .flatMap((strikes, incarnation) =>
      strikes.map(
        ({ at, moment, kind }) => `${kind} ${moment} call ${at} (${run.calls[incarnation]?.[at - 1] ?? '?'})`,
      ),
    )
    .join(', then ');
  return `${run.scenario}: ${where || 'no strike'}: ${run.violations.join('; ')}`;
}
