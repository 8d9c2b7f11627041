// Faults: moves that happen only as often as the bounds say. What people do stands in people.ts.
//
// A fault is left out where it leads to no other world than it would a step earlier or later (partial-order reduction):
// a crash, a lost lease or a lag of the watch in the middle of the reads of a pass is the same as before them, since a read leaves
// nothing behind. Only steps that leave something (a write, a request, an answer, time) are told apart.
import { accepted, isBusy, jobEnds, jobForgotten, withoutRequest } from './cloud.ts';
import { type Menu, type Move, refused, steps, touchesObject, waiterOf } from './moves.ts';
import { answered, lateWrite } from './process.ts';
import { type InFlight, NEW_PROCESS, type Process, versionOf, type World, withProcess } from './state.ts';

export function faultsOfProcesses(world: World, menu: Menu): Move[] {
  const perProcess = world.processes.flatMap((process, index): Move[] => [
    ...crash(world, process, index),
    ...lead(world, process, { index, menu }),
    ...lag(world, process, index),
  ]);
  const lost = (['answer lost', 'fails'] as const).flatMap((fate) =>
    steps(world, fate).map((move): Move => ({ ...move, kind: 'api' })),
  );
  const tardy = steps(world, 'late').map((move): Move => ({ ...move, kind: 'tardy' }));
  return [...perProcess, ...lost, ...tardy, ...stall(world)];
}

/** Nothing was read in this pass: what came before left something behind. */
function isFresh({ pass }: Process): boolean {
  if (pass === undefined) return true;
  const { component, records, jobs } = pass.reads;
  return component === undefined && records === undefined && Object.keys(jobs).length === 0;
}

function crash(world: World, process: Process, index: number): Move[] {
  if (!process.leading || !(isFresh(process) || process.awaiting !== undefined)) return [];
  const view = world.object;
  const seenVersion = view === undefined ? 0 : versionOf(view);
  const again = { ...NEW_PROCESS, leading: true, view, seenVersion, dueMono: world.mono };
  const name = () => `process ${index} crashes and starts again`;
  return [{ name, kind: 'crash', after: () => withProcess(world, index, again) }];
}

interface Candidate {
  readonly index: number;
  readonly menu: Menu;
}

/** Another process becomes the leader; the old one was stopped, maybe with a write on its way. */
function lead(world: World, process: Process, { index, menu }: Candidate): Move[] {
  if (process.leading || process.retired) return [];
  const old = world.processes.findIndex((each) => each.leading);
  const before = world.processes[old];
  const kind = 'lead';
  const name = () => `process ${index} becomes the leader`;
  const plain: Move[] =
    before === undefined || isFresh(before) || before.awaiting !== undefined || menu.oldLeader !== undefined
      ? [{ name, kind, after: () => led(world, index, menu) }]
      : [];
  const writing = old < 0 ? undefined : lateWrite(world, old);
  if (writing === undefined) return plain;
  const late = () => `${name()} while a write of process ${old} is on its way`;
  return [...plain, { name: late, kind, after: () => led(writing, index, menu) }];
}

function led(world: World, index: number, { oldLeader }: Menu): World {
  const lost = (process: Process): Process =>
    oldLeader === 'returns' || !process.leading
      ? { ...process, leading: false }
      : { ...NEW_PROCESS, leading: false, retired: 'yes', dueMono: undefined };
  return {
    ...world,
    processes: world.processes.map((process, at) =>
      at === index ? { ...process, leading: true, dueMono: world.mono } : lost(process),
    ),
  };
}

/** A standby holds what its watch has brought, the leader what it wrote itself or was told. */
function lag(world: World, process: Process, index: number): Move[] {
  const { object } = world;
  if (process.watch === 'lags' || process.retired || object === undefined || !touchesObject(world)) return [];
  const view = process.leading ? {} : { view: object, seenVersion: versionOf(object) };
  const name = () => `the watch of process ${index} lags from now on`;
  return [{ name, kind: 'stale', after: () => withProcess(world, index, { watch: 'lags', ...view }) }];
}

function stall(world: World): Move[] {
  const within = world.processes.some(({ pass, awaiting }) => pass !== undefined && awaiting === undefined);
  const name = () => '6 s pass within a pass';
  return within ? [{ name, kind: 'stall', after: () => ({ ...world, mono: world.mono + 6_000 }) }] : [];
}

export function faultsOfCloud(world: World): Move[] {
  const { cloud } = world;
  const writes = cloud.inFlight.filter(({ kind }) => kind === 'write');
  const outage: Move = {
    name: () => (cloud.reads === 'answered' ? 'the cloud stops answering' : 'the cloud answers again'),
    kind: 'outage',
    after: () => ({
      ...world,
      cloud: { ...cloud, reads: cloud.reads === 'answered' ? 'failing' : 'answered' },
    }),
  };
  return [
    ...writes.flatMap((request) => faultsOfRequest(world, request)),
    ...lostAnswers(world),
    ...faultsOfJobs(world),
    outage,
  ];
}

function faultsOfRequest(world: World, request: InFlight): Move[] {
  const waiter = waiterOf(world, request.operationId);
  const failure = { class: 'throttled', code: 'APIGW.0308', message: 'slow down' } as const;
  const throttled = () =>
    answered(withoutRequest(world, request), waiter, {
      to: 'submit',
      outcome: { kind: 'notSent', failure },
    });
  const { operationId } = request;
  const late: Move = {
    name: () => `the request of ${operationId} is accepted, and shows later`,
    kind: 'late',
    after: () => accepted(world, request, 'late').world,
  };
  const answers: Move[] = [
    { name: () => `400 for ${operationId}`, kind: 'refuse', after: () => refused(world, request) },
    { name: () => `429 for ${operationId}`, kind: 'throttle', after: throttled },
  ];
  return [...(isBusy(world.cloud) ? [] : [late]), ...(waiter < 0 ? [] : answers)];
}

function lostAnswers(world: World): Move[] {
  return world.processes.flatMap(({ awaiting }, index): Move[] =>
    awaiting === undefined
      ? []
      : [
          {
            name: () => `the answer for ${awaiting} is lost`,
            kind: 'lose',
            after: () => unknown(world, index),
          },
        ],
  );
}

function unknown(world: World, index: number): World {
  const failure = { class: 'unknownOutcome', code: 'TIMEOUT', message: 'no answer' } as const;
  const { operation } = world.processes[index]?.pass?.object.status ?? {};
  const removes = (operation as { readonly type?: string } | undefined)?.type === 'Delete';
  const outcome = { kind: 'unknown', failure } as const;
  return answered(world, index, removes ? { to: 'remove', outcome } : { to: 'submit', outcome });
}

function faultsOfJobs(world: World): Move[] {
  return world.cloud.jobs.flatMap((job): Move[] => {
    if (job.phase === 'running') {
      const fails: Move = {
        name: () => `${job.id} fails`,
        kind: 'jobFails',
        after: () => jobEnds(world, job.id, 'failed'),
      };
      return [fails, ...slowStart(world, job.id), ...muted(world, job.id)];
    }
    if (job.forgotten || job.operationId === undefined) return [];
    const after = () => jobForgotten(world, job.id);
    return [{ name: () => `the service forgets ${job.id}`, kind: 'forget', after }];
  });
}

const START_MS = 25_000;

function slowStart(world: World, id: string): Move[] {
  const after = () => {
    const ended = jobEnds(world, id, 'succeeded');
    return { ...ended, cloud: { ...ended.cloud, startsByMono: world.mono + START_MS } };
  };
  return [{ name: () => `${id} succeeds and the component is PENDING`, kind: 'pending', after }];
}

function muted(world: World, id: string): Move[] {
  const jobs = world.cloud.jobs.map((job) => (job.id === id ? { ...job, mute: 'yes' as const } : job));
  const after = () => ({ ...world, cloud: { ...world.cloud, jobs } });
  return [{ name: () => `the service says UNKNOWN of ${id}`, kind: 'mute', after }];
}
