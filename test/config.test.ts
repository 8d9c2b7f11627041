// parseConfig: flag beats variable beats default; whatever is wrong is one line.
import { expect, it } from 'vitest';
import { type Config, type Environment, parseConfig } from '../src/config.ts';

const env: Environment = { KUBECONFIG: '/k' };

function parsed(argv: readonly string[], environment: Environment = env): Config {
  const result = parseConfig({ argv, env: environment });
  if (result.kind !== 'ok') throw new Error(result.kind === 'invalid' ? result.message : result.kind);
  return result.config;
}

function refusal(argv: readonly string[], environment: Environment = env): string {
  const result = parseConfig({ argv, env: environment });
  return result.kind === 'invalid' ? result.message : `not refused: ${result.kind}`;
}

it('has the documented defaults', () => {
  expect(parsed([])).toEqual({
    cluster: { kubeconfigEnv: '/k' },
    servicestageEndpoint: 'https://servicestage.{region}.myhuaweicloud.com',
    iamEndpoint: 'https://iam.{region}.myhuaweicloud.com',
    allowInsecureEndpoint: false,
    watchNamespaces: [],
    watchLabelSelector: '',
    leaderElect: false,
    leaderElectionNamespace: '',
    leaseDurationMs: 15_000,
    leaseRenewDeadlineMs: 10_000,
    metricsBindAddress: { host: undefined, port: 8080 },
    healthProbeBindAddress: { host: undefined, port: 8081 },
    workers: 10,
    pollIntervalMs: 5_000,
    cloudRequestTimeoutMs: 30_000,
    unknownOutcomeSettleMs: 120_000,
    configIdWireName: 'conifg_id',
    suspendAll: false,
    logLevel: 'info',
    logFormat: 'json',
  });
});

it('is frozen at every depth', () => {
  const config = parsed(['--watch-namespaces=a']);
  const parts = [config, config.cluster, config.watchNamespaces, config.metricsBindAddress];
  expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true, true]);
});

it.each<{ name: string; argv: string[]; env?: Environment; want: Partial<Config> }>([
  { name: 'a value after =', argv: ['--workers=3'], want: { workers: 3 } },
  { name: 'a value as the next argument', argv: ['--workers', '3'], want: { workers: 3 } },
  { name: 'the last of two', argv: ['--workers=3', '--workers=4'], want: { workers: 4 } },
  { name: 'a variable', argv: [], env: { SSC_WORKERS: '7' }, want: { workers: 7 } },
  {
    name: 'a flag before its variable',
    argv: ['--workers=3'],
    env: { SSC_WORKERS: '7' },
    want: { workers: 3 },
  },
  { name: 'an empty variable as unset', argv: [], env: { SSC_WORKERS: '' }, want: { workers: 10 } },
  { name: 'seconds', argv: ['--poll-interval=15s'], want: { pollIntervalMs: 15_000 } },
  { name: 'minutes', argv: ['--poll-interval=2m'], want: { pollIntervalMs: 120_000 } },
  { name: 'milliseconds', argv: ['--poll-interval=500ms'], want: { pollIntervalMs: 500 } },
  { name: 'a sum with a fraction', argv: ['--poll-interval=1m1.5s'], want: { pollIntervalMs: 61_500 } },
  { name: 'a bare switch', argv: ['--suspend-all'], want: { suspendAll: true } },
  { name: 'a switch set to false', argv: ['--suspend-all=false'], want: { suspendAll: false } },
  { name: 'a switch by variable', argv: [], env: { SSC_SUSPEND_ALL: '1' }, want: { suspendAll: true } },
  { name: 'a list', argv: ['--watch-namespaces=a, b,,a'], want: { watchNamespaces: ['a', 'b'] } },
  {
    name: 'a label selector',
    argv: ['--watch-label-selector', 'a/b=c, d!=e,f in (g, h),!i'],
    want: { watchLabelSelector: 'a/b=c, d!=e,f in (g, h),!i' },
  },
  {
    name: 'a port alone',
    argv: ['--metrics-bind-address=:9'],
    want: { metricsBindAddress: { host: undefined, port: 9 } },
  },
  {
    name: 'an IPv4 address',
    argv: ['--metrics-bind-address=127.0.0.1:0'],
    want: { metricsBindAddress: { host: '127.0.0.1', port: 0 } },
  },
  {
    name: 'an IPv6 address',
    argv: ['--health-probe-bind-address=[::1]:80'],
    want: { healthProbeBindAddress: { host: '::1', port: 80 } },
  },
  { name: '0 as no server', argv: ['--metrics-bind-address=0'], want: { metricsBindAddress: undefined } },
  {
    name: 'an endpoint without its last slash',
    argv: ['--iam-endpoint=https://iam.example.com:8443/base/'],
    want: { iamEndpoint: 'https://iam.example.com:8443/base' },
  },
  {
    name: 'an http endpoint when that is allowed',
    argv: ['--allow-insecure-endpoint', '--servicestage-endpoint=http://127.0.0.1:4000'],
    want: { servicestageEndpoint: 'http://127.0.0.1:4000', allowInsecureEndpoint: true },
  },
])('reads $name', ({ argv, env: extra, want }) => {
  expect(parsed(argv, { ...env, ...extra })).toMatchObject(want);
});

it.each<{ name: string; argv: string[]; env: Environment; cluster: object; leaderElect: boolean }>([
  {
    name: 'the service account, electing a leader, in a pod',
    argv: [],
    env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    cluster: {},
    leaderElect: true,
  },
  {
    name: 'the kubeconfig flag before KUBECONFIG, alone',
    argv: ['--kubeconfig', '/mine'],
    env: { KUBECONFIG: '/other', KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    cluster: { kubeconfigPath: '/mine' },
    leaderElect: false,
  },
  {
    name: 'the choice of the user over what is usual in a pod',
    argv: ['--leader-elect=false'],
    env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    cluster: {},
    leaderElect: false,
  },
])('takes $name', ({ argv, env, cluster, leaderElect }) => {
  expect(parsed(argv, env)).toMatchObject({ cluster, leaderElect });
});

it.each<{ name: string; argv: string[]; env?: Environment; says: string }>([
  { name: 'an unknown flag', argv: ['--worker=3'], says: 'unknown flag --worker; did you mean --workers?' },
  { name: 'a flag like no other', argv: ['--xyz'], says: 'unknown flag --xyz; see --help' },
  { name: 'a flag without its value', argv: ['--workers'], says: '--workers needs a value; see --help' },
  {
    name: 'a flag before another',
    argv: ['--kubeconfig', '--workers=1'],
    says: '--kubeconfig needs a value; see --help',
  },
  {
    name: 'a word after a switch',
    argv: ['--leader-elect', 'false'],
    says: 'unexpected argument "false"; a switch takes its value as --leader-elect=false',
  },
  {
    name: 'a stray word',
    argv: ['run'],
    says: 'unexpected argument "run"; flags are written --name value or --name=value, see --help',
  },
  {
    name: 'no workers',
    argv: ['--workers=0'],
    says: '--workers must be a whole number from 1 to 999, not "0"',
  },
  {
    name: 'a wrong variable by its name',
    argv: [],
    env: { SSC_WORKERS: 'x' },
    says: 'SSC_WORKERS must be a whole number from 1 to 999, not "x"',
  },
  {
    name: 'a number without unit',
    argv: ['--poll-interval=5'],
    says: '--poll-interval must be a duration from 10ms to 24h such as 15s or 2m, not "5"',
  },
  {
    name: 'a duration of zero',
    argv: ['--poll-interval=0s'],
    says: '--poll-interval must be a duration from 10ms to 24h such as 15s or 2m, not "0s"',
  },
  {
    name: 'an undecided switch',
    argv: ['--suspend-all=maybe'],
    says: '--suspend-all must be true or false, not "maybe"',
  },
  {
    name: 'an unknown level',
    argv: ['--log-level=trace'],
    says: '--log-level must be one of debug, info, warn, error, not "trace"',
  },
  {
    name: 'a namespace in upper case',
    argv: ['--watch-namespaces=a,B'],
    says: '--watch-namespaces must name namespaces, and "B" cannot be one',
  },
  {
    name: 'a bad selector',
    argv: ['--watch-label-selector=a=b=c'],
    says: '--watch-label-selector must be a label selector such as team=shop,tier!=test, not "a=b=c"',
  },
  {
    name: 'a port too high',
    argv: ['--metrics-bind-address=:70000'],
    says: '--metrics-bind-address must be an address such as :8080, 127.0.0.1:0 or [::1]:8080, or 0 for off, not ":70000"',
  },
  {
    name: 'an address without port',
    argv: ['--metrics-bind-address=localhost'],
    says: '--metrics-bind-address must be an address such as :8080, 127.0.0.1:0 or [::1]:8080, or 0 for off, not "localhost"',
  },
  {
    name: 'http without leave',
    argv: ['--iam-endpoint=http://127.0.0.1:1'],
    says: '--iam-endpoint is not https; use https, or --allow-insecure-endpoint for a test',
  },
  {
    name: 'half a second of lease',
    argv: ['--lease-duration=15500ms'],
    says: '--lease-duration must be whole seconds, as a Lease stores it',
  },
  {
    name: 'a renewal as late as the lease',
    argv: ['--lease-renew-deadline=15s'],
    says: '--lease-renew-deadline must be shorter than --lease-duration, or two replicas could lead at once',
  },
])('refuses $name in one line', ({ argv, env: extra, says }) => {
  const message = refusal(argv, { ...env, ...extra });
  expect(message).toBe(says);
});

it.each([
  'https://user:pa55word@example.com',
  'https://example.com/?key=pa55word',
  'https://example.com/#pa55word',
  'ftp://pa55word',
  'https://x{region}.pa55word.com',
  'https://{region}.{region}.pa55word.com',
  'https://example.com/{region}/pa55word',
  'https://{zone}.pa55word.com',
  'pa55word',
])('refuses the endpoint %s without repeating it', (value) => {
  const message = refusal([`--servicestage-endpoint=${value}`]);
  expect(message).toBe(
    '--servicestage-endpoint must be an http(s) URL without user, query and fragment; {region} may be one label of its host',
  );
});

it('refuses to start without a cluster', () => {
  expect(refusal([], {})).toBe(
    'no cluster to work in: give --kubeconfig FILE, set KUBECONFIG, or run inside a cluster',
  );
});

it('keeps a message on one line when the value has several', () => {
  expect(refusal(['--workers=1\n2'])).not.toContain('\n');
});

it('warns of what is accepted but hardly meant', () => {
  const result = parseConfig({
    argv: ['--unknown-outcome-settle=10s', '--allow-insecure-endpoint', '--iam-endpoint=http://127.0.0.1:1'],
    env: {
      ...env,
      SSC_WORKER: '3',
      SSC_WORKERS: '3',
      SSC_SERVICE_HOST: '10.1.1.1',
      SSC_PORT: 'tcp://10.1.1.1:80',
    },
  });
  expect(result.kind === 'ok' && result.warnings).toEqual([
    '--iam-endpoint is not https: credentials travel in clear',
    '--unknown-outcome-settle is not longer than --cloud-request-timeout and 5s: a late change may be missed',
    'SSC_WORKER is set but names no flag',
  ]);
});

it('prints every flag with default and variable, whatever else stands there', () => {
  const result = parseConfig({ argv: ['--nonsense', '--help'], env: {} });
  const text = result.kind === 'help' ? result.text : '';
  const variables = [...text.matchAll(/env (SSC_\w+)/g)].map(([, variable]) => variable);
  expect(variables).toEqual([
    ...['SSC_KUBECONFIG', 'SSC_SERVICESTAGE_ENDPOINT', 'SSC_IAM_ENDPOINT', 'SSC_ALLOW_INSECURE_ENDPOINT'],
    ...[
      'SSC_WATCH_NAMESPACES',
      'SSC_WATCH_LABEL_SELECTOR',
      'SSC_LEADER_ELECT',
      'SSC_LEADER_ELECTION_NAMESPACE',
    ],
    ...['SSC_LEASE_DURATION', 'SSC_LEASE_RENEW_DEADLINE', 'SSC_METRICS_BIND_ADDRESS'],
    ...['SSC_HEALTH_PROBE_BIND_ADDRESS', 'SSC_WORKERS', 'SSC_POLL_INTERVAL', 'SSC_CLOUD_REQUEST_TIMEOUT'],
    ...['SSC_UNKNOWN_OUTCOME_SETTLE', 'SSC_CONFIG_ID_WIRE_NAME', 'SSC_SUSPEND_ALL', 'SSC_LOG_LEVEL'],
    'SSC_LOG_FORMAT',
  ]);
  expect(text).toContain('--poll-interval DURATION\n      how often a running job is read (default 5s)');
});
