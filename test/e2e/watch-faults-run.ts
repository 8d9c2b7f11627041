// One fault tried out on a stand of its own, and what came of it in numbers.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Passed } from '../faults/proxy/record.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import type { Verdict } from './watch-faults-audit.ts';
import type { FaultCase } from './watch-faults-cases.ts';
import { NAMES, openStand } from './watch-faults-stand.ts';

export interface Outcome extends Verdict {
  readonly name: string;
  /** From the strike to the first watch or list that followed; undefined when the stream bore it. */
  readonly noticedMs: number | undefined;
  /** From the end of the last watch before it to the first list. */
  readonly listedAfterMs: number | undefined;
  readonly lists: { readonly requests: number; readonly complete: number };
  /** How often the server itself, past all ordered faults, no longer had the version. */
  readonly expired: number;
  /** Whether the server itself said nothing for so long that readiness had to fall. */
  readonly server: 'spoke' | 'was silent';
  /** Watches that did not go on where the one before had ended. */
  readonly skipped: readonly string[];
  /** What was wrong while the fault lasted. */
  readonly findings: readonly string[];
  /** What was not carried out in time. */
  readonly unfinished: readonly string[];
  /** Name and accepted writes, where they are not as wanted. */
  readonly writes: readonly string[];
  readonly readiness: readonly {
    readonly afterMs: number;
    readonly live: boolean;
    readonly status: number;
  }[];
  /** From the heal to the moment when all was true again. */
  readonly healedMs: number;
}

/** Jitter and back-off as if the dice always fell so. */
export const DICE = 0.6;
const LOOK_MS = 200;
const HEAL_MS = 60_000;
/** A server that starves says nothing for so long; then nobody can be held to account for readiness. */
const SILENT_MS = 12_000;
/** A second modify call would come soon after the first. */
const AFTERWARDS_MS = 500;

export async function runCase({ name, strike }: FaultCase, kube: KubeTarget): Promise<Outcome> {
  const stand = await openStand(kube, () => DICE);
  const { proxy, auditor, operator } = stand;
  try {
    await stand.until('a watch is open', () => proxy.record.passed.some(isOpenWatch));
    const mark = proxy.record.passed.length;
    const struckMs = performance.now();
    const findings = await strike(stand);
    const healMs = performance.now();
    let unfinished = ['nothing was looked at'] as readonly string[];
    while (unfinished.length > 0 && performance.now() < healMs + HEAL_MS) {
      await sleep(LOOK_MS);
      unfinished = operator.live() ? await stand.unfinished() : ['it is not ready'];
    }
    const healedMs = performance.now() - healMs;
    await sleep(AFTERWARDS_MS);
    const passed = proxy.record.passed.slice(mark);
    const { lists, completeLists } = proxy.record.since(mark);
    const first = passed.find(({ kind }) => kind !== 'other');
    return {
      name,
      noticedMs: first === undefined ? undefined : first.atMs - struckMs,
      listedAfterMs: listedAfter(proxy.record.passed, mark),
      lists: { requests: lists.length, complete: completeLists },
      expired: passed.filter(({ expired }) => expired).length,
      server: proxy.record.passed.some(({ silenceMs }) => silenceMs > SILENT_MS) ? 'was silent' : 'spoke',
      skipped: skippedIn(proxy.record.passed),
      findings,
      unfinished,
      writes: NAMES.filter((each) => stand.writes(each).join() !== stand.wanted(each).join()).map(
        (each) => `${each}: ${stand.writes(each).join()}`,
      ),
      readiness: auditor.readiness
        .filter(({ atMs }) => atMs >= struckMs)
        .map(({ atMs, live, status }) => ({ afterMs: atMs - struckMs, live, status })),
      healedMs,
      ...(await auditor.verdict()),
    };
  } finally {
    await stand.close();
  }
}

function isOpenWatch({ kind, status, endedMs }: Passed): boolean {
  return kind === 'watch' && status === 200 && endedMs === undefined;
}

function listedAfter(passed: readonly Passed[], mark: number): number | undefined {
  const at = passed.findIndex(({ kind }, index) => index >= mark && kind.startsWith('list'));
  const before = passed.slice(0, Math.max(0, at)).findLast(({ kind }) => kind === 'watch');
  const [list, endedMs] = [passed[at], before?.endedMs];
  return list === undefined || endedMs === undefined ? undefined : list.atMs - endedMs;
}

/** Between two lists each watch begins where the one before it ended, or earlier when lines were lost on the way. */
function skippedIn(passed: readonly Passed[]): readonly string[] {
  const relevant = passed.filter(({ kind }) => kind !== 'other');
  return relevant.flatMap((next, at) => {
    const previous = relevant[at - 1];
    if (next.kind !== 'watch' || previous?.kind !== 'watch') return [];
    const [from, to, is] = [previous.version, previous.lastVersion ?? previous.version, next.version];
    const right = BigInt(is ?? 0) >= BigInt(from ?? 0) && BigInt(is ?? 0) <= BigInt(to ?? 0);
    return right ? [] : [`watched from ${is}, after a watch from ${from} to ${to}`];
  });
}

/** The table that a person reads. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((each) => {
    const falls = each.readiness.filter(({ live }) => !live).map(({ afterMs }) => seconds(afterMs));
    const missed = each.differs.length + each.unfinished.length + each.writes.length + each.skipped.length;
    const noticed = each.noticedMs === undefined ? 'borne' : seconds(each.noticedMs);
    return [
      each.name,
      noticed,
      String(each.lists.complete),
      String(missed),
      falls.join(', ') || '-',
      seconds(each.healedMs),
    ];
  });
  const head = ['fault', 'asked again after', 'lists', 'missed versions', 'not ready after', 'healed after'];
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
