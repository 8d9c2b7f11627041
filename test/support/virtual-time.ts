// A clock that tests can jump. Real time flows as well, so that code waiting on real sockets behaves as usual; `advance`
// adds to it and fires what became due.
import type { Time } from '../../src/controller/ports.ts';

interface Timer {
  readonly dueMono: number;
  readonly run: () => void;
}

export class VirtualTime implements Time {
  readonly #timers = new Set<Timer>();
  #skippedMs = 0;
  #waking: NodeJS.Timeout | undefined;

  now(): { readonly wall: number; readonly mono: number } {
    return { wall: Date.now() + this.#skippedMs, mono: performance.now() + this.#skippedMs };
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { dueMono: this.now().mono + ms, run };
    this.#timers.add(timer);
    this.#wake();
    return () => this.#timers.delete(timer);
  }

  /** Ms until the next timer; undefined when none is set. */
  nextMs(): number | undefined {
    const due = Math.min(...[...this.#timers].map((timer) => timer.dueMono));
    return Number.isFinite(due) ? Math.max(0, due - this.now().mono) : undefined;
  }

  advance(ms: number): void {
    this.#skippedMs += ms;
    this.#fire();
  }

  #fire(): void {
    const { mono } = this.now();
    const due = [...this.#timers]
      .filter((timer) => timer.dueMono <= mono)
      .toSorted((a, b) => a.dueMono - b.dueMono);
    for (const timer of due) {
      if (this.#timers.delete(timer)) timer.run();
    }
    this.#wake();
  }

  #wake(): void {
    clearTimeout(this.#waking);
    const ms = this.nextMs();
    if (ms === undefined) return;
    this.#waking = setTimeout(() => this.#fire(), Math.min(ms, 60_000));
    this.#waking.unref();
  }
}
