// Keeps one usable connection to the API server: credentials from `credentials.ts`, an undici dispatcher made of them.
// Re-reads in the background once a minute, and at once when the server refused what was sent. A reload that fails
// keeps the old credentials: half-written files are normal during a rotation. HTTP/1.1 only: a stuck watch then holds
// its own socket and nothing else.
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { type Access, resolveAccess, type TlsOptions } from './credentials.ts';
import { type ClusterSource, configuration, type LoadedConfig, loadConfig } from './kubeconfig.ts';
import type { Scheduler } from './scheduler.ts';

const REFRESH_MS = 60_000;
const RENEW_PAUSE_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
const PLUGIN_START_MS = 30_000;
const PLUGIN_RENEW_MS = 10_000;

export interface Connection {
  readonly access: Access;
  readonly dispatcher: Dispatcher;
}

export interface ConnectionSource {
  current(): Connection;
  /** Re-reads the credentials after `used` was refused; undefined when that brought nothing new. */
  renew(used: Connection): Promise<Connection | undefined>;
  close(): Promise<void>;
}

/** Reads the credentials and opens the source. Throws a `KubeFailure` of class `configuration` that names the cure. */
export async function openConnection(source: ClusterSource, scheduler: Scheduler): Promise<ConnectionSource> {
  let loaded = loadConfig(source);
  const access = await within(resolveAccess(loaded), PLUGIN_START_MS, scheduler);
  if (access === 'late')
    throw configuration('the credential plug-in of the kubeconfig did not answer within 30 s');
  let connection: Connection = { access, dispatcher: createDispatcher(access) };
  let readAt = scheduler.now();
  let renewedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  const read = async (previous: LoadedConfig | undefined): Promise<void> => {
    readAt = scheduler.now();
    try {
      loaded = loadConfig(source, previous);
      connection = follow(connection, await resolveAccess(loaded));
    } catch {
      // Whatever is wrong with the new ones, the old ones may still work; the server's next 401 tells.
    }
  };
  const readOnce = (previous: LoadedConfig | undefined): Promise<void> => {
    reading ??= read(previous).finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    current: () => {
      if (scheduler.now() - readAt >= REFRESH_MS) void readOnce(loaded);
      return connection;
    },
    renew: async (used) => {
      if (connection === used) {
        if (scheduler.now() - renewedAt < RENEW_PAUSE_MS) return undefined;
        renewedAt = scheduler.now();
        await within(readOnce(undefined), PLUGIN_RENEW_MS, scheduler);
      }
      return connection === used ? undefined : connection;
    },
    close: () => connection.dispatcher.destroy(),
  };
}

/** The work's result, or `late`: a hanging plug-in must not hang its caller. */
async function within<T>(work: Promise<T>, ms: number, scheduler: Scheduler): Promise<T | 'late'> {
  const timer = new AbortController();
  const late = scheduler.sleep(ms, timer.signal).then(() => 'late' as const);
  return Promise.race([work, late]).finally(() => timer.abort());
}

/** The same connection when nothing changed, the same sockets when only headers did. */
function follow(old: Connection, access: Access): Connection {
  if (transportKey(old.access) === transportKey(access)) {
    const same = JSON.stringify(old.access.headers) === JSON.stringify(access.headers);
    return same ? old : { access, dispatcher: old.dispatcher };
  }
  // Lets running requests and streams end on the old sockets.
  void old.dispatcher.close().catch(() => undefined);
  return { access, dispatcher: createDispatcher(access) };
}

function transportKey({ server, tls, proxyUrl }: Access): string {
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = tls;
  return [server.href, ca, cert, key, pfx, passphrase, servername, rejectUnauthorized, proxyUrl]
    .map(String)
    .join('\0');
}

function createDispatcher({ tls, proxyUrl }: Access): Dispatcher {
  const connect: TlsOptions & { timeout: number } = { ...tls, timeout: CONNECT_TIMEOUT_MS };
  if (proxyUrl === undefined) return new Agent({ connect, allowH2: false });
  if (proxyUrl.startsWith('socks')) {
    return new Socks5ProxyAgent(proxyUrl.replace(/^socks5h?:/, 'socks5:'), { requestTls: connect });
  }
  return new ProxyAgent({ uri: proxyUrl, requestTls: connect, allowH2: false });
}
