// The limits of one account in one region and project: circuit, budget and admission around each of its calls, and what the
// end of a call teaches them.
//
// A read that may not leave throws `HeldBack`; a write gets its refusal as an outcome. The words of a refusal are those of
// the failure that caused it: a resource that was throttled itself and one that was held back for it show the same.
import { failureOf } from '../core/failure.ts';
import type { Failure, RemoveOutcome, SubmitOutcome } from '../core/types.ts';
import { Admission, type Entry, type Lane, PLACES } from './admission.ts';
import { Budget } from './budget.ts';
import { type Admittance, Circuit, type CircuitState, type Endpoint, type Evidence } from './circuit.ts';
import type { Time } from './ports.ts';

/** Whom the limits are kept for. Neither text may hold a secret. */
export interface Identified {
  /** One account in one region and project, at one endpoint. */
  readonly account: string;
  /** What its calls depend on: the service's host, and that of IAM for a password. */
  readonly endpoint: string;
}

export interface CircuitFact extends Identified {
  readonly state: CircuitState;
  /** What the calls met while the circuit is not closed. */
  readonly failure: Failure | undefined;
}

/** One try on the wire; a read may make several. */
export type TryResult = 'answered' | 'failed';

export interface LimitOptions {
  readonly time: Time;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Passes that run at the same time. */
  readonly workers: number;
  readonly observer: {
    /** A call was let through after so long. */
    waited(seconds: number): void;
    circuit(fact: CircuitFact): void;
  };
  /** Runs `call` and tells of every try that it makes. */
  watchTries<T>(told: (result: TryResult) => void, call: () => Promise<T>): Promise<T>;
}

/** A read that did not leave. */
export class HeldBack extends Error {
  override readonly name = 'HeldBack';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface Reading<T> {
  readonly lane: Lane;
  /** Stands for the session. */
  readonly by: object;
  readonly signal: AbortSignal;
  readonly call: (signal: AbortSignal) => Promise<T>;
}

export interface Writing<T> {
  readonly by: object;
  readonly call: () => Promise<T>;
  /** The outcome of a write that did not leave. */
  readonly held: (failure: Failure) => T;
}

type Held = Admittance & { readonly kind: 'held' };
type Refused = Entry & { readonly kind: 'refused' };

/** Where the service itself has not said anything that could be repeated. */
const OWN_WORDS = {
  paced: { code: 'PROJECT_PACED', message: 'the calls of this project wait for their turn' },
  unanswered: {
    code: 'PROJECT_UNANSWERED',
    message: 'the calls of this project are not answered in time; others are held back until they are',
  },
} as const;

export class AccountLimits {
  readonly #options: LimitOptions;
  readonly #budget: Budget;
  readonly #circuit: Circuit;
  readonly #admission: Admission;
  #throttled: Failure | undefined;

  constructor(options: LimitOptions, identified: Identified, endpoint: Endpoint) {
    this.#options = options;
    const tell = (state: CircuitState): void =>
      options.observer.circuit({ ...identified, state, failure: this.#circuit.met });
    this.#circuit = new Circuit(endpoint, tell);
    this.#budget = new Budget((mono) => this.#circuit.share(mono));
    this.#admission = new Admission({ time: options.time, workers: options.workers, budget: this.#budget });
    tell('closed');
  }

  /** The call's own result, or `HeldBack`. */
  async read<T>({ lane, by, signal, call }: Reading<T>): Promise<T> {
    const admittance = this.#circuit.admit(this.#mono());
    if (admittance.kind === 'held') throw new HeldBack(this.#ofCircuit(admittance));
    if (admittance.kind === 'probe') return this.#probe(call, signal);
    const entry = await this.#admission.enter(lane, by, signal);
    if (entry.kind === 'refused') throw new HeldBack(this.#ofAdmission(entry));
    const opened = this.#circuit.held(this.#mono());
    if (opened !== undefined) {
      this.#admission.left('back');
      throw new HeldBack(this.#ofCircuit(opened));
    }
    this.#options.observer.waited(entry.waitedMs / 1_000);
    return this.#judged({ call: () => call(signal), keepFor: by });
  }

  /** The call's own outcome, or what `held` makes of the refusal. The call starts before anything is awaited. */
  async write<T extends SubmitOutcome | RemoveOutcome>({ by, call, held }: Writing<T>): Promise<T> {
    const open = this.#circuit.held(this.#mono());
    if (open !== undefined) return held(this.#ofCircuit(open));
    const entry = this.#admission.enterWrite(by);
    if (entry.kind === 'refused') return held(this.#ofAdmission(entry));
    this.#options.observer.waited(0);
    return this.#judged({ call });
  }

  /** One call and one try of it: the first that fails ends it, so that quick retries do not multiply probes. */
  async #probe<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const over = new AbortController();
    this.#admission.enterProbe();
    try {
      return await this.#judged({
        call: () => call(AbortSignal.any([signal, over.signal])),
        told: (result) => {
          if (result === 'failed') over.abort(new Error('a probe is one try'));
        },
      });
    } finally {
      this.#circuit.probed();
    }
  }

  async #judged<T>({ call, told, keepFor }: Judged<T>): Promise<T> {
    const startedMono = this.#mono();
    let paid = 1;
    const charge = (result: TryResult): void => {
      paid -= 1;
      if (paid < 0) this.#budget.borrow(this.#mono());
      told?.(result);
    };
    try {
      const value = await this.#options.watchTries(charge, call);
      this.#admission.left(this.#learn(failureIn(value), startedMono), keepFor);
      return value;
    } catch (error) {
      this.#admission.left(this.#learn(failureOf(error) ?? 'unknown', startedMono));
      throw error;
    }
  }

  #learn(met: Failure | 'unknown' | undefined, startedMono: number): 'back' | 'unanswered' {
    const mono = this.#mono();
    const evidence = evidenceOf(met);
    const failure = typeof met === 'object' ? met : undefined;
    this.#circuit.settle({ evidence, startedMono, mono, failure: failure && plain(failure, 'transient') });
    if (failure?.class === 'throttled') {
      this.#throttled = plain(failure, 'throttled');
      this.#budget.refused(failure.retryAfterMs, mono);
    } else if (evidence === 'outage' && failure?.retryAfterMs !== undefined) {
      this.#budget.pause(failure.retryAfterMs, mono);
    }
    return evidence === 'outage' && mono - startedMono >= PLACES.unansweredMs ? 'unanswered' : 'back';
  }

  #ofCircuit({ failure, ms }: Held): Failure {
    return { ...failure, retryAfterMs: this.#spread(Math.max(1_000, ms)) };
  }

  #ofAdmission({ why, ms }: Refused): Failure {
    const retryAfterMs = this.#spread(ms);
    // On probation it is still the outage that holds a call back.
    const met = this.#circuit.met ?? (why === 'paced' ? this.#throttled : undefined);
    return { class: 'throttled', ...OWN_WORDS[why], ...met, retryAfterMs };
  }

  /** Never sooner than `ms`, and not all at once. */
  #spread(ms: number): number {
    return Math.ceil(ms + this.#options.random() * Math.min(1_000, ms));
  }

  #mono(): number {
    return this.#options.time.now().mono;
  }
}

interface Judged<T> {
  readonly call: () => Promise<T>;
  readonly told?: (result: TryResult) => void;
  readonly keepFor?: object;
}

/** The failure in a write's outcome; undefined in any other value. */
function failureIn(value: unknown): Failure | undefined {
  return typeof value === 'object' && value !== null ? failureOf(value) : undefined;
}

/** What may be said of a failure to others than the one who met it. */
function plain({ code, message }: Failure, kind: Failure['class']): Failure {
  return { class: kind, code, message };
}

/** Codes of calls that we ended ourselves. */
const OURS: ReadonlySet<string> = new Set(['ABORTED', 'INTERNAL']);

/** What the end of a call says about its endpoint. */
export function evidenceOf(met: Failure | 'unknown' | undefined): Evidence {
  if (met === undefined) return 'answer';
  if (met === 'unknown' || OURS.has(met.code)) return 'none';
  const { httpStatus } = met;
  if (met.class === 'transient' || met.class === 'unknownOutcome') {
    const dead = httpStatus === undefined || httpStatus >= 500 || httpStatus < 400 || httpStatus === 408;
    return dead ? 'outage' : 'answer';
  }
  // A key that is held after a refusal fails without a call, and so does TLS before one.
  return httpStatus === undefined || met.class === 'credentials' ? 'none' : 'answer';
}
