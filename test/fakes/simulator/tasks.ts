// GET job as it is rendered: the job in lower- or upper-case keys, its tasks page by page, each message a JSON text
// inside a string (API page 0190).
import type { Json, JsonObject } from './json.ts';
import type { Job, World } from './state.ts';

const stepNames = ['PRECHECK', 'SEPARATOR_BUILDING', 'PREPARE_ARTIFACT', 'DEPLOY_WORKLOAD', 'WAIT_READY'];

const jobTypes: Readonly<Record<string, string>> = {
  create: 'PROVISION',
  delete: 'DEPROVISION',
};

export interface Page {
  readonly limit: number;
  readonly offset: number;
  readonly order: 'ascending' | 'descending';
}

/** The answer body of GET job for one page of tasks. */
export function jobAnswer(world: World, job: Job, page: Page): JsonObject {
  const tasks = job.taskIds.map((id, index) => taskView(world, job, { id, index }));
  const ordered = page.order === 'descending' ? tasks.toReversed() : tasks;
  const rendered = ordered.slice(page.offset, page.offset + page.limit);
  return {
    task_count: tasks.length,
    job: cased(world, jobView(job)),
    tasks: rendered.map((task) => cased(world, task)),
  };
}

function cased(world: World, view: JsonObject): JsonObject {
  if (world.settings.jobKeyCase === 'lower') return view;
  return Object.fromEntries(Object.entries(view).map(([key, value]) => [key.toUpperCase(), value]));
}

function jobView(job: Job): JsonObject {
  return {
    created_by: job.creator,
    execution_status: job.status,
    job_desc: `${job.kind} component`,
    job_id: job.id,
    job_name: `${job.kind}-component`,
    job_type: jobTypes[job.kind] ?? 'DAILY_OPERATION',
    order_id: '',
    project_id: job.projectId,
    rollback_enabled: false,
    service_instance_id: job.componentId,
  };
}

function taskView(world: World, job: Job, task: { readonly id: string; readonly index: number }): JsonObject {
  const status = taskStatus(world, job, task.index);
  return {
    created_at: job.acceptedAt,
    last_health_check: world.timeline.now(),
    messages: taskMessages(job, status),
    owner_id: job.id,
    task_id: task.id,
    task_index: task.index,
    task_name: stepNames[task.index] ?? `BATCH_${task.index - stepNames.length + 1}`,
    task_status: status,
    task_type: 'echo',
  };
}

function taskMessages(job: Job, status: string): Json {
  if (!['FAILED', 'CANCELLED', 'UNKNOWN'].includes(status)) return '{}';
  const message = job.script.message ?? `the step ended as ${status}`;
  return JSON.stringify({ message });
}

function taskStatus(world: World, job: Job, index: number): string {
  const broken = Math.min(job.script.failingTask ?? job.taskIds.length - 1, job.taskIds.length - 1);
  switch (job.status) {
    case 'SUBMITTED':
    case 'SCHEDULED':
    case 'SUCCEEDED':
      return job.status;
    case 'FAILED':
    case 'CANCELLED':
    case 'UNKNOWN':
      if (index === broken) return job.status;
      return index < broken ? 'SUCCEEDED' : 'SKIPPED';
    case 'PARTIALLY_FAILED':
      return index === broken ? 'FAILED' : 'SUCCEEDED';
    case 'ROLLBACKING':
    case 'ROLLBACKED':
      if (index === broken) return 'FAILED';
      return index < broken ? job.status : 'SKIPPED';
    default:
      return runningTaskStatus(world, job, index);
  }
}

/** The tasks share the time after the job began to run; the last one stays open for as long as the job does. */
function runningTaskStatus(world: World, job: Job, index: number): string {
  const begun = job.acceptedAt + job.durationMs * 0.2;
  const share = (world.timeline.now() - begun) / Math.max(1, job.durationMs * 0.8);
  const current = Math.min(Math.floor(share * job.taskIds.length), job.taskIds.length - 1);
  if (index === current) return 'RUNNING';
  return index < current ? 'SUCCEEDED' : 'SUBMITTED';
}
