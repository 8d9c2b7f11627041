// Rows of the fault table whose fault is in the cloud: lost and late answers, maintenance, deletions that answer oddly, wrong
// accounts and components; and changes that come faster than the service can take them.
import { expect, it } from 'vitest';
import {
  exampleCredentials,
  exampleToken,
  type FaultSpec,
  type Simulator,
} from '../fakes/simulator/index.ts';
import { describeRows, pass, patchUnseen } from './stage.ts';

const MINUTE_MS = 60_000;

/** Strikes this share of the next requests, the same ones in every run. */
function strike(cloud: Simulator, share: number, fault: (n: number) => FaultSpec): void {
  let state = 7;
  for (let nth = 1; nth <= 1_500; nth += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    if (state / 2 ** 32 < share) cloud.faults.add({ nth, ...fault(nth) });
  }
}

describeRows('a fault on the way to the cloud', (at) => {
  it('loses 30 % of all answers for 10 minutes: each version is sent once', async () => {
    const { world, fleet, sent, allReady } = at();
    await world.start();
    const names = await fleet('lossy', 6);
    await allReady(names);
    const before = world.cloud.journal.entries.length;
    strike(world.cloud, 0.3, () => ({ phase: 'after', effect: { kind: 'reset' } }));
    const versions = ['1.0.2', '1.0.3', '1.0.4', '1.0.5', '1.0.6'];
    for (const version of versions) {
      for (const name of names) await world.edit({ version }, name);
      await pass(world, 2 * MINUTE_MS, 2_000);
    }
    const asked = world.cloud.journal.entries.slice(before);
    expect(asked.filter(({ status }) => status === 0).length).toBeGreaterThan(20);
    expect(asked.length).toBeLessThan(1_200);
    world.cloud.faults.clear();
    await allReady(names);
    for (const name of names) {
      expect(sent(name).at(-1)).toBe('1.0.6');
      expect(new Set(sent(name)).size).toBe(sent(name).length);
      expect(sent(name).toSorted()).toEqual(sent(name));
    }
  });

  it('delays every answer by up to half a second and drops a tenth of the requests: each version is sent once', async () => {
    const { world, fleet, sent, allReady } = at();
    await world.start({ workers: 20 });
    const names = await fleet('slow', 8);
    strike(world.cloud, 0.1, () => ({ phase: 'before', effect: { kind: 'reset' } }));
    strike(world.cloud, 1, (n) => ({ delayMs: 100 + (n % 4) * 50, answerDelayMs: 100 + (n % 3) * 75 }));
    await allReady(names);
    for (const name of names) await patchUnseen(world, name, { spec: { component: { version: '1.0.2' } } });
    await allReady(names);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1', '1.0.2']);
  });

  it.each([
    { name: 'has no address', endpoint: () => 'http://nowhere.invalid:1' },
    { name: 'has an address where nobody listens', endpoint: () => 'http://[::1]:9' },
  ])('is a host that $name: nothing is sent, and all goes once when it is found', async ({ endpoint }) => {
    const { world, fleet, sent, allReady } = at();
    await world.start();
    const names = await fleet('host', 3);
    await allReady(names);
    await world.secret('huaweicloud', { token: exampleToken, endpoint: endpoint() });
    for (const name of names) await world.edit({ version: '1.0.2' }, name);
    await pass(world, 5 * MINUTE_MS, 5_000);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1']);
    const port = new URL(world.cloud.url).port;
    await world.secret('huaweicloud', { token: exampleToken, endpoint: `http://localhost:${port}` });
    await allReady(names);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1', '1.0.2']);
  });

  it('is an hour of maintenance in which every write is 503 and reads are fine: all goes once after it', async () => {
    const { world, fleet, sent, allReady } = at();
    await world.start();
    const names = await fleet('closed', 5);
    await allReady(names);
    const before = world.cloud.journal.entries.length;
    const body = { error_code: 'APIGW.0201', error_msg: 'Backend unavailable.' };
    world.cloud.faults.add({
      operation: 'modifyComponent',
      next: 'all',
      effect: { kind: 'respond', status: 503, body },
    });
    for (const name of names) await world.edit({ version: '1.0.2' }, name);
    await pass(world, 60 * MINUTE_MS, 30_000);
    const asked = world.cloud.journal.entries.slice(before);
    const writes = asked.filter(({ method }) => method === 'PUT');
    expect(writes.length).toBeGreaterThanOrEqual(names.length);
    expect(writes.length).toBeLessThan(40 * names.length);
    world.cloud.faults.clear();
    await allReady(names);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1', '1.0.2']);
  });

  it('is an answer of 50 MB to reads and to the PUT: it is put down, and the call is found again', async () => {
    const { world, fleet, sent, allReady } = at();
    await world.start();
    const [name = ''] = await fleet('huge', 1);
    await allReady([name]);
    const effect = { kind: 'oversized', bytes: 50_000_000 } as const;
    world.cloud.faults.add({ operation: 'getComponent', next: 3, effect });
    world.cloud.faults.add({ operation: 'modifyComponent', effect });
    world.cloud.faults.add({ operation: 'getJob', next: 2, effect });
    await world.edit({ version: '1.0.2' }, name);
    await allReady([name]);
    expect(sent(name)).toEqual(['1.0.1', '1.0.2']);
  });
});

describeRows('a deletion in the service', (at) => {
  const respond = (status: number, code: string) =>
    ({ kind: 'respond', status, body: { error_code: code, error_msg: 'no' } }) as const;
  it.each<{ readonly name: string; readonly fault?: Omit<FaultSpec, 'operation'>; readonly jobMs?: number }>([
    { name: 'is busy twice', fault: { next: 2, effect: respond(409, 'SVCSTG.00100409') } },
    { name: 'meets a server error twice', fault: { next: 2, effect: respond(500, 'SVCSTG.00100500') } },
    { name: 'answers 403 after it was taken', fault: { phase: 'after', effect: respond(403, 'APIGW.0302') } },
    { name: 'loses its answer', fault: { phase: 'after', effect: { kind: 'reset' } } },
    { name: 'takes 20 minutes', jobMs: 20 * MINUTE_MS },
  ])(
    'that $name keeps the finalizer until the component is gone, and is accepted once',
    async ({ fault, jobMs }) => {
      const { world, fleet, accepted, allReady, componentOf } = at();
      await world.start();
      const [name = ''] = await fleet('doomed', 1, { deletionPolicy: 'Delete' });
      await allReady([name]);
      world.cloud.configure({ jobDurationMs: jobMs ?? 5_000 });
      if (fault !== undefined) world.cloud.faults.add({ operation: 'deleteComponent', ...fault });
      const before = world.cloud.journal.entries.length;
      await world.remove(name);
      await world.until('released', async () => {
        const gone = world.cloud.component(componentOf(name)).gone;
        if ((await world.get(name)) !== undefined) return false;
        expect(gone).toBe(true);
        return true;
      });
      expect(accepted('deleteComponent')).toBe(1);
      expect(world.cloud.journal.entries.length - before).toBeLessThan(400);
    },
  );
});

describeRows('what a Secret or an id leads to', (at) => {
  it('is another project after a rotation: nothing is sent until it is put right', async () => {
    const { world, fleet, sent, allReady } = at();
    const elsewhere = { token: 'token-of-another-project', projectIds: ['f'.repeat(32)] };
    world.cloud.setCredentials({
      ...exampleCredentials,
      tokens: [...exampleCredentials.tokens, elsewhere],
    });
    await world.start();
    const names = await fleet('moved', 3);
    await allReady(names);
    await world.secret('huaweicloud', { token: elsewhere.token });
    for (const name of names) await world.edit({ version: '1.0.2' }, name);
    await pass(world, 15 * MINUTE_MS, 5_000);
    for (const name of names) {
      expect(sent(name)).toEqual(['1.0.1']);
      expect(await at().condition(name, 'Ready')).not.toMatch(/^True/);
    }
    await world.secret('huaweicloud', { token: exampleToken });
    await allReady(names);
    for (const name of names) expect(sent(name)).toEqual(['1.0.1', '1.0.2']);
  });

  it('is another component under the same id: nothing is sent to it', async () => {
    const { world, fleet, sent, allReady, condition, componentOf } = at();
    await world.start();
    const [name = ''] = await fleet('reused', 1);
    await allReady([name]);
    world.cloud.console.edit(componentOf(name), { name: 'somebody-else', description: 'theirs' });
    await world.edit({ version: '1.0.2' }, name);
    await world.until('refused', async () => (await condition(name, 'Ready')) === 'False/ImmutableField');
    expect(sent(name)).toEqual(['1.0.1']);
  });
});

describeRows('changes that come too fast', (at) => {
  it('end with the last one in force: a hundred edits and a flip-flop during a job', async () => {
    const { world, fleet, sent, allReady } = at();
    world.cloud.configure({ jobDurationMs: 20_000 });
    await world.start();
    const [name = '', flip = ''] = await fleet('fast', 2);
    await allReady([name, flip]);
    const edit = (which: string, version: string) =>
      patchUnseen(world, which, { spec: { component: { version } } });
    for (const version of ['1.0.3', '1.0.2']) await edit(flip, version);
    await world.until('its job runs', async () => (await at().status(flip)).operation?.phase === 'Submitted');
    const during = sent(flip).at(-1) ?? '';
    for (const version of ['2.0.0', during]) await edit(flip, version);
    for (let i = 0; i < 100; i += 1) await edit(name, `1.1.${i}`);
    await allReady([name, flip]);
    expect(sent(flip)).toEqual(['1.0.1', during]);
    expect(sent(name).at(-1)).toBe('1.1.99');
    expect(sent(name).length).toBeLessThanOrEqual(4);
  });

  it('end with the last value in force, and none is shown: a Secret that is rotated each second', async () => {
    const { world, kube, fleet, sent, allReady, componentOf } = at();
    await world.start();
    await world.secret('app', { password: 'value-number-0' });
    const envs = [{ name: 'PASSWORD', valueSecretRef: { name: 'app', key: 'password' } }];
    const [name = ''] = await fleet('rotated', 1, { interval: '30s' });
    await world.edit({ envs }, name);
    await allReady([name]);
    const before = sent(name).length;
    for (let i = 1; i <= 60; i += 1) {
      const path = `/api/v1/namespaces/${world.namespace}/secrets/app`;
      const body = { stringData: { password: `value-number-${i}` } };
      await kube.call('PATCH', path, body, 'application/merge-patch+json');
      await pass(world, 1_000, 500);
    }
    await pass(world, 5 * MINUTE_MS, 5_000);
    await allReady([name]);
    expect(sent(name).length - before).toBeGreaterThan(0);
    expect(sent(name).length - before).toBeLessThanOrEqual(15);
    expect(JSON.stringify(world.cloud.component(componentOf(name)))).toContain('value-number-60');
    expect(JSON.stringify([world.logs, await world.get(name)])).not.toContain('value-number');
  });
});
