// Step R as rows: which evidence says "ours", which says "nothing was sent", and what says neither.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistoryEntry, Operation, Status } from '../../src/api/status.ts';
import { attribute, type Evidence, type Verdict } from '../../src/core/attribute.ts';
import type { DeploymentRecord, RecordsLookup } from '../../src/core/types.ts';
import { job, remote, START_WALL } from '../support/make.ts';

const VERSION = '2023.0323.15181';
const forbidden: RecordsLookup = { kind: 'unreadable', reason: 'forbidden' };
const found = (...records: DeploymentRecord[]): RecordsLookup => ({ kind: 'found', records });
const record = (version: string, ...jobIds: string[]): DeploymentRecord => ({ version, jobIds });
const running = (id: string): Evidence['lastJob'] => ({ kind: 'found', value: job(id, 'running') });

function operation(changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    version: VERSION,
    baselineJobId: 'JOB-0',
    bodyWasLive: false,
    attempt: 1,
    phase: 'Intent',
    submittedAt: new Date(START_WALL).toISOString(),
    ...changes,
  };
}

function evidence(changes: Partial<Evidence> = {}): Evidence {
  const intent = changes.operation ?? operation();
  return {
    status: { observedGeneration: 1, operation: intent },
    operation: intent,
    component: remote(),
    records: found(record('1.0.0', 'JOB-0')),
    lastJob: undefined,
    newerJobIds: [],
    settled: 'no',
    steady: 'no',
    specUnchanged: 'yes',
    equal: 'no',
    ...changes,
  };
}

function withHistory(jobId: string): Status {
  const entry: HistoryEntry = {
    operationId: 'op-0',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    result: 'Succeeded',
    jobId,
  };
  return { observedGeneration: 1, operation: operation(), history: [entry] };
}

function words(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'ours':
      return `ours ${verdict.jobId}`;
    case 'notSent':
      return 'notSent';
    case 'unclear':
      return ['unclear', ...verdict.newerJobIds].join(' ');
    default: {
      const never: never = verdict;
      return never;
    }
  }
}

interface Row {
  readonly name: string;
  readonly given: Evidence;
  readonly want: string;
}

const at = (id: string) => remote({ lastJobId: id });
const settled = { settled: 'yes', steady: 'yes' } as const;

const readable: Row[] = [
  {
    name: 'one newer record with the sent version is ours, at once',
    given: evidence({
      component: at('JOB-1'),
      records: found(record(VERSION, 'JOB-1'), record('1.0.0', 'JOB-0')),
    }),
    want: 'ours JOB-1',
  },
  {
    name: 'it is ours also when the body was live before',
    given: evidence({
      operation: operation({ bodyWasLive: true }),
      component: at('JOB-1'),
      records: found(record(VERSION, 'JOB-1'), record(VERSION, 'JOB-0')),
    }),
    want: 'ours JOB-1',
  },
  {
    name: 'it is ours although last_job_id does not show it yet',
    given: evidence({ records: found(record(VERSION, 'JOB-1'), record('1.0.0', 'JOB-0')) }),
    want: 'ours JOB-1',
  },
  {
    name: 'a job without a record, after ours, does not count',
    given: evidence({
      component: at('JOB-2'),
      records: found(record(VERSION, 'JOB-1'), record('1.0.0', 'JOB-0')),
    }),
    want: 'ours JOB-1',
  },
  {
    name: 'a newer record of another version is not ours',
    given: evidence({
      component: at('JOB-1'),
      records: found(record('9.9.9', 'JOB-1'), record('1.0.0', 'JOB-0')),
    }),
    want: 'unclear JOB-1',
  },
  {
    name: 'two newer records with the sent version are unclear',
    given: evidence({
      ...settled,
      component: at('JOB-2'),
      records: found(record(VERSION, 'JOB-2'), record(VERSION, 'JOB-1'), record('1.0.0', 'JOB-0')),
    }),
    want: 'unclear JOB-2 JOB-1',
  },
  {
    name: 'a record of the sent version before the baseline is old',
    given: evidence({ ...settled, records: found(record('1.0.0', 'JOB-0'), record(VERSION, 'JOB-X')) }),
    want: 'notSent',
  },
  {
    name: 'a record of a job in our history is old',
    given: evidence({
      ...settled,
      status: withHistory('JOB-H'),
      component: at('JOB-0'),
      records: found(record(VERSION, 'JOB-H'), record('1.0.0', 'JOB-0')),
    }),
    want: 'notSent',
  },
  {
    name: 'a job that was proven not to be ours stays excluded, and is named',
    given: evidence({
      operation: operation({ excludedJobIds: ['JOB-1'] }),
      component: at('JOB-1'),
      records: found(record(VERSION, 'JOB-1'), record('1.0.0', 'JOB-0')),
    }),
    want: 'unclear JOB-1',
  },
  {
    name: 'without a record of the baseline job, an unmoved component has no newer record',
    given: evidence({ ...settled, records: found(record(VERSION, 'JOB-X')) }),
    want: 'notSent',
  },
  {
    name: 'without a record of the baseline job, records from well before the intent are old',
    given: evidence({
      component: at('JOB-1'),
      records: found(
        { ...record(VERSION, 'JOB-1'), beginMs: START_WALL + 1_000 },
        { ...record(VERSION, 'JOB-X'), beginMs: START_WALL - 7_200_000 },
      ),
    }),
    want: 'ours JOB-1',
  },
];

const nothing: Row[] = [
  { name: 'nothing happened, but it is too early to say', given: evidence(), want: 'unclear' },
  {
    name: 'nothing happened for the settle, but only one read says so',
    given: evidence({ settled: 'yes' }),
    want: 'unclear',
  },
  { name: 'nothing happened, settled and steady', given: evidence(settled), want: 'notSent' },
  {
    name: 'a busy component is not nothing',
    given: evidence({ ...settled, component: remote({ status: 'UPGRADING' }) }),
    want: 'unclear',
  },
  {
    name: 'a running last job is not nothing',
    given: evidence({ ...settled, lastJob: running('JOB-0') }),
    want: 'unclear',
  },
  {
    name: 'a moved last_job_id is not nothing',
    given: evidence({ ...settled, component: at('JOB-1'), newerJobIds: ['JOB-1'] }),
    want: 'unclear JOB-1',
  },
  {
    name: 'a component that never had a job, and has none, was not sent anything',
    given: evidence({
      ...settled,
      operation: { ...operation(), baselineJobId: undefined } as unknown as Operation,
      component: { ...remote(), lastJobId: undefined } as never,
      records: found(),
    }),
    want: 'notSent',
  },
];

const unreadable: Row[] = [
  {
    name: 'one newer job and an equal component are ours after the settle',
    given: evidence({
      ...settled,
      records: forbidden,
      component: at('JOB-1'),
      newerJobIds: ['JOB-1'],
      equal: 'yes',
    }),
    want: 'ours JOB-1',
  },
  {
    name: 'not before the settle',
    given: evidence({ records: forbidden, component: at('JOB-1'), newerJobIds: ['JOB-1'], equal: 'yes' }),
    want: 'unclear JOB-1',
  },
  {
    name: 'not when the component differs',
    given: evidence({ ...settled, records: forbidden, component: at('JOB-1'), newerJobIds: ['JOB-1'] }),
    want: 'unclear JOB-1',
  },
  {
    name: 'not when the spec was edited since',
    given: evidence({
      ...settled,
      records: forbidden,
      component: at('JOB-1'),
      newerJobIds: ['JOB-1'],
      equal: 'yes',
      specUnchanged: 'no',
    }),
    want: 'unclear JOB-1',
  },
  {
    name: 'not when the body was live before',
    given: evidence({
      ...settled,
      operation: operation({ bodyWasLive: true }),
      records: forbidden,
      component: at('JOB-1'),
      newerJobIds: ['JOB-1'],
      equal: 'yes',
    }),
    want: 'unclear JOB-1',
  },
  {
    name: 'not when two newer jobs were seen',
    given: evidence({
      ...settled,
      records: forbidden,
      component: at('JOB-2'),
      newerJobIds: ['JOB-1', 'JOB-2'],
      equal: 'yes',
    }),
    want: 'unclear JOB-1 JOB-2',
  },
  {
    name: 'nothing happened is believed without records too',
    given: evidence({ ...settled, records: forbidden }),
    want: 'notSent',
  },
];

const scaling = operation({ type: 'Scale', replica: 3 });
const scales: Row[] = [
  {
    name: 'the target reached and one newer job without a record are ours',
    given: evidence({
      operation: scaling,
      component: remote({ replica: 3, lastJobId: 'JOB-1' }),
      newerJobIds: ['JOB-1'],
    }),
    want: 'ours JOB-1',
  },
  {
    name: 'not while the number is the old one',
    given: evidence({ operation: scaling, component: at('JOB-1'), newerJobIds: ['JOB-1'] }),
    want: 'unclear JOB-1',
  },
  {
    name: 'not when the newer job has a record: it changed a version',
    given: evidence({
      operation: scaling,
      component: remote({ replica: 3, lastJobId: 'JOB-1' }),
      records: found(record('9.9.9', 'JOB-1'), record('1.0.0', 'JOB-0')),
      newerJobIds: ['JOB-1'],
    }),
    want: 'unclear JOB-1',
  },
  {
    name: 'not when the records cannot be read',
    given: evidence({
      ...settled,
      operation: scaling,
      component: remote({ replica: 3, lastJobId: 'JOB-1' }),
      records: forbidden,
      newerJobIds: ['JOB-1'],
    }),
    want: 'unclear JOB-1',
  },
  {
    name: 'nothing happened is believed',
    given: evidence({ ...settled, operation: scaling }),
    want: 'notSent',
  },
];

describe.each([
  ['with readable records', readable],
  ['of silence', nothing],
  ['with unreadable records', unreadable],
  ['of a scaling', scales],
] as const)('attribution %s', (_name, rows) => {
  it.each(rows)('$name', ({ given, want }) => {
    expect(words(attribute(given))).toBe(want);
  });
});

describe('whatever the evidence', () => {
  const yesNo = fc.constantFrom('yes' as const, 'no' as const);
  const ids = fc.constantFrom('JOB-0', 'JOB-1', 'JOB-2', 'JOB-H');
  const records = fc.oneof(
    fc.constant(forbidden),
    fc
      .array(
        fc.record({ version: fc.constantFrom(VERSION, '9.9.9'), jobIds: fc.array(ids, { maxLength: 2 }) }),
        { maxLength: 4 },
      )
      .map((list) => found(...list)),
  );
  const evidences = fc
    .record({
      records,
      lastJobId: ids,
      newerJobIds: fc.uniqueArray(fc.constantFrom('JOB-1', 'JOB-2'), { maxLength: 2 }),
      settled: yesNo,
      steady: yesNo,
      specUnchanged: yesNo,
      equal: yesNo,
    })
    .map(({ lastJobId, ...rest }) =>
      evidence({ ...rest, component: at(lastJobId), status: withHistory('JOB-H') }),
    );

  it('never takes the baseline or a job of our history as ours', () => {
    fc.assert(
      fc.property(evidences, (given) => {
        const verdict = attribute(given);
        if (verdict.kind === 'ours') expect(['JOB-1', 'JOB-2']).toContain(verdict.jobId);
      }),
    );
  });

  it('never says "not sent" unless it is steady and the component has not moved', () => {
    fc.assert(
      fc.property(evidences, (given) => {
        if (attribute(given).kind !== 'notSent') return;
        expect(given.steady).toBe('yes');
        expect(given.component.lastJobId).toBe('JOB-0');
      }),
    );
  });
});
