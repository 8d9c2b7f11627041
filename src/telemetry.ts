// What the loop tells, in the words of the metrics.
import { OPERATION_TYPES } from './api/status.ts';
import type { Controller } from './controller/controller.ts';
import type { Parts, Shown } from './controller/parts.ts';
import type { Observer } from './controller/ports.ts';
import type { Informer } from './kube/informer.ts';
import type { MetricSources, Metrics } from './ops/metrics.ts';
import type { Readiness } from './ops/server.ts';

const OPEN = new Set(['Intent', 'Submitted']);

/** The loop's observer over `metrics`. */
export function observerOf(metrics: Metrics): Observer {
  return {
    added: metrics.queueAdd,
    retried: metrics.queueRetry,
    waited: metrics.queueWait,
    working: metrics.activeWorkers,
    pass: ({ result, seconds }) => {
      metrics.reconcile({ result, seconds });
      metrics.queueWork(seconds);
    },
    operation: ({ type, phase, cause, seconds, recovered }) => {
      if (phase === 'Submitted' && recovered === 'yes') metrics.operationRecovered(type);
      if (phase === 'UnknownOutcome') metrics.operationUnknown(type);
      if (!OPEN.has(phase)) metrics.operationEnded({ type, result: phase, cause, seconds });
    },
    prevented: metrics.duplicateSubmitPrevented,
  };
}

export interface Watched {
  readonly parts: Parts;
  readonly controller: Controller;
  readonly informer: Informer;
}

/** What is asked at scrape time. */
export function sourcesOf({ parts, controller, informer }: Watched): MetricSources {
  return {
    queue: () => {
      const { fresh, later } = controller.depth();
      const ages = controller.ages();
      return {
        depths: [
          { lane: 'fresh', depth: fresh },
          { lane: 'later', depth: later },
        ],
        unfinishedSeconds: ages.reduce((sum, age) => sum + age, 0),
        longestRunningSeconds: Math.max(0, ...ages),
      };
    },
    operations: () => openOperations(parts.shown.values()),
    components: () => countBy(parts.shown.values()),
    watches: () => [
      { kind: 'ServiceStageComponent', lastEventAgeSeconds: informer.lastEventAgeMs() / 1_000 },
    ],
  };
}

/** Always a value per type, so that "none" is told apart from "unknown". */
function openOperations(shown: Iterable<Shown>) {
  const open = [...shown].map((each) => each.open);
  return OPERATION_TYPES.map((type) => ({ type, count: open.filter((each) => each === type).length }));
}

function countBy(shown: Iterable<{ readonly ready: string; readonly reason: string }>) {
  const counts = new Map<string, { readonly ready: string; readonly reason: string; count: number }>();
  for (const { ready, reason } of shown) {
    const entry = counts.get(`${ready}/${reason}`) ?? { ready, reason, count: 0 };
    counts.set(`${ready}/${reason}`, { ...entry, count: entry.count + 1 });
  }
  return [...counts.values()];
}

/** Ready while every watch is live; otherwise why not. */
export function readinessOf(informer: Informer): Readiness {
  if (informer.live()) return { ready: true, reasons: [] };
  const why = informer.synced()
    ? 'the watch of ServiceStageComponents is deaf'
    : 'the first list of ServiceStageComponents is not complete';
  return { ready: false, reasons: [why] };
}
