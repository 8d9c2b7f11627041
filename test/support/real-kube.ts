// The real API server as a test target, with our CRD installed.
import { realApiServerAvailability, startRealApiServer } from '../e2e/real-apiserver.ts';
import { installCrd, type KubeTarget, kubeTarget } from './kube-target.ts';

/** Why the real API server cannot be had; undefined when it can, or when it must (CI), so that its absence fails. */
export function realKubeMissing(): string | undefined {
  const availability = realApiServerAvailability();
  return availability.kind === 'none' && !availability.required ? availability.reason : undefined;
}

export async function startRealKube(): Promise<KubeTarget> {
  const server = await startRealApiServer();
  const { url, caPem, adminToken, kubeconfigPath } = server;
  const kube = kubeTarget({
    name: 'real',
    url,
    caPem,
    token: adminToken,
    kubeconfigPath,
    stop: () => server.stop(),
  });
  await installCrd(kube);
  return kube;
}
