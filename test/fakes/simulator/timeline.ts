// Simulated time: the injected clock plus what was advanced by hand, and the events that are due at given moments.
//
// Nothing runs by itself. `settle()` runs every event that has become due, in order of time, each seeing its own moment
// as `now()`. The server settles before each request, so a real and a virtual clock behave alike.

interface TimedEvent {
  readonly at: number;
  readonly run: () => void;
}

export class Timeline {
  readonly #clock: () => number;
  #offsetMs = 0;
  #frozen: number | undefined;
  #events: TimedEvent[] = [];

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Epoch ms; inside an event, the moment that the event was due. */
  now(): number {
    return this.#frozen ?? this.#clock() + this.#offsetMs;
  }

  /** Runs `run` once `settle()` finds that `at` (epoch ms) has passed; equal moments keep their order. */
  at(at: number, run: () => void): void {
    const after = this.#events.findIndex((event) => event.at > at);
    this.#events.splice(after < 0 ? this.#events.length : after, 0, { at, run });
  }

  settle(): void {
    const until = this.now();
    for (let due = this.#events[0]; due !== undefined && due.at <= until; due = this.#events[0]) {
      this.#events.shift();
      this.#frozen = due.at;
      try {
        due.run();
      } finally {
        this.#frozen = undefined;
      }
    }
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
    this.settle();
  }
}
