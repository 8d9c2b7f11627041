// Keeps a wrong key or password from being tried again and again: the gateway locks an access key after about five bad
// signatures, IAM locks a user.
//
//   unproven --one try at a time--> proven            (any answer but a refusal)
//      ^  \--refused--> held for 5 minutes --> unproven
//      |___ proven --refused--> held
//
// Promises: after a refusal no call with the same key leaves for 5 minutes; while a key is unproven only one call is
// under way with it, the others wait for its result. Keys are remembered as hashes, at most 1,000.
import { createHash } from 'node:crypto';
import type { Failure } from '../core/types.ts';
import { CloudFailure } from './failure.ts';
import { remember, untilAborted } from './waiting.ts';

const HOLD_MS = 300_000;

/** How a try with the key ended: `refused` carries what to answer while the key is held. */
export type TryEnd =
  | { readonly kind: 'proven' }
  | { readonly kind: 'unclear' }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** Must be called exactly once for each pass through the gate. */
export type Settle = (end: TryEnd) => void;

type State =
  | { readonly kind: 'proven' }
  | { readonly kind: 'trying'; readonly ended: Promise<void>; readonly end: () => void }
  | { readonly kind: 'held'; readonly untilMs: number; readonly failure: Failure };

export class KeyGate {
  readonly #states = new Map<string, State>();
  readonly #monoMs: () => number;

  constructor(monoMs: () => number) {
    this.#monoMs = monoMs;
  }

  /** Waits for its turn. Throws a CloudFailure while the key is held; rejects with the signal's reason when it fires. */
  async enter(key: string, signal: AbortSignal): Promise<Settle> {
    for (;;) {
      signal.throwIfAborted();
      const state = this.#states.get(key);
      if (state?.kind === 'proven') return (end) => this.#settle(key, end);
      if (state?.kind === 'held') this.#refuse(key, state);
      if (state?.kind !== 'trying') return this.#begin(key);
      await untilAborted(state.ended, signal);
    }
  }

  #refuse(key: string, state: State & { kind: 'held' }): void {
    const leftMs = state.untilMs - this.#monoMs();
    if (leftMs > 0) throw new CloudFailure({ ...state.failure, retryAfterMs: leftMs });
    this.#states.delete(key);
  }

  #begin(key: string): Settle {
    const { promise, resolve } = Promise.withResolvers<void>();
    remember(this.#states, key, { kind: 'trying', ended: promise, end: resolve });
    return (end) => {
      this.#settle(key, end);
      resolve();
    };
  }

  #settle(key: string, end: TryEnd): void {
    const state = this.#states.get(key);
    switch (end.kind) {
      case 'refused':
        remember(this.#states, key, {
          kind: 'held',
          untilMs: this.#monoMs() + HOLD_MS,
          failure: end.failure,
        });
        return;
      case 'proven':
        // A late success must not open a key that another call has just found refused.
        if (state?.kind !== 'held') remember(this.#states, key, { kind: 'proven' });
        return;
      case 'unclear':
        if (state?.kind === 'trying') this.#states.delete(key);
        return;
      default:
        end satisfies never;
    }
  }
}

/** Name under which a secret is remembered. */
export function keyHash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
