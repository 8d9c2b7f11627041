// Reads the answers of the service, tolerantly: an unknown value, a missing or wrong-typed optional field is no error.
// What is not at all the documented thing (no object, no name) is `undefined`, so that a proxy's page or an empty answer
// is never taken for a component, a job or an empty list. Both key casings of jobs are read (API pages of 2024 say upper
// case, newer ones and the live service lower case).
import { z } from 'zod';
import type { DeploymentRecord, JobPhase, JsonObject, RemoteComponent } from '../core/types.ts';
import { asObject } from './json.ts';
import { stripUrls } from './text.ts';

const text = z
  .union([z.string(), z.number().transform(String)])
  .optional()
  .catch(undefined);
const count = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .pipe(z.number().int().nonnegative())
  .optional()
  .catch(undefined);
const object = z.record(z.string(), z.unknown()).optional().catch(undefined);

const componentSchema = z.object({
  name: z.string().min(1),
  version: text,
  runtime_stack: object,
  replica: count,
  status: z
    .object({
      component_status: text,
      last_job_id: text,
      available_replica: count,
      fail_detail: text,
      artifact: object,
    })
    .optional()
    .catch(undefined),
});

/** GET component. A missing runtime stack reads as `{}`. */
export function readComponent(value: unknown): RemoteComponent | undefined {
  const read = componentSchema.safeParse(value);
  const body = asObject(value);
  if (!read.success || body === undefined) return undefined;
  const { name, version, runtime_stack: stack, replica, status } = read.data;
  const artifactUrl = status?.artifact?.url;
  return {
    body: body as JsonObject,
    name,
    runtimeStack: (stack ?? {}) as JsonObject,
    status: status?.component_status?.toUpperCase() ?? '',
    ...defined('version', version),
    ...defined('replica', replica),
    ...defined('lastJobId', status?.last_job_id || undefined),
    ...defined('availableReplica', status?.available_replica),
    ...defined('failDetail', status?.fail_detail || undefined),
    ...defined(
      'artifact',
      typeof artifactUrl === 'string' && artifactUrl !== '' ? stripUrls(artifactUrl) : undefined,
    ),
  };
}

/** The job id of an accepted write; undefined when there is none. */
export function readJobId(value: unknown): string | undefined {
  return z.object({ job_id: z.string() }).safeParse(value).data?.job_id;
}

export interface RawTask {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly messages: unknown;
}

export interface JobPage {
  readonly rawStatus: string;
  readonly phase: JobPhase;
  readonly taskCount: number;
  readonly tasks: readonly RawTask[];
}

const PHASES: Readonly<Record<string, JobPhase>> = {
  SUBMITTED: 'running',
  SCHEDULED: 'running',
  RUNNING: 'running',
  ROLLBACKING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'failed',
  PARTIALLY_FAILED: 'failed',
  ROLLBACKED: 'failed', // ended, but the change was undone
  UNKNOWN: 'unknown',
};

/** One page of GET job. An unrecognised state counts as running; the loop's deadline bounds it. */
export function readJobPage(value: unknown): JobPage | undefined {
  const page = asObject(lowerKeys(value));
  const job = asObject(lowerKeys(page?.job));
  if (page === undefined || job === undefined) return undefined;
  const rawStatus = (text.parse(job.execution_status) ?? '').trim().toUpperCase();
  const tasks = Array.isArray(page.tasks) ? page.tasks.flatMap(readTask) : [];
  return {
    rawStatus,
    phase: (Object.hasOwn(PHASES, rawStatus) ? PHASES[rawStatus] : undefined) ?? 'running',
    taskCount: count.parse(page.task_count) ?? tasks.length,
    tasks,
  };
}

export interface Page<T> {
  /** Rows of all pages as the service counts them. */
  readonly total: number;
  readonly items: readonly T[];
}

/**
 * One page of GET records. A row that is no object makes the page unreadable: skipping it could hide the very record
 * that shows an accepted write.
 */
export function readRecordsPage(value: unknown): Page<DeploymentRecord> | undefined {
  return readPage(value, { list: 'records', item: readRecord });
}

export interface ComponentSummary {
  readonly id: string;
  readonly name: string;
  readonly version?: string;
  /** Upper case, `''` when absent. */
  readonly status: string;
  readonly lastJobId?: string;
}

/** One page of the list of components. */
export function readComponentsPage(value: unknown): Page<ComponentSummary> | undefined {
  return readPage(value, { list: 'components', item: readSummary });
}

function readPage<T>(
  value: unknown,
  shape: { list: string; item: (row: Readonly<Record<string, unknown>>) => T | undefined },
): Page<T> | undefined {
  const page = asObject(value);
  const total = count.parse(page?.count);
  // `null` in place of an empty list is seen in the wild; without a count of 0 it is no list at all.
  const rows = page?.[shape.list] ?? (total === 0 ? [] : undefined);
  if (!Array.isArray(rows)) return undefined;
  const items: T[] = [];
  for (const row of rows) {
    const item = shape.item(asObject(row) ?? {});
    if (asObject(row) === undefined || item === undefined) return undefined;
    items.push(item);
  }
  return { total: total ?? items.length, items };
}

function readRecord(row: Readonly<Record<string, unknown>>): DeploymentRecord {
  const jobs = Array.isArray(row.jobs) ? row.jobs : [];
  const ids = [...jobs.map((job) => asObject(job)?.job_id), row.job_id];
  return {
    version: text.parse(row.version) ?? '',
    jobIds: [...new Set(ids.filter((id) => typeof id === 'string' && id !== ''))] as string[],
    ...defined('beginMs', readTime(row.begin_time)),
  };
}

function readSummary(row: Readonly<Record<string, unknown>>): ComponentSummary | undefined {
  const id = text.parse(row.id ?? row.component_id);
  if (id === undefined) return undefined;
  const status = asObject(row.status);
  return {
    id,
    name: text.parse(row.name) ?? '',
    status: (text.parse(status?.component_status) ?? '').toUpperCase(),
    ...defined('version', text.parse(row.version)),
    ...defined('lastJobId', text.parse(status?.last_job_id) || undefined),
  };
}

/** Epoch ms of a number or numeric text in ms or s, or of an ISO text (UTC where it names no zone). */
export function readTime(value: unknown): number | undefined {
  const raw = text.parse(value)?.trim() ?? '';
  if (/^\d{9,14}(\.\d+)?$/.test(raw))
    return Math.round(Number(raw) < 1e11 ? Number(raw) * 1000 : Number(raw));
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(raw)) return undefined;
  const iso = raw.replace(' ', 'T').replace(/\s+(?=[+-]\d)/, '');
  const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`);
  return Number.isFinite(ms) ? ms : undefined;
}

function readTask(value: unknown): readonly RawTask[] {
  const task = asObject(lowerKeys(value));
  if (task === undefined) return [];
  const field = (name: string): string => text.parse(task[name]) ?? '';
  return [
    {
      id: field('task_id'),
      name: field('task_name') || field('task_type') || field('task_id'),
      status: field('task_status').toUpperCase(),
      messages: task.messages,
    },
  ];
}

/** Lower-case keys win over upper-case ones when an answer holds both. */
function lowerKeys(value: unknown): unknown {
  const given = asObject(value);
  if (given === undefined) return value;
  const folded = Object.entries(given).map(([key, inner]) => [key.toLowerCase(), inner] as const);
  return { ...Object.fromEntries(folded), ...given };
}

function defined<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
