// Looks at every state that can be reached within bounds, breadth first, so that the first trace found for a broken promise is
// a shortest one. From each state it also lets the world come to rest without further faults and judges that end.

import { hash } from 'node:crypto';
import { START_WALL } from '../make.ts';
import { boundMoves } from './faults.ts';
import { judgedEnd } from './judge.ts';
import { type Bounds, freeMoves, type Kind, type Menu, type Move } from './moves.ts';
import { versionOf, type World } from './state.ts';

export interface Exploration {
  readonly bounds: Bounds;
  readonly menu?: Menu;
  /** States after which the search gives up; default 200,000. */
  readonly maxStates?: number;
  /** Different broken promises after which it stops; default 1. */
  readonly maxFindings?: number;
  /** A fault or deed that may not happen in this state; for assumptions. */
  readonly forbidden?: (world: World, move: Move) => 'forbidden' | 'allowed';
}

export interface Finding {
  readonly promise: string;
  readonly trace: readonly string[];
  readonly world: World;
}

export interface Explored {
  readonly states: number;
  readonly complete: 'yes' | 'no';
  readonly findings: readonly Finding[];
}

/** How a state was reached; kept for every state, so it holds no more than a name. */
interface Trace {
  readonly name: string;
  readonly from: Trace | undefined;
}

interface Node {
  readonly world: World;
  readonly key: string;
  readonly left: Bounds;
  readonly trace: Trace | undefined;
}

const MAX_STATES = 200_000;
const MAX_REST_STEPS = 3_000;

export function explore(start: World, exploration: Exploration): Explored {
  const { bounds, menu = {}, maxStates = MAX_STATES, maxFindings = 1 } = exploration;
  const search: Search = { seen: new Set(), calm: new Set(), findings: new Map() };
  let frontier: Node[] = [{ world: start, key: keyOf(start), left: bounds, trace: undefined }];
  while (frontier.length > 0) {
    const later: Node[] = [];
    for (const node of frontier) {
      if (search.findings.size >= maxFindings || search.seen.size >= maxStates) return ended(search, 'no');
      if (judged(search, node)) later.push(...childrenOf(node, search, { menu, ...exploration }));
    }
    frontier = later;
  }
  return ended(search, 'yes');
}

interface Search {
  readonly seen: Set<string>;
  /** States that are known to come to a good rest. */
  readonly calm: Set<string>;
  readonly findings: Map<string, Finding>;
}

function ended({ seen, findings }: Search, complete: 'yes' | 'no'): Explored {
  return { states: seen.size, complete, findings: [...findings.values()] };
}

/** Whether the state keeps every promise; what it breaks is noted. */
function judged(search: Search, { world, key, trace }: Node): boolean {
  const { broken } = world.ledger;
  if (broken.length > 0) {
    note(search, broken, { world, trace: namesOf(trace) });
    return false;
  }
  if (search.calm.has(key)) return true;
  const rest = restOf(world, search.calm);
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

/** The states after every move from this one that have not been seen. */
function childrenOf(node: Node, { seen }: Search, { menu = {}, forbidden }: Exploration): Node[] {
  const { world, left } = node;
  const child = (move: Move, rest: Bounds): Node[] => {
    const after = move.after();
    const key = keyOf(after);
    const known = `${key} ${JSON.stringify(rest)}`;
    if (seen.has(known)) return [];
    seen.add(known);
    return [{ world: after, key, left: rest, trace: { name: move.name(), from: node.trace } }];
  };
  const bound = boundMoves(world, menu).flatMap((move) => {
    const kind = move.kind as Kind;
    const count = left[kind] ?? 0;
    if (count === 0 || forbidden?.(world, move) === 'forbidden') return [];
    return child(move, { ...left, [kind]: count - 1 });
  });
  return [...freeMoves(world).flatMap((move) => child(move, left)), ...bound];
}

export interface Rest {
  readonly world: World;
  readonly path: readonly string[];
  readonly promises: readonly string[];
}

/** The world after everything has happened that happens by itself, and what that end breaks. `calm`: states known to end well. */
export function restOf(start: World, calm: Set<string> = new Set()): Rest {
  const writesAt = new Map<string, number>();
  const path: string[] = [];
  let world = withoutOutage(start);
  for (let count = 0; count < MAX_REST_STEPS; count += 1) {
    const key = keyOf(world);
    if (calm.has(key)) return atRest(world, { path, promises: [] }, { writesAt, calm });
    const writes = writesAt.get(key);
    const [move] = freeMoves(world);
    // A state that comes again is all that will ever happen: looks that find nothing.
    if (move === undefined || writes === world.ledger.statusWrites)
      return atRest(world, { path, promises: judgedEnd(world) }, { writesAt, calm });
    if (writes !== undefined) return { world, path, promises: ['CALM: the status is written for ever'] };
    writesAt.set(key, world.ledger.statusWrites);
    world = move.after();
    path.push(move.name());
    if (world.ledger.broken.length > 0) return { world, path, promises: world.ledger.broken };
  }
  return { world, path: path.slice(0, 200), promises: ['CALM: it never comes to rest'] };
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

/** Times that only people read; the others count by their distance from now. */
const SHOWN_TIMES: ReadonlySet<string> = new Set([
  'lastTransitionTime',
  'started',
  'finished',
  'since',
  'time',
]);
const JUDGED_TIMES: ReadonlySet<string> = new Set(['submittedAt', 'finishedAt', 'notBefore']);
/** Longer than every wait that is judged by a time. */
const OLD_MS = 4_000_000;
/** Tries in a row after which no back-off grows any more. */
const MANY = 17;

/** Equal for states that differ in names of operations and jobs, in absolute times and in what only people read. */
export function keyOf(world: World): string {
  const { mono, object, cloud, processes, ledger, secret, credentials } = world;
  const text = JSON.stringify(
    {
      object:
        object === undefined
          ? null
          : [
              object.metadata.generation,
              object.metadata.annotations,
              object.metadata.finalizers,
              object.metadata.deletionTimestamp,
              ledger.versionOf,
              ledger.replicaOf,
              object.status,
            ],
      cloud,
      secret,
      credentials,
      accepted: ledger.accepted,
      processes: processes.map(({ pass, view, seenVersion, ...rest }) => ({
        ...rest,
        view: view === undefined || object === undefined ? null : versionOf(object) - versionOf(view),
        seen: object === undefined ? null : Math.min(3, versionOf(object) - seenVersion),
        pass:
          pass === undefined
            ? null
            : { ...pass, object: object === undefined ? null : versionOf(object) - versionOf(pass.object) },
      })),
    },
    (key, value: unknown) => {
      if (SHOWN_TIMES.has(key)) return undefined;
      if (key.endsWith('Mono') && typeof value === 'number') return Math.max(-OLD_MS, value - mono);
      if ((key === 'failures' || key === 'attempt') && typeof value === 'number')
        return Math.min(value, MANY);
      if (JUDGED_TIMES.has(key) && typeof value === 'string')
        return Math.max(-OLD_MS, Date.parse(value) - START_WALL - mono);
      return value;
    },
  );
  return hash('sha1', renamed(text), 'base64');
}

function renamed(text: string): string {
  const names = new Map<string, string>();
  return text.replaceAll(/\b(op|J)-(\d+)/g, (whole, kind: string) => {
    const known = names.get(whole) ?? `${kind}${names.size}`;
    names.set(whole, known);
    return known;
  });
}
