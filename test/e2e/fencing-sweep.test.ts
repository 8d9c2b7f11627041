// Three ends of a leader (kill -9, SIGTERM, stopped and continued), each while ten objects stand at five points of their
// first apply and of an update, held there by the service. Real processes, a real API server, a standby that takes over.
import { afterAll, expect, it, vi } from 'vitest';
import { lengths } from '../support/lengths.ts';
import { CASE_MS, endEveryReplica, inSite, led, pass, type Replica, type Site } from './support-fencing.ts';
import { createFigures } from './support-figures.ts';
import { type Item, PATIENT } from './support-item.ts';
import { describeOnRealServer } from './support-server.ts';

/** For how long the service holds what it was asked: until every object has come to its point. */
const HELD_MS = 4_000;

/** Of the requests of one object from now on, which is held. GET job names no component: one rule holds the first of each. */
const POINTS = {
  'component-read': { operation: 'getComponent', nth: 1, answerDelayMs: HELD_MS },
  'put-on-its-way': { operation: 'modifyComponent', nth: 1, delayMs: HELD_MS },
  'put-accepted': { operation: 'modifyComponent', nth: 1, answerDelayMs: HELD_MS },
  'result-read': { operation: 'getComponent', nth: 2, answerDelayMs: HELD_MS },
} as const;
type HeldPoint = keyof typeof POINTS;
const ALL: readonly (HeldPoint | 'job-read')[] = [
  'component-read',
  'put-on-its-way',
  'put-accepted',
  'result-read',
  'job-read',
];

/** Ends the leader in its way; resolves when the standby leads. */
type End = (leader: Replica, standby: Replica) => Promise<void>;

const takesOver = (standby: Replica) => vi.waitFor(() => expect(standby.leads()).toBe(true), PATIENT);

const ENDS: Readonly<Record<string, End>> = {
  'kill -9': async (leader, standby) => {
    await leader.end('SIGKILL');
    await takesOver(standby);
  },
  SIGTERM: async (leader, standby) => {
    expect(await leader.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await takesOver(standby);
  },
  'SIGSTOP, SIGCONT': async (leader, standby) => {
    leader.freeze();
    const stoppedAt = Date.now();
    await takesOver(standby);
    await pass(stoppedAt + lengths.pauseMs - Date.now());
    leader.wake();
    await vi.waitFor(() => expect(leader.leads()).toBe(false), PATIENT);
  },
};

describeOnRealServer(
  'fencing: a leader that ends at any point of a change',
  { crd: 'installed' },
  (current) => {
    const figures = createFigures();
    afterAll(async () => {
      console.log(['figures:', ...figures.lines()].join('\n  '));
      await endEveryReplica();
    });

    it.concurrent.for(Object.entries(ENDS))(
      'by %s leaves one accepted call per version, and all Ready',
      { timeout: CASE_MS },
      ([name, end], { task }) =>
        inSite(current(), async (at) => {
          const flags = ['--workers=40'];
          const leader = await at.lead({ flags });
          const standby = await at.start({ flags });
          const { firsts, updates } = await toTheirPoints(at);
          const endedAt = Date.now();
          await end(leader, standby);
          if (name !== 'SIGTERM') figures.note(task, 'takeoverMs', led(standby) - endedAt);
          await Promise.all([...firsts, ...updates].map((item) => item.untilReady()));
          for (const item of firsts) await judge(item, ['1.0.1']);
          for (const item of updates) await judge(item, ['1.0.1', '1.0.2']);
        }),
    );
  },
);

interface AtTheirPoints {
  readonly firsts: readonly Item[];
  readonly updates: readonly Item[];
}

/** Ten objects under way, each at its point: all rules of the service have struck. */
async function toTheirPoints(at: Site): Promise<AtTheirPoints> {
  // A component that no job has made needs no look at one.
  const open = (kind: string) => ALL.map((point) => at.open(`${kind}-${point}`, { lastJob: 'none' }));
  const [firsts, updates] = [open('first'), open('update')];
  await Promise.all(updates.map((item) => item.create('1.0.1')));
  await Promise.all(updates.map((item) => item.untilReady()));
  const all = [...firsts, ...updates];
  const go = (item: Item): Promise<void> =>
    firsts.includes(item) ? item.create('1.0.1') : item.edit('1.0.2');
  const jobs = all.filter(({ name }) => name.endsWith('job-read'));
  for (const { componentId } of jobs)
    at.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 2 * HELD_MS }, componentId);
  at.cloud.faults.add({ operation: 'getJob', next: jobs.length, answerDelayMs: HELD_MS });
  await Promise.all(jobs.map(go));
  await struck(at);
  const others = all.filter((item) => !jobs.includes(item));
  for (const { name, componentId } of others) at.cloud.faults.add({ ...POINTS[pointOf(name)], componentId });
  await Promise.all(others.map(go));
  await struck(at);
  return { firsts, updates };
}

const struck = (at: Site) => vi.waitFor(() => expect(at.cloud.faults.list()).toEqual([]), PATIENT);

function pointOf(name: string): HeldPoint {
  const point = ALL.find((each) => name.endsWith(each));
  if (point === undefined || point === 'job-read') throw new Error(`no held point in ${name}`);
  return point;
}

/** ONCE and TOLD: each version accepted once, and the end of each accepted call stands in the history. */
async function judge(item: Item, versions: readonly string[]): Promise<void> {
  expect(item.accepted(), item.name).toEqual(versions);
  const { history = [], operation } = await item.status();
  expect(history.map(({ version, result }) => `${version} ${result}`).toSorted(), item.name).toEqual(
    versions.map((version) => `${version} Succeeded`),
  );
  expect(operation, item.name).toMatchObject({ phase: 'Succeeded' });
}
