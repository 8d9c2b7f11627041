// What the soak asked for and what the cloud accepted, in the words of the audit.

export type CauseKind = 'apply' | 'edit' | 'force' | 'scale' | 'resume';

/** One thing the soak did that may, or for `resume` must not, lead to an accepted write. */
export interface Cause {
  readonly kind: CauseKind;
  /** Epoch ms, taken before the request was sent. */
  readonly atMs: number;
  /** No write for it before this: the moment of the resume for what was edited while suspended. */
  eligibleAtMs: number;
  /** Number of the version that was wanted from then on. */
  readonly version: number;
  /** Wanted instances, of a scale. */
  readonly replica?: number;
  /** Value of the force annotation. */
  readonly token?: string;
  /** Of the object once the API server had taken it. */
  uid?: string;
  generation?: number;
  /** How it ended for its user; absent while it is open. */
  end?: CauseEnd;
}

export interface CauseEnd {
  readonly kind: 'ready' | 'failed' | 'withdrawn';
  readonly atMs: number;
}

/** An accepted write, from the simulator's journal. */
export interface AcceptedCall {
  readonly operation: string;
  readonly atMs: number;
  readonly version?: number;
  readonly replica?: number;
  readonly jobId?: string;
}

/** Versions that the soak asks for are `1.0.N`. */
export function versionText(version: number): string {
  return `1.0.${version}`;
}

/** NaN for a version of somebody else. */
export function versionNumber(text: string | undefined): number {
  return Number(/^1\.0\.(\d+)$/.exec(text ?? '')?.[1] ?? Number.NaN);
}
