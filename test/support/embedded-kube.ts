// The embedded API server as a test target, with our CRD installed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedApi, startEmbeddedApi } from '../fakes/embedded/index.ts';
import { crdDocument, type KubeTarget, kubeTarget } from './kube-target.ts';

export interface EmbeddedKube extends KubeTarget {
  readonly api: EmbeddedApi;
}

export async function startEmbeddedKube(): Promise<EmbeddedKube> {
  const api = await startEmbeddedApi({ crds: [crdDocument()] });
  const folder = await mkdtemp(join(tmpdir(), 'servicestage-embedded-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  await writeFile(kubeconfigPath, api.kubeconfig());
  const stop = async (): Promise<void> => {
    await api.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...kubeTarget({ name: 'embedded', url: api.url, kubeconfigPath, stop }), api };
}
