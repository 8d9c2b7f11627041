// Exact bounds: of times, texts and pointers.
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import { retryDelayMs, spreadOf } from '../../src/core/delay.ts';
import { extraBodyProblems } from '../../src/core/extra-body.ts';
import { fitted } from '../../src/core/fit.ts';
import { isContested, withOverwritten } from '../../src/core/overwritten.ts';
import { clippedPointer, mergePatch } from '../../src/core/paths.ts';
import { isFailed, remoteOf, usability } from '../../src/core/remote.ts';
import { epochMs, isoTime } from '../../src/core/time.ts';
import { remote, START_WALL } from '../support/make.ts';
import { AT, failure, LAST_APPLIED, operation } from './given.ts';

describe('a pointer', () => {
  it.each([
    ['of exactly the bound stays', '/ab/cd', 6, '/ab/cd'],
    ['of one byte more loses its last segment', '/ab/cde', 6, '/ab'],
    ['is measured in bytes', '/ab/cä', 6, '/ab'],
  ])('%s', (_name, text, bytes, want) => {
    expect(clippedPointer(text, bytes)).toBe(want);
  });
});

describe('a merge (RFC 7386)', () => {
  it('removes what is null, replaces lists and values, and merges objects', () => {
    const target = { a: 1, b: { c: 2, d: 3 }, e: [1, 2] };
    expect(mergePatch(target, { a: null, b: { c: null, f: 4 }, e: [9], g: null })).toEqual({
      b: { d: 3, f: 4 },
      e: [9],
    });
    expect(mergePatch('text', { a: 1 })).toEqual({ a: 1 });
    expect(mergePatch(undefined, null)).toBeNull();
  });
});

describe('extraBody', () => {
  it('may hold lists of texts and numbers, and no null however deep', () => {
    const problems = (extraBody: object) => extraBodyProblems({ extraBody }, []).map(({ path }) => path);
    expect(problems({ a: ['x', 1, { b: 'y' }] })).toEqual([]);
    expect(problems({ a: ['x', { b: [null] }] })).toEqual(['spec.component.extraBody.a']);
  });
});

describe('a status that is too big', () => {
  it('gets no task that the job did not have', () => {
    const history = Array.from({ length: 10 }, (_, i) => ({
      operationId: `op-${i}`,
      type: 'Modify' as const,
      cause: 'Spec',
      generation: 1,
      result: 'Failed',
      reason: 'x'.repeat(2_000),
    }));
    const small = fitted({
      observedGeneration: 1,
      operation: operation({ message: 'y'.repeat(20_000) }),
      history,
    });
    expect(small.operation?.tasks ?? []).toEqual([]);
  });
});

describe('a time', () => {
  it('is written in whole seconds and read back', () => {
    expect(isoTime(START_WALL + 999)).toBe(AT);
    expect(epochMs(AT)).toBe(START_WALL);
  });

  it.each([[undefined], ['soon'], ['']])('that cannot be read is none: %s', (text) => {
    expect(epochMs(text)).toBeUndefined();
  });
});

describe('the wait after a failure', () => {
  it('is the service’s own when that is longer', () => {
    expect(retryDelayMs(failure('throttled', { retryAfterMs: 90_000 }), 1, 0)).toBe(90_000);
    expect(retryDelayMs(failure('throttled', { retryAfterMs: 1 }), 1, 0)).toBe(2_500);
  });

  it('is ours for credentials, whatever the service asks for: the look only reads the Secret', () => {
    expect(retryDelayMs(failure('credentials', { retryAfterMs: 3_600_000 }), 1, 0)).toBe(15_000);
  });

  it('is spread by the hash that everybody knows (FNV-1a)', () => {
    expect(spreadOf('')).toBe(0x811c9dc5 / 2 ** 32);
    expect(spreadOf('a')).toBe(0xe40c292c / 2 ** 32);
    expect(spreadOf('foobar')).toBe(0xbf9cf968 / 2 ** 32);
  });
});

describe('the words of the component', () => {
  it.each([
    ['RUNNING', 'ready', false],
    ['PENDING', 'ready', false],
    ['DOWN', 'ready', true],
    ['FAILED', 'ready', true],
    ['PARTIALLY_FAILED', 'ready', true],
    ['GRAYING', 'gray', false],
    ['STOPPED', 'stopped', false],
    ['DELETED', 'gone', false],
    ['RESERVED', 'gone', false],
    ['UPGRADING', 'busy', false],
    ['', 'busy', false],
  ] as const)('%s means %s, failed: %s', (status, use, failed) => {
    expect(usability(remote({ status }))).toBe(use);
    expect(isFailed(remote({ status }))).toBe(failed);
  });

  it('are shown as they are, and not at all where there are none', () => {
    const all = { availableReplica: 1, failDetail: 'no image', artifact: 'obs://a' } as const;
    expect(remoteOf(remote(all))).toEqual({
      componentStatus: 'RUNNING',
      version: '2023.0323.15181',
      replica: 1,
      availableReplica: 1,
      lastJobId: 'JOB-0',
      artifact: 'obs://a',
      failDetail: 'no image',
    });
    const { version: _v, replica: _r, lastJobId: _l, ...bare } = remote({ status: '' });
    expect(Object.keys(remoteOf(bare))).toEqual([]);
  });
});

describe('two parties that undo each other', () => {
  const at = (ms: number) => isoTime(START_WALL + ms);
  const twice = (...times: readonly string[]): Status => ({
    observedGeneration: 1,
    overwritten: times.map((time, i) => ({ ourJobId: `OURS-${i}`, jobId: `THEIRS-${i}`, time })),
  });

  it.each([
    ['within an hour', twice(AT, at(3_600_000)), true],
    ['later than that', twice(AT, at(3_601_000)), false],
    ['with a clock that went back', twice(at(60_000), AT), true],
    ['once', twice(AT), false],
    ['never', twice(), false],
    ['at times that cannot be read', twice('soon', AT), false],
    ['at times that cannot be read either', twice(AT, 'soon'), false],
  ])('are told apart: %s', (_name, status, want) => {
    expect(isContested(status)).toBe(want);
  });

  it('are named by jobs that fit the status', () => {
    const status: Status = { observedGeneration: 1, lastApplied: LAST_APPLIED };
    const look = {
      component: remote({ lastJobId: 'J'.repeat(70) }),
      differs: 'yes',
      wall: START_WALL,
    } as const;
    expect(withOverwritten(status, look).overwritten).toEqual([
      { ourJobId: 'JOB-1', jobId: 'J'.repeat(64), time: AT },
    ]);
  });
});
