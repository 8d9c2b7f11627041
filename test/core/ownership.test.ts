// One component, one owner, as the judgement sees it: what is never done for a component of somebody else, and when two
// parties that undo each other are told apart from a person who tries things.
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { isContested, withOverwritten } from '../../src/core/overwritten.ts';
import { cr, facts, remote, START_WALL } from '../support/make.ts';

const FINALIZERS = ['servicestage.io/finalizer'];
const at = (minutes: number) => new Date(START_WALL + minutes * 60_000).toISOString();
const entry = (ourJobId: string, minutes: number) => ({
  ourJobId,
  jobId: `THEIRS-${minutes}`,
  time: at(minutes),
});
const applied: Status = {
  observedGeneration: 1,
  lastApplied: { generation: 1, version: '1.0.0', jobId: 'OURS-1' },
};
const contested: Status = { ...applied, overwritten: [entry('OURS-0', 0), entry('OURS-1', 30)] };

function written(decision: Decision): Status {
  if (decision.kind !== 'write') throw new Error(`expected a write, got ${decision.kind}`);
  return decision.status;
}

const shown = (status: Status, type: string) => status.conditions?.find((each) => each.type === type);

describe('a component that belongs to another resource', () => {
  const taken = { ...facts({ component: remote() }), takenBy: 'shop/older' };

  it('is not touched, and the resource says who has it', () => {
    const decision = decide(taken);
    expect(shown(written(decision), 'Stalled')?.reason).toBe('OwnershipConflict');
    expect(shown(written(decision), 'Ready')?.message).toContain('shop/older');
    expect(decision).toMatchObject({
      restMs: Number.POSITIVE_INFINITY,
      notes: [{ reason: 'OwnershipConflict' }],
    });
  });

  it('is waited for without a write or an event once that is said', () => {
    const status = written(decide(taken));
    const again = { ...facts({ object: cr({ status }) }), takenBy: 'shop/older' };
    expect(decide(again)).toMatchObject({ kind: 'rest', ms: undefined });
  });

  it('stays when the resource is deleted with deletionPolicy Delete', () => {
    const object = cr({ deleting: true, finalizers: FINALIZERS, spec: { deletionPolicy: 'Delete' } });
    const decision = decide({ ...facts({ object, component: remote() }), takenBy: 'shop/older' });
    expect(decision).toMatchObject({ kind: 'finalizer', change: 'remove', notes: [{ reason: 'Orphaned' }] });
    expect(JSON.stringify(decision)).toContain('shop/older');
  });

  it('is still followed while a job of the resource runs on it', () => {
    const operation = {
      id: 'op-1',
      type: 'Modify',
      cause: 'Spec',
      generation: 1,
      attempt: 1,
      phase: 'Submitted',
      submittedAt: at(0),
      jobId: 'OURS-1',
    } as const;
    const object = cr({ finalizers: FINALIZERS, status: { observedGeneration: 1, operation } });
    const decision = decide({ ...facts({ object }), takenBy: 'shop/older' });
    expect(decision).toEqual({ kind: 'read', read: { what: 'job', jobId: 'OURS-1' } });
  });
});

describe('two parties that undo each other', () => {
  const object = (annotations = {}, status = contested) =>
    cr({ finalizers: FINALIZERS, status, annotations });

  it('make the resource stop, naming the jobs', () => {
    const status = written(decide(facts({ object: object() })));
    expect(shown(status, 'Stalled')?.reason).toBe('OwnershipConflict');
    expect(shown(status, 'Ready')?.message).toContain('jobs THEIRS-0 and THEIRS-30');
  });

  it('are let go on by a reset token, which is recorded in the same write and keeps the last entry', () => {
    const status = written(decide(facts({ object: object({ 'servicestage.io/reset-at': 'now' }) })));
    expect(status.lastHandledResetAt).toBe('now');
    expect(status.overwritten).toEqual([entry('OURS-1', 30)]);
  });

  it('are let go on by a force token, whose intent forgets what was counted', () => {
    const forced = object({ 'servicestage.io/force-apply-at': 'now' });
    const decision = decide(facts({ object: forced, component: remote({ lastJobId: 'OURS-1' }) }));
    expect(written(decision)).toMatchObject({ operation: { cause: 'Force', phase: 'Intent' } });
    expect(written(decision).overwritten).toBeUndefined();
  });

  it.each([
    ['no entry', undefined, false],
    ['one entry', [entry('A', 0)], false],
    ['two within the hour', [entry('A', 0), entry('B', 59)], true],
    ['two exactly an hour apart', [entry('A', 0), entry('B', 60)], true],
    ['two more than an hour apart', [entry('A', 0), entry('B', 61)], false],
    ['two, the clock set back between them', [entry('A', 59), entry('B', 0)], true],
  ])('are told by two undone changes within an hour: %s', (_name, overwritten, expected) => {
    expect(
      isContested({ observedGeneration: 1, ...(overwritten === undefined ? {} : { overwritten }) }),
    ).toBe(expected);
  });
});

describe('a change of ours counts as overwritten', () => {
  const look = { component: remote({ lastJobId: 'THEIRS' }), differs: 'yes', wall: START_WALL } as const;

  it('when the last job is not ours and the configuration differs', () => {
    expect(withOverwritten(applied, look).overwritten).toEqual([
      { ourJobId: 'OURS-1', jobId: 'THEIRS', time: expect.stringMatching(/^20/) },
    ]);
  });

  it('once per change of ours', () => {
    const once = withOverwritten(applied, look);
    expect(withOverwritten(once, { ...look, component: remote({ lastJobId: 'LATER' }) })).toBe(once);
  });

  it('and only the two newest are kept', () => {
    const before = { ...applied, overwritten: [entry('A', 0), entry('B', 1)] };
    expect(withOverwritten(before, look).overwritten?.map(({ ourJobId }) => ourJobId)).toEqual([
      'B',
      'OURS-1',
    ]);
  });

  it.each([
    ['it is as we left it', applied, { ...look, differs: 'no' as const }],
    ['the last job is ours', applied, { ...look, component: remote({ lastJobId: 'OURS-1' }) }],
    ['it has no last job', applied, { ...look, component: { ...remote(), lastJobId: undefined } as never }],
    ['nothing was ever applied', { observedGeneration: 1 }, look],
    [
      'what was applied is void',
      { ...applied, lastApplied: { ...applied.lastApplied, void: true } } as Status,
      look,
    ],
    [
      'it was adopted, so there is no job of ours',
      { ...applied, lastApplied: { generation: 1 } } as Status,
      look,
    ],
  ])('not when %s', (_name, status, seen) => {
    expect(withOverwritten(status, seen)).toBe(status);
  });

  it('before the next call, when the version is no longer the one that was applied', () => {
    const status: Status = {
      observedGeneration: 1,
      lastApplied: { generation: 1, specDigest: 'old', digestVersion: 1, version: '1.0.0', jobId: 'OURS-1' },
    };
    const object = cr({ generation: 2, finalizers: FINALIZERS, status });
    const seen = (version: string) =>
      decide(
        facts({
          object,
          component: remote({ version, lastJobId: 'THEIRS' }),
          jobs: [{ id: 'THEIRS', phase: 'succeeded', rawStatus: 'SUCCEEDED', tasks: [] }],
        }),
      );
    expect(written(seen('9.9.9')).overwritten).toHaveLength(1);
    expect(written(seen('9.9.9')).operation).toBeUndefined();
    expect(written(seen('1.0.0')).operation?.phase).toBe('Intent');
  });
});
