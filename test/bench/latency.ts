// From an edit to its PUT, the operator beside the null client in turns, and what a change costs in calls and writes.
// Counted from the moment the edit is sent, so the API server's own part is in both.
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../fakes/simulator/index.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { type Spread, spreadOfAll } from './report.ts';
import { nowMs, type Rig } from './rig.ts';

const RESOURCES = 100;
/** Edits before anything is counted, so that no program is measured while its code is still being compiled. */
const WARM_UP = 20;

export interface Latency {
  readonly edits: number;
  /** Ms. */
  readonly operator: Spread;
  readonly nullClient: Spread;
  /** The operator's over the null client's. */
  readonly ratio: Pick<Spread, 'p50' | 'p99'>;
  readonly perChange: PerChange;
}

export interface PerChange {
  readonly getComponent: number;
  readonly put: number;
  readonly getJob: number;
  readonly other: number;
  readonly statusWrites: number;
}

/** `edits` edits for each of the two, 50 to 150 ms apart. */
export async function measureLatency(rig: Rig, edits: number): Promise<Latency> {
  const [ours, floor] = [await rig.namespace('bench-operator'), await rig.namespace('bench-null')];
  const fleets = {
    operator: createFleet({ rig, namespace: ours, interval: '0s' }),
    nullClient: createFleet({ rig, namespace: floor, interval: '0s' }),
  };
  const programs = [rig.operator(ours), rig.nullClient(floor)];
  const size = Math.min(RESOURCES, edits);
  await fleets.operator.grow(size);
  await fleets.nullClient.grow(size);
  await fleets.operator.ready();
  await arrived(rig, await editInTurns(fleets, 0, WARM_UP));
  await fleets.operator.ready();
  const before = { calls: rig.cloud.journal.entries.length, writes: fleets.operator.writes() };
  const sent = await editInTurns(fleets, WARM_UP, WARM_UP + edits);
  await arrived(rig, sent);
  await fleets.operator.ready();
  await sleep(1_000);
  const counted = perChange(rig, fleets.operator, { ...before, edits });
  await Promise.all([
    ...programs.map((each) => each.stop()),
    fleets.operator.stop(),
    fleets.nullClient.stop(),
  ]);
  return { edits, ...compared(rig, sent), perChange: counted };
}

type Who = 'operator' | 'nullClient';
interface Sent {
  readonly who: Who;
  readonly componentId: string;
  readonly version: string;
  readonly atMs: number;
}

/** The edits from number `first` up to, not including, `end`, for each of the two. */
async function editInTurns(
  fleets: Readonly<Record<Who, Fleet>>,
  first: number,
  end: number,
): Promise<readonly Sent[]> {
  const random = seededRandom(7);
  const sent: Sent[] = [];
  for (let n = first; n < end; n += 1) {
    for (const who of ['operator', 'nullClient'] as const) {
      const [name, componentId] = [...fleets[who].members][n % fleets[who].members.size] ?? ['', ''];
      const version = `1.1.${n}`;
      const atMs = nowMs();
      await fleets[who].edit(name, version);
      sent.push({ who, componentId, version, atMs });
      await sleep(25 + random() * 50);
    }
  }
  return sent;
}

/** Waits until the simulator has seen a PUT for every edit. */
async function arrived(rig: Rig, sent: readonly Sent[]): Promise<void> {
  const deadline = performance.now() + 30_000;
  const missing = () => sent.filter((edit) => latencyOf(rig, edit) === undefined).length;
  while (missing() > 0) {
    if (performance.now() > deadline) throw new Error(`${missing()} edits never led to a PUT`);
    await sleep(100);
  }
}

function latencyOf(rig: Rig, { componentId, version, atMs }: Sent): number | undefined {
  const put = rig.cloud.journal
    .acceptedWrites(componentId)
    .find((entry) => entry.operation === 'modifyComponent' && entry.version === version);
  return put === undefined ? undefined : put.at - atMs;
}

function compared(rig: Rig, sent: readonly Sent[]): Pick<Latency, 'operator' | 'nullClient' | 'ratio'> {
  const of = (who: Who): Spread =>
    spreadOfAll(sent.filter((edit) => edit.who === who).map((edit) => latencyOf(rig, edit) ?? Number.NaN));
  const [operator, nullClient] = [of('operator'), of('nullClient')];
  const ratio = { p50: operator.p50 / nullClient.p50, p99: operator.p99 / nullClient.p99 };
  return { operator, nullClient, ratio };
}

interface Since {
  readonly calls: number;
  readonly writes: number;
  readonly edits: number;
}

function perChange(rig: Rig, fleet: Fleet, { calls, writes, edits }: Since): PerChange {
  const ids = new Set(fleet.members.values());
  const jobs = new Set([...ids].flatMap((id) => rig.cloud.component(id).jobs.map((job) => job.id)));
  const entries = rig.cloud.journal.entries.slice(calls).filter(({ componentId, path, operation }) => {
    if (operation === 'getJob') return jobs.has(path.split('?', 1)[0]?.split('/').at(-1) ?? '');
    return componentId !== undefined && ids.has(componentId);
  });
  const count = (name: string): number => entries.filter(({ operation }) => operation === name).length;
  const known = ['getComponent', 'modifyComponent', 'getJob'].map(count);
  const [getComponent = 0, put = 0, getJob = 0] = known.map((total) => total / edits);
  const other = (entries.length - known.reduce((sum, each) => sum + each, 0)) / edits;
  return { getComponent, put, getJob, other, statusWrites: (fleet.writes() - writes) / edits };
}
