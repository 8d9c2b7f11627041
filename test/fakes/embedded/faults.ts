// Faults that tests order: what goes wrong with which request, and how often.
// Promises: faults are matched in order of addition, one per request; `skip` lets the first matches pass, `times`
// ends the fault; a fault knows how often it struck. Leaves to others: doing it (server.ts, watch.ts).
import type { JsonMap } from './json.ts';
import type { Target, Verb } from './request.ts';

/** All given fields must match; a string matches exactly, a RegExp anywhere. */
export interface Match {
  readonly verb?: Verb | readonly Verb[];
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string | RegExp;
  readonly userAgent?: string | RegExp;
  readonly user?: string;
}

export type RequestFault =
  /** Answers without acting; `body` defaults to a Status object of that code. */
  | {
      readonly kind: 'status';
      readonly code: number;
      readonly reason?: string;
      readonly message?: string;
      readonly body?: JsonMap;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'text'; readonly code: number; readonly contentType: string; readonly text: string }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'dropBefore' }
  | { readonly kind: 'actThenDrop' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'actThenHang' }
  /** Acts and sends only the first bytes of the answer. */
  | { readonly kind: 'truncate'; readonly bytes: number };

export interface FaultOrder {
  readonly match: Match;
  readonly fault: RequestFault;
  /** How many matching requests pass unharmed first; default 0. */
  readonly skip?: number;
  /** How many requests it strikes; default 1. */
  readonly times?: number;
}

export interface FaultHandle {
  /** How many requests it struck. */
  readonly hits: () => number;
  readonly remove: () => void;
}

/** Who asks for what, as far as faults and denials look. */
export interface Asker {
  readonly target: Target;
  readonly userAgent: string;
  readonly user: string;
}

interface Armed {
  readonly order: FaultOrder;
  seen: number;
  hits: number;
}

export class Faults {
  #armed: Armed[] = [];

  add(order: FaultOrder): FaultHandle {
    const armed: Armed = { order, seen: 0, hits: 0 };
    this.#armed.push(armed);
    const remove = (): void => {
      this.#armed = this.#armed.filter((other) => other !== armed);
    };
    return { hits: () => armed.hits, remove };
  }

  clear(): void {
    this.#armed = [];
  }

  /** The fault that strikes this request, if any; counts as used. */
  take(asker: Asker): RequestFault | undefined {
    for (const armed of this.#armed) {
      if (!matches(armed.order.match, asker)) continue;
      const spent = armed.hits >= (armed.order.times ?? 1);
      if (spent) continue;
      armed.seen += 1;
      if (armed.seen <= (armed.order.skip ?? 0)) continue;
      armed.hits += 1;
      return armed.order.fault;
    }
    return undefined;
  }
}

/** Whether a request is meant; only resource requests ever are. */
export function matches(match: Match, { target, userAgent, user }: Asker): boolean {
  if (target.kind !== 'resource') return false;
  const verbs = match.verb === undefined ? undefined : [match.verb].flat();
  if (verbs && !verbs.includes(target.verb)) return false;
  const exact = ['group', 'resource', 'subresource', 'namespace'] as const;
  if (exact.some((key) => match[key] !== undefined && match[key] !== target[key])) return false;
  if (match.user !== undefined && match.user !== user) return false;
  return fits(match.name, target.name) && fits(match.userAgent, userAgent);
}

function fits(wanted: string | RegExp | undefined, text: string): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? wanted === text : wanted.test(text);
}
