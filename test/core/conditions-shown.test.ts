// When a status already says what it should: nothing is written then, so every part has to count.
import { describe, expect, it } from 'vitest';
import type { Condition, Status } from '../../src/api/status.ts';
import { shows, situation, withoutJob, withPaused, withSituation } from '../../src/core/conditions.ts';
import { START_WALL } from '../support/make.ts';
import { condition, READY, shown } from './given.ts';

const STAMP = { generation: 1, wall: START_WALL };
const BARE: Status = { observedGeneration: 1 };

function change(status: Status, type: Condition['type'], changes: Partial<Condition>): Status {
  return {
    ...status,
    conditions: (status.conditions ?? []).map((each) =>
      each.type === type ? { ...each, ...changes } : each,
    ),
  };
}

describe('a situation is not shown', () => {
  const running = situation('jobRunning', 'Job JOB-1 runs.');
  const status = withSituation(BARE, running, STAMP);

  it.each<[string, Status]>([
    ['when Ready has another status', change(status, 'Ready', { status: 'False' })],
    ['when Ready has another reason', change(status, 'Ready', { reason: 'Suspended' })],
    ['when Ready has another message', change(status, 'Ready', { message: 'Another.' })],
    ['when Reconciling has another reason', change(status, 'Reconciling', { reason: 'Submitting' })],
    ['when Reconciling is False', change(status, 'Reconciling', { status: 'False' })],
    ['when the job has another reason', change(status, 'JobSucceeded', { reason: 'JobTimedOut' })],
    [
      'when Stalled stands beside it',
      { ...status, conditions: [...(status.conditions ?? []), condition('Stalled', ['True', 'Timeout'])] },
    ],
    ['of another generation', { ...status, observedGeneration: 2 }],
    ['when there are no conditions', BARE],
  ])('%s', (_name, given) => {
    expect(shows(status, running, 1)).toBe(true);
    expect(shows(given, running, 1)).toBe(false);
  });

  it('by a status that still reconciles, when it should be at rest', () => {
    const ready = situation('inForce', 'In force.');
    const rest = withSituation(BARE, ready, STAMP);
    expect(shows(rest, ready, 1)).toBe(true);
    const both = {
      ...rest,
      conditions: [...(rest.conditions ?? []), condition('Reconciling', ['True', 'Polling'])],
    };
    expect(shows(both, ready, 1)).toBe(false);
  });

  it('by any job where it says nothing of one', () => {
    const busy = situation('remoteBusy', 'Busy.');
    const status_ = withSituation({ ...BARE, conditions: [...READY] }, busy, STAMP);
    expect(shown(status_)).toContain('JobSucceeded=True');
    expect(shows(status_, busy, 1)).toBe(true);
  });
});

describe('a comparison with the service', () => {
  const drift = { since: '2026-01-01T00:00:00Z', fields: [] };
  const compared: Status = {
    observedGeneration: 1,
    drift,
    conditions: [...READY, condition('Synced', ['False', 'Drifted'])],
  };
  const next = (name: 'submitting' | 'inForce', generation: number) =>
    withSituation(compared, situation(name, 'Next.'), { generation, wall: START_WALL });

  it('speaks of no newer spec that is sent', () => {
    expect(shown(next('submitting', 2))).toContain('Synced=Unknown/NotChecked');
    expect(next('submitting', 2)).not.toHaveProperty('drift');
  });

  it.each([
    ['of the same spec', 'submitting', 1],
    ['of a newer generation that is in force with it', 'inForce', 2],
  ] as const)('stays %s', (_name, situationName, generation) => {
    expect(shown(next(situationName, generation))).toContain('Synced=False/Drifted');
    expect(next(situationName, generation).drift).toEqual(drift);
  });

  it('of a resource that was never observed carries no generation', () => {
    const born = withSituation(BARE, situation('bornPaused', 'Paused.'), {
      generation: -1,
      wall: START_WALL,
    });
    expect(born.conditions?.[0]).not.toHaveProperty('observedGeneration');
    const zero = withSituation(BARE, situation('bornPaused', 'Paused.'), { generation: 0, wall: START_WALL });
    expect(zero.conditions?.[0]?.observedGeneration).toBe(0);
  });
});

describe('a part of the conditions', () => {
  it('that tells of a job goes alone', () => {
    expect(shown(withoutJob({ ...BARE, conditions: [...READY] }))).toBe('Ready=True/Succeeded');
    expect(withoutJob(BARE)).toEqual({ ...BARE, conditions: [] });
  });

  it('that tells of a pause comes and goes without the others', () => {
    const paused = withPaused(BARE, { reason: 'SpecSuspended', message: 'Paused.' }, START_WALL);
    expect(shown(paused)).toBe('Paused=True/SpecSuspended');
    expect(withPaused(BARE, undefined, START_WALL)).toEqual({ ...BARE, conditions: [] });
  });
});
