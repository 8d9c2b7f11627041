// How long the tests that need real time take their time: short in every run, the full lengths with `npm run faults -- --long`.
//
// Short: leases of 4 s and pauses of twice that. Full: the operator's own defaults and the outages that a cluster really has.

export interface Lengths {
  readonly name: 'short' | 'full';
  readonly leaseDurationMs: number;
  readonly leaseRenewDeadlineMs: number;
  /** For how long a process or a stream is stopped: longer than a lease. */
  readonly pauseMs: number;
  /** For how long the API server is away. */
  readonly awayMs: number;
}

const SHORT: Lengths = {
  name: 'short',
  leaseDurationMs: 4_000,
  leaseRenewDeadlineMs: 3_000,
  pauseMs: 8_000,
  awayMs: 8_000,
};

const FULL: Lengths = {
  name: 'full',
  leaseDurationMs: 15_000,
  leaseRenewDeadlineMs: 10_000,
  pauseMs: 30_000,
  awayMs: 600_000,
};

/** Environment variable that asks for the full lengths; `npm run faults -- --long` sets it. */
export const LENGTHS_VARIABLE = 'SERVICESTAGE_TEST_LENGTHS';

export const lengths: Lengths = process.env[LENGTHS_VARIABLE] === 'full' ? FULL : SHORT;
