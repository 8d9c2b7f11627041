// A real kube-apiserver with its etcd, on a free port of 127.0.0.1 and for one test file or run. RBAC decides, an
// admin token bypasses it, and no controller runs: namespaces are never finalized, owners never garbage collected,
// default service accounts never made.
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { buildServer, realApiServerAvailability } from './real-binaries.ts';

export {
  type Availability,
  buildJudges,
  buildRealApiServer,
  judgesAvailability,
  type RealBinaries,
  realApiServerAvailability,
} from './real-binaries.ts';
export { judgeHealthLua, judgeKstatus, type Verdict } from './real-judges.ts';

export type ApiAccess = { readonly url: string; readonly caPem: string };

export type RealApiServer = ApiAccess & {
  readonly adminToken: string;
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  readonly dataDir: string;
  /** Stops and starts it with the same port, data, certificates and keys. */
  restart(): Promise<void>;
  /** Ends it, and removes the data folder unless the caller named one. */
  stop(): Promise<void>;
  /** Connections stay open and unanswered until `resume`. */
  pause(): void;
  resume(): void;
};

export type RealApiServerOptions = {
  /** Kept after `stop`; a second server started on it later finds the same objects. */
  readonly dataDir?: string;
  /** Further flags of kube-apiserver, such as `--event-ttl=1m`. */
  readonly flags?: readonly string[];
};

export type KubeconfigOptions = ApiAccess & {
  readonly token: string;
  readonly path: string;
  readonly namespace?: string;
};

type Command = { readonly name: string; readonly file: string; readonly args: readonly string[] };

/** The last process is the API server; etcd, where it is one of its own, comes before it. */
type Processes = { readonly all: readonly ChildProcess[]; readonly guard: ChildProcess };

const startSeconds = 60;
const stopSeconds = 20;

export async function startRealApiServer(options: RealApiServerOptions = {}): Promise<RealApiServer> {
  const binaries = await buildServer();
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'servicestage-e2e-')));
  await mkdir(dataDir, { recursive: true });
  const adminToken = await writeCredentials(dataDir);
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const flags = [...apiServerFlags(port), ...(options.flags ?? [])];
  const commands = commandsOf(binaries.serverBinary, flags);

  let processes = startProcesses(commands, dataDir);
  const caPem = await untilReady(processes, url, adminToken, dataDir);
  const kubeconfigPath = join(dataDir, 'admin.kubeconfig');
  await writeKubeconfig({ url, caPem, token: adminToken, path: kubeconfigPath });

  const signal = (name: NodeJS.Signals) => processes.all.at(-1)?.kill(name);
  return {
    url,
    caPem,
    adminToken,
    kubeconfigPath,
    kubectlPath: binaries.kubectlBinary,
    dataDir,
    restart: async () => {
      await stopProcesses(processes);
      processes = startProcesses(commands, dataDir);
      await untilReady(processes, url, adminToken, dataDir);
    },
    stop: async () => {
      await stopProcesses(processes);
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
  };
}

export async function writeKubeconfig(options: KubeconfigOptions): Promise<void> {
  const { url, caPem, token, path, namespace } = options;
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  const context = { cluster: 'real', user: 'real', ...(namespace === undefined ? {} : { namespace }) };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'real', cluster }],
    users: [{ name: 'real', user: { token } }],
    contexts: [{ name: 'real', context }],
    'current-context': 'real',
  };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(kubeconfig, null, 2)}\n`, { mode: 0o600 });
}

/** A token of an existing service account, good for an hour, by the TokenRequest API. */
export async function issueServiceAccountToken(
  server: RealApiServer,
  namespace: string,
  name: string,
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const answer = await callApi(server, server.adminToken, 'POST', path, body);
  if (answer.status !== 201) throw new Error(`no token for ${namespace}/${name}: ${answer.text}`);
  const issued: { status: { token: string } } = JSON.parse(answer.text);
  return issued.status.token;
}

/** One request over a connection of its own; the status is the caller's to judge. */
export async function callApi(
  server: ApiAccess,
  token: string,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly text: string }> {
  const agent = new Agent({ connect: { ca: server.caPem } });
  try {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await request(`${server.url}${path}`, {
      dispatcher: agent,
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: 30_000,
    });
    return { status: response.statusCode, text: await response.body.text() };
  } finally {
    await agent.close();
  }
}

/** The admin's token. What an earlier server left in the folder stays good. */
async function writeCredentials(dataDir: string): Promise<string> {
  const tokens = join(dataDir, 'tokens.csv');
  const earlier = await readFile(tokens, 'utf8').catch(() => '');
  if (earlier !== '') return earlier.slice(0, earlier.indexOf(','));
  const token = randomBytes(24).toString('hex');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
  await writeFile(join(dataDir, 'service-accounts.key'), pem, { mode: 0o600 });
  await writeFile(tokens, `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  return token;
}

/** File names are relative: each process runs in the data folder. */
function apiServerFlags(port: number): readonly string[] {
  return [
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none', // it would refuse to publish a loopback address
    '--service-cluster-ip-range=10.0.0.0/24',
    '--cert-dir=pki',
    '--authorization-mode=RBAC',
    '--token-auth-file=tokens.csv',
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-account-key-file=service-accounts.key',
    '--service-account-signing-key-file=service-accounts.key',
    '--disable-admission-plugins=ServiceAccount', // no controller makes the default accounts it asks for
  ];
}

function commandsOf(serverBinary: string, flags: readonly string[]): readonly Command[] {
  const available = realApiServerAvailability();
  if (available.kind !== 'assets') return [{ name: 'apiserver', file: serverBinary, args: flags }];
  const socket = 'unix://etcd.sock';
  const etcdFlags = [
    '--data-dir=etcd',
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=${socket}`,
    '--advertise-client-urls=http://127.0.0.1:0', // required beside the flag above, and used by nobody
    '--listen-peer-urls=http://127.0.0.1:0',
  ];
  return [
    { name: 'etcd', file: join(available.dir, 'etcd'), args: etcdFlags },
    { name: 'apiserver', file: serverBinary, args: [...flags, `--etcd-servers=${socket}`] },
  ];
}

function startProcesses(commands: readonly Command[], dataDir: string): Processes {
  const all = commands.map((command) => startProcess(command, dataDir));
  return { all, guard: startGuard(all) };
}

function startProcess({ name, file, args }: Command, dataDir: string): ChildProcess {
  const log = openSync(join(dataDir, `${name}.log`), 'a');
  try {
    const child = spawn(file, args, { cwd: dataDir, stdio: ['ignore', log, log] });
    child.on('error', () => {}); // untilReady sees that it never ran
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/**
 * Kills the servers when this process is gone, however it went: only then does the guard's standard input end while the
 * guard still lives. It also reaches servers that are paused.
 */
function startGuard(servers: readonly ChildProcess[]): ChildProcess {
  const pids = servers.flatMap((server) => (server.pid === undefined ? [] : [String(server.pid)]));
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -KILL "$@"', 'guard', ...pids], {
    detached: true, // Ctrl-C in the terminal must not end it first
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  return guard;
}

async function stopProcesses({ all, guard }: Processes): Promise<void> {
  for (const child of all.toReversed()) {
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1000);
    await exit(child);
    clearTimeout(late);
  }
  guard.kill('SIGKILL');
  await exit(guard);
}

async function exit(child: ChildProcess): Promise<void> {
  child.ref(); // until now it kept nobody waiting
  if (!isOver(child)) await once(child, 'exit');
}

function isOver(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** The certificate authority to trust, once the API server says that it is ready. */
async function untilReady(
  processes: Processes,
  url: string,
  token: string,
  dataDir: string,
): Promise<string> {
  const deadline = performance.now() + startSeconds * 1000;
  while (performance.now() < deadline && !processes.all.some(isOver)) {
    const caPem = await readAuthority(dataDir);
    if (caPem !== undefined && (await isReady({ url, caPem }, token))) return caPem;
    await sleep(100);
  }
  await stopProcesses(processes);
  const log = await readFile(join(dataDir, 'apiserver.log'), 'utf8').catch(() => '');
  throw new Error(
    `the API server did not become ready; ${dataDir} has its logs, ending with\n${log.slice(-2000)}`,
  );
}

async function isReady(access: ApiAccess, token: string): Promise<boolean> {
  const answer = await callApi(access, token, 'GET', '/readyz').catch(() => undefined);
  return answer?.status === 200;
}

/** kube-apiserver makes its own serving certificate; the authority that signed it is the file's last. */
async function readAuthority(dataDir: string): Promise<string | undefined> {
  const chain = await readFile(join(dataDir, 'pki', 'apiserver.crt'), 'utf8').catch(() => '');
  return chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g)?.at(-1);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
