// Identifiers in the shapes of the service, drawn from one injected source of randomness so that a run can be repeated.

export interface Ids {
  uuid(): string;
  /** `JOB` + UUID (API page 0079, example answer). */
  job(): string;
  /** `Task-` + UUID (API page 0190). */
  task(): string;
  /** `length` lower-case hex digits. */
  hex(length: number): string;
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Identifiers from `random`, which gives numbers in [0, 1). */
export function createIds(random: () => number): Ids {
  const hex = (length: number): string =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const uuid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  return { uuid, hex, job: () => `JOB${uuid()}`, task: () => `Task-${uuid()}` };
}
