// The whole sweep as a plan of runs, worked off a few at a time: first every strike at every call, then, for the scenarios
// that are swept in pairs, every second kill at every call of the process that recovers from the first.
import { CLOUD_WRITES, CLUSTER_WRITES, type Kind, MOMENTS, type Moment, type Strike } from './interceptor.ts';
import { runOnce, type Stage, type Strikes, type SweepRun } from './sweep.ts';

export interface SweepReport {
  readonly scenario: string;
  /** Calls of the run without strikes. */
  readonly calls: number;
  /** Strikes and pairs of strikes that were tried. */
  readonly points: number;
  readonly runs: number;
  readonly violations: readonly SweepRun[];
}

export interface SweepOptions {
  readonly stage: Stage;
  /** Runs at the same time. */
  readonly parallel: number;
  readonly kinds: readonly Kind[];
  /** Only this call. */
  readonly point?: number;
  /** After every kill also a second one, at every one of the first so many calls of the process that recovers. */
  readonly pairs?: number;
  /** Which single strikes are tried; all of the kinds unless given. `prepared`: calls before the part that is struck in pairs. */
  readonly only?: (strike: Strike, call: string, prepared: number) => boolean;
}

/** Sweeps one scenario. */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const { stage, point, only = () => true, pairs = 0, parallel } = options;
  const base = await runOnce(stage, []);
  const calm: Stage = { ...stage, calmEntries: base.entries };
  const run = (strikes: Strikes): Promise<SweepRun> => runOnce(calm, strikes);
  const calls = base.calls[0] ?? [];
  const singles = strikesOf(calls, options.kinds).filter(
    (strike) =>
      (point === undefined || strike.at === point) && only(strike, calls[strike.at - 1] ?? '', base.prepared),
  );
  const once = await inParallel(singles, parallel, (strike) => run([[strike]]));
  const firsts = pairs === 0 ? [] : once.filter((done) => isKill(done) && isIn(done, base.prepared));
  const seconds = firsts.flatMap((done) => pairsOf(done, pairs));
  const twice = await inParallel(seconds, parallel, run);
  return {
    scenario: stage.scenario.name,
    calls: calls.length,
    points: once.length + twice.length,
    runs: once.length + twice.length + 1,
    violations: [base, ...once, ...twice].filter(({ violations }) => violations.length > 0),
  };
}

function isKill({ strikes }: SweepRun): boolean {
  return strikes[0]?.[0]?.kind === 'kill';
}

function isIn({ strikes }: SweepRun, prepared: number): boolean {
  return (strikes[0]?.[0]?.at ?? 0) > prepared;
}

/** Every second kill at every call of the incarnation that recovered. */
function pairsOf({ strikes, calls }: SweepRun, limit: number): readonly Strikes[] {
  return strikesOf((calls[1] ?? []).slice(0, limit), ['kill']).map((second) => [...strikes, [second]]);
}

/** Every strike of these kinds for a scenario whose calls are known. */
export function strikesOf(calls: readonly string[], kinds: readonly Kind[]): Strike[] {
  return kinds.flatMap((kind) =>
    calls.flatMap((call, index) => momentsOf(kind, call).map((moment) => ({ at: index + 1, moment, kind }))),
  );
}

/**
 * A process that stands still inside a call to the cloud has already made its last check, so what it sends cannot be held
 * back any more by anybody but the service; every other call is a place to stand still.
 */
function momentsOf(kind: Kind, call: string): readonly Moment[] {
  switch (kind) {
    case 'kill':
      return MOMENTS;
    case 'drop':
      return ['before', 'acted'];
    case 'conflict':
      return CLUSTER_WRITES.has(call) ? ['before'] : [];
    case 'away':
      return ['before'];
    case 'pause':
    case 'race':
      return CLOUD_WRITES.has(call) ? ['acted'] : ['before', 'acted'];
    default: {
      const never: never = kind;
      return never;
    }
  }
}

async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
