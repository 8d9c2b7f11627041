// GET component, list, job and records: what is found, in which order and on which page.
import { type Answer, invalidParameter, missing, ok, serviceError } from './answers.ts';
import { type Call, findComponent, pageOf } from './call.ts';
import { asText, type JsonObject } from './json.ts';
import { componentAnswer, shownConfig, statusView, visibleConfig } from './quirks.ts';
import type { Component, DeploymentRecord, World } from './state.ts';
import { jobAnswer } from './tasks.ts';

const unpaged = { limit: 1000, largest: 100 };

/** GET component (API page 0081); `?version=` reads the configuration of a record. */
export function getComponent(world: World, call: Call): Answer {
  const found = findComponent(world, call);
  if (found.kind === 'missing') return found.answer;
  const { component } = found;
  const version = call.query.get('version');
  if (version === null) return ok(componentAnswer(world, component, visibleConfig(world, component)));
  const record = component.records.findLast((each) => each.version === version);
  return record === undefined
    ? serviceError(404, 'SVCSTG.00100436', 'The version does not exist.')
    : ok(componentAnswer(world, component, record.config));
}

/** GET components of one application (API page 0077). */
export function listComponents(world: World, call: Call): Answer {
  if (!world.hasApplication(call.projectId, call.applicationId))
    return missing(world.settings, 'SVCSTG.00100403', 'application');
  return componentList(world, call, (each) => each.applicationId === call.applicationId);
}

/** GET components of the project (API page 0078); filters by names. */
export function listAllComponents(world: World, call: Call): Answer {
  const name = call.query.get('component_name');
  const application = call.query.get('application_name');
  return componentList(
    world,
    call,
    (each) =>
      (name === null || asText(each.config.name) === name) &&
      (application === null || applicationName(each) === application),
  );
}

/** GET job (API page 0190): 20 tasks a page, in ascending order unless `desc=true`. */
export function getJob(world: World, call: Call): Answer {
  const job = world.findJob(call.jobId);
  if (job === undefined || job.forgotten || job.projectId !== call.projectId)
    return missing(world.settings, 'SVCSTG.00100408', 'job');
  const page = pageOf(call.query, { limit: 20, largest: 100 });
  if (typeof page === 'string') return invalidParameter(page);
  const order = call.query.get('desc') === 'true' ? 'descending' : 'ascending';
  return ok(jobAnswer(world, job, { ...page, order }));
}

/** GET records (API page 0083), newest first unless `order=asc`. */
export function listRecords(world: World, call: Call): Answer {
  const found = findComponent(world, call);
  if (found.kind === 'missing') return found.answer;
  const page = pageOf(call.query, unpaged);
  if (typeof page === 'string') return invalidParameter(page);
  const now = world.timeline.now();
  const visible = found.component.records.filter((record) => record.job.recordVisibleAt <= now);
  const ordered = call.query.get('order') === 'asc' ? visible : visible.toReversed();
  const shown = ordered.slice(page.offset, page.offset + page.limit);
  return ok({
    count: visible.length,
    records: shown.map((each) => recordView(world, found.component, each)),
  });
}

function componentList(world: World, call: Call, wanted: (component: Component) => boolean): Answer {
  const page = pageOf(call.query, unpaged);
  if (typeof page === 'string') return invalidParameter(page);
  const found = sorted(world.components(call.projectId).filter(wanted), call.query);
  const shown = found.slice(page.offset, page.offset + page.limit);
  return ok({ count: found.length, components: shown.map((each) => listItem(world, each)) });
}

function sorted(components: readonly Component[], query: URLSearchParams): readonly Component[] {
  const by = query.get('order_by');
  const keyOf = (each: Component): string | number => {
    if (by === 'name') return asText(each.config.name);
    return by === 'update_time' ? each.updatedAt : each.createdAt;
  };
  const ascending = components.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : Number(keyOf(a) > keyOf(b))));
  return query.get('order') === 'desc' ? ascending.toReversed() : ascending;
}

function applicationName(component: Component): string {
  return `application-${component.applicationId.slice(0, 8)}`;
}

/** A list item carries no build and no envs, but an id, refer_resources, and the labels even where GET has none. */
function listItem(world: World, component: Component): JsonObject {
  const config = visibleConfig(world, component);
  const shown = shownConfig(world, component, config);
  const keys = [
    'name',
    'labels',
    'runtime_stack',
    'version',
    'source',
    'external_accesses',
    'refer_resources',
  ];
  return {
    id: component.id,
    ...Object.fromEntries(Object.entries(shown).filter(([key]) => keys.includes(key))),
    ...(config.labels === undefined ? {} : { labels: config.labels }),
    application_id: component.applicationId,
    application_name: applicationName(component),
    environment_id: component.environmentId,
    environment_name: `environment-${component.environmentId.slice(0, 8)}`,
    creator: component.creator,
    platform_type: 'cce',
    status: statusView(world, component),
  };
}

function recordView(world: World, component: Component, record: DeploymentRecord): JsonObject {
  const { job } = record;
  return {
    begin_time: timeText(world, record.beginAt),
    end_time: record.endAt === undefined ? '' : timeText(world, record.endAt),
    description: {},
    instance_id: component.id,
    version: record.version,
    status: record.status,
    current_used: record.currentUsed,
    deploy_type: record.deployType,
    jobs: [
      {
        sequence: 0,
        deploy_type: record.deployType,
        job_id: job.id,
        job_info: {
          deploy_type: record.deployType,
          source_url: component.artifact.url ?? '',
          first_batch_weight: 0,
          first_batch_replica: 0,
          replica: record.config.replica ?? 1,
          remaining_batch: 0,
        },
      },
    ],
  };
}

/** The format of record times is not documented. */
function timeText(world: World, at: number): string {
  switch (world.settings.recordTime) {
    case 'iso':
      return new Date(at).toISOString();
    case 'epochMs':
      return String(at);
    case 'unreadable':
      return 'some time ago';
    default: {
      const never: never = world.settings.recordTime;
      return never;
    }
  }
}
