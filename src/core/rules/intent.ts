// An open intent: send it while it is fresh and ours, judge the answer, or recover. Steps 3, 3a, 4 and R.
//
// Promise: a request leaves only from `send`, only in the process that wrote the intent, only while the intent is
// younger than the freshness limit. Recovery never sends.
import type { Operation, Status } from '../../api/status.ts';
import { type Situation, situation, withoutJob, withSituation } from '../conditions.ts';
import { retryDelayMs, spreadOf } from '../delay.ts';
import type { Decision, Facts } from '../facts.ts';
import { ended, knownJobIds } from '../history.ts';
import { namedPath } from '../named-path.ts';
import { isScalable, usability } from '../remote.ts';
import { clip, sentence } from '../text.ts';
import { isoTime } from '../time.ts';
import type { Failure, RemoteComponent, SubmitOutcome } from '../types.ts';
import { closedNotSent, submitted } from './operation.ts';
import { recover } from './recovery.ts';
import { failureSituation, needComponent, requestNote, spokenOf, stuckSince, write } from './steps.ts';

export function settleIntent(facts: Facts): Decision | undefined {
  const { operation } = facts.resource.status;
  const { memory } = facts;
  if (operation === undefined || operation.type === 'Delete') return undefined;
  const outcome =
    memory.operationId === operation.id && memory.answer?.to === 'submit' ? memory.answer.outcome : undefined;
  if (outcome?.kind === 'accepted' && MAY_BECOME_SUBMITTED.has(operation.phase)) {
    return submitted(facts, operation, { jobId: outcome.jobId, requestId: outcome.requestId });
  }
  if (operation.phase !== 'Intent') return undefined;
  if (outcome !== undefined) return answered(facts, operation, outcome);
  if (memory.prepared === undefined || memory.sentMono !== undefined) return recover(facts, operation);
  return sendWhileFresh(facts, operation);
}

const MAY_BECOME_SUBMITTED: ReadonlySet<Operation['phase']> = new Set([
  'Intent',
  'NotSent',
  'UnknownOutcome',
]);

function sendWhileFresh(facts: Facts, operation: Operation): Decision {
  const { prepared } = facts.memory;
  const age = prepared === undefined ? Number.POSITIVE_INFINITY : facts.now.mono - prepared.startedMono;
  if (prepared === undefined || age >= facts.settings.freshIntentMs || facts.resource.deleting) {
    return write({ ...facts.resource.status, operation: withBackOff(facts, operation) });
  }
  return { kind: 'send', operation, request: prepared.request };
}

/** It got too old on its way, which an API server under load may do to every try: the next one waits longer. */
function withBackOff(facts: Facts, operation: Operation): Operation {
  const delayMs = retryDelayMs({ class: 'transient' }, operation.attempt, spreadOf(facts.resource.uid));
  return { ...closedNotSent(operation, facts), failure: 'transient', notBefore: notBefore(facts, delayMs) };
}

function notBefore(facts: Facts, delayMs: number): string {
  return isoTime(facts.now.wall + delayMs + 999);
}

function answered(facts: Facts, operation: Operation, outcome: SubmitOutcome): Decision {
  switch (outcome.kind) {
    case 'accepted':
      return submitted(facts, operation, { jobId: outcome.jobId, requestId: outcome.requestId });
    case 'notSent':
      return notSent(facts, operation, {
        failure: outcome.failure,
        shown: failureSituation(facts, outcome.failure),
      });
    case 'refused':
      return outcome.failure.httpStatus === 400
        ? lookAfter400(facts, operation, outcome.failure)
        : refused(facts, operation, outcome.failure);
    case 'unknown':
      return recover(facts, operation);
    default: {
      const never: never = outcome;
      return never;
    }
  }
}

/**
 * The service answers 400 both for a wrong body and for a component that became busy in between. One fresh look tells them
 * apart; the look is repeated until it succeeds, the intent stays open meanwhile. A deletion does not wait for it: nothing was
 * accepted either way.
 */
function lookAfter400(facts: Facts, operation: Operation, failure: Failure): Decision {
  if (facts.resource.deleting)
    return write({ ...facts.resource.status, operation: closedNotSent(operation, facts) });
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup.decision;
  const component = lookup.value.kind === 'found' ? lookup.value.value : undefined;
  if (component !== undefined && !changedSince(facts, operation, component))
    return refused(facts, operation, failure);
  const message = `ServiceStage refused the change while the component was ${component?.status ?? 'missing'}; it is made when the component is idle.`;
  return notSent(facts, operation, {
    failure: { ...failure, class: 'transient' },
    shown: situation('remoteBusy', message),
  });
}

function changedSince(facts: Facts, operation: Operation, component: RemoteComponent): boolean {
  const { lastJobId } = component;
  const newerJob =
    lastJobId !== operation.baselineJobId &&
    lastJobId !== undefined &&
    !knownJobIds(facts.resource.status).includes(lastJobId);
  const replicaChanged = operation.type === 'Modify' && component.replica !== operation.replica;
  const unfit = operation.type === 'Scale' && !isScalable(component);
  return usability(component) !== 'ready' || unfit || newerJob || replicaChanged;
}

interface Setback {
  readonly failure: Failure;
  readonly shown: Situation;
}

function notSent(facts: Facts, operation: Operation, { failure, shown }: Setback): Decision {
  const delayMs = retryDelayMs(failure, operation.attempt, spreadOf(facts.resource.uid));
  const closed: Operation = {
    ...closedNotSent(operation, facts),
    failure: failure.class,
    message: clip(sentence(failure.message), 512),
    notBefore: notBefore(facts, delayMs),
  };
  const stamp = { generation: facts.resource.generation, wall: facts.now.wall };
  const status = withSituation(withoutJob({ ...facts.resource.status, operation: closed }), shown, stamp);
  const reason =
    failure.class === 'throttled'
      ? 'Throttled'
      : failure.class === 'credentials'
        ? 'CredentialsUnavailable'
        : 'SubmitFailed';
  const note = requestNote(`Nothing was changed, a new try follows: ${shown.message}`, failure.requestId);
  return write(status, {
    restMs: delayMs,
    memory: stuckSince(facts, failure),
    notes: [{ type: 'Warning', reason, action: operation.type, note }],
  });
}

function refused(facts: Facts, operation: Operation, failure: Failure): Decision {
  const message = refusalMessage(facts, operation, failure);
  const stored: Operation = {
    ...operation,
    failure: failure.class,
    ...(failure.requestId === undefined ? {} : { requestId: clip(failure.requestId, 64) }),
  };
  const after: Status = ended(facts.resource, stored, { phase: 'Refused', message, wall: facts.now.wall });
  const status = withSituation(withoutJob(after), situation('invalidSpec', message), {
    generation: spokenOf(facts.resource, operation),
    wall: facts.now.wall,
  });
  return write(status, {
    notes: [
      {
        type: 'Warning',
        reason: 'SubmitFailed',
        action: operation.type,
        note: requestNote(message, failure.requestId),
      },
    ],
  });
}

function refusalMessage(facts: Facts, operation: Operation, failure: Failure): string {
  const text = failure.message.replace(/[.\s]+$/, '');
  const { spec } = facts.resource;
  const where = spec.kind === 'valid' ? namedPath(spec.desired.component, text) : undefined;
  const cure =
    operation.type === 'Scale'
      ? 'correct spec.component.replica or spec.scaleHosts'
      : `correct ${where ?? 'spec.component'}`;
  return `ServiceStage refused the change: ${failure.code} ${text}; ${cure}.`;
}
