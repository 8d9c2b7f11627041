// Looks at every state that can be reached within bounds, breadth first, so that the first trace found for a broken promise is
// a shortest one. From each state it also lets the world come to rest without further faults and judges that end.
//
// A state that was seen with the same or more faults left is not looked at again: whatever follows from it has been covered.

import { faultsOfCloud, faultsOfProcesses } from './faults.ts';
import { judgedEnd } from './judge.ts';
import { keyOf } from './key.ts';
import { type Bounds, freeMoves, heard, type Kind, type Menu, type Move } from './moves.ts';
import { deeds } from './people.ts';
import type { World } from './state.ts';

export interface Exploration {
  readonly bounds: Bounds;
  /** How many faults and deeds may happen altogether, at most 15; default as many as the bounds allow. */
  readonly total?: number;
  readonly menu?: Menu;
  /** States after which the search gives up; default 200,000. */
  readonly maxStates?: number;
  /** Different broken promises after which it stops; default 1. */
  readonly maxFindings?: number;
  /** A fault or deed that may not happen in this state; for assumptions. */
  readonly forbidden?: (world: World, move: Move) => 'forbidden' | 'allowed';
  /** Whether the time is up; asked again and again. */
  readonly deadline?: () => boolean;
}

export interface Finding {
  readonly promise: string;
  readonly trace: readonly string[];
  readonly world: World;
}

export interface Explored {
  /** Different states; one is counted once, however many faults are left in it. */
  readonly states: number;
  /** Longest of the shortest ways to a state, in moves. */
  readonly depth: number;
  readonly complete: 'yes' | 'no';
  readonly findings: readonly Finding[];
}

/** How a state was reached; kept for every state in the frontier, so it holds no more than a name. */
interface Trace {
  readonly name: string;
  readonly from: Trace | undefined;
}

interface Node {
  readonly world: World;
  readonly left: number;
  readonly trace: Trace | undefined;
}

interface Search {
  /** The vectors of faults left with which a state was seen; none of them dominates another. */
  readonly seen: Map<string, number | readonly number[]>;
  /** States that are known to come to a good rest. */
  readonly calm: Set<string>;
  readonly findings: Map<string, Finding>;
}

const MAX_STATES = 200_000;
const MAX_REST_STEPS = 3_000;

export function explore(start: World, exploration: Exploration): Explored {
  const { maxStates = MAX_STATES, maxFindings = 1, deadline } = exploration;
  const search: Search = { seen: new Map(), calm: new Set(), findings: new Map() };
  const left = packed(exploration);
  search.seen.set(keyOf(start), left);
  let frontier: Node[] = [{ world: start, left, trace: undefined }];
  for (let depth = 0; frontier.length > 0; depth += 1) {
    const later: Node[] = [];
    const ended = (complete: 'yes' | 'no'): Explored => ({
      states: search.seen.size,
      depth,
      complete,
      findings: [...search.findings.values()],
    });
    for (const node of frontier) {
      if (search.findings.size >= maxFindings || search.seen.size >= maxStates || deadline?.())
        return ended('no');
      if (judged(search, node)) expand(node, search, { exploration, later });
    }
    frontier = later;
    if (frontier.length === 0) return ended('yes');
  }
  return { states: 0, depth: 0, complete: 'yes', findings: [] };
}

const KINDS = [
  'edit',
  'annotate',
  'remove',
  'secret',
  'console',
  'crash',
  'lose',
  'refuse',
  'throttle',
  'late',
  'jobFails',
  'forget',
  'api',
  'lead',
  'tardy',
  'stale',
  'stall',
  'outage',
  'jump',
  'credentials',
  'mute',
  'pending',
] as const satisfies readonly Kind[];
const DIGIT: ReadonlyMap<Kind, number> = new Map(KINDS.map((kind, at) => [kind, 4 ** at]));

const ONE_IN_ALL = 4 ** KINDS.length;
const MOST = 15;

/** One digit to the base of four for each kind of fault, and above them how many may happen altogether. */
function packed({ bounds, total = MOST }: Exploration): number {
  return KINDS.reduce((sum, kind) => {
    const count = bounds[kind] ?? 0;
    if (count > 3) throw new RangeError(`at most three of a kind: ${kind}`);
    return sum + count * (DIGIT.get(kind) ?? 0);
  }, total * ONE_IN_ALL);
}

function countOf(left: number, kind: Kind): number {
  return Math.floor(left / (DIGIT.get(kind) ?? 1)) % 4;
}

function dominates(a: number, b: number): boolean {
  if (a < b) return false;
  for (let x = a % ONE_IN_ALL, y = b % ONE_IN_ALL; y > 0; x = Math.floor(x / 4), y = Math.floor(y / 4))
    if (x % 4 < y % 4) return false;
  return true;
}

/** Notes that a state was seen with these faults left; whether that is news. */
function isNew({ seen }: Search, key: string, left: number): boolean {
  const known = seen.get(key);
  if (known === undefined) {
    seen.set(key, left);
    return true;
  }
  const before = typeof known === 'number' ? [known] : known;
  if (before.some((each) => dominates(each, left))) return false;
  const kept = before.filter((each) => !dominates(left, each));
  seen.set(key, kept.length === 0 ? left : [...kept, left]);
  return true;
}

/** Whether the state keeps every promise; what it breaks is noted. */
function judged(search: Search, { world, trace }: Node): boolean {
  const { broken } = world.ledger;
  if (broken.length > 0) {
    note(search, broken, { world, trace: namesOf(trace) });
    return false;
  }
  const rest = restOf(
    world.credentials === 'there' ? world : { ...world, credentials: 'there' },
    search.calm,
  );
  if (rest.promises.length > 0)
    note(search, rest.promises, {
      world: rest.world,
      trace: [...namesOf(trace), '-- no more faults --', ...rest.path],
    });
  return true;
}

function note(search: Search, promises: readonly string[], found: Omit<Finding, 'promise'>): void {
  for (const promise of promises) {
    const kind = promise.replaceAll(/\d+/g, 'N');
    if (!search.findings.has(kind)) search.findings.set(kind, { promise, ...found });
  }
}

function namesOf(trace: Trace | undefined): string[] {
  const names: string[] = [];
  for (let at = trace; at !== undefined; at = at.from) names.unshift(at.name);
  return names;
}

interface Expansion {
  readonly exploration: Exploration;
  readonly later: Node[];
}

/** The states after every move from this one that are news. */
function expand(node: Node, search: Search, { exploration, later }: Expansion): void {
  const { world, left } = node;
  const { menu = {}, forbidden } = exploration;
  const reach = (move: Move, rest: number): void => {
    const after = move.after();
    if (!isNew(search, keyOf(after), rest)) return;
    later.push({ world: after, left: rest, trace: { name: move.name(), from: node.trace } });
  };
  for (const move of freeMoves(world)) reach(move, left);
  if (left < ONE_IN_ALL || left % ONE_IN_ALL === 0) return;
  const faults = [...deeds(world, menu), ...faultsOfProcesses(world, menu), ...faultsOfCloud(world)];
  for (const move of heard(faults)) {
    const kind = move.kind as Kind;
    if (countOf(left, kind) === 0 || forbidden?.(world, move) === 'forbidden') continue;
    reach(move, left - (DIGIT.get(kind) ?? 0) - ONE_IN_ALL);
  }
}

export interface Rest {
  readonly world: World;
  readonly path: readonly string[];
  readonly promises: readonly string[];
}

/** The world after everything has happened that happens by itself, and what that end breaks. `calm`: states known to end well. */
export function restOf(start: World, calm: Set<string> = new Set()): Rest {
  const writesAt = new Map<string, number>();
  const path: Move[] = [];
  const names = () => path.map((move) => move.name());
  let world = withoutOutage(start);
  for (let count = 0; count < MAX_REST_STEPS; count += 1) {
    const key = keyOf(world);
    if (calm.has(key)) return atRest(world, { path: [], promises: [] }, { writesAt, calm });
    const writes = writesAt.get(key);
    const [move] = freeMoves(world);
    // A state that comes again is all that will ever happen: looks that find nothing.
    if (move === undefined || writes === world.ledger.statusWrites)
      return atRest(world, { path: names(), promises: judgedEnd(world) }, { writesAt, calm });
    if (writes !== undefined)
      return { world, path: names(), promises: ['CALM: the status is written for ever'] };
    writesAt.set(key, world.ledger.statusWrites);
    world = move.after();
    path.push(move);
    if (world.ledger.broken.length > 0) return { world, path: names(), promises: world.ledger.broken };
  }
  return { world, path: names().slice(0, 200), promises: ['CALM: it never comes to rest'] };
}

interface Known {
  readonly writesAt: ReadonlyMap<string, number>;
  readonly calm: Set<string>;
}

function atRest(world: World, rest: Omit<Rest, 'world'>, { writesAt, calm }: Known): Rest {
  if (rest.promises.length === 0) for (const key of writesAt.keys()) calm.add(key);
  return { world, ...rest };
}

function withoutOutage(world: World): World {
  const { cloud } = world;
  return cloud.reads === 'failing' ? { ...world, cloud: { ...cloud, reads: 'answered' } } : world;
}
