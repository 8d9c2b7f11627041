// Random walks through the same moves: for bounds whose product no search can finish. Each walk uses up its faults at random
// places and then comes to rest; every state on the way is held against the promises. A seed gives the same walks again.
import { seededRandom } from '../../fakes/simulator/index.ts';
import { type Finding, restOf } from './explore.ts';
import { faultsOfCloud, faultsOfProcesses } from './faults.ts';
import { type Bounds, freeMoves, heard, type Kind, type Menu, type Move } from './moves.ts';
import { deeds } from './people.ts';
import type { World } from './state.ts';

export interface Walking {
  readonly bounds: Bounds;
  readonly menu?: Menu;
  readonly walks: number;
  readonly seed: number;
  readonly deadline?: () => boolean;
}

export interface Walked {
  readonly walks: number;
  readonly moves: number;
  /** How many walks had used up so many faults, by that number. */
  readonly faults: Readonly<Record<number, number>>;
  readonly findings: readonly Finding[];
}

const MAX_MOVES = 2_000;

/** Ends at the first broken promise. */
export function walk(start: World, { bounds, menu = {}, walks, seed, deadline }: Walking): Walked {
  const random = seededRandom(seed);
  const calm = new Set<string>();
  const faults: Record<number, number> = {};
  let moves = 0;
  for (let count = 0; count < walks; count += 1) {
    if (deadline?.()) return { walks: count, moves, faults, findings: [] };
    const { world, names, used } = stroll(start, { bounds, menu, random });
    moves += names.length;
    faults[used] = (faults[used] ?? 0) + 1;
    const { broken } = world.ledger;
    const rest = broken.length > 0 ? undefined : restOf({ ...world, credentials: 'there' }, calm);
    const [promise] = rest?.promises ?? broken;
    if (promise === undefined) continue;
    const trace = rest === undefined ? names : [...names, '-- no more faults --', ...rest.path];
    return { walks: count + 1, moves, faults, findings: [{ promise, trace, world: rest?.world ?? world }] };
  }
  return { walks, moves, faults, findings: [] };
}

interface Stroll {
  readonly bounds: Bounds;
  readonly menu: Menu;
  readonly random: () => number;
}

function stroll(start: World, { bounds, menu, random }: Stroll) {
  const left = new Map(Object.entries(bounds) as [Kind, number][]);
  const all = [...left.values()].reduce((sum, count) => sum + count, 0);
  // Some walks meet their faults close together, others far apart.
  const often = 0.02 + 0.3 * random();
  const names: string[] = [];
  let world = start;
  let used = 0;
  while (names.length < MAX_MOVES && world.ledger.broken.length === 0 && used < all) {
    const fault = random() < often ? anyOf(faultsIn(world, menu, left), random) : undefined;
    const move = fault ?? anyOf(freeMoves(world), random) ?? anyOf(faultsIn(world, menu, left), random);
    if (move === undefined) break;
    const kind = move.kind as Kind | undefined;
    if (move === fault || (kind !== undefined && left.has(kind))) {
      left.set(kind as Kind, (left.get(kind as Kind) ?? 1) - 1);
      used += 1;
    }
    names.push(move.name());
    world = move.after();
  }
  return { world, names, used };
}

function faultsIn(world: World, menu: Menu, left: ReadonlyMap<Kind, number>): readonly Move[] {
  const faults = [...deeds(world, menu), ...faultsOfProcesses(world, menu), ...faultsOfCloud(world)];
  return heard(faults).filter(({ kind }) => (left.get(kind as Kind) ?? 0) > 0);
}

function anyOf(moves: readonly Move[], random: () => number): Move | undefined {
  return moves[Math.floor(random() * moves.length)];
}
