// A watch that never goes deaf: every fault that a network, a proxy or an API server has for it, through a fault proxy in
// front of the real API server. For each, an auditor holds the operator's store against the truth and the cloud's journal
// against the edits that were made while the fault lasted. The faults run side by side, each on a stand of its own; the
// restarts of the API server come last. Where the real API server cannot be had, the embedded one stands in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKube } from '../support/embedded-kube.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import { lengths } from '../support/lengths.ts';
import { realKubeMissing } from '../support/real-kube.ts';
import { describeOnRealServer } from './support-server.ts';
import { CASES, type FaultCase } from './watch-faults-cases.ts';
import { DICE, type Outcome, runCase, tableOf } from './watch-faults-run.ts';
import type { Stand } from './watch-faults-stand.ts';

const RESTARTS = lengths.name === 'full' ? 20 : 2;
const RESTART_EVERY_MS = lengths.name === 'full' ? 30_000 : 0;
const SLOW_MS = 90_000 + lengths.awayMs + lengths.pauseMs;
/** How many quick faults are tried out at once. */
const SIDE_BY_SIDE = 5;
const EDIT_MS = 60_000;
const DEAF_MS = 15_000;

describeOnRealServer('a watch on the real API server', { crd: 'installed' }, (current) => {
  const suite: Suite = { kube: () => current().kube, restart: () => current().server.restart() };
  describeFaults(suite, CASES);
});

/** Beside the real API server only what costs little; at full lengths nothing. */
const realMissing = realKubeMissing() !== undefined;
const embeddedCases = CASES.filter(
  ({ pace }) => realMissing || (lengths.name === 'short' && pace === 'quick'),
);

describe.runIf(embeddedCases.length > 0)('a watch on the embedded API server', () => {
  let kube: Awaited<ReturnType<typeof startEmbeddedKube>> | undefined;
  beforeAll(async () => {
    kube = await startEmbeddedKube();
  });
  afterAll(() => kube?.stop());
  const started = () => {
    if (kube === undefined) throw new Error('the API server did not start');
    return kube;
  };
  const restart = async (): Promise<void> => {
    await started().api.down();
    await started().api.up();
  };
  describeFaults({ kube: started, restart }, embeddedCases);
});

interface Suite {
  readonly kube: () => KubeTarget;
  readonly restart: () => Promise<void>;
}

function describeFaults({ kube, restart }: Suite, cases: readonly FaultCase[]): void {
  const outcomes: Outcome[] = [];
  const runs = new Map<string, Promise<PromiseSettledResult<Outcome>>>();
  beforeAll(() => {
    const turns = createTurns(SIDE_BY_SIDE);
    for (const each of cases) {
      const run = () => runCase(each, kube());
      // The slow ones mostly wait.
      runs.set(each.name, settled(each.pace === 'slow' ? run() : turns(run)));
    }
  });
  afterAll(async () => {
    await Promise.all(runs.values());
    console.log(tableOf(outcomes));
  });
  const judge = async (each: FaultCase, run: Promise<Outcome>): Promise<void> => {
    const outcome = await run;
    outcomes.push(outcome);
    expectHeard(each, outcome);
  };

  it.each(cases)('bears $name', { timeout: SLOW_MS }, async (each) => {
    const result = await runs.get(each.name);
    await judge(
      each,
      result?.status === 'fulfilled' ? Promise.resolve(result.value) : Promise.reject(result?.reason),
    );
  });

  it(`lists once after 410, with jitter`, async () => {
    await Promise.all(runs.values());
    const relisted = outcomes.filter(({ name }) => name.startsWith('410'));
    expect(relisted.length).toBe(2);
    for (const { listedAfterMs = 0 } of relisted) {
      expect(listedAfterMs).toBeGreaterThan(1_000 * DICE - 100);
      expect(listedAfterMs).toBeLessThan(1_000 * DICE + 4_000);
    }
  });

  const restarting: FaultCase = {
    name: `${RESTARTS} restarts of the API server`,
    strike: (stand) => restartOften(stand, restart),
    pace: 'slow',
  };
  it(`bears ${restarting.name}`, { timeout: SLOW_MS + RESTARTS * (RESTART_EVERY_MS + 30_000) }, async () => {
    await Promise.all(runs.values());
    await judge(restarting, runCase(restarting, kube()));
  });
}

/** Runs what it is given, so many at once and the rest in turn. */
function createTurns(lanes: number): <T>(run: () => Promise<T>) => Promise<T> {
  let next = 0;
  const tails: Promise<unknown>[] = Array.from({ length: lanes }, () => Promise.resolve());
  return (run) => {
    const lane = next++ % lanes;
    const turn = (tails[lane] ?? Promise.resolve()).then(run);
    tails[lane] = turn.catch(() => undefined);
    return turn;
  };
}

async function settled(run: Promise<Outcome>): Promise<PromiseSettledResult<Outcome>> {
  const [result] = await Promise.allSettled([run]);
  return result;
}

async function restartOften(stand: Stand, restart: () => Promise<void>): Promise<readonly string[]> {
  for (let round = 1; round <= RESTARTS; round += 1) {
    const nextMs = performance.now() + RESTART_EVERY_MS;
    await (round === 1 ? stand.change() : stand.edit(`3.0.${round}`));
    await restartSeen(stand, { restart, as: round % 2 === 1 ? 'a crash' : 'a shutdown' });
    await stand.until(
      'the edit is carried out',
      async () => (await stand.unfinished()).length === 0,
      EDIT_MS,
    );
    await stand.until('the next restart is due', () => performance.now() >= nextMs, RESTART_EVERY_MS + 1_000);
  }
  const { completeLists } = stand.proxy.record.since(0);
  // The first is that of the start.
  return completeLists > 1 + RESTARTS ? [`${completeLists} lists for ${RESTARTS} restarts`] : [];
}

/** A shutdown lets streams end, and waits for them; after a crash connections are gone and the port refuses. */
async function restartSeen(
  { proxy }: Stand,
  { restart, as }: { readonly restart: () => Promise<void>; readonly as: 'a crash' | 'a shutdown' },
): Promise<void> {
  if (as === 'a crash') await proxy.bytes.down();
  await restart();
  if (as === 'a crash') await proxy.bytes.up();
}

function expectHeard(each: FaultCase, outcome: Outcome): void {
  const { findings, unfinished, writes, differs, invented, wentBack, skipped, blank } = outcome;
  expect({ findings, unfinished, writes, differs, invented, wentBack, skipped }).toEqual({
    findings: [],
    unfinished: [],
    writes: [],
    differs: [],
    invented: [],
    wentBack: [],
    skipped: [],
  });
  if (each.blank !== 'allowed') expect(blank).toEqual([]);
  if (each.lists !== undefined && outcome.expired === 0) expect(outcome.lists).toEqual(each.lists);
  if (each.name.startsWith('a stream that freezes')) expect(outcome.noticedMs).toBeLessThan(DEAF_MS);
  const [fell, ...more] = outcome.readiness.filter(({ live }) => !live);
  if (outcome.server === 'was silent') return;
  if (each.ready === 'stays') expect(fell).toBeUndefined();
  if (each.ready === 'falls') {
    expect(fell).toMatchObject({ status: 503 });
    expect(fell?.afterMs).toBeLessThan(DEAF_MS + 500);
    expect(more).toEqual([]);
    expect(outcome.readiness.at(-1)).toMatchObject({ live: true, status: 200 });
  }
}
