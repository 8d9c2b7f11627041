// The judge of random sequences notices when the operator is wrong: with its judgement broken in one way each, a short sequence
// is enough. A judge that never objects would prove nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decision, Facts } from '../../src/core/facts.ts';
import { type EmbeddedKube, startEmbeddedKube } from '../support/embedded-kube.ts';
import { runSequence } from './run.ts';
import type { Step } from './steps.ts';

type Judgement = (facts: Facts) => Decision;

interface Broken {
  readonly name: string;
  readonly rule: string;
  readonly steps: readonly Step[];
  readonly judge: (real: Judgement) => Judgement;
}

const wait = { do: 'wait', seconds: 60 } as const;
const edit = { do: 'edit', version: 2, note: 0 } as const;

/** The status of the facts changed before they are judged. */
function pretending(
  facts: Facts,
  change: (status: Facts['resource']['status']) => Facts['resource']['status'],
): Facts {
  return { ...facts, resource: { ...facts.resource, status: change(facts.resource.status) } };
}

/** Every status that is written, changed. */
function writing(
  real: Judgement,
  change: (status: Facts['resource']['status']) => Facts['resource']['status'],
): Judgement {
  return (facts) => {
    const decision = real(facts);
    return decision.kind === 'write' ? { ...decision, status: change(decision.status) } : decision;
  };
}

const BROKEN: readonly Broken[] = [
  {
    name: 'a lost answer is taken for a call that never left',
    rule: 'ONCE',
    steps: [wait, { do: 'lostWrite', how: 'acted' }, edit, wait],
    judge: (real) => (facts) => {
      const { operation } = facts.resource.status;
      const { answer } = facts.memory;
      const lost = answer?.to === 'submit' && answer.outcome.kind === 'unknown';
      if (operation?.phase !== 'Intent' || !lost) return real(facts);
      const status = { ...facts.resource.status, operation: { ...operation, phase: 'NotSent' as const } };
      return { kind: 'write', status, precondition: 'operation', notes: [] };
    },
  },
  {
    name: 'a failed job is forgotten, so that the same is sent again',
    rule: 'ONCE',
    steps: [wait, { do: 'jobScript', end: 'FAILED', seconds: 1 }, edit, wait, wait],
    judge: (real) => (facts) =>
      real(
        pretending(facts, (status) => {
          const { operation, lastApplied: _, ...others } = status;
          return operation?.phase === 'Failed' ? { ...others } : status;
        }),
      ),
  },
  {
    name: 'a force token is not echoed',
    rule: 'ONCE',
    steps: [wait, { do: 'token', kind: 'force' }, wait, wait],
    judge: (real) =>
      writing(real, (status) => {
        const { lastHandledForceAt: _, ...others } = status;
        return others;
      }),
  },
  {
    name: 'the history is not kept',
    rule: 'TOLD',
    steps: [wait],
    judge: (real) =>
      writing(real, (status) => {
        const { history: _, ...others } = status;
        return others;
      }),
  },
  {
    name: 'a suspended resource is worked on',
    rule: 'PAUSE',
    steps: [wait, { do: 'suspend' }, edit, wait, { do: 'resume' }],
    judge: (real) => (facts) => {
      const { spec } = facts.resource;
      if (spec.kind === 'invalid') return real(facts);
      const desired = { ...spec.desired, suspend: false };
      return real({ ...facts, resource: { ...facts.resource, spec: { kind: 'valid', desired } } });
    },
  },
  {
    name: 'Ready is said while it is worked on',
    rule: 'STATUS',
    steps: [wait, edit],
    judge: (real) =>
      writing(real, (status) => ({
        ...status,
        conditions: (status.conditions ?? []).map((c) =>
          c.type === 'Ready' ? { ...c, status: 'True' as const } : c,
        ),
      })),
  },
  {
    name: 'a component that is equal is looked at every 20 s and told anew',
    rule: 'CALM',
    steps: [wait],
    judge: (real) => (facts) => {
      const decision = real(facts);
      const { status } = facts.resource;
      if (decision.kind !== 'rest' || status.operation?.phase !== 'Succeeded') return decision;
      const remote = { ...status.remote, version: `looked at ${Math.round(facts.now.mono)}` };
      return {
        kind: 'write',
        status: { ...status, remote },
        precondition: 'operation',
        notes: [],
        restMs: 20_000,
      };
    },
  },
];

describe('the judge of random sequences', () => {
  let kube: EmbeddedKube;
  beforeAll(async () => {
    kube = await startEmbeddedKube();
  });
  afterAll(() => kube?.stop());

  it.each(BROKEN)('notices when $name', { timeout: 120_000 }, async ({ steps, judge, rule }) => {
    expect(await runSequence(kube, steps)).toEqual([]);
    expect((await runSequence(kube, steps, { judge })).join('\n')).toContain(`${rule}:`);
  });
});
