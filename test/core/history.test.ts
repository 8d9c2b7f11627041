// The ends of operations: what they leave in lastApplied and in the history.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistoryEntry, LastApplied, Operation, Status } from '../../src/api/status.ts';
import { type End, ended, knownJobIds, shownTasks, withEntry } from '../../src/core/history.ts';
import type { Job } from '../../src/core/types.ts';
import { cr, facts, remote, START_WALL } from '../support/make.ts';

const applied: LastApplied = {
  generation: 1,
  specDigest: 'old',
  digestVersion: 1,
  version: '1.0.0',
  jobId: 'JOB-0',
  replica: 2,
};

function operation(changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 2,
    specDigest: 'new',
    digestVersion: 1,
    version: '1.0.1',
    keys: ['name', 'version'],
    attempt: 1,
    phase: 'Submitted',
    jobId: 'JOB-1',
    submittedAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
}

interface Ending extends Partial<End> {
  readonly status?: Partial<Status>;
  readonly managed?: 'yes';
}

function endOf(op: Operation, { status = {}, managed, ...end }: Ending): Status {
  const object = cr(managed === 'yes' ? { component: { replica: 2 } } : {});
  const resource = { ...facts({ object }).resource, status: { observedGeneration: 2, ...status } };
  return ended(resource, op, { phase: 'Succeeded', message: '', wall: START_WALL + 5_000, ...end });
}

describe('lastApplied after', () => {
  const fresh = {
    generation: 2,
    specDigest: 'new',
    version: '1.0.1',
    jobId: 'JOB-1',
    time: '2026-01-01T00:00:05Z',
  };

  it('a modify that succeeded is that modify, with the keys that were sent', () => {
    expect(endOf(operation(), { status: { lastApplied: applied } }).lastApplied).toEqual({
      ...fresh,
      digestVersion: 1,
      keys: ['name', 'version'],
    });
  });

  it('a modify that succeeded keeps the applied number of instances only where it is managed', () => {
    const kept = endOf(operation(), { status: { lastApplied: applied }, managed: 'yes' });
    expect(kept.lastApplied?.replica).toBe(2);
    const first = endOf(operation(), { component: remote({ replica: 4 }), managed: 'yes' });
    expect(first.lastApplied?.replica).toBe(4);
  });

  it.each(['Failed', 'UnknownOutcome', 'JobLost'] as const)(
    'a modify that ended %s is void, not absent',
    (phase) => {
      expect(endOf(operation(), { phase, status: { lastApplied: applied } }).lastApplied).toEqual({
        ...applied,
        void: true,
      });
      expect(endOf(operation(), { phase }).lastApplied).toEqual({ generation: 2, void: true });
    },
  );

  it('a refusal stays as it was', () => {
    expect(endOf(operation(), { phase: 'Refused', status: { lastApplied: applied } }).lastApplied).toBe(
      applied,
    );
    expect(endOf(operation(), { phase: 'Refused' }).lastApplied).toBeUndefined();
  });

  const scale = operation({ type: 'Scale', replica: 5 });
  it('a scaling that succeeded has its number, and nothing else changed', () => {
    expect(endOf(scale, { status: { lastApplied: applied } }).lastApplied).toEqual({
      ...applied,
      replica: 5,
    });
  });

  it.each(['Failed', 'UnknownOutcome', 'JobLost'] as const)(
    'a scaling that ended %s has no number, so that the old one come back is asked for',
    (phase) => {
      const { replica: _, ...rest } = applied;
      expect(endOf(scale, { phase, status: { lastApplied: applied } }).lastApplied).toEqual(rest);
    },
  );
});

describe('the history line', () => {
  it('says what was done, why, with which job and when', () => {
    expect(endOf(operation(), { phase: 'Failed', message: 'Job JOB-1 ended FAILED.' }).history).toEqual([
      {
        operationId: 'op-1',
        type: 'Modify',
        cause: 'Spec',
        generation: 2,
        specDigest: 'new',
        version: '1.0.1',
        jobId: 'JOB-1',
        result: 'Failed',
        reason: 'Job JOB-1 ended FAILED.',
        started: '2026-01-01T00:00:00Z',
        finished: '2026-01-01T00:00:05Z',
      },
    ]);
  });

  it.each<[string, number, number, string | undefined]>([
    ['none between neighbours', 1, 2, undefined],
    ['one', 1, 3, '2'],
    ['a range', 1, 5, '2-4'],
  ])('names skipped generations: %s', (_name, before, generation, want) => {
    const status = { lastApplied: { ...applied, generation: before } };
    expect(endOf(operation({ generation }), { status }).history?.[0]?.skippedGenerations).toBe(want);
  });

  it('names none when nothing was ever applied or tried', () => {
    expect(endOf(operation({ generation: 9 }), {}).history?.[0]?.skippedGenerations).toBeUndefined();
  });

  it('says JobLost for a lost job whose change is in force', () => {
    const { history, operation: op } = endOf(operation(), { result: 'JobLost', message: 'It runs.' });
    expect([history?.[0]?.result, op?.phase]).toEqual(['JobLost', 'Succeeded']);
  });
});

describe('an end', () => {
  it('echoes the token that caused it', () => {
    const status = endOf(operation({ cause: 'Force', token: 'a' }), { phase: 'Failed' });
    expect(status.lastHandledForceAt).toBe('a');
  });

  it('keeps what it does not speak of', () => {
    const remoteBefore = { version: '1.0.0' };
    expect(endOf(operation(), { status: { remote: remoteBefore } }).remote).toBe(remoteBefore);
  });
});

describe('withEntry', () => {
  const entry = (n: number, jobId = `JOB-${n}`): HistoryEntry => ({
    operationId: `op-${n}`,
    type: 'Modify',
    cause: 'Spec',
    generation: n,
    result: 'Succeeded',
    jobId,
  });

  it('keeps the ten newest, newest first', () => {
    const history = Array.from({ length: 14 }, (_, n) => n).reduce<HistoryEntry[]>(
      (entries, n) => withEntry(entries, entry(n)),
      [],
    );
    expect(history.map(({ operationId }) => operationId)).toEqual(
      [13, 12, 11, 10, 9, 8, 7, 6, 5, 4].map((n) => `op-${n}`),
    );
  });

  it('replaces the line of the same operation and job, and keeps other jobs of the operation', () => {
    const history = withEntry([entry(1), entry(1, 'JOB-9')], { ...entry(1), result: 'Failed' });
    expect(history.map(({ jobId, result }) => `${jobId} ${result}`)).toEqual([
      'JOB-1 Failed',
      'JOB-9 Succeeded',
    ]);
  });
});

describe('shownTasks', () => {
  const task = (name: string, status: string, message = '') => ({ name, status, message });
  const of = (tasks: Job['tasks']) =>
    shownTasks({ id: 'JOB-1', phase: 'failed', rawStatus: 'FAILED', tasks })?.map(({ name }) => name);

  it('shows what failed first, then what runs, then the newest of what is done', () => {
    const tasks = [
      task('a', 'SUCCEEDED'),
      task('b', 'FAILED'),
      task('c', 'RUNNING'),
      task('d', 'SUCCEEDED'),
      task('e', 'SKIPPED'),
    ];
    expect(of(tasks)).toEqual(['b', 'c', 'e', 'd', 'a']);
  });

  it('shows at most eight, bounded, and loses no failed one to a finished one', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            name: fc.string({ maxLength: 300 }),
            status: fc.constantFrom('FAILED', 'RUNNING', 'SUCCEEDED'),
            message: fc.string({ maxLength: 300 }),
          }),
          { maxLength: 30 },
        ),
        (tasks) => {
          const shown = shownTasks({ id: 'JOB-1', phase: 'failed', rawStatus: 'FAILED', tasks }) ?? [];
          expect(shown).toHaveLength(Math.min(8, tasks.length));
          const failed = tasks.filter(({ status }) => status === 'FAILED').length;
          expect(shown.filter(({ status }) => status === 'FAILED')).toHaveLength(Math.min(8, failed));
          for (const { name, message = '' } of shown)
            expect(Math.max(Buffer.byteLength(name), Buffer.byteLength(message))).toBeLessThanOrEqual(128);
        },
      ),
    );
  });
});

it('knows every job of ours, newest first and each once', () => {
  const status: Status = {
    observedGeneration: 2,
    operation: operation({ jobId: 'JOB-3' }),
    history: [
      {
        operationId: 'op-3',
        type: 'Modify',
        cause: 'Spec',
        generation: 2,
        result: 'Succeeded',
        jobId: 'JOB-3',
      },
      { operationId: 'op-2', type: 'Modify', cause: 'Spec', generation: 2, result: 'Refused' },
      {
        operationId: 'op-1',
        type: 'Modify',
        cause: 'Spec',
        generation: 1,
        result: 'Succeeded',
        jobId: 'JOB-1',
      },
    ],
    lastApplied: { generation: 1, jobId: 'JOB-0' },
  };
  expect(knownJobIds(status)).toEqual(['JOB-3', 'JOB-1', 'JOB-0']);
});
