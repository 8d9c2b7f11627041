// One real API server per test file. Where it cannot be had the suite is one skipped test that carries the reason; with
// CI=true `realKubeMissing` is silent and the start fails instead.
import { afterAll, beforeAll, describe, it } from 'vitest';
import { installCrd, type KubeTarget, kubeTarget } from '../support/kube-target.ts';
import { realKubeMissing, startRealKube } from '../support/real-kube.ts';
import { type RealApiServer, startRealApiServer } from './real-apiserver.ts';

export interface E2eServer {
  readonly server: RealApiServer;
  /** The same server as the admin calls it; `stop` ends both. */
  readonly kube: KubeTarget;
}

/** The first run on a machine builds the API server. */
const coldBuildMs = 40 * 60_000;

/** `missing` says why the suite is left out although the server could be had. */
export interface SuiteOptions {
  readonly crd: 'installed' | 'absent';
  readonly missing?: string | undefined;
}

/** Declares the suite `name` on a real API server of its own, which `current` gives once hooks and tests run. */
export function describeOnRealServer(
  name: string,
  options: SuiteOptions,
  body: (current: () => E2eServer) => void,
): void {
  const missing = realKubeMissing() ?? options.missing;
  if (missing !== undefined) {
    console.warn(`${name}: skipped, ${missing}`);
    describe(name, () => it.skip(missing, () => undefined));
    return;
  }
  describe(name, () => {
    let started: E2eServer | undefined;
    beforeAll(async () => {
      started = await startE2eServer(options.crd);
    }, coldBuildMs);
    afterAll(() => started?.kube.stop());
    body(() => {
      if (started === undefined) throw new Error('the API server did not start');
      return started;
    });
  });
}

async function startE2eServer(crd: SuiteOptions['crd']): Promise<E2eServer> {
  const server = await startRealApiServer();
  const { url, caPem, adminToken, kubeconfigPath } = server;
  const stop = () => server.stop();
  const kube = kubeTarget({ name: 'real', url, caPem, token: adminToken, kubeconfigPath, stop });
  if (crd === 'installed') await installCrd(kube);
  return { server, kube };
}

/** Creates a namespace; fine when it exists. */
export async function createNamespace(kube: KubeTarget, name: string): Promise<void> {
  await kube.call('POST', '/api/v1/namespaces', { metadata: { name } });
}

/** Runs a suite of scenarios on the real API server, or says in one skipped test why that is not possible. */
export function describeOnRealKube(
  what: string,
  suite: (name: string, startKube: () => Promise<KubeTarget>) => void,
): void {
  const missing = realKubeMissing();
  if (missing === undefined) suite('real', startRealKube);
  else describe(`${what} on the real API server`, () => it.skip(missing, () => undefined));
}
