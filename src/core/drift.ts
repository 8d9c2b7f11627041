// Drift: the component differs from the spec although nothing in the spec has changed. What is remembered of it, when it is a
// cause of its own, and when setting it back again and again is a quarrel that no call will end.
//
// Promises: one episode (a difference that was not there before, or other fields than before) is at most one cause; what
// differed right after our own job is never one, nor a key that left the spec; three equal reverts within an hour end it.
import type { Drift, Operation, Status } from '../api/status.ts';
import { spreadOf } from './delay.ts';
import type { Difference } from './diff.ts';
import type { Desired } from './facts.ts';
import { clip } from './text.ts';
import { epochMs, isoTime } from './time.ts';

const FIELDS = 20;
const POINTER_BYTES = 100;
const NOT_APPLIED = 64;
const LOOP_MS = 3_600_000;
const LOOP_REVERTS = 3;

export interface Found {
  readonly after: 'job' | 'check';
  /** Keys the spec names that have another value. */
  readonly changed: readonly Difference[];
  /** Top-level keys that left the spec and still have a value. */
  readonly removed: readonly Difference[];
}

export interface Moment {
  readonly wall: number;
  /** A fresh id for an episode that may begin now. */
  readonly newId: string;
}

/** What the status remembers of a comparison; undefined when nothing differs. */
export function driftOf(before: Drift | undefined, found: Found, { wall, newId }: Moment): Drift | undefined {
  const all = [...found.changed, ...found.removed];
  if (all.length === 0) return undefined;
  const changed = found.changed.map(({ pointer }) => fingerprint(clip(pointer, POINTER_BYTES)));
  const known = found.after === 'job' ? changed : (before?.notApplied ?? []);
  const notApplied = changed.filter((each) => known.includes(each)).slice(0, NOT_APPLIED);
  const drifted = changed.filter((each) => !notApplied.includes(each));
  const signature = drifted.length === 0 ? undefined : fingerprint(drifted.toSorted().join());
  const episode = signature === before?.signature ? before?.episode : newId;
  return {
    since: before?.since ?? isoTime(wall),
    fields: all
      .slice(0, FIELDS)
      .map(({ pointer, kind }) => ({ pointer: clip(pointer, POINTER_BYTES), kind })),
    ...(notApplied.length === 0 ? {} : { notApplied }),
    ...(signature === undefined ? {} : { signature }),
    ...(signature === undefined || episode === undefined ? {} : { episode }),
  };
}

/** A short name of a text, the same in every process. */
function fingerprint(text: string): string {
  return (spreadOf(text) * 2 ** 32).toString(16).padStart(8, '0');
}

/** Of the fields that are told those that somebody changed after our last job; what a revert would set back. */
export function driftedPointers({ fields, notApplied = [] }: Drift): string[] {
  return fields
    .filter(({ pointer, kind }) => kind !== 'removed' && !notApplied.includes(fingerprint(pointer)))
    .map(({ pointer }) => pointer);
}

/** Of the fields that are told those that our own job did not bring. */
export function notAppliedPointers({ fields, notApplied = [] }: Drift): string[] {
  return fields.map(({ pointer }) => pointer).filter((pointer) => notApplied.includes(fingerprint(pointer)));
}

/** The episode that is to be set back now, if the policy says so. */
export function driftDue(
  { drift, reverts = [] }: Status,
  { driftPolicy, specDigest }: Desired,
): string | undefined {
  if (drift?.episode === undefined) return undefined;
  if (driftPolicy === 'Revert') return drift.episode;
  const done = reverts.some((revert) => revert.specDigest === specDigest);
  return driftPolicy === 'RevertOnce' && !done ? drift.episode : undefined;
}

/** `status` without the episode that an attempt has answered; what differs still is told and is no cause any more. */
export function withEpisodeAnswered(status: Status): Status {
  const { drift } = status;
  if (drift?.episode === undefined) return status;
  const { episode: _, ...rest } = drift;
  return { ...status, drift: rest };
}

/** The episode is a cause again, as long as what drifted is still told. */
export function withEpisode(status: Status, episode: string | undefined): Status {
  if (status.drift === undefined || episode === undefined) return status;
  return { ...status, drift: { ...status.drift, episode } };
}

/** `before` is the status in which the revert began; any other modify starts the count again. */
export function withRevertCounted(after: Status, before: Status, { operation, wall }: Counting): Status {
  if (operation.type !== 'Modify') return after;
  const { reverts: _, ...others } = after;
  const { drift, reverts = [] } = before;
  if (operation.cause !== 'Drift' || drift?.signature === undefined) return others;
  const { specDigest = '' } = operation;
  const revert = { time: isoTime(wall), specDigest, signature: drift.signature };
  return { ...others, reverts: [...reverts, revert].slice(-LOOP_REVERTS) };
}

interface Counting {
  readonly operation: Operation;
  readonly wall: number;
}

/** The same was set back three times within the hour before this drift began: somebody else sets it. */
export function isDriftLoop({ drift, reverts = [] }: Status): boolean {
  if (drift === undefined) return false;
  const since = epochMs(drift.since) ?? 0;
  const equal = reverts.filter(
    ({ signature, time }) => signature === drift.signature && since - (epochMs(time) ?? 0) <= LOOP_MS,
  );
  return equal.length >= LOOP_REVERTS;
}
