// Whose job it was, at the edges: each piece of evidence alone is taken away, and the verdict has to follow.
import { describe, expect, it } from 'vitest';
import { attribute, type Evidence } from '../../src/core/attribute.ts';
import type { Job } from '../../src/core/types.ts';
import { job, remote } from '../support/make.ts';
import { inForce, intentOf } from './given.ts';

const VERSION = intentOf().version ?? '';
const found = (value: Job) => ({ kind: 'found', value }) as const;
const records = (...list: readonly { version: string; jobIds: readonly string[]; beginMs?: number }[]) =>
  ({ kind: 'found', records: list }) as const;
const FORBIDDEN = { kind: 'unreadable', reason: 'forbidden' } as const;
const BASELINE = { version: '1.0.0', jobIds: ['JOB-0'] };

/** A modify of which nothing is to be seen: the call was never made. */
function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    status: inForce({ operation: intentOf() }),
    operation: intentOf(),
    component: remote({ lastJobId: 'JOB-0' }),
    records: records(BASELINE),
    lastJob: undefined,
    newerJobIds: [],
    settled: 'yes',
    steady: 'yes',
    specUnchanged: 'yes',
    equal: 'no',
    ...changes,
  };
}

const verdict = (changes: Partial<Evidence> = {}) => attribute(evidence(changes)).kind;

describe('a call that left no trace', () => {
  it('was not made', () => {
    expect(verdict()).toBe('notSent');
  });

  it.each<[string, Partial<Evidence>]>([
    ['nobody has looked twice', { steady: 'no' }],
    ['the last job has moved', { component: remote({ lastJobId: 'JOB-9' }), newerJobIds: ['JOB-9'] }],
    ['the component works', { component: remote({ lastJobId: 'JOB-0', status: 'UPGRADING' }) }],
    ['the last job runs', { lastJob: found(job('JOB-0', 'running')) }],
    [
      'a newer record exists',
      {
        component: remote({ lastJobId: 'JOB-9' }),
        operation: intentOf({ baselineJobId: 'JOB-9' }),
        records: records({ version: '9.9.9', jobIds: ['JOB-10'] }, { version: '9.9.8', jobIds: ['JOB-9'] }),
      },
    ],
    ['the component has become what was to be sent', { equal: 'yes' }],
  ])('may have been made when %s', (_name, changes) => {
    expect(verdict(changes)).toBe('unclear');
  });

  it.each<[string, Partial<Evidence>]>([
    ['the component was so before the call', { equal: 'yes', operation: intentOf({ bodyWasLive: true }) }],
    ['the spec it equals is another one by now', { equal: 'yes', specUnchanged: 'no' }],
    ['only the count was to change', { equal: 'yes', operation: intentOf({ type: 'Scale', replica: 3 }) }],
    [
      'a newer record is proven to be another’s',
      {
        operation: intentOf({ excludedJobIds: ['JOB-9'] }),
        records: records({ version: '9.9.9', jobIds: ['JOB-9'] }, BASELINE),
      },
    ],
    ['the last job has ended', { lastJob: found(job('JOB-0', 'succeeded')) }],
  ])('was not made although it may look so: %s', (_name, changes) => {
    expect(verdict(changes)).toBe('notSent');
  });

  it('of a component that never had a job is only believed with the records', () => {
    const { lastJobId: _none, ...component } = remote();
    const { baselineJobId: _first, ...operation } = intentOf();
    expect(verdict({ component, operation, records: records() })).toBe('notSent');
    expect(verdict({ component, operation, records: FORBIDDEN })).toBe('unclear');
  });
});

describe('a modify, by its records', () => {
  const ours = { version: VERSION, jobIds: ['JOB-2'] };
  const at = (changes: Partial<Evidence>) =>
    attribute(evidence({ component: remote({ lastJobId: 'JOB-2' }), newerJobIds: ['JOB-2'], ...changes }));

  it('is the one job of its version after the baseline', () => {
    expect(at({ records: records(ours, BASELINE) })).toEqual({ kind: 'ours', jobId: 'JOB-2' });
  });

  it('is ours also when the records around it are of others', () => {
    const theirs = { version: '9.9.9', jobIds: ['JOB-3'] };
    expect(at({ records: records(theirs, ours, BASELINE) })).toEqual({ kind: 'ours', jobId: 'JOB-2' });
  });

  it.each<[string, Partial<Evidence>]>([
    ['two jobs have its version', { records: records({ ...ours, jobIds: ['JOB-3'] }, ours, BASELINE) }],
    ['its version was rolled out before the baseline', { records: records(BASELINE, ours) }],
    [
      'its job is known to be another’s',
      { records: records(ours, BASELINE), operation: intentOf({ excludedJobIds: ['JOB-2'] }) },
    ],
    [
      'the baseline has no record, and this one began long before the call',
      { records: records({ ...ours, beginMs: Date.parse(intentOf().submittedAt) - 3_600_001 }) },
    ],
  ])('is nobody’s for sure when %s', (_name, changes) => {
    expect(at(changes).kind).toBe('unclear');
  });

  it('is ours also while the component does not name its first job yet', () => {
    const { lastJobId: _none, ...component } = remote();
    const { baselineJobId: _first, ...operation } = intentOf();
    expect(at({ component, operation, records: records(ours) })).toEqual({ kind: 'ours', jobId: 'JOB-2' });
  });

  it('may have begun an hour before the call by another clock', () => {
    const early = { ...ours, beginMs: Date.parse(intentOf().submittedAt) - 3_600_000 };
    expect(at({ records: records(early) }).kind).toBe('ours');
    const recorded = { ...ours, beginMs: 0 };
    expect(at({ records: records(recorded, BASELINE) }).kind).toBe('ours');
  });

  it('ends the newer records at the first one that is known, also when only one of its jobs is', () => {
    const mixed = { version: '1.0.0', jobIds: ['JOB-X', 'JOB-0'] };
    expect(at({ records: records(mixed, ours) }).kind).toBe('unclear');
  });
});

describe('a modify, without records', () => {
  const alone: Partial<Evidence> = {
    records: FORBIDDEN,
    equal: 'yes',
    component: remote({ lastJobId: 'JOB-2' }),
    newerJobIds: ['JOB-2'],
  };

  it('is the one newer job that left what was asked for', () => {
    expect(attribute(evidence(alone))).toEqual({ kind: 'ours', jobId: 'JOB-2' });
  });

  it.each<[string, Partial<Evidence>]>([
    ['the settle has not passed', { settled: 'no', steady: 'no' }],
    ['the spec is another one by now', { specUnchanged: 'no' }],
    ['the component is another one', { equal: 'no' }],
    ['it was so before the call', { operation: intentOf({ bodyWasLive: true }) }],
    ['two newer jobs were seen', { newerJobIds: ['JOB-2', 'JOB-3'] }],
    ['none was seen', { newerJobIds: [] }],
    ['the component names the baseline again', { component: remote({ lastJobId: 'JOB-0' }) }],
    [
      'the job was told as one that may be ours, beside another',
      { newerJobIds: [], operation: intentOf({ unattributedJobIds: ['JOB-2', 'JOB-3'] }) },
    ],
  ])('is nobody’s for sure when %s', (_name, changes) => {
    expect(verdict({ ...alone, ...changes })).toBe('unclear');
  });

  it('is nobody’s for sure when the component names no job any more', () => {
    const { lastJobId: _none, ...component } = remote();
    expect(verdict({ ...alone, component })).toBe('unclear');
  });
});

describe('a scale', () => {
  const scale = intentOf({ type: 'Scale', cause: 'Replica', replica: 3 });
  const done: Partial<Evidence> = {
    operation: scale,
    component: remote({ lastJobId: 'JOB-2', replica: 3 }),
    newerJobIds: ['JOB-2'],
  };

  it('is the one newer job without a record, once the count is there', () => {
    expect(attribute(evidence(done))).toEqual({ kind: 'ours', jobId: 'JOB-2' });
  });

  it.each<[string, Partial<Evidence>]>([
    ['the count is another one', { component: remote({ lastJobId: 'JOB-2', replica: 2 }) }],
    ['the records cannot be read', { records: FORBIDDEN }],
    ['the job changed the version', { records: records({ version: '9.9.9', jobIds: ['JOB-2'] }, BASELINE) }],
    [
      'a newer job changed the version as well',
      {
        newerJobIds: ['JOB-2', 'JOB-3'],
        records: records({ version: '9.9.9', jobIds: ['JOB-3'] }, BASELINE),
      },
    ],
    ['two newer jobs have no record', { newerJobIds: ['JOB-2', 'JOB-3'] }],
    ['none was seen', { newerJobIds: [] }],
  ])('is nobody’s for sure when %s', (_name, changes) => {
    expect(verdict({ ...done, ...changes })).toBe('unclear');
  });

  it('is ours although an older job stands in the records', () => {
    expect(verdict({ ...done, newerJobIds: ['JOB-2', 'JOB-0'] })).toBe('ours');
  });
});

describe('jobs that may be ours', () => {
  it('are those given back, those seen and those recorded, each once and at most five', () => {
    const changes: Partial<Evidence> = {
      operation: intentOf({ excludedJobIds: ['A'] }),
      component: remote({ lastJobId: 'C' }),
      newerJobIds: ['B', 'C'],
      records: records(
        { version: '9.9.9', jobIds: ['C', 'D'] },
        { version: '9.9.8', jobIds: ['E', 'F'] },
        BASELINE,
      ),
    };
    expect(attribute(evidence(changes))).toEqual({ kind: 'unclear', newerJobIds: ['A', 'B', 'C', 'D', 'E'] });
  });

  it('are none when nothing is newer', () => {
    expect(attribute(evidence({ steady: 'no' }))).toEqual({ kind: 'unclear', newerJobIds: [] });
  });
});
