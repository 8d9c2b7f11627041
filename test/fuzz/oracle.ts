// The judge of a random sequence. Reads the books, the simulator's journal and the object; nothing of the operator. The rules
// have the names of the reliability page: ONCE, MONO, TOLD, ESR, CALM.
import type { Status } from '../../src/api/status.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId, type JournalEntry } from '../fakes/simulator/index.ts';
import { type Ledger, type Play, wishOf } from './books.ts';

type Wishes = readonly { readonly wish: string; readonly entry: JournalEntry }[];

/** In the order in which they were sent: a late acceptance belongs to its request. */
function modifiesOf({ world }: Play): Wishes {
  const { journal } = world.cloud;
  return journal
    .acceptedWrites(exampleComponentId)
    .filter(({ operation }) => operation === 'modifyComponent')
    .toSorted((a, b) => seqOf(a) - seqOf(b))
    .map((entry) => ({ wish: wishOf(bodyOf(entry, journal.entries)), entry }));
}

function seqOf(entry: JournalEntry): number {
  return entry.lateFor ?? entry.seq;
}

function bodyOf(entry: JournalEntry, entries: readonly JournalEntry[]): JsonObject {
  const request = entry.body ?? entries.find(({ seq }) => seq === entry.lateFor)?.body;
  return (request ?? {}) as JsonObject;
}

/** What the run broke so far; empty when nothing. */
export function judgeWrites(play: Play): string[] {
  const { world, ledger } = play;
  const modifies = modifiesOf(play);
  const actions = world.cloud.journal
    .acceptedWrites(exampleComponentId)
    .filter(({ operation }) => operation === 'actOnComponent').length;
  const allowed = ledger.counts + ledger.resets;
  return [
    ...once(modifies, ledger),
    ...(actions > allowed ? [`ONCE: ${actions} actions for ${allowed} causes`] : []),
    ...mono(modifies, ledger),
    ...world.violations.map((violation) => `STATUS: ${violation}`),
    ...ledger.problems,
  ];
}

function once(modifies: Wishes, { wishes, floating }: Ledger): string[] {
  const count = (list: readonly string[], wish: string) => list.filter((each) => each === wish).length;
  const sent = modifies.map(({ wish }) => wish);
  const perWish = [...new Set(sent)].flatMap((wish) => {
    const times = count(sent, wish);
    const causes = count(wishes, wish);
    return causes === 0 || times > causes + floating
      ? [`ONCE: ${wish} accepted ${times} times for ${causes} edits and ${floating} tokens or Secrets`]
      : [];
  });
  const all = wishes.length + floating;
  return sent.length > all ? [...perWish, `ONCE: ${sent.length} modifies for ${all} causes`] : perWish;
}

/** What was sent follows what was asked for: never an older wish after a newer one. */
function mono(modifies: Wishes, { wishes }: Ledger): string[] {
  let at = 0;
  for (const { wish } of modifies) {
    const next = wishes.indexOf(wish, at);
    if (next === -1) return [`MONO: sent ${modifies.map((m) => m.wish).join(', ')} for ${wishes.join(', ')}`];
    at = next;
  }
  return [];
}

const GOOD: ReadonlySet<string> = new Set(['Succeeded', 'JobLost']);
const BAD: ReadonlySet<string> = new Set(['Failed', 'JobLost']);

/** Every job of an accepted call of the present resource was told, with its true end. */
export function judgeTold({ world, ledger }: Play): string[] {
  const { jobs } = world.cloud.component(exampleComponentId);
  const ours = world.cloud.journal
    .acceptedWrites(exampleComponentId)
    .filter((entry) => seqOf(entry) > ledger.madeAt && entry.jobId !== undefined);
  return ours.flatMap((entry) => {
    const job = jobs.find(({ id }) => id === entry.jobId);
    const told = ledger.told.get(entry.jobId ?? '');
    if (job === undefined || (told === undefined && cannotBeNamed(entry, ledger))) return [];
    if (told === undefined) return [`TOLD: job ${job.id} (${job.status}) is not in the history`];
    if (told.result === 'Unattributed')
      return ledger.lost > 0 ? [] : ['TOLD: unattributed with no answer lost'];
    if (told.result === 'JobLost' && !ledger.jobEnds.has('UNKNOWN') && !ledger.jobEnds.has('forgotten'))
      return [`TOLD: job ${job.id} is ${job.status}, the history says JobLost`];
    const fits = job.status === 'SUCCEEDED' ? GOOD : job.status === 'UNKNOWN' ? BOTH : BAD;
    return fits.has(told.result)
      ? []
      : [`TOLD: job ${job.id} is ${job.status}, the history says ${told.result}`];
  });
}

/**
 * A scaling has no deployment record: when its answer is lost and somebody else's job comes before the first look, no
 * request of the API names its job any more.
 */
function cannotBeNamed({ operation }: JournalEntry, { lost, foreignJobs }: Ledger): boolean {
  return operation === 'actOnComponent' && lost > 0 && foreignJobs > 0;
}

const BOTH: ReadonlySet<string> = new Set(['JobLost']);

/** Whether a stall has a reason in what was done to the world. */
export function isExplained(reason: string, { jobEnds, foreignModifies, lost }: Ledger): boolean {
  switch (reason) {
    case 'JobFailedTerminal':
      return ['FAILED', 'CANCELLED', 'ROLLBACKED'].some((end) => jobEnds.has(end));
    case 'JobLost':
      return jobEnds.has('UNKNOWN') || jobEnds.has('forgotten');
    case 'UnknownOutcome':
      return lost > 0;
    case 'OwnershipConflict':
      return foreignModifies >= 2;
    default:
      return false;
  }
}

/** The service has what was asked for last. */
export function judgeState({ world, ledger, spec }: Play): string[] {
  const { config } = world.cloud.component(exampleComponentId);
  const wish = wishOf(spec.component);
  const envs = JSON.stringify(config.envs ?? []);
  return [
    ...(wishOf(config) === wish ? [] : [`ESR: the component has ${wishOf(config)}, wanted ${wish}`]),
    ...(envs.includes(JSON.stringify(ledger.secret)) ? [] : ['ESR: the newest Secret value is not in force']),
    ...(spec.component.replica === undefined || config.replica === spec.component.replica
      ? []
      : [`ESR: ${String(config.replica)} instances, wanted ${String(spec.component.replica)}`]),
  ];
}

/** Tokens that are not answered although the object is Ready. */
export function unansweredTokens(status: Status, { tokens }: Ledger): string[] {
  const echoes: Readonly<Record<string, string | undefined>> = {
    force: status.lastHandledForceAt,
    reset: status.lastHandledResetAt,
    reconcile: status.lastHandledReconcileAt,
  };
  return [...tokens].filter(([kind, value]) => echoes[kind] !== value).map(([kind]) => kind);
}
