import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/core/types.ts';
import { createHealth, isLive } from '../../src/kube/watch-health.ts';
import type { WatchState } from '../../src/kube/watch-state.ts';

const failure: Failure = { class: 'transient', code: 'ECONNREFUSED', message: 'no answer' };
const watching: WatchState = { kind: 'watching', version: '5' };

function synced() {
  let now = 0;
  const health = createHealth(() => now);
  health.alive();
  health.synced();
  return {
    health,
    live: () => isLive(health.read()),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('a watch that was deaf', () => {
  it.each([
    { name: 'a refusal', result: { kind: 'refused', failure } as const },
    { name: 'a broken stream', result: { kind: 'broken', version: '5', lines: 0, failure } as const },
    { name: 'an unreadable stream', result: { kind: 'garbage', version: '5', lines: 0 } as const },
  ])('stays so over $name and the headers after it, until something is heard', ({ result }) => {
    const { health, live, pass } = synced();
    health.opened();
    pass(14_000);
    health.note(watching, { kind: 'deaf', version: '5' });
    health.note(watching, result);
    expect(live()).toBe(false);
    health.opened();
    expect(live()).toBe(false);
    health.alive();
    expect(live()).toBe(true);
    expect(health.read().connection).toBe('connected');
  });
});

describe('a watch whose streams bring nothing but headers', () => {
  it('is live for 15 s, however often one is opened', () => {
    const { health, live, pass } = synced();
    health.opened();
    for (let second = 0; second < 15; second += 1) {
      expect(live()).toBe(true);
      pass(1_000);
      health.note(watching, { kind: 'garbage', version: '5', lines: 0 });
      health.opened();
    }
    pass(1);
    expect(live()).toBe(false);
    health.alive();
    expect(live()).toBe(true);
  });
});
