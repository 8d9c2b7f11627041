// The stage of the suites about lost answers: a world on which 1.0.1 is in force, a call whose answer is lost, people at the
// console just before and just after the service takes it, and what can be told afterwards in one value.
import type { CloudSession, KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import type { Wrap } from '../../src/operator.ts';
import { exampleComponentId, type ForeignJob } from '../fakes/simulator/index.ts';
import { specOf, type World } from '../support/world.ts';
import { eventsOf } from './bad-input/ward.ts';
import { conditionOf, statusOf } from './scenarios.ts';

/** What becomes of the next modify or scale call: taken or not, its answer never arrives; or one that names no job. */
export type Loss = 'accepted' | 'dropped' | 'answered without a job id';
export type Deed = (world: World) => void;

export const RESET_AT = 'servicestage.io/reset-at';
const QUICK = { end: 'SUCCEEDED', durationMs: 0 } as const;
/** Fewer looks than usual, so that the ten minutes until an outcome counts as unknown cost little. */
const SLOW_POLL = { pollIntervalMs: 30_000 } as const;
/** Longer than all waits between two looks. */
export const LONG_MS = 1_200_000;

/** A job that somebody else starts in the console, over at once unless it has a script. */
export function consoleJob(order: Omit<ForeignJob, 'componentId'>): Deed {
  return ({ cloud }) =>
    void cloud.console.startJob({ componentId: exampleComponentId, script: QUICK, ...order });
}

export const deploys = (version: string): Deed => consoleJob({ kind: 'modify', body: { version } });
export const restarts: Deed = consoleJob({ kind: 'restart' });

export interface Staging {
  readonly lost: Loss;
  /** The call that is meant; a modify unless given. */
  readonly operation?: 'modifyComponent' | 'actOnComponent';
  /** After the operator has looked at the component and before its call arrives. */
  readonly before?: Deed | undefined;
  /** After the call was taken or dropped, before the operator looks again. */
  readonly after?: Deed | undefined;
}

/** Loses the answer to the next call that arrives and is not lost yet. */
export function lose({ cloud }: World, { lost, operation = 'modifyComponent' }: Staging): void {
  const phase = lost === 'accepted' ? 'after' : 'before';
  if (lost === 'answered without a job id') cloud.faults.add({ operation, effect: { kind: 'noJobId' } });
  else cloud.faults.add({ operation, phase, effect: { kind: 'reset' } });
}

/** What is done around each call; changed while the operator runs. */
export interface Stagings {
  next: readonly Staging[];
}

/** An operator whose calls meet the stagings that are left, one each. */
export async function startStaged(world: World, stagings: Stagings, wrap: Wrap = {}): Promise<void> {
  const staged = async <T>(call: () => Promise<T>): Promise<T> => {
    const [staging, ...rest] = stagings.next;
    stagings.next = rest;
    staging?.before?.(world);
    const outcome = await call();
    staging?.after?.(world);
    return outcome;
  };
  const around = (session: CloudSession): CloudSession => ({
    ...session,
    modify: (...call) => staged(() => session.modify(...call)),
    act: (...call) => staged(() => session.act(...call)),
  });
  const cloud: Wrap['cloud'] = (real) => ({ open: (...account) => around(real.open(...account)) });
  await world.start(SLOW_POLL, { ...wrap, cloud });
}

/** Version 1.0.1 is in force, by a call of ours; the calls after it meet `next`, one each. */
export async function inForceThen(
  world: World,
  next: Staging | readonly Staging[],
  options: { readonly spec?: JsonObject; readonly wrap?: Wrap } = {},
): Promise<Stagings> {
  const stagings: Stagings = { next: [] };
  await startStaged(world, stagings, options.wrap);
  await world.create(specOf({ version: '1.0.1' }, options.spec));
  await world.untilReady();
  stagings.next = [next].flat();
  for (const staging of stagings.next) lose(world, staging);
  return stagings;
}

export const annotate = (world: World, annotations: Readonly<Record<string, string>>) =>
  world.patch({ metadata: { annotations } });

export async function untilUnknown(world: World): Promise<KubeObject> {
  return await untilStalled(world, 'UnknownOutcome');
}

export async function untilStalled(world: World, reason: string): Promise<KubeObject> {
  return await world.until(`Stalled/${reason} for the newest generation`, async () => {
    const found = await world.get();
    const stalled = conditionOf(found, 'Stalled') === `True/${reason}`;
    return found !== undefined && stalled && isObserved(found) && found;
  });
}

const isObserved = (object: KubeObject) => statusOf(object).observedGeneration === object.metadata.generation;

export const messageOf = async (world: World) =>
  statusOf(await world.get()).conditions?.find(({ type }) => type === 'Ready')?.message ?? '';

/** Modify calls that arrived, whatever became of them. */
export function arrived({ cloud }: World): number {
  return cloud.journal.requests({ operation: 'modifyComponent' }).length;
}

/** Versions of the accepted modify calls of the operator, oldest first. */
export function sent({ cloud }: World): (string | undefined)[] {
  const accepted = cloud.journal.acceptedWrites(exampleComponentId);
  return accepted.filter(({ operation }) => operation === 'modifyComponent').map(({ version }) => version);
}

/** Ends that the history tells, newest first. */
export async function told(world: World): Promise<string[]> {
  return (statusOf(await world.get()).history ?? []).map(({ result }) => result);
}

/** How often each reason was told by an event, repetitions counted. */
export async function eventCounts(world: World): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { reason, series } of (await eventsOf(world)) as readonly Counted[])
    counts[reason] = (counts[reason] ?? 0) + (series?.count ?? 1);
  return counts;
}

interface Counted {
  readonly reason: string;
  readonly series?: { readonly count: number } | null;
}

/** Waits for events, which are sent beside the work. */
export async function untilEvents(world: World, wanted: Readonly<Record<string, number>>): Promise<void> {
  await world.until(`events ${JSON.stringify(wanted)}`, async () => {
    const counts = await eventCounts(world);
    return Object.entries(wanted).every(([reason, count]) => (counts[reason] ?? 0) >= count);
  });
}
