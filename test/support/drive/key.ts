// The identity of a state. Equal for states that differ only in names of operations and jobs, in absolute times, in what only
// people read, and in what nothing will ask for any more. Texts of the parts are kept, since most moves change one part.
import { hash } from 'node:crypto';
import type { Operation } from '../../../src/api/status.ts';
import type { KubeObject } from '../../../src/controller/ports.ts';
import type { Memory } from '../../../src/core/facts.ts';
import { START_WALL } from '../make.ts';
import { isBusy } from './cloud.ts';
import { statusOf } from './judge.ts';
import { type Cloud, type Pass, type Process, versionOf, type World } from './state.ts';

/** Times that only people read; the others count by their distance from now. */
const SHOWN_TIMES: ReadonlySet<string> = new Set(['started', 'finished', 'since', 'time']);
/**
 * The age from which on a time is just old, because nothing compares it with more: two equal reads, the freshness of an intent, a
 * settle. A time that is not named here is exact up to OLD_MS.
 */
const OLD: Readonly<Record<string, number>> = {
  dueMono: 0,
  firstMono: 15_000,
  startedMono: 5_000,
  sentMono: 120_000,
};
const OLD_MS = 4_000_000;
/** The deadline of a job is an hour: the time of its submission is told apart by half hours. */
const HALF_HOUR_MS = 1_800_000;
/** A component that does not run that long after its job is shown as stalled. */
const STARTING_MS = 600_000;
/** Tries in a row after which no back-off grows any more. */
const MANY = 17;

const keys = new WeakMap<World, string>();

export function keyOf(world: World): string {
  const known = keys.get(world) ?? hash('sha1', textOf(world), 'binary');
  keys.set(world, known);
  return known;
}

function textOf(world: World): string {
  const { mono, wallShiftMs, object, cloud, secret, credentials, ledger, late } = world;
  const parts = [
    object === undefined ? '-' : objectText(object),
    cloudText(cloud),
    late.length === 0 ? '' : templateOf(late),
    secret ?? '',
    credentials,
    ledgerText(ledger, object),
    ...world.processes.map((process) => processText(process, world)),
  ];
  return settledText(parts.join('\n'), {
    mono,
    wall: START_WALL + mono + wallShiftMs,
    busy: isBusy(cloud),
  });
}

interface Now {
  readonly mono: number;
  readonly wall: number;
  /** A job runs, and may end at any moment: how long it has run is not told apart. */
  readonly busy: boolean;
}

/** Times become distances, ids of operations and jobs numbers in order of appearance. */
function settledText(text: string, now: Now): string {
  const names = new Map<string, string>();
  return text.replaceAll(
    /~([mwht])(-?[\d.]+);(\d+)~|\b(op|J)-(\d+)/g,
    (whole, clock: string, at: string, old: string, kind: string) => {
      if (clock === 'm') return String(Math.max(-Number(old), Number(at) - now.mono));
      if (clock === 't' && now.busy) return String(Math.floor((now.wall - Number(at)) / STARTING_MS));
      if (clock === 'w' || clock === 't') return String(Math.max(-Number(old), Number(at) - now.wall));
      if (clock === 'h') return String(Math.floor((now.wall - Number(at)) / HALF_HOUR_MS));
      const name = names.get(whole) ?? `${kind}${names.size}`;
      names.set(whole, name);
      return name;
    },
  );
}

const templates = new WeakMap<object, string>();

/** The text of a part, with its times still absolute: `~m` of the steady, `~w` of the wall clock. */
function templateOf(part: object): string {
  const known = templates.get(part) ?? JSON.stringify(part, marked);
  templates.set(part, known);
  return known;
}

function marked(key: string, value: unknown): unknown {
  if (SHOWN_TIMES.has(key)) return undefined;
  if (key.endsWith('Mono') && typeof value === 'number') return `~m${value};${OLD[key] ?? OLD_MS}~`;
  if ((key === 'failures' || key === 'attempt') && typeof value === 'number') return Math.min(value, MANY);
  if (key === 'submittedAt' && typeof value === 'string') return `~h${Date.parse(value)};0~`;
  if (key === 'notBefore' && typeof value === 'string') return `~w${Date.parse(value)};0~`;
  if (key === 'lastTransitionTime' && typeof value === 'string') return `~t${Date.parse(value)};${OLD_MS}~`;
  return value;
}

const objects = new WeakMap<KubeObject, string>();

function objectText(object: KubeObject): string {
  const known = objects.get(object) ?? objectTextOf(object);
  objects.set(object, known);
  return known;
}

const ENDED: ReadonlySet<string | undefined> = new Set(['Succeeded', 'Failed', 'JobLost', 'Refused']);

function objectTextOf(object: KubeObject): string {
  const { generation, annotations, finalizers, deletionTimestamp } = object.metadata;
  const { operation, conditions, ...status } = statusOf(object);
  const { finishedAt, ...open }: Partial<Operation> = operation ?? {};
  const { submittedAt: _s, notBefore, ...ended } = open;
  const meantMs = Date.parse(notBefore ?? '') - Date.parse(finishedAt ?? '');
  const follows = conditions?.some(({ reason }) => reason === 'Polling' || reason === 'NotRunning');
  const shown = follows ? conditions : conditions?.map(({ lastTransitionTime: _, ...rest }) => rest);
  return JSON.stringify(
    [
      generation,
      annotations,
      finalizers,
      deletionTimestamp,
      object.spec,
      status,
      ENDED.has(operation?.phase) ? ended : { ...open, meantMs },
      shown,
    ],
    marked,
  );
}

const clouds = new WeakMap<Cloud, string>();

function cloudText(cloud: Cloud): string {
  const known = clouds.get(cloud) ?? cloudTextOf(cloud);
  clouds.set(cloud, known);
  return known;
}

function cloudTextOf(cloud: Cloud): string {
  const jobs = cloud.jobs.map(({ visibleByMono, ...job }) => (job.visible ? job : { ...job, visibleByMono }));
  return JSON.stringify({ ...cloud, jobs }, marked);
}

function ledgerText(ledger: World['ledger'], object: KubeObject | undefined): string {
  const { accepted, causeOf, replicaCauseOf, forced } = ledger;
  const used = object === undefined ? '' : [causeOf, replicaCauseOf].join(';');
  return `${Object.keys(accepted).toSorted().join()} ${used} ${forced.join()}`;
}

function processText(process: Process, world: World): string {
  const { object } = world;
  const { leading, view, watch, awaiting, dueMono, pass, memory, seenVersion } = process;
  const current = object === undefined ? 0 : versionOf(object);
  return [
    leading,
    watch,
    awaiting,
    dueMono === undefined ? '-' : `~m${dueMono};0~`,
    seenVersion >= current,
    viewText(view, object),
    memoryText(memory, object),
    pass === undefined ? '-' : passText(pass, object),
    pass === undefined ? '-' : seenVersion > versionOf(pass.object),
  ].join('\n');
}

function viewText(view: KubeObject | undefined, object: KubeObject | undefined): string {
  if (view === undefined) return '-';
  return view === object ? '=' : `${versionOf(view) === (object ? versionOf(object) : 0)}${objectText(view)}`;
}

function passText({ object: seen, memory, reads, staleViews }: Pass, object: KubeObject | undefined): string {
  return `${viewText(seen, object)} ${memoryText(memory, seen)} ${templateOf(reads)} ${staleViews}`;
}

/** From when on it does not matter since when an operation has been seen, by what it waits for. */
const SEEN_OLD: Readonly<Record<string, number>> = {
  Submitted: 120_000,
  UnknownOutcome: 135_000,
  Intent: 2_000_000,
};

const memories = new WeakMap<Memory, { readonly of: string; readonly text: string }>();

function memoryText(memory: Memory, object: KubeObject | undefined): string {
  const { operation } = object === undefined ? {} : statusOf(object);
  const of = operation?.id === memory.operationId ? (operation?.phase ?? '') : '';
  const known = memories.get(memory);
  if (known?.of === of) return known.text;
  const text = memoryTextOf(memory, of);
  memories.set(memory, { of, text });
  return text;
}

/** What was remembered of an operation that has ended is not asked for again. Of a wait only for what is told apart. */
function memoryTextOf({ waitsFor, ...memory }: Memory, phase: string): string {
  const { firstSeenMono, ...others } = memory;
  const {
    equalReads: _e,
    sentMono: _s,
    answer: _a,
    prepared: _p,
    unknownReads: _u,
    newerJobIds: _n,
    ...few
  } = others;
  if (ENDED.has(phase) && phase !== 'Refused') return JSON.stringify([few, waitsFor?.jobId], marked);
  const seen = firstSeenMono === undefined ? '-' : `~m${firstSeenMono};${SEEN_OLD[phase] ?? 0}~`;
  return JSON.stringify([others, waitsFor?.jobId, seen], marked);
}
