// Faults as rules: which requests, when, and what happens instead of a clean answer.
//
// A rule counts the requests that match it. `phase: before` strikes instead of acting, `phase: after` once the service
// has acted (a write is then accepted although nobody learns of it). The first rule that strikes wins; later `next` rules
// keep their turn, so rules that are added one after another strike one after another.
import { z } from 'zod';
import { operations, type Route } from './routes.ts';

const ms = z.number().min(0);
const status = z.int().min(200).max(599);

export const effectSchema = z.discriminatedUnion('kind', [
  /** Only the delays of the rule. */
  z.strictObject({ kind: z.literal('none') }),
  /** `body` text is sent as it is, anything else as JSON. */
  z.strictObject({
    kind: z.literal('respond'),
    status,
    body: z.json().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  /** 429 APIGW.0308; `retryAfter` is the header's text: seconds or an HTTP date. */
  z.strictObject({ kind: z.literal('throttle'), retryAfter: z.string().optional() }),
  /** TCP reset without an answer. */
  z.strictObject({ kind: z.literal('reset') }),
  /** Keeps the connection open and never answers. */
  z.strictObject({ kind: z.literal('hang') }),
  z.strictObject({ kind: z.literal('html'), status: status.default(502) }),
  z.strictObject({ kind: z.literal('garbage'), status: status.default(200) }),
  z.strictObject({ kind: z.literal('empty'), status: status.default(200) }),
  /** The real answer cut in the middle: as a complete message of half a JSON text, or as a broken connection. */
  z.strictObject({ kind: z.literal('truncated'), cut: z.enum(['text', 'connection']) }),
  /** The real answer with padding; 10 MB unless told otherwise. */
  z.strictObject({ kind: z.literal('oversized'), bytes: z.int().min(1).default(10_000_000) }),
  /** 200 with an object that has no job id. */
  z.strictObject({ kind: z.literal('noJobId') }),
  z.strictObject({ kind: z.literal('redirect'), location: z.string(), status: status.default(307) }),
  /** Answers 504 or resets at once; the service acts this much later. */
  z.strictObject({
    kind: z.literal('acceptLate'),
    afterMs: ms,
    answer: z.enum(['gatewayTimeout', 'reset']).default('gatewayTimeout'),
  }),
]);

export const faultSchema = z.strictObject({
  operation: z.enum([...operations, 'unknown']).optional(),
  componentId: z.string().optional(),
  projectId: z.string().optional(),
  /** Only the nth matching request from now on (1 = the next). */
  nth: z.int().min(1).optional(),
  /** The next n matching requests, or all; 1 unless `nth` is given. */
  next: z.union([z.int().min(1), z.literal('all')]).optional(),
  phase: z.enum(['before', 'after']).optional(),
  /** Real time that passes before the service acts, and between acting and answering. */
  delayMs: ms.optional(),
  answerDelayMs: ms.optional(),
  effect: effectSchema.default({ kind: 'none' }),
});

export type FaultEffect = z.infer<typeof effectSchema>;
export type FaultSpec = z.input<typeof faultSchema>;
export type Fault = z.infer<typeof faultSchema> & { readonly phase: 'before' | 'after' };

/** Effects that speak of the real answer, so they strike after the service has acted unless told otherwise. */
const afterActing: readonly FaultEffect['kind'][] = [
  'none',
  'garbage',
  'empty',
  'truncated',
  'oversized',
  'noJobId',
];

interface Rule {
  readonly id: number;
  readonly fault: Fault;
  seen: number;
}

export class Faults {
  #rules: Rule[] = [];
  #lastId = 0;

  /** Gives back the rule's number. Throws a ZodError for a rule of another form. */
  add(spec: FaultSpec): number {
    const parsed = faultSchema.parse(spec);
    const phase = parsed.phase ?? (afterActing.includes(parsed.effect.kind) ? 'after' : 'before');
    this.#lastId += 1;
    this.#rules.push({ id: this.#lastId, fault: { ...parsed, phase }, seen: 0 });
    return this.#lastId;
  }

  remove(id: number): void {
    this.#rules = this.#rules.filter((rule) => rule.id !== id);
  }

  clear(): void {
    this.#rules = [];
  }

  /** The rules that can still strike. */
  list(): readonly { readonly id: number; readonly fault: Fault; readonly seen: number }[] {
    return this.#rules.map(({ id, fault, seen }) => ({ id, fault, seen }));
  }

  /** Counts the request and gives back the fault that strikes it, if any. */
  take(route: Route): Fault | undefined {
    let struck: Fault | undefined;
    for (const rule of this.#rules.filter(({ fault }) => matches(fault, route))) {
      if (rule.fault.nth === undefined && struck !== undefined) continue;
      rule.seen += 1;
      if (struck === undefined && strikes(rule)) struck = rule.fault;
    }
    this.#rules = this.#rules.filter((rule) => !usedUp(rule));
    return struck;
  }
}

function matches(fault: Fault, route: Route): boolean {
  return (['operation', 'componentId', 'projectId'] as const).every(
    (key) => fault[key] === undefined || fault[key] === route[key],
  );
}

function strikes({ fault, seen }: Rule): boolean {
  if (fault.nth !== undefined) return seen === fault.nth;
  return fault.next === 'all' || seen <= (fault.next ?? 1);
}

function usedUp({ fault, seen }: Rule): boolean {
  if (fault.nth !== undefined) return seen >= fault.nth;
  return fault.next !== 'all' && seen >= (fault.next ?? 1);
}
