// Who of one account, region and project may call the cloud now: its budget, and a share of the workers.
//
//   read --> first looks --.                   .--> on the wire (at most half of the workers) --> left
//                           >-- token, place --'
//   read --> polls --------'                         write: at once; its token is borrowed, its place kept by the look before it
//
// Promises: first looks are served before polls, within a lane first come first served; nobody waits longer than 5 s, and
// nobody waits at all where waiting is in vain: while the service asked for a pause, and while calls are not answered. Of
// a project that was throttled or does not answer, at most half of the workers are in here. A write is never made to wait,
// since its intent ages; one worker is always left to others. Timers run only while somebody waits.
import type { Budget } from './budget.ts';
import type { Time } from './ports.ts';

export const PLACES = {
  longestWaitMs: 5_000,
  /** All places taken and nothing came back for so long: the project does not answer. */
  unansweredMs: 3_000,
  /** How long a look keeps a place for the write that may follow: about as long as the intent takes. */
  keptMs: 50,
  /** When to ask again of a project that does not answer. */
  againMs: 2_000,
} as const;

export type Lane = 'first' | 'poll';

/** `paced`: for the rate's sake. `unanswered`: the calls under way get no answers. */
export type Entry =
  | { readonly kind: 'admitted'; readonly waitedMs: number }
  | { readonly kind: 'refused'; readonly why: 'paced' | 'unanswered'; readonly ms: number };

interface Waiter {
  readonly sinceMono: number;
  readonly tell: (entry: Entry) => void;
}

export class Admission {
  readonly #time: Time;
  readonly #budget: Budget;
  readonly #half: number;
  readonly #most: number;
  readonly #waiting: Record<Lane, Set<Waiter>> = { first: new Set(), poll: new Set() };
  /** Places kept, by the session that made the look, until when. */
  readonly #kept = new Map<object, number>();
  #calling = 0;
  #fullMono = 0;
  #last: 'back' | 'unanswered' = 'back';
  #cancel: () => void = () => undefined;

  constructor(parts: { readonly time: Time; readonly budget: Budget; readonly workers: number }) {
    this.#time = parts.time;
    this.#budget = parts.budget;
    this.#half = Math.max(1, Math.floor(parts.workers / 2));
    this.#most = Math.max(1, parts.workers - 1);
  }

  /** A place for a read, now or within 5 s, or why not. Rejects with the signal's reason. Every admitted call must leave. */
  async enter(lane: Lane, by: object, signal: AbortSignal): Promise<Entry> {
    signal.throwIfAborted();
    this.#kept.delete(by);
    const { mono } = this.#time.now();
    const refused = this.#hopeless(mono) ?? this.#crowded(lane, mono);
    if (refused !== undefined) return refused;
    const { promise, resolve, reject } = Promise.withResolvers<Entry>();
    const waiter: Waiter = { sinceMono: mono, tell: resolve };
    const stop = (): void => {
      this.#waiting[lane].delete(waiter);
      this.#serve();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    this.#waiting[lane].add(waiter);
    this.#serve();
    return promise.finally(() => signal.removeEventListener('abort', stop));
  }

  /** Whether a write may leave now; if so it has its place and its token. */
  enterWrite(by: object): Entry {
    const { mono } = this.#time.now();
    const kept = (this.#kept.get(by) ?? 0) > mono;
    this.#kept.delete(by);
    const ms = this.#budget.closedMs(mono);
    if (ms > 0) return { kind: 'refused', why: 'paced', ms };
    if (!kept && this.#calling + this.#keptAt(mono) >= this.#most)
      return { kind: 'refused', why: 'unanswered', ms: PLACES.againMs };
    this.#begin();
    return { kind: 'admitted', waitedMs: 0 };
  }

  /** A call that is let through whatever the budget says. */
  enterProbe(): void {
    this.#begin();
  }

  /**
   * A call came back. `unanswered`: it ran into its time limit, so nobody waits for the next ones to do the same.
   * `keepFor`: the session whose write may follow.
   */
  left(end: 'back' | 'unanswered', keepFor?: object): void {
    const { mono } = this.#time.now();
    this.#calling -= 1;
    this.#last = end;
    if (end === 'back') this.#fullMono = mono;
    if (keepFor !== undefined) this.#kept.set(keepFor, mono + PLACES.keptMs);
    this.#serve();
  }

  #begin(): void {
    const { mono } = this.#time.now();
    this.#budget.borrow(mono);
    this.#took(mono);
  }

  #took(mono: number): void {
    this.#calling += 1;
    if (this.#calling === this.#half) this.#fullMono = mono;
  }

  /** Why nobody should wait at all. */
  #hopeless(mono: number): (Entry & { readonly kind: 'refused' }) | undefined {
    const ms = this.#budget.closedMs(mono);
    if (ms > 0) return { kind: 'refused', why: 'paced', ms };
    return this.#unansweredInMs(mono) <= 0
      ? { kind: 'refused', why: 'unanswered', ms: PLACES.againMs }
      : undefined;
  }

  /** Why one more should not wait. */
  #crowded(lane: Lane, mono: number): Entry | undefined {
    const { first, poll } = this.#waiting;
    const ahead = first.size + (lane === 'poll' ? poll.size : 0);
    const ms = this.#budget.waitMs(ahead + 1, mono);
    const crowd = this.#calling + first.size + poll.size;
    const tooMany = this.#budget.slowed(mono) && crowd >= this.#half;
    return tooMany || ms > PLACES.longestWaitMs ? { kind: 'refused', why: 'paced', ms } : undefined;
  }

  /** Ms until the project counts as not answering; infinite while a place is free. */
  #unansweredInMs(mono: number): number {
    if (this.#calling < this.#half) return Number.POSITIVE_INFINITY;
    return this.#last === 'unanswered' ? 0 : this.#fullMono + PLACES.unansweredMs - mono;
  }

  #hasPlace(mono: number): boolean {
    return this.#calling < this.#half && this.#calling + this.#keptAt(mono) < this.#most;
  }

  #keptAt(mono: number): number {
    for (const [by, untilMono] of this.#kept) if (untilMono <= mono) this.#kept.delete(by);
    return this.#kept.size;
  }

  #serve(): void {
    this.#cancel();
    const { mono } = this.#time.now();
    this.#turnAway(mono);
    for (const lane of ['first', 'poll'] as const) {
      for (const waiter of this.#waiting[lane]) {
        if (!this.#hasPlace(mono) || !this.#budget.take(mono)) {
          this.#serveLater(mono);
          return;
        }
        this.#waiting[lane].delete(waiter);
        this.#took(mono);
        waiter.tell({ kind: 'admitted', waitedMs: mono - waiter.sinceMono });
      }
    }
  }

  #turnAway(mono: number): void {
    const hopeless = this.#hopeless(mono);
    for (const waiters of Object.values(this.#waiting)) {
      for (const waiter of waiters) {
        const overdue = mono - waiter.sinceMono >= PLACES.longestWaitMs;
        if (hopeless === undefined && !overdue) continue;
        waiters.delete(waiter);
        const why = this.#hasPlace(mono) ? 'paced' : 'unanswered';
        waiter.tell(hopeless ?? { kind: 'refused', why, ms: PLACES.againMs });
      }
    }
  }

  #serveLater(mono: number): void {
    const waiters = Object.values(this.#waiting).flatMap((lane) => [...lane]);
    const dueMs = waiters.map(({ sinceMono }) => sinceMono + PLACES.longestWaitMs - mono);
    const keptMs = [...this.#kept.values()].map((untilMono) => untilMono - mono);
    const tokenMs = this.#hasPlace(mono) ? this.#budget.waitMs(1, mono) : Number.POSITIVE_INFINITY;
    const ms = Math.min(tokenMs, this.#unansweredInMs(mono), ...dueMs, ...keptMs);
    this.#cancel = this.#time.after(Math.max(1, Math.ceil(ms)), () => this.#serve());
  }
}
