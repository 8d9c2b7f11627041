// A status as a JSON Patch that carries its own precondition. Only the members that changed are written, so that a write
// can neither revive nor wipe what it does not speak of.
import type { Status } from '../api/status.ts';
import type { Precondition, Resource } from '../core/facts.ts';
import type { JsonPatch } from './ports.ts';

type Operation = JsonPatch[number];

/** A table, so that the compiler asks for every member of the status. */
const TABLE: { readonly [K in keyof Status]-?: true } = {
  observedGeneration: true,
  conditions: true,
  operation: true,
  lastApplied: true,
  remote: true,
  drift: true,
  reverts: true,
  overwritten: true,
  history: true,
  lastHandledReconcileAt: true,
  lastHandledForceAt: true,
  lastHandledResetAt: true,
  lastHandledApproval: true,
  lastHandledOperation: true,
};
const MEMBERS = Object.keys(TABLE) as readonly (keyof Status)[];

/** The patch from the status that was judged to `next`; empty when they are equal. */
export function statusPatch(resource: Resource, next: Status, precondition: Precondition): JsonPatch {
  const changes = resource.hasStatus
    ? MEMBERS.flatMap((member) => change(member, resource.status, next))
    : [{ op: 'add', path: '/status', value: next } as const];
  return changes.length === 0 ? [] : [...tests(resource, precondition), ...changes];
}

function change(member: keyof Status, before: Status, next: Status): Operation[] {
  const value = next[member];
  if (JSON.stringify(value) === JSON.stringify(before[member])) return [];
  return value === undefined
    ? [{ op: 'remove', path: `/status/${member}` }]
    : [{ op: 'add', path: `/status/${member}`, value }];
}

/**
 * The object's identity always; then either its exact version, or the operation and the phase that the write leaves and the
 * generation that the status speaks of.
 */
function tests(resource: Resource, precondition: Precondition): Operation[] {
  const uid = { op: 'test', path: '/metadata/uid', value: resource.uid } as const;
  const { operation } = resource.status;
  if (precondition === 'resourceVersion' || operation === undefined) {
    return [uid, { op: 'test', path: '/metadata/resourceVersion', value: resource.resourceVersion }];
  }
  return [
    uid,
    { op: 'test', path: '/status/operation/id', value: operation.id },
    { op: 'test', path: '/status/operation/phase', value: operation.phase },
    // Between two passes at rest the operation stays the same; a view of an older generation must not speak over a newer one.
    { op: 'test', path: '/status/observedGeneration', value: resource.status.observedGeneration },
  ];
}
