// Finds and reads the kubeconfig: a flag, KUBECONFIG, or the service account of the pod. The format is client-node's
// business. Never quotes a file's content: it holds secrets. Every failure is one sentence with its cure.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { clip, KubeFailure } from './failure.ts';

/** Where the cluster may be described; the first that is set wins. */
export interface ClusterSource {
  /** Value of --kubeconfig. */
  readonly kubeconfigPath?: string;
  /** Value of KUBECONFIG: one or more files. */
  readonly kubeconfigEnv?: string;
  /** Prefix of /var/run/secrets/..., for tests. */
  readonly serviceAccountRoot?: string;
}

/** A parsed kubeconfig together with the text it came from. */
export interface LoadedConfig {
  readonly text: string;
  readonly config: KubeConfig;
}

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Reads the kubeconfig files, or the service account of the pod. `previous` is kept when its text is unchanged and its
 * user has a plug-in that caches a token itself. Throws a `KubeFailure` of class `configuration` that names the cure.
 */
export function loadConfig(source: ClusterSource, previous?: LoadedConfig): LoadedConfig {
  const path = source.kubeconfigPath ?? source.kubeconfigEnv;
  if (path === undefined || path === '') return loadInCluster(source.serviceAccountRoot ?? '');
  const files = path.split(delimiter).filter((file) => file !== '');
  const present = files.length === 1 ? files : files.filter((file) => existsSync(file));
  const texts = present.map((file) => ({ file, text: readText(file) }));
  if (texts.length === 0) throw configuration(`none of the files in KUBECONFIG exists: ${files.join(', ')}`);
  const text = texts.map((entry) => entry.text).join('\0');
  if (previous?.text === text && cachesTokens(previous.config.getCurrentUser())) return previous;
  return { text, config: merge(texts) };
}

/** A `KubeFailure` of class `configuration`. */
export function configuration(message: string): KubeFailure {
  return new KubeFailure({ class: 'configuration', code: 'KUBECONFIG', message: clip(message) });
}

function loadInCluster(root: string): LoadedConfig {
  if (!existsSync(`${root}${TOKEN_PATH}`)) {
    throw configuration(
      `no cluster found: pass --kubeconfig FILE, set KUBECONFIG, or run in a pod (${TOKEN_PATH} is missing)`,
    );
  }
  const config = new KubeConfig();
  config.loadFromCluster(root);
  if (config.getCurrentCluster()?.server.includes('undefined')) {
    throw configuration(
      'in-cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; pass --kubeconfig',
    );
  }
  return { text: '', config };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw configuration(
      `kubeconfig ${file} cannot be read (${code}); pass --kubeconfig FILE or set KUBECONFIG`,
    );
  }
}

function merge(texts: readonly { readonly file: string; readonly text: string }[]): KubeConfig {
  const all = texts.map(({ file, text }) => parse(file, text));
  const [first, ...rest] = all;
  if (!first) throw configuration('no kubeconfig');
  for (const next of rest) {
    for (const cluster of next.getClusters()) if (!first.getCluster(cluster.name)) first.addCluster(cluster);
    for (const user of next.getUsers()) if (!first.getUser(user.name)) first.addUser(user);
    for (const context of next.getContexts()) {
      if (!first.getContextObject(context.name)) first.addContext(context);
    }
    if (!first.getCurrentContext()) first.setCurrentContext(next.getCurrentContext());
  }
  return first;
}

function parse(file: string, text: string): KubeConfig {
  const config = new KubeConfig();
  try {
    // client-node knows the key only as `token-file`; kubectl writes `tokenFile`.
    config.loadFromString(text.replace(/(^|[\s{,"])tokenFile("?\s*:)/gm, '$1token-file$2'));
    config.makePathsAbsolute(dirname(file));
    return config;
  } catch (error) {
    const reason =
      error instanceof Error && /^(clusters|users|contexts)\[/.test(error.message)
        ? error.message
        : 'not a kubeconfig in YAML or JSON, or a file it names is missing';
    throw configuration(`kubeconfig ${file}: ${reason}; check it with "kubectl config view"`);
  }
}

function cachesTokens(user: User | null): boolean {
  return Boolean(user?.exec) || (Boolean(user?.authProvider) && user?.authProvider.name !== 'tokenFile');
}
