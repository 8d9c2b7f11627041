import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asObject, readJson } from '../../src/servicestage/json.ts';
import {
  readComponent,
  readComponentsPage,
  readJobId,
  readJobPage,
  readRecordsPage,
  readTime,
} from '../../src/servicestage/schema.ts';
import { taskMessage } from '../../src/servicestage/task-message.ts';
import { createRedact } from '../../src/servicestage/text.ts';
import { COMPONENT, JOB_ID } from './server.ts';

describe('readComponent', () => {
  it('reads the documented answer and keeps the body untouched', () => {
    const value = { ...COMPONENT, 'x-new': { deep: [1] } };
    expect(readComponent(value)).toEqual({
      body: value,
      name: 'weather',
      version: '1.0.1',
      runtimeStack: COMPONENT.runtime_stack,
      replica: 1,
      status: 'RUNNING',
      lastJobId: JOB_ID,
      availableReplica: 1,
    });
  });

  it.each([
    ['an unknown state', { status: { component_status: 'hibernating' } }, { status: 'HIBERNATING' }],
    ['no status', { status: undefined }, { status: '' }],
    ['a status that is no object', { status: 'RUNNING' }, { status: '' }],
    [
      'numbers as text',
      { replica: '3', status: { available_replica: '2' } },
      { replica: 3, availableReplica: 2 },
    ],
    ['a version as a number', { version: 1.1 }, { version: '1.1' }],
    ['wrong types', { replica: 'x', version: {}, runtime_stack: 'Java' }, { runtimeStack: {} }],
    ['a failure detail', { status: { fail_detail: 'create_failed' } }, { failDetail: 'create_failed' }],
    [
      'an artifact address with user-info and query',
      { status: { artifact: { type: 'package', url: 'https://u:p@h/a.jar?sig=1' } } },
      { artifact: 'https://h/a.jar' },
    ],
    ['an empty last job', { status: { last_job_id: '' } }, { status: '' }],
    ['null in every optional place', { version: null, replica: null, status: null }, { status: '' }],
  ])('takes %s', (_name, change, want) => {
    const read = readComponent({ name: 'weather', runtime_stack: {}, ...change });
    expect(read).toMatchObject(want);
    expect(Object.values(read ?? {})).not.toContain(undefined);
  });

  it.each([[{}], [null], [[]], ['text'], [{ name: '' }], [{ name: 1 }], [{ component: COMPONENT }]])(
    'does not take %j for a component',
    (value) => expect(readComponent(value)).toBeUndefined(),
  );
});

describe('readJobId', () => {
  it.each([
    [{ job_id: JOB_ID }, JOB_ID],
    [{ job_id: 1 }, undefined],
    [{}, undefined],
    ['x', undefined],
    [undefined, undefined],
  ])('reads %j', (value, want) => expect(readJobId(value)).toBe(want));
});

describe('readJobPage', () => {
  it.each([
    ['SUBMITTED', 'running'],
    ['SCHEDULED', 'running'],
    ['RUNNING', 'running'],
    ['ROLLBACKING', 'running'],
    ['SUCCEEDED', 'succeeded'],
    ['FAILED', 'failed'],
    ['CANCELLED', 'failed'],
    ['PARTIALLY_FAILED', 'failed'],
    ['ROLLBACKED', 'failed'],
    ['UNKNOWN', 'unknown'],
    ['PAUSED_BY_MOON', 'running'],
    ['constructor', 'running'],
    ['', 'running'],
  ])('takes %j for %s, in both casings and any case of the value', (state, phase) => {
    const rawStatus = state.toUpperCase();
    expect(readJobPage({ job: { execution_status: state } })).toMatchObject({ rawStatus, phase });
    expect(readJobPage({ job: { EXECUTION_STATUS: state.toLowerCase() } })).toMatchObject({
      rawStatus,
      phase,
    });
  });

  it('reads tasks in both casings', () => {
    const lower = { task_id: 'Task-1', task_name: 'BUILD', task_status: 'FAILED', messages: '{}' };
    const upper = { TASK_ID: 'Task-1', TASK_NAME: 'BUILD', TASK_STATUS: 'failed', MESSAGES: '{}' };
    const want = [{ id: 'Task-1', name: 'BUILD', status: 'FAILED', messages: '{}' }];
    expect(readJobPage({ task_count: 1, job: {}, tasks: [lower] })?.tasks).toEqual(want);
    expect(readJobPage({ TASK_COUNT: '1', JOB: {}, TASKS: [upper] })).toMatchObject({
      taskCount: 1,
      tasks: want,
    });
  });

  it('skips what is no task and takes a missing list for none', () => {
    expect(readJobPage({ job: {}, tasks: [null, 1, 'x', {}] })?.tasks).toEqual([
      { id: '', name: '', status: '', messages: undefined },
    ]);
    expect(readJobPage({ job: {}, tasks: null })).toMatchObject({ taskCount: 0, tasks: [] });
  });

  it.each([[{}], [null], [{ tasks: [] }], [{ job: [] }]])('does not take %j for a job', (value) =>
    expect(readJobPage(value)).toBeUndefined(),
  );
});

describe('taskMessage', () => {
  const redact = createRedact(['topsecret']);

  it.each([
    ['{}', ''],
    ['', ''],
    [undefined, ''],
    [null, ''],
    ['plain words', 'plain words'],
    ['{"message":"image not found"}', 'image not found'],
    ['{"error_code":"SVCSTG.1","error_msg":"no such image"}', 'SVCSTG.1: no such image'],
    ['{"detail":{"reason":"quota"}}', 'quota'],
    ['[{"msg":"a"},{"msg":"b"}]', 'a; b'],
    ['"{\\"message\\":\\"nested\\"}"', 'nested'],
    ['{"pod":"web-1","phase":"Pending","note":""}', 'pod: web-1, phase: Pending'],
    ['{"broken', '{"broken'],
    [{ message: 'an object, not a text' }, 'an object, not a text'],
    [7, '7'],
    ['token topsecret failed at https://u:p@h/x?y', 'token *** failed at https://h/x'],
    [`{"message":"${'x'.repeat(500)}"}`, `${'x'.repeat(125)}…`],
  ])('reads %j as %j', (messages, want) => expect(taskMessage(messages, redact)).toBe(want));
});

describe('readRecordsPage', () => {
  it('reads versions, jobs and begin times', () => {
    const row = {
      version: '1.0.2',
      begin_time: '1752105600000',
      jobs: [{ job_id: JOB_ID }, { job_id: '' }, 'x'],
    };
    expect(readRecordsPage({ count: 3, records: [row, { version: 2 }, {}] })).toEqual({
      total: 3,
      items: [
        { version: '1.0.2', jobIds: [JOB_ID], beginMs: 1_752_105_600_000 },
        { version: '2', jobIds: [] },
        { version: '', jobIds: [] },
      ],
    });
  });

  it('takes null for an empty list only when the count is 0', () => {
    expect(readRecordsPage({ count: 0, records: null })).toEqual({ total: 0, items: [] });
    expect(readRecordsPage({ count: 1, records: null })).toBeUndefined();
    expect(readRecordsPage({})).toBeUndefined();
  });

  it('does not skip a row it cannot read', () => {
    expect(readRecordsPage({ count: 2, records: [{}, null] })).toBeUndefined();
  });
});

describe('readComponentsPage', () => {
  it('reads what a sweep needs', () => {
    expect(readComponentsPage({ count: 1, components: [{ id: 'c1', ...COMPONENT }] })?.items).toEqual([
      { id: 'c1', name: 'weather', version: '1.0.1', status: 'RUNNING', lastJobId: JOB_ID },
    ]);
  });

  it('does not skip a component without id', () => {
    expect(readComponentsPage({ count: 1, components: [COMPONENT] })).toBeUndefined();
  });
});

describe('readTime', () => {
  it.each([
    [1_752_105_600_000, 1_752_105_600_000],
    ['1752105600000', 1_752_105_600_000],
    [1_752_105_600, 1_752_105_600_000],
    ['2025-07-10T00:00:00Z', 1_752_105_600_000],
    ['2025-07-10T00:00:00.000+0000', 1_752_105_600_000],
    ['2025-07-10 00:00:00', 1_752_105_600_000],
    ['2025-07-10 02:00:00 +02:00', 1_752_105_600_000],
    ['yesterday', undefined],
    ['', undefined],
    [null, undefined],
    [{}, undefined],
    [1e300, undefined],
    ['2025-99-99T00:00:00Z', undefined],
  ])('reads %j as %j', (given, want) => expect(readTime(given)).toBe(want));
});

describe('answers of any kind', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;

  it('reads no JSON that is nested too deeply, and brackets in texts do not count', () => {
    expect(readJson(deep)).toBeUndefined();
    expect(readJson(JSON.stringify('['.repeat(1_000)))).toBe('['.repeat(1_000));
    expect(readJson('{"a":"\\"[[["}')).toEqual({ a: '"[[[' });
    expect(asObject(readJson('{"__proto__":{"x":1}}'))).toBeDefined();
  });

  const readers = { readComponent, readJobPage, readRecordsPage, readComponentsPage, readJobId, readTime };

  it.each(Object.entries(readers))('%s never throws on any value', (_name, read) => {
    const key = fc.constantFrom(
      'job',
      'tasks',
      'records',
      'components',
      'status',
      'name',
      'count',
      'jobs',
      'TASKS',
    );
    const value = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 5 }, fc.anything(), fc.dictionary(key, tie('node')), fc.array(tie('node'))),
    })).node;
    fc.assert(fc.property(value, (given) => void read(given)));
  });

  it('taskMessage never throws and stays within 128 bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.jsonValue()), (given) => {
        expect(Buffer.byteLength(taskMessage(given, createRedact(['canary'])))).toBeLessThanOrEqual(128);
      }),
    );
  });
});
