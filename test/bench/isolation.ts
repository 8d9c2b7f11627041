// Whether a project of which every call fails slows others down: seven projects, edits in all of them, and the time from
// edit to PUT in the six healthy ones, first with all healthy, then with the seventh throttled, hanging or reset. Printed as
// the ratio of both.
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultEffect, seededRandom } from '../fakes/simulator/index.ts';
import { componentObject, componentsPath } from '../support/kube-target.ts';
import { isReady, specOf } from '../support/world.ts';
import { type Spread, spreadOfAll } from './report.ts';
import { nowMs, type Rig } from './rig.ts';

const HEALTHY = 6;
const WARM_UP_ROUNDS = 1;
const ARRIVE_MS = 60_000;
const RECOVER_MS = 240_000;

const FAULTS: readonly { readonly name: string; readonly effect: FaultEffect }[] = [
  { name: '429 on every call', effect: { kind: 'throttle' } },
  { name: 'hangs on every call', effect: { kind: 'hang' } },
  { name: 'reset on every call', effect: { kind: 'reset' } },
];

export interface IsolationRow {
  readonly fault: string;
  /** Edit to PUT in the healthy projects, ms: all well, just before and after, and with the fault next door. */
  readonly none: Spread;
  readonly broken: Spread;
  readonly ratio: Pick<Spread, 'p50' | 'p99'>;
  /** Calls that the broken project was sent per second. */
  readonly callsPerSecond: number;
}

export interface Isolation {
  readonly resources: number;
  readonly editsPerPhase: number;
  readonly rows: readonly IsolationRow[];
}

interface Member {
  readonly name: string;
  readonly componentId: string;
  readonly projectId: string;
}

/** One edit per resource and phase, 20 to 40 ms apart, of `perProject` resources in each project. */
export async function measureIsolation(rig: Rig, perProject: number): Promise<Isolation> {
  const namespace = await rig.namespace('bench-isolation');
  const operator = rig.operator(namespace);
  const bench = { rig, namespace, members: await createMembers(rig, namespace, perProject), round: 0 };
  await allReady(bench);
  for (let i = 0; i < WARM_UP_ROUNDS; i += 1) await editAll(bench);
  const rows: IsolationRow[] = [];
  let before = await editAll(bench);
  for (const { name, effect } of FAULTS) {
    const { latencies, callsPerSecond } = await editBeside(bench, effect);
    const after = await editAll(bench);
    const [none, broken] = [spreadOfAll([...before, ...after]), spreadOfAll(latencies)];
    const ratio = { p50: broken.p50 / none.p50, p99: broken.p99 / none.p99 };
    rows.push({ fault: name, none, broken, ratio, callsPerSecond });
    before = after;
  }
  await operator.stop();
  return { resources: bench.members.length, editsPerPhase: HEALTHY * perProject, rows };
}

/** A round of edits while every call of the seventh project fails, and the way back. */
async function editBeside(bench: Bench, effect: FaultEffect) {
  const { cloud } = bench.rig;
  const calls = () => cloud.journal.requests({ projectId: BROKEN }).length;
  const [callsBefore, startedMs] = [calls(), performance.now()];
  cloud.faults.add({ projectId: BROKEN, next: 'all', effect });
  const latencies = await editAll(bench, 'broken');
  const callsPerSecond = ((calls() - callsBefore) * 1_000) / (performance.now() - startedMs);
  cloud.faults.clear();
  await allReady(bench);
  return { latencies, callsPerSecond };
}

const BROKEN = projectOf(HEALTHY);

function projectOf(n: number): string {
  return `${n}`.repeat(32);
}

interface Bench {
  readonly rig: Rig;
  readonly namespace: string;
  readonly members: readonly Member[];
  round: number;
}

async function createMembers(rig: Rig, namespace: string, perProject: number): Promise<readonly Member[]> {
  const members: Member[] = [];
  for (let n = 0; n < perProject; n += 1) {
    for (let project = 0; project <= HEALTHY; project += 1) {
      const projectId = projectOf(project);
      const { id: componentId } = rig.cloud.addComponent({ projectId });
      const name = `app-${project}-${n}`;
      const spec = specOf({}, { projectId, componentId, interval: '0s' });
      await call(rig, 'POST', componentsPath(namespace), { body: componentObject(namespace, name, spec) });
      members.push({ name, componentId, projectId });
    }
  }
  return members;
}

/** Edits every member once and gives the times from edit to PUT of the healthy projects, ms. */
async function editAll(bench: Bench, seventh: 'well' | 'broken' = 'well'): Promise<readonly number[]> {
  const { rig, namespace, members } = bench;
  bench.round += 1;
  const version = `2.0.${bench.round}`;
  const random = seededRandom(bench.round);
  const sent: (Member & { readonly atMs: number })[] = [];
  for (const member of members) {
    const atMs = nowMs();
    await call(rig, 'PATCH', componentsPath(namespace, member.name), {
      body: { spec: { component: { version } } },
      type: 'application/merge-patch+json',
    });
    sent.push({ ...member, atMs });
    await sleep(20 + random() * 20);
  }
  const counted = sent.filter(({ projectId }) => projectId !== BROKEN);
  const latencies = () => {
    const accepted = new Map(
      rig.cloud.journal
        .acceptedWrites()
        .filter((entry) => entry.version === version)
        .map(({ componentId, at }) => [componentId, at]),
    );
    return counted.flatMap(({ componentId, atMs }) => {
      const at = accepted.get(componentId);
      return at === undefined ? [] : [at - atMs];
    });
  };
  await until('every edit led to a PUT', ARRIVE_MS, () => latencies().length === counted.length);
  if (seventh === 'well') await allReady(bench);
  return latencies();
}

async function allReady({ rig, namespace, members }: Bench): Promise<void> {
  await until('all resources are Ready', RECOVER_MS, async () => {
    const { json } = await rig.kube.call('GET', componentsPath(namespace));
    const items = json.items as unknown as Parameters<typeof isReady>[0][];
    return items.filter(isReady).length === members.length;
  });
}

async function until(what: string, limitMs: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${limitMs / 1_000} s: ${what}`);
    await sleep(200);
  }
}

interface Sent {
  readonly body: unknown;
  readonly type?: string;
}

async function call({ kube }: Rig, method: string, path: string, { body, type }: Sent): Promise<void> {
  const { status, json } = await kube.call(method, path, body, type);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json.message)}`);
}

/** The measurement as lines for people. */
export function isolationLines({ resources, editsPerPhase, rows }: Isolation): readonly string[] {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(36)}${cells.map((cell) => cell.padStart(14)).join('')}`.trimEnd();
  return [
    line(`one of ${HEALTHY + 1} projects fails, others:`, [
      'p50',
      'p99',
      'max',
      'p99 ratio',
      'calls/s to it',
    ]),
    ...rows.flatMap(({ fault, none, broken, ratio, callsPerSecond }) => [
      line('  all well', [none.p50, none.p99, none.max].map(ms)),
      line(`  ${fault}`, [
        ...[broken.p50, broken.p99, broken.max].map(ms),
        ratio.p50.toFixed(2),
        ratio.p99.toFixed(2),
        callsPerSecond.toFixed(1),
      ]),
    ]),
    `  ${resources} resources; ${editsPerPhase} edits per row in the six healthy projects`,
  ];
}
