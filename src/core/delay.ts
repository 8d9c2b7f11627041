// When to look again. What went wrong is decided elsewhere; this file only turns it into milliseconds.
import type { Failure, FailureClass } from './types.ts';

const BASE_MS: Record<FailureClass, number> = {
  transient: 1_000,
  throttled: 5_000,
  permanent: 60_000,
  unknownOutcome: 5_000,
  credentials: 30_000,
  permission: 30_000,
  configuration: 30_000,
};

const CAP_MS: Record<FailureClass, number> = {
  transient: 60_000,
  throttled: 300_000,
  permanent: 300_000,
  unknownOutcome: 60_000,
  credentials: 30_000,
  permission: 300_000,
  configuration: 300_000,
};

/**
 * Exponential back-off with a spread of 50–100 % of the step, or the service's own Retry-After when that is longer.
 * Credentials are looked at again soon whatever was answered: the look reads the Secret, and the client lets an unchanged
 * key wait by itself. `attempt` counts from 1; `spread` is in [0, 1) and fixed per resource, so that the delay needs no randomness.
 */
export function retryDelayMs(
  failure: Pick<Failure, 'class' | 'retryAfterMs'>,
  attempt: number,
  spread: number,
): number {
  const step = Math.min(CAP_MS[failure.class], BASE_MS[failure.class] * 2 ** Math.min(attempt - 1, 16));
  const ownMs = Math.round(step * (0.5 + spread / 2));
  return failure.class === 'credentials' ? ownMs : Math.max(ownMs, failure.retryAfterMs ?? 0);
}

/** A number in [0, 1) that is the same for the same text (FNV-1a). */
export function spreadOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash / 2 ** 32;
}
