// A status write as a patch: what it tests, what it changes, and that it changes nothing else.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../src/api/status.ts';
import { statusPatch } from '../../src/controller/patch.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { readResource } from '../../src/controller/resource.ts';
import type { Resource } from '../../src/core/facts.ts';
import { jsonPatch } from '../fakes/embedded/patch/json-patch.ts';
import { cr } from '../support/make.ts';

const operation: Operation = {
  id: 'op-1',
  type: 'Modify',
  cause: 'Spec',
  generation: 1,
  attempt: 1,
  phase: 'Intent',
  submittedAt: '2026-01-01T00:00:00Z',
};
const UID = { op: 'test', path: '/metadata/uid', value: 'uid-1' };
const VERSION = { op: 'test', path: '/metadata/resourceVersion', value: '10' };
const ID = { op: 'test', path: '/status/operation/id', value: 'op-1' };
const PHASE = { op: 'test', path: '/status/operation/phase', value: 'Intent' };
const GENERATION = { op: 'test', path: '/status/observedGeneration', value: 1 };

function resourceOf(status: Status): Resource {
  return readResource(cr({ status })).resource;
}

describe('statusPatch', () => {
  const before: Status = { observedGeneration: 1, operation };

  it('is empty when nothing changes', () => {
    expect(statusPatch(resourceOf(before), structuredClone(before), 'operation')).toEqual([]);
  });

  it.each(['operation', 'resourceVersion'] as const)(
    'tests the exact version while there is no operation (precondition %s)',
    (precondition) => {
      const next: Status = { observedGeneration: 2 };
      expect(statusPatch(resourceOf({ observedGeneration: 1 }), next, precondition)).toEqual([
        UID,
        VERSION,
        { op: 'add', path: '/status/observedGeneration', value: 2 },
      ]);
    },
  );

  it('tests the operation and the phase that it leaves', () => {
    const next: Status = { ...before, operation: { ...operation, phase: 'Submitted', jobId: 'JOB-1' } };
    expect(statusPatch(resourceOf(before), next, 'operation')).toEqual([
      UID,
      ID,
      PHASE,
      GENERATION,
      { op: 'add', path: '/status/operation', value: next.operation },
    ]);
  });

  it('tests the exact version for an intent, also over an operation', () => {
    const next: Status = { ...before, operation: { ...operation, id: 'op-2' } };
    expect(statusPatch(resourceOf(before), next, 'resourceVersion').slice(0, 2)).toEqual([UID, VERSION]);
  });

  it('removes what is no longer there', () => {
    const drift: Status = { ...before, drift: { since: '2026-01-01T00:00:00Z', fields: [] } };
    expect(statusPatch(resourceOf(drift), before, 'operation').at(-1)).toEqual({
      op: 'remove',
      path: '/status/drift',
    });
  });

  it('adds the whole status where the object has none', () => {
    const { status: _, ...object } = cr();
    const next: Status = { observedGeneration: 1 };
    const patch = statusPatch(readResource(object as KubeObject).resource, next, 'resourceVersion');
    expect(patch).toEqual([UID, VERSION, { op: 'add', path: '/status', value: next }]);
  });
});

const optional = <T>(value: T) => fc.option(fc.constant(value), { nil: undefined });
const token = fc.option(fc.constantFrom('a', 'b'), { nil: undefined });
const statuses = fc
  .record({
    observedGeneration: fc.constantFrom(-1, 1, 2),
    operation: fc.option(
      fc.record({
        id: fc.constantFrom('op-1', 'op-2'),
        phase: fc.constantFrom('Intent' as const, 'Submitted' as const),
      }),
      { nil: undefined },
    ),
    lastApplied: optional({ generation: 1 }),
    remote: optional({ version: '1.0.0' }),
    history: optional([]),
    lastHandledForceAt: token,
    lastHandledResetAt: token,
    lastHandledReconcileAt: token,
  })
  .map(({ operation: op, ...rest }) => {
    const whole = op === undefined ? rest : { ...rest, operation: { ...operation, ...op } };
    return JSON.parse(JSON.stringify(whole)) as Status;
  });

it('turns the status that was judged into the next one, and leaves what it does not know', () => {
  fc.assert(
    fc.property(statuses, statuses, (before, next) => {
      const object = cr({ status: before });
      const stored = { ...object, status: { ...object.status, future: 'kept' } };
      const patch = statusPatch(resourceOf(before), next, 'operation');
      const after = jsonPatch(JSON.parse(JSON.stringify(stored)), JSON.parse(JSON.stringify(patch)));
      expect(after).toEqual({ ...JSON.parse(JSON.stringify(object)), status: { ...next, future: 'kept' } });
    }),
  );
});

it('fails as a whole on an object that another operation or another object has replaced', () => {
  const before: Status = { observedGeneration: 1, operation };
  const next: Status = { ...before, operation: { ...operation, phase: 'Submitted' } };
  const patch = JSON.parse(JSON.stringify(statusPatch(resourceOf(before), next, 'operation')));
  const object = JSON.parse(JSON.stringify(cr({ status: before })));
  const others = [
    { ...object, metadata: { ...object.metadata, uid: 'uid-2' } },
    { ...object, status: { ...before, operation: { ...operation, id: 'op-2' } } },
    { ...object, status: { ...before, operation: { ...operation, phase: 'Submitted' } } },
    { ...object, status: { observedGeneration: -1 } },
  ];
  for (const other of others) expect(() => jsonPatch(other, patch)).toThrow();
  expect(() => jsonPatch(object, patch)).not.toThrow();
});
