// What the states of a watch share while they run, and what a watch tells.
import type { KubeHttp } from './http.ts';
import type { Scheduler } from './scheduler.ts';
import type { WatchTarget } from './targets.ts';
import type { KubeObject, Random } from './types.ts';
import type { HealthRecorder, WatchHealth } from './watch-health.ts';

/** The server is asked to end each stream after about 10 s, so silence beyond this is a fault. */
export const STALL_MS = 14_000;

/**
 * `begin` opens a list, `synced` closes it: what was not applied in between is no longer in the collection. An `applied`
 * or `deleted` outside of a list is a change. `health` says that the connection got better or worse.
 */
export type WatchEvent =
  | { readonly kind: 'begin' }
  | { readonly kind: 'applied' | 'deleted'; readonly object: KubeObject }
  | { readonly kind: 'synced'; readonly version: string }
  | { readonly kind: 'health'; readonly health: WatchHealth };

export interface WatchOptions {
  readonly http: KubeHttp;
  readonly target: WatchTarget;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** `off` never asks for a streaming list. Default `try`. */
  readonly streamingList?: 'try' | 'off';
}

export interface WatchContext extends WatchOptions {
  readonly health: HealthRecorder;
  readonly signal: AbortSignal;
}
