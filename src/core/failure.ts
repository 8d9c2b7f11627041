// Failures travel as errors that carry a `failure`; this is the one place that takes it out again.
import type { Failure } from './types.ts';

/** The failure that an adapter's error carries; undefined for a bug (TypeError and the like). */
export function failureOf(error: unknown): Failure | undefined {
  if (typeof error !== 'object' || error === null || !('failure' in error)) return undefined;
  const { failure } = error;
  if (typeof failure !== 'object' || failure === null || !('class' in failure) || !('message' in failure))
    return undefined;
  return failure as Failure;
}
