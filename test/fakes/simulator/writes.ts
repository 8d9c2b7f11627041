// PUT, POST and DELETE of a component: what the service checks, in which order, and what it answers.
import { type Answer, invalidParameter, missing, ok, serviceError } from './answers.ts';
import { problemsOf, type Table } from './body-rules.ts';
import { createTable, modifyTable } from './body-tables.ts';
import { busyRefusal, type Call, findComponent } from './call.ts';
import { acceptModify, addRecord, closeRecord } from './configuration.ts';
import { artifactOf, startJob } from './jobs.ts';
import { asObject, asText, isObject, type JsonObject, without } from './json.ts';
import { replicaInText } from './quirks.ts';
import { busyStates } from './settings.ts';
import type { Component, Job, World } from './state.ts';

/** PUT component (API page 0079). 200 `{job_id}`, 400, 404. */
export function modifyComponent(world: World, call: Call): Answer {
  const found = findComponent(world, call);
  if (found.kind === 'missing') return found.answer;
  const { component } = found;
  const body = asObject(call.body);
  const problem = bodyProblem(world, call, modifyTable) ?? immutableProblem(component, body);
  if (problem !== undefined) return invalidParameter(problem);
  if (world.settings.modifyRefusedIn.includes(component.status) || component.active.size > 0)
    return busyRefusal(world, component);
  const reused = component.records.some((record) => record.version === body.version);
  if (reused && world.settings.sameVersion === 'refuse') {
    const { status, code } = world.settings.sameVersionRefusal;
    return serviceError(status, code, 'The instance version already exists.');
  }
  component.rolledBack = false;
  const job = acceptModify(world, component, { body, creator: call.creator, foreign: false });
  return { ...ok({ job_id: job.id }), accepted: { componentId: component.id, jobId: job.id } };
}

/** POST component (API page 0076). 200 `{component_id, job_id}`, 400, 404. */
export function createComponent(world: World, call: Call): Answer {
  if (!world.hasApplication(call.projectId, call.applicationId))
    return missing(world.settings, 'SVCSTG.00100403', 'application');
  const problem = bodyProblem(world, call, createTable);
  if (problem !== undefined) return invalidParameter(problem);
  const body = asObject(call.body);
  const taken = world
    .components(call.projectId)
    .some((each) => each.applicationId === call.applicationId && each.config.name === body.name);
  if (taken) return invalidParameter('name: is already used in the application');
  const component = newComponent(world, { ...call, body, componentId: world.ids.uuid() });
  const job = runCreation(world, component, { creator: call.creator });
  return {
    ...ok({ component_id: component.id, job_id: job.id }),
    accepted: { componentId: component.id, jobId: job.id },
  };
}

/** DELETE component (API page 0080). 200 without a job id; the component's absence is the end. 404, 409 when busy. */
export function deleteComponent(world: World, call: Call): Answer {
  const found = findComponent(world, call);
  if (found.kind === 'missing') return found.answer;
  const { component } = found;
  if (component.active.size > 0 || busyStates.some((state) => state === component.status))
    return { ...busyRefusal(world, component), status: 409 };
  startJob(world, component, {
    kind: 'delete',
    creator: call.creator,
    foreign: false,
    succeed: () => removeComponent(component),
    fail: () => {
      component.failDetail = 'delete_failed';
    },
  });
  const accepted = { componentId: component.id };
  return world.settings.deleteAnswer === 'empty'
    ? { status: 200, accepted }
    : { ...ok({ component_id: component.id }), accepted };
}

/** The component no longer exists for anyone who asks. */
export function removeComponent(component: Component): void {
  component.gone = true;
  component.status = 'DELETED';
}

/** A component at its birth, known to the world; `runCreation` gives it its first job. */
export function newComponent(
  world: World,
  birth: {
    readonly projectId: string;
    readonly applicationId: string;
    readonly componentId: string;
    readonly body: JsonObject;
    readonly creator: string;
  },
): Component {
  const now = world.timeline.now();
  const { body } = birth;
  const config = without(body, [
    'environment_id',
    'workload_name',
    'create_mode',
    'application_id',
    'enterprise_project_id',
  ]);
  const component: Component = {
    id: birth.componentId,
    projectId: birth.projectId,
    applicationId: birth.applicationId,
    environmentId: asText(body.environment_id) || world.ids.uuid(),
    workloadName: asText(body.workload_name) || `${asText(body.name)}-${world.ids.hex(6)}`,
    creator: birth.creator,
    createdAt: now,
    jobs: [],
    records: [],
    active: new Set(),
    config: { ...config, replica: body.replica ?? 1 },
    earlierConfig: undefined,
    status: 'INITIALIZING',
    earlierStatus: undefined,
    availableReplica: 0,
    failDetail: undefined,
    artifact: artifactOf(config),
    updatedAt: now,
    openGray: undefined,
    rolledBack: false,
    gone: false,
  };
  world.addComponent(component);
  return component;
}

/** The creating job with its record; `past` for a component that was there before the test. */
export function runCreation(
  world: World,
  component: Component,
  order: { readonly creator: string; readonly past?: true },
): Job {
  const { config } = component;
  const { creator, past } = order;
  const job = startJob(world, component, {
    kind: 'create',
    creator,
    foreign: false,
    past,
    script: past ? { end: 'SUCCEEDED', durationMs: 0 } : undefined,
    succeed: (ended) => closeRecord(component, { record, job: ended, status: 'SUCCEEDED' }),
    fail: (ended) => {
      component.failDetail = 'create_failed';
      closeRecord(component, { record, job: ended, status: 'FAILED' });
    },
  });
  const record = addRecord(component, { config, job });
  return job;
}

function bodyProblem(world: World, call: Call, table: Table): string | undefined {
  if (!isObject(call.body)) return 'body: must be a JSON object';
  const problems = problemsOf(call.body, table, world.settings.unknownKeys);
  return problems.length === 0 ? undefined : problems.slice(0, 5).join('; ');
}

/** "This value cannot be modified" (name, runtime_stack), "only when the scaling function is used" (replica). */
function immutableProblem(component: Component, body: JsonObject): string | undefined {
  const { config } = component;
  if (body.name !== config.name) return 'name: cannot be modified';
  const shownByYaml = config.config_mode === 'yaml' && body.replica === replicaInText(config);
  if (body.replica !== config.replica && !shownByYaml) return 'replica: can be modified only by scaling';
  const wanted = asObject(body.runtime_stack);
  const held = asObject(config.runtime_stack);
  const changed = ['name', 'type', 'version', 'deploy_mode'].find(
    (key) => wanted[key] !== held[key] && !(key === 'version' && (wanted[key] === '' || held[key] === '')),
  );
  return changed === undefined ? undefined : `runtime_stack.${changed}: cannot be modified`;
}
