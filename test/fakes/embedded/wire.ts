// The bytes of one watch stream, and everything that can go wrong with them.
// Promises: lines leave in order, also when they are held back; a frozen wire sends nothing, keeps the connection
// open and delivers what it held when thawed; a spoiled wire stays spoiled. Assumes small streams: no back-pressure.
import type { ServerResponse } from 'node:http';
import type { Match } from './faults.ts';

export type WatchFault =
  /** No more bytes, connection open. */
  | { readonly kind: 'freeze' }
  /** Ends freeze and hold; what was held is sent. */
  | { readonly kind: 'thaw' }
  /** Every line leaves this much later. */
  | { readonly kind: 'hold'; readonly ms: number }
  /** TCP reset. */
  | { readonly kind: 'cut' }
  /** An orderly end of the stream. */
  | { readonly kind: 'end' }
  /** Half of a line, then the end. */
  | { readonly kind: 'halfLine' }
  /** A line that is no JSON; the stream goes on. */
  | { readonly kind: 'garbage' }
  /** The 410 event, then the end. */
  | { readonly kind: 'gone' }
  /** A page of HTML, as a proxy would send it, then the end. */
  | { readonly kind: 'html' };

export interface WatchOrder {
  readonly match: Match;
  readonly fault: WatchFault;
}

const GONE = {
  type: 'ERROR',
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'The resourceVersion for the provided watch is too old.',
    reason: 'Expired',
    code: 410,
  },
};

export class Wire {
  readonly #response: ServerResponse;
  #frozen = false;
  #holdMs = 0;
  #held: { readonly line: string; readonly timer: NodeJS.Timeout | undefined }[] = [];
  #closed = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('close', () => {
      this.#closed = true;
      for (const { timer } of this.#held) clearTimeout(timer);
    });
  }

  onClose(listener: () => void): void {
    this.#response.on('close', listener);
  }

  send(line: string): void {
    if (this.#closed) return;
    const waits = this.#frozen || this.#holdMs > 0 || this.#held.length > 0;
    if (!waits) this.#response.write(line);
    else this.#hold(line);
  }

  /** Ends the stream after what was sent; a frozen stream stays open. */
  end(): void {
    if (!this.#closed && !this.#frozen) this.#response.end();
  }

  spoil(fault: WatchFault): void {
    switch (fault.kind) {
      case 'freeze':
        this.#frozen = true;
        return;
      case 'thaw':
        this.#thaw();
        return;
      case 'hold':
        this.#holdMs = fault.ms;
        return;
      case 'cut':
        this.#response.socket?.resetAndDestroy();
        return;
      case 'end':
        this.#response.end();
        return;
      case 'halfLine':
        this.#response.end('{"type":"MODIFIED","object":{"kind":"Serv');
        return;
      case 'garbage':
        this.#response.write('\u0000{not json at all\n');
        return;
      case 'gone':
        this.#response.end(`${JSON.stringify(GONE)}\n`);
        return;
      case 'html':
        this.#response.end('<html><body><h1>502 Bad Gateway</h1></body></html>\n');
        return;
      default: {
        const never: never = fault;
        throw new Error(`unknown watch fault ${JSON.stringify(never)}`);
      }
    }
  }

  #hold(line: string): void {
    const timer = this.#frozen ? undefined : setTimeout(() => this.#release(), this.#holdMs);
    this.#held.push({ line, timer });
  }

  #release(): void {
    const next = this.#frozen ? undefined : this.#held.shift();
    if (next && !this.#closed) this.#response.write(next.line);
  }

  #thaw(): void {
    this.#frozen = false;
    this.#holdMs = 0;
    for (const { timer } of this.#held) clearTimeout(timer);
    const lines = this.#held.splice(0).map(({ line }) => line);
    if (!this.#closed && lines.length > 0) this.#response.write(lines.join(''));
  }
}
