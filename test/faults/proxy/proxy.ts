// A fault proxy in front of an API server: bytes (`relay`) before TLS and HTTP (`gate`), all over real sockets of this
// machine, with the kubeconfig, token file and CA file of its client. Whoever starts it orders the faults; unharmed
// requests reach the API server as its admin.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createAuthority } from './certificates.ts';
import { type Gate, startGate, type Upstream } from './gate.ts';
import { type Relay, startRelay } from './relay.ts';

export interface FaultProxy extends Pick<Gate, 'record' | 'answers' | 'lines' | 'goAway'> {
  readonly url: string;
  /** Names the token file and the CA file. */
  readonly kubeconfigPath: string;
  /** Bytes of every connection, open and new. */
  readonly bytes: Pick<Relay, 'freezeAll' | 'thaw' | 'reset' | 'down' | 'up'>;
  /** Not a byte passes any more on the connections that carry a watch now, and no FIN either. */
  freezeWatches(): void;
  /** The old token is refused from now on; the returned function puts the new one into the client's file. */
  rotateToken(): () => Promise<void>;
  /** New handshakes see a certificate of a new authority; the returned function puts that into the client's file. */
  rotateAuthority(): () => Promise<void>;
  stop(): Promise<void>;
}

export async function startFaultProxy(upstream: Upstream): Promise<FaultProxy> {
  const home = await mkdtemp(join(tmpdir(), 'servicestage-proxy-'));
  const [caPath, tokenPath, kubeconfigPath] = [
    join(home, 'ca.crt'),
    join(home, 'token'),
    join(home, 'config'),
  ];
  const authority = createAuthority('first');
  const token = newToken();
  let resetOne = (_port: number): void => undefined;
  const gate = await startGate({ upstream, authority, token, reset: (port) => resetOne(port) });
  const relay = await startRelay(gate.port);
  resetOne = (port) => relay.reset(new Set([port]));
  const url = `https://127.0.0.1:${relay.port}`;
  await replace(caPath, authority.caPem);
  await replace(tokenPath, token);
  await replace(kubeconfigPath, kubeconfigOf({ url, caPath, tokenPath }));
  return {
    url,
    kubeconfigPath,
    record: gate.record,
    answers: gate.answers,
    lines: gate.lines,
    goAway: gate.goAway,
    bytes: relay,
    freezeWatches: () => relay.freeze(gate.watchPorts()),
    rotateToken: () => {
      const next = newToken();
      gate.accept(next);
      return () => replace(tokenPath, next);
    },
    rotateAuthority: () => {
      const next = createAuthority('second');
      gate.certify(next);
      return () => replace(caPath, next.caPem);
    },
    stop: async () => {
      await relay.stop();
      await gate.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The way to the server that a kubeconfig with inline material describes. */
export function upstreamOf(kubeconfigPath: string): Upstream {
  const config = parse(readFileSync(kubeconfigPath, 'utf8')) as {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
    readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
  };
  const { server = '', 'certificate-authority-data': ca } = config.clusters[0]?.cluster ?? {};
  const { token } = config.users[0]?.user ?? {};
  return {
    url: server,
    ...(ca === undefined ? {} : { caPem: Buffer.from(ca, 'base64').toString() }),
    ...(token === undefined ? {} : { token }),
  };
}

function newToken(): string {
  return randomBytes(16).toString('hex');
}

/** Whole or not at all, as a projected volume changes its files. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

interface Paths {
  readonly url: string;
  readonly caPath: string;
  readonly tokenPath: string;
}

function kubeconfigOf({ url, caPath, tokenPath }: Paths): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server: url, 'certificate-authority': caPath } }],
    users: [{ name: 'proxy', user: { tokenFile: tokenPath } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'proxy' } }],
    'current-context': 'proxy',
  });
}
