// A lapse that nobody noticed at the time: this process was too busy to run its timers, its lease ran out by its clock, and
// then the answer to a renewal sent just before made it good again. Whoever asked in between was told "not the leader".
import { expect, it } from 'vitest';
import { createLeadership } from '../../src/kube/lease.ts';
import { connectTo, type Handler, memoryLog, sendJson, startLoopback } from './loopback.ts';
import { createVirtualTime, settle, until } from './virtual-time.ts';

it('a leader that did not lead for a moment says so, so that what was put off then is looked at again', async () => {
  let version = 1;
  let answer: (() => void) | undefined;
  let held = false;
  const handler: Handler = (seen, response) => {
    if (seen.method === 'GET') return sendJson(response, 404, { kind: 'Status', code: 404 });
    version += 1;
    const { spec } = JSON.parse(seen.body) as { spec: object };
    const lease = { kind: 'Lease', metadata: { name: 'op', resourceVersion: String(version) }, spec };
    answer = () => sendJson(response, 200, lease);
    if (!held) answer();
  };
  await using server = await startLoopback(handler);
  const time = createVirtualTime();
  // The clock goes on while no timer fires.
  let late = 0;
  const { now } = time;
  Object.assign(time, { now: () => now() + late });
  const http = await connectTo(server.url, time);
  const changes: string[] = [];
  const leadership = createLeadership({
    http,
    namespace: 'operators',
    name: 'op',
    identity: 'a',
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    scheduler: time,
    random: () => 0.5,
    log: memoryLog(),
    onChange: ({ role, epoch }) => void changes.push(`${role}#${epoch}`),
  });
  const stop = new AbortController();
  const running = leadership.run(stop.signal);
  await until(() => leadership.leading());

  held = true;
  await time.advance(2_000);
  await until(() => version === 3);
  late = 8_500;
  expect(leadership.leading()).toBe(false);
  answer?.();
  await until(() => leadership.leading());
  await settle();
  expect(changes).toEqual(['leading#1', 'standby#1', 'leading#1']);

  held = false;
  stop.abort(new Error('stop'));
  await running;
  await http.close();
});
