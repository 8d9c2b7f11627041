// Two replicas and one Lease on a real API server, as real processes: who leads after an end of any kind, and what becomes
// of the work that was under way.
import { afterAll, expect, it, vi } from 'vitest';
import { lengths } from '../support/lengths.ts';
import { fetchPage } from '../support/process.ts';
import { CASE_MS, endEveryReplica, inSite, led, pass, type Replica } from './support-fencing.ts';
import { createFigures } from './support-figures.ts';
import { PATIENT } from './support-item.ts';
import { describeOnRealServer } from './support-server.ts';
import { throughGate } from './support-stops.ts';

/** What a machine under load adds to a limit of time. */
const SLACK_MS = 1_500;

describeOnRealServer('fencing: the Lease', { crd: 'installed' }, (current) => {
  const figures = createFigures();
  afterAll(async () => {
    console.log(['figures:', ...figures.lines()].join('\n  '));
    await endEveryReplica();
  });

  it.concurrent(
    'is handed over within a second of SIGTERM, to a standby that lists nothing',
    { timeout: CASE_MS },
    ({ task }) =>
      inSite(current(), async (at) => {
        const item = await at.create('handed-over');
        let leader = await at.lead();
        await item.untilReady();
        const versions =
          lengths.name === 'short' ? ['1.0.2', '1.0.3'] : ['1.0.2', '1.0.3', '1.0.4', '1.0.5', '1.0.6'];
        const ms = { handOver: 0, firstCall: 0 };
        for (const version of versions) {
          const standby = await at.start();
          const since = standby.listen();
          expect(await leader.end('SIGTERM')).toEqual({ code: 0, signal: null });
          await item.edit(version);
          await vi.waitFor(() => expect(item.accepted().at(-1)).toBe(version), PATIENT);
          const releasedAt = leader.toldAt('lease released') ?? 0;
          ms.handOver = Math.max(ms.handOver, led(standby) - releasedAt);
          ms.firstCall = Math.max(ms.firstCall, (item.acceptedAt() ?? 0) - releasedAt);
          await item.untilReady();
          expect(since().filter(({ message }) => message === 'list complete')).toEqual([]);
          expect(standby.log.filter(({ message }) => /is polled/.test(String(message)))).toEqual([]);
          leader = standby;
        }
        figures.note(task, 'handOverMs', ms.handOver);
        figures.note(task, 'firstCallAfterHandOverMs', ms.firstCall);
        expect(ms.handOver).toBeLessThanOrEqual(1_000);
        expect(item.accepted()).toEqual(['1.0.1', ...versions]);
        expect(item.sent()).toBe(1 + versions.length);
      }),
  );

  it.concurrent(
    'is taken a lease after kill -9, and the job is followed on',
    { timeout: CASE_MS },
    ({ task }) =>
      inSite(
        current(),
        async (at) => {
          const leader = await at.lead();
          const standby = await at.start();
          const item = await at.create('killed');
          await vi.waitFor(async () => expect((await item.operation())?.phase).toBe('Submitted'), PATIENT);
          const killedAt = Date.now();
          await leader.end('SIGKILL');
          await vi.waitFor(() => expect(standby.leads()).toBe(true), PATIENT);
          const ms = led(standby) - killedAt;
          figures.note(task, 'killTakeoverMs', ms);
          expect(ms).toBeLessThanOrEqual(lengths.leaseDurationMs + 1_000 + SLACK_MS);
          await item.untilReady();
          expect(item.accepted()).toEqual(['1.0.1']);
          expect(await item.operation()).not.toHaveProperty('recovered');
        },
        { jobMs: 1_500 },
      ),
  );

  it.concurrent(
    'is given up without exit while the API server is away, and what is due is done after it',
    { timeout: CASE_MS + 60_000 },
    ({ task }) =>
      throughGate(current(), (gate) =>
        inSite(current(), async (at) => {
          const awayMs = Math.min(lengths.awayMs, 60_000);
          const only = await at.lead({ apiPort: gate.port });
          const item = await at.create('away');
          await item.untilReady();
          const awayAt = Date.now();
          gate.set('silent');
          await item.edit('1.0.2');
          await pass(awayMs / 2);
          gate.set('refused');
          await pass(awayMs / 2);
          await vi.waitFor(() => expect(only.leads()).toBe(false), PATIENT);
          const steppedDownAt = only.toldAt('leadership changed', { role: 'standby' }) ?? 0;
          figures.note(task, 'stepDownMs', steppedDownAt - awayAt);
          expect(await masterStatus(only)).toBe('0');
          expect((await fetchPage(`${only.healthUrl}/healthz`)).status).toBe(200);
          expect(item.sent()).toBe(1);
          const backAt = Date.now();
          gate.set('open');
          await vi.waitFor(() => expect(only.leads()).toBe(true), PATIENT);
          figures.note(task, 'leadsAgainMs', led(only) - backAt);
          await item.untilReady();
          expect(await masterStatus(only)).toBe('1');
          expect(only.running()).toBe(true);
          expect(item.accepted()).toEqual(['1.0.1', '1.0.2']);
          expect(item.sent()).toBe(2);
        }),
      ),
  );
});

async function masterStatus({ metricsUrl }: Replica): Promise<string | undefined> {
  return /^leader_election_master_status\{[^}]*\} (\d)/m.exec((await fetchPage(metricsUrl)).text)?.[1];
}
