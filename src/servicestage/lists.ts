// The reads that come in pages: a job's tasks, deployment records, the components of an application.
// Promises: bounded (50 pages of tasks, 20 of records, 200 of components); a page that repeats or stays empty ends or
// fails the read instead of looping; records come newest first. A list that cannot be read whole is a failure, never a
// short list, except for tasks: they only explain a job whose state the first page has already told.
import type { DeploymentRecord, Job, Lookup, RecordsLookup } from '../core/types.ts';
import type { Call, Reply } from './call.ts';
import { type Handle, label, missingOrThrow, readOrThrow, saysAbsent } from './client.ts';
import { casPath, componentPath, isJobId } from './endpoint.ts';
import { CloudFailure } from './failure.ts';
import {
  type ComponentSummary,
  type JobPage,
  type Page,
  type RawTask,
  readComponentsPage,
  readJobPage,
  readRecordsPage,
} from './schema.ts';
import { taskMessage } from './task-message.ts';
import { type Redact, truncate } from './text.ts';

const TASKS_PER_PAGE = 20;
const MAX_TASK_PAGES = 50;
const ROWS_PER_PAGE = 100;
const MAX_RECORD_PAGES = 20;
const MAX_COMPONENT_PAGES = 200;

/** GET job with the tasks of all pages; `missing` when the service no longer knows it, or when this can be no job's id. */
export async function getJob(handle: Handle, jobId: string): Promise<Lookup<Job>> {
  if (!isJobId(jobId))
    return { kind: 'missing', code: 'INVALID_JOB_ID', message: 'this can be no id of a job' };
  const first = await handle.caller.read(taskPage(handle, { jobId, offset: 0 }), handle.signal);
  if (first.kind === 'failed') return jobMissingOrThrow(first);
  const page = readOrThrow(first, readJobPage);
  const tasks = await moreTasks(handle, { jobId, page });
  const { rawStatus, phase } = page;
  const { redact } = first.reading;
  return {
    kind: 'found',
    value: { id: jobId, rawStatus: label(rawStatus, redact), phase, tasks: shown(tasks, redact) },
  };
}

/** GET records, newest first. */
export async function listRecords(handle: Handle): Promise<RecordsLookup> {
  const records: DeploymentRecord[] = [];
  const seen = new Set<string>();
  let total = 1;
  for (let page = 0; records.length < total && page < MAX_RECORD_PAGES; page += 1) {
    const reply = await handle.caller.read(recordPage(handle, records.length), handle.signal);
    if (reply.kind === 'failed') return unreadableOrThrow(reply);
    const read = readOrThrow(reply, readRecordsPage);
    const items = read.items.filter((record) => !seen.has(JSON.stringify(record)));
    total = read.total;
    records.push(...rowsOf({ items, total }, { have: records.length }));
    for (const record of items) seen.add(JSON.stringify(record));
  }
  if (records.length < total && !isNewestFirst(records)) throw listChanged(records.length, total);
  return { kind: 'found', records: newestFirst(records) };
}

/** The components of the target's application, page by page. Throws a CloudFailure. */
export async function* listComponents(handle: Handle): AsyncGenerator<ComponentSummary, void, undefined> {
  const path = casPath(handle.target, ['applications', handle.target.applicationId, 'components']);
  let have = 0;
  for (let page = 0, total = 1; have < total && page < MAX_COMPONENT_PAGES; page += 1) {
    const query = [
      ['limit', String(ROWS_PER_PAGE)],
      ['offset', String(have)],
    ] as const;
    const call: Call = { operation: 'listComponents', method: 'GET', path, query };
    const reply = await handle.caller.read(call, handle.signal);
    if (reply.kind === 'failed') throw new CloudFailure(reply.verdict.failure);
    const read = readOrThrow(reply, readComponentsPage);
    const rows = rowsOf(read, { have });
    total = read.total;
    have += rows.length;
    yield* rows;
  }
}

function taskPage(handle: Handle, page: { jobId: string; offset: number }): Call {
  return {
    operation: 'getJob',
    method: 'GET',
    path: casPath(handle.target, ['jobs', page.jobId]),
    query: [
      ['limit', String(TASKS_PER_PAGE)],
      ['offset', String(page.offset)],
    ],
  };
}

function recordPage(handle: Handle, offset: number): Call {
  return {
    operation: 'listRecords',
    method: 'GET',
    path: componentPath(handle.target, 'records'),
    query: [
      ['limit', String(ROWS_PER_PAGE)],
      ['offset', String(offset)],
      ['order', 'desc'],
    ],
  };
}

async function moreTasks(handle: Handle, job: { jobId: string; page: JobPage }): Promise<readonly RawTask[]> {
  const tasks = [...job.page.tasks];
  const seen = new Set(tasks.map((task) => task.id));
  for (let page = 1; page < MAX_TASK_PAGES && tasks.length < job.page.taskCount; page += 1) {
    const call = taskPage(handle, { jobId: job.jobId, offset: tasks.length });
    const reply = await handle.caller.read(call, handle.signal);
    const read = reply.kind === 'failed' ? undefined : readJobPage(reply.value);
    // A service that ignores the offset sends the first page again.
    const fresh = read?.tasks.filter((task) => task.id === '' || !seen.has(task.id)) ?? [];
    if (fresh.length === 0) break;
    for (const task of fresh) seen.add(task.id);
    tasks.push(...fresh);
  }
  return tasks.slice(0, MAX_TASK_PAGES * TASKS_PER_PAGE);
}

function shown(tasks: readonly RawTask[], redact: Redact): Job['tasks'] {
  return tasks.map(({ name, status, messages }) => ({
    name: label(name, redact),
    status: label(status, redact),
    message: taskMessage(messages, redact),
  }));
}

/** Any code of the service with a 404 means here that the job is forgotten; what follows is judged by the component. */
function jobMissingOrThrow(reply: Reply & { kind: 'failed' }): Lookup<Job> {
  const { failure, absent } = reply.verdict;
  if (absent === 'target') return missingOrThrow(reply.verdict);
  if (saysAbsent(failure)) return { kind: 'missing', code: failure.code, message: failure.message };
  if (failure.httpStatus !== 403) throw new CloudFailure(failure);
  // The permission for jobs hangs on another action than modifying and reading components do.
  throw new CloudFailure({
    ...failure,
    message: truncate(
      `reading a job needs the IAM action servicestage:app:listApplication; ${failure.message}`,
      300,
    ),
  });
}

function unreadableOrThrow(reply: Reply & { kind: 'failed' }): RecordsLookup {
  const { failure, absent } = reply.verdict;
  if (failure.httpStatus === 403) return { kind: 'unreadable', reason: 'forbidden' };
  // A site without the records API answers APIGW.0101; the component itself is asked for elsewhere.
  const missing = absent === 'target' || saysAbsent(failure) || failure.code === 'APIGW.0101';
  if (missing) return { kind: 'unreadable', reason: 'missing' };
  throw new CloudFailure(failure);
}

function rowsOf<T>(page: Page<T>, given: { have: number }): readonly T[] {
  if (page.items.length > 0 || page.total <= given.have) return page.items;
  throw listChanged(given.have, page.total);
}

function listChanged(have: number, total: number): CloudFailure {
  return new CloudFailure({
    class: 'transient',
    code: 'LIST_CHANGED',
    message: `only ${have} of ${total} rows of a list could be read; it is read again`,
  });
}

/** Whether a list that was cut at its bound surely holds the newest records: the service may ignore the order asked for. */
function isNewestFirst(records: readonly DeploymentRecord[]): boolean {
  const first = records.at(0)?.beginMs;
  const last = records.at(-1)?.beginMs;
  return first !== undefined && last !== undefined && first >= last;
}

function newestFirst(records: readonly DeploymentRecord[]): readonly DeploymentRecord[] {
  if (records.some((record) => record.beginMs === undefined)) return records;
  return records.toSorted((left, right) => (right.beginMs ?? 0) - (left.beginMs ?? 0));
}
