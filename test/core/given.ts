// What the tests of the rules start from: a resource whose spec is in force through job JOB-1, and words for what is decided.
import type { Condition, LastApplied, Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision, Facts } from '../../src/core/facts.ts';
import type { Failure } from '../../src/core/types.ts';
import { cr, type FactsOptions, facts } from '../support/make.ts';

export const AT = '2026-01-01T00:00:00Z';
export const MINUTE = 60_000;
/** `now.mono` of `facts()` unless told otherwise. */
export const NOW = 1_000_000;

const { spec } = facts().resource;
export const SPEC_DIGEST = spec.kind === 'valid' ? spec.desired.specDigest : '';
export const VERSION = '2023.0323.15181';

/** A modify of the example's spec that ended well with job JOB-1. */
export function operation(changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    specDigest: SPEC_DIGEST,
    digestVersion: 1,
    version: VERSION,
    replica: 1,
    baselineJobId: 'JOB-0',
    bodyWasLive: false,
    attempt: 1,
    phase: 'Succeeded',
    submittedAt: AT,
    jobId: 'JOB-1',
    ...changes,
  };
}

/** An operation whose call is on its way: an intent without a job. */
export function intentOf(changes: Partial<Operation> = {}): Operation {
  const { jobId: _none, ...open } = operation({ phase: 'Intent', ...changes });
  return open;
}

export const LAST_APPLIED: LastApplied = {
  generation: 1,
  specDigest: SPEC_DIGEST,
  digestVersion: 1,
  version: VERSION,
  jobId: 'JOB-1',
};

export function condition(
  type: Condition['type'],
  [status, reason]: readonly [Condition['status'], string],
  message = `Version ${VERSION} is in force.`,
): Condition {
  return { type, status, reason, message, observedGeneration: 1, lastTransitionTime: AT };
}

export const READY: readonly Condition[] = [
  condition('Ready', ['True', 'Succeeded']),
  condition('JobSucceeded', ['True', 'JobSucceeded']),
];

/** The status of a resource whose spec is in force, with changes. */
export function inForce(changes: Partial<Status> = {}): Status {
  return {
    observedGeneration: 1,
    operation: operation(),
    lastApplied: LAST_APPLIED,
    conditions: [...READY],
    ...changes,
  };
}

/** The decision about the example resource with this status. */
export function decideAbout(status: Status, options: FactsOptions = {}): Decision {
  return decide(facts({ object: cr({ status }), ...options }));
}

export type Written = Extract<Decision, { kind: 'write' }>;

/** The decision as the write that it has to be. */
export function written(decision: Decision): Written {
  if (decision.kind !== 'write') throw new Error(`not a write: ${JSON.stringify(decision)}`);
  return decision;
}

/** The conditions in a few words. */
export function shown({ conditions = [] }: Status): string {
  return conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`).join(' ');
}

export function message(status: Status, type: Condition['type'] = 'Ready'): string {
  return status.conditions?.find((each) => each.type === type)?.message ?? '';
}

export function failure(kind: Failure['class'], changes: Partial<Failure> = {}): Failure {
  return { class: kind, code: 'CODE', message: 'it did not work', ...changes };
}

/** A read of this pass that did not get through. */
export function failing(kind: Failure['class'], changes: Partial<Failure> = {}) {
  return { kind: 'failed', failure: failure(kind, changes) } as const;
}

/** The facts with the memory of the process that follows operation op-1. */
export function remembering(memory: Partial<Facts['memory']>): Pick<FactsOptions, 'memory'> {
  return { memory: { operationId: 'op-1', ...memory } };
}
