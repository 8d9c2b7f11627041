// The standby's ear: what a standby does with a watch of the Lease that works, and with one that does not.
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createLeadership, type Leadership } from '../../src/kube/lease.ts';
import {
  connectTo,
  type Entry,
  type Handler,
  memoryLog,
  sendJson,
  startLoopback,
  statusOf,
} from './loopback.ts';
import { createVirtualTime, until, type VirtualTime } from './virtual-time.ts';

type Ear = 'good' | 'deaf' | 'forbidden' | 'ends at once' | 'garbage';

/** One Lease whose watch can be broken; reading and writing always work. */
class WatchedLease {
  ear: Ear = 'good';
  holder = 'leader';
  #version = 1;
  #exists = true;
  readonly #streams = new Set<ServerResponse>();
  readonly counts = { get: 0, watch: 0, put: 0 };

  readonly handler: Handler = (seen, response) => {
    if (seen.query.get('watch') === 'true') return this.#watch(response, seen.query);
    if (seen.method === 'GET') {
      this.counts.get += 1;
      return this.#exists
        ? sendJson(response, 200, this.#object())
        : sendJson(response, 404, statusOf(404, 'NotFound'));
    }
    this.counts.put += 1;
    const body = JSON.parse(seen.body) as {
      metadata: { resourceVersion?: string };
      spec: { holderIdentity: string };
    };
    const over = body.metadata.resourceVersion;
    if (this.#exists ? over !== String(this.#version) : over !== undefined)
      return sendJson(response, 409, statusOf(409, 'Conflict'));
    this.#exists = true;
    this.write(body.spec.holderIdentity);
    return sendJson(response, 200, this.#object());
  };

  /** A renewal, a release (`''`) or another holder. */
  write(holder: string): void {
    this.#version += 1;
    this.holder = holder;
    this.#tell('MODIFIED');
  }

  remove(): void {
    this.#exists = false;
    this.#tell('DELETED');
  }

  #watch(response: ServerResponse, query: URLSearchParams): void {
    this.counts.watch += 1;
    expect(query.get('fieldSelector')).toBe('metadata.name=op');
    if (this.ear === 'forbidden') {
      sendJson(response, 403, statusOf(403, 'Forbidden'));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    if (this.ear === 'ends at once') return void response.end();
    if (this.ear === 'garbage') return void response.end('no line of a watch\n');
    response.flushHeaders();
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }

  #tell(type: string): void {
    if (this.ear !== 'good') return;
    for (const stream of this.#streams) stream.write(`${JSON.stringify({ type, object: this.#object() })}\n`);
  }

  #object(): object {
    return {
      kind: 'Lease',
      metadata: { name: 'op', namespace: 'operators', uid: 'u', resourceVersion: String(this.#version) },
      spec: { holderIdentity: this.holder, leaseDurationSeconds: 15, leaseTransitions: 3 },
    };
  }
}

interface Field extends AsyncDisposable {
  readonly lease: WatchedLease;
  readonly time: VirtualTime;
  readonly standby: Leadership;
  readonly log: readonly Entry[];
  /** Seconds in which the leader renews every other one. */
  renewed(seconds: number): Promise<void>;
}

/** A standby that has seen the lease of a leader that exists only as a record. */
async function field(ear: Ear = 'good'): Promise<Field> {
  const lease = new WatchedLease();
  lease.ear = ear;
  const server = await startLoopback(lease.handler);
  const time = createVirtualTime();
  const http = await connectTo(server.url, time);
  const log = memoryLog();
  const standby = createLeadership({
    http,
    namespace: 'operators',
    name: 'op',
    identity: 'standby',
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    scheduler: time,
    random: () => 0.5,
    log,
  });
  const stop = new AbortController();
  const running = standby.run(stop.signal);
  await until(() => lease.counts.watch > 0);
  await time.advance(10);
  return {
    lease,
    time,
    standby,
    log: log.entries,
    renewed: async (seconds) => {
      for (let second = 0; second < seconds; second += 2) {
        lease.write('leader');
        await time.advance(2_000);
      }
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('stop'));
      await running;
      await http.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('a standby that hears', () => {
  it('takes a released lease at once', async () => {
    await using at = await field();
    await at.renewed(10);
    at.lease.write('');
    await at.time.advance(20);
    expect(at.standby.leading()).toBe(true);
  });

  it('takes a deleted lease at once', async () => {
    await using at = await field();
    at.lease.remove();
    await at.time.advance(20);
    expect(at.standby.leading()).toBe(true);
  });

  it('asks nothing while the leader renews', async () => {
    await using at = await field();
    await at.renewed(240);
    expect(at.lease.counts).toMatchObject({ get: 1, watch: 1, put: 0 });
    expect(at.standby.leading()).toBe(false);
  });

  it('takes over when the last renewal that it heard is a lease old, not before', async () => {
    await using at = await field();
    await at.renewed(20);
    await at.time.advance(12_950);
    expect(at.standby.leading()).toBe(false);
    await at.time.advance(100);
    expect(at.standby.leading()).toBe(true);
  });

  it('leaves a lease alone that went to another standby', async () => {
    await using at = await field();
    at.lease.write('faster');
    await at.time.advance(2_000);
    expect(at.standby.leading()).toBe(false);
    expect(at.lease.counts.put).toBe(0);
  });
});

describe('a standby', () => {
  it('that is deaf without knowing looks for itself within 5 s', async () => {
    await using at = await field('deaf');
    at.lease.write('');
    await at.time.advance(5_100);
    expect(at.standby.leading()).toBe(true);
  });

  it('that is deaf without knowing takes nothing from a leader that renews', async () => {
    await using at = await field('deaf');
    await at.renewed(60);
    expect(at.standby.leading()).toBe(false);
    expect(at.lease.holder).toBe('leader');
  });

  it.each(['forbidden', 'ends at once', 'garbage'] as const)(
    'whose watch is %s takes a released lease within a second, without a hot loop',
    async (ear) => {
      await using at = await field(ear);
      await at.renewed(10);
      const { get, watch } = at.lease.counts;
      expect(get).toBeLessThanOrEqual(18);
      expect(watch).toBeLessThanOrEqual(18);
      at.lease.write('');
      await at.time.advance(1_000);
      expect(at.standby.leading()).toBe(true);
    },
  );

  it('that may not watch says so once, with the cure, and asks again each minute', async () => {
    await using at = await field('forbidden');
    await at.renewed(150);
    expect(at.lease.counts.watch).toBe(3);
    const said = at.log.filter(({ level }) => level === 'warn');
    expect(said.map(({ message }) => message)).toEqual([
      'the Lease is polled, since it may not be watched: grant watch on leases.coordination.k8s.io in namespace operators',
    ]);
  });
});
