// The faults of the HTTP level: an answer in place of the server's, or a line of a watch stream that arrives otherwise than
// it was sent. Each is ordered for a number of times and strikes in the order of addition; a test asks how often it did.
import type { JsonObject } from '../../../src/core/types.ts';
import type { Asked } from './asked.ts';

export type AnswerFault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** 200, never a line, and an orderly end after `ms`. */
  | { readonly kind: 'mute'; readonly ms: number };

export type LineFault =
  /** In place of the next event; the stream goes on. */
  | { readonly kind: 'garbage'; readonly text: string }
  /** An ERROR event in place of the next event, then an orderly end. */
  | { readonly kind: 'error'; readonly status: JsonObject }
  /** Half of the next event, then an orderly end or RST. */
  | { readonly kind: 'cut'; readonly end: 'end' | 'reset' }
  /** Each piece in a segment of its own; the event arrives. */
  | { readonly kind: 'pieces'; readonly bytes: number }
  /** Nothing more until `until`, then RST. */
  | { readonly kind: 'hold'; readonly until: Promise<void> };

export interface Armed {
  /** How often it struck. */
  hits(): number;
  lift(): void;
}

export interface Order<F> {
  readonly match: (asked: Asked) => boolean;
  readonly fault: F;
  /** How often it strikes; for ever unless given. */
  readonly times?: number;
}

export interface Faults<F> {
  order(order: Order<F>): Armed;
  /** The fault that strikes now, if any. */
  strike(asked: Asked): F | undefined;
}

export function createFaults<F>(): Faults<F> {
  const armed = new Set<{ readonly order: Order<F>; hits: number }>();
  return {
    order: (order) => {
      const entry = { order, hits: 0 };
      armed.add(entry);
      return { hits: () => entry.hits, lift: () => void armed.delete(entry) };
    },
    strike: (asked) => {
      for (const entry of armed) {
        const { match, fault, times = Number.POSITIVE_INFINITY } = entry.order;
        if (entry.hits >= times || !match(asked)) continue;
        entry.hits += 1;
        return fault;
      }
      return undefined;
    },
  };
}

/** A Status object as the API server words it. */
export function statusBody(code: number, reason: string): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `the proxy says ${reason}`,
    reason,
    code,
  };
}
