// A generation that needs no call: what is said of it, and how an earlier refusal is looked at once more.
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { type CrOptions, cr, type FactsOptions, facts, remote, START_WALL } from '../support/make.ts';
import {
  AT,
  condition,
  inForce,
  intentOf,
  MINUTE,
  message,
  NOW,
  operation,
  SPEC_DIGEST,
  shown,
  written,
} from './given.ts';

function judge(object: CrOptions, options: FactsOptions = {}): Decision {
  return decide(facts({ object: cr(object), memory: { checkDueMono: NOW + MINUTE }, ...options }));
}

describe('a generation that needs no call', () => {
  it('is in force at once when Ready says so of the one before', () => {
    const { status } = written(judge({ generation: 2, status: inForce() }));
    expect(status.observedGeneration).toBe(2);
    expect(status.lastApplied).toMatchObject({ generation: 2, jobId: 'JOB-1' });
    expect(shown(status)).toContain('Ready=True/Succeeded');
  });

  it('is looked at first when Ready does not say so', () => {
    const conditions = [
      condition('Ready', ['False', 'ImmutableField']),
      condition('Stalled', ['True', 'ImmutableField']),
    ];
    const object = { generation: 2, status: inForce({ conditions }) };
    expect(judge(object)).toMatchObject({ kind: 'read', read: { what: 'component' } });
    const { status } = written(judge(object, { component: remote({ lastJobId: 'JOB-1' }) }));
    expect(shown(status)).toContain('Ready=True/Succeeded');
    expect(status.remote).toMatchObject({ componentStatus: 'RUNNING' });
  });

  it.each([
    ['does not run', remote({ status: 'PENDING' }), 'Reconciling=True/Polling'],
    ['is missing', 'missing' as const, 'Stalled=True/NotFound'],
  ])('is not Ready when the component %s', (_name, component, want) => {
    const conditions = [condition('Ready', ['Unknown', 'Progressing'])];
    const { status } = written(judge({ generation: 2, status: inForce({ conditions }) }, { component }));
    expect(shown(status)).toContain(want);
    expect(status.lastApplied?.generation).toBe(1);
  });

  it('stays a component that does not run yet', () => {
    const conditions = [
      condition('Ready', ['False', 'NotRunning']),
      condition('Stalled', ['True', 'NotRunning']),
    ];
    const { status } = written(judge({ generation: 2, status: inForce({ conditions }) }));
    expect(shown(status)).toContain('Stalled=True/NotRunning');
    expect(status.observedGeneration).toBe(2);
  });

  it.each([
    ['Failed', 'Stalled=True/JobFailedTerminal'],
    ['Refused', 'Stalled=True/InvalidSpec'],
    ['JobLost', 'Stalled=True/JobLost'],
    ['UnknownOutcome', 'Stalled=True/UnknownOutcome'],
  ] as const)('shows how the last attempt at it ended: %s', (phase, want) => {
    const status = inForce({
      operation: operation({ phase, message: 'As it was told.' }),
      lastApplied: { generation: 1, void: true },
    });
    const decision = written(judge({ status }));
    expect(shown(decision.status)).toContain(want);
    expect(message(decision.status)).toBe('As it was told.');
  });

  it('says at least that the attempt did not succeed', () => {
    const status = inForce({
      operation: operation({ phase: 'Failed' }),
      lastApplied: { generation: 1, void: true },
    });
    expect(message(written(judge({ status })).status)).toBe('The last attempt did not succeed.');
  });

  it('says so also of an attempt that nothing is remembered of', () => {
    const lastApplied = { generation: 1, specDigest: SPEC_DIGEST, digestVersion: 1, void: true };
    const { status } = written(judge({ status: { observedGeneration: 1, lastApplied } }));
    expect(shown(status)).toContain('Stalled=True/JobFailedTerminal');
    expect(message(status)).toBe('The last attempt did not succeed.');
  });

  it('is looked at first when Ready was never said', () => {
    expect(judge({ status: inForce({ conditions: [] }) })).toMatchObject({
      kind: 'read',
      read: { what: 'component' },
    });
  });

  it('is in force without a word of its version when that is not known', () => {
    const lastApplied = { generation: 1, specDigest: SPEC_DIGEST, digestVersion: 1 };
    expect(message(written(judge({ generation: 2, status: inForce({ lastApplied }) })).status)).toBe(
      'The spec is in force.',
    );
  });

  it('answers a reset that nothing is left for', () => {
    const { status } = written(
      judge({ status: inForce(), annotations: { 'servicestage.io/reset-at': 'a' } }),
    );
    expect(status.lastHandledResetAt).toBe('a');
  });

  it('is written once', () => {
    const { status } = written(judge({ generation: 2, status: inForce() }));
    expect(judge({ generation: 2, status }).kind).toBe('rest');
  });
});

describe('what an older algorithm recorded', () => {
  const older = { specDigest: 'of another algorithm', digestVersion: 0 };
  const anew = { specDigest: SPEC_DIGEST, digestVersion: 1 };
  const lastApplied = { generation: 1, version: '2023.0323.15181', jobId: 'JOB-1', ...older };

  it('of the same generation is recorded anew, without a look', () => {
    const decision = written(judge({ status: inForce({ operation: operation(older), lastApplied }) }));
    expect(decision.status.operation).toEqual(operation(anew));
    expect(decision.status.lastApplied).toEqual({ ...lastApplied, ...anew });
    expect(judge({ status: decision.status }).kind).toBe('rest');
  });

  it('is recorded anew in the modify that a scale remembers, and not in the scale', () => {
    const previousModify = { result: 'Succeeded', generation: 1, ...older } as const;
    const scale = operation({ type: 'Scale', ...older, previousModify });
    const { status } = written(judge({ status: inForce({ operation: scale, lastApplied }) }));
    expect(status.operation).toEqual({ ...scale, previousModify: { ...previousModify, ...anew } });
  });

  it('of what was adopted is recorded anew as well', () => {
    const { operation: _none, ...adopted } = inForce({ lastApplied });
    const { status } = written(judge({ status: adopted }));
    expect(status.lastApplied).toMatchObject(anew);
    expect(status).not.toHaveProperty('operation');
  });

  it('stays as it is where there is no digest, and where it speaks of another generation', () => {
    const { specDigest: _none, ...bare } = lastApplied;
    const status = inForce({ operation: operation({ generation: 0, ...older }), lastApplied: bare });
    expect(judge({ status }).kind).toBe('rest');
  });
});

describe('a refusal', () => {
  const refusedAt = (changes: Partial<Operation> = {}): Status => {
    const ended = intentOf({ phase: 'Refused', finishedAt: AT, message: 'Refused.', ...changes });
    return written(
      judge({
        status: inForce({ operation: ended, lastApplied: { generation: 1, void: true }, conditions: [] }),
      }),
    ).status;
  };
  const at = (ms: number, more: FactsOptions = {}) => ({ wall: START_WALL + ms, ...more });
  const entry = {
    operationId: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    result: 'Refused',
  } as const;
  const moved = remote({ lastJobId: 'JOB-9' });

  it('is looked at again after the settle', () => {
    expect(judge({ status: refusedAt() }, at(20_000))).toMatchObject({ kind: 'rest', ms: 101_000 });
    expect(judge({ status: refusedAt() }, at(120_000))).toMatchObject({
      kind: 'read',
      read: { what: 'component' },
    });
  });

  it.each([
    ['names the job from before it', remote({ lastJobId: 'JOB-0' })],
    ['is missing', 'missing' as const],
  ])('stands when the component %s, and is not looked at again', (_name, component) => {
    expect(judge({ status: refusedAt() }, at(120_000, { component }))).toEqual({
      kind: 'note',
      notes: [],
      memory: { refusalChecked: true, operationId: 'op-1' },
      why: 'refusal stands',
    });
    const memory = { operationId: 'op-1', refusalChecked: true, checkDueMono: NOW + MINUTE };
    expect(judge({ status: refusedAt() }, at(120_000, { component, memory })).kind).toBe('rest');
  });

  it('stands when the component names no job, or one of ours', () => {
    const { lastJobId: _none, ...never } = remote();
    expect(judge({ status: refusedAt() }, at(120_000, { component: never })).kind).toBe('note');
    const status = { ...refusedAt(), lastApplied: { generation: 1, void: true, jobId: 'JOB-9' } };
    expect(judge({ status }, at(120_000, { component: moved })).kind).toBe('note');
  });

  it.each([
    ['is looked at until an hour has passed', 60 * MINUTE, 'read'],
    ['is not looked at any more after an hour', 60 * MINUTE + 1_000, 'rest'],
  ])('%s', (_name, age, want) => {
    expect(judge({ status: refusedAt() }, at(age)).kind).toBe(want);
  });

  it('is taken back when a job had come in between: nothing was attempted', () => {
    const status = { ...refusedAt(), history: [entry, { ...entry, operationId: 'op-0' }] };
    const next = written(judge({ status }, at(120_000, { component: moved }))).status;
    expect(next.operation).toMatchObject({ id: 'op-1', phase: 'NotSent' });
    expect(next.history).toEqual([{ ...entry, operationId: 'op-0' }]);
    expect(next).not.toHaveProperty('lastHandledForceAt');
    const { history: _none, ...silent } = refusedAt();
    expect(written(judge({ status: silent }, at(120_000, { component: moved }))).status.history).toEqual([]);
  });

  it.each([
    ['Force', 'lastHandledForceAt', 'lastHandledResetAt'],
    ['Reset', 'lastHandledResetAt', 'lastHandledForceAt'],
  ] as const)('that is taken back gives its %s token back', (cause, echo, otherEcho) => {
    const echoes = { [echo]: 'now', [otherEcho]: 'other' };
    const with_ = (changes: Partial<Operation>) => ({
      ...refusedAt({ cause, token: 'now', ...changes }),
      ...echoes,
    });
    const look = at(120_000, { component: moved });
    const first = written(judge({ status: with_({}) }, look)).status;
    expect(first).not.toHaveProperty(echo);
    expect(first).toMatchObject({ [otherEcho]: 'other' });
    const again = written(judge({ status: with_({ tokenBefore: 'before' }) }, look)).status;
    expect(again).toMatchObject({ [echo]: 'before' });
    expect(again.operation).not.toHaveProperty('tokenBefore');
  });
});
