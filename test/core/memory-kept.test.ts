// What a process remembers from one operation to the next, and what it takes from the reads of a pass.
import { describe, expect, it } from 'vitest';
import type { Memory } from '../../src/core/facts.ts';
import { ofNewOperation, patched, recall, remember } from '../../src/core/memory.ts';
import { cr, facts, remote } from '../support/make.ts';
import { inForce, intentOf, operation } from './given.ts';

const prepared = { startedMono: 1, request: { kind: 'remove' } } as const;
const kept: Memory = {
  failures: 2,
  waitsFor: { jobId: 'JOB-1', sinceMono: 1 },
  stuck: { reason: 'PermissionDenied', sinceMono: 1, lastMono: 2 },
  checkDueMono: 3,
  warnedGeneration: 4,
};
const ofOld: Memory = { ...kept, operationId: 'op-0', sentMono: 5, refusalChecked: true, newerJobIds: ['A'] };

describe('a new operation', () => {
  it('is remembered with its request, and with what belongs to no operation', () => {
    expect(ofNewOperation(ofOld, 'op-1', prepared)).toEqual({ ...kept, operationId: 'op-1', prepared });
  });

  it('has no request unless there is one', () => {
    expect(Object.keys(ofNewOperation({ failures: 0 }, 'op-1', undefined)).toSorted()).toEqual([
      'failures',
      'operationId',
    ]);
  });
});

describe('an operation that another process began', () => {
  it('is seen for the first time now, and nothing of another one is remembered with it', () => {
    const seen = recall(ofOld, inForce({ operation: intentOf() }), 7);
    expect(seen).toEqual({ ...kept, operationId: 'op-1', firstSeenMono: 7 });
  });

  it('that has ended leaves nothing behind', () => {
    expect(Object.keys(recall({ failures: 0, operationId: 'op-0' }, inForce(), 7))).toEqual(['failures']);
  });

  it('keeps the moment at which it was seen first', () => {
    const memory = { failures: 0, operationId: 'op-1', firstSeenMono: 3 };
    expect(recall(memory, inForce({ operation: intentOf() }), 7)).toBe(memory);
  });

  it('is seen from now on when this process has only just begun it', () => {
    const seen = recall({ failures: 0, operationId: 'op-1' }, inForce({ operation: intentOf() }), 7);
    expect(seen).toEqual({ failures: 0, operationId: 'op-1', firstSeenMono: 7 });
  });

  it('is as good as none for a resource without operation, whatever was remembered', () => {
    const { operation: _none, ...status } = inForce();
    expect(recall({ failures: 1 }, status, 7)).toEqual({ failures: 1 });
    expect(recall({ failures: 1, operationId: 'op-0', sentMono: 1 }, status, 7)).toEqual({ failures: 1 });
  });
});

describe('a patch', () => {
  it('sets what it names and forgets what it names as undefined', () => {
    const next = patched({ failures: 1, sentMono: 2 }, { failures: 0, sentMono: undefined });
    expect(next).toEqual({ failures: 0 });
    expect(Object.keys(next)).toEqual(['failures']);
  });
});

describe('the reads of a pass', () => {
  const read = (
    memory: Partial<Memory>,
    lastJobId: string | undefined,
    status = inForce({ operation: intentOf() }),
  ) => {
    const { lastJobId: _none, ...never } = remote();
    const component = lastJobId === undefined ? never : remote({ lastJobId });
    return remember(facts({ object: cr({ status }), component, memory: { operationId: 'op-1', ...memory } }));
  };

  it('add a job that is newer than the intent, once', () => {
    expect(read({}, 'JOB-9').newerJobIds).toEqual(['JOB-9']);
    expect(read({ newerJobIds: ['JOB-8', 'JOB-9'] }, 'JOB-9').newerJobIds).toEqual(['JOB-8', 'JOB-9']);
  });

  it('keep the eight newest', () => {
    const before = ['1', '2', '3', '4', '5', '6', '7', '8'];
    expect(read({ newerJobIds: before }, '9').newerJobIds).toEqual([...before.slice(1), '9']);
  });

  it.each([
    ['the baseline', 'JOB-0', inForce({ operation: intentOf() })],
    ['no job', undefined, inForce({ operation: intentOf({ baselineJobId: 'JOB-A' }) })],
    ['a job of ours', 'JOB-1', inForce({ operation: intentOf() })],
    ['a job that was excluded', 'JOB-9', inForce({ operation: intentOf({ excludedJobIds: ['JOB-9'] }) })],
    ['a job beside one that runs', 'JOB-9', inForce({ operation: operation({ phase: 'Submitted' }) })],
  ])('add nothing for %s', (_name, lastJobId, status) => {
    expect(read({}, lastJobId, status)).not.toHaveProperty('newerJobIds');
  });

  it('are equal as long as job, state and the newest twenty records are', () => {
    const records = Array.from({ length: 21 }, (_, i) => ({
      version: `1.${i}`,
      jobIds: [`J-${i}`, `K-${i}`],
    }));
    const see = (change: Partial<Parameters<typeof remote>[0]>, list = records) => {
      const object = cr({ status: inForce({ operation: intentOf() }) });
      return remember(facts({ object, component: remote(change), records: list })).equalReads?.fingerprint;
    };
    const first = see({});
    expect(see({})).toBe(first);
    expect(see({ replica: 5 })).toBe(first);
    expect(see({}, records.slice(0, 20))).toBe(first);
    expect(see({}, records.slice(0, 19))).not.toBe(first);
    expect(see({ status: 'PENDING' })).not.toBe(first);
    expect(see({ lastJobId: 'JOB-9' })).not.toBe(first);
    expect(see({}, [{ version: '1.0', jobIds: ['J-0'] }, ...records.slice(1)])).not.toBe(first);
  });

  it('are another view when the records may not be read', () => {
    const object = cr({ status: inForce({ operation: intentOf() }) });
    const fingerprints = [[], 'forbidden' as const].map(
      (records) => remember(facts({ object, component: remote(), records })).equalReads?.fingerprint,
    );
    expect(fingerprints[0]).not.toBe(fingerprints[1]);
  });
});
