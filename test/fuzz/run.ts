// One sequence from its first step to rest: the steps, then calm weather, then a last edit that must get through, then
// silence. What is broken on the way is the result.
import type { Status } from '../../src/api/status.ts';
import type { Wrap } from '../../src/operator.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import type { EmbeddedKube } from '../support/embedded-kube.ts';
import { edit, token } from './acts.ts';
import type { Play } from './books.ts';
import { isExplained, judgeState, judgeTold, judgeWrites, unansweredTokens } from './oracle.ts';
import { startPlay } from './play.ts';
import type { Step } from './steps.ts';
import { letPass } from './time.ts';

const LAST_VERSION = '9.9.9';
const CONVERGE_MS = 3 * 3_600_000;
const STEP_MS = 30_000;
const REST_MS = 1_800_000;
/** Looks of one comparison per interval, and of what an end is still looked at for. */
const CALLS_AT_REST = 12;
const MAX_RESETS = 12;

/** Plays the steps on a world of its own and gives what they broke; empty when nothing. */
export async function runSequence(
  kube: EmbeddedKube,
  steps: readonly Step[],
  wrap: Pick<Wrap, 'judge' | 'settings'> = {},
): Promise<string[]> {
  const play = await startPlay(kube, wrap);
  try {
    for (const step of steps) {
      await play.perform(step);
      const broken = judgeWrites(play);
      if (broken.length > 0) return [`after ${JSON.stringify(step)}`, ...broken];
    }
    await play.calm();
    const first = await converge(play);
    if (first.length > 0) return [...first, ...judgeWrites(play)];
    await edit(play, { version: LAST_VERSION });
    const last = await converge(play);
    const broken = [...last, ...judgeWrites(play), ...judgeTold(play), ...judgeState(play)];
    return broken.length > 0 ? broken : await atRest(play);
  } finally {
    await play.stop();
  }
}

/** Until Ready; a stall that only a person can end is ended by a reset, if there is a reason for it. */
async function converge(play: Play): Promise<string[]> {
  for (let resets = 0; resets <= MAX_RESETS; resets += 1) {
    const end = await nextStand(play);
    if (end === 'ready') return [];
    if (end === FAILED_COMPONENT) {
      await token(play, 'force');
      continue;
    }
    const reason = end.slice('stalled '.length);
    if (!end.startsWith('stalled')) return [`ESR: ${end}`];
    if (!isExplained(reason, play.ledger)) return [`ESR: Stalled/${reason} for no reason`];
    await token(play, 'reset');
  }
  return [`ESR: not Ready after ${MAX_RESETS} resets`];
}

const FAILED_COMPONENT = 'a count that waits for a failed component';

/** The service scales no component that is FAILED; a modify makes it run again, and a person has to ask for one. */
function waitsForModify({ world }: Play, stand: string): boolean {
  const { status } = world.cloud.component(exampleComponentId);
  return stand === 'working (RemoteBusy)' && (status === 'FAILED' || status === 'PARTIALLY_FAILED');
}

async function nextStand(play: Play): Promise<string> {
  const { world } = play;
  const until = world.time.now().mono + CONVERGE_MS;
  let seen = 'nothing';
  while (world.time.now().mono < until) {
    await letPass(world, STEP_MS);
    const status = await play.status();
    seen = standOf(play, status, (await world.get())?.metadata.generation);
    if (seen === 'ready') return seen;
    if (waitsForModify(play, seen)) return FAILED_COMPONENT;
    if (seen.startsWith('stalled') && ENDS.has(seen.slice('stalled '.length))) return seen;
  }
  return `${seen} for three hours`;
}

/** Stalls that nothing outside the resource ends. */
const ENDS: ReadonlySet<string> = new Set([
  'JobFailedTerminal',
  'JobLost',
  'UnknownOutcome',
  'OwnershipConflict',
  'InvalidSpec',
  'ImmutableField',
]);

function standOf({ ledger }: Play, status: Status | undefined, generation: number | undefined): string {
  const by = new Map((status?.conditions ?? []).map((condition) => [condition.type, condition]));
  if (status === undefined || status.observedGeneration !== generation) return 'working (generation)';
  const stalled = by.get('Stalled');
  if (stalled !== undefined) return `stalled ${stalled.reason}`;
  if (by.get('Ready')?.status !== 'True') return `working (${by.get('Ready')?.reason ?? 'no Ready'})`;
  const waiting = unansweredTokens(status, ledger);
  return waiting.length === 0 ? 'ready' : `working (token ${waiting.join(', ')})`;
}

/** Nothing is sent and nothing written any more, and only the looks of the interval are made. */
async function atRest(play: Play): Promise<string[]> {
  const { world } = play;
  await letPass(world, 1_000);
  const { journal } = world.cloud;
  const before = { calls: journal.entries.length, writes: world.statusWrites.get('weather') };
  await letPass(world, REST_MS);
  const calls = journal.entries.length - before.calls;
  const sent = journal.acceptedWrites(exampleComponentId).filter(({ seq }) => seq > before.calls);
  return [
    ...(sent.length > 0 ? [`CALM: ${sent.length} calls accepted at rest`] : []),
    ...(calls > CALLS_AT_REST ? [`CALM: ${calls} calls at rest`] : []),
    ...(world.statusWrites.get('weather') === before.writes ? [] : ['CALM: status writes at rest']),
    ...judgeWrites(play),
  ];
}
