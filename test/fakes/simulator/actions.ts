// POST action (API page 0082) and PUT refresh (API page 0184): which action is possible in which state, and its effect.
import { type Answer, invalidParameter, ok, serviceError } from './answers.ts';
import { busyRefusal, type Call, findComponent } from './call.ts';
import { acceptRollback, replaceConfig } from './configuration.ts';
import { closeGray, type JobOrder, startJob } from './jobs.ts';
import { asList, asObject, asText, isObject, type JsonObject } from './json.ts';
import type { Component, DeploymentRecord, Job, JobKind, World } from './state.ts';

const running = ['RUNNING', 'PENDING', 'DOWN'];
const ailing = ['FAILED', 'PARTIALLY_FAILED', 'UNKNOWN'];

interface Action {
  readonly kind: JobKind;
  readonly allowedIn: readonly string[];
}

const actions: Readonly<Record<string, Action>> = {
  start: { kind: 'start', allowedIn: ['STOPPED', 'FAILED'] },
  stop: { kind: 'stop', allowedIn: [...running, ...ailing] },
  restart: { kind: 'restart', allowedIn: [...running, ...ailing] },
  scale: { kind: 'scale', allowedIn: running },
  rollback: { kind: 'rollback', allowedIn: [...running, ...ailing, 'GRAYING'] },
  rollback_current: { kind: 'rollback', allowedIn: [...running, ...ailing, 'GRAYING'] },
  continue_deploy: { kind: 'continue', allowedIn: ['GRAYING'] },
  check_gray_release: { kind: 'check', allowedIn: [...running, ...ailing, 'GRAYING', 'STOPPED'] },
  modify_gray_rule: { kind: 'grayRule', allowedIn: ['GRAYING'] },
  sync_workload: { kind: 'sync', allowedIn: [...running, ...ailing, 'STOPPED'] },
};

/** POST action. 200 `{job_id, …}`, 400, 404. A precheck is answered with a job but is no accepted write. */
export function actOnComponent(world: World, call: Call): Answer {
  const found = findComponent(world, call);
  if (found.kind === 'missing') return found.answer;
  const { component } = found;
  if (!isObject(call.body)) return invalidParameter('body: must be a JSON object');
  const name = asText(call.body.action);
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) return serviceError(400, 'SVCSTG.00100418', 'The action is not defined.');
  if (!action.allowedIn.includes(component.status) || component.active.size > 0)
    return busyRefusal(world, component);
  const order: JobOrder = { kind: action.kind, creator: call.creator, foreign: false };
  const started = run(world, component, { name, parameters: asObject(call.body.parameters), order });
  if (!('acceptedAt' in started)) return started;
  const extra =
    world.settings.actionAnswer === 'result' ? { result: 'succeeded' } : { component_id: component.id };
  const answer = ok({ job_id: started.id, ...extra });
  return action.kind === 'check'
    ? answer
    : { ...answer, accepted: { componentId: component.id, jobId: started.id } };
}

/** PUT refresh: reads the status again; nothing is changed and no job is started. */
export function refreshComponent(world: World, call: Call): Answer {
  const found = findComponent(world, call);
  if (found.kind === 'missing') return found.answer;
  return ok({ component_id: found.component.id });
}

interface Wanted {
  readonly name: string;
  readonly parameters: JsonObject;
  readonly order: JobOrder;
}

function run(world: World, component: Component, wanted: Wanted): Job | Answer {
  switch (wanted.order.kind) {
    case 'scale':
      return scale(world, component, wanted);
    case 'rollback':
      return rollback(world, component, wanted);
    case 'continue':
      return startJob(world, component, {
        ...wanted.order,
        succeed: () => closeGray(component, 'SUCCEEDED'),
        fail: () => closeGray(component, 'FAILED'),
      });
    default:
      return startJob(world, component, wanted.order);
  }
}

function scale(world: World, component: Component, wanted: Wanted): Job | Answer {
  const { replica, hosts } = wanted.parameters;
  if (typeof replica !== 'number' || !Number.isInteger(replica) || replica < 0 || replica > 200)
    return invalidParameter('parameters.replica: must be an integer from 0 to 200');
  const machine = asObject(component.config.runtime_stack).deploy_mode === 'virtualmachine';
  if (machine && asList(hosts).length === 0)
    return invalidParameter('parameters.hosts: is mandatory for a component on virtual machines');
  return startScale(world, component, { replica, order: wanted.order });
}

/** Accepts a change of the number of instances; it shows once the job has succeeded. */
export function startScale(
  world: World,
  component: Component,
  wanted: { readonly replica: number; readonly order: JobOrder },
): Job {
  return startJob(world, component, {
    ...wanted.order,
    succeed: () => replaceConfig(world, component, { ...component.config, replica: wanted.replica }),
  });
}

function rollback(world: World, component: Component, wanted: Wanted): Job | Answer {
  if (component.rolledBack) return invalidParameter('the component has already been rolled back');
  const target = component.records.at(-2);
  if (target === undefined) return serviceError(404, 'SVCSTG.00100436', 'There is no earlier version.');
  if (wanted.name === 'rollback' && target.version !== wanted.parameters.version)
    return namedVersionProblem(component.records, asText(wanted.parameters.version));
  closeGray(component, 'ROLLBACKED');
  component.rolledBack = true;
  return acceptRollback(world, component, { target, by: wanted.order });
}

/** Only the step from the latest version to the one before it is possible (user guide). */
function namedVersionProblem(records: readonly DeploymentRecord[], version: string): Answer {
  return records.some((record) => record.version === version)
    ? invalidParameter('parameters.version: only the previous version can be rolled back to')
    : serviceError(404, 'SVCSTG.00100436', 'The version does not exist.');
}
