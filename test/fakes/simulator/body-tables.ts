// Tables 3 to 41 of API page 0079 (modify component, 2025-07-10), written down row by row from that page alone.
//
// Looser than the page only where running services or the page itself are: the version pattern keeps its unescaped dot,
// weights come as number or text, misspelt names are taken in both spellings, gray rules as object or list.
import * as when from './body-conditions.ts';
import { containerParts, source } from './body-parts.ts';
import {
  anything,
  boolean,
  either,
  integer,
  list,
  map,
  oneOf,
  oneOfAnyCase,
  optional as opt,
  required as req,
  type Table,
  table,
  text,
} from './body-rules.ts';

const texts = list(text);
const intOrText = either(text, integer);

const label: Table = { fields: { key: req(text), value: req(text) } }; // 4, also 41
const grayRule: Table = {
  fields: {
    type: req(oneOfAnyCase('HEADER')), // 11
    key: req(text),
    value: req(text),
    condition: req(oneOfAnyCase('EQUAL', 'MATCH', 'IN')),
  },
};
const grayRelease: Table = {
  fields: {
    type: req(oneOf('WEIGHT', 'CONTENT')), // 10
    first_batch_weight: opt(integer),
    first_batch_replica: opt(integer),
    remaining_batch: opt(integer),
    deployment_mode: opt(integer),
    replica_surge_mode: opt(oneOf('MIRROR', 'EXTRA', 'NOSURGE')),
    rule_match_mode: opt(oneOfAnyCase('ALL', 'ANY')),
    rules: opt(either(table(grayRule), list(table(grayRule)))),
  },
  also: when.grayConditions,
};
const deployStrategy: Table = {
  fields: {
    type: req(oneOf('OneBatchRelease', 'RollingRelease', 'GrayRelease')), // 8
    rolling_release: opt(table({ fields: { batches: req(integer) } })), // 9
    gray_release: opt(table(grayRelease)),
  },
  also: when.deployConditions,
};
const hostAlias: Table = { fields: { ip: req(text), hostnames: req(texts) } }; // 16
const dnsConfig: Table = {
  fields: {
    nameservers: opt(texts), // 17
    searches: opt(texts),
    options: opt(list(table({ fields: { name: req(text), value: opt(text) } }))), // 18
  },
};
const customMetric: Table = { fields: { path: req(text), port: req(integer), dimensions: req(text) } }; // 22
const expression: Table = {
  fields: {
    key: req(text), // 24
    operation: req(oneOf('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt')),
    value: opt(text),
  },
  also: when.expressionConditions,
};
const affinity: Table = {
  fields: {
    kind: opt(oneOf('node', 'pod')), // 23
    condition: opt(oneOf('required', 'preferred')),
    match_expressions: opt(list(table(expression))),
    weight: opt(intOrText),
    topology_key: opt(text),
  },
  also: when.affinityConditions,
};
const referParameters: Table = {
  fields: {
    namespace: opt(text), // 27; live services use further keys and types, so only the JSON types are checked
    name: opt(text),
    capacity: opt(integer),
    type: opt(text),
    class: opt(text),
    obs_volume_type: opt(text),
    access_mode: opt(text),
    availableZone: opt(text),
    volume_type: opt(text),
  },
  open: true,
};
const referTypes = 'vpc eip elb cce ecs as cse nacos dcs rds gaussdb dms_rocketmq css_es'.split(' ');
const referResource: Table = {
  fields: { id: req(text), type: req(oneOf(...referTypes)), parameters: opt(table(referParameters)) }, // 26
  also: when.resourceConditions,
};
const runtimeStack: Table = {
  fields: {
    name: req(text), // 30
    type: req(oneOf('Java', 'Tomcat', 'Nodejs', 'Php', 'Docker', 'Python')),
    version: req(text),
    deploy_mode: req(oneOf('container', 'virtualmachine')),
  },
  also: when.stackConditions,
};
const buildParameters: Table = {
  fields: {
    build_cmd: opt(text), // 33
    dockerfile_path: opt(text),
    artifact_namespace: opt(text),
    cluster_id: opt(text),
    node_label_selector: opt(map(text)),
    environment_id: opt(text),
  },
  open: true,
};
const build: Table = {
  fields: { id: opt(text), parameters: opt(table(buildParameters)) }, // 32, `id` as GET shows it
  also: when.buildConditions,
};
const externalAccess: Table = {
  fields: { protocol: opt(oneOfAnyCase('http', 'https')), address: opt(text), forward_port: opt(integer) }, // 34
};
const toleration: Table = {
  fields: {
    key: opt(text), // 36; the page says NoScheduler and means NoSchedule
    operator: opt(oneOf('Equal', 'Exists')),
    value: opt(text),
    effect: opt(oneOf('NoScheduler', 'NoSchedule', 'PreferNoSchedule', 'NoExecute')),
    toleration_seconds: opt(integer),
  },
  also: when.tolerationConditions,
};
const updateStrategy: Table = {
  fields: {
    type: opt(oneOf('RollingUpdate', 'Recreate')), // 37
    max_unavailable: opt(intOrText),
    max_surge: opt(intOrText),
    termination_period_seconds: opt(integer),
    min_ready_seconds: opt(integer),
    progress_deadline_seconds: opt(integer),
    revision_history_limit: opt(integer),
  },
  also: when.updateConditions,
};
const container: Table = {
  fields: { container_name: req(text), source: req(table(source)), ...containerParts }, // 38
  also: when.containerConditions,
};
const config: Table = {
  fields: { conifg_id: opt(text), config_id: opt(text), mount_path: req(text) }, // 39, in both spellings
  also: (value) =>
    value.conifg_id === undefined && value.config_id === undefined ? ['conifg_id: is mandatory'] : [],
};
const templateSource: Table = {
  fields: {
    storage: req(oneOf('devcloud', 'obs', 'http', 'devcloud_repository')), // 40
    url: req(text),
    http_username: opt(text),
    http_password: opt(text),
    http_headers: opt(list(table(label))), // 41
  },
};

/** Table 3: the body of PUT component. */
export const modifyTable: Table = {
  fields: {
    name: req({ is: 'string', min: 2, max: 64, pattern: /^[A-Za-z][A-Za-z0-9_-]*[A-Za-z0-9]$/ }),
    labels: opt(list(table(label))),
    runtime_stack: req(table(runtimeStack)),
    description: opt({ is: 'string', max: 128 }),
    source: req(table(source)),
    build: opt(table(build)),
    version: req({ is: 'string', max: 32, pattern: /^([0-9]+)(.[0-9]+){2,3}$/ }),
    replica: req(integer),
    ...containerParts,
    deploy_strategy: opt(table(deployStrategy)),
    mesher: opt(table({ fields: { port: req(integer) } })), // 14
    timezone: opt(text),
    jvm_opts: opt(text),
    tomcat_opts: opt(table({ fields: { server_xml: req(text) } })), // 15
    host_aliases: opt(list(table(hostAlias))),
    dns_policy: opt(oneOf('Default', 'ClusterFirst', 'ClusterFirstWithHostNet', 'None')),
    dns_config: opt(table(dnsConfig)),
    workload_kind: opt(oneOf('deployment', 'statefulset', 'daemonset')),
    custom_metric: opt(table(customMetric)),
    affinity: opt(list(table(affinity))),
    anti_affinity: opt(list(table(affinity))),
    refer_resources: opt(list(table(referResource))),
    external_accesses: opt(list(table(externalAccess))),
    tolerations: opt(list(table(toleration))),
    container_name: opt(text),
    update_strategy: opt(table(updateStrategy)),
    multi_containers: opt(list(table(container))),
    workload_content: opt(text),
    configs: opt(list(table(config))),
    config_mode: opt(oneOf('ui', 'yaml', 'template')),
    enable_sermant_injection: opt(boolean),
    enable_sermant_spring_register: opt(boolean),
    enable_sermant_dubbo_register: opt(boolean),
    enable_sermant_config: opt(boolean),
    cell_id: opt(text),
    swimlane_id: opt(text),
    sermantAgentInjectActionFlag: opt(boolean),
    sys_config: opt(map(text)),
    image_pull_secrets: opt(texts),
    template_source: opt(table(templateSource)),
    input_values: opt(map(text)),
    auto_lts_config: opt(table({ fields: { enable: req(boolean), lts_log_path: opt(texts) } })), // 35
  },
  also: when.bodyConditions,
};

/** The body of POST component (API page 0076): the same and a few keys of its own; replica may be left out. */
export const createTable: Table = {
  fields: {
    ...modifyTable.fields,
    replica: opt(integer),
    environment_id: opt(text),
    workload_name: opt(text),
    create_mode: opt(anything),
    application_id: opt(text),
    enterprise_project_id: opt(text),
  },
  also: when.bodyConditions,
};
