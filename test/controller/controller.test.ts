// The loop: one bad key never costs the others anything, and stopping waits for what was begun.
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import { type Controller, createController } from '../../src/controller/controller.ts';
import { createLoop, Failed, type Loop, TRANSIENT } from './fakes.ts';

interface Running {
  readonly controller: Controller;
  stop(): Promise<void>;
}

function run(loop: Loop, workers = 2): Running {
  const controller = createController(loop.parts, workers);
  const [stopping, cut] = [new AbortController(), new AbortController()];
  const ended = controller.run(stopping.signal, cut.signal);
  return {
    controller,
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

async function quiet({ controller }: Running): Promise<void> {
  const busy = () => {
    const { fresh, later, working } = controller.depth();
    return fresh + later + working > 0;
  };
  for (let turn = 0; turn < 1_000 && busy(); turn += 1) await new Promise(setImmediate);
  if (busy()) throw new Error(`never quiet: ${JSON.stringify(controller.depth())}`);
}

function readyOf(loop: Loop, key: string): string {
  const status = loop.objects.get(key)?.status as unknown as Status | undefined;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready === undefined ? '-' : `${ready.status}/${ready.reason}`;
}

const passesOf = (loop: Loop, key: string) =>
  loop.calls.filter((call) => call === `${key} patchStatus`).length;

describe('a pass that throws', () => {
  const names = ['a', 'b', 'c', 'd'];

  async function withBroken(error: Error) {
    const loop = createLoop();
    const keys = names.map(loop.add);
    loop.beforeWrite = (key) => {
      if (key === 'shop/b') throw error;
    };
    const running = run(loop);
    for (const key of keys) running.controller.changed(key, 'fresh');
    await quiet(running);
    return { loop, running };
  }

  it('does not stop other keys', async () => {
    const { loop, running } = await withBroken(new TypeError('undefined is not a function'));
    expect(names.map((name) => readyOf(loop, `shop/${name}`))).toEqual([
      'True/Succeeded',
      '-',
      'True/Succeeded',
      'True/Succeeded',
    ]);
    await running.stop();
  });

  it('is logged once as a bug, counted as an error, and tried again in a minute', async () => {
    const { loop, running } = await withBroken(new TypeError('undefined is not a function'));
    expect(loop.logs.filter(({ level }) => level === 'error')).toMatchObject([
      { message: expect.stringContaining('a bug stopped a pass'), fields: { key: 'shop/b' } },
    ]);
    expect(loop.results.toSorted()).toEqual(['error', 'success', 'success', 'success']);
    loop.time.advance(59_999);
    await quiet(running);
    expect(passesOf(loop, 'shop/b')).toBe(1);
    loop.beforeWrite = () => undefined;
    loop.time.advance(1);
    await quiet(running);
    expect(readyOf(loop, 'shop/b')).toBe('True/Succeeded');
    await running.stop();
  });

  it('because the cluster does not answer is a warning, tried again soon and ever later', async () => {
    const { loop, running } = await withBroken(new Failed(TRANSIENT));
    expect(loop.logs.map(({ level }) => level)).toEqual(['warn']);
    const waits: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const before = passesOf(loop, 'shop/b');
      let waited = 0;
      while (passesOf(loop, 'shop/b') === before && waited < 120_000) {
        loop.time.advance(100);
        waited += 100;
        await quiet(running);
      }
      waits.push(waited);
    }
    expect(waits[0]).toBeLessThanOrEqual(1_000);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    await running.stop();
  });
});

describe('the loop', () => {
  it('works on nothing before it runs, and then on what came before', async () => {
    const loop = createLoop();
    const controller = createController(loop.parts, 1);
    controller.changed(loop.add('a'), 'seen');
    await new Promise(setImmediate);
    expect(loop.calls).toEqual([]);
    const stopping = new AbortController();
    const ended = controller.run(stopping.signal, new AbortController().signal);
    await quiet({ controller, stop: () => ended });
    expect(readyOf(loop, 'shop/a')).toBe('True/Succeeded');
    stopping.abort();
    await ended;
  });

  it('does not look again at a change that the pass itself made', async () => {
    const loop = createLoop();
    const key = loop.add('a');
    const running = run(loop);
    loop.beforeWrite = () => running.controller.changed(key, 'fresh');
    running.controller.changed(key, 'fresh');
    await quiet(running);
    expect(passesOf(loop, key)).toBe(1);
    expect(loop.results).toEqual(['success']);
    await running.stop();
  });

  it('takes changes before what the first list contains', async () => {
    const loop = createLoop();
    const order: string[] = [];
    loop.beforeWrite = (key) => void order.push(key);
    const controller = createController(loop.parts, 1);
    for (const name of ['a', 'b', 'c']) controller.changed(loop.add(name), 'seen');
    controller.changed(loop.add('d'), 'fresh');
    const stopping = new AbortController();
    const ended = controller.run(stopping.signal, new AbortController().signal);
    await quiet({ controller, stop: () => ended });
    expect(order).toEqual(['shop/d', 'shop/a', 'shop/b', 'shop/c']);
    stopping.abort();
    await ended;
  });

  it('forgets a key that is gone, with everything it remembered of it', async () => {
    const loop = createLoop();
    const key = loop.add('a');
    const running = run(loop);
    running.controller.changed(key, 'fresh');
    await quiet(running);
    expect([...loop.parts.memories.keys(), ...loop.parts.shown.keys()]).toEqual([key, key]);
    running.controller.changed(key, 'gone');
    expect([...loop.parts.memories.keys(), ...loop.parts.shown.keys()]).toEqual([]);
    await running.stop();
  });

  it('waits for the pass under way when it is stopped, and begins no other', async () => {
    const loop = createLoop();
    const keys = ['a', 'b'].map(loop.add);
    const gate = Promise.withResolvers<void>();
    loop.beforeWrite = () => gate.promise;
    const running = run(loop, 1);
    for (const key of keys) running.controller.changed(key, 'fresh');
    while (passesOf(loop, 'shop/a') === 0) await new Promise(setImmediate);
    let over = 'no';
    const stopped = running.stop().then(() => {
      over = 'yes';
    });
    await new Promise(setImmediate);
    expect(over).toBe('no');
    gate.resolve();
    await stopped;
    expect([readyOf(loop, 'shop/a'), readyOf(loop, 'shop/b')]).toEqual(['True/Succeeded', '-']);
  });

  it('looks at every key again when it is asked to resume', async () => {
    const loop = createLoop();
    const keys = ['a', 'b'].map(loop.add);
    const running = run(loop);
    running.controller.resume(keys);
    await quiet(running);
    expect(keys.map((key) => readyOf(loop, key))).toEqual(['True/Succeeded', 'True/Succeeded']);
    await running.stop();
  });
});
