// Whether an endpoint is worth a call: a circuit per account, region and project, and one common view of the endpoint.
//
//   closed --5 failures in a row--> open --a probe is answered--> probation --30 s without a failure--> closed
//                                    ^ \--probe fails--/              |
//                                    '------------- a failure --------'
//
// Promises: while nothing on an endpoint is answered, one probe per 10 s goes to it, whoever asks; a project whose calls
// fail while others are answered is cut off alone, so it does not take its neighbours with it. Where the endpoint is known
// to be down the first failure of another project opens its circuit too. On probation the rate grows from almost nothing.
// Only outage-class failures count (no answer, an unreadable one, 408, 5xx); any refusal by the service is an answer.
import type { Failure } from '../core/types.ts';

export const CIRCUIT = { failures: 5, probeApartMs: 10_000, rampMs: 30_000 } as const;

export type CircuitState = 'closed' | 'probation' | 'open';

/** `outage`: nobody is there. `answer`: the service spoke. `none`: tells nothing, such as a call that we ended. */
export type Evidence = 'outage' | 'answer' | 'none';

export type Admittance =
  | { readonly kind: 'call' }
  /** The one call that finds out; it must be settled. */
  | { readonly kind: 'probe' }
  /** `ms` until it is worth asking again; `failure` is what the last calls met. */
  | { readonly kind: 'held'; readonly failure: Failure; readonly ms: number };

/** How a call ended. */
export interface Ended {
  readonly evidence: Evidence;
  readonly startedMono: number;
  readonly mono: number;
  /** Of an outage. */
  readonly failure?: Failure | undefined;
}

/** What all circuits of one endpoint know together. */
export class Endpoint {
  #answeredMono = Number.NEGATIVE_INFINITY;
  #deadMono = Number.NEGATIVE_INFINITY;
  #probeMono = Number.NEGATIVE_INFINITY;

  /** Whether a circuit found it dead and nothing was answered since. */
  get down(): boolean {
    return this.#deadMono > this.#answeredMono;
  }

  /** When it was last probed, or found dead. */
  get probeMono(): number {
    return this.#probeMono;
  }

  answeredSince(mono: number): boolean {
    return this.#answeredMono > mono;
  }

  answered(mono: number): void {
    this.#answeredMono = mono;
  }

  died(mono: number): void {
    this.#deadMono = mono;
  }

  probed(mono: number): void {
    this.#probeMono = Math.max(this.#probeMono, mono);
  }
}

export class Circuit {
  readonly #endpoint: Endpoint;
  readonly #onChange: (state: CircuitState) => void;
  #state: CircuitState = 'closed';
  #failures = 0;
  #met: Failure | undefined;
  #probing = false;
  #deadMono = Number.NEGATIVE_INFINITY;
  #probeMono = Number.NEGATIVE_INFINITY;
  #probationMono = Number.NEGATIVE_INFINITY;

  constructor(endpoint: Endpoint, onChange: (state: CircuitState) => void = () => undefined) {
    this.#endpoint = endpoint;
    this.#onChange = onChange;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** What the last calls met while the circuit is not closed. */
  get met(): Failure | undefined {
    return this.#state === 'closed' ? undefined : this.#met;
  }

  /** Whether a read may leave now. */
  admit(mono: number): Admittance {
    const held = this.held(mono);
    if (held === undefined) return { kind: 'call' };
    if (held.ms > 0) return held;
    this.#probing = true;
    this.#probeMono = mono;
    this.#endpoint.probed(mono);
    return { kind: 'probe' };
  }

  /** Why a call that is no probe may not leave now; undefined when it may. */
  held(mono: number): (Admittance & { readonly kind: 'held' }) | undefined {
    if (this.#state !== 'open' || this.#met === undefined) return undefined;
    return { kind: 'held', failure: this.#met, ms: this.#probeDueMs(mono) };
  }

  /** Learns from a call that has ended. */
  settle(ended: Ended): void {
    if (ended.evidence === 'answer') this.#answered(ended.mono);
    if (ended.evidence === 'outage') this.#failed(ended);
  }

  /** The probe is over, whatever it found. */
  probed(): void {
    this.#probing = false;
  }

  /** The part of the rate that may be used, in (0, 1]. */
  share(mono: number): number {
    if (this.#state !== 'probation') return 1;
    return Math.min(1, Math.max(0.01, (mono - this.#probationMono) / CIRCUIT.rampMs));
  }

  #probeDueMs(mono: number): number {
    // Once the endpoint has answered somebody, each circuit finds out for itself.
    const alone = this.#endpoint.answeredSince(this.#deadMono);
    const lastMono = alone ? this.#probeMono : Math.max(this.#probeMono, this.#endpoint.probeMono);
    const dueMono = lastMono + CIRCUIT.probeApartMs;
    const underWay = this.#probing ? CIRCUIT.probeApartMs : 0;
    return Math.max(0, underWay, dueMono - mono);
  }

  #answered(mono: number): void {
    this.#endpoint.answered(mono);
    this.#failures = 0;
    if (this.#state === 'open') {
      this.#probationMono = mono;
      this.#turn('probation');
    } else if (this.#state === 'probation' && this.share(mono) >= 1) {
      this.#met = undefined;
      this.#turn('closed');
    }
  }

  #failed({ startedMono, mono, failure }: Ended): void {
    // What left before the endpoint came back says nothing about it.
    if (failure === undefined || startedMono < this.#probationMono) return;
    this.#failures += 1;
    const enough = this.#state !== 'closed' || this.#endpoint.down || this.#failures >= CIRCUIT.failures;
    if (!enough) return;
    // The words change only with the kind of fault, so that no status is written anew with every probe.
    if (this.#met?.code !== failure.code) this.#met = failure;
    this.#deadMono = mono;
    this.#endpoint.died(mono);
    if (this.#state === 'open') return;
    this.#probeMono = mono;
    this.#endpoint.probed(mono);
    this.#turn('open');
  }

  #turn(state: CircuitState): void {
    this.#state = state;
    this.#onChange(state);
  }
}
