// The largest status that the writers of the core can make: every list full, every text longer than its bound. Job ids are
// UUIDs, as the service makes them.
import { describe, expect, it } from 'vitest';
import { COMPONENT_SHAPE } from '../../src/api/component-shape.ts';
import { type Operation, type Status, statusSchema } from '../../src/api/status.ts';
import { lastAttempt, withEcho } from '../../src/core/causes.ts';
import { situation, withPaused, withSituation } from '../../src/core/conditions.ts';
import { decide } from '../../src/core/decide.ts';
import type { Resource } from '../../src/core/facts.ts';
import { fitted, statusBytes } from '../../src/core/fit.ts';
import { ended, knownJobIds } from '../../src/core/history.ts';
import { remoteOf } from '../../src/core/remote.ts';
import { withComparison } from '../../src/core/rules/conclusion.ts';
import { clip } from '../../src/core/text.ts';
import type { Job } from '../../src/core/types.ts';
import { cr, facts, job, remote, START_WALL } from '../support/make.ts';

const MAX_BYTES = 16 * 1024;
const HEX = 'f'.repeat(64);
const jobId = (n: number) => `${n}`.padStart(36, '0');
const VITAL = ['id', 'phase', 'specDigest', 'secretDigest', 'jobId', 'baselineJobId', 'token'] as const;
const documentedKeys = COMPONENT_SHAPE.fields.flatMap(({ wire }) => (wire === undefined ? [] : [wire]));

function operationOf(type: 'Modify' | 'Scale', n: number, long: string): Operation {
  return {
    id: `${n}`.padStart(20, '0'),
    type,
    cause: 'Reset',
    token: clip(long, 128),
    tokenBefore: clip(long, 128),
    generation: 1_000_000 + 2 * n,
    specDigest: HEX,
    secretDigest: HEX,
    keyId: HEX.slice(0, 36),
    digestVersion: 1,
    version: '2023.0323.15181.1234567890123456',
    replica: 2_147_483_647,
    keys: documentedKeys,
    baselineJobId: jobId(n),
    bodyWasLive: false,
    attempt: 1_000,
    phase: 'Submitted',
    submittedAt: '2026-01-01T00:00:00Z',
    jobId: jobId(n + 1),
    requestId: clip(long, 64),
    recovered: true,
    excludedJobIds: [1, 2, 3, 4, 5].map(jobId),
    failure: 'unknownOutcome',
  };
}

function jobOf(long: string): Job {
  const tasks = Array.from({ length: 40 }, () => ({ name: long, status: 'PARTIALLY_FAILED', message: long }));
  return { id: jobId(0), phase: 'failed', rawStatus: 'PARTIALLY_FAILED', tasks };
}

/** `status` after one more operation that ended badly and said all it could. */
function afterOne(status: Status, n: number, long: string): Status {
  const type = n % 2 === 0 ? 'Modify' : 'Scale';
  const modified = lastAttempt(status, 'Modify');
  const scaled = lastAttempt(status, 'Scale');
  const resource: Resource = { ...facts({ object: cr() }).resource, status };
  const operation: Operation = {
    ...operationOf(type, n, long),
    ...(modified === undefined ? {} : { previousModify: modified }),
    ...(scaled === undefined ? {} : { previousScale: scaled }),
  };
  const phase = n === 12 ? 'Succeeded' : 'Failed';
  return ended(resource, operation, {
    phase,
    message: long,
    wall: START_WALL,
    job: jobOf(long),
    component: remote({ replica: 2_147_483_647 }),
  });
}

function largest(long: string): Status {
  let status: Status = { observedGeneration: 1_000_000 };
  for (let n = 1; n <= 14; n += 1) status = afterOne(status, n, long);
  status = withEcho(status, { reconcile: clip(long, 128), force: clip(long, 128), reset: clip(long, 128) });
  status = {
    ...status,
    remote: remoteOf(
      remote({
        status: long,
        version: long,
        replica: 1e9,
        availableReplica: 1e9,
        lastJobId: long,
        artifact: long,
        failDetail: long,
      }),
    ),
  };
  const changed = Array.from({ length: 40 }, (_, n) => ({
    pointer: `/${n}${long}`,
    kind: 'changed' as const,
  }));
  const moment = { now: { wall: START_WALL, mono: 0 }, newId: clip(long, 64) };
  const compared = { kind: 'compared', changed, removed: [], ignored: 'no' } as const;
  const somebody = [...changed, { pointer: '/more', kind: 'changed' as const }];
  status = withComparison(status, { ...compared, after: 'job' }, moment);
  status = withComparison(status, { ...compared, after: 'check', changed: somebody }, moment);
  const time = new Date(START_WALL).toISOString();
  const overwritten = { ourJobId: clip(long, 64), jobId: clip(long, 64), time };
  const revert = { time, specDigest: HEX, signature: 'ffffffff' };
  status = { ...status, overwritten: [overwritten, overwritten], reverts: [revert, revert, revert] };
  status = withSituation(status, situation('jobFailed', long), { generation: 1_000_000, wall: START_WALL });
  return withPaused(status, { reason: 'OperatorPaused', message: long.slice(0, 100) }, START_WALL);
}

const TEXTS: readonly (readonly [string, string])[] = [
  ['plain text', 'x'.repeat(2_000)],
  ['three-byte characters', '\u20ac'.repeat(2_000)],
  ['four-byte characters', '\u{1f680}'.repeat(2_000)],
  ['text that JSON escapes', '"'.repeat(2_000)],
];

describe.each(TEXTS)('the largest status, with %s', (_name, long) => {
  const whole = largest(long);
  const status = fitted(whole);

  it('fits its schema', () => {
    expect(statusSchema.safeParse(whole).error).toBeUndefined();
    expect(statusSchema.safeParse(status).error).toBeUndefined();
  });

  it('is at most 16 KiB', () => {
    expect(statusBytes(status)).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('has no message over 512 bytes', () => {
    const { conditions = [], operation } = status;
    const messages = [...conditions.map(({ message }) => message), operation?.message ?? ''];
    expect(Math.max(...messages.map((message) => Buffer.byteLength(message)))).toBeLessThanOrEqual(512);
  });

  it('keeps everything that a decision depends on', () => {
    expect(status.conditions).toEqual(whole.conditions);
    expect(knownJobIds(status)).toEqual(knownJobIds(whole));
    expect(status.operation).toMatchObject(
      Object.fromEntries(VITAL.map((field) => [field, whole.operation?.[field]])),
    );
    for (const type of ['Modify', 'Scale'] as const) {
      const { message: _, ...attempt } = lastAttempt(whole, type) ?? {};
      expect(lastAttempt(status, type)).toMatchObject(attempt);
    }
  });

  it('is not shortened further when it is written again', () => {
    expect(fitted(status)).toBe(status);
  });
});

it('comes back untouched while it is small', () => {
  const small = afterOne({ observedGeneration: 1 }, 2, 'short');
  expect(fitted(small)).toBe(small);
});

it('fits also when extraBody filled the list of sent keys to its bound', () => {
  const whole = largest('"'.repeat(2_000));
  const keys = Array.from({ length: 80 }, (_, n) => `${n}`.padEnd(64, 'k'));
  const stuffed: Status = {
    ...whole,
    ...(whole.operation === undefined ? {} : { operation: { ...whole.operation, keys } }),
    ...(whole.lastApplied === undefined ? {} : { lastApplied: { ...whole.lastApplied, keys } }),
  };
  expect(statusSchema.safeParse(stuffed).error).toBeUndefined();
  expect(statusBytes(fitted(stuffed))).toBeLessThanOrEqual(MAX_BYTES);
});

describe('an intent whose extraBody', () => {
  const many = Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`key_${n}`, 1]));
  it.each([
    ['has more keys than the status keeps', many],
    ['has a key longer than the status keeps', { ['k'.repeat(100)]: 1 }],
  ])('%s still fits the schema, so that the API server takes it', (_name, extraBody) => {
    const decision = decide(
      facts({
        object: cr({ component: { extraBody } }),
        component: remote({ version: '1.0.0', body: { version: '1.0.0' } }),
        jobs: [job('JOB-0', 'succeeded')],
      }),
    );
    const status = decision.kind === 'write' ? decision.status : undefined;
    expect(statusSchema.safeParse(status).error).toBeUndefined();
  });
});
