// Faults and deeds of people: moves that happen only as often as the bounds say.
import { accepted, console_, isBusy, jobEnds, jobForgotten, withoutRequest } from './cloud.ts';
import { annotated, deleted, edited } from './kube.ts';
import { type Menu, type Move, refused, steps, waiterOf } from './moves.ts';
import { answered } from './process.ts';
import { NEW_PROCESS, type World, withProcess } from './state.ts';

/** Faults and deeds of people. */
export function boundMoves(world: World, menu: Menu): Move[] {
  return [...deeds(world, menu), ...faultsOfProcesses(world), ...faultsOfCloud(world)];
}

function deeds(world: World, menu: Menu): Move[] {
  const edits = (menu.edits ?? []).map(
    (change): Move => ({
      name: () => `edit ${JSON.stringify(change)}`,
      kind: 'edit',
      after: () => edited(world, change),
    }),
  );
  const annotations = (menu.annotations ?? []).map(
    (each): Move => ({
      name: () => `annotate ${JSON.stringify(each)}`,
      kind: 'annotate',
      after: () => annotated(world, each),
    }),
  );
  const jobsOfConsole = isBusy(world.cloud)
    ? []
    : (menu.console ?? []).map(
        (version): Move => ({
          name: () => `the console ${version === undefined ? 'restarts' : `deploys ${version}`}`,
          kind: 'console',
          after: () => console_(world, version),
        }),
      );
  const secret: Move = {
    name: () => 'the Secret changes',
    kind: 'secret',
    after: () => ({ ...world, secret: `${world.secret}+` }),
  };
  const remove: Move = { name: () => 'kubectl delete', kind: 'remove', after: () => deleted(world) };
  return [
    ...edits,
    ...annotations,
    ...jobsOfConsole,
    secret,
    ...(world.object?.metadata.deletionTimestamp ? [] : [remove]),
  ];
}

function faultsOfProcesses(world: World): Move[] {
  const crashes = world.processes.map(
    (process, index): Move => ({
      name: () => `process ${index} crashes and starts again`,
      kind: 'crash',
      after: () =>
        withProcess(world, index, { ...NEW_PROCESS, leading: process.leading, dueMono: world.mono }),
    }),
  );
  const leads = world.processes.flatMap((process, index): Move[] =>
    process.leading
      ? []
      : [{ name: () => `process ${index} becomes the leader`, kind: 'lead', after: () => led(world, index) }],
  );
  const lost = (['answer lost', 'fails'] as const).flatMap((fate) =>
    steps(world, fate).map((move): Move => ({ ...move, kind: 'api' })),
  );
  const stalled = world.processes.some(
    (process) => process.pass !== undefined && process.awaiting === undefined,
  );
  const stall: Move = {
    name: () => '6 s pass within a pass',
    kind: 'stall',
    after: () => ({ ...world, mono: world.mono + 6_000 }),
  };
  return [...crashes, ...leads, ...lost, ...(stalled ? [stall] : [])];
}

function led(world: World, index: number): World {
  return {
    ...world,
    processes: world.processes.map((process, at) =>
      at === index ? { ...process, leading: true, dueMono: world.mono } : { ...process, leading: false },
    ),
  };
}

function faultsOfCloud(world: World): Move[] {
  const { cloud } = world;
  const perRequest = cloud.inFlight.flatMap((request): Move[] => {
    const waiter = waiterOf(world, request.operationId);
    const throttled = { class: 'throttled', code: 'APIGW.0308', message: 'slow down' } as const;
    const late: Move[] = isBusy(cloud)
      ? []
      : [
          {
            name: () => `the request of ${request.operationId} is accepted, and shows later`,
            kind: 'late',
            after: () => accepted(world, request, 'late').world,
          },
        ];
    if (waiter < 0) return late;
    return [
      ...late,
      { name: () => `400 for ${request.operationId}`, kind: 'refuse', after: () => refused(world, request) },
      {
        name: () => `429 for ${request.operationId}`,
        kind: 'throttle',
        after: () =>
          answered(withoutRequest(world, request), waiter, { kind: 'notSent', failure: throttled }),
      },
    ];
  });
  const lost = world.processes.flatMap((process, index): Move[] =>
    process.awaiting === undefined
      ? []
      : [
          {
            name: () => `the answer for ${process.awaiting} is lost`,
            kind: 'lose',
            after: () => unknown(world, index),
          },
        ],
  );
  const failing = cloud.jobs
    .filter((job) => job.phase === 'running')
    .map(
      (job): Move => ({
        name: () => `${job.id} fails`,
        kind: 'jobFails',
        after: () => jobEnds(world, job.id, 'failed'),
      }),
    );
  const outage: Move = {
    name: () => (cloud.reads === 'answered' ? 'the cloud stops answering' : 'the cloud answers again'),
    kind: 'outage',
    after: () => ({
      ...world,
      cloud: { ...cloud, reads: cloud.reads === 'answered' ? 'failing' : 'answered' },
    }),
  };
  const forgetting = cloud.jobs
    .filter((job) => job.phase !== 'running' && !job.forgotten && job.operationId !== undefined)
    .map(
      (job): Move => ({
        name: () => `the service forgets ${job.id}`,
        kind: 'forget',
        after: () => jobForgotten(world, job.id),
      }),
    );
  return [...perRequest, ...lost, ...failing, ...forgetting, outage];
}

function unknown(world: World, index: number): World {
  const failure = { class: 'unknownOutcome', code: 'TIMEOUT', message: 'no answer' } as const;
  return answered(world, index, { kind: 'unknown', failure });
}
