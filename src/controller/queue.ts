// Pending keys in two lanes. The promises, all of them:
//   1. a key is worked on by one worker at a time;
//   2. a key added while it is worked on is worked on once more, not lost and not twice;
//   3. a key waits in the queue once, however often it is added;
//   4. `fresh` (a user's change) is taken before `later` (polls, retries, the initial list);
//   5. within a lane, first come first served;
//   6. of several due times for a key the earliest counts;
//   7. nothing starts in the constructor; `close` ends every wait.
//
//   add ──> fresh ─┐
//                  ├─> take ──> (working) ──> done
//   addAfter ─> due ─> later ─┘        └── re-added meanwhile ──> its lane again
import type { Time } from './ports.ts';

export type Lane = 'fresh' | 'later';

export class WorkQueue {
  readonly #time: Time;
  readonly #lanes: Record<Lane, Set<string>> = { fresh: new Set(), later: new Set() };
  readonly #working = new Map<string, Lane | undefined>();
  readonly #timers = new Map<string, { readonly dueMono: number; readonly cancel: () => void }>();
  readonly #waiting: ((key: string | undefined) => void)[] = [];
  readonly #addedMono = new Map<string, number>();
  readonly #onTaken: (waitedMs: number) => void;
  #closed = false;

  /** `onTaken` is told how long a key waited in its lane. */
  constructor(time: Time, onTaken: (waitedMs: number) => void = () => undefined) {
    this.#time = time;
    this.#onTaken = onTaken;
  }

  /** Puts a key into a lane; a key already waiting in `later` moves up when it is added as `fresh`. */
  add(key: string, lane: Lane): void {
    if (this.#closed) return;
    if (this.#working.has(key)) {
      if (this.#working.get(key) !== 'fresh') this.#working.set(key, lane);
      return;
    }
    if (lane === 'fresh') this.#lanes.later.delete(key);
    else if (this.#lanes.fresh.has(key)) return;
    this.#lanes[lane].add(key);
    if (!this.#addedMono.has(key)) this.#addedMono.set(key, this.#time.now().mono);
    this.#hand();
  }

  /** Adds the key to `later` after `ms`, unless an earlier due time exists. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const dueMono = this.#time.now().mono + ms;
    const before = this.#timers.get(key);
    if (before !== undefined && before.dueMono <= dueMono) return;
    before?.cancel();
    const cancel = this.#time.after(ms, () => {
      this.#timers.delete(key);
      this.add(key, 'later');
    });
    this.#timers.set(key, { dueMono, cancel });
  }

  /** The next key; undefined once the queue is closed. Its due time is spent: a pass sets a new one. */
  take(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#hand();
    });
  }

  /** Ends the work on a key that `take` gave. `news` says whether what re-added it meanwhile was not seen by the work. */
  done(key: string, news: 'seen' | 'unseen'): void {
    const again = this.#working.get(key);
    this.#working.delete(key);
    if (again !== undefined && news === 'unseen') this.add(key, again);
  }

  /** Drops what is pending for a key that no longer exists. */
  forget(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
    this.#lanes.fresh.delete(key);
    this.#lanes.later.delete(key);
    this.#addedMono.delete(key);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }

  /** Keys waiting per lane, keys being worked on, keys with a due time. */
  depth(): {
    readonly fresh: number;
    readonly later: number;
    readonly working: number;
    readonly due: number;
  } {
    return {
      fresh: this.#lanes.fresh.size,
      later: this.#lanes.later.size,
      working: this.#working.size,
      due: this.#timers.size,
    };
  }

  #hand(): void {
    while (this.#waiting.length > 0) {
      if (this.#closed) {
        this.close();
        return;
      }
      const key = this.#next();
      if (key === undefined) return;
      this.#working.set(key, undefined);
      this.#timers.get(key)?.cancel();
      this.#timers.delete(key);
      const now = this.#time.now().mono;
      this.#onTaken(now - (this.#addedMono.get(key) ?? now));
      this.#addedMono.delete(key);
      this.#waiting.shift()?.(key);
    }
  }

  #next(): string | undefined {
    for (const lane of ['fresh', 'later'] as const) {
      for (const key of this.#lanes[lane]) {
        this.#lanes[lane].delete(key);
        return key;
      }
    }
    return undefined;
  }
}
