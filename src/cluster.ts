// The connection to the cluster, opened only when the cluster has what this release needs.
import { statusSchema } from './api/status.ts';
import type { Config } from './config.ts';
import { checkCluster } from './kube/crd-check.ts';
import { connect, type KubeHttp } from './kube/http.ts';
import type { Scheduler } from './kube/scheduler.ts';
import { watchTargets } from './kube/targets.ts';
import type { Metrics } from './ops/metrics.ts';

const START_MS = 60_000;

/** A start that cannot succeed without a person; `message` is one line with the cure. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface ClusterOptions {
  readonly config: Config;
  readonly scheduler: Scheduler;
}

/** Throws a `StartError` when the cluster has not what is needed, or the failure to ask it. */
export async function openCluster(
  { config, scheduler }: ClusterOptions,
  metrics: Metrics,
): Promise<KubeHttp> {
  const http = await connect({
    ...config.cluster,
    scheduler,
    onAnswer: ({ method, code, ms }) =>
      metrics.kubeRequest({ method, host: 'kubernetes', code, seconds: ms / 1_000 }),
  });
  const targets = watchTargets(config.watchNamespaces, config.watchLabelSelector);
  const signal = AbortSignal.timeout(START_MS);
  try {
    const checked = await checkCluster({
      http,
      targets,
      statusFields: Object.keys(statusSchema.shape),
      signal,
    });
    if (checked.kind === 'ok') return http;
    throw new StartError(checked.message);
  } catch (error) {
    await http.close();
    throw error;
  }
}
