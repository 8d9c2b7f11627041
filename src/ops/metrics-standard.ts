// The metrics that every controller has, under the names and labels of controller-runtime and client-go, so that stock
// dashboards and alerts work. A pass that fails counts as `error` in the total, and once more in the family of its kind.
import type { Registry } from 'prom-client';
import { family, SHORT_SECONDS } from './metric-family.ts';

export const CONTROLLER = 'servicestagecomponent';

/** `terminal`: an error that is not tried again before a cause changes. `panic`: a bug, caught. */
export type ReconcileResult =
  | 'success'
  | 'requeue'
  | 'requeue_after'
  | 'error'
  | 'terminal'
  | 'timeout'
  | 'panic';

export function reconcileMetrics(registry: Registry) {
  const make = family(registry, { prefix: 'controller_runtime_', constant: { controller: CONTROLLER } });
  const total = make.counter('reconcile_total', 'Passes by result', ['result']);
  for (const result of ['success', 'requeue', 'requeue_after', 'error']) total.declare({ result });
  const errors = make.counter('reconcile_errors_total', 'Passes that ended in an error');
  const terminal = make.counter('terminal_reconcile_errors_total', 'Errors not tried again by themselves');
  const panics = make.counter('reconcile_panics_total', 'Passes that ended in a bug, caught');
  const timeouts = make.counter('reconcile_timeouts_total', 'Passes that were cut at their deadline');
  const seconds = make.histogram('reconcile_time_seconds', 'Length of a pass', { buckets: SHORT_SECONDS });
  const workersMost = make.gauge('max_concurrent_reconciles', 'Passes that may run at the same time');
  const workersActive = make.gauge('active_workers', 'Passes that run now');
  const special = { error: undefined, terminal, panic: panics, timeout: timeouts };
  return {
    reconcile(pass: { readonly result: ReconcileResult; readonly seconds: number }): void {
      const { result } = pass;
      const failed = isFailure(result);
      total.add({ result: failed ? 'error' : result });
      seconds.observe(pass.seconds);
      if (!failed) return;
      errors.add();
      special[result]?.add();
    },
    maxWorkers: (count: number): void => workersMost.set(count),
    activeWorkers: (count: number): void => workersActive.set(count),
  };
}

export function queueMetrics(registry: Registry) {
  const make = family(registry, {
    prefix: 'workqueue_',
    constant: { name: CONTROLLER, controller: CONTROLLER },
  });
  const adds = make.counter('adds_total', 'Keys put into the queue');
  const retries = make.counter('retries_total', 'Keys put back after a failure');
  const waited = make.histogram('queue_duration_seconds', 'How long a due key waited for a worker', {
    buckets: SHORT_SECONDS,
  });
  const worked = make.histogram('work_duration_seconds', 'How long a key was worked on', {
    buckets: SHORT_SECONDS,
  });
  return {
    queueAdd: (): void => adds.add(),
    queueRetry: (): void => retries.add(),
    queueWait: (seconds: number): void => waited.observe(seconds),
    queueWork: (seconds: number): void => worked.observe(seconds),
  };
}

export function kubeMetrics(registry: Registry) {
  const client = family(registry, { prefix: 'rest_client_' });
  const requests = client.counter('requests_total', 'Calls to the API server', ['code', 'method', 'host']);
  const seconds = client.histogram('request_duration_seconds', 'Length of a call', {
    buckets: SHORT_SECONDS,
    labels: ['verb', 'host'],
  });
  const election = family(registry, { prefix: 'leader_election_' });
  const master = election.gauge('master_status', 'Whether this process holds the Lease', ['name']);
  return {
    /** `code`: the HTTP status, or `<error>` when no answer came. A watch is counted when it is answered. */
    kubeRequest(call: {
      readonly method: string;
      readonly host: string;
      readonly code: string;
      readonly seconds: number;
    }): void {
      const { method, host, code } = call;
      requests.add({ code, method, host });
      seconds.observe(call.seconds, { verb: method, host });
    },
    leader: (lease: { readonly name: string; readonly leading: boolean }): void =>
      master.set(lease.leading ? 1 : 0, { name: lease.name }),
  };
}

function isFailure(result: ReconcileResult): result is 'error' | 'terminal' | 'timeout' | 'panic' {
  return result === 'error' || result === 'terminal' || result === 'timeout' || result === 'panic';
}
