// Jobs: their way through the states, every end, tasks and pages, both key casings, and what stays hidden for how long.
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchMaker } from '../support/simulator-fixture.ts';
import { defaultSettings, exampleBody, exampleContainerBody } from './simulator/index.ts';

const bench = benchMaker(onTestFinished);

/** A bench with one accepted modify, whose job id is `id`. */
async function running(...args: Parameters<typeof bench>) {
  const rig = await bench(...args);
  const id = (await rig.modify()).textAt('job_id');
  const status = async () => (await rig.job(id)).at('job.execution_status');
  return { ...rig, id, status };
}

it('goes SUBMITTED, SCHEDULED, RUNNING, SUCCEEDED by the clock', async () => {
  const { simulator, status } = await running();
  const seen = [await status()];
  for (const ms of [30, 30, 239, 1]) {
    simulator.advance(ms);
    seen.push(await status());
  }
  expect(seen).toEqual(['SUBMITTED', 'SCHEDULED', 'RUNNING', 'RUNNING', 'SUCCEEDED']);
});

it('runs by the wall clock too', async () => {
  const { id, job, simulator, component } = await running({ now: Date.now, settings: { jobDurationMs: 20 } });
  await expect.poll(() => simulator.component(component.id).status).toBe('RUNNING');
  expect((await job(id)).at('job.execution_status')).toBe('SUCCEEDED');
});

describe('scripted ends', () => {
  it.each([
    { script: { end: 'SUCCEEDED' }, job: 'SUCCEEDED', component: 'RUNNING', version: '1.0.2' },
    { script: { end: 'FAILED' }, job: 'FAILED', component: 'FAILED', version: '1.0.2' },
    { script: { end: 'CANCELLED' }, job: 'CANCELLED', component: 'RUNNING', version: '1.0.2' },
    {
      script: { end: 'PARTIALLY_FAILED' },
      job: 'PARTIALLY_FAILED',
      component: 'PARTIALLY_FAILED',
      version: '1.0.2',
    },
    { script: { end: 'ROLLBACKED' }, job: 'ROLLBACKED', component: 'RUNNING', version: '2023.0323.15181' },
    { script: { end: 'UNKNOWN' }, job: 'UNKNOWN', component: 'RUNNING', version: '1.0.2' },
    { script: { end: 'STUCK' }, job: 'RUNNING', component: 'UPGRADING', version: '1.0.2' },
    {
      script: { end: 'SUCCEEDED', componentStatus: 'PENDING' },
      job: 'SUCCEEDED',
      component: 'PENDING',
      version: '1.0.2',
    },
  ] as const)('$script.end: job $job, component $component', async ({ script, ...want }) => {
    const { simulator, modify, job, get, path } = await bench();
    simulator.scriptJob(script);
    const id = (await modify()).textAt('job_id');
    simulator.advance(400);
    expect((await job(id)).at('job.execution_status')).toBe(want.job);
    const after = await get(path);
    expect(after.json).toMatchObject({ version: want.version, status: { component_status: want.component } });
  });

  it('names the failing task with its message as JSON in a string, and skips the rest', async () => {
    const { simulator, modify, job } = await bench();
    simulator.scriptJob({
      end: 'FAILED',
      failingTask: 1,
      message: 'image not found',
      failDetail: 'resource_deleted',
    });
    const id = (await modify()).textAt('job_id');
    simulator.advance(300);
    const answer = await job(id);
    const statuses = [0, 1, 2, 3, 4].map((index) => answer.at(`tasks.${index}.task_status`));
    expect(statuses).toEqual(['SUCCEEDED', 'FAILED', 'SKIPPED', 'SKIPPED', 'SKIPPED']);
    expect(JSON.parse(answer.textAt('tasks.1.messages'))).toEqual({ message: 'image not found' });
    expect(answer.at('tasks.0.messages')).toBe('{}');
  });

  it('shows ROLLBACKING on the way back', async () => {
    const { simulator, modify, job } = await bench();
    simulator.scriptJob({ end: 'ROLLBACKED' });
    const id = (await modify()).textAt('job_id');
    simulator.advance(300);
    expect((await job(id)).at('job.execution_status')).toBe('ROLLBACKING');
  });

  it('can recover: a component from PENDING, a job from UNKNOWN', async () => {
    const { simulator, modify, job, component } = await bench();
    simulator.scriptJob({
      end: 'UNKNOWN',
      componentStatus: 'PENDING',
      componentRecoversAfterMs: 50,
      jobRecoversAfterMs: 80,
    });
    const id = (await modify()).textAt('job_id');
    simulator.advance(349);
    expect(simulator.component(component.id)).toMatchObject({ status: 'PENDING', availableReplica: 0 });
    simulator.advance(1);
    expect(simulator.component(component.id)).toMatchObject({ status: 'RUNNING', availableReplica: 1 });
    expect((await job(id)).at('job.execution_status')).toBe('UNKNOWN');
    simulator.advance(30);
    expect((await job(id)).at('job.execution_status')).toBe('SUCCEEDED');
  });

  it('forgets a job after its end, or when told', async () => {
    const { simulator, modify, job } = await bench();
    simulator.scriptJob({ end: 'SUCCEEDED', forgetAfterMs: 10 });
    const first = (await modify()).textAt('job_id');
    simulator.advance(310);
    expect(await job(first)).toMatchObject({ status: 404, json: { error_code: 'SVCSTG.00100408' } });
    const second = (await modify()).textAt('job_id');
    simulator.forgetJob(second);
    expect((await job(second)).status).toBe(404);
  });

  it('uses scripts up in order, those of the component first', async () => {
    const { simulator, component, act } = await bench();
    const other = simulator.addComponent({ body: exampleContainerBody });
    simulator.scriptJob({ end: 'STUCK' });
    simulator.scriptJob({ end: 'STUCK' }, other.id);
    simulator.scriptJob({ end: 'FAILED', durationMs: 5 }, component.id);
    await act('restart');
    simulator.advance(5);
    expect(simulator.component(component.id).status).toBe('FAILED');
    await act('restart');
    simulator.advance(10_000);
    expect(simulator.component(component.id).status).toBe('RESTARTING');
  });

  it('starts with no job, or with one that is forgotten, when seeded so', async () => {
    const { simulator, job } = await bench();
    const body = { ...exampleBody, name: 'imported' };
    expect(simulator.addComponent({ body, lastJob: 'none' }).lastJobId).toBeUndefined();
    const forgotten = simulator.addComponent({ body, lastJob: 'forgotten', status: 'FAILED' });
    expect(forgotten.status).toBe('FAILED');
    expect((await job(forgotten.lastJobId ?? '')).status).toBe(404);
  });
});

describe('a gray release', () => {
  const gray = {
    deploy_strategy: {
      type: 'GrayRelease',
      gray_release: { type: 'WEIGHT', first_batch_weight: 10, first_batch_replica: 1, remaining_batch: 1 },
    },
  };

  it.each([
    ['RUNNING' as const, 'SUCCEEDED'],
    ['SUCCEEDED' as const, 'SUCCEEDED'],
  ])('waits at GRAYING with its job %s until it is continued', async (grayJob, end) => {
    const { simulator, modify, act, job, component, get, path } = await bench();
    if (grayJob === 'SUCCEEDED') simulator.scriptJob({ end: 'GRAYING', grayJob });
    const id = (await modify(gray)).textAt('job_id');
    simulator.advance(10_000);
    expect(simulator.component(component.id).status).toBe('GRAYING');
    expect((await job(id)).at('job.execution_status')).toBe(grayJob);
    expect((await modify({ version: '1.0.3' })).status).toBe(400);
    const continued = await act('continue_deploy');
    simulator.advance(300);
    expect((await job(id)).at('job.execution_status')).toBe(end);
    expect((await get(path)).json).toMatchObject({
      status: { component_status: 'RUNNING', last_job_id: continued.at('job_id') },
    });
    expect(simulator.component(component.id).records.at(-1)).toMatchObject({
      version: '1.0.2',
      currentUsed: true,
    });
  });

  it('can be rolled back', async () => {
    const { simulator, modify, act, job, component, get, path } = await bench();
    const id = (await modify(gray)).textAt('job_id');
    simulator.advance(300);
    expect((await act('modify_gray_rule')).status).toBe(200);
    await act('rollback_current');
    simulator.advance(300);
    expect((await job(id)).at('job.execution_status')).toBe('ROLLBACKED');
    expect(simulator.component(component.id).status).toBe('RUNNING');
    expect((await get(path)).at('version')).toBe('2023.0323.15181');
  });
});

describe('GET job', () => {
  it('writes lower-case keys, or upper-case ones', async () => {
    const { simulator, id, job } = await running();
    const lower = await job(id);
    expect(lower.json).toMatchObject({
      task_count: 5,
      job: { job_id: id, execution_status: 'SUBMITTED', job_type: 'DAILY_OPERATION' },
    });
    expect(lower.at('tasks.0.task_id')).toMatch(/^Task-/);
    simulator.configure({ jobKeyCase: 'upper' });
    const upper = await job(id);
    expect(upper.json).toMatchObject({ task_count: 5, job: { JOB_ID: id, EXECUTION_STATUS: 'SUBMITTED' } });
    expect(upper.at('tasks.0.TASK_STATUS')).toBe('SUBMITTED');
    expect(upper.at('job.execution_status')).toBeUndefined();
  });

  it('pages tasks by 20, from either end', async () => {
    const { id, job } = await running({ settings: { taskCount: 45 } });
    const indexes = async (query: string) =>
      [...(await job(id, query)).text.matchAll(/"task_index":(\d+)/g)].map((found) => Number(found[1]));
    const first = await indexes('');
    expect([first.length, first[0], first.at(-1)]).toEqual([20, 0, 19]);
    expect(await indexes('?offset=40')).toEqual([40, 41, 42, 43, 44]);
    expect(await indexes('?desc=true&limit=3')).toEqual([44, 43, 42]);
    expect((await job(id, '?limit=x')).status).toBe(400);
  });

  it('moves its tasks one after another', async () => {
    const { id, job, simulator } = await running();
    simulator.advance(60 + 120);
    const answer = await job(id);
    const statuses = [0, 1, 2, 3, 4].map((index) => answer.at(`tasks.${index}.task_status`));
    expect(statuses).toEqual(['SUCCEEDED', 'SUCCEEDED', 'RUNNING', 'SUBMITTED', 'SUBMITTED']);
  });

  it('does not tell a job to another project', async () => {
    const { id, component, get } = await running();
    const foreign = component.projectId.replace(/^./, 'f');
    expect((await get(`/v3/${foreign}/cas/jobs/${id}`)).status).toBe(404);
  });
});

describe('visibility', () => {
  it('hides last_job_id, records, configuration and status for as long as it is told', async () => {
    const settings = { lastJobLagMs: 40, recordsLagMs: 60, configLagMs: 20, staleStatusMs: 10 };
    const { simulator, component, path, get, id } = await running({ settings });
    const seen = async () => {
      const answer = await get(path);
      return [
        answer.at('status.component_status'),
        answer.at('version'),
        answer.at('status.last_job_id') === id,
        (await get(`${path}/records`)).at('count'),
      ];
    };
    expect(await seen()).toEqual(['RUNNING', '2023.0323.15181', false, 1]);
    simulator.advance(10);
    expect(await seen()).toEqual(['UPGRADING', '2023.0323.15181', false, 1]);
    simulator.advance(10);
    expect(await seen()).toEqual(['UPGRADING', '1.0.2', false, 1]);
    simulator.advance(20);
    expect(await seen()).toEqual(['UPGRADING', '1.0.2', true, 1]);
    simulator.advance(20);
    expect(await seen()).toEqual(['UPGRADING', '1.0.2', true, 2]);
    expect(simulator.component(component.id).jobs).toHaveLength(2);
  });
});

describe('broken assumptions', () => {
  it('A1: accepts a write long after it answered 504', async () => {
    const { simulator, modify, component } = await bench({ settings: { a1AcceptLateMs: 1000 } });
    expect(await modify()).toMatchObject({ status: 504, json: { error_code: 'APIGW.0201' } });
    expect(simulator.journal.acceptedWrites(component.id)).toEqual([]);
    simulator.advance(1000);
    const [late] = simulator.journal.acceptedWrites(component.id);
    const [asked] = simulator.journal.requests({ operation: 'modifyComponent' });
    expect(late).toMatchObject({
      lateFor: asked?.seq,
      version: '1.0.2',
      jobId: expect.stringMatching(/^JOB/),
    });
    expect(simulator.component(component.id).status).toBe('UPGRADING');
  });

  it('A2: hides a foreign write', async () => {
    const { simulator, component, get, path } = await bench({ settings: { a2ForeignLagMs: 1000 } });
    const foreign = simulator.console.startJob({
      componentId: component.id,
      kind: 'modify',
      body: { version: '5.0.0' },
    });
    expect((await get(path)).json).toMatchObject({
      version: '2023.0323.15181',
      status: { component_status: 'RUNNING', last_job_id: component.lastJobId },
    });
    expect((await get(`${path}/records`)).at('count')).toBe(1);
    simulator.advance(1000);
    expect((await get(path)).json).toMatchObject({ version: '5.0.0', status: { last_job_id: foreign } });
  });

  it('A3: accepts without moving last_job_id', async () => {
    const { simulator, component } = await running({ settings: { a3LastJobStays: true } });
    const { lastJobId, jobs } = simulator.component(component.id);
    expect(jobs).toHaveLength(2);
    expect(lastJobId).toBe(jobs[0]?.id);
  });

  it('A4: another installation writes the earlier configuration back', async () => {
    const { simulator, component } = await running({ settings: { a4OtherInstallationAfterMs: 500 } });
    simulator.advance(800);
    const after = simulator.component(component.id);
    expect(after.config.version).toBe('2023.0323.15181');
    expect(after.jobs.at(-1)).toMatchObject({ foreign: true, creator: 'other-installation' });
    expect(simulator.journal.acceptedWrites(component.id)).toHaveLength(1);
  });

  it('A5: somebody else starts a job with the same version', async () => {
    const { simulator, component } = await running({ settings: { a5ForeignSameVersion: true } });
    const { records, jobs } = simulator.component(component.id);
    expect(records.map((each) => each.version)).toEqual(['2023.0323.15181', '1.0.2', '1.0.2']);
    expect(jobs.map((each) => each.foreign)).toEqual([false, true, false]);
    simulator.advance(300);
    expect(simulator.component(component.id).status).toBe('RUNNING');
  });

  it('breaks none of them by default', () => {
    expect(defaultSettings).toMatchObject({
      a1AcceptLateMs: null,
      a2ForeignLagMs: 0,
      a3LastJobStays: false,
      a4OtherInstallationAfterMs: null,
      a5ForeignSameVersion: false,
    });
  });
});
