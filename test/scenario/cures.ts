// How each stall is brought about and what ends it: one row per way to cure a reason. Where the cause lies outside the resource
// its end is enough; nobody touches the resource. The table is complete by the list of reasons in the API.
import type { StalledReason } from '../../src/api/names.ts';
import { AROUND } from './cures-around.ts';
import { ATTEMPTS } from './cures-attempt.ts';
import type { Cure } from './cures-stage.ts';

/** Reasons of the vocabulary that this version never writes. */
export const RESERVED = ['RetriesExceeded', 'DependencyCycle'] as const satisfies readonly StalledReason[];

export const CURES: Readonly<Record<Exclude<StalledReason, (typeof RESERVED)[number]>, readonly Cure[]>> = {
  ...ATTEMPTS,
  ...AROUND,
};
