import { describe, expect, it } from 'vitest';
import { auditCalls, auditFinal, auditTold, type MemberRecord } from './audit.ts';
import type { AcceptedCall, Cause } from './causes.ts';

const edit = (version: number, atMs: number, more: Partial<Cause> = {}): Cause => ({
  kind: 'edit',
  atMs,
  eligibleAtMs: 0,
  version,
  ...more,
});
const force = (version: number, atMs: number): Cause => edit(version, atMs, { kind: 'force', token: '1' });
const modify = (version: number, atMs: number, jobId = `job-${atMs}`): AcceptedCall => ({
  operation: 'modifyComponent',
  atMs,
  version,
  jobId,
});
const scale = (replica: number, atMs: number): AcceptedCall => ({
  operation: 'actOnComponent',
  atMs,
  replica,
});

function record(parts: Partial<MemberRecord>): MemberRecord {
  const accepted = parts.accepted ?? [];
  return {
    name: 'weather',
    causes: [],
    accepted,
    jobs: accepted.flatMap(({ jobId }) => (jobId === undefined ? [] : [{ id: jobId, status: 'SUCCEEDED' }])),
    releasedAtMs: [],
    told: new Map(accepted.flatMap(({ jobId }) => (jobId === undefined ? [] : [[jobId, 'Succeeded']]))),
    ...parts,
  };
}

describe('the audit of accepted calls', () => {
  const cases: readonly {
    readonly name: string;
    readonly causes: readonly Cause[];
    readonly accepted: readonly AcceptedCall[];
    readonly rules: readonly string[];
  }[] = [
    {
      name: 'passes one call per edit, and none for one that was overtaken',
      causes: [edit(1, 0), edit(2, 10), edit(3, 11)],
      accepted: [modify(1, 5), modify(3, 15)],
      rules: [],
    },
    {
      name: 'finds a second call',
      causes: [edit(1, 0)],
      accepted: [modify(1, 5), modify(1, 6)],
      rules: ['ONCE'],
    },
    {
      name: 'lets a force token send once more',
      causes: [edit(1, 0), force(1, 10)],
      accepted: [modify(1, 5), modify(1, 15)],
      rules: [],
    },
    {
      name: 'does not let one force token send twice more',
      causes: [edit(1, 0), force(1, 10)],
      accepted: [modify(1, 5), modify(1, 15), modify(1, 16)],
      rules: ['ONCE'],
    },
    {
      name: 'does not excuse a call by a force token that came after it',
      causes: [edit(1, 0), force(1, 10)],
      accepted: [modify(1, 5), modify(1, 6)],
      rules: ['ONCE'],
    },
    {
      name: 'finds a version nobody asked for',
      causes: [edit(1, 0)],
      accepted: [modify(7, 5)],
      rules: ['ONCE'],
    },
    {
      name: 'finds an older version after a newer one',
      causes: [edit(1, 0), edit(2, 1)],
      accepted: [modify(2, 5), modify(1, 6)],
      rules: ['MONO'],
    },
    {
      name: 'finds a call for what was suspended',
      causes: [edit(1, 0, { eligibleAtMs: 50 })],
      accepted: [modify(1, 5)],
      rules: ['SUSPENDED'],
    },
    {
      name: 'counts scales by their target',
      causes: [edit(1, 0, { kind: 'scale', replica: 3 })],
      accepted: [scale(3, 5), scale(3, 6), scale(4, 7)],
      rules: ['ONCE', 'ONCE'],
    },
    {
      name: 'has no cause for a deletion',
      causes: [edit(1, 0)],
      accepted: [{ operation: 'deleteComponent', atMs: 5 }],
      rules: ['ONCE'],
    },
  ];
  it.each(cases)('$name', ({ causes, accepted, rules }) => {
    const found = auditCalls(record({ causes, accepted })).map((text) => text.split(':')[0]);
    expect(found).toEqual(rules);
  });
});

describe('the audit of what was told', () => {
  const accepted = [modify(1, 5, 'a'), modify(2, 10, 'b')];
  it('passes when every job stands in a history with its end', () => {
    expect(auditTold(record({ accepted }))).toEqual({ violations: [], excused: 0 });
  });
  it('finds a job that no history named', () => {
    const told = new Map([['a', 'Succeeded']]);
    expect(auditTold(record({ accepted, told })).violations).toHaveLength(1);
  });
  it('finds a failed job that was told as a success, and the other way round', () => {
    const jobs = [
      { id: 'a', status: 'FAILED' },
      { id: 'b', status: 'SUCCEEDED' },
    ];
    const told = new Map([
      ['a', 'Succeeded'],
      ['b', 'Failed'],
    ]);
    expect(auditTold(record({ accepted, jobs, told })).violations).toHaveLength(2);
  });
  it('excuses one untold job per released object, and only one accepted before', () => {
    const told = new Map<string, string>();
    expect(auditTold(record({ accepted, told, releasedAtMs: [12] }))).toMatchObject({ excused: 1 });
    expect(auditTold(record({ accepted, told, releasedAtMs: [12] })).violations).toHaveLength(1);
    expect(auditTold(record({ accepted, told, releasedAtMs: [1] }))).toMatchObject({ excused: 0 });
  });
});

describe('the audit of the end', () => {
  const good = { wantedVersion: 3, version: 3, wantedReplica: 2, replica: 2, ready: true };
  it.each([
    [good, 0],
    [{ ...good, version: 2 }, 1],
    [{ ...good, version: Number.NaN }, 1],
    [{ ...good, replica: 1 }, 1],
    [{ ...good, replica: 1, wantedReplica: undefined }, 0],
    [{ ...good, ready: false }, 1],
  ] as const)('finds what %o lacks', (state, problems) => {
    expect(auditFinal('weather', state)).toHaveLength(problems);
  });
});
