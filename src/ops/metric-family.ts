// A thin face over prom-client: a family is a name prefix with labels that never change.
//
// Promises: a counter without varying labels is there with 0 before its first event, so that `rate()` and alerts see it.
// A source is asked at scrape time only; label sets that it no longer reports disappear.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Bucket bounds in seconds: calls and passes; jobs and waits. */
export const SHORT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
export const LONG_SECONDS = [1, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200];

export type Labels = Readonly<Record<string, string>>;

export interface Family {
  counter(name: string, help: string, labels?: readonly string[]): MetricCounter;
  gauge(
    name: string,
    help: string,
    labels?: readonly string[],
  ): { set(value: number, labels?: Labels): void };
  histogram(
    name: string,
    help: string,
    shape: HistogramShape,
  ): { observe(value: number, labels?: Labels): void };
  /** A gauge whose samples are asked for at every scrape. */
  source(name: string, help: string, shape: SourceShape): void;
}

export interface MetricCounter {
  add(labels?: Labels): void;
  /** Makes the sample exist with 0. */
  declare(labels: Labels): void;
}

export interface HistogramShape {
  readonly buckets: readonly number[];
  readonly labels?: readonly string[];
}

export interface SourceShape {
  readonly labels?: readonly string[];
  readonly read: () => readonly { readonly value: number; readonly labels?: Labels }[];
}

export interface FamilyOptions {
  readonly prefix: string;
  readonly constant?: Labels;
}

export function family(registry: Registry, options: FamilyOptions): Family {
  const { prefix, constant = {} } = options;
  const base = (name: string, help: string, labels: readonly string[] = []) => ({
    name: `${prefix}${name}`,
    help,
    labelNames: [...Object.keys(constant), ...labels],
    registers: [registry],
  });
  return {
    counter(name, help, labels) {
      const counter = new Counter(base(name, help, labels));
      if (labels === undefined) counter.inc({ ...constant }, 0);
      return {
        add: (given = {}) => counter.inc({ ...constant, ...given }),
        declare: (given) => counter.inc({ ...constant, ...given }, 0),
      };
    },
    gauge(name, help, labels) {
      const gauge = new Gauge(base(name, help, labels));
      return { set: (value, given = {}) => gauge.set({ ...constant, ...given }, value) };
    },
    histogram(name, help, shape) {
      const histogram = new Histogram({ ...base(name, help, shape.labels), buckets: [...shape.buckets] });
      return { observe: (value, given = {}) => histogram.observe({ ...constant, ...given }, value) };
    },
    source(name, help, shape) {
      new Gauge({
        ...base(name, help, shape.labels),
        collect() {
          this.reset();
          for (const { value, labels } of shape.read()) this.set({ ...constant, ...labels }, value);
        },
      });
    },
  };
}
