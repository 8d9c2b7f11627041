// `npm run model`: the explicit-state search over the bounds of the promise, with figures. First any one fault, then any two
// together, and so on up to all that the bounds allow, until all are covered, a promise is broken or the time is up.
// With --walks N random walks instead, all faults of the bounds in each (--seed N).
// Flags: --bounds edit=2,crash=2,... (default: the bounds of the promise), --total N (from N on), --minutes M, --variant NAME.
import { parseArgs } from 'node:util';
import { type Explored, explore } from './explore.ts';
import type { Bounds } from './moves.ts';
import { PROMISED, PROMISED_MENU } from './promised.ts';
import { newWorld, type World } from './state.ts';
import { VARIANTS } from './variants.ts';
import { walk } from './walk.ts';

interface Flags {
  readonly bounds: Bounds;
  readonly from: number;
  readonly minutes: number;
  readonly world: World;
  readonly walks: number;
  readonly seed: number;
}

function flags(): Flags | string {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      options: { bounds: text, total: text, minutes: text, variant: text, walks: text, seed: text },
    });
    const { variant, total = '1', minutes = '30', walks = '0', seed = '1' } = values;
    const hands = Object.entries(VARIANTS).find(([name]) => name === variant)?.[1];
    if (variant !== undefined && hands === undefined)
      return `--variant is one of: ${Object.keys(VARIANTS).join('; ')}`;
    if (!(Number(walks) >= 0) || !Number.isInteger(Number(seed))) return '--walks and --seed take numbers';
    if (!(Number(total) >= 1) || !(Number(minutes) > 0)) return '--total and --minutes take numbers above 0';
    const bounds = values.bounds === undefined ? PROMISED : boundsOf(values.bounds);
    const world = newWorld({ processes: 2, ...(hands === undefined ? {} : { hands }) });
    return {
      bounds,
      from: Number(total),
      minutes: Number(minutes),
      world,
      walks: Number(walks),
      seed: Number(seed),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function boundsOf(text: string): Bounds {
  return Object.fromEntries(
    text
      .split(',')
      .map((each) => each.split('='))
      .map(([kind, count]) => [kind, Number(count)]),
  );
}

function stroll({ bounds, minutes, world, walks, seed }: Flags): number {
  const until = performance.now() + minutes * 60_000;
  const walked = walk(world, {
    bounds,
    menu: PROMISED_MENU,
    walks,
    seed,
    deadline: () => performance.now() > until,
  });
  const seconds = (process.cpuUsage().user / 1_000_000).toFixed(1);
  console.log(
    `${walked.walks} walks, ${walked.moves} moves, by number of faults ${JSON.stringify(walked.faults)}, ${walked.findings.length} violations, ${seconds} s of CPU`,
  );
  for (const { promise, trace } of walked.findings) console.log([promise, ...trace].join('\n  '));
  return walked.findings.length > 0 ? 1 : 0;
}

function main({ bounds, from, minutes, world }: Flags): number {
  const until = performance.now() + minutes * 60_000;
  const all = Object.values(bounds).reduce((sum, count) => sum + count, 0);
  console.log(`bounds ${JSON.stringify(bounds)}, at most ${minutes} minutes`);
  for (let total = Math.min(from, all); total <= all; total += 1) {
    const startedAt = process.cpuUsage().user;
    const explored = explore(world, {
      bounds,
      total,
      menu: PROMISED_MENU,
      maxStates: Number.POSITIVE_INFINITY,
      deadline: () => performance.now() > until,
    });
    console.log(line(total, explored, (process.cpuUsage().user - startedAt) / 1_000_000));
    for (const { promise, trace } of explored.findings) console.log([promise, ...trace].join('\n  '));
    if (explored.findings.length > 0) return 1;
    if (explored.complete === 'no') return 0;
  }
  return 0;
}

function line(total: number, { states, depth, complete, findings }: Explored, seconds: number): string {
  const why = findings.length > 0 ? 'ended at a violation' : 'the time was up';
  const covered = complete === 'yes' ? 'all' : `NOT ALL, ${why};`;
  return `up to ${total} faults together: ${covered} ${states} states, ${depth} moves deep, ${findings.length} violations, ${seconds.toFixed(1)} s of CPU`;
}

if (import.meta.main) {
  const given = flags();
  if (typeof given === 'string') console.error(given);
  process.exitCode = typeof given === 'string' ? 2 : given.walks > 0 ? stroll(given) : main(given);
}
