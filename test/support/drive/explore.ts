// Looks at every state that can be reached within bounds, breadth first, so that the first trace found for a broken promise is
// a shortest one. From each state it also lets the world come to rest without further faults and judges that end.

import { START_WALL } from '../make.ts';
import { judgedEnd } from './judge.ts';
import { type Bounds, boundMoves, freeMoves, type Kind, type Menu, type Move } from './moves.ts';
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

interface Node {
  readonly world: World;
  readonly left: Bounds;
  readonly name: string;
  readonly from: Node | undefined;
}

const MAX_STATES = 200_000;
/** Longer than every wait of the operator: who writes nothing for so long is at rest. */
const QUIET_MS = 2_700_000;
const MAX_REST_STEPS = 3_000;

export function explore(start: World, exploration: Exploration): Explored {
  const { bounds, menu = {}, maxStates = MAX_STATES, maxFindings = 1 } = exploration;
  const search: Search = { seen: new Set(), calm: new Set(), findings: new Map() };
  let frontier: Node[] = [{ world: start, left: bounds, name: 'start', from: undefined }];
  search.seen.add(keyOf(start, bounds));
  while (frontier.length > 0) {
    const later: Node[] = [];
    for (const node of frontier) {
      if (search.findings.size >= maxFindings || search.seen.size >= maxStates) return ended(search, 'no');
      if (!judged(search, node)) continue;
      for (const child of childrenOf(node, menu, exploration)) {
        const key = keyOf(child.world, child.left);
        if (search.seen.has(key)) continue;
        search.seen.add(key);
        later.push(child);
      }
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
function judged(search: Search, node: Node): boolean {
  const { broken } = node.world.ledger;
  if (broken.length > 0) {
    note(search, broken, { node, rest: [] });
    return false;
  }
  const { path, promises, world } = restOf(node.world, search.calm);
  if (promises.length > 0)
    note(search, promises, { node: { ...node, world }, rest: ['-- no more faults --', ...path] });
  return true;
}

function note(
  search: Search,
  promises: readonly string[],
  { node, rest }: { node: Node; rest: readonly string[] },
): void {
  for (const promise of promises) {
    const kind = promise.replaceAll(/\d+/g, 'N');
    if (!search.findings.has(kind))
      search.findings.set(kind, { promise, trace: [...traceOf(node), ...rest], world: node.world });
  }
}

function traceOf(node: Node): string[] {
  const names: string[] = [];
  for (let at: Node | undefined = node; at?.from !== undefined; at = at.from) names.unshift(at.name);
  return names;
}

function* childrenOf(node: Node, menu: Menu, { forbidden }: Exploration): Generator<Node> {
  const { world, left } = node;
  for (const move of freeMoves(world)) yield { world: move.after(), left, name: move.name, from: node };
  for (const move of boundMoves(world, menu)) {
    const count = left[move.kind as Kind] ?? 0;
    if (count === 0 || forbidden?.(world, move) === 'forbidden') continue;
    yield {
      world: move.after(),
      left: { ...left, [move.kind as Kind]: count - 1 },
      name: move.name,
      from: node,
    };
  }
}

export interface Rest {
  readonly world: World;
  readonly path: readonly string[];
  readonly promises: readonly string[];
}

/** The world after everything has happened that happens by itself, and what that end breaks. */
export function restOf(start: World, calm: Set<string> = new Set()): Rest {
  const keys: string[] = [];
  const path: string[] = [];
  let world = withoutOutage(start);
  let quietSince = world.mono;
  for (let count = 0; count < MAX_REST_STEPS; count += 1) {
    const [move] = freeMoves(world);
    if (move === undefined || world.mono - quietSince > QUIET_MS) return ending(world, { path, keys, calm });
    const key = keyOf(world, {});
    if (world.mono === quietSince && calm.has(key)) return { world, path, promises: [] };
    if (world.mono === quietSince) keys.push(key);
    const writes = world.ledger.statusWrites;
    const jobs = world.cloud.jobs;
    world = move.after();
    path.push(move.name);
    if (world.ledger.broken.length > 0) return { world, path, promises: world.ledger.broken };
    if (world.ledger.statusWrites !== writes || world.cloud.jobs !== jobs) quietSince = world.mono;
  }
  return { world, path: path.slice(0, 200), promises: ['CALM: it never comes to rest'] };
}

function withoutOutage(world: World): World {
  const { cloud } = world;
  return cloud.reads === 'failing' ? { ...world, cloud: { ...cloud, reads: 'answered' } } : world;
}

function ending(
  world: World,
  { path, keys, calm }: { path: string[]; keys: string[]; calm: Set<string> },
): Rest {
  const promises = judgedEnd(world);
  if (promises.length === 0) for (const key of keys) calm.add(key);
  return { world, path, promises };
}

const SHOWN_TIMES: ReadonlySet<string> = new Set([
  'lastTransitionTime',
  'started',
  'finished',
  'since',
  'time',
  'finishedAt',
]);
const OLD_MS = 14_400_000;

/** Equal for states that differ in names of operations and jobs, in absolute times and in what only people read. */
export function keyOf(world: World, left: Bounds): string {
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
      left,
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
      if ((key === 'submittedAt' || key === 'notBefore') && typeof value === 'string')
        return Math.max(-OLD_MS, Math.floor((Date.parse(value) - START_WALL - mono) / 1_000));
      return value;
    },
  );
  return renamed(text);
}

function renamed(text: string): string {
  const names = new Map<string, string>();
  return text.replaceAll(/\b(op|J)-(\d+)/g, (whole, kind: string) => {
    const known = names.get(whole) ?? `${kind}${names.size}`;
    names.set(whole, known);
    return known;
  });
}
