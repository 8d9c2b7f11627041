// From the parts of a run to its figures, and one line of progress.
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import type { JournalEntry } from '../fakes/simulator/index.ts';
import type { Cause } from './causes.ts';
import type { Fleet } from './fleet.ts';
import type { Incarnation } from './operators.ts';
import type { IncarnationResult, Latency, SoakResult } from './result.ts';
import { MISS_AFTER_MS, type Parts } from './run.ts';
import { figuresOf } from './samples.ts';
import { quantile } from './slope.ts';

const WRITES: ReadonlySet<string> = new Set(['modifyComponent', 'actOnComponent']);

/** `over`: everything has ended, so what holds only at the end is judged, where all had settled. */
export function resultOf(
  { flags, stage, fleet, churn, operators, tally }: Parts,
  { settled, over }: { readonly settled: boolean; readonly over: boolean },
): SoakResult {
  const { entries } = stage.cloud.journal;
  const end = over && settled ? fleet.auditEnd() : { violations: [], excused: 0 };
  const accepted = entries.filter((entry) => entry.accepted);
  return {
    command: `npm run soak -- --hours ${flags.hours} --seed ${flags.seed}`,
    commit: tally.commit,
    started: new Date(tally.startedAtMs).toISOString(),
    ended: over ? new Date().toISOString() : undefined,
    hours: (Date.now() - tally.startedAtMs) / 3_600_000,
    seed: flags.seed,
    machine: {
      cores: cpus().length,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      load: tally.load,
    },
    members: fleet.members.length,
    actions: Object.fromEntries(churn.counts),
    incidents: Object.fromEntries(tally.incidents),
    apiAwaySeconds: tally.apiAwayMs / 1_000,
    cloud: {
      requests: entries.filter(({ lateFor }) => lateFor === undefined).length,
      faults: faultsIn(entries.filter(({ operation }) => !WRITES.has(operation))),
      writeFaults: faultsIn(entries.filter(({ operation }) => WRITES.has(operation))),
      acceptedModifies: accepted.filter(({ operation }) => operation === 'modifyComponent').length,
      acceptedActions: accepted.filter(({ operation }) => operation === 'actOnComponent').length,
      refusedWrites: entries.filter((entry) => WRITES.has(entry.operation) && !entry.accepted).length,
    },
    causes: causesIn(fleet),
    missAfterMinutes: MISS_AFTER_MS / 60_000,
    misses: fleet.misses,
    excusedJobs: end.excused,
    settled,
    violations: [...fleet.auditCalls(), ...end.violations, ...fleet.statusProblems, ...operators.violations],
    failedStarts: operators.failedStarts(),
    incarnations: operators.incarnations.map(incarnationOf),
  };
}

/** One line: where the run is and how it goes. */
export function progressLine(result: SoakResult, { operators, flags }: Parts): string {
  const { causes, cloud, misses, violations, hours } = result;
  const incarnation = operators.incarnations.at(-1);
  const last = incarnation?.samples.at(-1);
  const struck = [...Object.values(cloud.faults), ...Object.values(cloud.writeFaults)];
  const state =
    last === undefined
      ? 'no sample yet'
      : `RSS ${last.rss.toFixed(0)} MiB, heap ${last.heap.toFixed(0)} MiB, files ${last.openFiles}, timers ${last.timers}, lag p99 ${last.lagP99.toFixed(0)} ms`;
  return [
    `${(hours * 60).toFixed(1)} of ${(flags.hours * 60).toFixed(0)} min`,
    `operator ${incarnation?.number}: ${state}`,
    `causes ${causes.total}, open ${causes.open}`,
    `requests ${cloud.requests}, faults ${struck.reduce((sum, n) => sum + n, 0)}`,
    `accepted ${cloud.acceptedModifies} + ${cloud.acceptedActions}`,
    `misses ${misses.length}, violations ${violations.length}`,
    ...violations.slice(0, 3),
  ].join(' | ');
}

function faultsIn(entries: readonly JournalEntry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fault } of entries) if (fault !== undefined) counts[fault] = (counts[fault] ?? 0) + 1;
  return counts;
}

function causesIn(fleet: Fleet): SoakResult['causes'] {
  const all = fleet.members.flatMap(({ causes }) => causes);
  const ended = (kind: string) => all.filter(({ end }) => end?.kind === kind);
  const ready = ended('ready');
  return {
    total: all.length,
    ready: ready.length,
    failed: ended('failed').length,
    withdrawn: ended('withdrawn').length,
    open: fleet.open().length,
    seconds: latencyOf(ready),
  };
}

function latencyOf(causes: readonly Cause[]): Latency {
  const seconds = causes.map(
    ({ end, atMs, eligibleAtMs }) => ((end?.atMs ?? 0) - Math.max(atMs, eligibleAtMs)) / 1_000,
  );
  return { p50: quantile(seconds, 0.5), p99: quantile(seconds, 0.99), max: quantile(seconds, 1) };
}

function incarnationOf(incarnation: Incarnation): IncarnationResult {
  const { number, startedAtMs, end, samples, complaints, stray } = incarnation;
  return {
    number,
    started: new Date(startedAtMs).toISOString(),
    end,
    figures: figuresOf(samples),
    complaints: Object.fromEntries(complaints),
    stray,
  };
}

/** The commit of the checkout; empty outside of a repository. */
export function commitOf(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
