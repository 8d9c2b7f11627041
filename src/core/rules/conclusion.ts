// The end of a job that worked: what is in force now, what the component says about itself, and where it differs.
import type { Attempt, Drift, Operation, Status } from '../../api/status.ts';
import { isInForce, scaleDue } from '../causes.ts';
import { type SituationName, situation, withSituation, withSynced } from '../conditions.ts';
import { driftedPointers, driftOf, notAppliedPointers, withRevertCounted } from '../drift.ts';
import type { Decision, Desired, Facts, Note, Resource } from '../facts.ts';
import { ended } from '../history.ts';
import { remoteOf, usability } from '../remote.ts';
import type { Job, RemoteComponent } from '../types.ts';
import { type Comparison, compareAfterJob } from '../wire.ts';
import { GRAY_MESSAGE } from './approach.ts';
import { show, spokenOf, write } from './steps.ts';

/** A situation and its message. */
export type Shown = readonly [SituationName, string];

interface Conclusion {
  readonly component: RemoteComponent;
  readonly job?: Job;
  readonly message: string;
  readonly result?: string;
}

/** The change is in force: result, lastApplied, history and what the component says, in one write. */
export function conclude(facts: Facts, operation: Operation, conclusion: Conclusion): Decision {
  const { component, job, result } = conclusion;
  const end = { phase: 'Succeeded', message: conclusion.message, wall: facts.now.wall, component } as const;
  const after = ended(facts.resource, operation, {
    ...end,
    ...(job === undefined ? {} : { job }),
    ...(result === undefined ? {} : { result }),
  });
  const withRemote: Status = { ...after, remote: remoteOf(component) };
  const shown = shownFor(facts, withRemote, situationAfterJob(facts, withRemote, component));
  const comparison = compareAfterJob(facts, operation, component);
  const compared = withComparison(shown, comparison, facts);
  const status = withRevertCounted(compared, facts.resource.status, { operation, wall: facts.now.wall });
  return write(status, { notes: successNotes(operation, conclusion, status), memory: { failures: 0 } });
}

function situationAfterJob(facts: Facts, after: Status, component: RemoteComponent): Shown {
  const { spec, generation } = facts.resource;
  const state = afterState(component, inForceMessage(after));
  if (state[0] !== 'inForce' || spec.kind !== 'valid') return state;
  const newest = after.operation?.generation === generation;
  // The count that the operation's own generation asked for is not known any more.
  if (!newest && spec.desired.replica !== undefined)
    return ['scaleWaiting', 'The change is in force; the newer spec is looked at next.'];
  return newest ? withCount({ ...facts.resource, status: after }, spec.desired, state) : state;
}

/** The modify is in force: Ready waits for the instance count, and says so when its last attempt did not reach it. */
export function withCount(resource: Resource, desired: Desired, inForce: Shown): Shown {
  const scale = scaleDue(resource, desired);
  switch (scale.kind) {
    case 'none':
      return inForce;
    case 'held':
      return heldBy(scale.attempt);
    case 'due':
      return ['scaleWaiting', `The change is in force; ${scale.target} instances are asked for next.`];
    default: {
      const never: never = scale;
      return never;
    }
  }
}

/** What an attempt that did not succeed shows until there is a new cause. */
export function heldBy(attempt: Attempt | undefined): Shown {
  const message = attempt?.message ?? 'The last attempt did not succeed.';
  switch (attempt?.result) {
    case 'Refused':
      return ['invalidSpec', message];
    case 'UnknownOutcome':
      return ['unknownOutcome', message];
    case 'JobLost':
      return ['jobLost', message];
    default:
      return ['jobFailed', message];
  }
}

/** What Ready says once nothing is left to send, by the component's own state. */
export function afterState(component: RemoteComponent, message: string): Shown {
  if (component.status === 'RUNNING') return ['inForce', message];
  if (usability(component) === 'gray') return ['grayWaiting', GRAY_MESSAGE];
  return [
    'startingUp',
    `The job succeeded; the component is ${component.status || 'in an unknown state'} and not RUNNING yet.`,
  ];
}

export function inForceMessage(status: Status): string {
  const version = status.lastApplied?.version;
  return version === undefined ? 'The spec is in force.' : `Version ${version} is in force.`;
}

/** `after` showing an end of its operation. Ready is never said of an edit that only waits behind the operation. */
export function shownFor(facts: Facts, after: Status, shown: Shown): Status {
  const { resource } = facts;
  const { operation } = after;
  const spoken = operation === undefined ? resource.generation : spokenOf(resource, operation);
  const truthful = shown[0] !== 'inForce' || isSpecInForce({ ...resource, status: after });
  const generation = truthful ? spoken : (operation?.generation ?? spoken);
  return withSituation(after, situation(shown[0], shown[1]), { generation, wall: facts.now.wall });
}

function isSpecInForce(resource: Resource): boolean {
  return resource.spec.kind === 'valid' && isInForce(resource, resource.spec.desired, undefined);
}

/** Synced and drift after a comparison; what could not be compared says so. */
export function withComparison(status: Status, comparison: Comparison, { now, newId }: Watch): Status {
  const { drift: before, ...others } = status;
  if (comparison.kind === 'unknown') {
    return withSynced(status, { status: 'Unknown', reason: 'NotChecked', message: comparison.why }, now.wall);
  }
  const drift = driftOf(before, comparison, { wall: now.wall, newId });
  if (drift !== undefined) return withSynced({ ...others, drift }, differing(drift), now.wall);
  return withSynced(others, comparison.ignored === 'yes' ? IGNORED : IN_SYNC, now.wall);
}

type Watch = Pick<Facts, 'now' | 'newId'>;

const IN_SYNC = { status: 'True', reason: 'InSync', message: 'The component equals the spec.' } as const;
const IGNORED = {
  status: 'True',
  reason: 'DriftIgnored',
  message: 'The component differs only where spec.ignoreDifferences says that it may.',
} as const;

function differing(drift: Drift) {
  const drifted = driftedPointers(drift);
  const notApplied = notAppliedPointers(drift);
  const named = (pointers: readonly string[]) => pointers.slice(0, 5).join(', ');
  if (drifted.length > 0) {
    const message = `The component differs from the spec at ${named(drifted)}.`;
    return { status: 'False', reason: 'Drifted', message } as const;
  }
  if (notApplied.length > 0) {
    const message = `The job succeeded but the component differs at ${named(notApplied)}.`;
    return { status: 'False', reason: 'NotApplied', message } as const;
  }
  const message = `No longer in the spec but still set in ServiceStage: ${named(drift.fields.map(({ pointer }) => pointer))}. Write an empty value to clear it.`;
  return { status: 'False', reason: 'Drifted', message } as const;
}

function successNotes(operation: Operation, conclusion: Conclusion, { drift }: Status): Note[] {
  const done = conclusion.message || `Job ${operation.jobId} succeeded.`;
  const notes: Note[] = [{ type: 'Normal', reason: 'JobSucceeded', action: operation.type, note: done }];
  if (drift !== undefined) {
    const { message } = differing(drift);
    return [...notes, { type: 'Warning', reason: 'DriftDetected', action: 'Compare', note: message }];
  }
  if (operation.cause !== 'Drift') return notes;
  const note = 'The component was set back to the spec (driftPolicy).';
  return [...notes, { type: 'Normal', reason: 'DriftCorrected', action: 'Compare', note }];
}

/** Shows that a follow-up look is due without a write per look. */
export function waitShown(facts: Facts, shown: Shown, ms: number): Decision {
  return show(facts, situation(shown[0], shown[1]), { restMs: ms, why: 'component not running yet' });
}
