// Recovery in every ambiguous case, as one table: what is lost, what else happens, what is seen afterwards. Each row asserts the
// object in the cluster, the calls that the service took, the history and the events.
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import type { World } from '../support/world.ts';
import {
  annotate,
  consoleJob,
  type Deed,
  deploys,
  inForceThen,
  LONG_MS,
  restarts,
  type Staging,
  sent,
  told,
  untilEvents,
  untilStalled,
} from './recovery-stage.ts';
import { conditionOf, statusOf } from './scenarios.ts';
import { describeWorlds } from './worlds.ts';

/** `Ready`, or the reason of Stalled in which it ends. */
type Ending = 'Ready' | 'UnknownOutcome' | 'JobLost' | 'NotFound';

interface Row extends Staging {
  readonly name: string;
  readonly given?: Deed;
  /** The change whose call is lost; 1.0.2 unless given. */
  readonly change?: (world: World) => Promise<unknown>;
  readonly end: Ending;
  /** Accepted calls after the one that put 1.0.1 in force. */
  readonly sent: readonly string[];
  /** Ends told after the first one, newest first. */
  readonly told: readonly string[];
  readonly event: 'OperationRecovered' | 'SubmitFailed' | 'UnknownOutcome';
  /** Somebody else's change stands beside ours. */
  readonly synced?: 'False';
}

const OURS = { end: 'Ready', sent: ['1.0.2'], told: ['Succeeded'], event: 'OperationRecovered' } as const;
const SENT_AGAIN = { end: 'Ready', sent: ['1.0.2'], told: ['Succeeded'], event: 'SubmitFailed' } as const;
const UNKNOWN = { end: 'UnknownOutcome', event: 'UnknownOutcome' } as const;

const edits = (component: JsonObject) => (world: World) => world.edit(component);
const configures =
  (patch: Parameters<World['cloud']['configure']>[0]): Deed =>
  ({ cloud }) =>
    cloud.configure(patch);
const recordsForbidden = configures({ forbidden: ['listRecords'] });
const noLastJob = configures({ lastJobAbsent: true });
const both =
  (...deeds: readonly Deed[]): Deed =>
  (world) =>
    deeds.forEach((deed) => {
      deed(world);
    });
const forgets: Deed = ({ cloud }) => {
  const { lastJobId = '' } = cloud.component(exampleComponentId);
  cloud.advance(1_000);
  cloud.forgetJob(lastJobId);
};
const breaksDown: Deed = ({ cloud }) => cloud.console.setStatus(exampleComponentId, 'DOWN');
const removes: Deed = ({ cloud }) => cloud.console.remove(exampleComponentId);

const readable: readonly Row[] = [
  { name: 'last_job_id moved, a newer record has our version', lost: 'accepted', ...OURS },
  { name: 'last_job_id not moved, no newer record', lost: 'dropped', ...SENT_AGAIN },
  { name: '200 without a readable job id', lost: 'answered without a job id', ...OURS },
  {
    name: 'last_job_id is never shown, a newer record has our version',
    given: noLastJob,
    lost: 'accepted',
    ...OURS,
  },
  {
    name: 'last_job_id is never shown, no newer record',
    given: noLastJob,
    lost: 'dropped',
    ...SENT_AGAIN,
  },
  {
    name: 'last_job_id is no longer shown, a newer record has our version',
    lost: 'accepted',
    after: noLastJob,
    ...OURS,
  },
  {
    name: 'last_job_id is no longer shown, no newer record',
    lost: 'dropped',
    after: noLastJob,
    ...UNKNOWN,
    sent: [],
    told: ['UnknownOutcome'],
  },
  {
    name: 'the console was faster: another version before ours',
    lost: 'accepted',
    before: deploys('9.9.9'),
    ...OURS,
  },
  {
    name: 'the console was faster: a restart before ours',
    lost: 'accepted',
    before: restarts,
    ...OURS,
  },
  {
    name: 'the console was faster, and our call never arrived',
    lost: 'dropped',
    before: deploys('9.9.9'),
    ...UNKNOWN,
    sent: [],
    told: ['Unattributed', 'UnknownOutcome'],
  },
  {
    name: 'the console came after ours: a restart',
    lost: 'accepted',
    after: both(finishes, restarts),
    ...OURS,
  },
  {
    name: 'the console came after ours: another version',
    lost: 'accepted',
    after: both(finishes, deploys('9.9.9')),
    ...OURS,
    synced: 'False',
  },
  {
    name: 'the console on both sides of ours',
    lost: 'accepted',
    before: deploys('9.9.8'),
    after: both(finishes, restarts, deploys('9.9.9')),
    ...OURS,
    synced: 'False',
  },
  {
    name: 'a newer record with our version, and one more of somebody else',
    lost: 'accepted',
    before: consoleJob({ kind: 'modify', body: { version: '1.0.2' } }),
    ...UNKNOWN,
    sent: ['1.0.2'],
    told: ['Unattributed', 'Unattributed', 'UnknownOutcome'],
  },
  {
    name: 'a newer record with another version',
    lost: 'dropped',
    after: deploys('9.9.9'),
    ...UNKNOWN,
    sent: [],
    told: ['Unattributed', 'UnknownOutcome'],
  },
  {
    name: 'the same version sent again, with another description',
    lost: 'accepted',
    change: edits({ description: 'edited' }),
    ...OURS,
    sent: ['1.0.1'],
  },
  {
    name: 'the very same body sent again by a token',
    lost: 'accepted',
    change: (world) => annotate(world, { 'servicestage.io/force-apply-at': 'a' }),
    ...OURS,
    sent: ['1.0.1'],
  },
  {
    name: 'the job is no longer known, the component shows the change',
    lost: 'accepted',
    after: forgets,
    ...OURS,
    told: ['JobLost'],
  },
  {
    name: 'the job is no longer known, the component does not run',
    lost: 'accepted',
    after: both(forgets, breaksDown),
    ...OURS,
    end: 'JobLost',
    told: ['JobLost'],
  },
  {
    name: 'the component is gone',
    lost: 'accepted',
    after: removes,
    ...UNKNOWN,
    sent: ['1.0.2'],
    told: ['UnknownOutcome'],
  },
];

const unreadable: readonly Row[] = withoutRecords([
  {
    name: 'one newer job, the component equals the spec',
    lost: 'accepted',
    ...OURS,
  },
  { name: 'last_job_id not moved', lost: 'dropped', ...SENT_AGAIN },
  {
    name: 'one newer job, the component differs from the spec',
    lost: 'dropped',
    after: deploys('9.9.9'),
    ...UNKNOWN,
    sent: [],
    told: ['Unattributed', 'UnknownOutcome'],
  },
  {
    name: 'two newer jobs, seen one after the other',
    lost: 'accepted',
    after: (world) => void world.time.after(60_000, () => restarts(world)),
    ...UNKNOWN,
    sent: ['1.0.2'],
    told: ['Unattributed', 'Unattributed', 'UnknownOutcome'],
  },
  {
    name: 'the very same body sent again by a token',
    lost: 'accepted',
    change: (world) => annotate(world, { 'servicestage.io/force-apply-at': 'a' }),
    ...UNKNOWN,
    sent: ['1.0.1'],
    told: ['Unattributed', 'UnknownOutcome'],
  },
  {
    name: 'last_job_id is never shown, the component equals the spec',
    given: noLastJob,
    lost: 'accepted',
    ...UNKNOWN,
    sent: ['1.0.2'],
    told: ['UnknownOutcome'],
  },
  {
    name: 'last_job_id is never shown, the component is as before',
    given: noLastJob,
    lost: 'dropped',
    ...UNKNOWN,
    sent: [],
    told: ['UnknownOutcome'],
  },
]);

function withoutRecords(rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => ({ ...row, given: both(recordsForbidden, row.given ?? (() => undefined)) }));
}

function finishes({ cloud }: World): void {
  cloud.advance(1_000);
}

async function untilEnd(world: World, { end }: Row): Promise<void> {
  if (end === 'Ready') await world.untilReady();
  else await untilStalled(world, end);
}

async function settled(world: World, row: Row): Promise<void> {
  await world.until(`the history of "${row.name}"`, async () => {
    const results = await told(world);
    return results.length === row.told.length + 1;
  });
  await world.settle(LONG_MS);
}

async function plays(world: World, row: Row): Promise<void> {
  row.given?.(world);
  await inForceThen(world, row);
  await (row.change ?? edits({ version: '1.0.2' }))(world);
  await world.until('the call is lost', async () => statusOf(await world.get()).operation?.id !== undefined);
  await untilEnd(world, row);
  await settled(world, row);
}

/** Also a long time later nothing was sent twice and the same end is told. */
export function describeRecovery(name: string, startKube: () => Promise<KubeTarget>): void {
  describeWorlds(`recovery on the ${name} API server`, startKube, (current) => {
    it.each([
      ...readable.map((row) => ({ ...row, title: row.name })),
      ...unreadable.map((row) => ({ ...row, title: `records forbidden: ${row.name}` })),
    ])('$title: $end', async (row) => {
      const world = current();
      await plays(world, row);
      const object = await world.get();
      expect(sent(world)).toEqual(['1.0.1', ...row.sent]);
      expect(await told(world)).toEqual([...row.told, 'Succeeded']);
      expect(conditionOf(object, row.end === 'Ready' ? 'Ready' : 'Stalled')).toBe(
        row.end === 'Ready' ? 'True/Succeeded' : `True/${row.end}`,
      );
      if (row.synced !== undefined) expect(conditionOf(object, 'Synced')).toMatch(/^False/);
      expect(statusOf(object).operation?.recovered).toBe(
        row.event === 'OperationRecovered' ? true : undefined,
      );
      await untilEvents(world, { [row.event]: 1 });
    });
  });
}
