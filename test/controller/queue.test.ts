// The queue's promises, one sentence each, and all of them at once against a model.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { WorkQueue } from '../../src/controller/queue.ts';
import { createManualTime, type ManualTime } from './manual-time.ts';
import { runBoth, steps } from './queue-model.ts';

let time: ManualTime;
let queue: WorkQueue;

beforeEach(() => {
  time = createManualTime();
  queue = new WorkQueue(time);
});

/** The keys that are ready now, in the order in which they are handed out; each is worked on and finished. */
async function drain(): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth().fresh + queue.depth().later > 0) {
    const key = (await queue.take()) ?? '';
    keys.push(key);
    queue.done(key, 'seen');
  }
  return keys;
}

describe('the queue', () => {
  it('gives a key to one worker at a time', async () => {
    queue.add('a', 'fresh');
    expect(await queue.take()).toBe('a');
    queue.add('a', 'fresh');
    const second = queue.take();
    queue.add('b', 'fresh');
    expect(await second).toBe('b');
    expect(queue.depth()).toMatchObject({ fresh: 0, working: 2 });
  });

  it('works once more on a key that was added while it was worked on, however often', async () => {
    queue.add('a', 'fresh');
    await queue.take();
    for (let n = 0; n < 3; n += 1) queue.add('a', 'fresh');
    queue.done('a', 'unseen');
    expect(await drain()).toEqual(['a']);
  });

  it('does not work again on what the work itself has seen', async () => {
    queue.add('a', 'fresh');
    await queue.take();
    queue.add('a', 'fresh');
    queue.done('a', 'seen');
    expect(await drain()).toEqual([]);
  });

  it('puts a key that was added as a change and as a retry meanwhile into the lane of changes', async () => {
    queue.add('a', 'fresh');
    await queue.take();
    queue.add('a', 'fresh');
    queue.add('a', 'later');
    queue.add('b', 'fresh');
    queue.done('a', 'unseen');
    expect(queue.depth()).toMatchObject({ fresh: 2, later: 0 });
  });

  it('holds a waiting key once, however often it is added', async () => {
    for (let n = 0; n < 5; n += 1) queue.add('a', n % 2 === 0 ? 'fresh' : 'later');
    expect(await drain()).toEqual(['a']);
  });

  it('hands out changes before polls and retries', async () => {
    queue.add('poll-1', 'later');
    queue.add('poll-2', 'later');
    queue.add('change', 'fresh');
    expect(await drain()).toEqual(['change', 'poll-1', 'poll-2']);
  });

  it('moves a waiting poll up when its key changes, and never down again', async () => {
    for (const key of ['a', 'b']) queue.add(key, 'later');
    queue.add('b', 'fresh');
    queue.add('b', 'later');
    expect(await drain()).toEqual(['b', 'a']);
  });

  it('serves first come first within a lane', async () => {
    for (const key of ['c', 'a', 'b']) queue.add(key, 'fresh');
    queue.add('c', 'fresh');
    expect(await drain()).toEqual(['c', 'a', 'b']);
  });

  it.each([
    ['the earlier comes first', [100, 500]],
    ['the earlier comes last', [500, 100]],
  ])('keeps the earliest of several due times: %s', async (_name, times) => {
    for (const ms of times) queue.addAfter('a', ms);
    time.advance(99);
    expect(queue.depth()).toMatchObject({ later: 0, due: 1 });
    time.advance(1);
    expect(await drain()).toEqual(['a']);
    time.advance(1_000);
    expect(await drain()).toEqual([]);
  });

  it('spends the due time of a key when it is taken: the work says anew when to look again', async () => {
    queue.addAfter('a', 100);
    queue.add('a', 'fresh');
    expect(await drain()).toEqual(['a']);
    expect(queue.depth().due).toBe(0);
    expect(time.pending()).toBe(0);
  });

  it('hands keys to waiting workers in the order in which these came', async () => {
    const got: string[] = [];
    const workers = [1, 2, 3].map((n) => queue.take().then((key) => got.push(`${n}${key}`)));
    for (const key of ['a', 'b', 'c']) queue.add(key, 'later');
    await Promise.all(workers);
    expect(got).toEqual(['1a', '2b', '3c']);
  });

  it('starts nothing by itself', () => {
    expect(time.pending()).toBe(0);
    expect(queue.depth()).toEqual({ fresh: 0, later: 0, working: 0, due: 0 });
  });

  it('ends every wait when it is closed, and stays empty and silent', async () => {
    queue.addAfter('a', 100);
    const waits = [queue.take(), queue.take()];
    queue.close();
    expect(await Promise.all(waits)).toEqual([undefined, undefined]);
    queue.add('b', 'fresh');
    queue.addAfter('c', 1);
    expect(await queue.take()).toBeUndefined();
    expect(time.pending()).toBe(0);
  });

  it('hands out nothing that waited when it was closed', async () => {
    queue.add('a', 'fresh');
    queue.close();
    expect(await queue.take()).toBeUndefined();
  });

  it('drops what waits and what is due for a key that is forgotten', async () => {
    for (const key of ['a', 'b']) queue.add(key, 'fresh');
    queue.addAfter('a', 100);
    queue.forget('a');
    expect(await drain()).toEqual(['b']);
    expect(time.pending()).toBe(0);
  });
});

it('does, in whatever order it is used, what the plainest queue would do', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (program) => {
      const { queue: keys, model, depth, modelDepth, shared } = await runBoth(program);
      expect(keys).toEqual(model);
      expect(depth).toEqual(modelDepth);
      expect(shared).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

it('loses no key: what is added while workers keep working is handed out in the end', async () => {
  const adds = fc.array(
    fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('fresh' as const, 'later' as const)),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(adds, fc.integer({ min: 1, max: 3 }), async (added, workers) => {
      const own = new WorkQueue(createManualTime());
      const last = new Map<string, number>();
      const seen = new Map<string, number>();
      let clock = 0;
      const tick = (): number => {
        clock += 1;
        return clock;
      };
      const work = async (): Promise<void> => {
        for (let key = await own.take(); key !== undefined; key = await own.take()) {
          seen.set(key, tick());
          await Promise.resolve();
          own.done(key, 'unseen');
        }
      };
      const all = Array.from({ length: workers }, work);
      for (const [key, lane] of added) {
        last.set(key, tick());
        own.add(key, lane);
        await Promise.resolve();
      }
      while (own.depth().fresh + own.depth().later + own.depth().working > 0) await Promise.resolve();
      own.close();
      await Promise.all(all);
      for (const [key, at] of last) expect(seen.get(key)).toBeGreaterThan(at);
    }),
  );
});
