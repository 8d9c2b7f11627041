// Every stall can be left, in the way that the page of statuses names. Where the cause lies outside the resource, the end of
// the cause is enough: generation and annotations stay as they are.
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { STALLED_REASONS } from '../../src/api/names.ts';
import { SITUATIONS } from '../../src/core/conditions.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { type EmbeddedKube, startEmbeddedKube } from '../support/embedded-kube.ts';
import { createWorld, isReady, specOf, type World } from '../support/world.ts';
import { CURES, RESERVED } from './cures.ts';
import type { Cure, Stage } from './cures-stage.ts';
import { conditionOf, statusOf } from './scenarios.ts';

const CONFIG = { pollIntervalMs: 60_000 };
const VIRTUAL_MS = 4 * 3_600_000;
/** For a cure that is known not to work yet. */
const OPEN_MS = 1_200_000;
const ROWS = Object.entries(CURES).flatMap(([reason, cures]) => cures.map((cure) => ({ reason, ...cure })));

/** The row of a reason in the table of stalls: what ends it by itself, what it needs of a person. */
function documented(reason: string): { readonly itself: string; readonly person: string } | undefined {
  const page = readFileSync(new URL('../../docs/statuses.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('\n## Stalled\n');
  const row = section
    .split('\n## ')[0]
    ?.split('\n')
    .find((line) => line.startsWith(`| \`${reason}\``));
  const [, , itself, person] = row?.split('|').map((cell) => cell.trim()) ?? [];
  return row === undefined ? undefined : { itself: itself ?? '', person: person ?? '' };
}

const isReserved = (reason: string) => RESERVED.some((each) => each === reason);

describe('the table of cures', () => {
  it.each(STALLED_REASONS)('has a row for %s, or it is reserved and never shown', (reason) => {
    const shown = Object.values(SITUATIONS).some((each) => 'stalled' in each && each.stalled === reason);
    expect(Object.hasOwn(CURES, reason)).toBe(!isReserved(reason));
    expect(shown).toBe(!isReserved(reason));
  });

  it.each(Object.entries(CURES))('says of %s what the documentation says', (reason, cures) => {
    const words = documented(reason);
    const byItself = cures.some(({ where, open }) => where === 'outside' && open === undefined);
    const byPerson = cures.some(({ where }) => where !== 'outside');
    expect([reason, words?.itself !== undefined && words.itself !== 'no']).toEqual([reason, byItself]);
    if (byPerson) expect([reason, words?.person]).not.toEqual([reason, '']);
    const named = {
      reset: cures.some(({ name }) => name.includes('reset')),
      spec: cures.some((c) => c.where === 'spec'),
    };
    if (named.reset) expect(words?.person).toContain('reset');
    if (named.spec) expect(words?.person).toMatch(/spec/);
  });
});

describe('a stall', () => {
  let kube: EmbeddedKube;
  let world: World;
  let stage: Stage;
  beforeAll(async () => {
    kube = await startEmbeddedKube();
  });
  afterAll(() => kube?.stop());
  beforeEach(async () => {
    world = await createWorld({ kube });
    stage = { world, kube, lift: () => undefined };
    await world.start(CONFIG);
  });
  afterEach(async () => {
    stage.lift();
    await world.stop();
    expect(world.violations).toEqual([]);
  });

  /** Lets time pass in steps until something holds. */
  async function eventually(
    what: string,
    holds: () => Promise<boolean>,
    withinMs = VIRTUAL_MS,
  ): Promise<void> {
    const until = world.time.now().mono + withinMs;
    while (world.time.now().mono < until) {
      if (await holds()) return;
      await world.settle(60_000);
    }
    throw new Error(`${what} did not come: ${JSON.stringify(statusOf(await world.get()).conditions)}`);
  }

  const touched = async () => {
    const { generation, annotations = {} } = (await world.get())?.metadata ?? {};
    return { generation, annotations };
  };

  async function leaves({
    reason,
    where,
    arrange,
    cure,
    ends,
    modifies,
    open,
    spoils,
  }: Cure & { reason: string }): Promise<void> {
    await arrange(stage);
    await eventually(
      `Stalled/${reason}`,
      async () => conditionOf(await world.get(), 'Stalled') === `True/${reason}`,
    );
    await world.settle(60_000);
    expect(conditionOf(await world.get(), 'Stalled')).toBe(`True/${reason}`);
    const before = await touched();
    await cure(stage);
    if (where === 'outside' || where === 'secret') expect(await touched()).toEqual(before);
    const isOver = async () => {
      const found = await world.get();
      return ends === 'released' ? found === undefined : found !== undefined && isReady(found);
    };
    await eventually(`the end of ${reason}`, isOver, open === undefined ? VIRTUAL_MS : OPEN_MS);
    const accepted = world.cloud.journal.acceptedWrites().filter((e) => e.operation === 'modifyComponent');
    expect(accepted).toHaveLength(modifies);
    if (spoils) world.violations.splice(0);
  }

  for (const row of ROWS) {
    const test = row.open === undefined ? it : it.fails;
    test(`${row.reason}, ${row.name}`, { timeout: 60_000 }, () => leaves(row));
  }

  it('is none while a component is STOPPED: the change is made when its owner starts it', async () => {
    world.cloud.console.setStatus(exampleComponentId, 'STOPPED');
    await world.create(specOf({ version: '1.0.1' }));
    await eventually(
      'RemoteBusy',
      async () => conditionOf(await world.get(), 'Reconciling') === 'True/RemoteBusy',
    );
    await world.settle(3_900_000);
    expect(conditionOf(await world.get(), 'Reconciling')).toBe('True/RemoteBusy');
    world.cloud.console.setStatus(exampleComponentId, 'RUNNING');
    await world.untilReady();
  });
});

describe('a back-off', () => {
  let kube: EmbeddedKube;
  beforeAll(async () => {
    kube = await startEmbeddedKube();
  });
  afterAll(() => kube?.stop());

  it.each(['kill', 'stop'] as const)(
    'that stands in the status is kept by the process after a %s',
    async (end) => {
      const world = await createWorld({ kube });
      try {
        await world.start(CONFIG);
        world.cloud.faults.add({
          operation: 'modifyComponent',
          effect: { kind: 'throttle', retryAfter: '600' },
        });
        await world.create(specOf({ version: '1.0.1' }));
        const { operation } = statusOf(
          await world.until('throttled', async () => {
            const found = await world.get();
            return statusOf(found).operation?.notBefore !== undefined && found;
          }),
        );
        const notBefore = Date.parse(operation?.notBefore ?? '');
        expect(notBefore - world.time.now().wall).toBeGreaterThan(500_000);
        await world.operator?.[end]();
        world.operator = undefined;
        await world.start(CONFIG);
        await world.untilReady();
        const [refused, taken, ...more] = world.cloud.journal.requests({ operation: 'modifyComponent' });
        expect(more).toEqual([]);
        expect(refused?.status).toBe(429);
        expect(taken?.at).toBeGreaterThanOrEqual(notBefore);
        expect(statusOf(await world.get()).operation?.attempt).toBe(2);
      } finally {
        await world.stop();
      }
      expect(world.violations).toEqual([]);
    },
  );
});
