// A component that did not run after its job is looked at until it does; digests under a lost key are written anew.
import { describe, expect, it } from 'vitest';
import type { Condition, Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import type { RemoteComponent } from '../../src/core/types.ts';
import { type CrOptions, cr, type FactsOptions, facts, remote, START_WALL } from '../support/make.ts';
import {
  AT,
  condition,
  inForce,
  MINUTE,
  message,
  NOW,
  operation,
  READY,
  SPEC_DIGEST,
  shown,
  written,
} from './given.ts';

const DUE = { checkDueMono: NOW };
const SEEN = { componentStatus: 'RUNNING', version: '2023.0323.15181', replica: 1, lastJobId: 'JOB-1' };
const IN_SYNC = condition('Synced', ['True', 'InSync'], 'The component equals the spec.');
const known = (changes: Partial<Status> = {}): Status =>
  inForce({ conditions: [...READY, IN_SYNC], remote: SEEN, ...changes });
const same = (changes: Partial<RemoteComponent> = {}) => remote({ lastJobId: 'JOB-1', ...changes });
const other = remote({ lastJobId: 'JOB-1', body: { version: '1.0.0' } });

function judge(object: CrOptions, options: FactsOptions = {}): Decision {
  return decide(facts({ object: cr(object), ...options }));
}

describe('a digest under a key that was lost', () => {
  const digests = { secretDigest: 'old', keyId: 'key-1' };
  const account = { secrets: {}, secretDigest: 'new', keyId: 'key-2' };
  const look = (status: Status, value = account) =>
    judge(
      { spec: { interval: '10m' }, status },
      { memory: DUE, component: same(), reads: { account: { kind: 'ok', value } } },
    );
  const applied = { ...known().lastApplied, generation: 1, ...digests };
  const anew = { secretDigest: 'new', keyId: 'key-2' };

  it('is written anew where it stands: in the last modify and in what is applied', () => {
    const { status } = written(look(known({ operation: operation(digests), lastApplied: applied })));
    expect(status.operation).toMatchObject(anew);
    expect(status.lastApplied).toMatchObject(anew);
  });

  it('is written anew in the modify that a scale remembers', () => {
    const previousModify = { result: 'Succeeded', generation: 1, ...digests } as const;
    const scale = operation({ type: 'Scale', previousModify });
    const { status } = written(look(known({ operation: scale, lastApplied: applied })));
    expect(status.operation?.previousModify).toMatchObject(anew);
    expect(status.operation).not.toHaveProperty('keyId');
  });

  it('is nothing to a scale that remembers no modify', () => {
    const { status } = written(
      look(known({ operation: operation({ type: 'Scale' }), lastApplied: applied })),
    );
    expect(status.operation).toEqual(operation({ type: 'Scale' }));
  });

  it('is written anew in the modify before one that was not sent', () => {
    const previousModify = {
      result: 'Succeeded',
      generation: 1,
      specDigest: SPEC_DIGEST,
      digestVersion: 1,
      ...digests,
    } as const;
    const closed = operation({ phase: 'NotSent', previousModify });
    const { status } = written(look(known({ operation: closed, lastApplied: applied })));
    expect(status.operation?.previousModify).toMatchObject(anew);
    expect(status.operation).not.toHaveProperty('keyId');
  });

  it('is written anew where nothing was ever applied', () => {
    const refused = operation({ phase: 'Refused', message: 'Refused.', ...digests });
    const { lastApplied: _none, ...never } = known({ operation: refused, conditions: [] });
    const first = written(look(never)).status;
    const asked = { 'servicestage.io/reconcile-requested-at': 'a' };
    const { status } = written(
      judge(
        { annotations: asked, status: first },
        { memory: DUE, component: same(), reads: { account: { kind: 'ok', value: account } } },
      ),
    );
    expect(status.operation).toMatchObject(anew);
    expect(status).not.toHaveProperty('lastApplied');
  });

  it('stays as it is under the present key also when a Secret changed that rolls nothing out', () => {
    const object = {
      spec: { interval: '10m', rolloutOnSecretChange: false },
      status: known({ operation: operation(digests), lastApplied: applied }),
    };
    const changed = { ...account, keyId: 'key-1' };
    const options = {
      memory: DUE,
      component: same(),
      reads: { account: { kind: 'ok', value: changed } },
    } as const;
    expect(judge(object, options).kind).toBe('rest');
  });

  it('is written anew in what was adopted', () => {
    const { operation: _none, ...adopted } = known({ lastApplied: applied });
    const { status } = written(look(adopted));
    expect(status).not.toHaveProperty('operation');
    expect(status.lastApplied).toMatchObject(anew);
  });

  it.each([
    ['under the present key', { ...account, keyId: 'key-1', secretDigest: 'old' }],
    ['when the account has no key', { secrets: {}, secretDigest: 'new', keyId: undefined }],
    ['when the account has no digest', { secrets: {}, secretDigest: undefined, keyId: 'key-2' }],
  ])('stays as it is %s', (_name, value) => {
    expect(look(known({ operation: operation(digests), lastApplied: applied }), value as never).kind).toBe(
      'rest',
    );
  });
});

const STALLED = [
  condition('Ready', ['False', 'NotRunning']),
  condition('Stalled', ['True', 'NotRunning']),
  condition('JobSucceeded', ['True', 'JobSucceeded']),
];

describe('a component that did not run after its job', () => {
  const polling = (since = AT): Condition[] => [
    { ...condition('Ready', ['Unknown', 'Progressing'], 'not RUNNING yet'), lastTransitionTime: since },
    condition('Reconciling', ['True', 'Polling'], 'not RUNNING yet'),
    condition('JobSucceeded', ['True', 'JobSucceeded']),
  ];
  const follow = (
    conditions: readonly Condition[],
    component: RemoteComponent | 'missing',
    options: FactsOptions = {},
  ) => judge({ status: inForce({ conditions: [...conditions] }) }, { component, ...options });

  it.each([
    ['is looked at until it does', 10 * MINUTE - 1_000, 'Reconciling=True/Polling', 10_000],
    ['stalls after ten minutes, and is looked at less often', 10 * MINUTE, 'Stalled=True/NotRunning', 60_000],
  ])('%s', (_name, age, want, restMs) => {
    const decision = written(follow(polling(), same({ status: 'PENDING' }), { wall: START_WALL + age }));
    expect(shown(decision.status)).toContain(want);
    expect(decision.restMs).toBe(restMs);
  });

  it('has ten minutes from the loss of Ready, when that came later than its job', () => {
    const since = new Date(START_WALL + 5 * MINUTE).toISOString();
    const decision = written(
      follow(polling(since), same({ status: 'PENDING' }), { wall: START_WALL + 14 * MINUTE }),
    );
    expect(shown(decision.status)).toContain('Reconciling=True/Polling');
  });

  it('stays stalled while it does not run', () => {
    const decision = written(follow(STALLED, same({ status: 'DOWN' })));
    expect(message(decision.status)).toContain('the component is DOWN for over ten minutes');
    expect(shown(decision.status)).toContain('Stalled=True/NotRunning');
  });

  it('says so when its state is unknown', () => {
    expect(message(written(follow(STALLED, same({ status: '' }))).status)).toContain('in an unknown state');
  });

  it('waits for the decision on a gray release without a stall', () => {
    const gray = [
      condition('Ready', ['Unknown', 'GrayReleaseWaiting']),
      condition('Reconciling', ['True', 'GrayReleaseWaiting']),
    ];
    const decision = written(follow(gray, same({ status: 'GRAYING' }), { wall: START_WALL + 60 * MINUTE }));
    expect(shown(decision.status)).toContain('Reconciling=True/GrayReleaseWaiting');
    expect(decision.restMs).toBe(30_000);
  });

  it('is Ready and compared once it runs', () => {
    const { status } = written(follow(polling(), same()));
    expect(shown(status)).toBe('Ready=True/Succeeded JobSucceeded=True/JobSucceeded Synced=True/InSync');
    expect(status.remote).toMatchObject({ componentStatus: 'RUNNING' });
    expect(status.observedGeneration).toBe(1);
  });

  it('is Ready and not compared where differences are ignored', () => {
    const object = { spec: { driftPolicy: 'Ignore' }, status: inForce({ conditions: polling() }) };
    const { status } = written(judge(object, { component: other }));
    expect(shown(status)).toBe('Ready=True/Succeeded JobSucceeded=True/JobSucceeded');
  });

  it('is said to be gone when it is', () => {
    expect(shown(written(follow(polling(), 'missing')).status)).toContain('Stalled=True/NotFound');
  });
});
