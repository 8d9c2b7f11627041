// What the soak stands on: the real API server with `deploy/` applied, the simulator in the cloud's place, three namespaces
// that sign in in three ways, and a kubeconfig whose token lives in a file and really expires.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../src/core/types.ts';
import { callApi, type RealApiServer, startRealApiServer } from '../e2e/real-apiserver.ts';
import { createKubectl } from '../e2e/support-kubectl.ts';
import { type Simulator, startSimulator } from '../fakes/simulator/index.ts';
import { type Answer, installCrd, type KubeTarget, kubeTarget } from '../support/kube-target.ts';
import { type Accounts, createAccounts } from './accounts.ts';

const OPERATOR_NAMESPACE = 'servicestage-system';
const OPERATOR_ACCOUNT = 'servicestage-operator';
/** The shortest life that the TokenRequest API gives. */
export const TOKEN_LIFE_SECONDS = 600;
const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');
const JOB_MS = 8_000;
const RETRY_MS = 250;
const MOST_TRIES = 1_000;

export interface Stage {
  readonly server: RealApiServer;
  readonly kube: KubeTarget;
  readonly cloud: Simulator;
  readonly accounts: Accounts;
  /** Of the operator: its own rights, its token in a file. */
  readonly kubeconfigPath: string;
  /** One request, repeated until the API server gives an answer that is about the request. */
  call(method: string, path: string, sent?: Sent): Promise<Answer>;
  /** Puts a fresh token into the operator's token file. */
  renewKubeToken(): Promise<void>;
  stop(): Promise<void>;
}

export interface Sent {
  readonly body: unknown;
  readonly type?: string;
}

export interface StageOptions {
  /** Makes the cloud's ids. */
  readonly random: () => number;
  /** Once it has aborted, a request that gets no final answer is given up. */
  readonly stop: AbortSignal;
}

/** Throws when a part does not start. */
export async function startStage({ random, stop }: StageOptions): Promise<Stage> {
  const server = await startRealApiServer();
  const home = await mkdtemp(join(tmpdir(), 'servicestage-soak-'));
  const { url, caPem, adminToken, kubeconfigPath: adminPath } = server;
  const kube = kubeTarget({
    name: 'real',
    url,
    caPem,
    token: adminToken,
    kubeconfigPath: adminPath,
    stop: () => server.stop(),
  });
  const kubectl = createKubectl({ binary: server.kubectlPath, kubeconfig: adminPath, home });
  await kubectl.out(['apply', '--validate=strict', '-k', DEPLOY]);
  await installCrd(kube);
  const cloud = await startSimulator({ random, settings: { jobDurationMs: JOB_MS } });
  const call: Stage['call'] = (method, path, sent) =>
    steadily(async () => {
      const answer = await kube.call(method, path, sent?.body, sent?.type);
      return isFinal(method, answer) ? answer : undefined;
    }, stop);
  const tokenPath = join(home, 'token');
  const renewKubeToken = async (): Promise<void> => {
    const token = await steadily(() => requestToken(server), stop);
    await writeFile(`${tokenPath}.new`, token, { mode: 0o600 });
    await rename(`${tokenPath}.new`, tokenPath);
  };
  await renewKubeToken();
  const kubeconfigPath = join(home, 'operator.kubeconfig');
  await writeFile(kubeconfigPath, JSON.stringify(tokenFileConfig({ url, caPem, tokenPath })), {
    mode: 0o600,
  });
  const accounts = await createAccounts({ cloud, call });
  return {
    server,
    kube,
    cloud,
    accounts,
    kubeconfigPath,
    call,
    renewKubeToken,
    stop: async () => {
      await kube.stop();
      await cloud.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/**
 * An API server that has just started refuses, knows no rights and serves no custom resources yet; such answers say nothing
 * about the request, and neither does a conflict with the operator's own write.
 */
function isFinal(method: string, { status, json }: Answer): boolean {
  if (status >= 500 || status === 401 || status === 403 || status === 429) return false;
  if (status === 404) return (json.details as JsonObject | undefined)?.name !== undefined;
  return !(status === 409 && method === 'PATCH');
}

/** Every request of the soak may be sent twice without harm, so one without a final answer is simply sent again. */
async function steadily<T>(send: () => Promise<T | undefined>, stop: AbortSignal): Promise<T> {
  for (let tries = 1; tries < MOST_TRIES && (tries === 1 || !stop.aborted); tries += 1) {
    const answer = await send().catch(() => undefined);
    if (answer !== undefined) return answer;
    await sleep(RETRY_MS);
  }
  throw new Error('the API server gives no answer');
}

async function requestToken(server: RealApiServer): Promise<string> {
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/serviceaccounts/${OPERATOR_ACCOUNT}/token`;
  const { status, text } = await callApi(server, server.adminToken, 'POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_LIFE_SECONDS },
  });
  if (status !== 201) throw new Error(`no token for the operator: ${status} ${text}`);
  const issued: { readonly status: { readonly token: string } } = JSON.parse(text);
  return issued.status.token;
}

function tokenFileConfig(given: {
  readonly url: string;
  readonly caPem: string;
  readonly tokenPath: string;
}): JsonObject {
  const { url, caPem, tokenPath } = given;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'soak',
        cluster: { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') },
      },
    ],
    users: [{ name: 'operator', user: { tokenFile: tokenPath } }],
    contexts: [
      { name: 'soak', context: { cluster: 'soak', user: 'operator', namespace: OPERATOR_NAMESPACE } },
    ],
    'current-context': 'soak',
  };
}
