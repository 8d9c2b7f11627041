// Random sequences of what users, the cloud and crashes do, judged after each step and at rest. Sequences that once found
// something stand in the corpus and are played first; a new failure is shrunk and printed as one line of JSON for it.
//
// FUZZ_SECONDS sets the time for random sequences (30), FUZZ_SEED the seed (1).
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedKube, startEmbeddedKube } from '../support/embedded-kube.ts';
import { runSequence } from './run.ts';
import { type Step, sequences } from './steps.ts';

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 30);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** Most of a run is waiting for sockets, so several are played at the same time. */
const LANES = 6;
const MAX_STEPS = 14;
const FOLDER = new URL('corpus/', import.meta.url);

interface Stored {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Why it is known to fail; such a sequence must keep failing until it is cured. */
  readonly open?: string;
}

const CORPUS: readonly Stored[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .toSorted()
  .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Stored);

describe('whatever happens in whatever order', () => {
  let kube: EmbeddedKube;
  beforeAll(async () => {
    kube = await startEmbeddedKube();
  });
  afterAll(() => kube?.stop());

  describe('the stored sequences', () => {
    for (const { name, steps, open } of CORPUS) {
      const test = open === undefined ? it.concurrent : it.concurrent.fails;
      test(name, { timeout: 120_000 }, async () => {
        expect(await runSequence(kube, steps)).toEqual([]);
      });
    }
  });

  it(`random sequences for ${SECONDS} s: one cause, one call; all told; all in force; calm`, {
    timeout: SECONDS * 1_000 + 180_000,
  }, async () => {
    const playing = new Set<Promise<string[]>>();
    const lane = (index: number) =>
      fc.check(
        fc.asyncProperty(sequences(MAX_STEPS), async (steps) => {
          const run = runSequence(kube, steps);
          playing.add(run);
          const broken = await run.finally(() => playing.delete(run));
          if (broken.length > 0) throw new Error(broken.join('\n'));
        }),
        {
          seed: SEED * 1_000 + index,
          numRuns: 100_000,
          interruptAfterTimeLimit: SECONDS * 1_000,
          markInterruptAsFailure: false,
        },
      );
    const lanes = await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index)));
    // Those that were under way when the time was up.
    await Promise.allSettled(playing);
    const found = lanes.flatMap((run) =>
      run.failed ? [`${JSON.stringify(run.counterexample?.[0])}\n${String(run.errorInstance)}`] : [],
    );
    const runs = lanes.reduce((sum, run) => sum + run.numRuns, 0);
    console.log(`${runs} sequences played`);
    expect(found).toEqual([]);
    expect(runs).toBeGreaterThan(0);
  });
});
