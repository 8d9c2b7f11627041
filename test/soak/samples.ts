// What a running operator says about itself on /metrics, as one sample, and the figures of all samples of one process.
import { fetchPage } from '../support/process.ts';
import { mean, type Point, quantile, slopePerHour } from './slope.ts';

export interface Sample {
  /** Epoch ms. */
  readonly atMs: number;
  /** MiB. */
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
  readonly openFiles: number;
  readonly timers: number;
  /** All active resources of the runtime, timers among them. */
  readonly resources: number;
  /** Event-loop delay since the sample before, ms. */
  readonly lagP99: number;
  readonly lagMax: number;
  readonly cpuSeconds: number;
}

const MIB = 1_048_576;

/** Undefined when nobody answers or the page is none of ours. */
export async function takeSample(metricsUrl: string, atMs: number): Promise<Sample | undefined> {
  const { status, text } = await fetchPage(metricsUrl);
  return status === 200 ? readSample(text, atMs) : undefined;
}

/** Reads a page in the exposition format; undefined when it holds no resident memory. */
export function readSample(text: string, atMs: number): Sample | undefined {
  const rss = metric(text, 'process_resident_memory_bytes');
  if (rss === undefined) return undefined;
  const of = (series: string): number => metric(text, series) ?? 0;
  return {
    atMs,
    rss: rss / MIB,
    heap: of('nodejs_heap_size_used_bytes') / MIB,
    external: of('nodejs_external_memory_bytes') / MIB,
    openFiles: of('process_open_fds'),
    timers: of('nodejs_active_resources{type="Timeout"}'),
    resources: of('nodejs_active_resources_total'),
    lagP99: of('nodejs_eventloop_lag_p99_seconds') * 1_000,
    lagMax: of('nodejs_eventloop_lag_max_seconds') * 1_000,
    cpuSeconds: of('process_cpu_seconds_total'),
  };
}

function metric(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1).split(' ', 1)[0]);
}

export interface Trend {
  readonly first: number;
  readonly last: number;
  readonly max: number;
  readonly perHour: number;
}

export interface Figures {
  readonly minutes: number;
  readonly steadyMinutes: number;
  readonly samples: number;
  readonly rss: Trend;
  readonly heap: Trend;
  readonly external: Trend;
  readonly openFiles: Trend;
  readonly timers: Trend;
  readonly resources: Trend;
  /** Of the samples' p99 values the median and the highest, ms; `max` is the longest delay of all. */
  readonly lag: { readonly p99: number; readonly worstP99: number; readonly max: number };
  /** Of one core. */
  readonly cpuShare: number;
}

const WARM_UP_MS = 10 * 60_000;

/** Figures of one process. The steady part leaves out the first ten minutes, or the first third of a shorter life. */
export function figuresOf(samples: readonly Sample[]): Figures | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const lifeMs = last.atMs - first.atMs;
  const steadyFrom = first.atMs + Math.min(WARM_UP_MS, lifeMs / 3);
  const steady = samples.filter(({ atMs }) => atMs >= steadyFrom);
  const trend = (key: 'rss' | 'heap' | 'external' | 'openFiles' | 'timers' | 'resources'): Trend =>
    trendOf(steady.map((sample) => ({ atMs: sample.atMs, value: sample[key] })));
  const p99 = steady.map(({ lagP99 }) => lagP99);
  return {
    minutes: lifeMs / 60_000,
    steadyMinutes: (last.atMs - steadyFrom) / 60_000,
    samples: samples.length,
    rss: trend('rss'),
    heap: trend('heap'),
    external: trend('external'),
    openFiles: trend('openFiles'),
    timers: trend('timers'),
    resources: trend('resources'),
    lag: {
      p99: quantile(p99, 0.5),
      worstP99: quantile(p99, 1),
      max: quantile(
        steady.map(({ lagMax }) => lagMax),
        1,
      ),
    },
    cpuShare: lifeMs === 0 ? 0 : ((last.cpuSeconds - first.cpuSeconds) * 1_000) / lifeMs,
  };
}

/** `first` and `last` are means of the first and the last fifth: single samples saw-tooth with the collector. */
function trendOf(points: readonly Point[]): Trend {
  const fifth = Math.max(1, Math.floor(points.length / 5));
  const values = points.map(({ value }) => value);
  return {
    first: mean(values.slice(0, fifth)),
    last: mean(values.slice(-fifth)),
    max: quantile(values, 1),
    perHour: slopePerHour(points),
  };
}
