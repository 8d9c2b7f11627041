// One soak from start to end: the stage, the members, the operator, the plan of incidents, the progress, the verdict.
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../fakes/simulator/index.ts';
import { NAMESPACES } from './accounts.ts';
import { type Churn, createChurn } from './churn.ts';
import { injectFaults } from './cloud-faults.ts';
import type { Flags } from './flags.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createOperators, type Operators } from './operators.ts';
import { type Incident, type IncidentKind, planIncidents } from './plan.ts';
import type { SoakResult } from './result.ts';
import { type Stage, startStage } from './stage.ts';
import { commitOf, progressLine, resultOf } from './summary.ts';

export const MISS_AFTER_MS = 5 * 60_000;
const DRAIN_MS = 8 * 60_000;
const QUIET_MS = 20_000;
const BURST = 8;

export interface Tally {
  readonly startedAtMs: number;
  readonly commit: string;
  readonly incidents: Map<IncidentKind, number>;
  apiAwayMs: number;
  readonly load: { low: number; high: number };
}

export interface Parts {
  readonly flags: Flags;
  readonly stage: Stage;
  readonly fleet: Fleet;
  readonly churn: Churn;
  readonly operators: Operators;
  readonly tally: Tally;
}

export interface RunOptions {
  readonly flags: Flags;
  /** Ends the run early. */
  readonly stop: AbortSignal;
  readonly progress: (line: string) => void;
  /** Called with the figures so far, about once a minute. */
  readonly save: (result: SoakResult) => Promise<void>;
}

/** Runs to the end and takes everything down. Throws when a part cannot be had. */
export async function runSoak({ flags, stop, progress, save }: RunOptions): Promise<SoakResult> {
  const random = (salt: number) => seededRandom(flags.seed * 1_000 + salt);
  progress('starting the API server and the simulator');
  const stage = await startStage({ random: random(1), stop });
  const watching = new AbortController();
  const injecting = new AbortController();
  const durationMs = flags.hours * 3_600_000;
  try {
    const fleet = createFleet(stage, watching.signal);
    const churn = createChurn(stage, { members: fleet.members, random: random(2) });
    const operators = createOperators(stage, { logs: flags.logs, stop });
    const tally = {
      startedAtMs: Date.now(),
      commit: commitOf(),
      incidents: new Map(),
      apiAwayMs: 0,
      load: { low: Infinity, high: 0 },
    };
    const parts: Parts = { flags, stage, fleet, churn, operators, tally };
    await churn.createAll();
    await operators.start();
    const looking = Promise.all([
      operators.watch(watching.signal),
      report(parts, { progress, save, signal: watching.signal }),
    ]);
    const over = AbortSignal.any([stop, injecting.signal]);
    const timer = setTimeout(() => injecting.abort(), durationMs);
    const plan = planIncidents({ durationMs, random: random(3) });
    const acting = Promise.all([
      churn.run(over),
      injectFaults(stage.cloud, { random: random(4), signal: over }),
      runIncidents(parts, { plan, random: random(5), signal: over, progress }),
    ]);
    await unlessStopped(acting, stop);
    clearTimeout(timer);
    progress('no more faults; waiting until everything has settled');
    const settled = (await unlessStopped(drain(parts, stop), stop)) ?? false;
    watching.abort();
    await Promise.all([looking, fleet.ended]);
    await operators.stop();
    return resultOf(parts, { settled, over: true });
  } finally {
    injecting.abort();
    watching.abort();
    await stage.stop();
  }
}

/** What fails because the soak is being ended is no failure. */
async function unlessStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (!stop.aborted) throw error;
    return undefined;
  });
}

interface Incidents {
  readonly plan: readonly Incident[];
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** One incident after the other; one that comes due during another waits for it. */
async function runIncidents(parts: Parts, { plan, random, signal, progress }: Incidents): Promise<void> {
  const { tally } = parts;
  for (const { atMs, kind } of plan) {
    await sleep(Math.max(0, tally.startedAtMs + atMs - Date.now()), undefined, { signal }).catch(
      () => undefined,
    );
    if (signal.aborted) return;
    progress(`incident: ${kind}`);
    await strike(parts, kind, { random, signal });
    tally.incidents.set(kind, (tally.incidents.get(kind) ?? 0) + 1);
  }
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function strike(
  { stage, churn, operators, tally }: Parts,
  kind: IncidentKind,
  { random, signal }: { readonly random: () => number; readonly signal: AbortSignal },
): Promise<void> {
  switch (kind) {
    case 'apiRestart': {
      const sinceMs = Date.now();
      await stage.server.restart();
      tally.apiAwayMs += Date.now() - sinceMs;
      return;
    }
    case 'operatorKill':
    case 'operatorStop':
      // It dies with work in every stage: just edited, being sent, being followed.
      await churn.burst(BURST);
      await sleep(random() * 6_000);
      return operators.restart(kind === 'operatorKill' ? 'SIGKILL' : 'SIGTERM');
    case 'secretRotation': {
      const done = tally.incidents.get('secretRotation') ?? 0;
      return stage.accounts.rotate(NAMESPACES[done % NAMESPACES.length] ?? NAMESPACES[0], signal);
    }
    case 'kubeToken':
      return stage.renewKubeToken();
    default: {
      const never: never = kind;
      return never;
    }
  }
}

/** One last wish for each member; whether all of them came true. Broken off, it waits a minute at most. */
async function drain({ churn, fleet, operators }: Parts, stop: AbortSignal): Promise<boolean> {
  if (stop.aborted) return false;
  await churn.finish();
  const deadline = Date.now() + DRAIN_MS;
  while (Date.now() < deadline && fleet.open().length > 0 && !stop.aborted && operators.running())
    await sleep(500);
  fleet.findMisses(Math.min(MISS_AFTER_MS, Math.max(0, Date.now() - (deadline - DRAIN_MS))));
  if (fleet.open().length === 0) await sleep(QUIET_MS, undefined, { signal: stop }).catch(() => undefined);
  return !stop.aborted;
}

interface Reporting {
  readonly progress: (line: string) => void;
  readonly save: (result: SoakResult) => Promise<void>;
  readonly signal: AbortSignal;
}

async function report(parts: Parts, { progress, save, signal }: Reporting): Promise<void> {
  const { tally, fleet } = parts;
  const everyMs = Math.min(60_000, parts.flags.hours * 360_000);
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const load = loadavg()[0] ?? 0;
    tally.load.low = Math.min(tally.load.low, load);
    tally.load.high = Math.max(tally.load.high, load);
    fleet.findMisses(MISS_AFTER_MS);
    const result = resultOf(parts, { settled: false, over: false });
    progress(progressLine(result, parts));
    await save(result);
  }
}
