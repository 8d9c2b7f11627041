// The one exception of this room. `failure` is what the loop reads; the text is as safe to show as `failure.message`.
// No cause is attached: an error of the transport could carry headers.
import type { Failure } from '../core/types.ts';

export class CloudFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.code}: ${failure.message}`);
    this.name = 'CloudFailure';
    this.failure = failure;
  }
}
