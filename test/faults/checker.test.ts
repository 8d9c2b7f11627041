// Each rule of the checker can fail: a good run, told by hand, with one thing wrong in it.
import { describe, expect, it } from 'vitest';
import { exampleComponentId, type JournalEntry } from '../fakes/simulator/index.ts';
import { type Causes, type Evidence, judge } from './checker.ts';
import { component, condition, entry, evidence, job, resource, sent, told } from './evidence.ts';

const CAUSES: Causes = { wishes: [{ version: '1' }, { version: '2' }], ends: 'ready' };
const DELETED: Causes = { ...CAUSES, ends: 'Delete' };
const ORPHANED: Causes = { ...CAUSES, ends: 'Orphan' };
const gone = { gone: true, goneBefore: true, component: component({ gone: true }) };

const many = (count: number): JournalEntry[] => Array.from({ length: count }, () => entry('getComponent'));

describe('a good run breaks no rule', () => {
  it.each<[string, Evidence, Causes]>([
    ['an update', evidence(), CAUSES],
    ['a deletion with the component', evidence(gone), DELETED],
    ['an orphan', evidence({ gone: true }), ORPHANED],
    [
      'a job that was lost or could not be attributed, told as it ended',
      evidence({
        component: component({ jobs: [job('job-1', { status: 'FAILED' }), job('job-2')] }),
        object: resource({
          status: {
            history: [told('job-2', 'JobLost'), told('job-1', 'Unattributed', 'Job job-1 is FAILED.')],
          },
        }),
      }),
      CAUSES,
    ],
    [
      'an outcome that is not known, still looked for',
      evidence({
        atRest: { calls: 30, writes: 0 },
        object: resource({ status: { operation: { phase: 'UnknownOutcome' }, conditions: [] } }),
      }),
      { ...CAUSES, wishes: [...CAUSES.wishes, { version: '2', sent: 'always' }] },
    ],
  ])('%s', (_name, seen, causes) => {
    expect(judge(seen, causes)).toEqual([]);
  });
});

describe('every rule can fail', () => {
  const again = [...evidence().journal, sent('2', 'job-2')];
  const withAction = [...evidence().journal, entry('actOnComponent', { jobId: 'job-1' })];
  it.each<[string, string, Partial<Evidence>, Causes]>([
    ['a wish sent twice', 'ONCE: 2 was accepted 2 times for 1 causes', { journal: again }, CAUSES],
    [
      'a Secret value sent twice',
      'ONCE: 2 with new was accepted 2 times for 1 causes',
      {
        journal: [1, 2].map(() => sent('2', 'job-2', { envs: [{ name: 'PASSWORD', value: 'new' }] })),
        component: component({
          config: { name: 'weather', version: '2', envs: [{ name: 'PASSWORD', value: 'new' }] },
        }),
      },
      { ...CAUSES, wishes: [{ version: '2', secret: 'new' }] },
    ],
    [
      'an action without a wish',
      'ONCE: 1 actions were accepted for 0 causes',
      { journal: withAction },
      CAUSES,
    ],
    [
      'a call while suspended',
      'ONCE: modifyComponent was accepted while the resource was suspended',
      {
        moments: [
          { what: 'suspended', at: 2 },
          { what: 'resumed', at: 4 },
        ],
      },
      CAUSES,
    ],
    [
      'a call after the deletion',
      'ONCE: modifyComponent was accepted while the resource was deleted',
      { ...gone, moments: [{ what: 'deleted', at: 3 }] },
      DELETED,
    ],
    [
      'a job that nobody told of',
      'TOLD: job job-1 (SUCCEEDED) is not in the history',
      { object: resource({ status: { history: [told('job-2')] } }) },
      CAUSES,
    ],
    [
      'a failed job told as a success',
      'TOLD: job job-1 is FAILED, the history says Succeeded',
      { component: component({ jobs: [job('job-1', { status: 'FAILED' }), job('job-2')] }) },
      CAUSES,
    ],
    [
      'a successful job told as a failure',
      'TOLD: job job-1 is SUCCEEDED, the history says Failed',
      { object: resource({ status: { history: [told('job-2'), told('job-1', 'Failed')] } }) },
      CAUSES,
    ],
    [
      'a created component',
      'ONE: 1 components were created',
      { journal: [...evidence().journal, entry('createComponent')] },
      CAUSES,
    ],
    ['a twin', 'ONE: 1 more live components have the name', { others: [component({ id: 'other' })] }, CAUSES],
    [
      'an older wish after a newer one',
      'MONO: sent 2, 1',
      { journal: [sent('2', 'job-2'), sent('1', 'job-1')] },
      CAUSES,
    ],
    [
      'a resource that goes before its component',
      'NOORPH: the resource went before its component',
      { ...gone, goneBefore: false },
      DELETED,
    ],
    [
      'a deletion that nobody asked for',
      'NOORPH: 1 deletions were asked for',
      { journal: [...evidence().journal, entry('deleteComponent', { method: 'DELETE', accepted: false })] },
      CAUSES,
    ],
    [
      'an orphan that was deleted',
      'NOORPH: an orphaned component was deleted',
      { ...gone, goneBefore: false },
      ORPHANED,
    ],
    [
      'a write to another component',
      'OWN: modifyComponent went to component other',
      {
        journal: [...evidence().journal, entry('modifyComponent', { componentId: 'other', accepted: false })],
      },
      CAUSES,
    ],
    [
      'a write for the resource that does not own the component',
      `OWN: version 6 of somebody else was sent to ${exampleComponentId}`,
      { journal: [...evidence().journal, sent('6', 'job-2')] },
      CAUSES,
    ],
    [
      'Ready of an older generation',
      'TRUE: Ready speaks of generation 1, the resource has 2',
      { object: resource({ status: { observedGeneration: 1 } }) },
      CAUSES,
    ],
    [
      'Ready with another version in the cloud',
      'TRUE: Ready, but the component has 1 instead of 2',
      { component: component({ config: { name: 'weather', version: '1' } }) },
      CAUSES,
    ],
    [
      'Ready while the component does not run',
      'TRUE: Ready, but the component is FAILED',
      { component: component({ status: 'FAILED' }) },
      CAUSES,
    ],
    [
      'a failure without a reason',
      'TRUE: Ready says neither why nor since when',
      { object: resource({ status: { conditions: [condition('Ready', 'False', { message: '' })] } }) },
      CAUSES,
    ],
    [
      'a job of somebody else that is claimed',
      'TRUE: the history claims job job-3 of somebody else',
      {
        component: component({ jobs: [job('job-1'), job('job-2'), job('job-3', { foreign: true })] }),
        object: resource({ status: { history: [told('job-3'), told('job-2'), told('job-1')] } }),
      },
      CAUSES,
    ],
    [
      'a component that is not what was wanted last',
      'ESR: the component has 1, wanted 2',
      { component: component({ config: { name: 'weather', version: '1' } }) },
      CAUSES,
    ],
    [
      'another instance count than was wanted',
      'ESR: the component has 1 instances, wanted 3',
      {},
      { ...CAUSES, counts: [3] },
    ],
    [
      'a cause that was lost',
      'ESR: 2 was asked for 2 times and accepted 1 times',
      {},
      { ...CAUSES, wishes: [...CAUSES.wishes, { version: '2', sent: 'always' }] },
    ],
    [
      'a resource that is never released',
      'ESR: the resource is still there',
      { component: component({ gone: true }) },
      DELETED,
    ],
    [
      'a component that outlives its deletion',
      'ESR: the component is still there',
      { gone: true, goneBefore: true },
      DELETED,
    ],
    ['writes at rest', 'ESR: 2 writes at rest', { atRest: { calls: 0, writes: 2 } }, CAUSES],
    ['calls at rest', 'CALM: 3 calls at rest', { atRest: { calls: 3, writes: 0 } }, CAUSES],
    [
      'a hot loop',
      'CALM: 104 calls, at most 12 are needed',
      { journal: [...evidence().journal, ...many(100)] },
      CAUSES,
    ],
  ])('%s', (_name, rule, over, causes) => {
    expect(judge(evidence(over), causes)).toContain(rule);
  });
});
