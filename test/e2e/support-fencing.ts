// Replicas of the operator as real processes around one Lease, each site with a namespace, a simulator and a Lease of its
// own, so that several can run at the same time on one API server. A replica is stopped and continued as the kernel does
// it: no code of it runs in between, its clock goes on.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { JsonObject } from '../../src/core/types.ts';
import {
  type ComponentSeed,
  exampleToken,
  type Simulator,
  startSimulator,
} from '../fakes/simulator/index.ts';
import { lengths } from '../support/lengths.ts';
import { type OperatorProcess, type ProgramOptions, startOperatorProcess } from '../support/process.ts';
import { writeKubeconfig } from './real-apiserver.ts';
import { type Item, openItem, PATIENT } from './support-item.ts';
import { createNamespace, type E2eServer } from './support-server.ts';

/** A limit of one case; the waits inside it are shorter. */
export const CASE_MS = 2 * PATIENT.timeout;

export interface Replica extends OperatorProcess {
  /** Whether its log says that it leads. It may have stopped to, without having said so. */
  leads(): boolean;
  /** SIGSTOP, SIGCONT. */
  freeze(): void;
  wake(): void;
  /** Epoch ms of the newest log line with this message and fields; undefined when there is none. */
  toldAt(message: string, fields?: JsonObject): number | undefined;
  /** Log lines from now on. */
  listen(): () => readonly JsonObject[];
}

export interface StartOptions {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it finds the API server and the service, unless directly. */
  readonly apiPort?: number;
  readonly endpoint?: string;
}

export interface Site {
  readonly namespace: string;
  readonly cloud: Simulator;
  /** A replica that `close` kills. */
  start(options?: StartOptions): Promise<Replica>;
  /** Starts a replica where none leads and waits until it does. */
  lead(options?: StartOptions): Promise<Replica>;
  /** A component with its object; the object is there when this resolves. */
  create(name: string, version?: string): Promise<Item>;
  /** A component without an object. */
  open(name: string, seed?: ComponentSeed): Item;
  /** Of each replica who it was and its last log lines, for a failed test. */
  lastWords(): readonly string[];
  close(): Promise<void>;
}

/** A site in a namespace of its own. `jobMs`: how long the service works on a change. */
export async function openSite(at: E2eServer, { jobMs = 300 }: { jobMs?: number } = {}): Promise<Site> {
  const namespace = `site-${randomBytes(4).toString('hex')}`;
  const cloud = await startSimulator({ settings: { jobDurationMs: jobMs } });
  const replicas: Replica[] = [];
  await createNamespace(at.kube, namespace);
  await at.kube.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    metadata: { name: 'huaweicloud' },
    stringData: { token: exampleToken },
  });
  const start = async (options: StartOptions = {}): Promise<Replica> => {
    const kubeconfig = await kubeconfigFor(at, options);
    const flags = [...flagsOf(kubeconfig, { namespace, cloud, options }), ...(options.flags ?? [])];
    const { env = {} } = options;
    const replica = asReplica(await inTurn(() => started({ flags, env })));
    replicas.push(replica);
    alive.add(replica);
    void replica.exited.then(() => alive.delete(replica));
    return replica;
  };
  const open = (name: string, seed: ComponentSeed = {}): Item =>
    openItem(at, { namespace, name, cloud, componentId: cloud.addComponent(seed).id });
  return {
    namespace,
    cloud,
    start,
    lead: async (options) => {
      const replica = await start(options);
      await vi.waitFor(() => expect(replica.leads()).toBe(true), PATIENT);
      return replica;
    },
    open,
    create: async (name, version = '1.0.1') => {
      const item = open(name);
      await item.create(version);
      return item;
    },
    lastWords: () =>
      replicas.flatMap(({ log, text }, i) => [
        `replica ${i}:`,
        ...log.filter(({ message }) => message === 'leadership changed').map((line) => JSON.stringify(line)),
        ...[...log.map((line) => JSON.stringify(line)), ...text].slice(-25),
      ]),
    close: async () => {
      await Promise.all(replicas.splice(0).map((replica) => replica.end('SIGKILL')));
      await cloud.stop();
    },
  };
}

const alive = new Set<Replica>();

/** Kills what a test that ran out of time has left, stopped or not. */
export async function endEveryReplica(): Promise<void> {
  await Promise.all([...alive].map((replica) => replica.end('SIGKILL')));
}

let turn: Promise<unknown> = Promise.resolve();

/** One start after the other: together they take no less time, and each must be ready in time. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work, work);
  turn = mine;
  return mine;
}

/** On a machine under load a start may take longer than it is given; the next finds it warm. */
async function started(options: ProgramOptions): Promise<OperatorProcess> {
  for (let triesLeft = 2; ; triesLeft -= 1) {
    try {
      return await startOperatorProcess(options);
    } catch (error) {
      if (triesLeft === 0) throw error;
    }
  }
}

/** A site for as long as `use` runs. */
export async function inSite(
  at: E2eServer,
  use: (site: Site) => Promise<void>,
  options?: { readonly jobMs: number },
): Promise<void> {
  const site = await openSite(at, options);
  try {
    await use(site);
  } catch (error) {
    for (const line of site.lastWords()) console.error(line);
    throw error;
  } finally {
    await site.close();
  }
}

async function kubeconfigFor({ server }: E2eServer, { apiPort }: StartOptions): Promise<string> {
  if (apiPort === undefined) return server.kubeconfigPath;
  const path = join(server.dataDir, `gate-${apiPort}.kubeconfig`);
  const url = `https://127.0.0.1:${apiPort}`;
  await writeKubeconfig({ url, caPem: server.caPem, token: server.adminToken, path });
  return path;
}

interface Around {
  readonly namespace: string;
  readonly cloud: Simulator;
  readonly options: StartOptions;
}

function flagsOf(kubeconfig: string, { namespace, cloud, options }: Around): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--servicestage-endpoint=${options.endpoint ?? cloud.url}`,
    `--iam-endpoint=${cloud.iamUrl}`,
    '--allow-insecure-endpoint',
    '--poll-interval=200ms',
    // Longer than any pause: what a stopped process waits for is still wanted when it wakes.
    '--cloud-request-timeout=90s',
    '--unknown-outcome-settle=2s',
    '--log-level=debug',
    `--watch-namespaces=${namespace}`,
    '--leader-elect',
    `--leader-election-namespace=${namespace}`,
    `--lease-duration=${lengths.leaseDurationMs}ms`,
    `--lease-renew-deadline=${lengths.leaseRenewDeadlineMs}ms`,
  ];
}

function asReplica(program: OperatorProcess): Replica {
  const says = (line: JsonObject, message: string, fields: JsonObject): boolean =>
    line.message === message && Object.entries(fields).every(([name, value]) => line[name] === value);
  return {
    ...program,
    leads: () => program.log.findLast((line) => line.message === 'leadership changed')?.role === 'leading',
    // `end` sends the signal at once; its promise is about an end that does not come.
    freeze: () => void program.end('SIGSTOP'),
    wake: () => void program.end('SIGCONT'),
    toldAt: (message, fields = {}) => {
      const line = program.log.findLast((each) => says(each, message, fields));
      return line === undefined ? undefined : Date.parse(String(line.time));
    },
    listen: () => {
      const from = program.log.length;
      return () => program.log.slice(from);
    },
  };
}

/** When it began to lead, epoch ms by its log. */
export const led = (replica: Replica): number =>
  replica.toldAt('leadership changed', { role: 'leading' }) ?? 0;

/** Real time that has to pass, in steps. */
export async function pass(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) await sleep(50);
}
