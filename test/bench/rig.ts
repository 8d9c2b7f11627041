// What every measurement stands on: an API server (the real one where it can be had), the simulator in this process, and
// the operator as a process of its own. Real time throughout.
import type { JsonObject } from '../../src/core/types.ts';
import { exampleToken, type Simulator, startSimulator } from '../fakes/simulator/index.ts';
import { startEmbeddedKube } from '../support/embedded-kube.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import { realKubeMissing, startRealKube } from '../support/real-kube.ts';
import { type Program, startProgram } from './programs.ts';

/** Long enough for everything but the end of a job to happen at once. */
const JOB_MS = 100;

export interface Rig {
  readonly kube: KubeTarget;
  readonly cloud: Simulator;
  /** What the API server is, for the report. */
  readonly server: string;
  /** A namespace with the credentials Secret in it. */
  namespace(name: string): Promise<string>;
  operator(namespace: string): Program;
  nullClient(namespace: string): Program;
  /** Aborts when everything is taken down. */
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

/** Epoch ms with fractions; the simulator's journal carries the same clock. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export async function startRig(wanted: 'real' | 'embedded' | 'best'): Promise<Rig> {
  const missing = realKubeMissing();
  if (wanted === 'real' && missing !== undefined) throw new Error(`no real API server: ${missing}`);
  const real = wanted === 'real' || (wanted === 'best' && missing === undefined);
  const kube: KubeTarget = real ? await startRealKube() : await startEmbeddedKube();
  const cloud = await startSimulator({ now: nowMs, settings: { jobDurationMs: JOB_MS } });
  const ending = new AbortController();
  const programs: Program[] = [];
  const started = (program: Program): Program => {
    programs.push(program);
    return program;
  };
  return {
    kube,
    cloud,
    signal: ending.signal,
    server: real
      ? 'real kube-apiserver, etcd without fsync'
      : `embedded API in this process${missing === undefined ? '' : ` (${missing})`}`,
    namespace: (name) => makeNamespace(kube, name),
    operator: (namespace) => started(startProgram('src/main.ts', operatorFlags(kube, cloud, namespace))),
    nullClient: (namespace) =>
      started(startProgram('test/bench/null-client.ts', [kube.kubeconfigPath, cloud.url, namespace])),
    stop: async () => {
      ending.abort();
      await Promise.all(programs.map((program) => program.stop()));
      await cloud.stop();
      await kube.stop();
    },
  };
}

function operatorFlags(kube: KubeTarget, cloud: Simulator, namespace: string): readonly string[] {
  return [
    `--kubeconfig=${kube.kubeconfigPath}`,
    `--servicestage-endpoint=${cloud.url}`,
    `--iam-endpoint=${cloud.iamUrl}`,
    '--allow-insecure-endpoint=true',
    `--watch-namespaces=${namespace}`,
    `--leader-election-namespace=${namespace}`,
    '--leader-elect=false',
    '--metrics-bind-address=0',
    '--health-probe-bind-address=0',
  ];
}

async function makeNamespace(kube: KubeTarget, name: string): Promise<string> {
  const make = async (path: string, body: JsonObject): Promise<void> => {
    const { status, json } = await kube.call('POST', path, body);
    if (status >= 300) throw new Error(`POST ${path}: ${status} ${JSON.stringify(json.message)}`);
  };
  await make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await make(`/api/v1/namespaces/${name}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'huaweicloud', namespace: name },
    stringData: { token: exampleToken },
  });
  return name;
}
