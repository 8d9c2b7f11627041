// What the tests of an open intent start from: a call of this process that was sent, and each answer to it.
import type { Operation, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision, Memory } from '../../src/core/facts.ts';
import type { Failure, SubmitOutcome } from '../../src/core/types.ts';
import { cr, type FactsOptions, facts } from '../support/make.ts';
import { condition, failure, inForce, intentOf, NOW } from './given.ts';

export const prepared = {
  startedMono: NOW,
  request: { kind: 'modify', body: '{}', secretValues: [] },
} as const;
const SUBMITTING = [
  condition('Ready', ['Unknown', 'Progressing']),
  condition('Reconciling', ['True', 'Submitting']),
  condition('JobSucceeded', ['Unknown', 'JobRunning']),
];

export function status(changes: Partial<Operation> = {}): Status {
  return inForce({ operation: intentOf(changes), conditions: SUBMITTING });
}

export function judge(
  memory: Partial<Memory>,
  options: FactsOptions & { readonly status?: Status } = {},
): Decision {
  const { status: given = status(), ...more } = options;
  return decide(
    facts({ object: cr({ status: given }), memory: { operationId: 'op-1', ...memory }, ...more }),
  );
}

export const answered = (outcome: SubmitOutcome) =>
  ({ prepared, sentMono: NOW, answer: { to: 'submit', outcome } }) as const;
export const refused = (changes: Partial<Failure> = {}) =>
  answered({ kind: 'refused', failure: failure('permanent', { httpStatus: 400, ...changes }) });
