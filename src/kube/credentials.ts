// From a kubeconfig to what one connection needs: server address, TLS material, headers. The exec, OIDC and token-file
// plug-ins are client-node's; the connection itself is ours. Never quotes a plug-in's output: it may hold secrets.
import type { Cluster, KubeConfig } from '@kubernetes/client-node';
import { configuration, type LoadedConfig } from './kubeconfig.ts';

/** What one connection needs. Holds secrets: never print it. */
export interface Access {
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
  readonly proxyUrl?: string;
  readonly namespace?: string;
}

export interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly pfx?: string | Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Turns the current context into an `Access`; may run an exec plug-in. Throws a `KubeFailure` of class `configuration`. */
export async function resolveAccess({ config }: LoadedConfig): Promise<Access> {
  const cluster = currentCluster(config);
  const server = parseServer(cluster.server);
  if (server.protocol === 'http:') allowPlainText(config, cluster, server);
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'failed';
    throw configuration(`credentials of user "${config.getCurrentUser()?.name ?? ''}" unusable (${code})`);
  }
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  return {
    server,
    headers: headersOf(options),
    tls: tlsOf(options as TlsOptions),
    ...(cluster.proxyUrl ? { proxyUrl: cluster.proxyUrl } : {}),
    ...(namespace ? { namespace } : {}),
  };
}

function currentCluster(config: KubeConfig): Cluster {
  const context = config.getCurrentContext();
  if (!context) {
    throw configuration('kubeconfig has no current-context; set one with "kubectl config use-context NAME"');
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw configuration(
      `kubeconfig: context "${context}" or its cluster does not exist; see "kubectl config get-contexts"`,
    );
  }
  return cluster;
}

function parseServer(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw configuration('kubeconfig: clusters[].cluster.server is not an http(s) URL');
}

/** Plain http is for servers on this machine; elsewhere the kubeconfig must ask for it. client-node wants the flag in both cases. */
function allowPlainText(config: KubeConfig, cluster: Cluster, server: URL): void {
  if (!cluster.skipTLSVerify && !LOOPBACK.test(server.hostname)) {
    throw configuration(
      'kubeconfig: server uses plain http; use https or set insecure-skip-tls-verify: true',
    );
  }
  config.loadFromOptions({
    clusters: config
      .getClusters()
      .map((other) => (other.name === cluster.name ? { ...other, skipTLSVerify: true } : other)),
    users: config.getUsers(),
    contexts: config.getContexts(),
    currentContext: config.getCurrentContext(),
  });
}

function headersOf(options: {
  readonly headers?: unknown;
  readonly auth?: string | null | undefined;
}): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries((options.headers ?? {}) as Record<string, unknown>)) {
    headers[name.toLowerCase()] = String(value).trim();
  }
  if (options.auth && !headers.authorization) {
    headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return headers;
}

function tlsOf(options: TlsOptions): TlsOptions {
  const names = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'servername', 'rejectUnauthorized'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}
