// The figures of a run, as they go into the JSON file and the report.
import type { ActionKind } from './churn.ts';
import type { Miss } from './fleet.ts';
import type { IncidentKind } from './plan.ts';
import type { Figures } from './samples.ts';

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly node: string;
  /** One-minute load, lowest and highest seen. */
  readonly load: { readonly low: number; readonly high: number };
}

export interface IncarnationResult {
  readonly number: number;
  readonly started: string;
  readonly end: string;
  readonly figures: Figures | undefined;
  readonly complaints: Readonly<Record<string, number>>;
  readonly stray: number;
}

export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface SoakResult {
  readonly command: string;
  readonly commit: string;
  readonly started: string;
  /** Absent while the run goes on. */
  readonly ended: string | undefined;
  readonly hours: number;
  readonly seed: number;
  readonly machine: Machine;
  readonly members: number;
  readonly actions: Readonly<Partial<Record<ActionKind, number>>>;
  readonly incidents: Readonly<Partial<Record<IncidentKind, number>>>;
  readonly apiAwaySeconds: number;
  readonly cloud: {
    readonly requests: number;
    /** Struck requests by the effect of the fault, with those of modify calls after a slash in the report. */
    readonly faults: Readonly<Record<string, number>>;
    readonly writeFaults: Readonly<Record<string, number>>;
    readonly acceptedModifies: number;
    readonly acceptedActions: number;
    readonly refusedWrites: number;
  };
  readonly causes: {
    readonly total: number;
    readonly ready: number;
    readonly failed: number;
    readonly withdrawn: number;
    readonly open: number;
    /** From the edit to Ready, in seconds, of causes that came into force. */
    readonly seconds: Latency;
  };
  readonly missAfterMinutes: number;
  readonly misses: readonly Miss[];
  readonly excusedJobs: number;
  /** False when the run was broken off before everything had settled: TOLD and ESR were then not judged. */
  readonly settled: boolean;
  readonly violations: readonly string[];
  readonly failedStarts: number;
  readonly incarnations: readonly IncarnationResult[];
}
