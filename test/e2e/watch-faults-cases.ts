// The faults of a watch, one by one: how each is made, and what it may cost. A case strikes, makes the change while the
// fault lasts, and heals; it gives back what it saw to be wrong on the way.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Asked, kindOf } from '../faults/proxy/asked.ts';
import { type AnswerFault, type Armed, type LineFault, statusBody } from '../faults/proxy/faults.ts';
import { lengths } from '../support/lengths.ts';
import { emptyLie, heldList } from './watch-faults-lists.ts';
import type { Stand } from './watch-faults-stand.ts';

export interface FaultCase {
  readonly name: string;
  /** Gives what was wrong while the fault lasted. */
  readonly strike: (stand: Stand) => Promise<readonly string[]>;
  /** Requests for the whole collection, and how many of them reached their end; absent when any number is right. */
  readonly lists?: { readonly requests: number; readonly complete: number };
  /** What readiness does, once; absent when both is right. */
  readonly ready?: 'stays' | 'falls';
  /** The store may lose sight of objects for a time. */
  readonly blank?: 'allowed';
  /** `slow` waits for a stream to be found silent. */
  readonly pace: 'quick' | 'slow';
}

const NO_LIST = { requests: 0, complete: 0 };
const ONE_LIST = { requests: 1, complete: 1 };
/** Two mute streams of 2 s, pauses and a list, with a margin for a slow machine. */
const MUTE_MS = 30_000;
/** Long enough that silence of 14 s is noticed and readiness has fallen. */
const FROZEN_MS = lengths.name === 'full' ? lengths.pauseMs : 17_000;

const isWatch = (asked: Asked): boolean => kindOf(asked) === 'watch';
const isCollection = (asked: Asked): boolean => kindOf(asked) !== 'other';

export const CASES: readonly FaultCase[] = [
  {
    name: 'a stream that freezes without FIN',
    strike: async (stand) => {
      stand.proxy.freezeWatches();
      await stand.change();
      return [];
    },
    lists: NO_LIST,
    pace: 'slow',
  },
  {
    name: 'every connection freezes, new ones too',
    strike: async ({ proxy, change }) => {
      proxy.bytes.freezeAll();
      await change();
      await sleep(FROZEN_MS);
      proxy.bytes.thaw();
      return [];
    },
    lists: NO_LIST,
    ready: 'falls',
    pace: 'slow',
  },
  {
    name: 'a stream that freezes, then 503 for 3 s',
    strike: async ({ proxy, change, until }) => {
      proxy.freezeWatches();
      const armed = proxy.answers.order({ match: isWatch, fault: status(503, 'ServiceUnavailable') });
      await change();
      await until('it is noticed', () => armed.hits() > 0);
      await sleep(3_000);
      armed.lift();
      return [];
    },
    lists: NO_LIST,
    ready: 'falls',
    pace: 'slow',
  },
  spoiled('lines in pieces of 500 bytes', { fault: { kind: 'pieces', bytes: 500 }, lists: NO_LIST }),
  spoiled('a line cut in the middle, then RST', { fault: { kind: 'cut', end: 'reset' }, lists: NO_LIST }),
  spoiled('a line cut in the middle, then an orderly end', {
    fault: { kind: 'cut', end: 'end' },
    lists: NO_LIST,
  }),
  spoiled('a garbage line', {
    fault: { kind: 'garbage', text: '\u0000<html>{"type":"ADDED"\n' },
    lists: NO_LIST,
  }),
  spoiled('410 as an ERROR event', {
    fault: { kind: 'error', status: statusBody(410, 'Expired') },
    lists: ONE_LIST,
  }),
  spoiled('500 as an ERROR event', {
    fault: { kind: 'error', status: statusBody(500, 'InternalError') },
    lists: NO_LIST,
  }),
  answered('410 as an answer', { faults: [status(410, 'Expired')], lists: ONE_LIST }),
  answered('500, 502 and 503 in a row', {
    faults: [status(500, 'InternalError'), html(502), { ...html(503), headers: { 'retry-after': '1' } }],
    lists: NO_LIST,
  }),
  answered('an HTML page with 200', { faults: [html(200)], lists: NO_LIST }),
  answered('an empty answer with 200', {
    faults: [{ kind: 'answer', status: 200, body: '' }],
    lists: NO_LIST,
  }),
  { name: '429 with Retry-After', strike: throttle, lists: NO_LIST, ready: 'stays', pace: 'quick' },
  {
    name: 'HTML with 200 for every list and watch, for 4 s',
    strike: async ({ proxy, change }) => {
      const armed = proxy.answers.order({ match: isCollection, fault: html(200) });
      proxy.bytes.reset();
      await change();
      await sleep(4_000);
      armed.lift();
      return armed.hits() > 12 ? [`a hot loop: ${armed.hits()} requests in 4 s`] : [];
    },
    ready: 'stays',
    pace: 'quick',
  },
  { name: 'watches that never say a line, while lists work', strike: mute, pace: 'slow' },
  {
    name: 'RST of every connection in the middle',
    strike: async ({ proxy, change }) => {
      await change();
      proxy.bytes.reset();
      return [];
    },
    lists: NO_LIST,
    ready: 'stays',
    pace: 'quick',
  },
  {
    name: 'the connection is closed in an orderly way (GOAWAY of HTTP/1.1)',
    strike: async ({ proxy, change }) => {
      proxy.goAway();
      await change();
      const spoken = new Set(proxy.record.passed.map(({ protocol }) => protocol));
      return [...spoken].join() === 'http/1.1' ? [] : [`spoken: ${[...spoken].join()}`];
    },
    lists: NO_LIST,
    ready: 'stays',
    pace: 'quick',
  },
  { name: 'an expired token, rotated later', strike: rotated('rotateToken'), lists: NO_LIST, pace: 'quick' },
  {
    name: 'a rotated CA, the file changed later',
    strike: rotated('rotateAuthority'),
    lists: NO_LIST,
    pace: 'quick',
  },
  {
    name: `the API server away for ${lengths.awayMs / 1_000} s`,
    strike: async ({ proxy, change }) => {
      await proxy.bytes.down();
      await change();
      await sleep(lengths.awayMs);
      await proxy.bytes.up();
      return [];
    },
    // After minutes the server may no longer have the version, and readiness must have fallen.
    ...(lengths.name === 'short' ? { lists: NO_LIST } : { ready: 'falls' as const }),
    pace: lengths.name === 'short' ? 'quick' : 'slow',
  },
  {
    name: 'a list that breaks off after 410',
    strike: heldList,
    lists: { requests: 2, complete: 1 },
    pace: 'quick',
  },
  { name: 'empty lists of a faulty server', strike: emptyLie, blank: 'allowed', pace: 'slow' },
];

function status(code: number, reason: string): AnswerFault & { kind: 'answer' } {
  return { kind: 'answer', status: code, body: JSON.stringify(statusBody(code, reason)) };
}

function html(code: number): AnswerFault & { kind: 'answer' } {
  return { kind: 'answer', status: code, body: '<html>\n<body>not here</body>\n</html>\n' };
}

/** Something befalls the next event of an open stream. */
function spoiled(
  name: string,
  { fault, lists }: { readonly fault: LineFault; readonly lists: FaultCase['lists'] & {} },
): FaultCase {
  const strike = async ({ proxy, change, until }: Stand): Promise<readonly string[]> => {
    const armed = proxy.lines.order({ match: isWatch, fault, times: fault.kind === 'pieces' ? 5 : 1 });
    await change();
    await until(`${name} strikes`, () => armed.hits() > 0);
    return [];
  };
  return { name, strike, lists, ready: 'stays', pace: 'quick' };
}

/** The next watches are answered so. */
function answered(
  name: string,
  { faults, lists }: { readonly faults: readonly AnswerFault[]; readonly lists: FaultCase['lists'] & {} },
): FaultCase {
  const strike = async (stand: Stand): Promise<readonly string[]> => {
    const armed = faults.map((fault) => stand.proxy.answers.order({ match: isWatch, fault, times: 1 }));
    stand.proxy.bytes.reset();
    await stand.change();
    await stand.until(`${name} strikes`, () => armed.every(struck));
    return [];
  };
  return { name, strike, lists, ready: 'stays', pace: 'quick' };
}

function struck(armed: Armed): boolean {
  return armed.hits() > 0;
}

async function throttle({ proxy, change, until }: Stand): Promise<readonly string[]> {
  const fault: AnswerFault = { ...status(429, 'TooManyRequests'), headers: { 'retry-after': '3' } };
  const mark = proxy.record.passed.length;
  proxy.answers.order({ match: isWatch, fault, times: 1 });
  proxy.bytes.reset();
  await change();
  const asked = (): readonly number[] => proxy.record.since(mark).watches.map(({ atMs }) => atMs);
  await until('the watch is asked for again', () => asked().length > 1);
  const [first = 0, second = 0] = asked();
  return second - first < 2_990 ? [`asked again after ${Math.round(second - first)} of 3000 ms`] : [];
}

/** With nothing but lists to hear by, the change is still found. */
async function mute({ proxy, change, unfinished, until }: Stand): Promise<readonly string[]> {
  const armed = proxy.answers.order({ match: isWatch, fault: { kind: 'mute', ms: 2_000 } });
  proxy.bytes.reset();
  await until('the first mute watch', () => armed.hits() > 0);
  await change();
  await until('the change is found by lists', async () => (await unfinished()).length === 0, MUTE_MS);
  armed.lift();
  return [];
}

/** The server turns at once; the client's file follows after 2 s. */
function rotated(what: 'rotateToken' | 'rotateAuthority'): FaultCase['strike'] {
  return async ({ proxy, change }) => {
    const publish = proxy[what]();
    proxy.bytes.reset();
    await change();
    await sleep(2_000);
    await publish();
    return [];
  };
}
