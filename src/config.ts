// Flags and environment of the operator, turned into one frozen value or one line that says what is wrong.
//
// Promises: a flag beats its variable (`SSC_` + upper snake case), a variable beats the default, an empty variable
// counts as unset. Nothing is read from disk, and no value that may carry a password is repeated.
// Leaves to others: printing, the exit code, and which namespace is the operator's own when none is given.
import { z } from 'zod';
import { readArguments } from './config/argv.ts';
import {
  type BindAddress,
  bindAddress,
  count,
  duration,
  endpoint,
  file,
  labelSelector,
  namespace,
  namespaces,
  oneOf,
  truth,
} from './config/values.ts';

export interface Config {
  /** The flag's file, or else the files of KUBECONFIG as given there; empty means the service account of the pod. */
  readonly cluster: { readonly kubeconfigPath?: string; readonly kubeconfigEnv?: string };
  /** URL templates without a trailing slash; `{region}` stands in the host only. */
  readonly servicestageEndpoint: string;
  readonly iamEndpoint: string;
  readonly allowInsecureEndpoint: boolean;
  /** Empty means all namespaces. */
  readonly watchNamespaces: readonly string[];
  /** Empty means all objects. */
  readonly watchLabelSelector: string;
  readonly leaderElect: boolean;
  /** Empty means the operator's own namespace (service account or kubeconfig context). */
  readonly leaderElectionNamespace: string;
  readonly leaseDurationMs: number;
  readonly leaseRenewDeadlineMs: number;
  /** Undefined when switched off with `0`. */
  readonly metricsBindAddress: BindAddress | undefined;
  readonly healthProbeBindAddress: BindAddress | undefined;
  readonly workers: number;
  readonly pollIntervalMs: number;
  readonly cloudRequestTimeoutMs: number;
  readonly unknownOutcomeSettleMs: number;
  readonly configIdWireName: 'conifg_id' | 'config_id';
  readonly suspendAll: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'text';
}

/** `warnings` are for the log: accepted, but probably not meant. */
export type ParsedConfig =
  | { readonly kind: 'ok'; readonly config: Config; readonly warnings: readonly string[] }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'invalid'; readonly message: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Never throws. `argv` is without the program and the script; `message` is one line. */
export function parseConfig(input: {
  readonly argv: readonly string[];
  readonly env: Environment;
}): ParsedConfig {
  const { env } = input;
  const given = readArguments(input.argv, { names: NAMES, switches: SWITCHES });
  if (given.kind === 'help') return { kind: 'help', text: help() };
  if (given.kind === 'invalid') return given;
  const raw = Object.fromEntries(
    NAMES.map((name) => [name, given.values.get(name) ?? (env[variable(name)] || undefined)]),
  );
  const kubeconfig = isSet(raw.kubeconfig) || isSet(env.KUBECONFIG);
  const inCluster = !kubeconfig && isSet(env.KUBERNETES_SERVICE_HOST);
  const parsed = FLAGS.safeParse({ ...raw, 'leader-elect': raw['leader-elect'] ?? String(inCluster) });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0]);
    return invalid(`${given.values.has(name) ? `--${name}` : variable(name)} ${issue?.message}`);
  }
  const config = build(parsed.data, env);
  const fault = findFault(config, env);
  return fault === undefined ? { kind: 'ok', config, warnings: findWarnings(config, env) } : invalid(fault);
}

const flag = <T>(schema: z.ZodType<T, string>, fallback: string, help: string) =>
  schema.prefault(fallback).meta({ ...schema.meta(), fallback, help });

const FLAGS = z.object({
  kubeconfig: flag(file, '', 'kubeconfig file (default KUBECONFIG, else the cluster it runs in)'),
  'servicestage-endpoint': flag(
    endpoint,
    'https://servicestage.{region}.myhuaweicloud.com',
    'ServiceStage API',
  ),
  'iam-endpoint': flag(
    endpoint,
    'https://iam.{region}.myhuaweicloud.com',
    'IAM API, for user name and password',
  ),
  'allow-insecure-endpoint': flag(truth, 'false', 'accept http endpoints: credentials travel in clear'),
  'watch-namespaces': flag(namespaces, '', 'namespaces to work in, comma separated (default all)'),
  'watch-label-selector': flag(labelSelector, '', 'work only on resources with these labels (default all)'),
  'leader-elect': flag(
    truth,
    '',
    'only the holder of the Lease writes (default true in a cluster, else false)',
  ),
  'leader-election-namespace': flag(namespace, '', "namespace of the Lease (default the operator's own)"),
  'lease-duration': flag(
    duration(1_000),
    '15s',
    'how long a silent leader keeps the Lease, in whole seconds',
  ),
  'lease-renew-deadline': flag(duration(100), '10s', 'a leader that cannot renew for so long steps down'),
  'metrics-bind-address': flag(bindAddress, ':8080', 'where /metrics is served; 0 switches it off'),
  'health-probe-bind-address': flag(bindAddress, ':8081', 'where /healthz and /readyz are served; 0 is off'),
  workers: flag(count, '10', 'resources reconciled at the same time'),
  'poll-interval': flag(duration(10), '5s', 'how often a running job is read'),
  'cloud-request-timeout': flag(duration(10), '30s', 'deadline of one call to the cloud'),
  'unknown-outcome-settle': flag(duration(1), '2m', 'how long an accepted change may stay invisible'),
  'config-id-wire-name': flag(
    oneOf(['conifg_id', 'config_id']),
    'conifg_id',
    'wire name of configs[].configId',
  ),
  'suspend-all': flag(truth, 'false', 'start no change on any resource'),
  'log-level': flag(oneOf(['debug', 'info', 'warn', 'error']), 'info', 'least severe line that is logged'),
  'log-format': flag(oneOf(['json', 'text']), 'json', 'JSON lines, or text for people'),
});
type Values = z.output<typeof FLAGS>;
const NAMES: readonly string[] = Object.keys(FLAGS.shape);
const VARIABLES = new Set(NAMES.map(variable));
const SWITCHES = new Set(
  Object.entries(FLAGS.shape).flatMap(([name, schema]) => (schema.meta()?.value === 'BOOL' ? [name] : [])),
);

function build(values: Values, env: Environment): Config {
  return Object.freeze({
    cluster: clusterSource(values.kubeconfig, env),
    servicestageEndpoint: values['servicestage-endpoint'],
    iamEndpoint: values['iam-endpoint'],
    allowInsecureEndpoint: values['allow-insecure-endpoint'],
    watchNamespaces: values['watch-namespaces'],
    watchLabelSelector: values['watch-label-selector'],
    leaderElect: values['leader-elect'],
    leaderElectionNamespace: values['leader-election-namespace'],
    leaseDurationMs: values['lease-duration'],
    leaseRenewDeadlineMs: values['lease-renew-deadline'],
    metricsBindAddress: values['metrics-bind-address'],
    healthProbeBindAddress: values['health-probe-bind-address'],
    workers: values.workers,
    pollIntervalMs: values['poll-interval'],
    cloudRequestTimeoutMs: values['cloud-request-timeout'],
    unknownOutcomeSettleMs: values['unknown-outcome-settle'],
    configIdWireName: values['config-id-wire-name'],
    suspendAll: values['suspend-all'],
    logLevel: values['log-level'],
    logFormat: values['log-format'],
  });
}

function clusterSource(path: string | undefined, env: Environment): Config['cluster'] {
  if (isSet(path)) return Object.freeze({ kubeconfigPath: path });
  return Object.freeze(isSet(env.KUBECONFIG) ? { kubeconfigEnv: env.KUBECONFIG } : {});
}

function findFault(config: Config, env: Environment): string | undefined {
  if (Object.keys(config.cluster).length === 0 && !isSet(env.KUBERNETES_SERVICE_HOST))
    return 'no cluster to work in: give --kubeconfig FILE, set KUBECONFIG, or run inside a cluster';
  const open = insecureEndpoint(config);
  if (open !== undefined && !config.allowInsecureEndpoint)
    return `${open} is not https; use https, or --allow-insecure-endpoint for a test`;
  if (config.leaseDurationMs % 1_000 !== 0)
    return '--lease-duration must be whole seconds, as a Lease stores it';
  if (config.leaseRenewDeadlineMs >= config.leaseDurationMs)
    return '--lease-renew-deadline must be shorter than --lease-duration, or two replicas could lead at once';
  return undefined;
}

/** A request may leave 5 s after its intent, so only a longer settle outlasts its deadline. */
function findWarnings(config: Config, env: Environment): readonly string[] {
  const open = insecureEndpoint(config);
  const unknown = Object.keys(env).filter(
    (key) => key.startsWith('SSC_') && !/_SERVICE_|_PORT(_|$)/.test(key) && !VARIABLES.has(key),
  );
  return [
    ...(open === undefined ? [] : [`${open} is not https: credentials travel in clear`]),
    ...(config.unknownOutcomeSettleMs < config.cloudRequestTimeoutMs + 5_000
      ? [
          '--unknown-outcome-settle is not longer than --cloud-request-timeout and 5s: a late change may be missed',
        ]
      : []),
    ...unknown.map((key) => `${key} is set but names no flag`),
  ];
}

function insecureEndpoint(config: Config): string | undefined {
  if (config.servicestageEndpoint.startsWith('http:')) return '--servicestage-endpoint';
  return config.iamEndpoint.startsWith('http:') ? '--iam-endpoint' : undefined;
}

function help(): string {
  const rows = Object.entries(FLAGS.shape).map(([name, schema]) => {
    const { value, fallback, help } = schema.meta() ?? {};
    const usage = value === 'BOOL' ? `--${name}[=BOOL]` : `--${name} ${value}`;
    return `  ${usage}\n      ${help}${fallback === '' ? '' : ` (default ${fallback})`}\n      env ${variable(name)}`;
  });
  return [
    'servicestage-operator: keeps Huawei Cloud ServiceStage components as ServiceStageComponent resources say.',
    '',
    'A flag beats its variable; an empty variable counts as unset.',
    '',
    ...rows,
    '  --help, -h\n      print this text',
  ].join('\n');
}

function variable(name: string): string {
  return `SSC_${name.toUpperCase().replaceAll('-', '_')}`;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function invalid(message: string): { readonly kind: 'invalid'; readonly message: string } {
  return { kind: 'invalid', message };
}
