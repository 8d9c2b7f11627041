// The life of a job: SUBMITTED at acceptance, SCHEDULED at 10 % and RUNNING at 20 % of its duration, then the end that
// its script names, with what that end does to the component.
import { asObject, asText, type JsonObject } from './json.ts';
import type { JobScript } from './scripts.ts';
import type { Settings } from './settings.ts';
import type { Component, GrayEnd, Job, JobKind, World } from './state.ts';

/** What is to be run, by whom, and what success or an undone change means for the configuration. */
export interface JobOrder {
  readonly kind: JobKind;
  readonly creator: string;
  readonly foreign: boolean;
  readonly script?: JobScript | undefined;
  /** History from before the test: in sight at once, whatever the lags and broken assumptions say. */
  readonly past?: true | undefined;
  readonly succeed?: (job: Job) => void;
  readonly fail?: (job: Job) => void;
  readonly undo?: (job: Job) => void;
}

/** `component_status` while a job runs. There is no documented word for scaling; the console shows a kind of upgrade. */
const statusWhile: Readonly<Record<JobKind, string | undefined>> = {
  create: 'INITIALIZING',
  modify: 'UPGRADING',
  delete: 'DELETING',
  scale: 'UPGRADING',
  start: 'STARTING',
  stop: 'STOPPING',
  restart: 'RESTARTING',
  rollback: 'UPGRADING',
  continue: 'UPGRADING',
  sync: undefined,
  check: undefined,
  grayRule: undefined,
};

/** Accepts a job: from here on the write counts as accepted. Gives back the job, whose id is the answer. */
export function startJob(world: World, component: Component, order: JobOrder): Job {
  const { timeline, settings } = world;
  const now = timeline.now();
  const job = newJob(world, component, order);
  world.addJob(job);
  component.jobs.push(job);
  const earlier = component.status;
  const during = statusWhile[order.kind];
  if (during !== undefined) {
    component.active.add(job);
    component.earlierStatus = { status: earlier, until: now + lags(settings, order).statusMs };
    component.status = during;
    component.updatedAt = now;
  }
  timeline.at(now + job.durationMs * 0.1, () => moveOn(job, 'SCHEDULED'));
  timeline.at(now + job.durationMs * 0.2, () => moveOn(job, 'RUNNING'));
  timeline.at(now + job.durationMs, () => end(world, { component, order, job, earlier }));
  return job;
}

/** The job is no longer known to the service: GET job answers 404 from now on. */
export function forget(job: Job): void {
  job.forgotten = true;
}

function newJob(world: World, component: Component, order: JobOrder): Job {
  const { settings, ids } = world;
  const now = world.timeline.now();
  const own = order.foreign ? undefined : world.scripts.take(component.id);
  const script = order.script ?? own ?? defaultScript(component.config, order.kind);
  const hidden = lags(settings, order);
  return {
    id: ids.job(),
    kind: order.kind,
    componentId: component.id,
    projectId: component.projectId,
    creator: order.creator,
    foreign: order.foreign,
    acceptedAt: now,
    durationMs: script.durationMs ?? settings.jobDurationMs,
    script,
    taskIds: Array.from({ length: script.tasks ?? settings.taskCount }, () => ids.task()),
    movesLastJob: order.past ?? !(['delete', 'check'].includes(order.kind) || settings.a3LastJobStays),
    visibleAt: now + hidden.lastJobMs,
    recordVisibleAt: now + hidden.recordMs,
    status: 'SUBMITTED',
    endedAt: undefined,
    forgotten: false,
  };
}

/** For how long the effects of a job stay out of sight. */
function lags(settings: Settings, order: JobOrder) {
  if (order.past) return { statusMs: 0, lastJobMs: 0, recordMs: 0 };
  const { staleStatusMs, lastJobLagMs, recordsLagMs, a2ForeignLagMs } = settings;
  return order.foreign
    ? {
        statusMs: Math.max(staleStatusMs, a2ForeignLagMs),
        lastJobMs: a2ForeignLagMs,
        recordMs: a2ForeignLagMs,
      }
    : { statusMs: staleStatusMs, lastJobMs: lastJobLagMs, recordMs: recordsLagMs };
}

function defaultScript(config: JsonObject, kind: JobKind): JobScript {
  const gray = kind === 'modify' && asObject(config.deploy_strategy).type === 'GrayRelease';
  return { end: gray ? 'GRAYING' : 'SUCCEEDED' };
}

function moveOn(job: Job, status: string): void {
  if (job.endedAt === undefined) job.status = status;
}

interface Run {
  readonly component: Component;
  readonly order: JobOrder;
  readonly job: Job;
  readonly earlier: string;
}

interface Ending {
  readonly status: string;
  readonly component: string | undefined;
}

function end(world: World, run: Run): void {
  const ending = run.job.endedAt === undefined ? endingOf(world, run) : undefined;
  if (ending !== undefined) close(world, run, ending);
}

/** What the script's end does to the component; undefined when the job does not end now. */
function endingOf(world: World, run: Run): Ending | undefined {
  const { component, order, job, earlier } = run;
  const { script } = job;
  switch (script.end) {
    case 'STUCK':
      return undefined;
    case 'GRAYING':
      pauseAtGray(world, run);
      return undefined;
    case 'SUCCEEDED':
    case 'UNKNOWN':
      order.succeed?.(job);
      return { status: script.end, component: statusAfter(order.kind) };
    case 'FAILED':
    case 'PARTIALLY_FAILED':
      component.failDetail = script.failDetail;
      order.fail?.(job);
      return { status: script.end, component: script.end };
    case 'CANCELLED':
      order.fail?.(job);
      return { status: 'CANCELLED', component: restingStatus(earlier) };
    case 'ROLLBACKED':
      job.status = 'ROLLBACKING';
      world.timeline.at(world.timeline.now() + job.durationMs * 0.2, () => {
        order.undo?.(job);
        close(world, run, { status: 'ROLLBACKED', component: restingStatus(earlier) });
      });
      return undefined;
    default: {
      const never: never = script.end;
      return never;
    }
  }
}

function pauseAtGray(world: World, run: Run): void {
  const { component, job, order } = run;
  const finish = (status: GrayEnd): void => {
    if (status === 'SUCCEEDED') order.succeed?.(job);
    else order.fail?.(job);
    if (job.endedAt !== undefined) return;
    job.status = status;
    job.endedAt = world.timeline.now();
  };
  component.active.delete(job);
  component.openGray = { job, finish };
  if (!component.gone) component.status = 'GRAYING';
  if (job.script.grayJob !== 'SUCCEEDED') return;
  job.status = 'SUCCEEDED';
  job.endedAt = world.timeline.now();
}

/** Ends the gray release that waits, once it is continued or rolled back. */
export function closeGray(component: Component, status: GrayEnd): void {
  const waiting = component.openGray;
  component.openGray = undefined;
  waiting?.finish(status);
}

function close(world: World, run: Run, ending: Ending): void {
  const { component, job, order } = run;
  const { script } = job;
  const { timeline } = world;
  const now = timeline.now();
  job.status = ending.status;
  job.endedAt = now;
  component.active.delete(job);
  if (script.forgetAfterMs !== undefined) timeline.at(now + script.forgetAfterMs, () => forget(job));
  if (script.jobRecoversAfterMs !== undefined)
    timeline.at(now + script.jobRecoversAfterMs, () => {
      job.status = 'SUCCEEDED';
    });
  const idleKind = statusWhile[order.kind] === undefined;
  const after = script.componentStatus ?? (idleKind ? undefined : ending.component);
  if (component.gone || after === undefined || component.active.size > 0) return;
  settleComponent(component, after, now);
  if (script.componentRecoversAfterMs !== undefined)
    timeline.at(now + script.componentRecoversAfterMs, () => {
      if (!component.gone && component.status === after)
        settleComponent(component, 'RUNNING', timeline.now());
    });
}

/** Puts the component to rest in a state, with the ready instances that go with it. */
export function settleComponent(component: Component, status: string, now: number): void {
  component.status = status;
  component.updatedAt = now;
  component.availableReplica = status === 'RUNNING' ? Number(component.config.replica ?? 1) : 0;
  if (status === 'RUNNING') component.failDetail = undefined;
}

function statusAfter(kind: JobKind): string | undefined {
  if (kind === 'stop') return 'STOPPED';
  return kind === 'delete' ? undefined : 'RUNNING';
}

function restingStatus(earlier: string): string {
  return ['GRAYING', 'STOPPED', 'PENDING', 'DOWN', 'FAILED', 'PARTIALLY_FAILED'].includes(earlier)
    ? earlier
    : 'RUNNING';
}

/** What is deployed by a configuration, as `status.artifact` shows it. */
export function artifactOf(config: JsonObject): JsonObject {
  const source = asObject(config.source);
  return { type: source.kind === 'image' ? 'image' : 'package', url: asText(source.url) };
}
