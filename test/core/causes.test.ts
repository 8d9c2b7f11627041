// What alone may lead to a write, as rows. decide.test.ts shows what follows from a cause; here is when there is one.
import { describe, expect, it } from 'vitest';
import type { Attempt, LastApplied, Operation, Status } from '../../src/api/status.ts';
import {
  isInForce,
  lastAttempt,
  modifyDue,
  pendingToken,
  scaleDue,
  withEcho,
  withFirstSightEcho,
  withOperationEcho,
} from '../../src/core/causes.ts';
import type { Account, Desired, Resource } from '../../src/core/facts.ts';
import { type CrOptions, cr, facts } from '../support/make.ts';

const FORCE = 'servicestage.io/force-apply-at';
const RESET = 'servicestage.io/reset-at';
const LOOK = 'servicestage.io/reconcile-requested-at';

function resourceOf(options: CrOptions): Resource {
  return facts({ object: cr(options) }).resource;
}

function desiredOf({ spec }: Resource): Desired {
  if (spec.kind === 'invalid') throw new TypeError(spec.message);
  return spec.desired;
}

const digest = desiredOf(resourceOf({})).specDigest;
const applied: LastApplied = { generation: 1, specDigest: digest, digestVersion: 1, jobId: 'JOB-1' };

function operation(changes: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    specDigest: digest,
    digestVersion: 1,
    attempt: 1,
    phase: 'Succeeded',
    submittedAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
}

function status(changes: Partial<Status> = {}): Status {
  return { observedGeneration: 1, operation: operation(), lastApplied: applied, ...changes };
}

function account(changes: Partial<Account> = {}): Account {
  return { secrets: {}, secretDigest: 'digest-1', keyId: 'key-1', ...changes };
}

const secret = { secretDigest: 'digest-1', keyId: 'key-1' };
const withSecret = status({ operation: operation(secret), lastApplied: { ...applied, ...secret } });
const failed = status({
  operation: operation({ phase: 'Failed' }),
  lastApplied: { ...applied, void: true },
});

interface ModifyRow {
  readonly name: string;
  readonly cr?: CrOptions;
  readonly account?: Account;
  readonly want: string;
}

const modifies: ModifyRow[] = [
  { name: 'a resource that nothing was done for', cr: {}, want: 'Spec' },
  { name: 'a spec that is in force', cr: { status: status() }, want: '-' },
  {
    name: 'another spec than the last attempt',
    cr: { status: status(), component: { version: '1.0.2' } },
    want: 'Spec',
  },
  { name: 'the spec that failed', cr: { status: failed }, want: '-' },
  {
    name: 'another spec than the one that failed',
    cr: { status: failed, component: { version: '1.0.2' } },
    want: 'Spec',
  },
  {
    name: 'an older spec that comes back after a failure',
    cr: {
      status: status({
        operation: operation({ phase: 'Failed', specDigest: 'other' }),
        lastApplied: { ...applied, void: true },
      }),
    },
    want: 'Spec',
  },
  {
    name: 'a try that was not sent',
    cr: {
      status: { observedGeneration: 1, operation: operation({ phase: 'NotSent' }) },
    },
    want: 'Spec',
  },
  {
    name: 'a try that was not sent, after the same spec had failed',
    cr: {
      status: status({
        operation: operation({
          phase: 'NotSent',
          previousModify: { result: 'Failed', generation: 1, specDigest: digest, digestVersion: 1 },
        }),
        lastApplied: { ...applied, void: true },
      }),
    },
    want: '-',
  },
  {
    name: 'a digest of an algorithm it does not know, same generation',
    cr: {
      status: status({
        operation: operation({ digestVersion: 7, specDigest: 'x' }),
        lastApplied: { ...applied, digestVersion: 7, specDigest: 'x' },
      }),
    },
    want: '-',
  },
  { name: 'a new force token', cr: { status: status(), annotations: { [FORCE]: 'a' } }, want: 'Force a' },
  {
    name: 'a force token that was handled',
    cr: { status: status({ lastHandledForceAt: 'a' }), annotations: { [FORCE]: 'a' } },
    want: '-',
  },
  {
    name: 'an empty force token',
    cr: { status: status(), annotations: { [FORCE]: '' } },
    want: '-',
  },
  {
    name: 'a force token longer than an echo can hold, handled',
    cr: {
      status: withEcho(status(), { force: `${'a'.repeat(125)}\u2026` }),
      annotations: { [FORCE]: 'a'.repeat(500) },
    },
    want: '-',
  },
  {
    name: 'a reset token after a failure',
    cr: { status: failed, annotations: { [RESET]: 'a' } },
    want: 'Reset a',
  },
  {
    name: 'a reset token while all is well',
    cr: { status: status(), annotations: { [RESET]: 'a' } },
    want: '-',
  },
  { name: 'a request to look', cr: { status: status(), annotations: { [LOOK]: 'a' } }, want: '-' },
  { name: 'an unchanged Secret', cr: { status: withSecret }, account: account(), want: '-' },
  {
    name: 'a changed Secret',
    cr: { status: withSecret },
    account: account({ secretDigest: 'digest-2' }),
    want: 'Secret',
  },
  { name: 'a Secret that was not read', cr: { status: withSecret }, want: '-' },
  {
    name: 'a changed Secret where roll-out is switched off',
    cr: { status: withSecret, spec: { rolloutOnSecretChange: false } },
    account: account({ secretDigest: 'digest-2' }),
    want: '-',
  },
  {
    name: 'a Secret digest under a key that was lost',
    cr: { status: withSecret },
    account: account({ secretDigest: 'digest-2', keyId: 'key-2' }),
    want: '-',
  },
  {
    name: 'a Secret digest where none was kept before',
    cr: { status: status() },
    account: account(),
    want: '-',
  },
];

describe('modifyDue', () => {
  it.each(modifies)('$name: $want', ({ cr: options = {}, account: read, want }) => {
    const resource = resourceOf(options);
    const due = modifyDue(resource, desiredOf(resource), read);
    expect(due === undefined ? '-' : [due.cause, due.token].filter(Boolean).join(' ')).toBe(want);
  });
});

describe('isInForce', () => {
  it.each<[string, Status, boolean]>([
    ['the spec that was applied', status(), true],
    ['nothing applied yet', { observedGeneration: 1 }, false],
    ['an applied spec made void', status({ lastApplied: { ...applied, void: true } }), false],
    ['another spec', status({ lastApplied: { ...applied, specDigest: 'x' } }), false],
    ['an open intent', status({ operation: operation({ phase: 'Intent' }) }), false],
    ['a running job', status({ operation: operation({ phase: 'Submitted' }) }), false],
  ])('%s: %s', (_name, given, want) => {
    const resource = resourceOf({ status: given });
    expect(isInForce(resource, desiredOf(resource), undefined)).toBe(want);
  });
});

describe('scaleDue', () => {
  const scale = (phase: Operation['phase'], replica = 3) => operation({ type: 'Scale', phase, replica });
  const wants3: CrOptions = { component: { replica: 3 } };
  it.each<[string, CrOptions, string]>([
    ['no number in the spec', { status: status() }, 'none'],
    [
      'the number that was applied',
      { ...wants3, status: status({ lastApplied: { ...applied, replica: 3 } }) },
      'none',
    ],
    [
      'another number',
      { ...wants3, status: status({ lastApplied: { ...applied, replica: 1 } }) },
      'due Replica',
    ],
    [
      'a number after a scaling that failed',
      { ...wants3, status: status({ operation: scale('Failed') }) },
      'held',
    ],
    [
      'another number after a scaling that failed',
      { ...wants3, status: status({ operation: scale('Failed', 5) }) },
      'due Replica',
    ],
    [
      'a scaling that was not sent',
      { ...wants3, status: status({ operation: scale('NotSent') }) },
      'due Replica',
    ],
    [
      'a scaling that failed, and a reset token',
      { ...wants3, status: status({ operation: scale('Failed') }), annotations: { [RESET]: 'a' } },
      'due Reset',
    ],
  ])('%s: %s', (_name, options, want) => {
    const resource = resourceOf(options);
    const due = scaleDue(resource, desiredOf(resource));
    expect(due.kind === 'due' ? `due ${due.cause}` : due.kind).toBe(want);
  });
});

describe('lastAttempt', () => {
  const before: Attempt = { result: 'Failed', generation: 1 };
  it.each<[Operation['phase'], Attempt['result']]>([
    ['Succeeded', 'Succeeded'],
    ['Failed', 'Failed'],
    ['Refused', 'Refused'],
    ['UnknownOutcome', 'UnknownOutcome'],
    ['JobLost', 'JobLost'],
    ['NotSent', 'Failed'],
    ['Intent', 'Failed'],
    ['Submitted', 'Failed'],
  ])('of a modify in phase %s is the one that ended %s', (phase, want) => {
    const given = status({ operation: operation({ phase, previousModify: before }) });
    expect(lastAttempt(given, 'Modify')?.result).toBe(want);
  });

  it('of a modify survives a scaling', () => {
    const given = status({ operation: operation({ type: 'Scale', previousModify: before }) });
    expect(lastAttempt(given, 'Modify')).toEqual(before);
    expect(lastAttempt(given, 'Scale')?.result).toBe('Succeeded');
  });
});

describe('tokens', () => {
  const annotations = { [FORCE]: 'f', [RESET]: 'r', [LOOK]: 'l' };

  it('that are there at first sight are recorded, not executed', () => {
    const resource = resourceOf({ annotations });
    expect(pendingToken(resource, 'force')).toBeUndefined();
    expect(withFirstSightEcho(resource, resource.status)).toMatchObject({
      lastHandledForceAt: 'f',
      lastHandledResetAt: 'r',
      lastHandledReconcileAt: 'l',
    });
  });

  it('that come later wait to be handled', () => {
    const resource = resourceOf({ annotations, status: status() });
    expect(pendingToken(resource, 'force')).toBe('f');
    expect(withFirstSightEcho(resource, resource.status)).toBe(resource.status);
  });

  it.each<[Operation['cause'], string | undefined, Partial<Status>]>([
    ['Force', 'a', { lastHandledForceAt: 'a' }],
    ['Reset', 'a', { lastHandledResetAt: 'a' }],
    ['Spec', undefined, {}],
  ])('of an operation for %s with token %s are echoed by its end', (cause, token, want) => {
    const ended = operation({ cause, ...(token === undefined ? {} : { token }) });
    expect(withOperationEcho({ observedGeneration: 1 }, ended)).toEqual({ observedGeneration: 1, ...want });
  });
});
