import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/core/types.ts';
import {
  backoffMs,
  startMachine,
  step,
  type WatchMachine,
  type WatchResult,
  type WatchState,
} from '../../src/kube/watch-state.ts';

const failure: Failure = { class: 'transient', code: 'HTTP_503', message: 'no' };
const throttled: Failure = {
  class: 'throttled',
  code: 'TooManyRequests',
  message: 'slow',
  retryAfterMs: 7_000,
};
const watching: WatchState = { kind: 'watching', version: '5' };
const listing: WatchState = { kind: 'listing', confirming: 'no' };
const machine = (state: WatchState, rest: Partial<WatchMachine> = {}): WatchMachine => ({
  state,
  failures: 0,
  garbage: 0,
  streamingList: 'off',
  ...rest,
});

interface Row {
  readonly name: string;
  readonly from: WatchMachine;
  readonly result: WatchResult;
  readonly state: object;
}

const rows: readonly Row[] = [
  {
    name: 'a complete list is watched from its version',
    from: machine(listing),
    result: { kind: 'complete', version: '9', count: 3 },
    state: { kind: 'watching', version: '9' },
  },
  {
    name: 'an empty list is asked for again before it is believed',
    from: machine({ kind: 'streaming' }),
    result: { kind: 'complete', version: '9', count: 0 },
    state: { kind: 'waiting', next: { kind: 'listing', confirming: 'yes' } },
  },
  {
    name: 'a confirmed empty list is believed',
    from: machine({ kind: 'listing', confirming: 'yes' }),
    result: { kind: 'complete', version: '9', count: 0 },
    state: { kind: 'watching', version: '9' },
  },
  {
    name: 'an orderly end is resumed at once from the last version',
    from: machine(watching, { failures: 4, garbage: 1 }),
    result: { kind: 'ended', version: '8' },
    state: { kind: 'watching', version: '8' },
  },
  {
    name: 'a deaf stream is resumed at once from the last version',
    from: machine(watching),
    result: { kind: 'deaf', version: '8' },
    state: { kind: 'watching', version: '8' },
  },
  {
    name: 'a broken stream is resumed from the last version after a short pause',
    from: machine(watching, { failures: 6 }),
    result: { kind: 'broken', version: '8', lines: 2, failure },
    state: { kind: 'waiting', delayMs: 150, next: { kind: 'watching', version: '8' } },
  },
  {
    name: 'a first unreadable stream is resumed',
    from: machine(watching),
    result: { kind: 'garbage', version: '8', lines: 3 },
    state: { kind: 'waiting', next: { kind: 'watching', version: '8' } },
  },
  {
    name: 'a second unreadable stream without progress costs a list',
    from: machine(watching, { garbage: 1, streamingList: 'try' }),
    result: { kind: 'garbage', version: '8', lines: 0 },
    state: { kind: 'waiting', next: { kind: 'streaming' } },
  },
  {
    name: 'an unreadable stream after progress counts as the first',
    from: machine(watching, { garbage: 1 }),
    result: { kind: 'garbage', version: '8', lines: 1 },
    state: { kind: 'waiting', next: { kind: 'watching', version: '8' } },
  },
  {
    name: 'a version that is gone costs one list with jitter',
    from: machine(watching),
    result: { kind: 'expired' },
    state: { kind: 'waiting', delayMs: 500, next: listing },
  },
  {
    name: 'a refused watch is tried again from the same version',
    from: machine(watching),
    result: { kind: 'refused', failure },
    state: { kind: 'waiting', next: watching },
  },
  {
    name: 'Retry-After is the least pause',
    from: machine(watching),
    result: { kind: 'refused', failure: throttled },
    state: { kind: 'waiting', delayMs: 7_350, next: watching },
  },
  {
    name: 'a streaming list that failed is tried as pages',
    from: machine({ kind: 'streaming' }, { streamingList: 'try' }),
    result: { kind: 'refused', failure },
    state: { kind: 'waiting', next: listing },
  },
  {
    name: 'a server without streaming lists is asked for pages from then on',
    from: machine({ kind: 'streaming' }, { streamingList: 'try' }),
    result: { kind: 'unsupported' },
    state: listing,
  },
  {
    name: 'after the pause comes what was planned',
    from: machine({ kind: 'waiting', delayMs: 1, next: watching }),
    result: { kind: 'slept' },
    state: watching,
  },
];

describe('the state after', () => {
  it.each(rows)('$name', ({ from, result, state }) => {
    expect(step(from, result, () => 0.5).state).toMatchObject(state);
  });

  it('remembers that streaming lists are not supported', () => {
    const next = step(startMachine('try'), { kind: 'unsupported' }, () => 0);
    expect(step(next, { kind: 'expired' }, () => 0).state).toMatchObject({ next: { kind: 'listing' } });
  });

  it('slows down when a list is followed by 410 again and again', () => {
    let at = machine(watching);
    for (let round = 0; round < 10; round += 1) {
      at = step(at, { kind: 'expired' }, () => 1);
      at = step(at, { kind: 'slept' }, () => 1);
      at = step(at, { kind: 'complete', version: '9', count: 1 }, () => 1);
    }
    expect(step(at, { kind: 'expired' }, () => 1).state).toMatchObject({ delayMs: 10_000 });
  });
});

describe('an empty list', () => {
  const confirming: WatchState = { kind: 'listing', confirming: 'yes' };
  const empty: WatchResult = { kind: 'complete', version: '9', count: 0 };
  /** Streams until the list is asked again. */
  const streamsUntilList = (from: WatchMachine): { readonly streams: number; readonly at: WatchMachine } => {
    let at = from;
    let streams = 0;
    while (at.state.kind === 'watching' && streams < 100) {
      at = step(at, { kind: 'ended', version: '9' }, () => 0);
      streams += 1;
    }
    return { streams, at };
  };

  it('is asked again after 1, 2, 4 ... 32 streams, since no stream would correct a lie', () => {
    let at = machine(confirming);
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const next = streamsUntilList(step(at, empty, () => 0));
      waits.push(next.streams);
      at = next.at;
      expect(at.state).toEqual(confirming);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 32, 32]);
  });

  it('is forgotten with the first list that has something in it', () => {
    const { at } = streamsUntilList(step(machine(confirming), empty, () => 0));
    const full = step(at, { kind: 'complete', version: '9', count: 1 }, () => 0);
    expect(streamsUntilList(full).streams).toBe(100);
    const { streams } = streamsUntilList(step({ ...full, state: confirming }, empty, () => 0));
    expect(streams).toBe(1);
  });
});

describe('the back-off', () => {
  it('grows from 0.1 s to 10 s and never leaves these bounds', () => {
    const low = Array.from({ length: 12 }, (_, index) => backoffMs(index + 1, () => 0));
    const high = Array.from({ length: 12 }, (_, index) => backoffMs(index + 1, () => 1));
    expect(low.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(high.at(-1)).toBe(10_000);
    expect(Math.min(...low)).toBe(100);
    expect(Math.max(...high)).toBe(10_000);
  });
});
