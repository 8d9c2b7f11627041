import { describe, expect, it } from 'vitest';
import type { Leadership as Port } from '../../src/controller/ports.ts';
import { alwaysLeading, createLeadership, type Leadership } from '../../src/kube/lease.ts';
import {
  connectTo,
  type Entry,
  type Handler,
  type Loopback,
  memoryLog,
  sendJson,
  startLoopback,
  statusOf,
} from './loopback.ts';
import { createVirtualTime, until, type VirtualTime } from './virtual-time.ts';

type Mode = 'up' | 'down' | 'forbidden' | 'lost-answer' | 'hang';
interface Spec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  leaseTransitions?: number;
  renewTime?: string;
}

/** One Lease with optimistic locking, reached through a server that can be broken per candidate. */
class LeaseStore {
  spec: Spec | undefined;
  version = 1;
  mode: Mode = 'up';
  writes: string[] = [];

  readonly handler: Handler = (seen, response) => {
    if (this.mode === 'hang') return;
    if (this.mode === 'down') return void response.destroy();
    if (this.mode === 'forbidden') return sendJson(response, 403, statusOf(403, 'Forbidden'));
    const body =
      seen.body === ''
        ? undefined
        : (JSON.parse(seen.body) as { metadata: { resourceVersion?: string }; spec: Spec });
    if (seen.method === 'GET') {
      return this.spec
        ? sendJson(response, 200, this.#object())
        : sendJson(response, 404, statusOf(404, 'NotFound'));
    }
    if (seen.method === 'PUT' && this.spec === undefined)
      return sendJson(response, 404, statusOf(404, 'NotFound'));
    const fits =
      seen.method === 'POST'
        ? this.spec === undefined
        : body?.metadata.resourceVersion === String(this.version);
    if (!fits) return sendJson(response, 409, statusOf(409, 'Conflict'));
    this.version += 1;
    this.spec = body?.spec;
    this.writes.push(this.spec?.holderIdentity ?? '');
    if (this.mode === 'lost-answer') return void response.destroy();
    return sendJson(response, 200, this.#object());
  };

  /** Somebody else writes, past every rule. */
  seize(holderIdentity: string): void {
    this.version += 1;
    this.spec = { ...this.spec, holderIdentity, leaseTransitions: (this.spec?.leaseTransitions ?? 0) + 1 };
  }

  #object(): object {
    return {
      kind: 'Lease',
      metadata: { name: 'op', resourceVersion: String(this.version) },
      spec: this.spec,
    };
  }
}

interface Candidate {
  readonly leadership: Leadership;
  readonly changes: string[];
  readonly log: readonly Entry[];
  stop(): Promise<void>;
}

interface Field extends AsyncDisposable {
  readonly lease: LeaseStore;
  readonly time: VirtualTime;
  readonly server: Loopback;
  join(identity: string, time?: VirtualTime): Promise<Candidate>;
}

async function field(): Promise<Field> {
  const lease = new LeaseStore();
  const server = await startLoopback(lease.handler);
  const time = createVirtualTime();
  const closers: (() => Promise<void>)[] = [];
  return {
    lease,
    time,
    server,
    join: async (identity, own = time) => {
      const http = await connectTo(server.url, own);
      const changes: string[] = [];
      const log = memoryLog();
      const leadership = createLeadership({
        http,
        namespace: 'operators',
        name: 'op',
        identity,
        leaseDurationMs: 15_000,
        renewDeadlineMs: 10_000,
        scheduler: own,
        random: () => 0.5,
        log,
        onChange: ({ role, epoch }) => void changes.push(`${role}#${epoch}`),
      });
      const stop = new AbortController();
      const running = leadership.run(stop.signal);
      const end = async (): Promise<void> => {
        stop.abort(new Error('stop'));
        await running;
      };
      closers.push(async () => {
        await end();
        await http.close();
      });
      return { leadership, changes, log: log.entries, stop: end };
    },
    [Symbol.asyncDispose]: async () => {
      lease.mode = 'down';
      await Promise.all(closers.map((close) => close()));
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('a candidate', () => {
  it('takes a lease that does not exist, and leads in its first epoch', async () => {
    await using at = await field();
    const a = await at.join('a');
    expect(a.leadership.leading()).toBe(false);
    expect(a.leadership.epoch()).toBe(0);
    await until(() => a.leadership.leading());
    expect(a.changes).toEqual(['leading#1']);
    expect(at.lease.spec).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      renewTime: '2030-01-01T00:00:00.000000Z',
    });
  });

  it('keeps it for hours while it can renew', async () => {
    await using at = await field();
    const a = await at.join('a');
    const b = await at.join('b');
    await at.time.advance(2_000);
    const [leader, standby] = a.leadership.leading() ? [a, b] : [b, a];
    for (let round = 0; round < 60; round += 1) {
      await at.time.advance(1_000);
      expect(leader.leadership.leading()).toBe(true);
      expect(standby.leadership.leading()).toBe(false);
    }
    expect(leader.changes).toHaveLength(1);
  });

  it('hands over within a second when it is stopped', async () => {
    await using at = await field();
    const a = await at.join('a');
    await until(() => a.leadership.leading());
    const b = await at.join('b');
    await at.time.advance(1_000);
    await a.stop();
    expect(a.leadership.leading()).toBe(false);
    expect(a.changes).toEqual(['leading#1', 'standby#1']);
    expect(at.lease.spec?.holderIdentity).toBe('');
    await at.time.advance(1_000);
    expect(b.leadership.leading()).toBe(true);
    expect(b.changes).toEqual(['leading#2']);
  });

  it('takes over after a hard kill when the lease has run out by its own clock, not before', async () => {
    await using at = await field();
    at.lease.spec = {
      holderIdentity: 'killed',
      leaseDurationSeconds: 15,
      leaseTransitions: 6,
      renewTime: '2000-01-01T00:00:00.000000Z',
    };
    const b = await at.join('b');
    await at.time.advance(14_900);
    expect(b.leadership.leading()).toBe(false);
    await at.time.advance(1_100);
    expect(b.leadership.leading()).toBe(true);
    expect(b.leadership.epoch()).toBe(8);
  });

  it('is not misled by a wall clock that is half an hour off', async () => {
    await using at = await field();
    const a = await at.join('a');
    await until(() => a.leadership.leading());
    const skewed = createVirtualTime();
    skewed.shiftWall(-1_800_000);
    const b = await at.join('b', skewed);
    for (let round = 0; round < 40; round += 1) {
      at.time.shiftWall(60_000);
      await at.time.advance(1_000);
      await skewed.advance(1_000);
      expect([a.leadership.leading(), b.leadership.leading()]).toEqual([true, false]);
    }
  });
});

describe('a leader', () => {
  it('that loses the API server stops leading at the deadline, before anybody may take over, and comes back', async () => {
    await using at = await field();
    const a = await at.join('a');
    await until(() => a.leadership.leading());
    await at.time.advance(10_000);
    at.lease.mode = 'down';
    await at.time.advance(7_500);
    expect(a.leadership.leading()).toBe(true);
    await at.time.advance(2_700);
    expect(a.leadership.leading()).toBe(false);
    expect(a.changes).toEqual(['leading#1', 'standby#1']);
    at.lease.mode = 'up';
    await at.time.advance(1_500);
    expect(a.leadership.leading()).toBe(true);
    expect(a.leadership.epoch()).toBe(2);
    expect(a.log.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('that is answered by nobody stops leading at the deadline too', async () => {
    await using at = await field();
    const a = await at.join('a');
    await until(() => a.leadership.leading());
    at.lease.mode = 'hang';
    await at.time.advance(9_900);
    expect(a.leadership.leading()).toBe(true);
    await at.time.advance(200);
    expect(a.leadership.leading()).toBe(false);
  });

  it('that was frozen does not lead for a moment after it wakes, though no code of its own ran', async () => {
    const frozen = createVirtualTime();
    await using at = await field();
    const a = await at.join('a', frozen);
    await until(() => a.leadership.leading());
    const b = await at.join('b');
    // The process sleeps: its timers do not fire, its clock goes on.
    const seen = frozen.now();
    let offset = 0;
    const now = frozen.now;
    Object.assign(frozen, { now: () => now() + offset });
    await at.time.advance(17_000);
    expect(b.leadership.leading()).toBe(true);
    offset = 60_000;
    expect(frozen.now() - seen).toBe(60_000);
    expect(a.leadership.leading()).toBe(false);
    await frozen.advance(3_000);
    expect(a.leadership.leading()).toBe(false);
    expect(a.changes.at(-1)).toBe('standby#1');
    expect(at.lease.spec?.holderIdentity).toBe('b');
  });

  it('steps down at once when somebody else holds the lease', async () => {
    await using at = await field();
    const a = await at.join('a');
    await until(() => a.leadership.leading());
    at.lease.seize('thief');
    await at.time.advance(2_500);
    expect(a.leadership.leading()).toBe(false);
    expect(at.lease.spec?.holderIdentity).toBe('thief');
  });

  it('recognises its own renewal whose answer was lost', async () => {
    await using at = await field();
    const a = await at.join('a');
    await until(() => a.leadership.leading());
    at.lease.mode = 'lost-answer';
    await at.time.advance(2_300);
    at.lease.mode = 'up';
    await at.time.advance(15_000);
    expect(a.leadership.leading()).toBe(true);
    expect(a.changes).toEqual(['leading#1']);
  });

  it('whose Lease is deleted takes a new one', async () => {
    await using at = await field();
    const a = await at.join('a');
    await until(() => a.leadership.leading());
    at.lease.spec = undefined;
    await at.time.advance(4_000);
    expect(a.leadership.leading()).toBe(true);
    expect(a.changes).toEqual(['leading#1', 'standby#1', 'leading#2']);
  });
});

it('never are two leaders at once, whoever is cut off', async () => {
  await using at = await field();
  const all = [await at.join('a'), await at.join('b'), await at.join('c')];
  const modes: readonly Mode[] = ['up', 'down', 'lost-answer', 'up', 'hang', 'up', 'forbidden', 'up'];
  for (let second = 0; second < 120; second += 1) {
    at.lease.mode = modes[Math.floor(second / 6) % modes.length] ?? 'up';
    await at.time.advance(1_000);
    expect(all.filter(({ leadership }) => leadership.leading()).length).toBeLessThanOrEqual(1);
  }
  at.lease.mode = 'up';
  await at.time.advance(20_000);
  expect(all.filter(({ leadership }) => leadership.leading())).toHaveLength(1);
});

it('names the missing permission once', async () => {
  await using at = await field();
  at.lease.mode = 'forbidden';
  const a = await at.join('a');
  await at.time.advance(5_000);
  const said = a.log.filter(({ level }) => level === 'warn');
  expect(said).toHaveLength(1);
  expect(said[0]?.message).toContain(
    'grant get, create and update on leases.coordination.k8s.io in namespace operators',
  );
});

it('without election a process always leads, until it is stopped', async () => {
  const port: Port & Leadership = alwaysLeading();
  expect(port.leading()).toBe(true);
  expect(port.epoch()).toBe(1);
  const stop = new AbortController();
  const running = port.run(stop.signal);
  stop.abort();
  await running;
});
