// The words of the fault table and of the promises. A verdict is never written down: `declared` says what it is if every named
// test passed, report.ts computes it from a run.

/** What the tests judge by, from the service's journal and the final objects; `INVARIANTS` has the sentences. */
export const INVARIANTS = {
  ONCE: 'at most one accepted write per cause',
  TOLD: 'every job that an accepted write started has its outcome, or `JobLost`, in the history or an event',
  ONE: 'no second component or call for one resource',
  NOORPH: 'policy Delete: the component is gone before the finalizer; policy Orphan: no DELETE at all',
  OWN: 'writes go to the component that the resource names, and from its owner only',
  MONO: 'the service never gets an older generation after a newer one was acknowledged',
  ESR: 'when the fault has ended everything gets into force, and then nothing more is sent',
  TRUE: '`Ready=True` only for this generation and this component; failures name their reason',
  CALM: 'calls follow the back-off; no loop',
  ISO: 'other resources and projects go on',
  SOLO: 'at most one replica writes to the service',
  MEM: 'memory and queues are bounded',
  QUIET: 'no secret in logs, events or status',
  ALIVE: 'input and network never end the process',
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** Tests of `file` whose title is `name`; if there is none, those whose full name contains it. */
export interface TestRef {
  readonly file: string;
  readonly name: string;
}

export type Declared =
  | { readonly kind: 'resilient' }
  /** It holds, but something is lost: said in one sentence. */
  | { readonly kind: 'degraded'; readonly lost: string }
  | { readonly kind: 'notApplicable'; readonly reason: string };

export interface FaultRow {
  readonly id: string;
  readonly fault: string;
  /** What the tests really do. */
  readonly injected: string;
  readonly judged: readonly Invariant[];
  readonly declared: Declared;
  readonly tests: readonly TestRef[];
}

export interface PromiseRow {
  readonly id: string;
  readonly promise: string;
  readonly tests: readonly TestRef[];
}

export interface Section {
  readonly title: string;
  readonly rows: readonly FaultRow[];
}

export const RESILIENT: Declared = { kind: 'resilient' };
export const degraded = (lost: string): Declared => ({ kind: 'degraded', lost });

/** A row that does not apply yet. */
export function notYet(id: string, fault: string, reason: string): FaultRow {
  return { id, fault, injected: '–', judged: [], declared: { kind: 'notApplicable', reason }, tests: [] };
}

/** References to tests of one file, short to write: `inFile('test/x.test.ts')('one', 'two')`. */
export function inFile(file: string): (...names: readonly string[]) => readonly TestRef[] {
  return (...names) => names.map((name) => ({ file, name }));
}

/** Kills at every call. */
export const sweep = inFile('test/faults/sweep.test.ts');
/** Answers lost, conflicts, an API server that is away. */
export const losses = inFile('test/faults/sweep-losses.test.ts');
export const sweepAnswers = inFile('test/faults/sweep-answers.test.ts');
export const standstill = inFile('test/faults/sweep-standstill.test.ts');
export const explore = inFile('test/core/explore.test.ts');
export const scenario = inFile('test/scenario/embedded.test.ts');
export const badInput = inFile('test/scenario/bad-input.embedded.test.ts');
export const recovery = inFile('test/scenario/recovery.embedded.test.ts');
export const ownership = inFile('test/scenario/ownership.embedded.test.ts');
export const drift = inFile('test/scenario/drift.embedded.test.ts');
export const secrecy = inFile('test/scenario/secrecy.embedded.test.ts');
export const cures = inFile('test/scenario/cures.test.ts');
export const outage = inFile('test/scenario/outage.test.ts');
export const olderStatus = inFile('test/scenario/older-status.test.ts');
export const lostIntent = inFile('test/scenario/lost-intent.test.ts');
export const watch = inFile('test/kube/watch.test.ts');
export const informer = inFile('test/kube/informer.test.ts');
export const store = inFile('test/kube/store.test.ts');
export const http = inFile('test/kube/http.test.ts');
export const lease = inFile('test/kube/lease.test.ts');
export const embedded = inFile('test/kube/embedded.test.ts');
export const watchFaults = inFile('test/e2e/watch-faults.test.ts');
export const fencing = inFile('test/e2e/fencing.test.ts');
export const fencingStop = inFile('test/e2e/fencing-stop.test.ts');
export const fencingSweep = inFile('test/e2e/fencing-sweep.test.ts');
export const fencingChurn = inFile('test/e2e/fencing-churn.test.ts');
export const processes = inFile('test/e2e/process.test.ts');
export const reads = inFile('test/servicestage/reads.test.ts');
export const writes = inFile('test/servicestage/writes.test.ts');
export const signIn = inFile('test/servicestage/sign-in.test.ts');
export const rowsCluster = inFile('test/reliability/rows-cluster.test.ts');
export const rowsTime = inFile('test/reliability/rows-time.test.ts');
export const rowsCloud = inFile('test/reliability/rows-cloud.test.ts');
export const rowsInput = inFile('test/reliability/rows-input.test.ts');
export const rowsProcess = inFile('test/reliability/rows-process.test.ts');
