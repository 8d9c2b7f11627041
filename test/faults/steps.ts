// What a scenario of the crash sweep is, and the steps that scenarios are made of. Every step also comes to its end when the
// operator dies or is cut off in the middle of it.

import type { Status } from '../../src/api/status.ts';
import type { Config } from '../../src/config.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import type { SettingsPatch } from '../fakes/simulator/index.ts';
import { specOf, type World } from '../support/world.ts';

/** What a user asked for: at most one accepted modify call each. */
export interface Wish {
  readonly version: string;
  /** Value of the environment variable PASSWORD that comes from a Secret. */
  readonly secret?: string;
  /** `always`: has to be sent even where the component looks the same already (a token, a spec that comes back). */
  readonly sent?: 'always';
}

/** What happened when, counted in entries of the journal. */
export interface Diary {
  note(what: 'suspended' | 'resumed' | 'deleted'): void;
  /** Of several resources on one component, the one that may write. */
  owner(name: string): void;
}

export interface SweepScenario {
  readonly name: string;
  /** In the order in which they were asked for. */
  readonly wishes: readonly Wish[];
  /** Instance counts that were asked for: at most one accepted action each. */
  readonly counts?: readonly number[];
  /** `Orphan`, `Delete`: the resource is deleted under that policy and is gone in the end. */
  readonly ends: 'ready' | 'Orphan' | 'Delete';
  readonly settings?: SettingsPatch;
  readonly config?: Partial<Config>;
  readonly setup?: (world: World, diary: Diary) => Promise<void>;
  readonly prepare?: (world: World, diary: Diary) => Promise<void>;
  readonly run: (world: World, diary: Diary) => Promise<void>;
  /** What others do while the operator is down after a kill. */
  readonly whileDown?: (world: World) => Promise<void>;
}

/** No checks at rest. */
export const quiet: JsonObject = { interval: '0s' };
const FORCE = 'servicestage.io/force-apply-at';

export function statusOf(object: KubeObject | undefined): Partial<Status> {
  return (object?.status ?? {}) as Partial<Status>;
}

export async function apply(world: World, component: JsonObject, spec: JsonObject = {}): Promise<void> {
  await world.create(specOf(component, { ...quiet, ...spec }));
  await world.untilReady();
}

export async function edit(world: World, version: string): Promise<void> {
  await world.edit({ version });
  await world.untilReady();
}

export async function submitted(world: World): Promise<void> {
  await world.until(
    'a job runs',
    async () => statusOf(await world.get()).operation?.phase === 'Submitted' || isInForce(await world.get()),
  );
}

export function isInForce(object: KubeObject | undefined): boolean {
  return statusOf(object).operation?.phase === 'Succeeded';
}

export async function reason(world: World, type: string, wanted: string): Promise<void> {
  await world.until(`${type}/${wanted}`, async () => {
    const condition = statusOf(await world.get()).conditions?.find((each) => each.type === type);
    return condition?.reason === wanted;
  });
}

export async function released(world: World, diary: Diary): Promise<void> {
  diary.note('deleted');
  await world.remove();
  await world.until('released', async () => (await world.get()) === undefined);
}

export async function force(world: World, token: string): Promise<void> {
  await world.patch({ metadata: { annotations: { [FORCE]: token } } });
  await world.until('echoed, and the call has ended', async () => {
    const { lastHandledForceAt, operation } = statusOf(await world.get());
    return lastHandledForceAt === token && operation?.phase !== 'Intent' && operation?.phase !== 'Submitted';
  });
}
