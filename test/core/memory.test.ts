// What this process remembers: bound to one operation, forgotten with it, and never more than what was seen.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import type { Facts, Memory } from '../../src/core/facts.ts';
import { EMPTY_MEMORY, patched, recall, remember } from '../../src/core/memory.ts';
import type { RecordsLookup } from '../../src/core/types.ts';
import { cr, type FactsOptions, facts, remote } from '../support/make.ts';

function operation(changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    baselineJobId: 'JOB-0',
    attempt: 1,
    phase: 'Intent',
    submittedAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
}

const status = (changes: Partial<Operation> = {}): Status => ({
  observedGeneration: 1,
  operation: operation(changes),
});

describe('recall', () => {
  const old: Memory = {
    ...EMPTY_MEMORY,
    operationId: 'op-0',
    firstSeenMono: 5,
    sentMono: 6,
    newerJobIds: ['JOB-1'],
    refusalChecked: true,
    failures: 3,
    checkDueMono: 77,
    waitsFor: { jobId: 'JOB-9', sinceMono: 66 },
    warnedGeneration: 1,
  };
  const general = {
    failures: 3,
    checkDueMono: 77,
    waitsFor: { jobId: 'JOB-9', sinceMono: 66 },
    warnedGeneration: 1,
  };

  it('forgets what belonged to another operation and keeps the rest', () => {
    expect(recall(old, status(), 100)).toEqual({ ...general, operationId: 'op-1', firstSeenMono: 100 });
    expect(recall(old, { observedGeneration: 1 }, 100)).toEqual(general);
  });

  it.each(['Intent', 'Submitted', 'UnknownOutcome'] as const)(
    'counts from the first sight of an operation in phase %s, also after a restart',
    (phase) => {
      const seen = recall(EMPTY_MEMORY, status({ phase }), 100);
      expect(seen.firstSeenMono).toBe(100);
      expect(recall(seen, status({ phase }), 200)).toBe(seen);
    },
  );

  it.each(['Succeeded', 'Failed', 'Refused', 'NotSent', 'JobLost'] as const)(
    'has nothing to watch for an operation that ended %s',
    (phase) => {
      expect(recall(EMPTY_MEMORY, status({ phase }), 100)).toEqual(EMPTY_MEMORY);
    },
  );
});

it('lays a patch over the memory, where undefined forgets', () => {
  const memory: Memory = { failures: 1, sentMono: 5, checkDueMono: 6 };
  expect(patched(memory, { sentMono: undefined, failures: 2 })).toEqual({ failures: 2, checkDueMono: 6 });
  expect('sentMono' in patched(memory, { sentMono: undefined })).toBe(false);
});

describe('remember', () => {
  const of = (options: FactsOptions): Memory => remember(factsOf(options));
  function factsOf(options: FactsOptions): Facts {
    return facts({ object: cr({ status: status() }), ...options });
  }

  it.each<[string, FactsOptions, readonly string[] | undefined]>([
    ['a job after the baseline', { component: remote({ lastJobId: 'JOB-1' }) }, ['JOB-1']],
    ['the baseline', { component: remote() }, undefined],
    [
      'a job of our history',
      {
        object: cr({ status: { ...status(), lastApplied: { generation: 1, jobId: 'JOB-1' } } }),
        component: remote({ lastJobId: 'JOB-1' }),
      },
      undefined,
    ],
    [
      'a job proven not to be ours',
      {
        object: cr({ status: status({ excludedJobIds: ['JOB-1'] }) }),
        component: remote({ lastJobId: 'JOB-1' }),
      },
      undefined,
    ],
    [
      'our own job that runs',
      {
        object: cr({ status: status({ phase: 'Submitted', jobId: 'JOB-1' }) }),
        component: remote({ lastJobId: 'JOB-1' }),
      },
      undefined,
    ],
    [
      'a second newer job',
      { component: remote({ lastJobId: 'JOB-2' }), memory: { newerJobIds: ['JOB-1'] } },
      ['JOB-1', 'JOB-2'],
    ],
    [
      'the same newer job again',
      { component: remote({ lastJobId: 'JOB-1' }), memory: { newerJobIds: ['JOB-1'] } },
      ['JOB-1'],
    ],
    ['a component that is missing', { component: 'missing' }, undefined],
  ])('newer jobs: %s', (_name, options, want) => {
    expect(of(options).newerJobIds).toEqual(want);
  });

  it('holds at most eight newer jobs', () => {
    let memory: Memory = EMPTY_MEMORY;
    for (let n = 1; n <= 20; n += 1) memory = of({ component: remote({ lastJobId: `JOB-${n}` }), memory });
    expect(memory.newerJobIds).toHaveLength(8);
    expect(memory.newerJobIds?.at(-1)).toBe('JOB-20');
  });

  it('counts equal reads from the first of them, and starts over when anything moved', () => {
    const records: RecordsLookup & { kind: 'found' } = {
      kind: 'found',
      records: [{ version: '1.0.0', jobIds: ['JOB-0'] }],
    };
    const read = (changes: FactsOptions) => of({ component: remote(), records: records.records, ...changes });
    const first = read({ mono: 1_000 });
    expect(first.equalReads?.firstMono).toBe(1_000);
    const second = read({ mono: 20_000, memory: first });
    expect(second.equalReads?.firstMono).toBe(1_000);
    const moves: FactsOptions[] = [
      { component: remote({ status: 'UPGRADING' }) },
      { component: remote({ lastJobId: 'JOB-1' }) },
      { records: [{ version: '1.0.1', jobIds: ['JOB-1'] }, ...records.records] },
      { records: 'forbidden' },
    ];
    for (const move of moves)
      expect(read({ mono: 30_000, memory: second, ...move }).equalReads?.firstMono).toBe(30_000);
  });

  it('does not count a read of the component alone', () => {
    expect(of({ component: remote() }).equalReads).toBeUndefined();
  });

  it('learns nothing without an operation', () => {
    expect(of({ object: cr(), component: remote({ lastJobId: 'JOB-1' }) })).toEqual(EMPTY_MEMORY);
  });
});
