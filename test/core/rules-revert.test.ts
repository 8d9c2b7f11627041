// A drift that is to be set back: it is sent while it is there, told when it is done, and left alone when somebody else insists.
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/facts.ts';
import { type CrOptions, cr, type FactsOptions, facts, job, remote, START_WALL } from '../support/make.ts';
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

const SEEN = { componentStatus: 'RUNNING', version: '2023.0323.15181', replica: 1, lastJobId: 'JOB-1' };
const IN_SYNC = condition('Synced', ['True', 'InSync'], 'The component equals the spec.');
const same = remote({ lastJobId: 'JOB-1' });
const other = remote({ lastJobId: 'JOB-1', body: { version: '1.0.0' } });
const REVERT = { interval: '10m', driftPolicy: 'Revert' };

function judge(object: CrOptions, options: FactsOptions = {}): Decision {
  return decide(facts({ object: cr({ spec: REVERT, ...object }), component: other, ...options }));
}

/** The status after the look that found the drift. */
function drifted(): Status {
  const status = inForce({ conditions: [...READY, IN_SYNC], remote: SEEN });
  return written(judge({ status }, { memory: { checkDueMono: NOW } })).status;
}

const episode = () => drifted().drift?.episode ?? '';

describe('a drift that is to be set back', () => {
  it('ends the look at once, so that it is set back in the same pass', () => {
    const status = inForce({ conditions: [...READY, IN_SYNC], remote: SEEN });
    expect(written(judge({ status }, { memory: { checkDueMono: NOW } })).restMs).toBeUndefined();
    expect(episode()).not.toBe('');
  });

  it('is a cause of its own, named by its episode', () => {
    const { status, request } = written(judge({ status: drifted() }));
    expect(status.operation).toMatchObject({
      type: 'Modify',
      cause: 'Drift',
      token: episode(),
      phase: 'Intent',
    });
    expect(request?.kind).toBe('modify');
  });

  it('is not sent when a fresh look does not show it any more', () => {
    const decision = written(judge({ status: drifted() }, { component: same }));
    expect(decision.status).not.toHaveProperty('drift');
    expect(shown(decision.status)).toContain('Synced=True/InSync');
    expect(decision).not.toHaveProperty('request');
  });

  it('is told when it is done', () => {
    const revert = operation({ phase: 'Submitted', cause: 'Drift', token: 'episode-1' });
    const decision = written(
      judge(
        { status: inForce({ operation: revert }) },
        { component: same, jobs: [job('JOB-1', 'succeeded')] },
      ),
    );
    expect(decision.notes).toMatchObject([
      { reason: 'JobSucceeded' },
      { type: 'Normal', reason: 'DriftCorrected', action: 'Compare' },
    ]);
  });

  it('that is only observed does not hold up an edit', () => {
    const spec = { interval: '10m', driftPolicy: 'Observe' };
    const { status } = written(
      judge({ generation: 2, component: { version: '2.0.0' }, spec, status: drifted() }),
    );
    expect(status.operation).toMatchObject({ cause: 'Spec', phase: 'Intent' });
  });

  it('once for a spec is not done again for it, whatever was set back for others', () => {
    const spec = { interval: '10m', driftPolicy: 'RevertOnce' };
    const other_ = { time: AT, specDigest: 'of-another-spec', signature: 'x' };
    const own = { ...other_, specDigest: SPEC_DIGEST };
    const memory = { checkDueMono: NOW + MINUTE };
    expect(
      written(judge({ spec, status: { ...drifted(), reverts: [other_] } })).status.operation?.cause,
    ).toBe('Drift');
    expect(judge({ spec, status: { ...drifted(), reverts: [other_, own] } }, { memory }).kind).toBe('rest');
  });

  it('that was refused while somebody else worked is a cause again', () => {
    const { drift } = drifted();
    const { episode: _answered, ...answered } = drift ?? { since: AT, fields: [] };
    const refused = operation({
      phase: 'Refused',
      cause: 'Drift',
      token: episode(),
      finishedAt: AT,
      message: 'Refused.',
    });
    const { jobId: _none, ...withoutJob } = refused;
    const status = { ...inForce({ operation: withoutJob, drift: answered }) };
    const options = { component: remote({ lastJobId: 'JOB-9' }), wall: START_WALL + 3 * MINUTE };
    const next = written(judge({ status }, options)).status;
    expect(next.operation?.phase).toBe('NotSent');
    expect(next.drift?.episode).toBe(episode());
    const { drift: _gone, ...cured } = status;
    expect(written(judge({ status: cured }, options)).status).not.toHaveProperty('drift');
  });
});

describe('a drift that comes back each time', () => {
  const loop = (count = 3): Status => {
    const status = drifted();
    const revert = { time: AT, specDigest: '', signature: status.drift?.signature ?? '' };
    return { ...status, reverts: Array.from({ length: count }, () => revert) };
  };

  it('is left alone after three times, and a person is told where', () => {
    const decision = written(judge({ status: loop() }));
    expect(shown(decision.status)).toContain('Stalled=True/DriftLoop');
    expect(message(decision.status)).toContain('changed again at /version.');
    expect(decision.restMs).toBe(10 * MINUTE);
    expect(decision.status.operation?.phase).toBe('Succeeded');
  });

  it('is set back the third time', () => {
    expect(written(judge({ status: loop(2) })).status.operation?.cause).toBe('Drift');
  });

  it('is set back again after a reset, which is answered', () => {
    const annotations = { 'servicestage.io/reset-at': 'a' };
    const { status } = written(judge({ status: loop(), annotations }));
    expect(status).not.toHaveProperty('reverts');
    expect(status.lastHandledResetAt).toBe('a');
    expect(written(judge({ status, annotations })).status.operation?.cause).toBe('Drift');
  });
});

describe('a difference that the owner ignores', () => {
  const spec = { interval: '10m', ignoreDifferences: ['/version'] };
  const look = (conditions: Status['conditions']) =>
    judge({ spec, status: inForce({ conditions, remote: SEEN }) }, { memory: { checkDueMono: NOW } });

  it('is told once, as something that may be', () => {
    const decision = written(look([...READY, IN_SYNC]));
    expect(shown(decision.status)).toContain('Synced=True/DriftIgnored');
    expect(decision.notes).toMatchObject([{ type: 'Normal', reason: 'DriftIgnored', action: 'Compare' }]);
    expect(look(decision.status.conditions).kind).toBe('rest');
  });

  it('is told also when nothing was compared before', () => {
    expect(written(look([...READY])).notes).toMatchObject([{ reason: 'DriftIgnored' }]);
  });
});
