// Tables 3 and 38 of the API page: the request body itself and its additional containers. Every key of tables 3-41 hangs
// below `component`; table 42 (config_encryption) is named by no body field and is left out.
import type { z } from 'zod';
import { command, env, lifecycle, log, probe, securityContext, storage } from './component-container.ts';
import { extraBody } from './component-extra.ts';
import * as place from './component-placement.ts';
import { deployStrategy, updateStrategy } from './component-rollout.ts';
import { affinity, toleration } from './component-scheduling.ts';
import { build, runtimeStack, source, templateSource } from './component-source.ts';
import {
  amount,
  choice,
  flag,
  list,
  listBy,
  patterned,
  shortText,
  text,
  textMap,
  textSet,
  whole,
} from './field-types.ts';
import { may, measured, must, ours, table } from './fields.ts';

const ENV_MAX = 500;
const CONTAINER_MAX = 20;
const limits = {
  limitCpu: measured(
    'cores',
    may('limit_cpu', amount(), 'Most CPU it may use; a plain number, not a Kubernetes quantity.'),
  ),
  limitMemory: measured('GiB', may('limit_memory', amount(), 'Most memory it may use; a plain number.')),
  requestCpu: measured('cores', may('request_cpu', amount(), 'CPU that is reserved; a plain number.')),
  requestMemory: measured('GiB', may('request_memory', amount(), 'Memory that is reserved; a plain number.')),
};
const envs = may('envs', listBy(['name'], env, ENV_MAX), 'Environment variables.');
const storages = may('storages', listBy(['name'], storage), 'Storage and where it is mounted.');
const process = {
  command: may('command', command, 'Command that starts the container.'),
  postStart: may('post_start', lifecycle, 'What is done after the start.'),
  preStop: may('pre_stop', lifecycle, 'What is done before the stop.'),
};
const security = may('security_context', securityContext, 'User, group and capabilities.');
const logs = may('logs', list(log), 'Logs to collect.');
const probes = {
  livenessProbe: may('liveness_probe', probe, 'Whether it must be restarted.'),
  readinessProbe: may('readiness_probe', probe, 'Whether it may get traffic.'),
  startupProbe: may('startup_probe', probe, 'Whether it has started.'),
};

const container = table(
  38,
  {
    containerName: must('container_name', text(), 'Name of the container, unique in the list.'),
    source: must('source', source, 'Image of the container; only kind image is possible here.'),
    ...limits,
    envs,
    ...probes,
    ...process,
    logs,
    storages,
    securityContext: security,
  },
  {
    rules: [
      {
        cel: "self.source.kind == 'image'",
        holds: (self) => self.source.kind === 'image',
        message: 'source.kind is not image: an additional container runs an image; use kind image',
        at: 'source',
      },
    ],
  },
);

export const component = table(
  3,
  {
    name: must(
      'name',
      patterned('^[A-Za-z][A-Za-z0-9_-]{0,62}[A-Za-z0-9]$', 64, 'a component name'),
      'Name of the component in ServiceStage; it cannot be changed there.',
    ),
    labels: may(
      'labels',
      listBy(['key'], place.label),
      'Labels, for the query of a workload or for graceful start and stop on virtual machines.',
    ),
    runtimeStack: must(
      'runtime_stack',
      runtimeStack,
      'Technology stack; it cannot be changed on the server.',
    ),
    description: may('description', shortText(128), 'Description; "" clears it.'),
    source: must('source', source, 'Where the software comes from.'),
    build: may('build', build, 'How it is built, for kind code.'),
    ...limits,
    version: must(
      'version',
      patterned('^([0-9]+)(.[0-9]+){2,3}$', 32, 'a version such as 1.0.2'),
      'Version of the component, A.B.C or A.B.C.D.',
    ),
    envs,
    replica: measured(
      'instances',
      may(
        'replica',
        whole(),
        'Number of instances, reached by scaling; absent = not managed. A modify carries the number of the server.',
      ),
    ),
    storages,
    deployStrategy: may('deploy_strategy', deployStrategy, 'How this change is rolled out.'),
    ...process,
    mesher: may(
      'mesher',
      place.mesher,
      'Service mesh for other languages; needed for Nodejs with a bound CSE engine.',
    ),
    timezone: may('timezone', text(), 'Time zone, such as Asia/Shanghai.'),
    jvmOpts: may('jvm_opts', text(), 'Options of the JVM, separated by spaces; "" = the default.'),
    tomcatOpts: may('tomcat_opts', place.tomcatOpts, 'Options of Tomcat.'),
    hostAliases: may('host_aliases', listBy(['ip'], place.hostAlias), 'Entries for the hosts file.'),
    dnsPolicy: may(
      'dns_policy',
      choice('Default', 'ClusterFirst', 'ClusterFirstWithHostNet', 'None'),
      'Whose name resolution applies: of the node, of the cluster, of the cluster in host network, or only dnsConfig.',
    ),
    dnsConfig: may('dns_config', place.dnsConfig, 'Own name resolution.'),
    workloadKind: may('workload_kind', choice('deployment', 'statefulset', 'daemonset'), 'Sort of workload.'),
    securityContext: security,
    logs,
    customMetric: may('custom_metric', place.customMetric, 'Metrics of the component.'),
    affinity: may('affinity', list(affinity), 'Nodes and pods to be near.'),
    antiAffinity: may('anti_affinity', list(affinity), 'Nodes and pods to be away from.'),
    ...probes,
    referResources: may('refer_resources', list(place.referResource), 'Resources that belong to it.'),
    externalAccesses: may('external_accesses', list(place.externalAccess), 'Access from outside.'),
    tolerations: may('tolerations', list(toleration), 'Taints it tolerates.'),
    containerName: may('container_name', text(), 'Name of the main container.'),
    updateStrategy: may('update_strategy', updateStrategy, 'How pods are replaced.'),
    multiContainers: may(
      'multi_containers',
      listBy(['containerName'], container, CONTAINER_MAX),
      'Additional containers.',
    ),
    workloadContent: may('workload_content', text(), 'Manifest of the workload, for configMode yaml.'),
    configs: may(
      'configs',
      listBy(['configId', 'mountPath'], place.config),
      'Unified configurations to mount.',
    ),
    configMode: may('config_mode', choice('ui', 'yaml', 'template'), 'How the workload is configured.'),
    enableSermantInjection: may('enable_sermant_injection', flag(), 'Whether the Sermant agent is added.'),
    enableSermantSpringRegister: may(
      'enable_sermant_spring_register',
      flag(),
      'Whether Spring Cloud services register through Sermant.',
    ),
    enableSermantDubboRegister: may(
      'enable_sermant_dubbo_register',
      flag(),
      'Whether Dubbo services register through Sermant.',
    ),
    enableSermantConfig: may('enable_sermant_config', flag(), 'Whether Sermant configures at run time.'),
    cellId: may('cell_id', text(), 'Id of the deployment cell.'),
    swimlaneId: may('swimlane_id', text(), 'Id of the lane.'),
    sermantAgentInjectActionFlag: may(
      'sermantAgentInjectActionFlag',
      flag(),
      'Whether the --add-opens options that JDK 17 and 21 need are added.',
    ),
    sysConfig: may(
      'sys_config',
      textMap(),
      'Settings for a package on virtual machines; keys are sent as written.',
    ),
    imagePullSecrets: may(
      'image_pull_secrets',
      textSet(),
      'Secrets of the managed cluster to pull images with.',
    ),
    templateSource: may('template_source', templateSource, 'Template package, for configMode template.'),
    inputValues: may('input_values', textMap(), 'Inputs of the template; keys are sent as written.'),
    autoLtsConfig: may('auto_lts_config', place.autoLtsConfig, 'Logs to LTS.'),
    extraBody: ours(
      extraBody,
      'More keys for the request body under their wire names, merged in last; null, name, runtime_stack, replica and what a Secret fills are refused.',
    ),
  },
  {
    rules: [
      {
        cel: "!has(self.updateStrategy) || !has(self.updateStrategy.maxSurge) || !has(self.workloadKind) || self.workloadKind == 'deployment'",
        holds: ({ updateStrategy: update, workloadKind }) =>
          update?.maxSurge === undefined || workloadKind === undefined || workloadKind === 'deployment',
        message:
          'updateStrategy.maxSurge is set: only workloadKind deployment takes it; remove it or change workloadKind',
        at: 'updateStrategy',
        reason: 'FieldValueForbidden',
      },
      {
        cel: "self.runtimeStack.type != 'Nodejs' || !has(self.referResources) || !self.referResources.exists(r, r.type == 'cse') || has(self.mesher)",
        holds: ({ runtimeStack: { type }, referResources, mesher }) =>
          type !== 'Nodejs' || mesher !== undefined || !referResources?.some((r) => r.type === 'cse'),
        message: 'mesher is missing: Nodejs with a bound CSE engine needs it; write the port of the process',
        at: 'mesher',
        reason: 'FieldValueRequired',
      },
    ],
  },
);
export type Component = z.infer<typeof component>;
