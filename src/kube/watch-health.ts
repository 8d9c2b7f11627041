// How well a watch hears, for readiness and metrics: facts, no judgement of its own beyond `isLive`.
import type { Failure } from '../core/types.ts';
import type { WatchResult, WatchState } from './watch-state.ts';

export interface WatchCounts {
  /** Lists begun, the first included. */
  readonly lists: number;
  readonly deaf: number;
  readonly garbage: number;
  readonly broken: number;
  readonly refused: number;
  readonly expired: number;
}

export interface WatchHealth {
  /** Whether a list was ever complete. */
  readonly synced: boolean;
  readonly connection: 'connecting' | 'connected' | 'deaf' | 'failing';
  /** Since the last line, page, orderly end or opened stream, in ms; infinite before the first. */
  readonly lastEventAgeMs: number;
  readonly lastFailure?: Failure;
  readonly counts: WatchCounts;
}

/** No line for longer than this means that the records may be old. */
export const LIVE_WITHIN_MS = 15_000;

/** Whether decisions may rest on what this watch has shown: synced once and heard of lately. */
export function isLive(health: WatchHealth): boolean {
  return health.synced && health.connection !== 'deaf' && health.lastEventAgeMs <= LIVE_WITHIN_MS;
}

export interface HealthRecorder {
  alive(): void;
  /** A watch stream is open. */
  opened(): 'changed' | 'same';
  listed(): void;
  synced(): void;
  /** Counts what ended a state; tells whether the connection changed by it. */
  note(state: WatchState, result: WatchResult): 'changed' | 'same';
  read(): WatchHealth;
}

/** `now` in monotonic ms. */
export function createHealth(now: () => number): HealthRecorder {
  let synced = false;
  let connection: WatchHealth['connection'] = 'connecting';
  let told: WatchHealth['connection'] = 'connecting';
  let heard: 'yes' | 'no' = 'yes';
  let aliveAt = Number.NEGATIVE_INFINITY;
  let lastFailure: Failure | undefined;
  const counts = { lists: 0, deaf: 0, garbage: 0, broken: 0, refused: 0, expired: 0 };
  const tell = (): 'changed' | 'same' => {
    const changed = connection !== told;
    told = connection;
    return changed ? 'changed' : 'same';
  };
  return {
    alive: () => {
      aliveAt = now();
      heard = 'yes';
      if (connection === 'deaf') connection = 'connected';
    },
    opened: () => {
      lastFailure = undefined;
      // After a deaf stream headers prove nothing: it had them too. Nor do they when the stream before brought no more.
      if (connection === 'deaf') return tell();
      connection = 'connected';
      if (heard === 'yes') aliveAt = now();
      heard = 'no';
      return tell();
    },
    listed: () => {
      counts.lists += 1;
    },
    synced: () => {
      synced = true;
    },
    note: (state, result) => {
      if (result.kind in counts) counts[result.kind as keyof typeof counts] += 1;
      if (result.kind === 'refused' || result.kind === 'broken') lastFailure = result.failure;
      if (result.kind === 'refused' && state.kind !== 'watching' && result.failure.code === 'GARBAGE')
        counts.garbage += 1;
      connection = connectionAfter(connection, result);
      return tell();
    },
    read: () => ({
      synced,
      connection,
      lastEventAgeMs: now() - aliveAt,
      ...(lastFailure === undefined ? {} : { lastFailure }),
      counts: { ...counts },
    }),
  };
}

/** Deaf until something is heard: a refusal on the way there is no sign of hearing. */
function connectionAfter(before: WatchHealth['connection'], result: WatchResult): WatchHealth['connection'] {
  if (result.kind === 'deaf' || before === 'deaf') return 'deaf';
  if (result.kind === 'refused' || result.kind === 'broken' || result.kind === 'garbage') return 'failing';
  return before;
}
