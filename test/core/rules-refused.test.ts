// A refused call: what is told, and when a 400 only means that the component was busy.
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import { cr, facts, remote } from '../support/make.ts';
import { message, shown, written } from './given.ts';
import { judge, refused, status } from './given-intent.ts';

describe('a refused call', () => {
  it('is told with the field to correct, and the request', () => {
    const outcome = refused({
      httpStatus: 413,
      code: 'SVCSTG.1',
      message: 'parameter version is too long. ',
      requestId: 'req-1',
    });
    const decision = written(judge(outcome));
    expect(message(decision.status)).toBe(
      'ServiceStage refused the change: SVCSTG.1 parameter version is too long; correct spec.component.version.',
    );
    expect(shown(decision.status)).toBe('Ready=False/InvalidSpec Stalled=True/InvalidSpec');
    expect(decision.status.operation).toMatchObject({
      phase: 'Refused',
      failure: 'permanent',
      requestId: 'req-1',
    });
    expect(decision.notes).toMatchObject([{ type: 'Warning', reason: 'SubmitFailed', action: 'Modify' }]);
    expect(decision.notes[0]?.note).toContain('(request id req-1).');
  });

  it('names the component when the field is not known, and keeps dots inside the text', () => {
    const outcome = refused({ httpStatus: 413, code: 'C', message: 'file a.b is bad' });
    const decision = written(judge(outcome));
    expect(message(decision.status)).toBe(
      'ServiceStage refused the change: C file a.b is bad; correct spec.component.',
    );
    expect(decision.status.operation).not.toHaveProperty('requestId');
  });

  it('of a scale names what a scale is made of', () => {
    const scale = status({ type: 'Scale', cause: 'Replica', replica: 3 });
    const decision = written(
      judge(refused({ httpStatus: 413, message: 'parameter version' }), { status: scale }),
    );
    expect(message(decision.status)).toContain('; correct spec.component.replica or spec.scaleHosts.');
  });

  it('names the component when the spec was made invalid meanwhile', () => {
    const object = cr({ generation: 2, component: { version: 'latest' }, status: status() });
    const memory = { operationId: 'op-1', ...refused({ httpStatus: 413, message: 'parameter version' }) };
    const { status: after } = written(decide(facts({ object, memory })));
    expect(message(after)).toContain('; correct spec.component.');
    expect(after.observedGeneration).toBe(1);
  });
});

describe('a 400', () => {
  const fresh = remote({ lastJobId: 'JOB-0' });

  it('counts when the component did not move', () => {
    expect(written(judge(refused(), { component: fresh })).status.operation?.phase).toBe('Refused');
  });

  it('counts when the last job is one of ours', () => {
    const before = { ...status(), lastApplied: { generation: 1, jobId: 'JOB-1' } };
    const decision = judge(refused(), { status: before, component: remote({ lastJobId: 'JOB-1' }) });
    expect(written(decision).status.operation?.phase).toBe('Refused');
  });

  it('counts when the component names no job any more', () => {
    const { lastJobId: _none, ...component } = remote();
    expect(written(judge(refused(), { component })).status.operation?.phase).toBe('Refused');
  });

  it('of a scale counts although the count differs, which is why it was sent', () => {
    const scale = status({ type: 'Scale', cause: 'Replica', replica: 3 });
    expect(written(judge(refused(), { status: scale, component: fresh })).status.operation?.phase).toBe(
      'Refused',
    );
  });

  it.each([
    ['works', remote({ status: 'UPGRADING' }), 'while the component was UPGRADING;'],
    ['has a newer job', remote({ lastJobId: 'JOB-9' }), 'while the component was RUNNING;'],
    ['has another count', remote({ replica: 3 }), 'while the component was RUNNING;'],
    ['is missing', 'missing' as const, 'while the component was missing;'],
  ])('only means "not now" when the component %s', (_name, component, text) => {
    const decision = written(judge(refused(), { component }));
    expect(decision.status.operation).toMatchObject({ phase: 'NotSent', failure: 'transient' });
    expect(message(decision.status)).toContain(text);
    expect(shown(decision.status)).toContain('Reconciling=True/RemoteBusy');
    expect(decision.restMs).toBeLessThanOrEqual(1_000);
  });

  it('closes the intent without a look when the resource is being deleted', () => {
    const object = cr({ deleting: true, status: status() });
    const decision = decide(facts({ object, memory: { operationId: 'op-1', ...refused() } }));
    expect(written(decision).status.operation?.phase).toBe('NotSent');
  });
});
