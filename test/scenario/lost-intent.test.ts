// The answer to the write of the intent is lost, and the process lives on: it knows that it has not sent, so nothing has to be
// found out and nobody waits for the service to settle.
import { beforeEach, expect, it } from 'vitest';
import type { Cluster } from '../../src/controller/ports.ts';
import type { Wrap } from '../../src/operator.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { startEmbeddedKube } from '../support/embedded-kube.ts';
import { specOf, type World } from '../support/world.ts';
import { statusOf } from './scenarios.ts';
import { describeWorlds } from './worlds.ts';

class Lost extends Error {
  readonly failure = { class: 'transient', code: 'ECONNRESET', message: 'the answer was lost' } as const;
}

/** Loses the answer to the first write of an intent, then keeps the API server away for `awayMs`. */
function losingIntent(world: World, awayMs: number): Wrap {
  let lostAt: number | undefined;
  const cluster = (real: Cluster): Cluster => ({
    ...real,
    patchStatus: async (object, patch, signal) => {
      const { mono } = world.time.now();
      if (lostAt !== undefined && mono - lostAt < awayMs) throw new Lost();
      const outcome = await real.patchStatus(object, patch, signal);
      if (lostAt !== undefined || !JSON.stringify(patch).includes('"phase":"Intent"')) return outcome;
      lostAt = mono;
      throw new Lost();
    },
  });
  return { cluster };
}

describeWorlds('when the answer to the write of the intent is lost', startEmbeddedKube, (current) => {
  let world: World;
  beforeEach(() => {
    world = current();
  });

  const settled = async () => {
    const startedAt = world.time.now().mono;
    await world.create(specOf({ version: '1.0.1' }));
    const status = statusOf(await world.untilReady());
    const results = status.history?.map(({ result }) => result);
    return { ms: world.time.now().mono - startedAt, results };
  };
  const calls = () => world.cloud.journal.acceptedWrites(exampleComponentId).length;

  it('sends that very operation, without waiting for a settle', async () => {
    await world.start({}, losingIntent(world, 0));
    const { ms, results } = await settled();
    expect(ms).toBeLessThan(60_000);
    expect(results).toEqual(['Succeeded']);
    expect(calls()).toBe(1);
  });

  it('starts over when the intent is too old by the time it is seen', async () => {
    await world.start({ unknownOutcomeSettleMs: 120_000 }, losingIntent(world, 8_000));
    const { ms } = await settled();
    expect(ms).toBeLessThan(60_000);
    expect(calls()).toBe(1);
  });
});
