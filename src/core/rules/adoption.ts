// Adoption: the component already is what the spec asks for, so nothing is sent.
import type { LastApplied, Status } from '../../api/status.ts';
import { type Due, scaleDue, withFirstSightEcho } from '../causes.ts';
import { type SituationName, situation, withSituation } from '../conditions.ts';
import type { Account, Decision, Desired, Facts, Note } from '../facts.ts';
import { withEntry } from '../history.ts';
import { isFailed, remoteOf } from '../remote.ts';
import { clip } from '../text.ts';
import { isoTime } from '../time.ts';
import { writeOnlyPointers } from '../wire.ts';
import type { Clear } from './approach.ts';
import { afterState, withComparison } from './conclusion.ts';

/** A component that may be written to, and why it should be. */
export interface Approved extends Clear {
  readonly due: NonNullable<Due>;
}

/** Adoption is for resources without any operation: first sight, or restored without status. */
export function mayAdopt(status: Status, { component, lastJob }: Approved): boolean {
  if (status.operation !== undefined || status.lastApplied !== undefined || isFailed(component)) return false;
  return lastJob === undefined || lastJob.kind === 'missing' || lastJob.value.phase === 'succeeded';
}

export function adopt(facts: Facts, desired: Desired, approved: Approved): Decision {
  const { resource, now } = facts;
  const { component, account } = approved;
  const lastApplied: LastApplied = {
    generation: resource.generation,
    ...digestsOf(desired, account),
    version: clip(desired.version, 64),
    ...(desired.replica === undefined || component.replica === undefined
      ? {}
      : { replica: component.replica }),
    ...(component.lastJobId === undefined ? {} : { jobId: clip(component.lastJobId, 64) }),
    time: isoTime(now.wall),
  };
  const adopted: Status = {
    ...withFirstSightEcho(resource, resource.status),
    lastApplied,
    remote: remoteOf(component),
    history: withEntry(resource.status.history, {
      operationId: facts.newId,
      type: 'Modify',
      cause: 'Spec',
      generation: resource.generation,
      specDigest: desired.specDigest,
      version: clip(desired.version, 64),
      result: 'Adopted',
      finished: isoTime(now.wall),
    }),
  };
  const compared = withComparison(
    adopted,
    { kind: 'compared', after: 'check', changed: [], removed: [], ignored: 'no' },
    facts,
  );
  const shown = situationOfAdoption(facts, desired, { status: adopted, component: approved.component });
  const status = withSituation(compared, situation(shown[0], shown[1]), {
    generation: resource.generation,
    wall: now.wall,
  });
  return { kind: 'write', status, precondition: 'resourceVersion', notes: [adoptionNote(desired)] };
}

function situationOfAdoption(
  facts: Facts,
  desired: Desired,
  after: { readonly status: Status; readonly component: Approved['component'] },
): readonly [SituationName, string] {
  const scale = scaleDue({ ...facts.resource, status: after.status }, desired);
  if (scale.kind === 'due')
    return ['scaleWaiting', `The component equals the spec; ${scale.target} instances are asked for next.`];
  if (after.component.status === 'RUNNING')
    return ['adopted', `Version ${desired.version} was already in force; nothing was sent.`];
  return afterState(after.component, '');
}

function adoptionNote(desired: Desired): Note {
  const writeOnly = writeOnlyPointers(desired);
  const unseen =
    writeOnly.length === 0 ? '' : ` Not comparable, taken as equal: ${writeOnly.slice(0, 8).join(', ')}.`;
  return {
    type: 'Normal',
    reason: 'Adopted',
    action: 'Adopt',
    note: `The component already equals the spec; nothing was sent.${unseen}`,
  };
}

export function digestsOf(desired: Desired, account: Account) {
  return {
    specDigest: desired.specDigest,
    digestVersion: desired.digestVersion,
    ...(account.secretDigest === undefined ? {} : { secretDigest: account.secretDigest }),
    ...(account.keyId === undefined ? {} : { keyId: account.keyId }),
  };
}
