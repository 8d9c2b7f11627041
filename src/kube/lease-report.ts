// What the election does about a failed pass: a pause, and one line in the log per kind of failure, with its cure.
import { KubeFailure } from './failure.ts';
import type { Log, Random } from './types.ts';

const RETRY_MS = 500;

export interface LeaseReportOptions {
  readonly namespace: string;
  readonly name: string;
  readonly random: Random;
  readonly log: Log;
}

type Report = (pass: () => Promise<number>, signal: AbortSignal) => Promise<number>;

/** Runs a pass; a `KubeFailure` becomes a pause in ms, anything else is thrown. */
export function createLeaseReport(options: LeaseReportOptions): Report {
  const { namespace, name, random, log } = options;
  let said = '';
  return async (pass, signal) => {
    try {
      const pauseMs = await pass();
      if (said !== '') log.info({ namespace, name }, 'lease reachable again');
      said = '';
      return pauseMs;
    } catch (error) {
      if (signal.aborted) return 0;
      if (!(error instanceof KubeFailure)) throw error;
      const { failure } = error;
      const cure =
        failure.class === 'permission'
          ? `grant get, create and update on leases.coordination.k8s.io in namespace ${namespace}`
          : 'trying again';
      if (said !== failure.code)
        log.warn({ failure, lease: `${namespace}/${name}` }, `lease not reachable: ${cure}`);
      said = failure.code;
      return Math.max(failure.retryAfterMs ?? 0, RETRY_MS + RETRY_MS * random());
    }
  };
}
