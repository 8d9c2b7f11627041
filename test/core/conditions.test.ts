// The state table and the only place that writes conditions. kstatus' own words for each row are judged on real kstatus
// elsewhere; here: the rules of form hold for every situation after every other.
import { describe, expect, it } from 'vitest';
import type { Condition, Status } from '../../src/api/status.ts';
import {
  findCondition,
  SITUATIONS,
  type SituationName,
  shows,
  situation,
  withPaused,
  withSituation,
  withSynced,
} from '../../src/core/conditions.ts';
import { START_WALL } from '../support/make.ts';
import { statusViolations } from '../support/status-rules.ts';

const NAMES = Object.keys(SITUATIONS) as SituationName[];
const NEW: Status = { observedGeneration: -1 };
const at = (generation: number, wall = START_WALL) => ({ generation, wall });
const typesOf = (status: Status) => status.conditions?.map(({ type }) => type) ?? [];

describe.each(NAMES)('situation %s', (name) => {
  const shown = situation(name, 'Something happened.');
  const status = withSituation(NEW, shown, at(3));

  it('obeys the rules of form', () => {
    const paused = name === 'bornPaused' ? withPaused(status, pause, START_WALL) : status;
    expect(statusViolations(NEW, written(paused, 3))).toEqual([]);
  });

  it('is shown by what it wrote, and not under another message or generation', () => {
    expect(shows(status, shown, 3)).toBe(true);
    expect(shows(status, { ...shown, message: 'Something else.' }, 3)).toBe(false);
    expect(shows(status, shown, 4)).toBe(false);
  });

  it('removes what another situation left', () => {
    for (const other of NAMES) {
      const before = withSituation(NEW, situation(other, 'Before.'), at(3));
      const after = withSituation(before, shown, at(3));
      const { reconciling, stalled } = SITUATIONS[name] as { reconciling?: string; stalled?: string };
      expect(findCondition(after, 'Reconciling')?.reason).toBe(reconciling);
      expect(findCondition(after, 'Stalled')?.reason).toBe(stalled);
      expect(new Set(typesOf(after)).size).toBe(typesOf(after).length);
    }
  });
});

const pause = { reason: 'SpecSuspended', message: 'Paused by spec.suspend.' } as const;

function written(status: Status, generation: number) {
  return { status, generation, deleting: false };
}

describe('lastTransitionTime', () => {
  const before = withSituation(NEW, situation('jobRunning', 'Job JOB-1 runs.'), at(1));
  const later = START_WALL + 60_000;

  it('stays while the status of a condition stays, whatever its reason and message', () => {
    const after = withSituation(before, situation('startingUp', 'Nearly.'), at(1, later));
    expect(findCondition(after, 'Ready')).toMatchObject({
      message: 'Nearly.',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
  });

  it('moves when the status of a condition moves', () => {
    const after = withSituation(before, situation('inForce', 'Done.'), at(1, later));
    expect(findCondition(after, 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:01:00Z');
  });

  it('is new for a condition that comes back', () => {
    const ready = withSituation(before, situation('inForce', 'Done.'), at(1, later));
    const again = withSituation(ready, situation('submitting', 'Once more.'), at(2, later + 1_000));
    expect(findCondition(again, 'Reconciling')?.lastTransitionTime).toBe('2026-01-01T00:01:01Z');
  });
});

describe('withSituation', () => {
  it('writes one message of at most 512 bytes for Ready and its mode', () => {
    const status = withSituation(NEW, situation('jobFailed', '\u20ac'.repeat(400)), at(1));
    const messages = (status.conditions ?? []).map(({ message }) => message);
    expect(new Set(messages).size).toBe(1);
    expect(Buffer.byteLength(messages[0] ?? '')).toBeLessThanOrEqual(512);
    expect(shows(status, situation('jobFailed', '\u20ac'.repeat(400)), 1)).toBe(true);
  });

  it('keeps Synced, Paused, and JobSucceeded where the situation says nothing of the job', () => {
    const base = withPaused(
      withSynced(withSituation(NEW, situation('inForce', 'Done.'), at(1)), inSync, START_WALL),
      pause,
      START_WALL,
    );
    const after = withSituation(base, situation('remoteBusy', 'Busy.'), at(1));
    expect(typesOf(after).toSorted()).toEqual(['JobSucceeded', 'Paused', 'Ready', 'Reconciling', 'Synced']);
    expect(findCondition(after, 'JobSucceeded')?.status).toBe('True');
  });

  it('stamps every condition it keeps with the generation, so that Ready=True is never beside an old one', () => {
    const base = withSynced(withSituation(NEW, situation('inForce', 'Done.'), at(1)), inSync, START_WALL);
    const after = withSituation(base, situation('adopted', 'Done.'), at(2));
    expect(new Set(after.conditions?.map((c) => c.observedGeneration))).toEqual(new Set([2]));
  });

  it('keeps everything of the status that is no condition', () => {
    const base: Status = { ...NEW, lastHandledForceAt: 'a', history: [] };
    expect(withSituation(base, situation('inForce', 'Done.'), at(1))).toMatchObject({
      lastHandledForceAt: 'a',
      history: [],
    });
  });
});

const inSync = { status: 'True', reason: 'InSync', message: 'Equal.' } as const;

describe('withPaused', () => {
  const running = { phase: 'Submitted' } as Status['operation'];

  it.each<[string, Status, readonly Condition['type'][]]>([
    ['drops Reconciling, since nothing is under way', NEW, ['Ready', 'Paused']],
    [
      'keeps Reconciling while a job runs',
      { ...NEW, operation: running } as Status,
      ['Ready', 'Reconciling', 'Paused'],
    ],
  ])('%s', (_name, base, want) => {
    const busy = withSituation(base, situation('remoteBusy', 'Busy.'), at(1));
    expect(typesOf(withPaused(busy, pause, START_WALL))).toEqual(want);
  });

  it('of nothing removes Paused only', () => {
    const paused = withPaused(withSituation(NEW, situation('inForce', 'Done.'), at(1)), pause, START_WALL);
    expect(typesOf(withPaused(paused, undefined, START_WALL))).toEqual(['Ready', 'JobSucceeded']);
  });
});
