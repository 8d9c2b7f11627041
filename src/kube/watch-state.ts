// The judgement of the watch: which state follows from what happened. Pure; `watch.ts` does the requests.
//
//   streaming --complete--> watching(version)        streaming --not supported, failed--> listing
//   listing ----complete--> watching(version)        listing ----failed, empty the first time--> waiting --> listing
//   watching --orderly end, the list was empty--> listing, after 1, 2, 4 ... 32 streams
//
//        +------- orderly end, deaf -------+
//        v                                 |
//   watching(version) ---------------------+
//        ^      |
//        |      +-- FIN, RST, refused, unreadable once --> waiting --+
//        +-----------------------------------------------------------+   from the last version, no list
//               |
//               +-- 410, version not reached, unreadable twice --> waiting --> streaming or listing
//
// A stream that ends is resumed from the last version seen, so nothing is skipped; only a version that the server no
// longer has, or a stream that is unreadable twice without progress, costs a new list. An empty list may be a lie of
// something in between that no stream would ever correct, so it is asked again until it is not empty. Nothing gives up.
import type { Failure } from '../core/types.ts';
import type { Random } from './types.ts';

/** What is asked of the server, or slept, next. `confirming` repeats an empty list before it is believed. */
export type WatchState =
  | { readonly kind: 'streaming' }
  | { readonly kind: 'listing'; readonly confirming: 'yes' | 'no' }
  | { readonly kind: 'watching'; readonly version: string }
  | {
      readonly kind: 'waiting';
      readonly delayMs: number;
      readonly next: Exclude<WatchState, { kind: 'waiting' }>;
    };

/** What came of it. `lines` counts the readable lines of that stream. */
export type WatchResult =
  | { readonly kind: 'slept' }
  | { readonly kind: 'complete'; readonly version: string; readonly count: number }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'ended'; readonly version: string }
  | { readonly kind: 'broken'; readonly version: string; readonly lines: number; readonly failure: Failure }
  | { readonly kind: 'deaf'; readonly version: string }
  | { readonly kind: 'garbage'; readonly version: string; readonly lines: number }
  | { readonly kind: 'expired' }
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface WatchMachine {
  readonly state: WatchState;
  /** Failures in a row; drives the back-off. */
  readonly failures: number;
  /** Unreadable streams in a row without a readable line between. */
  readonly garbage: number;
  readonly streamingList: 'try' | 'off';
  /** The last list was empty: after how many streams, of how many in all, it is asked again. */
  readonly doubt?: { readonly left: number; readonly of: number } | undefined;
}

const DOUBT_CAP = 32;
const DELAY_FLOOR_MS = 100;
const DELAY_CAP_MS = 10_000;
const RELIST_JITTER_MS = 1_000;

export function startMachine(streamingList: 'try' | 'off'): WatchMachine {
  const machine = { failures: 0, garbage: 0, streamingList };
  return { ...machine, state: freshList(machine) };
}

/** The machine after `result` in its current state. */
export function step(machine: WatchMachine, result: WatchResult, random: Random): WatchMachine {
  switch (result.kind) {
    case 'slept':
      return machine.state.kind === 'waiting' ? { ...machine, state: machine.state.next } : machine;
    case 'complete':
      return afterList(machine, result, random);
    case 'unsupported':
      return { ...machine, streamingList: 'off', state: { kind: 'listing', confirming: 'no' } };
    case 'ended':
      return afterEnd({ ...machine, failures: 0, garbage: 0 }, result.version);
    case 'deaf':
      return { ...machine, state: { kind: 'watching', version: result.version } };
    case 'broken':
      return again({ ...machine, failures: result.lines > 0 ? 0 : machine.failures }, result, random);
    case 'garbage':
      return afterGarbage(machine, result, random);
    case 'expired':
      return relist(machine, random);
    case 'refused':
      return afterRefusal(machine, result.failure, random);
    default: {
      const never: never = result;
      return never;
    }
  }
}

/** Back-off in ms before try number `failures` (from 1): doubling from 0.1 s to 10 s, the upper half random. */
export function backoffMs(failures: number, random: Random): number {
  const ceiling = Math.min(DELAY_CAP_MS, 2 * DELAY_FLOOR_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

type Complete = Extract<WatchResult, { kind: 'complete' }>;
type Cut = { readonly version: string; readonly failure?: Failure };

function afterList(machine: WatchMachine, { version, count }: Complete, random: Random): WatchMachine {
  const confirmed = machine.state.kind === 'listing' && machine.state.confirming === 'yes';
  if (count > 0) return { ...machine, doubt: undefined, state: { kind: 'watching', version } };
  if (confirmed) return { ...machine, doubt: doubled(machine.doubt), state: { kind: 'watching', version } };
  // An empty list is also what a broken proxy answers; it is cheap to ask twice before records vanish.
  const next = { kind: 'listing', confirming: 'yes' } as const;
  return { ...machine, state: { kind: 'waiting', delayMs: backoffMs(1, random), next } };
}

function afterEnd(machine: WatchMachine, version: string): WatchMachine {
  const { doubt } = machine;
  if (doubt === undefined) return { ...machine, state: { kind: 'watching', version } };
  if (doubt.left <= 1) return { ...machine, state: { kind: 'listing', confirming: 'yes' } };
  const left = doubt.left - 1;
  return { ...machine, doubt: { ...doubt, left }, state: { kind: 'watching', version } };
}

function doubled(doubt: WatchMachine['doubt']): WatchMachine['doubt'] {
  const of = doubt === undefined ? 1 : Math.min(DOUBT_CAP, 2 * doubt.of);
  return { left: of, of };
}

function again(machine: WatchMachine, { version, failure }: Cut, random: Random): WatchMachine {
  const failures = machine.failures + 1;
  const delayMs = delayAfter(failure, failures, random);
  return { ...machine, failures, state: { kind: 'waiting', delayMs, next: { kind: 'watching', version } } };
}

function afterGarbage(
  machine: WatchMachine,
  result: { readonly version: string; readonly lines: number },
  random: Random,
): WatchMachine {
  const garbage = result.lines > 0 ? 1 : machine.garbage + 1;
  if (garbage >= 2) return relist({ ...machine, garbage: 0 }, random);
  return again({ ...machine, garbage, failures: result.lines > 0 ? 0 : machine.failures }, result, random);
}

function relist(machine: WatchMachine, random: Random): WatchMachine {
  const failures = machine.failures + 1;
  const delayMs = Math.max(
    Math.round(RELIST_JITTER_MS * random()),
    failures > 1 ? backoffMs(failures, random) : 0,
  );
  return { ...machine, failures, state: { kind: 'waiting', delayMs, next: freshList(machine) } };
}

function afterRefusal(machine: WatchMachine, failure: Failure, random: Random): WatchMachine {
  const failures = machine.failures + 1;
  const delayMs = delayAfter(failure, failures, random);
  const { state } = machine;
  if (state.kind === 'watching')
    return { ...machine, failures, state: { kind: 'waiting', delayMs, next: state } };
  // A failed streaming list is tried as a plain one next; an unconfirmed empty list is forgotten.
  return {
    ...machine,
    failures,
    state: { kind: 'waiting', delayMs, next: { kind: 'listing', confirming: 'no' } },
  };
}

function delayAfter(failure: Failure | undefined, failures: number, random: Random): number {
  const asked = failure?.retryAfterMs;
  if (asked === undefined) return backoffMs(failures, random);
  return Math.max(backoffMs(failures, random), Math.round(asked + 0.1 * asked * random()));
}

function freshList({
  streamingList,
}: {
  readonly streamingList: 'try' | 'off';
}): WatchState & { kind: 'streaming' | 'listing' } {
  return streamingList === 'try' ? { kind: 'streaming' } : { kind: 'listing', confirming: 'no' };
}
