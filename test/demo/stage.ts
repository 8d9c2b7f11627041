// Everything that runs during the demo: the embedded Kubernetes API and the simulator in this process, the operator as a
// process of its own, and the ledger of causes that the last scene adds up.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../src/core/types.ts';
import { type EmbeddedApi, startEmbeddedApi } from '../fakes/embedded/index.ts';
import {
  exampleComponentId,
  exampleContainerBody,
  exampleToken,
  type Simulator,
  startSimulator,
} from '../fakes/simulator/index.ts';
import { crdDocument, type KubeTarget, kubeTarget } from '../support/kube-target.ts';
import { FIRST_COMPONENT, NAMESPACE, SECOND_ID, SECRET } from './manifest.ts';
import { createOperatorProcess, type OperatorProcess } from './operator-process.ts';
import type { Screen } from './screen.ts';

const JOB_MS = 1_500;

/** Something that a user did, and what it may cost. */
export interface Cause {
  readonly what: string;
  /** PUTs that should reach the service, and of those how many it should accept. */
  readonly sent: number;
  readonly accepted: number;
  /** Length of the simulator's journal when it was done. */
  readonly mark: number;
}

export interface Stage {
  readonly kube: KubeTarget;
  readonly api: EmbeddedApi;
  readonly cloud: Simulator;
  readonly operator: OperatorProcess;
  readonly screen: Screen;
  readonly folder: string;
  readonly logPath: string;
  readonly ledger: Cause[];
  /** `spec.component` as it was applied last. */
  component: JsonObject;
  /** Aborts when the demo is to end. */
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

export async function openStage(screen: Screen, signal: AbortSignal): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'servicestage-demo-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  const logPath = join(folder, 'operator.log');
  const api = await startEmbeddedApi({
    crds: [crdDocument()],
    namespaces: [NAMESPACE],
    warn: () => undefined,
  });
  writeFileSync(kubeconfigPath, api.kubeconfig(), { mode: 0o600 });
  const kube = kubeTarget({ name: 'embedded', url: api.url, kubeconfigPath, stop: api.stop });
  const cloud = await startSimulator({ settings: { jobDurationMs: JOB_MS, unknownKeys: 'refuse' } });
  cloud.addComponent({ componentId: exampleComponentId, body: exampleContainerBody });
  cloud.addComponent({ componentId: SECOND_ID });
  api.objects.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET, namespace: NAMESPACE },
    stringData: { token: exampleToken },
  });
  const operator = createOperatorProcess({ flags: flagsOf(kubeconfigPath, cloud), logPath });
  operator.start();
  return {
    kube,
    api,
    cloud,
    operator,
    screen,
    folder,
    logPath,
    ledger: [],
    component: FIRST_COMPONENT,
    signal,
    stop: async () => {
      await operator.stop();
      await Promise.all([kube.stop(), cloud.stop()]);
    },
  };
}

function flagsOf(kubeconfigPath: string, cloud: Simulator): readonly string[] {
  return [
    `--kubeconfig=${kubeconfigPath}`,
    `--servicestage-endpoint=${cloud.url}`,
    `--iam-endpoint=${cloud.iamUrl}`,
    '--allow-insecure-endpoint',
    `--watch-namespaces=${NAMESPACE}`,
    '--leader-elect=false',
    '--metrics-bind-address=0',
    '--health-probe-bind-address=0',
    '--poll-interval=200ms',
  ];
}
