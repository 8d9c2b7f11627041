// The record of every request, in order of arrival at a decision.
// Promises: one entry per request, also for those a fault swallowed; bodies are never kept, only their size, so no
// secret can be read from it. The oldest entries go first when the limit is reached.
import type { Verb } from './request.ts';

/** What became of the connection: a normal answer, or what a fault did. */
export type Delivery = 'answered' | 'dropped' | 'hung';

export interface JournalEntry {
  readonly seq: number;
  /** Injected clock, epoch ms. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** Empty for discovery, OpenAPI and health. */
  readonly verb: Verb | '';
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** The code that was or would have been sent; 0 when a fault stopped the request before it was looked at. */
  readonly status: number;
  readonly delivery: Delivery;
  /** An object really changed: false for no-ops, dry runs and refusals. */
  readonly committed: boolean;
  readonly contentType: string;
  readonly userAgent: string;
  readonly user: string;
  /** Size of the request body. */
  readonly bytes: number;
}

export type JournalQuery = Partial<
  Pick<JournalEntry, 'verb' | 'group' | 'resource' | 'subresource' | 'namespace' | 'name' | 'status' | 'user'>
>;

export class Journal {
  #entries: JournalEntry[] = [];
  #seq = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  record(entry: Omit<JournalEntry, 'seq'>): void {
    this.#seq += 1;
    this.#entries.push({ seq: this.#seq, ...entry });
    if (this.#entries.length > this.#limit) this.#entries.splice(0, Math.ceil(this.#limit / 4));
  }

  /** Entries that match every given field, oldest first. */
  find(query: JournalQuery = {}): readonly JournalEntry[] {
    const wanted = Object.entries(query);
    return this.#entries.filter((entry) =>
      wanted.every(([key, value]) => entry[key as keyof JournalQuery] === value),
    );
  }

  /** Only the requests that changed an object. */
  writes(query: JournalQuery = {}): readonly JournalEntry[] {
    return this.find(query).filter((entry) => entry.committed);
  }

  /** A mark for `since`: everything recorded later has a higher seq. */
  mark(): number {
    return this.#seq;
  }

  since(mark: number, query: JournalQuery = {}): readonly JournalEntry[] {
    return this.find(query).filter((entry) => entry.seq > mark);
  }

  clear(): void {
    this.#entries = [];
  }
}
