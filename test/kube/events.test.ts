import { describe, expect, it } from 'vitest';
import { createEventBudget } from '../../src/kube/event-budget.ts';
import { createEventRecorder, type EventRecorder } from '../../src/kube/events.ts';
import type { EventNote } from '../../src/kube/types.ts';
import {
  connectTo,
  type Handler,
  type Loopback,
  memoryLog,
  sendJson,
  startLoopback,
  statusOf,
} from './loopback.ts';
import { makeObject } from './make.ts';
import { createVirtualTime, until, type VirtualTime } from './virtual-time.ts';

const note: EventNote = { type: 'Warning', reason: 'JobFailed', action: 'Follow', note: 'the job failed' };
const object = makeObject();
const ok: Handler = (seen, response) =>
  sendJson(response, seen.method === 'POST' ? 201 : 200, { kind: 'Event' });

interface Desk extends AsyncDisposable {
  readonly recorder: EventRecorder;
  readonly server: Loopback;
  readonly time: VirtualTime;
  bodies(): Record<string, unknown>[];
}

async function desk(handler: Handler = ok): Promise<Desk> {
  const server = await startLoopback(handler);
  const time = createVirtualTime();
  const http = await connectTo(server.url, time);
  let ids = 0;
  const newId = (): string => {
    ids += 1;
    return `id${ids}`;
  };
  const recorder = createEventRecorder({ http, scheduler: time, newId, instance: 'pod-1', log: memoryLog() });
  return {
    recorder,
    server,
    time,
    bodies: () => server.requests.map(({ body }) => JSON.parse(body)),
    [Symbol.asyncDispose]: async () => {
      await http[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const drain = (recorder: EventRecorder): Promise<void> => recorder.flush(new AbortController().signal);

describe('an event', () => {
  it('carries everything that events.k8s.io/v1 asks for', async () => {
    await using at = await desk();
    at.recorder.record(object, note);
    await drain(at.recorder);
    expect(at.server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/apis/events.k8s.io/v1/namespaces/shop/events',
    });
    expect(at.bodies()[0]).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'weather.01b8dac5b400id1', namespace: 'shop' },
      eventTime: '2030-01-01T00:00:00.000000Z',
      type: 'Warning',
      reason: 'JobFailed',
      action: 'Follow',
      note: 'the job failed',
      reportingController: 'servicestage-operator',
      reportingInstance: 'pod-1',
      regarding: {
        apiVersion: 'servicestage.io/v1alpha1',
        kind: 'ServiceStageComponent',
        namespace: 'shop',
        name: 'weather',
        uid: object.metadata.uid,
      },
    });
  });

  it('has a note of at most 1 KiB and a name of at most 253 characters', async () => {
    await using at = await desk();
    at.recorder.record(makeObject({ name: 'n'.repeat(253) }), { ...note, note: 'ü'.repeat(2_000) });
    await drain(at.recorder);
    const body = at.bodies()[0] as { note: string; metadata: { name: string } };
    expect(Buffer.byteLength(body.note)).toBeLessThanOrEqual(1_024);
    expect(body.metadata.name).toHaveLength(253);
    expect(body.metadata.name.endsWith('.01b8dac5b400id1')).toBe(true);
  });

  it('that repeats within ten minutes becomes a series', async () => {
    await using at = await desk();
    for (let round = 0; round < 3; round += 1) {
      at.recorder.record(object, note);
      await drain(at.recorder);
      await at.time.advance(60_000);
    }
    expect(at.server.requests.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`)).toEqual([
      'POST events',
      'PATCH weather.01b8dac5b400id1',
      'PATCH weather.01b8dac5b400id1',
    ]);
    expect(at.server.requests[2]?.headers['content-type']).toBe('application/merge-patch+json');
    expect(at.bodies()[2]).toEqual({ series: { count: 3, lastObservedTime: '2030-01-01T00:02:00.000000Z' } });
  });

  it('that repeats later, or with another note, is a new one', async () => {
    await using at = await desk();
    at.recorder.record(object, note);
    await at.time.advance(600_000);
    at.recorder.record(object, note);
    at.recorder.record(object, { ...note, note: 'another' });
    await drain(at.recorder);
    expect(at.server.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST']);
  });

  it('whose series has expired in the cluster starts anew', async () => {
    await using at = await desk((seen, response) =>
      seen.method === 'PATCH' ? sendJson(response, 404, statusOf(404, 'NotFound')) : ok(seen, response),
    );
    at.recorder.record(object, note);
    await drain(at.recorder);
    at.recorder.record(object, note);
    await drain(at.recorder);
    expect(at.bodies().at(-1)).toMatchObject({
      metadata: { name: 'weather.01b8dac5b400id2' },
      series: { count: 2 },
    });
  });
});

describe('the recorder', () => {
  it('spends 25 events per object at once and one more each five minutes', () => {
    const budget = createEventBudget();
    const take = (count: number, atMs: number, uid = 'u'): number =>
      Array.from({ length: count }, () => budget.take(uid, atMs)).filter((taken) => taken === 'granted')
        .length;
    expect(take(30, 0)).toBe(25);
    expect(take(5, 299_999)).toBe(0);
    expect(take(5, 300_000)).toBe(1);
    expect(take(5, 900_000)).toBe(2);
    expect(take(30, 900_000, 'other')).toBe(25);
    expect(take(40, 100 * 300_000)).toBe(25);
  });

  it('tells the count of a suppressed series at the end', async () => {
    await using at = await desk();
    for (let round = 0; round < 40; round += 1) {
      at.recorder.record(object, note);
      await at.time.advance(0);
    }
    await drain(at.recorder);
    expect(at.bodies().at(-1)).toMatchObject({ series: { count: 40 } });
    expect(at.server.requests.length).toBeLessThanOrEqual(26);
  });

  it('tries again when the server is busy, and not when it refuses', async () => {
    const answers = [503, 429, 201, 403, 201];
    await using at = await desk((_, response) => {
      const status = answers.shift() ?? 201;
      sendJson(response, status, status === 201 ? { kind: 'Event' } : statusOf(status, 'No'), {
        'retry-after': '1',
      });
    });
    at.recorder.record(object, note);
    await until(() => at.server.requests.length === 1);
    await at.time.advance(1_100);
    await at.time.advance(1_100);
    await drain(at.recorder);
    expect(at.recorder.stats()).toEqual({ sent: 1, dropped: 0 });
    at.recorder.record(object, { ...note, note: 'b' });
    await drain(at.recorder);
    expect(at.server.requests).toHaveLength(4);
    expect(at.recorder.stats()).toEqual({ sent: 1, dropped: 1 });
  });

  it('never grows beyond its bound, never throws and ends its flush with the signal', async () => {
    await using at = await desk(() => undefined);
    for (let index = 0; index < 3_000; index += 1) {
      at.recorder.record(makeObject({ name: `n${index}` }), note);
    }
    expect(at.recorder.stats().dropped).toBeGreaterThanOrEqual(1_900);
    const stop = new AbortController();
    const flushed = at.recorder.flush(stop.signal);
    await until(() => at.server.requests.length === 1);
    stop.abort();
    await flushed;
    expect(() => at.recorder.record(object, note)).not.toThrow();
  });
});
