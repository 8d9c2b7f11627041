// A leader that is stopped (SIGSTOP) inside a change and woken (SIGCONT) when another leads: whatever it was about to do, it
// does nothing more. Its clock went on while none of its code ran, and what it was waiting for lies ready when it wakes, so
// the first thing that runs is the rest of the stopped pass and not a timer.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { selfSigned } from '../servicestage/certificate.ts';
import { lengths } from '../support/lengths.ts';
import { CASE_MS, endEveryReplica, inSite } from './support-fencing.ts';
import { createFigures } from './support-figures.ts';
import { startGate } from './support-gate.ts';
import { PATIENT } from './support-item.ts';
import { describeOnRealServer } from './support-server.ts';
import { leadsAgain, startTlsFront, stopLeader, throughGate } from './support-stops.ts';

describeOnRealServer('fencing: a leader stopped', { crd: 'installed' }, (current) => {
  const figures = createFigures();
  afterAll(async () => {
    console.log(['figures:', ...figures.lines()].join('\n  '));
    await endEveryReplica();
  });

  it.concurrent('while it read the component sends nothing', { timeout: CASE_MS }, ({ task }) =>
    inSite(current(), async (at) => {
      const leader = await at.lead();
      const standby = await at.start();
      const item = at.open('stopped-in-get');
      at.cloud.faults.add({ operation: 'getComponent', componentId: item.componentId, answerDelayMs: 500 });
      await item.create('1.0.1');
      await vi.waitFor(() => expect(item.asked('getComponent')).toBe(1), PATIENT);
      const woken = await stopLeader({ leader, standby, item });
      figures.note(task, 'stopTakeoverMs', woken.takeoverMs);
      await item.untilReady();
      expect(woken.firstDecision()).toBe('rest: not the leader');
      expect(item.accepted()).toEqual(['1.0.1']);
      await leadsAgain({ leader, standby, item });
    }),
  );

  it.concurrent('between its intent and the call sends nothing', { timeout: CASE_MS }, () =>
    throughGate(current(), (gate) =>
      inSite(current(), async (at) => {
        const leader = await at.lead({ apiPort: gate.port });
        const standby = await at.start();
        const item = at.open('stopped-in-intent');
        const { componentId } = item;
        at.cloud.faults.add({ operation: 'getComponent', componentId, answerDelayMs: 300 });
        await item.create('1.0.1');
        await vi.waitFor(() => expect(item.asked('getComponent')).toBe(1), PATIENT);
        gate.set('held');
        await vi.waitFor(async () => expect((await item.operation())?.phase).toBe('Intent'), PATIENT);
        const woken = await stopLeader({ leader, standby, item, whenStopped: () => gate.set('open') });
        // Nobody knows what became of the intent: the new leader asks for long before it starts again.
        expect(woken.firstDecision()).toBe('rest: not the leader');
        if (lengths.name === 'short') expect(item.sent()).toBe(0);
        await item.untilReady();
        expect(item.accepted()).toEqual(['1.0.1']);
        await leadsAgain({ leader, standby, item });
      }),
    ),
  );

  it.concurrent('while its call connected sends nothing', { timeout: CASE_MS }, () =>
    inSite(current(), async (at) => {
      const certificate = selfSigned('localhost');
      const front = await startTlsFront(certificate, Number(new URL(at.cloud.url).port));
      const gate = await startGate(front.port);
      const ca = join(current().server.dataDir, 'front.pem');
      await writeFile(ca, certificate.cert);
      try {
        const endpoint = `https://localhost:${gate.port}`;
        const leader = await at.lead({ endpoint, env: { NODE_EXTRA_CA_CERTS: ca } });
        const standby = await at.start();
        const item = at.open('stopped-in-handshake');
        // The last read before the intent; the connection of the call is the next.
        at.cloud.faults.add({ operation: 'getJob', answerDelayMs: 300 });
        await item.create('1.0.1');
        const looked = () => at.cloud.journal.requests({ operation: 'getJob' }).length;
        await vi.waitFor(() => expect(looked()).toBe(1), PATIENT);
        gate.setNext('held');
        await vi.waitFor(() => expect(gate.waiting()).toBe(1), PATIENT);
        expect((await item.operation())?.phase).toBe('Intent');
        await stopLeader({ leader, standby, item, whenStopped: () => gate.set('open') });
        await item.untilReady();
        expect(standby.said('operation', { phase: 'NotSent' })).toBeDefined();
        expect(item.accepted()).toEqual(['1.0.1']);
        expect(item.sent()).toBe(1);
      } finally {
        await gate.close();
        front.close();
      }
    }),
  );

  it.concurrent('inside its call has it found by the next, which sends none', { timeout: CASE_MS }, () =>
    inSite(current(), async (at) => {
      const leader = await at.lead();
      const standby = await at.start();
      const item = at.open('stopped-in-put');
      const { componentId } = item;
      at.cloud.faults.add({ operation: 'modifyComponent', componentId, answerDelayMs: 500 });
      await item.create('1.0.1');
      await vi.waitFor(() => expect(item.accepted()).toEqual(['1.0.1']), PATIENT);
      const woken = await stopLeader({ leader, standby, item });
      await item.untilReady();
      expect(woken.firstDecision()).toBe('rest: not the leader');
      expect(item.sent()).toBe(1);
      expect(await item.operation()).toMatchObject({ phase: 'Succeeded', recovered: true });
      await leadsAgain({ leader, standby, item });
    }),
  );
});
