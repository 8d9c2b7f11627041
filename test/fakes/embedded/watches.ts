// All watch streams that are open, and the faults that strike them.
// Promises: a standing fault (freeze, hold) also strikes later streams until it is lifted; the others strike what is
// open now and say how many streams that were.
import type { ServerResponse } from 'node:http';
import type { Stream } from './exchange.ts';
import { type Asker, type Match, matches } from './faults.ts';
import type { Watching } from './watch.ts';
import { type WatchFault, type WatchOrder, Wire } from './wire.ts';

interface Open {
  readonly asker: Asker;
  readonly wire: Wire;
  readonly watching: Watching;
}

export class Watches {
  readonly #open = new Set<Open>();
  #standing: readonly WatchOrder[] = [];
  readonly #bookmarkEveryMs: number;

  constructor(bookmarkEveryMs: number) {
    this.#bookmarkEveryMs = bookmarkEveryMs;
  }

  open(stream: Stream, asker: Asker, response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    const wire = new Wire(response);
    for (const { match, fault } of this.#standing) if (matches(match, asker)) wire.spoil(fault);
    const watching = stream.open(wire, { style: stream.style, bookmarkEveryMs: this.#bookmarkEveryMs });
    const open: Open = { asker, wire, watching };
    this.#open.add(open);
    wire.onClose(() => this.#open.delete(open));
  }

  /** Strikes all open streams that match; returns how many. */
  spoil(match: Match, fault: WatchFault): number {
    const struck = [...this.#open].filter((open) => matches(match, open.asker));
    for (const open of struck) open.wire.spoil(fault);
    return struck.length;
  }

  /** Strikes open and later streams with `freeze` or `hold`; the returned function lifts it everywhere. */
  stand(match: Match, fault: Extract<WatchFault, { kind: 'freeze' | 'hold' }>): () => void {
    const order: WatchOrder = { match, fault };
    this.#standing = [...this.#standing, order];
    this.spoil(match, fault);
    return () => {
      this.#standing = this.#standing.filter((other) => other !== order);
      this.spoil(match, { kind: 'thaw' });
    };
  }

  /** Sends a bookmark on every open stream that asked for bookmarks. */
  bookmark(match: Match = {}): void {
    for (const open of this.#open) if (matches(match, open.asker)) open.watching.bookmark();
  }

  count(match: Match = {}): number {
    return [...this.#open].filter((open) => matches(match, open.asker)).length;
  }

  stop(): void {
    for (const open of [...this.#open]) open.watching.stop();
    this.#open.clear();
  }
}
