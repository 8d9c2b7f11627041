// Calls per second of one account in one region and project: a token bucket that learns from refusals. Pure bookkeeping
// over the monotonic time that is handed in; it waits for nothing and sets no timer.
//
// Promises: a 429 halves the rate, once per second at most, down to a floor; quiet time gives it back bit by bit. A
// Retry-After closes the bucket until that moment to the millisecond; it opens with one call, not with a burst. A write
// borrows: it is never made to wait, the calls after it pay. ServiceStage documents no limit, so the full rate is only
// where nothing but our own workers is the limit; the floor is near what the gateway's refusals name (200 in 5 minutes).

export const PACE = {
  fullPerSecond: 100,
  floorPerSecond: 0.5,
  /** What may go at once after a pause, in seconds of the present rate. */
  burstSeconds: 2,
  /** Calls per second that each quiet second gives back. */
  regainPerSecond: 0.1,
  /** How long a refusal without Retry-After closes the bucket. */
  unsaidMs: 1_000,
  /** Refusals closer together than this answer calls that left together: one of them halves the rate. */
  apartMs: 1_000,
} as const;

/** The least that a service on probation is asked, calls per second. */
const PROBATION_PER_SECOND = 1;
const ROUNDING = 1e-6;

export class Budget {
  readonly #share: (mono: number) => number;
  #rate: number = PACE.fullPerSecond;
  #rateMono = Number.NEGATIVE_INFINITY;
  #tokens: number = PACE.fullPerSecond * PACE.burstSeconds;
  #filledMono = Number.NEGATIVE_INFINITY;
  #closedUntilMono = Number.NEGATIVE_INFINITY;
  #halvedMono = Number.NEGATIVE_INFINITY;

  /** `share`: which part of the rate may be used, in (0, 1]. */
  constructor(share: (mono: number) => number = () => 1) {
    this.#share = share;
  }

  /** Takes a token if the bucket is open and has one. */
  take(mono: number): boolean {
    this.#fill(mono);
    if (this.closedMs(mono) > 0 || this.#tokens < 1 - ROUNDING) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes a token that may not be there yet. */
  borrow(mono: number): void {
    this.#fill(mono);
    this.#tokens -= 1;
  }

  /** What is left of the time that the service asked for; 0 when the bucket is open. */
  closedMs(mono: number): number {
    return Math.max(0, this.#closedUntilMono - mono);
  }

  /** Ms until the token of the call at `place` (1 = the next) is there. */
  waitMs(place: number, mono: number): number {
    this.#fill(mono);
    return this.closedMs(mono) + Math.max(0, ((place - this.#tokens) / this.perSecond(mono)) * 1_000);
  }

  /** The service refused a call as one too many. */
  refused(retryAfterMs: number | undefined, mono: number): void {
    const apart = mono - this.#halvedMono >= PACE.apartMs;
    if (apart) this.#halvedMono = mono;
    const rate = this.#rateAt(mono);
    this.#close(retryAfterMs ?? PACE.unsaidMs, mono, apart ? Math.max(PACE.floorPerSecond, rate / 2) : rate);
  }

  /** The service asked for a pause of `ms`. */
  pause(ms: number, mono: number): void {
    this.#close(ms, mono, this.#rateAt(mono));
  }

  /** Whether the rate is below the full one. */
  slowed(mono: number): boolean {
    return this.perSecond(mono) < PACE.fullPerSecond;
  }

  /** The rate that is allowed now. */
  perSecond(mono: number): number {
    const rate = this.#rateAt(mono);
    const share = this.#share(mono);
    return share >= 1 ? rate : Math.min(rate, Math.max(PROBATION_PER_SECOND, rate * share));
  }

  #close(ms: number, mono: number, perSecond: number): void {
    this.#fill(mono);
    this.#closedUntilMono = Math.max(this.#closedUntilMono, mono + ms);
    this.#tokens = Math.min(this.#tokens, 1);
    this.#filledMono = Math.max(this.#filledMono, this.#closedUntilMono);
    this.#rate = perSecond;
    this.#rateMono = this.#closedUntilMono;
  }

  #rateAt(mono: number): number {
    const quietSeconds = Math.max(0, mono - this.#rateMono) / 1_000;
    return Math.min(PACE.fullPerSecond, this.#rate + PACE.regainPerSecond * quietSeconds);
  }

  #fill(mono: number): void {
    const rate = this.perSecond(mono);
    const most = Math.max(1, rate * PACE.burstSeconds);
    const ms = Math.max(0, mono - this.#filledMono);
    this.#tokens = Math.min(most, this.#tokens + (rate * ms) / 1_000);
    this.#filledMono = Math.max(this.#filledMono, mono);
  }
}
