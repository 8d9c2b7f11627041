// Numbers and their table. No I/O.
import type { Latency } from './latency.ts';
import type { Memory } from './memory.ts';
import type { Rest } from './rest.ts';

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Report {
  readonly machine: {
    readonly cores: number;
    readonly cpu: string;
    readonly memoryGiB: number;
    readonly node: string;
    readonly server: string;
  };
  readonly quick: boolean;
  readonly latency: Latency;
  readonly memory: Memory;
  readonly rest: Rest;
}

/** The smallest value that at least `share` of the values do not exceed. Throws a RangeError for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new RangeError('no values');
  return value;
}

export function spreadOfAll(values: readonly number[]): Spread {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99), max: percentile(values, 1) };
}

/** The report as lines for people. */
export function tableOf({ machine, quick, latency, memory, rest }: Report): string {
  const { operator, nullClient, ratio, perChange } = latency;
  const ms = ({ p50, p99, max }: Spread) => [p50, p99, max].map((value) => `${value.toFixed(1)} ms`);
  const kib = (bytes: number) => `${(bytes / 1_024).toFixed(2)} KiB`;
  const mib = (bytes: number) => `${(bytes / 1_048_576).toFixed(0)} MiB`;
  const { small, large } = memory;
  return [
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Node ${machine.node}; ${machine.server}`,
    ...(quick ? ['quick run: fewer edits, smaller populations, a shorter rest'] : []),
    '',
    row(`edit -> PUT, ${latency.edits} edits each`, ['p50', 'p99', 'max']),
    row('  operator', ms(operator)),
    row('  null client (raw watch + PUT)', ms(nullClient)),
    row(
      '  ratio',
      [ratio.p50, ratio.p99].map((value) => value.toFixed(2)),
    ),
    '',
    row('per change', ['GET', 'PUT', 'GET job', 'other', 'status writes']),
    row(
      '  operator',
      Object.values(perChange).map((value: number) => value.toFixed(2)),
    ),
    '',
    row('operator at rest', ['heap', 'RSS']),
    row(`  with ${small.resources} resources`, [mib(small.heap + small.external), mib(small.rss)]),
    row(`  with ${large.resources} resources`, [mib(large.heap + large.external), mib(large.rss)]),
    row('  per resource', [kib(memory.heapPerResource), kib(memory.rssPerResource)]),
    '',
    row(`${rest.resources} resources, ${rest.minutes} min at rest`, ['cloud calls', 'writes', 'CPU']),
    row('  operator', [`${rest.cloudCalls}`, `${rest.writes}`, `${(rest.cpuShare * 100).toFixed(2)} %`]),
  ].join('\n');
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(36)}${cells.map((cell) => cell.padStart(14)).join('')}`.trimEnd();
}
