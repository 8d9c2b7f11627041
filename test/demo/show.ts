// Pictures of the world: what changed in a manifest, what the service received, how a job goes, what kubectl would print.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleProjectId, exampleToken, type JournalEntry } from '../fakes/simulator/index.ts';
import { componentsPath } from '../support/kube-target.ts';
import { statusOf, until } from './actions.ts';
import { lineDiff } from './line-diff.ts';
import { NAME, NAMESPACE } from './manifest.ts';
import { yamlOf } from './screen.ts';
import type { Stage } from './stage.ts';

const MARKS: Readonly<Record<string, string>> = {
  SUCCEEDED: '✓',
  RUNNING: '▸',
  FAILED: '✗',
  SUBMITTED: '·',
  SCHEDULED: '·',
};

/** The keys of `spec.component` in which the two differ, as lines of a diff. */
export function showChange(stage: Stage, before: JsonObject, after: JsonObject): void {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  const side = (from: JsonObject, key: string): string =>
    from[key] === undefined ? '' : yamlOf({ [key]: from[key] });
  const lines = changed.flatMap((key) => lineDiff(side(before, key), side(after, key)));
  stage.screen.block(`change of spec.component (${NAME})`, lines.join('\n'));
}

export function showPut(stage: Stage, { method, path, body }: JournalEntry): void {
  const text = JSON.stringify(body, undefined, 2);
  stage.screen.block('ServiceStage received', `${method} ${path}\n${text}`);
}

const OPEN_STATES: ReadonlySet<string> = new Set(['SUBMITTED', 'SCHEDULED', 'RUNNING']);

interface Task {
  readonly task_name: string;
  readonly task_status: string;
}

/** Prints a line whenever the job or one of its tasks has moved, until the job has ended. Gives back its last status. */
export async function followJob(stage: Stage, jobId: string): Promise<string> {
  return await watchJob(stage, jobId, () => true);
}

/** Waits for the end of the job and prints that alone. Gives back its last status. */
export async function awaitJob(stage: Stage, jobId: string): Promise<string> {
  return await watchJob(stage, jobId, (status) => !OPEN_STATES.has(status));
}

async function watchJob(
  stage: Stage,
  jobId: string,
  worthALine: (status: string) => boolean,
): Promise<string> {
  stage.screen.label(`job ${jobId}`);
  let shown = '';
  return await until(stage, `the end of job ${jobId}`, async () => {
    const { status, tasks } = await readJob(stage, jobId);
    const line = `${status.padEnd(10)} ${tasks.map(taskText).join('  ')}`;
    if (line !== shown && worthALine(status)) stage.screen.line(line);
    shown = line;
    return OPEN_STATES.has(status) ? undefined : status;
  });
}

function taskText({ task_name, task_status }: Task): string {
  return `${MARKS[task_status] ?? '-'} ${task_name}`;
}

async function readJob(stage: Stage, jobId: string): Promise<{ status: string; tasks: readonly Task[] }> {
  const response = await fetch(`${stage.cloud.url}/v3/${exampleProjectId}/cas/jobs/${jobId}`, {
    headers: { 'X-Auth-Token': exampleToken },
    signal: stage.signal,
  });
  const { job, tasks } = (await response.json()) as {
    job: { execution_status: string };
    tasks: readonly Task[];
  };
  return { status: job.execution_status, tasks };
}

/** The table that `kubectl get ssc` prints, as the server renders it. */
export async function showGet(stage: Stage): Promise<void> {
  const response = await fetch(stage.kube.url + componentsPath(NAMESPACE), {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    signal: stage.signal,
  });
  const { columnDefinitions, rows } = (await response.json()) as {
    columnDefinitions: readonly { name: string; priority: number }[];
    rows: readonly { cells: readonly unknown[] }[];
  };
  const narrow = columnDefinitions.map(({ priority }) => priority === 0);
  const pick = (cells: readonly unknown[]): readonly string[] =>
    cells.filter((_, index) => narrow[index]).map((cell) => String(cell ?? ''));
  stage.screen.label(`$ kubectl get ssc -n ${NAMESPACE}`);
  stage.screen.table([
    pick(columnDefinitions.map(({ name }) => name.toUpperCase())),
    ...rows.map(({ cells }) => pick(cells)),
  ]);
}

export function showConditions(stage: Stage, object: KubeObject): void {
  stage.screen.label(`status.conditions (generation ${object.metadata.generation})`);
  stage.screen.pairs(
    (statusOf(object).conditions ?? []).map(({ type, status, reason, message }) => [
      `${type}=${status}`,
      `${reason}: ${message}`,
    ]),
  );
}

export interface EventView {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
}

/** Events about the component with this reason, oldest first; waits for the first one, as events are written behind. */
export async function eventsOf(stage: Stage, reason: string): Promise<readonly EventView[]> {
  return await until(stage, `an event ${reason}`, async () => {
    const path = `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`;
    const { json } = await stage.kube.call('GET', path);
    const items = json.items as unknown as readonly (EventView & { regarding: { name: string } })[];
    const found = items.filter((event) => event.reason === reason && event.regarding.name === NAME);
    return found.length === 0 ? undefined : found;
  });
}

/** Lets time pass in which nothing must happen. */
export async function pause(stage: Stage, ms: number): Promise<void> {
  await sleep(ms, undefined, { signal: stage.signal });
}
