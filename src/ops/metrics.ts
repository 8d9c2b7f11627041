// Prometheus metrics: plain functions to count with, and sources that are asked when someone scrapes.
//
// Promises: where controller-runtime and client-go have a metric, ours has the same name and labels, so stock dashboards
// and alerts work. No label holds an object's name, a job id or a message. One registry per call: two operators in one
// process do not add up. Durations come in seconds.
import { collectDefaultMetrics, Registry } from 'prom-client';
import { family } from './metric-family.ts';
import { cloudMetrics, operationMetrics } from './metrics-cloud.ts';
import { CONTROLLER, kubeMetrics, queueMetrics, reconcileMetrics } from './metrics-standard.ts';

/** Read at scrape time; each must be cheap and must not throw. */
export interface MetricSources {
  readonly queue?: () => {
    readonly depths: readonly { readonly lane: string; readonly depth: number }[];
    /** Sum of the ages of the passes that run. */
    readonly unfinishedSeconds?: number;
    readonly longestRunningSeconds?: number;
  };
  /** Counts by the Ready condition of the stored resources. */
  readonly components?: () => readonly {
    readonly ready: string;
    readonly reason: string;
    readonly count: number;
  }[];
  /** Operations between intent and end, by type. */
  readonly operations?: () => readonly { readonly type: string; readonly count: number }[];
  readonly watches?: () => readonly { readonly kind: string; readonly lastEventAgeSeconds: number }[];
}

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * All functions return at once and never throw for a finite number. `text()` is the exposition format; it rejects when a
 * source throws. `addSources` may be called again for sources not yet given.
 */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    text: (): Promise<string> => registry.metrics(),
    addSources: (sources: MetricSources): void => collectFromSources(registry, sources),
    ...reconcileMetrics(registry),
    ...queueMetrics(registry),
    ...kubeMetrics(registry),
    ...cloudMetrics(registry),
    ...operationMetrics(registry),
  };
}

function collectFromSources(registry: Registry, sources: MetricSources): void {
  const { queue, components, operations, watches } = sources;
  const constant = { name: CONTROLLER, controller: CONTROLLER };
  const work = family(registry, { prefix: 'workqueue_', constant });
  const ours = family(registry, { prefix: 'servicestage_' });
  if (queue !== undefined) {
    work.source('depth', 'Keys that are due and wait', {
      labels: ['priority'],
      read: () => queue().depths.map(({ lane, depth }) => ({ value: depth, labels: { priority: lane } })),
    });
    work.source('unfinished_work_seconds', 'Sum of the ages of the passes that run', {
      read: () => known(queue().unfinishedSeconds),
    });
    work.source('longest_running_processor_seconds', 'Age of the oldest pass that runs', {
      read: () => known(queue().longestRunningSeconds),
    });
  }
  if (components !== undefined)
    ours.source('components', 'Resources by their Ready condition', {
      labels: ['ready', 'reason'],
      read: () =>
        components().map(({ count, ready, reason }) => ({ value: count, labels: { ready, reason } })),
    });
  if (operations !== undefined)
    ours.source('operations_in_progress', 'Operations between intent and end', {
      labels: ['type'],
      read: () => operations().map(({ count, type }) => ({ value: count, labels: { type } })),
    });
  if (watches !== undefined)
    ours.source('watch_last_event_age_seconds', 'Time since the watch last said anything', {
      labels: ['kind'],
      read: () =>
        watches().map(({ kind, lastEventAgeSeconds }) => ({ value: lastEventAgeSeconds, labels: { kind } })),
    });
}

function known(value: number | undefined): readonly { readonly value: number }[] {
  return value === undefined ? [] : [{ value }];
}
