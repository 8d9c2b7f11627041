// `npm run model`: the explicit-state search over the bounds of the promise, with figures. First any one fault, then any two
// together, and so on up to all that the bounds allow, until all are covered, a promise is broken or the time is up.
// Flags: --bounds edit=2,crash=2,... (default: the bounds of the promise), --total N (from N on), --minutes M, --variant NAME.
import { parseArgs } from 'node:util';
import { type Explored, explore } from './explore.ts';
import type { Bounds } from './moves.ts';
import { PROMISED, PROMISED_MENU } from './promised.ts';
import { newWorld, type World } from './state.ts';
import { VARIANTS } from './variants.ts';

interface Flags {
  readonly bounds: Bounds;
  readonly from: number;
  readonly minutes: number;
  readonly world: World;
}

function flags(): Flags | string {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ options: { bounds: text, total: text, minutes: text, variant: text } });
    const { variant, total = '1', minutes = '30' } = values;
    const hands = Object.entries(VARIANTS).find(([name]) => name === variant)?.[1];
    if (variant !== undefined && hands === undefined)
      return `--variant is one of: ${Object.keys(VARIANTS).join('; ')}`;
    if (!(Number(total) >= 1) || !(Number(minutes) > 0)) return '--total and --minutes take numbers above 0';
    const bounds = values.bounds === undefined ? PROMISED : boundsOf(values.bounds);
    const world = newWorld({ processes: 2, ...(hands === undefined ? {} : { hands }) });
    return { bounds, from: Number(total), minutes: Number(minutes), world };
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
  process.exitCode = typeof given === 'string' ? 2 : main(given);
}
