import { beforeEach, describe, expect, it } from 'vitest';
import { evidenceOf, type HeldBack, type LimitOptions } from '../../src/controller/account-limits.ts';
import { PLACES } from '../../src/controller/admission.ts';
import { PACE } from '../../src/controller/budget.ts';
import { CIRCUIT } from '../../src/controller/circuit.ts';
import { guardCloud } from '../../src/controller/guarded-cloud.ts';
import type { Cloud, CloudSession } from '../../src/controller/ports.ts';
import type { Failure, SubmitOutcome, Target } from '../../src/core/types.ts';
import { job, remote } from '../support/make.ts';
import { Failed, TRANSIENT } from './fakes.ts';
import { createManualTime, type ManualTime } from './manual-time.ts';

const WORKERS = 10;
const HALF = 5;
const BURST = PACE.fullPerSecond * PACE.burstSeconds;
const SERVICE_THROTTLES: Failure = {
  class: 'throttled',
  code: 'APIGW.0308',
  message: 'The throttling threshold has been reached',
  httpStatus: 429,
  requestId: 'request-1',
};
const FORBIDDEN: Failure = { ...SERVICE_THROTTLES, class: 'permission' };
const ACCEPTED: SubmitOutcome = { kind: 'accepted', jobId: 'job-1' };

/** How the service under the guard behaves; each call goes through `answer` and is noted when it leaves. */
interface Bench {
  readonly time: ManualTime;
  readonly left: { readonly what: string; readonly projectId: string; readonly mono: number }[];
  readonly waits: number[];
  readonly states: string[];
  answer: (what: string, projectId: string) => Promise<unknown> | unknown;
  tries: number;
  random: number;
  cloud: Cloud;
  open(projectId?: string): CloudSession;
}

const never = (): Promise<never> => new Promise(() => undefined);
const signal = new AbortController().signal;

function createBench(workers = WORKERS): Bench {
  const time = createManualTime();
  const bench: Bench = {
    time,
    left: [],
    waits: [],
    states: [],
    answer: () => undefined,
    tries: 1,
    random: 0,
    cloud: { open: () => ({}) as CloudSession },
    open: (projectId = 'a') => bench.cloud.open(targetOf(projectId), {}),
  };
  let told: (result: 'answered' | 'failed') => void = () => undefined;
  const call = async (what: string, projectId: string): Promise<unknown> => {
    bench.left.push({ what, projectId, mono: time.now().mono });
    const tell = told;
    try {
      const value = await bench.answer(what, projectId);
      tell('answered');
      return value;
    } catch (error) {
      for (let i = 0; i < bench.tries; i += 1) tell('failed');
      throw error;
    }
  };
  const options: LimitOptions = {
    time,
    random: () => bench.random,
    workers,
    observer: {
      waited: (seconds) => bench.waits.push(seconds),
      circuit: ({ account, state }) => bench.states.push(`${account} ${state}`),
    },
    watchTries: (tell, run) => {
      told = tell;
      return run();
    },
  };
  bench.cloud = guardCloud(
    { open: ({ projectId }) => sessionOf(projectId, call) },
    {
      ...options,
      identify: ({ projectId }) => ({ account: projectId, endpoint: 'servicestage.example.com' }),
    },
  );
  return bench;
}

function sessionOf(projectId: string, call: (what: string, projectId: string) => Promise<unknown>) {
  const session: CloudSession = {
    getComponent: async () => {
      await call('getComponent', projectId);
      return { kind: 'found', value: remote() };
    },
    getJob: async (id) => {
      await call('getJob', projectId);
      return { kind: 'found', value: job(id, 'succeeded') };
    },
    listRecords: async () => {
      await call('listRecords', projectId);
      return { kind: 'found', records: [] };
    },
    modify: async () => ((await call('modify', projectId)) ?? ACCEPTED) as SubmitOutcome,
    act: async () => ((await call('act', projectId)) ?? ACCEPTED) as SubmitOutcome,
    remove: async () => {
      await call('remove', projectId);
      return { kind: 'accepted' };
    },
  };
  return session;
}

function targetOf(projectId: string): Target {
  return { region: 'cn-north-4', projectId, applicationId: 'application', componentId: 'component' };
}

/** The failure that a read met; undefined when it was answered. */
async function failureOf(read: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await read;
    return undefined;
  } catch (error) {
    return (error as Failed | HeldBack).failure;
  }
}

/** Lets promises that are due go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

let bench: Bench;
beforeEach(() => {
  bench = createBench();
});

/** Takes the whole burst with one read of many tries. */
async function spend(projectId?: string): Promise<void> {
  bench.tries = BURST;
  bench.answer = () => Promise.reject(new Failed(FORBIDDEN));
  await failureOf(look(projectId));
  bench.tries = 1;
  bench.answer = () => undefined;
}

const look = (projectId?: string) => bench.open(projectId).getComponent(signal);
const count = (what: string) => bench.left.filter((each) => each.what === what).length;

describe('the rate', () => {
  it('lets calls through at once, tells that they did not wait, and leaves no timer behind', async () => {
    const session = bench.open();
    await session.getComponent(signal);
    await session.getJob('job-1', signal);
    await session.listRecords(signal);
    expect(await session.modify('{}', signal)).toEqual(ACCEPTED);
    expect(bench.waits).toEqual([0, 0, 0, 0]);
    expect(bench.time.pending()).toBe(0);
  });

  it('serves first looks before polls that asked earlier', async () => {
    await spend();
    const polls = [1, 2].map(() => bench.open().getJob('job-1', signal));
    const first = look();
    for (let i = 0; i < 3; i += 1) {
      bench.time.advance(1_000 / PACE.fullPerSecond);
      await settle();
    }
    await Promise.all([first, ...polls]);
    expect(bench.left.slice(-3).map(({ what }) => what)).toEqual(['getComponent', 'getJob', 'getJob']);
    expect(bench.waits.slice(-3)).toEqual([0.01, 0.02, 0.03]);
    expect(bench.time.pending()).toBe(0);
  });

  it('never makes a write wait, and lets the reads after it pay for it', async () => {
    const session = bench.open();
    await spend();
    expect(await session.modify('{}', signal)).toEqual(ACCEPTED);
    const next = look();
    bench.time.advance(19);
    await settle();
    expect(count('getComponent')).toBe(1);
    bench.time.advance(1);
    await next;
  });

  it('charges each try on the wire', async () => {
    await spend();
    const next = look();
    bench.time.advance(9);
    await settle();
    expect(count('getComponent')).toBe(1);
    bench.time.advance(1);
    await next;
  });

  it('stops waiting when its signal aborts', async () => {
    await spend();
    const stop = new AbortController();
    const waiting = bench.open().getComponent(stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    expect(count('getComponent')).toBe(1);
    expect(bench.time.pending()).toBe(0);
  });

  it('is kept per project', async () => {
    await spend('a');
    await look('b');
    expect(bench.waits.at(-1)).toBe(0);
  });
});

describe('a throttle', () => {
  const throttle = async (retryAfterMs?: number) => {
    const failure = retryAfterMs === undefined ? SERVICE_THROTTLES : { ...SERVICE_THROTTLES, retryAfterMs };
    bench.answer = () => Promise.reject(new Failed(failure));
    await failureOf(look());
    bench.answer = () => undefined;
  };

  it('keeps every call back until the moment that the service named, in its own words', async () => {
    await throttle(7_000);
    bench.time.advance(6_999);
    expect(await failureOf(look())).toEqual({
      class: 'throttled',
      code: 'APIGW.0308',
      message: SERVICE_THROTTLES.message,
      retryAfterMs: 1,
    });
    expect(bench.left).toHaveLength(1);
    bench.time.advance(1);
    expect(await failureOf(look())).toBeUndefined();
  });

  it('gives a write as not sent, and a deletion as busy', async () => {
    await throttle(7_000);
    const session = bench.open();
    const failure = expect.objectContaining({ class: 'throttled', retryAfterMs: 7_000 });
    expect(await session.modify('{}', signal)).toEqual({ kind: 'notSent', failure });
    expect(await session.act({ action: 'scale', replica: 2 }, signal)).toEqual({ kind: 'notSent', failure });
    expect(await session.remove(signal)).toEqual({ kind: 'busy', failure });
    expect(bench.left).toHaveLength(1);
  });

  it('that a write met closes the bucket too', async () => {
    bench.answer = () => ({ kind: 'notSent', failure: { ...SERVICE_THROTTLES, retryAfterMs: 3_000 } });
    await bench.open().modify('{}', signal);
    expect(await failureOf(look())).toMatchObject({ class: 'throttled', retryAfterMs: 3_000 });
  });

  it('spreads what it keeps back', async () => {
    await throttle(7_000);
    bench.random = 0.999;
    expect(await failureOf(look())).toMatchObject({ retryAfterMs: 7_999 });
  });

  it('leaves other projects alone', async () => {
    await throttle(60_000);
    expect(await failureOf(look('b'))).toBeUndefined();
  });

  it('lets only half of the workers wait for the slower rate afterwards', async () => {
    await throttle(1_000);
    bench.time.advance(1_000);
    await look();
    const looks = Array.from({ length: WORKERS }, () => failureOf(look()));
    await settle();
    bench.time.advance(1_000);
    const ends = await Promise.all(looks);
    expect(ends.filter((end) => end === undefined)).toHaveLength(HALF);
    expect(ends.at(-1)).toMatchObject({ class: 'throttled', code: 'APIGW.0308' });
  });

  it('on a server error pauses without slowing down', async () => {
    bench.answer = () => Promise.reject(new Failed({ ...TRANSIENT, httpStatus: 503, retryAfterMs: 2_000 }));
    await failureOf(look());
    bench.answer = () => undefined;
    expect(await failureOf(look())).toMatchObject({ class: 'throttled', retryAfterMs: 2_000 });
    bench.time.advance(2_000);
    expect(await failureOf(look())).toBeUndefined();
  });
});

describe('a project that does not answer', () => {
  it('gets no more than half of the workers, and the others are not made to wait', async () => {
    bench.answer = never;
    const looks = Array.from({ length: WORKERS }, () => failureOf(look()));
    await settle();
    expect(count('getComponent')).toBe(HALF);
    bench.time.advance(PLACES.unansweredMs);
    const ends = await Promise.all(looks.slice(HALF));
    expect(ends).toEqual(
      ends.map(() => expect.objectContaining({ class: 'throttled', retryAfterMs: 2_000 })),
    );
    expect(await failureOf(look())).toMatchObject({ code: 'PROJECT_UNANSWERED' });
    expect(bench.time.pending()).toBe(0);
    bench.answer = () => undefined;
    expect(await failureOf(look('b'))).toBeUndefined();
  });

  it('is not waited for again after its calls have run into their time limit', async () => {
    const hung: ((error: Error) => void)[] = [];
    bench.answer = () => new Promise((_, reject) => hung.push(reject));
    const first = Array.from({ length: HALF }, () => failureOf(look()));
    await settle();
    bench.time.advance(30_000);
    for (const reject of hung.splice(0, CIRCUIT.failures - 1))
      reject(new Failed({ ...TRANSIENT, code: 'TIMEOUT' }));
    await Promise.all(first.slice(0, CIRCUIT.failures - 1));
    const again = Array.from({ length: HALF - 1 }, () => failureOf(look()));
    await settle();
    expect(count('getComponent')).toBe(2 * HALF - 1);
    expect(await failureOf(look())).toMatchObject({ code: 'PROJECT_UNANSWERED' });
    expect(again).toHaveLength(HALF - 1);
  });

  it('leaves one worker to others even when only its writes hang', async () => {
    bench.answer = (what) => (what === 'modify' ? never() : undefined);
    const pass = async (): Promise<unknown> => {
      const session = bench.open();
      return (await failureOf(session.getComponent(signal))) ?? session.modify('{}', signal);
    };
    const passes = Array.from({ length: 2 * WORKERS }, pass);
    void Promise.all(passes);
    await settle();
    bench.time.advance(PLACES.unansweredMs);
    await settle();
    expect(count('modify')).toBe(WORKERS - 1);
    expect(await passes.at(-1)).toMatchObject({ code: 'PROJECT_UNANSWERED' });
    expect(await bench.open().modify('{}', signal)).toMatchObject({
      kind: 'notSent',
      failure: { class: 'throttled', code: 'PROJECT_UNANSWERED' },
    });
    expect(count('modify')).toBe(WORKERS - 1);
  });

  it('is told from one that is only slow: places that come back are given on', async () => {
    const open: (() => void)[] = [];
    bench.answer = () => new Promise<void>((resolve) => open.push(resolve));
    const looks = Array.from({ length: WORKERS }, () => failureOf(look()));
    await settle();
    for (let i = 0; i < WORKERS; i += 1) {
      bench.time.advance(900);
      open.shift()?.();
      await settle();
    }
    expect(await Promise.all(looks)).toEqual(looks.map(() => undefined));
  });
});

describe('an outage', () => {
  const OUTAGE = new Failed({ ...TRANSIENT, requestId: 'request-7' });
  const breakDown = async (projectId?: string) => {
    bench.answer = () => Promise.reject(OUTAGE);
    for (let i = 0; i < CIRCUIT.failures; i += 1) await failureOf(look(projectId));
  };

  it('ends calls at once, in the words of what was met', async () => {
    await breakDown();
    const { left } = bench;
    const before = left.length;
    expect(await failureOf(look())).toEqual({ ...TRANSIENT, retryAfterMs: 10_000 });
    expect(await bench.open().modify('{}', signal)).toEqual({
      kind: 'notSent',
      failure: { ...TRANSIENT, retryAfterMs: 10_000 },
    });
    expect(await bench.open().remove(signal)).toMatchObject({ kind: 'busy', failure: TRANSIENT });
    expect(left).toHaveLength(before);
  });

  it('is probed once per 10 s, whoever asks, for as long as it lasts', async () => {
    await breakDown('a');
    await breakDown('b');
    const before = bench.left.length;
    for (let second = 0; second < 3_600; second += 1) {
      for (const projectId of ['a', 'b']) await failureOf(look(projectId));
      bench.time.advance(1_000);
    }
    const probes = bench.left.slice(before).map(({ mono }) => mono);
    expect(probes.length).toBeGreaterThan(300);
    expect(probes.length).toBeLessThanOrEqual(360);
    const gaps = probes.slice(1).map((mono, i) => mono - (probes[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(CIRCUIT.probeApartMs);
  });

  it('is probed by one try: a client that tries thrice is stopped after the first', async () => {
    await breakDown();
    bench.time.advance(CIRCUIT.probeApartMs);
    bench.tries = 3;
    let stopped: AbortSignal | undefined;
    const inner: Cloud = {
      open: () => ({
        ...sessionOf('a', async () => undefined),
        getComponent: async (own) => {
          stopped = own;
          throw OUTAGE;
        },
      }),
    };
    const cloud = guardCloud(inner, {
      time: bench.time,
      random: () => 0,
      workers: WORKERS,
      observer: { waited: () => undefined, circuit: () => undefined },
      identify: () => ({ account: 'a', endpoint: 'e' }),
      watchTries: async (told, run) => {
        const running = run();
        told('failed');
        return running;
      },
    });
    for (let i = 0; i < CIRCUIT.failures; i += 1)
      await failureOf(cloud.open(targetOf('a'), {}).getComponent(signal));
    expect(stopped?.aborted).toBe(false);
    bench.time.advance(CIRCUIT.probeApartMs);
    await failureOf(cloud.open(targetOf('a'), {}).getComponent(signal));
    expect(stopped?.aborted).toBe(true);
  });

  it('is over with an answer, after which the rate grows for 30 s and the words stay the same', async () => {
    await breakDown();
    bench.time.advance(CIRCUIT.probeApartMs);
    bench.answer = () => undefined;
    expect(await failureOf(look())).toBeUndefined();
    const before = bench.left.length;
    const ends = await crowd(1_000);
    const early = bench.left.length - before;
    expect(early).toBeLessThanOrEqual(6);
    expect(ends.filter((end) => end !== undefined)).toEqual(
      expect.arrayContaining([expect.objectContaining(TRANSIENT)]),
    );
    for (let second = 1; second < 40; second += 1) await crowd(1_000);
    expect(bench.states).toEqual(['a closed', 'a open', 'a probation', 'a closed']);
    const late = bench.left.length;
    await crowd(1_000);
    expect(bench.left.length - late).toBeGreaterThan(80);
  });

  it('does not touch a project that is answered', async () => {
    bench.answer = (_, projectId) => (projectId === 'a' ? Promise.reject(OUTAGE) : undefined);
    for (let i = 0; i < 20; i += 1) {
      await failureOf(look('a'));
      expect(await failureOf(look('b'))).toBeUndefined();
      bench.time.advance(100);
    }
    expect(bench.states).toEqual(['a closed', 'b closed', 'a open']);
  });

  /** Asks 20 times every 100 ms for `ms`. */
  async function crowd(ms: number): Promise<readonly (Failure | undefined)[]> {
    const ends: (Failure | undefined)[] = [];
    for (let passed = 0; passed < ms; passed += 100) {
      for (let i = 0; i < 20; i += 1) void failureOf(look()).then((end) => ends.push(end));
      await settle();
      bench.time.advance(100);
      await settle();
    }
    return ends;
  }
});

it.each<{ name: string; met: Parameters<typeof evidenceOf>[0]; want: ReturnType<typeof evidenceOf> }>([
  { name: 'an answer', met: undefined, want: 'answer' },
  { name: 'a defect of ours', met: 'unknown', want: 'none' },
  { name: 'no answer', met: TRANSIENT, want: 'outage' },
  { name: 'a write whose answer was lost', met: { ...TRANSIENT, class: 'unknownOutcome' }, want: 'outage' },
  { name: 'HTTP 503', met: { ...TRANSIENT, httpStatus: 503 }, want: 'outage' },
  { name: 'HTTP 408', met: { ...TRANSIENT, httpStatus: 408 }, want: 'outage' },
  { name: 'a page of a proxy', met: { ...TRANSIENT, httpStatus: 200 }, want: 'outage' },
  { name: 'a busy component', met: { ...TRANSIENT, httpStatus: 409 }, want: 'answer' },
  { name: 'a call that we stopped', met: { ...TRANSIENT, code: 'ABORTED' }, want: 'none' },
  { name: 'a throttle', met: SERVICE_THROTTLES, want: 'answer' },
  { name: 'a missing permission', met: { ...SERVICE_THROTTLES, class: 'permission' }, want: 'answer' },
  { name: 'a held key', met: { ...SERVICE_THROTTLES, class: 'credentials', httpStatus: 401 }, want: 'none' },
  { name: 'a refused certificate', met: { ...TRANSIENT, class: 'configuration' }, want: 'none' },
])('takes $name as evidence: $want', ({ met, want }) => {
  expect(evidenceOf(met)).toBe(want);
});
