// The instance count is an operation of its own, after the modify is in force: the modify call may not change it.
import type { Operation, Status } from '../../api/status.ts';
import { isInForce, lastAttempt, scaleDue } from '../causes.ts';
import { situation, withSituation } from '../conditions.ts';
import type { Decision, Desired, Facts } from '../facts.ts';
import { isScalable, remoteOf } from '../remote.ts';
import type { RemoteComponent } from '../types.ts';
import { approach, waitForComponent } from './approach.ts';
import { afterState, inForceMessage } from './conclusion.ts';
import { begun, intent, remainingBackOffMs } from './modify.ts';
import { rest, show, write } from './steps.ts';

export function scaleWhenDue(facts: Facts): Decision | undefined {
  const { resource, reads } = facts;
  if (resource.spec.kind === 'invalid') return undefined;
  const { desired } = resource.spec;
  if (!isInForce(resource, desired, reads.account?.kind === 'ok' ? reads.account.value : undefined))
    return undefined;
  const due = scaleDue(resource, desired);
  if (due.kind !== 'due') return undefined;
  const backOff = remainingBackOffMs(facts);
  if (backOff > 0) return rest('back-off of the last try', backOff);
  const clear = approach(facts);
  if (clear.kind === 'do') return clear.decision;
  const { component } = clear.value;
  if (component.replica === due.target && !isVoid(resource.status))
    return alreadyThere(facts, due.target, component);
  if (!isScalable(component)) {
    return waitForComponent(
      facts,
      component,
      `The component is ${component.status}; ${due.target} instances are asked for once it runs. A newer version, or annotation servicestage.io/force-apply-at with a new value, deploys it again.`,
    );
  }
  if (desired.deployMode === 'virtualmachine' && (desired.scaleHosts ?? []).length === 0)
    return hostsMissing(facts, desired, due.target);
  const cause = { cause: due.cause, ...(due.token === undefined ? {} : { token: due.token }) };
  const operation: Operation = {
    ...begun(facts, cause),
    type: 'Scale',
    replica: due.target,
    ...(component.lastJobId === undefined ? {} : { baselineJobId: component.lastJobId }),
  };
  return intent(facts, operation, {
    remote: remoteOf(component),
    message: `Scaling from ${component.replica ?? 'unknown'} to ${due.target} instances is being submitted.`,
    request: { kind: 'act', action: scaleAction(desired, due.target) },
  });
}

/** After a scale that did not succeed the count is sent again, also when the component seems to have it. */
function isVoid(status: Status): boolean {
  const attempt = lastAttempt(status, 'Scale');
  return status.lastApplied?.replica === undefined && attempt !== undefined && attempt.result !== 'Succeeded';
}

function scaleAction(desired: Desired, replica: number) {
  return {
    action: 'scale',
    replica,
    ...(desired.scaleHosts === undefined ? {} : { hosts: desired.scaleHosts }),
  } as const;
}

function hostsMissing(facts: Facts, { intervalMs }: Desired, target: number): Decision {
  const message = `spec.component.replica asks for ${target} instances, and a component on virtual machines needs to know where: list them in spec.scaleHosts, or remove spec.component.replica.`;
  return show(facts, situation('invalidSpec', message), {
    restMs: intervalMs === 0 ? undefined : intervalMs,
    why: 'scale needs hosts',
  });
}

/** The service already has the count that was asked for: recorded, nothing sent. */
function alreadyThere(facts: Facts, target: number, component: RemoteComponent): Decision {
  const { status, generation } = facts.resource;
  const lastApplied = { ...(status.lastApplied ?? { generation }), replica: target };
  const next = { ...status, lastApplied, remote: remoteOf(component) };
  const shown = afterState(component, inForceMessage(next));
  return write(withSituation(next, situation(shown[0], shown[1]), { generation, wall: facts.now.wall }));
}
