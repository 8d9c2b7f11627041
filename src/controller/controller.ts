// The loop: changes put keys into the queue, workers take them out, a pass says when to look again. It starts when `run` is
// called and ends when its first signal aborts, after the passes that are under way.

import type { Parts } from './parts.ts';
import { WorkQueue } from './queue.ts';
import { reconcile } from './reconcile.ts';
import type { PassEnd } from './run.ts';

/** `fresh`: somebody changed the resource. `seen`: found by a list. `gone`: no longer in the collection. */
export type KeyChange = 'fresh' | 'seen' | 'gone';

export interface Controller {
  /** Tells that a resource changed; cheap, callable before and during `run`. */
  changed(key: string, change: KeyChange): void;
  /** Looks at every key that is known; called when this process becomes the leader. */
  resume(keys: Iterable<string>): void;
  /**
   * Works until `stopping` aborts, then waits for the passes under way: a call that was begun is judged and recorded.
   * `cut` ends those as well.
   */
  run(stopping: AbortSignal, cut: AbortSignal): Promise<void>;
  depth(): ReturnType<WorkQueue['depth']>;
  /** Ages of the passes under way, seconds. */
  ages(): readonly number[];
}

/** A controller of `workers` workers over `parts`. Nothing runs before `run`. */
export function createController(parts: Parts, workers: number): Controller {
  const queue = new WorkQueue(parts.time, (waitedMs) => parts.observer.waited(waitedMs / 1_000));
  const running = new Map<string, number>();
  const unheard = new Set<string>();
  const changed = (key: string, change: KeyChange): void => {
    if (change !== 'gone') {
      parts.observer.added();
      queue.add(key, change === 'fresh' ? 'fresh' : 'later');
      return;
    }
    queue.forget(key);
    forget(key, parts);
  };
  return {
    changed,
    resume: (keys) => {
      for (const key of keys) {
        if (running.has(key)) unheard.add(key);
        queue.add(key, 'later');
      }
    },
    run: async (stopping, cut) => {
      if (stopping.aborted) return;
      stopping.addEventListener('abort', () => queue.close(), { once: true });
      await Promise.all(Array.from({ length: workers }, () => work({ queue, running, unheard }, parts, cut)));
    },
    depth: () => queue.depth(),
    ages: () => [...running.values()].map((startedMono) => (parts.time.now().mono - startedMono) / 1_000),
  };
}

interface Desk {
  readonly queue: WorkQueue;
  /** When the pass over each key began, monotonic ms. */
  readonly running: Map<string, number>;
  /** Keys that were resumed during a pass, which may have ended early because this process did not lead yet. */
  readonly unheard: Set<string>;
}

async function work({ queue, running, unheard }: Desk, parts: Parts, signal: AbortSignal): Promise<void> {
  for (;;) {
    const key = await queue.take();
    if (key === undefined) return;
    parts.observer.working(queue.depth().working);
    const startedMono = parts.time.now().mono;
    running.set(key, startedMono);
    const end = await reconcile(key, { parts, signal });
    again(queue, key, { end, parts });
    running.delete(key);
    const unseen = unheard.delete(key) || hasNews(key, end, parts);
    queue.done(key, unseen ? 'unseen' : 'seen');
    const seconds = (parts.time.now().mono - startedMono) / 1_000;
    parts.observer.pass({ result: resultOf(end), seconds });
    parts.observer.working(queue.depth().working);
  }
}

function again(
  queue: WorkQueue,
  key: string,
  { end, parts }: { readonly end: PassEnd; readonly parts: Parts },
): void {
  if (end.kind === 'absent') {
    forget(key, parts);
    return;
  }
  if (end.result === 'error') parts.observer.retried();
  if (end.ms !== undefined) queue.addAfter(key, end.ms);
}

function forget(key: string, { memories, shown, accounts, known }: Parts): void {
  for (const held of [memories, shown, accounts, known]) held.delete(key);
}

/** The watch shows our own writes too, sometimes before their answer is here; such an event brings nothing new. */
function hasNews(key: string, end: PassEnd, parts: Parts): boolean {
  const taken = parts.store.take(key);
  if (taken.kind === 'absent' || end.kind === 'absent') return taken.kind !== 'absent';
  const { resourceVersion } = taken.kind === 'object' ? taken.object.metadata : taken.record;
  return resourceVersion !== end.version;
}

function resultOf(end: PassEnd): 'success' | 'error' | 'requeue_after' {
  if (end.kind === 'absent') return 'success';
  if (end.result === 'error') return 'error';
  return end.ms === undefined ? 'success' : 'requeue_after';
}
