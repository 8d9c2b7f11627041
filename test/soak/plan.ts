// When what is done to the operator from outside: a seeded plan of incidents. Pure.

export type IncidentKind = 'apiRestart' | 'operatorStop' | 'operatorKill' | 'secretRotation' | 'kubeToken';

export interface Incident {
  /** Since the start, ms. */
  readonly atMs: number;
  readonly kind: IncidentKind;
}

const MINUTE_MS = 60_000;
/** Shares of the run at which the operator is restarted; the rest of the run belongs to one process. */
const OPERATOR_RESTARTS = [0.04, 0.08, 0.12, 0.18, 0.24, 0.3, 0.36] as const;
const EVERY_MS = {
  apiRestart: 10 * MINUTE_MS,
  secretRotation: 7 * MINUTE_MS,
  kubeToken: 5 * MINUTE_MS,
} as const;

/** Incidents in order of time. In a run shorter than an hour the regular ones come at least five times. */
export function planIncidents({
  durationMs,
  random,
}: {
  readonly durationMs: number;
  readonly random: () => number;
}): readonly Incident[] {
  const regular = (kind: keyof typeof EVERY_MS): Incident[] => {
    const everyMs = Math.min(EVERY_MS[kind], durationMs / 6);
    const count = Math.floor(durationMs / everyMs - 0.5);
    // Off its beat by a quarter, so that no two rhythms stay in step.
    return Array.from({ length: count }, (_, i) => ({
      atMs: everyMs * (i + 1 + (random() - 0.5) / 2),
      kind,
    }));
  };
  const restarts = OPERATOR_RESTARTS.map(
    (share, i): Incident => ({
      atMs: share * durationMs,
      kind: i % 2 === 0 ? 'operatorKill' : 'operatorStop',
    }),
  );
  return [...restarts, ...regular('apiRestart'), ...regular('secretRotation'), ...regular('kubeToken')].sort(
    (a, b) => a.atMs - b.atMs,
  );
}
