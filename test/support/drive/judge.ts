// What every written status, and every end, must keep. Judged with full knowledge of the cloud; returns what is broken.
import { ANNOTATIONS } from '../../../src/api/names.ts';
import type { Status } from '../../../src/api/status.ts';
import type { KubeObject } from '../../../src/controller/ports.ts';
import { statusViolations } from '../status-rules.ts';
import type { CloudJob, World } from './state.ts';

export function statusOf(object: KubeObject | undefined): Status {
  return (object?.status ?? { observedGeneration: -1 }) as unknown as Status;
}

/** Promises about one status write, from `before` to the object that `world` now holds. */
export function judgedWrite(before: KubeObject, world: World): string[] {
  const { object } = world;
  if (object === undefined) return [];
  const was = statusOf(before);
  const status = statusOf(object);
  const { generation, deletionTimestamp } = object.metadata;
  const rules = statusViolations(was.conditions === undefined ? undefined : was, {
    generation,
    deleting: deletionTimestamp !== undefined,
    status,
  });
  const backwards =
    status.observedGeneration < was.observedGeneration
      ? [`observedGeneration goes back from ${was.observedGeneration} to ${status.observedGeneration}`]
      : [];
  return [...rules, ...backwards, ...untrueReady(status, world)].map((rule) => `STATUS: ${rule}`);
}

/** Ready=True for a generation that the component does not have, though nobody else has changed it. */
function untrueReady(status: Status, { cloud, ledger }: World): string[] {
  const ready = status.conditions?.find((c) => c.type === 'Ready');
  const meddled = cloud.jobs.some((job) => job.operationId === undefined && job.id !== 'J-0');
  if (ready?.status !== 'True' || meddled) return [];
  const version = ledger.versionOf[status.observedGeneration];
  const replica = ledger.replicaOf[status.observedGeneration];
  const last = cloud.jobs.findLast((job) => job.phase !== 'running' && job.version !== undefined);
  const half = last?.phase === 'failed' && !last.forgotten && last.mute === undefined;
  return [
    ...(half ? [`TRUE: Ready for ${version} over what the failed ${last.id} left`] : []),
    ...(version === cloud.version ? [] : [`TRUE: Ready for ${version}, the component has ${cloud.version}`]),
    ...(replica === undefined || replica === cloud.replica
      ? []
      : [`TRUE: Ready for ${replica} instances, the component has ${cloud.replica}`]),
  ];
}

const TRUE_ENDS: Readonly<Record<string, readonly string[]>> = {
  succeeded: ['Succeeded', 'Unattributed', 'JobLost'],
  failed: ['Failed', 'Unattributed', 'JobLost'],
};

/** Promises about a world in which nothing moves any more. */
export function judgedEnd(world: World): string[] {
  const { object, cloud } = world;
  if (object === undefined) return [];
  const status = statusOf(object);
  const ours = cloud.jobs.filter((job) => job.operationId !== undefined);
  return [
    ...ours.flatMap((job) => untold(job, status)),
    ...foreignEnds(cloud.jobs, status),
    ...unreached(object, status),
    ...ignoredToken(world, status),
  ];
}

/** What the history tells as the end of an operation is the end of its own job. */
function foreignEnds(jobs: readonly CloudJob[], { history = [] }: Status): string[] {
  return history.flatMap(({ jobId, operationId, result }) => {
    const job = jobs.find((each) => each.id === jobId);
    if (job === undefined || result === 'Unattributed' || job.operationId === operationId) return [];
    return [`TOLD: ${jobId} is told as the job of ${operationId}, which did not start it`];
  });
}

/** A force token that is recorded as handled was tried, whatever became of it. */
function ignoredToken({ object, ledger }: World, { lastHandledForceAt, history = [] }: Status): string[] {
  const token = object?.metadata.annotations?.[ANNOTATIONS.force];
  if (token === undefined || token !== lastHandledForceAt || !ledger.forced.includes(token)) return [];
  return history.some(({ cause }) => cause === 'Force')
    ? []
    : [`TOKEN: force ${token} is recorded as handled and was never tried`];
}

function untold(job: CloudJob, status: Status): string[] {
  if (job.forgotten) return [];
  const entry = status.history?.find((each) => each.jobId === job.id);
  if (entry === undefined) return [`TOLD: the outcome of ${job.id} (${job.phase}) is nowhere`];
  return (TRUE_ENDS[job.phase] ?? []).includes(entry.result)
    ? []
    : [`TOLD: ${job.id} ${job.phase}, the history says ${entry.result}`];
}

/** Faults have stopped: the newest spec is in force, or the status says why nothing follows without a new cause. */
function unreached(object: KubeObject, status: Status): string[] {
  const { generation, deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined) return ['ESR: the deleted resource is never released'];
  if (status.conditions?.some((c) => c.type === 'Paused')) return [];
  const by = new Map(status.conditions?.map((c) => [c.type, c]));
  if (status.observedGeneration !== generation)
    return [`ESR: observedGeneration ${status.observedGeneration} of ${generation} at rest`];
  if (by.get('Ready')?.status === 'True' || by.has('Stalled')) return [];
  return [`ESR: at rest with Ready=${by.get('Ready')?.status}/${by.get('Ready')?.reason}`];
}
