// Pause and resume: who may pause, that it is shown at once and in one write, and what is left of it afterwards.
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import { type CrOptions, cr, facts, job } from '../support/make.ts';
import { condition, inForce, message, operation, READY, shown, written } from './given.ts';

const BY_ANNOTATION = { annotations: { 'servicestage.io/paused': 'true' } };
const paused = (reason: string) => condition('Paused', ['True', reason]);

function judge(object: CrOptions, operatorPaused: 'yes' | 'no' = 'no') {
  return decide(facts({ object: cr(object), settings: { operatorPaused: operatorPaused === 'yes' } }));
}

describe('a pause', () => {
  it.each([
    ['the operator', {}, 'yes', 'OperatorPaused'],
    ['an annotation', BY_ANNOTATION, 'no', 'AnnotationPaused'],
    ['the spec', { spec: { suspend: true } }, 'no', 'SpecSuspended'],
    [
      'the operator before the others',
      { ...BY_ANNOTATION, spec: { suspend: true } },
      'yes',
      'OperatorPaused',
    ],
  ] as const)('by %s is shown and told', (_name, object, operatorPaused, reason) => {
    const decision = written(judge({ ...object, status: inForce() }, operatorPaused));
    expect(shown(decision.status)).toBe(
      `Ready=True/Succeeded JobSucceeded=True/JobSucceeded Paused=True/${reason}`,
    );
    expect(decision.notes).toMatchObject([{ type: 'Normal', reason: 'Paused', action: 'Pause' }]);
    expect(decision.notes[0]?.note).toBe(message(decision.status, 'Paused'));
    expect(decision.restMs).toBeUndefined();
  });

  it('is none when the annotation says something else', () => {
    const decision = judge({ annotations: { 'servicestage.io/paused': 'false' }, status: inForce() });
    expect(decision.kind).toBe('rest');
  });

  it('is shown anew when its reason changes', () => {
    const status = inForce({ conditions: [...READY, paused('SpecSuspended')] });
    expect(shown(written(judge({ ...BY_ANNOTATION, status })).status)).toContain(
      'Paused=True/AnnotationPaused',
    );
  });

  it('of a resource that was never worked on says why nothing happens', () => {
    const { status } = written(judge({ spec: { suspend: true } }));
    expect(shown(status)).toBe('Ready=Unknown/Suspended Paused=True/SpecSuspended');
    expect(message(status)).toBe('Paused by spec.suspend; set it to false to resume.');
    expect(status.observedGeneration).toBe(-1);
  });

  it('rests until the resource changes', () => {
    const status = inForce({ conditions: [...READY, paused('SpecSuspended')] });
    expect(judge({ spec: { suspend: true }, status })).toMatchObject({
      kind: 'rest',
      ms: undefined,
      why: 'paused',
    });
  });

  it('lets a running job be followed, which stays shown', () => {
    const conditions = [
      condition('Ready', ['Unknown', 'Progressing']),
      condition('Reconciling', ['True', 'JobRunning']),
    ];
    const open = inForce({ operation: operation({ phase: 'Submitted' }), conditions });
    const { status } = written(judge({ spec: { suspend: true }, status: open }));
    expect(shown(status)).toContain('Reconciling=True/JobRunning');
    const object = cr({ spec: { suspend: true }, status });
    expect(decide(facts({ object }))).toMatchObject({ kind: 'read', read: { what: 'job' } });
    expect(decide(facts({ object, jobs: [job('JOB-1', 'running')] })).kind).toBe('rest');
  });

  it('takes Reconciling away once the job has ended', () => {
    const conditions = [
      condition('Ready', ['Unknown', 'Progressing']),
      condition('Reconciling', ['True', 'Polling']),
      paused('SpecSuspended'),
    ];
    const { status } = written(judge({ spec: { suspend: true }, status: inForce({ conditions }) }));
    expect(shown(status)).toBe('Ready=Unknown/Progressing Paused=True/SpecSuspended');
  });
});

describe('a resume', () => {
  const resume = (conditions: Status['conditions']) => written(judge({ status: inForce({ conditions }) }));

  it('is told, and leaves what was settled as it is', () => {
    const decision = resume([...READY, paused('SpecSuspended')]);
    expect(shown(decision.status)).toBe('Ready=True/Succeeded JobSucceeded=True/JobSucceeded');
    expect(decision.notes).toMatchObject([{ type: 'Normal', reason: 'Resumed', action: 'Resume' }]);
  });

  it('says that work goes on where Ready was not known', () => {
    const { status } = resume([condition('Ready', ['Unknown', 'Suspended']), paused('SpecSuspended')]);
    expect(shown(status)).toBe('Ready=Unknown/Progressing Reconciling=True/Submitting');
    expect(status.observedGeneration).toBe(1);
  });

  it('takes away what stood alone', () => {
    expect(resume([paused('SpecSuspended')]).status.conditions).toEqual([]);
  });

  it('leaves a job shown as running', () => {
    const { status } = resume([
      condition('Ready', ['Unknown', 'Progressing']),
      condition('Reconciling', ['True', 'JobRunning']),
      paused('SpecSuspended'),
    ]);
    expect(shown(status)).toBe('Ready=Unknown/Progressing Reconciling=True/JobRunning');
  });
});
