// Each kind of fault on a real socket: what the client sees, and whether the service acted.
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchMaker } from '../support/simulator-fixture.ts';
import type { FaultSpec } from './simulator/index.ts';

const bench = benchMaker(onTestFinished);

type Effect = NonNullable<FaultSpec['effect']>;

async function struck(spec: FaultSpec) {
  const rig = await bench();
  rig.simulator.faults.add({ operation: 'modifyComponent', ...spec });
  const answer = await rig.modify().catch((error: Error) => error);
  const accepted = rig.simulator.journal.acceptedWrites(rig.component.id);
  const [entry] = rig.simulator.journal.requests({ operation: 'modifyComponent' });
  return { ...rig, answer, accepted: accepted.length, entry };
}

describe('an answer that is replaced', () => {
  it.each<{ name: string; effect: Effect; phase?: 'before' | 'after'; accepted: number; want: object }>([
    {
      name: 'by a status and a body',
      effect: {
        kind: 'respond',
        status: 500,
        body: { error_code: 'SVCSTG.00100500' },
        headers: { 'X-A': 'b' },
      },
      accepted: 0,
      want: { status: 500, json: { error_code: 'SVCSTG.00100500' } },
    },
    {
      name: 'by a text after the service acted',
      effect: { kind: 'respond', status: 500, body: 'oops' },
      phase: 'after',
      accepted: 1,
      want: { status: 500, text: 'oops' },
    },
    {
      name: 'by 429 without Retry-After',
      effect: { kind: 'throttle' },
      accepted: 0,
      want: { status: 429, json: { error_code: 'APIGW.0308' } },
    },
    {
      name: 'by an HTML page',
      effect: { kind: 'html' },
      accepted: 0,
      want: { status: 502, json: undefined },
    },
    {
      name: 'by an HTML page after the service acted',
      effect: { kind: 'html' },
      phase: 'after',
      accepted: 1,
      want: { status: 502, text: expect.stringContaining('<html>') },
    },
    {
      name: 'by garbage',
      effect: { kind: 'garbage' },
      accepted: 1,
      want: { status: 200, json: undefined, text: expect.stringContaining('not json') },
    },
    { name: 'by nothing', effect: { kind: 'empty' }, accepted: 1, want: { status: 200, text: '' } },
    {
      name: 'by half of it',
      effect: { kind: 'truncated', cut: 'text' },
      accepted: 1,
      want: { status: 200, json: undefined, text: expect.stringMatching(/^\{"job_id/) },
    },
    {
      name: 'by one without a job id',
      effect: { kind: 'noJobId' },
      accepted: 1,
      want: { status: 200, json: {} },
    },
    {
      name: 'by a redirect',
      effect: { kind: 'redirect', location: 'http://127.0.0.1:9/' },
      accepted: 0,
      want: { status: 307 },
    },
    {
      name: 'by a gateway time-out before a late acceptance',
      effect: { kind: 'acceptLate', afterMs: 1000 },
      accepted: 0,
      want: { status: 504 },
    },
  ])('$name', async ({ effect, phase, accepted, want }) => {
    const result = await struck({ effect, phase });
    expect(result.answer).toMatchObject(want);
    expect(result.accepted).toBe(accepted);
    expect(result.entry).toMatchObject({ fault: effect.kind, accepted: accepted === 1 });
  });

  it('carries the headers it was given', async () => {
    const { answer } = await struck({ effect: { kind: 'respond', status: 503, headers: { 'X-A': 'b' } } });
    expect(answer).not.toBeInstanceOf(Error);
    if (answer instanceof Error) return;
    expect(answer.headers.get('x-a')).toBe('b');
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each(['7', 'Thu, 10 Jul 2025 00:00:07 GMT'])('says Retry-After %s', async (retryAfter) => {
    const { answer } = await struck({ effect: { kind: 'throttle', retryAfter } });
    expect(answer instanceof Error ? '' : answer.headers.get('retry-after')).toBe(retryAfter);
  });

  it('can be 10 MB long', async () => {
    const { answer, accepted } = await struck({ effect: { kind: 'oversized' } });
    expect(answer instanceof Error ? 0 : answer.text.length).toBeGreaterThan(10_000_000);
    expect(accepted).toBe(1);
  });
});

describe('an answer that never comes', () => {
  it.each<{ effect: Effect; phase?: 'before' | 'after'; accepted: number }>([
    { effect: { kind: 'reset' }, accepted: 0 },
    { effect: { kind: 'reset' }, phase: 'after', accepted: 1 },
    { effect: { kind: 'truncated', cut: 'connection' }, accepted: 1 },
    { effect: { kind: 'acceptLate', afterMs: 1000, answer: 'reset' }, accepted: 0 },
  ])('because of $effect.kind $phase', async ({ effect, phase, accepted }) => {
    const result = await struck({ effect, phase });
    expect(result.answer).toBeInstanceOf(Error);
    expect(result.accepted).toBe(accepted);
    if (effect.kind === 'reset') expect(result.entry?.status).toBe(0);
  });

  it.each([
    ['before' as const, 0],
    ['after' as const, 1],
  ])('because the service hangs %s acting', async (phase, accepted) => {
    const { simulator, path, component } = await bench();
    simulator.faults.add({ operation: 'getComponent', phase, effect: { kind: 'hang' } });
    simulator.faults.add({ operation: 'deleteComponent', phase, effect: { kind: 'hang' } });
    const signal = AbortSignal.timeout(40);
    const headers = { 'X-Auth-Token': 'simulator-token' };
    await expect(fetch(`${simulator.url}${path}`, { method: 'DELETE', headers, signal })).rejects.toThrow();
    expect(simulator.journal.acceptedWrites(component.id)).toHaveLength(accepted);
    expect(simulator.journal.entries).toMatchObject([{ operation: 'deleteComponent', status: 0 }]);
  });

  it('accepts late, once, as an entry of its own', async () => {
    const { simulator, component, entry } = await struck({ effect: { kind: 'acceptLate', afterMs: 1000 } });
    simulator.advance(1000);
    expect(simulator.journal.acceptedWrites(component.id)).toMatchObject([{ lateFor: entry?.seq }]);
    expect(simulator.journal.requests({ operation: 'modifyComponent' })).toHaveLength(1);
  });
});

it('delays before acting and before answering', async () => {
  const { simulator, modify, component } = await bench();
  simulator.faults.add({ delayMs: 20, answerDelayMs: 20 });
  const begun = performance.now();
  const answer = modify();
  await expect.poll(() => simulator.journal.acceptedWrites(component.id).length).toBe(1);
  expect((await answer).status).toBe(200);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(38);
});

it('acts although the client has gone away during the delay', async () => {
  const { simulator, path, component } = await bench();
  simulator.faults.add({ operation: 'deleteComponent', delayMs: 40 });
  const request = { method: 'DELETE', headers: { 'X-Auth-Token': 'simulator-token' } };
  const signal = AbortSignal.timeout(10);
  await expect(fetch(`${simulator.url}${path}`, { ...request, signal })).rejects.toThrow();
  await expect.poll(() => simulator.journal.acceptedWrites(component.id).length).toBe(1);
});

describe('matching', () => {
  const respond = (status: number): Effect => ({ kind: 'respond', status });

  it.each<{ name: string; rules: readonly FaultSpec[]; want: readonly number[] }>([
    { name: 'the next one', rules: [{ effect: respond(500) }], want: [500, 200, 200, 200] },
    { name: 'the next two', rules: [{ next: 2, effect: respond(500) }], want: [500, 500, 200, 200] },
    { name: 'the third', rules: [{ nth: 3, effect: respond(500) }], want: [200, 200, 500, 200] },
    { name: 'all', rules: [{ next: 'all', effect: respond(500) }], want: [500, 500, 500, 500] },
    {
      name: 'one rule after another',
      rules: [{ effect: respond(500) }, { effect: respond(503) }],
      want: [500, 503, 200, 200],
    },
    {
      name: 'another operation',
      rules: [{ operation: 'getJob', effect: respond(500) }],
      want: [200, 200, 200, 200],
    },
    {
      name: 'another component',
      rules: [{ componentId: 'x', effect: respond(500) }],
      want: [200, 200, 200, 200],
    },
    {
      name: 'another project',
      rules: [{ projectId: 'x', effect: respond(500) }],
      want: [200, 200, 200, 200],
    },
  ])('strikes $name', async ({ rules, want }) => {
    const { simulator, get, path } = await bench();
    for (const rule of rules) simulator.faults.add(rule);
    const seen = [];
    for (let round = 0; round < want.length; round += 1) seen.push((await get(path)).status);
    expect(seen).toEqual(want);
  });

  it('ends when the rule is removed or used up', async () => {
    const { simulator, get, path } = await bench();
    const id = simulator.faults.add({ next: 'all', effect: respond(500) });
    simulator.faults.add({ operation: 'getJob', effect: respond(500) });
    simulator.faults.remove(id);
    expect((await get(path)).status).toBe(200);
    expect(simulator.faults.list()).toHaveLength(1);
    simulator.faults.clear();
    expect(simulator.faults.list()).toEqual([]);
  });
});
