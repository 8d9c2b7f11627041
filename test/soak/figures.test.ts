import { describe, expect, it } from 'vitest';
import { flagsOf } from './flags.ts';
import { planIncidents } from './plan.ts';
import { figuresOf, readSample, type Sample } from './samples.ts';
import { quantile, slopePerHour } from './slope.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00Z');

describe('a slope', () => {
  it('is the change per hour of a line, whatever the clock starts with', () => {
    const points = [0, 1, 2, 3].map((i) => ({ atMs: START + i * 60_000, value: 100 + i * 2 }));
    expect(slopePerHour(points)).toBeCloseTo(120, 6);
  });
  it('is 0 without two moments', () => {
    expect(slopePerHour([])).toBe(0);
    expect(slopePerHour([{ atMs: START, value: 5 }])).toBe(0);
  });
});

it('takes the smallest value that a share does not exceed', () => {
  expect([0.5, 0.99, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([2, 4, 4]);
  expect(quantile([], 0.5)).toBe(0);
});

describe('a sample', () => {
  it('reads the metrics page', () => {
    const page = [
      '# TYPE process_resident_memory_bytes gauge',
      'process_resident_memory_bytes 104857600',
      'nodejs_heap_size_used_bytes 52428800',
      'process_open_fds 27',
      'nodejs_active_resources{type="Timeout"} 12',
      'nodejs_active_resources_total 20',
      'nodejs_eventloop_lag_p99_seconds 0.0125',
      'process_cpu_seconds_total 3.5',
    ].join('\n');
    expect(readSample(page, START)).toMatchObject({
      rss: 100,
      heap: 50,
      openFiles: 27,
      timers: 12,
      resources: 20,
      lagP99: 12.5,
      cpuSeconds: 3.5,
    });
  });
  it('is none when the page is something else', () => {
    expect(readSample('<html></html>', START)).toBeUndefined();
  });
});

describe('figures of a process', () => {
  const sample = (minute: number, rss: number): Sample => ({
    atMs: START + minute * 60_000,
    rss,
    heap: 50,
    external: 1,
    openFiles: 27,
    timers: 12,
    resources: 20,
    lagP99: 10,
    lagMax: 20,
    cpuSeconds: minute,
  });
  it('leave out the first ten minutes of a long life', () => {
    const samples = Array.from({ length: 61 }, (_, i) => sample(i, i < 10 ? i * 50 : 500 + i / 10));
    const figures = figuresOf(samples);
    expect(figures?.steadyMinutes).toBe(50);
    expect(figures?.rss.perHour).toBeCloseTo(6, 6);
    expect(figures?.cpuShare).toBeCloseTo(1 / 60, 6);
  });
  it('are none without a sample', () => {
    expect(figuresOf([])).toBeUndefined();
  });
});

describe('the plan', () => {
  const plan = planIncidents({ durationMs: 2 * HOUR, random: () => 0.5 });
  it('leaves the longer part of the run to one process', () => {
    const restarts = plan.filter(({ kind }) => kind === 'operatorKill' || kind === 'operatorStop');
    expect(restarts).toHaveLength(7);
    expect(restarts.at(-1)?.atMs).toBeLessThan(0.4 * 2 * HOUR);
  });
  it('restarts the API server every ten minutes and replaces a token before it is out', () => {
    const of = (wanted: string) => plan.filter(({ kind }) => kind === wanted).map(({ atMs }) => atMs);
    expect(of('apiRestart')).toHaveLength(11);
    const gaps = of('kubeToken').map((atMs, i, all) => atMs - (all[i - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(10 * 60_000);
  });
});

it.each([
  [['--hours', '2', '--seed', '7'], { hours: 2, seed: 7 }],
  [[], '--hours: must be a number'],
  [['--hours', '0'], '--hours: must be above 0'],
  [['--hours', '1', '--nope'], "Unknown option '--nope'"],
])('reads the flags %j', (args, expected) => {
  const flags = flagsOf(args);
  if (typeof expected === 'string') expect(flags).toContain(expected);
  else expect(flags).toMatchObject(expected);
});
