// GET component as the service renders it: not what was put in. Each difference between PUT and GET that running
// services show, or may show, is one function with one switch. The envelope has no `id`.
import { createHash } from 'node:crypto';
import { asList, asObject, asText, isObject, type Json, type JsonObject, without } from './json.ts';
import type { Component, World } from './state.ts';

/** The whole answer body of GET component for a configuration of it, now. */
export function componentAnswer(world: World, component: Component, config: JsonObject): JsonObject {
  return {
    workload_name: component.workloadName,
    environment_id: component.environmentId,
    application_id: component.applicationId,
    ...shownConfig(world, component, config),
    status: statusView(world, component),
  };
}

/** The configuration that is in sight now. */
export function visibleConfig(world: World, component: Component): JsonObject {
  const { earlierConfig } = component;
  return earlierConfig !== undefined && world.timeline.now() < earlierConfig.until
    ? earlierConfig.config
    : component.config;
}

/** `status` of GET and list. `last_job_id` shows the newest job that is visible already. */
export function statusView(world: World, component: Component): JsonObject {
  const now = world.timeline.now();
  const last = component.jobs.findLast((job) => job.movesLastJob && job.visibleAt <= now);
  const { earlierStatus } = component;
  const stale = earlierStatus !== undefined && now < earlierStatus.until;
  return {
    component_status: stale ? earlierStatus.status : component.status,
    available_replica: component.availableReplica,
    replica: visibleConfig(world, component).replica ?? 1,
    ...(component.failDetail === undefined ? {} : { fail_detail: component.failDetail }),
    ...(last === undefined || world.settings.lastJobAbsent ? {} : { last_job_id: last.id }),
    creator: component.creator,
    create_time: component.createdAt,
    update_time: component.updatedAt,
    artifact: component.artifact,
  };
}

type Quirk = (config: JsonObject, world: World, component: Component) => JsonObject;

const quirks: readonly Quirk[] = [
  resources,
  envs,
  externalAccesses,
  build,
  sources,
  labels,
  weights,
  updateStrategy,
  runtimeStack,
  referParameters,
  yamlMode,
  order,
  unset,
];

/** The configuration part of GET, and of the list items. */
export function shownConfig(world: World, component: Component, config: JsonObject): JsonObject {
  return quirks.reduce((shown, quirk) => quirk(shown, world, component), config);
}

function resources(config: JsonObject, world: World): JsonObject {
  if (!world.settings.zeroResources) return config;
  return { limit_cpu: 0, limit_memory: 0, request_cpu: 0, request_memory: 0, ...config };
}

function envs(config: JsonObject, world: World): JsonObject {
  const own = asList(config.envs);
  const zone = config.timezone;
  const added: Json[] = [];
  if (world.settings.timezoneEnv && asText(zone) !== '' && !own.some((env) => asObject(env).name === 'TZ'))
    added.push({ name: 'TZ', value: asText(zone) });
  if (world.settings.innerEnvs)
    added.push(
      { name: 'CAS_APPLICATION_NAME', value: 'simulated', inner: true },
      { name: 'CAS_COMPONENT_NAME', value: asText(config.name), inner: true },
    );
  return added.length === 0 ? config : { ...config, envs: [...own, ...added] };
}

function externalAccesses(config: JsonObject, world: World): JsonObject {
  if (!world.settings.extraExternalAccesses) return config;
  const added = { protocol: 'TCP', address: `${asText(config.name)}.default.svc`, forward_port: 8080 };
  return { ...config, external_accesses: [...asList(config.external_accesses), added] };
}

function build(config: JsonObject, world: World, component: Component): JsonObject {
  if (!world.settings.buildId || !isObject(config.build)) return config;
  const parameters = {
    build_env_selected: 'current',
    use_public_cluster: false,
    ...asObject(config.build.parameters),
  };
  const id = createHash('sha256').update(component.id).digest('hex').slice(0, 32);
  return { ...config, build: { id, ...config.build, parameters } };
}

function sources(config: JsonObject, world: World): JsonObject {
  const containers = config.multi_containers;
  return {
    ...config,
    ...(isObject(config.source) ? { source: source(config.source, world) } : {}),
    ...(isObject(config.template_source)
      ? { template_source: secretless(config.template_source, world) }
      : {}),
    ...(Array.isArray(containers)
      ? {
          multi_containers: containers.map((each: Json) => ({
            ...asObject(each),
            source: source(asObject(asObject(each).source), world),
          })),
        }
      : {}),
  };
}

function source(value: JsonObject, world: World): JsonObject {
  const shown = secretless(value, world);
  return world.settings.sourceDefaults && value.kind !== 'code' ? { auth: 'iam', ...shown } : shown;
}

/** Whether passwords and headers come back is not documented: they can be left out, masked or echoed. */
function secretless(value: JsonObject, world: World): JsonObject {
  const { passwords } = world.settings;
  if (passwords === 'echoed') return value;
  if (passwords === 'omitted') return without(value, ['http_password', 'http_headers']);
  const { http_headers: headers } = value;
  const masked = isObject(headers)
    ? Object.fromEntries(Object.keys(headers).map((key) => [key, '******']))
    : asList(headers).map((each) => ({ ...asObject(each), value: '******' }));
  return {
    ...value,
    ...(value.http_password === undefined ? {} : { http_password: '******' }),
    ...(headers === undefined ? {} : { http_headers: masked }),
  };
}

function labels(config: JsonObject, world: World): JsonObject {
  return world.settings.labels === 'absent' ? without(config, ['labels']) : config;
}

function weights(config: JsonObject, world: World): JsonObject {
  if (!world.settings.weightAsNumber) return config;
  const numbered = (rule: Json): JsonObject => {
    const weight = asObject(rule).weight;
    return weight === undefined ? asObject(rule) : { ...asObject(rule), weight: Number(weight) };
  };
  const changed = ['affinity', 'anti_affinity']
    .filter((key) => Array.isArray(config[key]))
    .map((key) => [key, asList(config[key]).map(numbered)] as const);
  return { ...config, ...Object.fromEntries(changed) };
}

function updateStrategy(config: JsonObject, world: World): JsonObject {
  if (!world.settings.updateStrategyAlways) return config;
  const defaults = {
    type: 'RollingUpdate',
    max_unavailable: '25%',
    max_surge: '25%',
    termination_period_seconds: 30,
    min_ready_seconds: 0,
    progress_deadline_seconds: 600,
    revision_history_limit: 10,
  };
  return { ...config, update_strategy: { ...defaults, ...asObject(config.update_strategy) } };
}

function runtimeStack(config: JsonObject, world: World): JsonObject {
  const stack = asObject(config.runtime_stack);
  const fill = world.settings.dockerStackVersion && stack.type === 'Docker' && stack.version === '';
  return fill ? { ...config, runtime_stack: { ...stack, version: '1.0' } } : config;
}

function referParameters(config: JsonObject, world: World): JsonObject {
  if (!world.settings.extraReferParameters || !Array.isArray(config.refer_resources)) return config;
  const shown = asList(config.refer_resources).map((resource) => {
    const parameters = asObject(resource).parameters;
    return isObject(parameters)
      ? { ...asObject(resource), parameters: { status: 'available', ...parameters } }
      : resource;
  });
  return { ...config, refer_resources: shown };
}

/** In yaml mode the numbers of the form are empty and the replica comes from the text (acceptance test of the provider). */
function yamlMode(config: JsonObject, world: World): JsonObject {
  const shown = world.settings.workloadContent === 'omitted' ? without(config, ['workload_content']) : config;
  if (!world.settings.yamlMode || config.config_mode !== 'yaml') return shown;
  const replica = replicaInText(config);
  return {
    ...shown,
    limit_cpu: 0,
    limit_memory: 0,
    request_cpu: 0,
    request_memory: 0,
    build: {},
    ...(replica === undefined ? {} : { replica }),
  };
}

/** The `replicas` of the workload text (YAML or JSON), if it names any. */
export function replicaInText(config: JsonObject): number | undefined {
  const found = /["']?\breplicas["']?\s*:\s*([0-9]+)/.exec(asText(config.workload_content));
  return found === null ? undefined : Number(found[1]);
}

function order(config: JsonObject, world: World): JsonObject {
  if (!world.settings.reorderSets) return config;
  const changed = ['envs', 'logs', 'storages', 'refer_resources', 'labels']
    .filter((key) => Array.isArray(config[key]))
    .map((key) => [key, asList(config[key]).toReversed()] as const);
  return { ...config, ...Object.fromEntries(changed) };
}

function unset(config: JsonObject, world: World): JsonObject {
  const { unsetObjects } = world.settings;
  if (unsetObjects === 'absent') return config;
  const keys = ['post_start', 'pre_stop', 'mesher', 'custom_metric', 'tomcat_opts', 'command'];
  const probes = ['liveness_probe', 'readiness_probe', 'startup_probe'];
  const value = unsetObjects === 'empty' ? {} : null;
  return { ...Object.fromEntries([...keys, ...probes].map((key) => [key, value])), ...config };
}
