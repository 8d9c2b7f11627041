// What a drift policy promises more of than it can see is said in words, and nothing is said where nothing is promised.
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import { sentence } from '../../src/core/text.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { cr, facts, remote, START_WALL } from '../support/make.ts';

const FINALIZERS = ['servicestage.io/finalizer'];

function notesOf(spec: JsonObject, component: JsonObject = {}): readonly string[] {
  const object = cr({ finalizers: FINALIZERS, spec, component });
  const decision = decide(facts({ object, component: remote() }));
  return decision.kind === 'note' ? decision.notes.map(({ note }) => note) : [];
}

const said = (notes: readonly string[]) => notes.filter((note) => note.startsWith('spec.driftPolicy'));

describe('a policy that reverts', () => {
  it('says once that it finds nothing while nothing is compared, and nothing else about itself', () => {
    const notes = said(notesOf({ driftPolicy: 'Revert', interval: '0s' }));
    expect(notes.filter((note) => note.includes('interval'))).toHaveLength(1);
    expect(notes.every((note) => note.includes('interval') || note.includes('cannot see'))).toBe(true);
  });

  it('names the fields that ServiceStage does not show, at most eight, and only when there are some', () => {
    const blind = said(notesOf({ driftPolicy: 'Revert', interval: '30s' }));
    for (const note of blind)
      expect(note).toMatch(/cannot see changes at (\/[^,:]+(, )?){1,8}: ServiceStage/);
    expect(said(notesOf({ driftPolicy: 'Observe', interval: '0s' }))).toEqual([]);
  });

  it('is warned of once per generation', () => {
    const status: Status = { observedGeneration: 1 };
    const object = cr({ finalizers: FINALIZERS, status, spec: { driftPolicy: 'Revert', interval: '0s' } });
    expect(decide(facts({ object, component: remote() })).kind).not.toBe('note');
  });
});

describe('a sentence', () => {
  it('gets its full stop at its end only', () => {
    expect([sentence('a. b'), sentence('a!'), sentence('a')]).toEqual(['a. b.', 'a!', 'a.']);
  });
});

describe('what our own job did not bring', () => {
  it('is not taken for somebody else who overwrites', () => {
    const { spec } = facts({ object: cr({ component: { description: 'ours' } }) }).resource;
    const specDigest = spec.kind === 'valid' ? spec.desired.specDigest : '';
    const status: Status = {
      observedGeneration: 1,
      lastApplied: { generation: 1, specDigest, digestVersion: 1, version: 'v', jobId: 'OURS' },
      drift: {
        since: new Date(START_WALL).toISOString(),
        fields: [{ pointer: '/description', kind: 'changed' }],
        notApplied: ['00000000'],
      },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Succeeded',
          message: 'Version v is in force.',
          lastTransitionTime: new Date(START_WALL).toISOString(),
        },
      ],
    };
    const ask = { 'servicestage.io/reconcile-requested-at': 'now' };
    const look = (current: Status) =>
      decide(
        facts({
          object: cr({
            finalizers: FINALIZERS,
            status: current,
            component: { description: 'ours' },
            annotations: ask,
          }),
          component: remote({ lastJobId: 'THEIRS', body: { description: 'other' } }),
        }),
      );
    const drifted = look(status);
    if (drifted.kind !== 'write') throw new Error(drifted.kind);
    expect(drifted.status.overwritten).toHaveLength(1);
    const { drift } = drifted.status;
    const notApplied = drift === undefined ? [] : [fingerprintOf('/description')];
    const own = look({
      ...status,
      drift: { since: drift?.since ?? '', fields: drift?.fields ?? [], notApplied },
    });
    if (own.kind !== 'write') throw new Error(own.kind);
    expect(own.status.overwritten).toBeUndefined();
  });
});

/** FNV-1a, as the status keeps it. */
function fingerprintOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
