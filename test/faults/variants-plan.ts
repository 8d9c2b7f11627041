// Which scenario and which strikes bring out what is broken in each variant. The real operator passes all of them.
import type { Wrap } from '../../src/operator.ts';
import { exampleComponentId, type SettingsPatch } from '../fakes/simulator/index.ts';
import { specOf, type World } from '../support/world.ts';
import { SLOW_TO_SHOW } from './answers.ts';
import type { Kind, Strike } from './interceptor.ts';
import type { SweepOptions } from './plan.ts';
import { SCENARIOS } from './scenarios.ts';
import { apply, force, released, type SweepScenario } from './steps.ts';
import * as broken from './variants.ts';

export interface Variant {
  readonly name: string;
  readonly broken: () => Wrap;
  readonly scenario: SweepScenario;
  readonly settings?: SettingsPatch;
  readonly kinds: readonly Kind[];
  readonly only?: SweepOptions['only'];
  /** What the sweep is to say of it, among others. */
  readonly caught: RegExp;
}

function scenario(name: string): SweepScenario {
  const found = SCENARIOS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

/** The call that the scenario is about, not those that prepare it. */
const atModify = ({ at }: Strike, call: string, prepared: number): boolean =>
  call === 'modify' && at > prepared;
const atStatus = (_strike: Strike, call: string): boolean => call === 'patchStatus';

function consoleJob(world: World, kind: 'modify' | 'restart'): void {
  world.cloud.console.startJob({ componentId: exampleComponentId, kind });
}

const forced: SweepScenario = { ...scenario('force token'), run: (world) => force(world, 'now') };

/** The last job before the forced call is somebody else's, with the version that is forced. */
const forcedAfterConsole: SweepScenario = {
  ...forced,
  name: 'force token after a console roll-out of the same version',
  prepare: async (world) => {
    await apply(world, { version: '1.0.1' });
    consoleJob(world, 'modify');
    await world.settle(10_000);
  },
};

/** The baseline has no record, and a job without a record comes while the operator is down: the outcome cannot be told. */
const forcedAmongRestarts: SweepScenario = {
  ...forced,
  name: 'force token between two restarts in the console',
  prepare: async (world) => {
    await apply(world, { version: '1.0.1' });
    consoleJob(world, 'restart');
    await world.settle(10_000);
  },
  whileDown: async (world) => consoleJob(world, 'restart'),
};

/** The resource is deleted while its operator is down, in the middle of the first call. */
const deletedMeanwhile: SweepScenario = {
  name: 'deleted while the operator is down',
  wishes: [{ version: '1.0.1' }],
  ends: 'Delete',
  run: async (world, diary) => {
    await world.create(specOf({ version: '1.0.1' }, { interval: '0s', deletionPolicy: 'Delete' }));
    await world.until('called', async () => {
      const object = await world.get();
      const called = world.cloud.journal.acceptedWrites().length > 0;
      return called || object === undefined || object.metadata.deletionTimestamp !== undefined;
    });
    await released(world, diary);
  },
  whileDown: (world) => world.remove(),
};

export const VARIANTS: readonly Variant[] = [
  {
    name: 'no intent write',
    caught: /TOLD: job .* is not in the history/,
    broken: broken.noIntentWrite,
    scenario: scenario('first apply'),
    kinds: ['kill'],
    only: atModify,
  },
  {
    name: 'intent without resourceVersion',
    caught: /ONCE: 1\.0\.1 was accepted 2 times for 1 causes/,
    broken: () => broken.intentWithoutVersion,
    scenario: scenario('first apply'),
    settings: { jobDurationMs: 0 },
    kinds: ['race'],
    only: atStatus,
  },
  {
    name: 'baseline ignored',
    caught:
      /TRUE: the history claims job .* of somebody else; ESR: 1\.0\.1 was asked for 2 times and accepted 1 times/,
    broken: () => broken.twisted(broken.baselineIgnored),
    scenario: forcedAfterConsole,
    kinds: ['kill', 'drop'],
    only: atModify,
  },
  {
    name: 'R sends',
    caught: /ONCE: 1\.0\.1 was accepted 2 times for 1 causes/,
    broken: () => broken.twisted(broken.recoverySends),
    scenario: scenario('first apply'),
    kinds: ['kill'],
    only: atModify,
  },
  {
    name: 'R waits nothing',
    // The second call leaves; the service takes it, or refuses it while the first job runs, which is then never told.
    caught:
      /ONCE: 1\.0\.1 was accepted 2 times for 1 causes|TOLD: job \S+ \(SUCCEEDED\) is not in the history/,
    broken: () => broken.twisted(broken.recoveryWaitsNothing),
    scenario: scenario('first apply'),
    settings: SLOW_TO_SHOW,
    kinds: ['kill'],
    only: atModify,
  },
  {
    name: 'no freshness check',
    caught: /ONCE: 1\.0\.1 was accepted 2 times for 1 causes/,
    broken: () => broken.noFreshnessCheck,
    scenario: scenario('first apply'),
    kinds: ['pause'],
    only: atStatus,
  },
  {
    name: 'no phase test on writes',
    caught: /ONCE: 1\.0\.2 was accepted 2 times for 1 causes/,
    broken: () => broken.noPhaseTest,
    scenario: scenario('update during a job'),
    kinds: ['pause'],
    only: atStatus,
  },
  {
    name: 'a job of our own taken as new',
    caught: /ESR: 1\.0\.1 was asked for 2 times and accepted 1 times/,
    broken: () => broken.twisted(broken.ownJobTakenAsNew),
    scenario: forcedAmongRestarts,
    kinds: ['kill'],
    only: (strike, call, prepared) => strike.moment === 'before' && atModify(strike, call, prepared),
  },
  {
    name: 'token echoed with the intent',
    caught: /ESR: 1\.0\.1 was asked for 2 times and accepted 1 times/,
    broken: () => broken.twisted(broken.tokenEchoedWithIntent),
    scenario: forced,
    kinds: ['kill', 'drop'],
    only: atModify,
  },
  {
    name: 'void treated as absence',
    caught: /ESR: 1\.0\.1 was asked for 2 times and accepted 1 times/,
    broken: () => broken.twisted(broken.voidTreatedAsAbsence),
    scenario: scenario('rolled back job, then the old spec again'),
    kinds: [],
  },
  {
    name: 'finalizer after the intent',
    caught: /NOORPH: the resource went before its component/,
    broken: () => broken.twisted(broken.finalizerAfterIntent),
    scenario: deletedMeanwhile,
    kinds: ['kill'],
    only: (strike, call, prepared) => strike.moment !== 'before' && atModify(strike, call, prepared),
  },
];
