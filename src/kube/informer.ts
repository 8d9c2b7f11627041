// Watch + store: runs one watch per target, keeps the store true to it and names the keys that somebody should look at.
// Ready only while every watch is live.
import type { KubeHttp } from './http.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store.ts';
import type { WatchTarget } from './targets.ts';
import { type KubeObject, keyOf, type Log, type Random } from './types.ts';
import { createWatch, type Watch } from './watch.ts';
import type { WatchEvent } from './watch-context.ts';
import { isLive, type WatchCounts, type WatchHealth } from './watch-health.ts';

/**
 * `new`: first seen. `changed`: another version. `overtaken`: changed by somebody else while an own write or
 * read was on its way. `removed`, `vanished`: no longer in the collection; never an order to delete anything.
 */
export type Change = 'new' | 'changed' | 'overtaken' | 'removed' | 'vanished';

export interface InformerOptions {
  readonly http: KubeHttp;
  readonly targets: readonly WatchTarget[];
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  /** `object` is there unless it is gone. */
  readonly onChange: (key: string, change: Change, object?: KubeObject) => void;
  /** Every list was complete once. */
  readonly onSynced?: () => void;
  readonly streamingList?: 'try' | 'off';
}

export interface Informer {
  /** Watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether every list was complete once. */
  synced(): boolean;
  /** Whether every watch is synced and heard of within 15 s: the readiness of the eyes. */
  live(): boolean;
  /** Of the worst watch. */
  lastEventAgeMs(): number;
  /** Sums over all watches. */
  counts(): WatchCounts;
  /** One per target, for a readiness message. */
  health(): readonly WatchHealth[];
}

/** An informer over all targets; nothing runs before `run`. */
export function createInformer(options: InformerOptions): Informer {
  const { http, scheduler, random, targets } = options;
  const streamingList = options.streamingList ?? 'try';
  const watches = targets.map((target) => ({
    target,
    watch: createWatch({ http, scheduler, random, target, streamingList }),
  }));
  const health = (): readonly WatchHealth[] => watches.map(({ watch }) => watch.health());
  return {
    run: async (signal) => {
      const unsynced = new Set(targets);
      const applied = (event: WatchEvent, target: WatchTarget): void => {
        apply(event, target, options);
        if (event.kind === 'synced' && unsynced.delete(target) && unsynced.size === 0) options.onSynced?.();
      };
      await Promise.all(watches.map(({ target, watch }) => follow({ watch, target, signal }, applied)));
    },
    synced: () => health().every(({ synced }) => synced),
    live: () => health().every(isLive),
    lastEventAgeMs: () => Math.max(...health().map(({ lastEventAgeMs }) => lastEventAgeMs)),
    counts: () => sum(health().map(({ counts }) => counts)),
    health,
  };
}

interface Following {
  readonly watch: Watch;
  readonly target: WatchTarget;
  readonly signal: AbortSignal;
}

async function follow(
  { watch, target, signal }: Following,
  applied: (event: WatchEvent, target: WatchTarget) => void,
): Promise<void> {
  for await (const event of watch.events(signal)) applied(event, target);
}

function apply(event: WatchEvent, target: WatchTarget, options: InformerOptions): void {
  const { store, onChange, log } = options;
  switch (event.kind) {
    case 'begin':
      store.begin(target.scope);
      break;
    case 'applied': {
      const result = store.apply(event.object);
      if (result !== 'same' && result !== 'older') onChange(keyOfEvent(event), result, event.object);
      break;
    }
    case 'deleted':
      if (store.remove(event.object) === 'removed') onChange(keyOfEvent(event), 'removed');
      break;
    case 'synced':
      for (const key of store.complete(target.scope, event.version)) onChange(key, 'vanished');
      log.info({ scope: target.scope, records: store.size().records }, 'list complete');
      break;
    case 'health':
      report(event.health, target, log);
      break;
    default: {
      const never: never = event;
      throw new Error(`unknown event ${JSON.stringify(never)}`);
    }
  }
}

function report({ connection, lastFailure }: WatchHealth, { scope }: WatchTarget, log: Log): void {
  if (connection === 'connected') {
    log.info({ scope }, 'watch connected');
    return;
  }
  const failure = lastFailure === undefined ? {} : { failure: lastFailure };
  log.warn({ scope, connection, ...failure }, 'watch interrupted, will resume');
}

function keyOfEvent({ object }: Extract<WatchEvent, { object: KubeObject }>): string {
  return keyOf(object.metadata.namespace, object.metadata.name);
}

function sum(all: readonly WatchCounts[]): WatchCounts {
  const total = { lists: 0, deaf: 0, garbage: 0, broken: 0, refused: 0, expired: 0 };
  for (const counts of all) {
    for (const name of Object.keys(total) as (keyof WatchCounts)[]) total[name] += counts[name];
  }
  return total;
}
