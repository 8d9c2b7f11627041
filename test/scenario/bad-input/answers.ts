// What a broken, slow or foreign server can answer, and what the operator makes of it on each of its three calls.
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { expect, it } from 'vitest';
import type { KubeObject } from '../../../src/controller/ports.ts';
import { exampleToken, type FaultEffect } from '../../fakes/simulator/index.ts';
import { selfSigned } from '../../servicestage/certificate.ts';
import { NAME, type World } from '../../support/world.ts';
import { conditionOf, statusOf } from '../scenarios.ts';
import {
  find,
  healthyStaysWell,
  modifiesOf,
  newVersion,
  putsOf,
  type Shown,
  SICK,
  untilEvent,
  untilShown,
} from './ward.ts';

const retrying = (...says: Shown['says']): Shown => ({
  ready: 'Unknown/ProgressingWithRetry',
  mode: 'Reconciling/ProgressingWithRetry',
  says,
});
const misconfigured = (...says: Shown['says']): Shown => ({
  ready: 'False/InvalidConfiguration',
  mode: 'Stalled/InvalidConfiguration',
  says,
});

const PROXY_PAGE = /documented JSON; check that the endpoint is ServiceStage and no proxy page/;
const LOOK_ELSEWHERE = /redirects are never followed; check the endpoint/;

interface Flaw {
  readonly name: string;
  readonly effect: FaultEffect;
  readonly shown: Shown;
}

/** Answers to a GET; `shown` while they last. */
const FLAWS: readonly Flaw[] = [
  { name: 'an HTML page with 200', effect: { kind: 'html', status: 200 }, shown: retrying(PROXY_PAGE) },
  { name: 'an HTML page with 502', effect: { kind: 'html', status: 502 }, shown: retrying('HTTP 502') },
  {
    name: 'an HTML page with 404',
    effect: { kind: 'html', status: 404 },
    shown: misconfigured(/HTTP 404; check the endpoint and the region/),
  },
  { name: 'bytes that are no JSON', effect: { kind: 'garbage', status: 200 }, shown: retrying(PROXY_PAGE) },
  { name: 'nothing', effect: { kind: 'empty', status: 200 }, shown: retrying(PROXY_PAGE) },
  {
    name: 'half a JSON text',
    effect: { kind: 'truncated', cut: 'text' },
    shown: retrying(PROXY_PAGE),
  },
  {
    name: 'a connection that breaks inside the answer',
    effect: { kind: 'truncated', cut: 'connection' },
    shown: retrying(/an answer that broke off; check that the endpoint/),
  },
  {
    name: '10 MB',
    effect: { kind: 'oversized', bytes: 10_000_000 },
    shown: retrying(/more than 1 MiB; check that the endpoint/),
  },
  {
    name: 'JSON of another kind',
    effect: { kind: 'respond', status: 200, body: ['a', 'list'] },
    shown: retrying(PROXY_PAGE),
  },
  {
    name: 'JSON nested 100,000 deep',
    effect: { kind: 'respond', status: 200, body: '['.repeat(100_000) },
    shown: retrying(PROXY_PAGE),
  },
  {
    name: '500 with a stack trace of its own',
    effect: {
      kind: 'respond',
      status: 500,
      body: 'java.lang.NullPointerException\n    at com.example.A.b(A.java:1)',
    },
    shown: retrying('HTTP 500'),
  },
  { name: 'a reset', effect: { kind: 'reset' }, shown: retrying(/the connection was reset/) },
  { name: 'silence', effect: { kind: 'hang' }, shown: retrying(/no answer within the time limit/) },
];

function redirectTo(world: World): FaultEffect {
  return { kind: 'redirect', location: `${world.cloud.url}/elsewhere`, status: 307 };
}

function spared(world: World): void {
  expect(world.cloud.journal.entries.filter((entry) => entry.path.includes('elsewhere'))).toEqual([]);
}

/** GET component: nothing is sent while the component cannot be seen, and everything goes on when it can. */
export function describeReads(ward: () => World): void {
  it.each(FLAWS)(
    'waits while GET component answers $name, and goes on by itself',
    async ({ effect, shown }) => {
      await survivesRead(ward(), effect, shown);
    },
  );

  it('does not follow a redirect, with its token or without', async () => {
    await survivesRead(ward(), redirectTo(ward()), misconfigured(LOOK_ELSEWHERE));
    spared(ward());
  });
}

async function survivesRead(world: World, effect: FaultEffect, shown: Shown): Promise<void> {
  world.cloud.faults.add({ operation: 'getComponent', next: 'all', ...SICK, effect });
  await world.create(newVersion());
  await untilShown(world, shown);
  expect(putsOf(world)).toEqual([]);
  await healthyStaysWell(world);
  world.cloud.faults.clear();
  await world.untilReady();
  expect(putsOf(world)).toHaveLength(1);
}

/** Answers that leave open whether the service acted. */
const RIDDLES: readonly { readonly name: string; readonly effect: FaultEffect }[] = [
  ...FLAWS.filter(({ name }) => name !== 'an HTML page with 404'),
  { name: '200 without a job id', effect: { kind: 'noJobId' } },
  { name: 'a job id that is a number', effect: { kind: 'respond', status: 200, body: { job_id: 7 } } },
  {
    name: 'a job id that is a path',
    effect: { kind: 'respond', status: 200, body: { job_id: '../../v3/x?y=1' } },
  },
  { name: '503', effect: { kind: 'respond', status: 503, body: { error_code: 'APIGW.0201' } } },
  { name: '408', effect: { kind: 'respond', status: 408, body: {} } },
];

/** PUT: an answer that says nothing leads to step R, never to a second PUT of what was accepted. */
export function describeSubmits(ward: () => World): void {
  it.each(RIDDLES)('finds its job again when the accepted PUT answers $name', async ({ effect }) => {
    const world = ward();
    world.cloud.faults.add({ operation: 'modifyComponent', phase: 'after', ...SICK, effect });
    await world.create(newVersion());
    const object = await world.untilReady();
    expect(putsOf(world)).toHaveLength(1);
    expect(modifiesOf(world)).toHaveLength(1);
    expect(statusOf(object).operation?.recovered).toBe(true);
    expect(statusOf(object).lastApplied?.jobId).toBe(modifiesOf(world)[0]?.jobId);
    expect((await untilEvent(world, 'OperationRecovered')).note).toContain('No second call was made');
    await healthyStaysWell(world);
  });

  it.each(RIDDLES)('asks before it repeats a PUT that answered $name and did nothing', async ({ effect }) => {
    const world = ward();
    const startedMs = world.time.now().mono;
    world.cloud.faults.add({ operation: 'modifyComponent', phase: 'before', ...SICK, effect });
    await world.create(newVersion());
    await untilShown(world, {
      ready: 'Unknown/Progressing',
      mode: 'Reconciling/Recovering',
      says: ['answer to the call was lost', 'Nothing is sent until that is known'],
    });
    await healthyStaysWell(world);
    await world.untilReady();
    expect(putsOf(world)).toHaveLength(2);
    expect(modifiesOf(world)).toHaveLength(1);
    expect(world.time.now().mono - startedMs).toBeGreaterThan(120_000);
  });

  it('takes a redirected PUT for not sent, and goes on when the endpoint is right', async () => {
    const world = ward();
    const effect = redirectTo(world);
    world.cloud.faults.add({ operation: 'modifyComponent', next: 'all', ...SICK, effect });
    await world.create(newVersion());
    await untilShown(world, misconfigured(LOOK_ELSEWHERE));
    await healthyStaysWell(world);
    world.cloud.faults.clear();
    await world.untilReady();
    expect(modifiesOf(world)).toHaveLength(1);
    spared(world);
  });
}

/** GET job: the job runs on; that it cannot be read is said, and ends nothing. */
export function describePolls(ward: () => World): void {
  const passing = FLAWS.filter(({ shown }) => shown.ready === 'Unknown/ProgressingWithRetry');
  it.each(passing)('keeps to its job while GET job answers $name', async ({ effect, shown }) => {
    const world = ward();
    await running(world);
    world.cloud.faults.add({ operation: 'getJob', next: 'all', ...SICK, effect });
    const object = await untilUnchecked(world, shown.says);
    expect(conditionOf(object, 'Reconciling')).toBe('True/JobRunning');
    await healthyStaysWell(world);
    world.cloud.faults.clear();
    const ready = await world.untilReady();
    expect(conditionOf(ready, 'Synced')).toBe('True/InSync');
    expect(putsOf(world)).toHaveLength(1);
  });

  it('does not follow a redirected job poll', async () => {
    const world = ward();
    await running(world);
    world.cloud.faults.add({ operation: 'getJob', next: 'all', ...SICK, effect: redirectTo(world) });
    await untilShown(world, misconfigured(LOOK_ELSEWHERE));
    await healthyStaysWell(world);
    world.cloud.faults.clear();
    await world.untilReady();
    expect(putsOf(world)).toHaveLength(1);
    spared(world);
  });

  it('takes a job state that it does not know for running', async () => {
    const world = ward();
    await running(world);
    const body = { task_count: 1, job: { execution_status: 'PONDERING' }, tasks: null };
    const effect = { kind: 'respond', status: 200, body } as const;
    world.cloud.faults.add({ operation: 'getJob', next: 3, ...SICK, effect });
    await world.untilReady();
    expect(putsOf(world)).toHaveLength(1);
  });
}

/** At rest: what was true stays, with a word that it can no longer be checked. */
export function describeRest(ward: () => World): void {
  it('stays Ready while the service cannot be read at rest, and says so once', async () => {
    const world = ward();
    await world.create(newVersion());
    await world.untilReady();
    world.cloud.faults.add({
      operation: 'getComponent',
      next: 'all',
      ...SICK,
      effect: { kind: 'html', status: 200 },
    });
    const object = await untilUnchecked(world, [PROXY_PAGE]);
    expect(conditionOf(object, 'Ready')).toBe('True/Succeeded');
    const writes = world.statusWrites.get(NAME);
    await world.settle(1_200_000);
    expect(world.statusWrites.get(NAME)).toBe(writes);
    world.cloud.faults.clear();
    await world.until('InSync', async () => conditionOf(await world.get(), 'Synced') === 'True/InSync');
    expect(putsOf(world)).toHaveLength(1);
  });

  it('does not take a component for running that could not be looked at', async () => {
    const world = ward();
    world.cloud.scriptJob({
      end: 'SUCCEEDED',
      componentStatus: 'PENDING',
      componentRecoversAfterMs: 300_000,
    });
    await world.create(newVersion());
    await world.until(
      'Polling',
      async () => conditionOf(await world.get(), 'Reconciling') === 'True/Polling',
    );
    world.cloud.faults.add({ operation: 'getComponent', ...SICK, effect: { kind: 'html', status: 500 } });
    await untilShown(world, retrying('HTTP 500'));
    const object = await world.untilReady();
    expect(statusOf(object).remote?.componentStatus).toBe('RUNNING');
    expect(putsOf(world)).toHaveLength(1);
  });
}

async function untilUnchecked(world: World, says: Shown['says']): Promise<KubeObject> {
  const object = await world.until('Synced=Unknown/CheckFailed', async () => {
    const found = await world.get();
    return conditionOf(found, 'Synced') === 'Unknown/CheckFailed' && found;
  });
  for (const part of says) expect(find(object, 'Synced')?.message).toMatch(part);
  return object;
}

/** A modify whose job runs for ten minutes. */
async function running(world: World): Promise<void> {
  world.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 600_000 });
  await world.create(newVersion());
  await world.until('a job runs', async () => statusOf(await world.get()).operation?.phase === 'Submitted');
}

/** Endpoints that no ServiceStage answers on. They come from the Secret, so a corrected Secret is the cure. */
export function describeEndpoints(ward: () => World): void {
  it('waits for an endpoint that refuses connections, and goes on with a corrected Secret', async () => {
    const port = await closedPort();
    const url = `http://127.0.0.1:${port}`;
    await recoversFromEndpoint(
      ward(),
      url,
      retrying(`cannot call 127.0.0.1:${port}`, /refused; check the endpoint/),
    );
  });

  it('refuses a self-signed certificate, before its token leaves', async () => {
    const requests: string[] = [];
    const server = createHttps(selfSigned('localhost'), (request) => requests.push(request.url ?? ''));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const shown = misconfigured(
      `cannot call localhost:${port}`,
      /certificate .* not accepted \(.*\); check the endpoint and the CA/,
    );
    try {
      await recoversFromEndpoint(ward(), `https://localhost:${port}`, shown);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    expect(requests).toEqual([]);
  });

  it('waits for a server that speaks another protocol', async () => {
    const server = createTcp((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await recoversFromEndpoint(
        ward(),
        `http://127.0.0.1:${port}`,
        retrying(/the answer is not HTTP; check the endpoint/),
      );
    } finally {
      server.close();
    }
  });
}

async function recoversFromEndpoint(world: World, endpoint: string, shown: Shown): Promise<void> {
  await world.secret('own-endpoint', { token: exampleToken, endpoint });
  await world.create(newVersion({}, { credentialsSecretRef: { name: 'own-endpoint' } }));
  await untilShown(world, shown);
  await healthyStaysWell(world);
  await world.secret('own-endpoint', { token: exampleToken });
  await world.untilReady();
  expect(putsOf(world)).toHaveLength(1);
}

async function closedPort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
