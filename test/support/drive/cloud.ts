// The service of the model: what it shows, and what becomes of requests, jobs and time.
import type { Read } from '../../../src/core/facts.ts';
import type {
  DeploymentRecord,
  Job,
  Lookup,
  RecordsLookup,
  RemoteComponent,
} from '../../../src/core/types.ts';
import { remote } from '../make.ts';
import { broke, type Cloud, type CloudJob, type InFlight, type World } from './state.ts';

const FAILURE = { class: 'transient', code: 'ECONNRESET', message: 'the connection was reset' } as const;
const MISSING = { kind: 'missing', code: 'SVCSTG.00100404', message: 'not found' } as const;

export function readsComponent(world: World): Read<Lookup<RemoteComponent>> {
  const { cloud } = world;
  if (cloud.reads === 'failing') return { kind: 'failed', failure: FAILURE };
  if (cloud.reads === 'missing' || cloud.removal === 'done') return { kind: 'ok', value: MISSING };
  const shown = cloud.jobs.filter((job) => job.visible);
  const running = shown.some((job) => job.phase === 'running');
  const value = remote({
    version: cloud.version,
    body: { version: cloud.version },
    replica: cloud.replica,
    status: stateOf(cloud, running ? 'busy' : 'idle'),
    lastJobId: shown.at(-1)?.id ?? 'J-0',
  });
  return { kind: 'ok', value: { kind: 'found', value } };
}

function stateOf({ removal, startsByMono, idleStatus }: Cloud, is: 'busy' | 'idle'): string {
  if (removal !== undefined) return 'DELETING';
  if (is === 'busy') return 'UPGRADING';
  return startsByMono === undefined ? idleStatus : 'PENDING';
}

export function readsRecords({ cloud }: World): Read<RecordsLookup> {
  if (cloud.reads === 'failing') return { kind: 'failed', failure: FAILURE };
  if (cloud.records === 'forbidden')
    return { kind: 'ok', value: { kind: 'unreadable', reason: 'forbidden' } };
  const records = cloud.jobs
    .filter((job) => job.visible && job.version !== undefined)
    .map((job): DeploymentRecord => ({ version: job.version ?? '', jobIds: [job.id] }))
    .reverse();
  return { kind: 'ok', value: { kind: 'found', records } };
}

export function readsJob({ cloud }: World, id: string): Read<Lookup<Job>> {
  if (cloud.reads === 'failing') return { kind: 'failed', failure: FAILURE };
  const job = cloud.jobs.find((each) => each.id === id);
  if (job === undefined || job.forgotten) return { kind: 'ok', value: MISSING };
  const phase = job.mute === undefined ? job.phase : 'unknown';
  const value = { id, rawStatus: phase.toUpperCase(), phase, tasks: [] };
  return { kind: 'ok', value: { kind: 'found', value } };
}

export function isBusy(cloud: Cloud): boolean {
  return cloud.removal !== undefined || cloud.jobs.some((job) => job.phase === 'running');
}

/** The service takes the request: one more job, counted against its cause. */
export function accepted(
  world: World,
  request: InFlight,
  shown: 'at once' | 'late',
): { world: World; jobId: string } {
  const jobId = `J-${world.nextId}`;
  const { causeKey } = request;
  const before = world.ledger.accepted[causeKey] ?? [];
  const job: CloudJob = {
    id: jobId,
    operationId: request.operationId,
    version: request.version,
    replica: request.replica,
    phase: 'running',
    forgotten: false,
    visible: shown === 'at once',
    visibleByMono: request.byMono,
  };
  const next: World = {
    ...withoutRequest(world, request),
    nextId: world.nextId + 1,
    ledger: { ...world.ledger, accepted: { ...world.ledger.accepted, [causeKey]: [...before, jobId] } },
  };
  const counted = broke(next, [
    ...(before.length === 0 ? [] : [`ONCE: a second accepted write for ${causeKey}`]),
    ...(world.object === undefined ? ['OWN: a write is accepted for a resource that was released'] : []),
  ]);
  return { world: { ...counted, cloud: { ...counted.cloud, jobs: [...counted.cloud.jobs, job] } }, jobId };
}

export function withoutRequest(world: World, request: InFlight): World {
  const inFlight = world.cloud.inFlight.filter((each) => each !== request);
  return { ...world, cloud: { ...world.cloud, inFlight } };
}

/** Somebody uses the console: a deployment of `version`, or a job without a record. */
export function console_(world: World, version: string | undefined): World {
  const job: CloudJob = {
    id: `J-${world.nextId}`,
    operationId: undefined,
    version,
    replica: undefined,
    phase: 'running',
    forgotten: false,
    visible: true,
    visibleByMono: world.mono,
  };
  return {
    ...world,
    nextId: world.nextId + 1,
    cloud: { ...world.cloud, jobs: [...world.cloud.jobs, job] },
  };
}

export function jobEnds(world: World, id: string, phase: 'succeeded' | 'failed'): World {
  const job = world.cloud.jobs.find((each) => each.id === id);
  const jobs = world.cloud.jobs.map((each) => (each.id === id ? { ...each, phase } : each));
  const worked = phase === 'succeeded';
  return {
    ...world,
    cloud: {
      ...world.cloud,
      jobs,
      version: worked && job?.version !== undefined ? job.version : world.cloud.version,
      replica: worked && job?.replica !== undefined ? job.replica : world.cloud.replica,
    },
  };
}

export function jobForgotten(world: World, id: string): World {
  const jobs = world.cloud.jobs.map((each) => (each.id === id ? { ...each, forgotten: true } : each));
  return { ...world, cloud: { ...world.cloud, jobs } };
}

export function jobShows(world: World, id: string): World {
  const jobs = world.cloud.jobs.map((each) => (each.id === id ? { ...each, visible: true } : each));
  return { ...world, cloud: { ...world.cloud, jobs } };
}
