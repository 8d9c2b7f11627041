import { expect, it } from 'vitest';
import { reportOf } from './report.ts';
import type { SoakResult } from './result.ts';

const trend = { first: 100, last: 101, max: 110, perHour: 0.5 };
const result: SoakResult = {
  command: 'npm run soak -- --hours 2',
  commit: 'abc1234',
  started: '2026-01-01T00:00:00.000Z',
  ended: '2026-01-01T02:00:00.000Z',
  hours: 2,
  seed: 1,
  machine: { cores: 2, cpu: 'test', memoryGiB: 24, node: 'v24', load: { low: 1, high: 9 } },
  members: 30,
  actions: { edit: 12 },
  incidents: { apiRestart: 3 },
  apiAwaySeconds: 31,
  cloud: {
    requests: 1_000,
    faults: { reset: 6 },
    writeFaults: { reset: 2, acceptLate: 2 },
    acceptedModifies: 12,
    acceptedActions: 1,
    refusedWrites: 4,
  },
  causes: {
    total: 13,
    ready: 12,
    failed: 1,
    withdrawn: 0,
    open: 0,
    seconds: { p50: 12, p99: 40, max: 41 },
  },
  missAfterMinutes: 5,
  misses: [],
  excusedJobs: 0,
  settled: true,
  violations: [],
  failedStarts: 0,
  incarnations: [
    {
      number: 1,
      started: '2026-01-01T00:00:00.000Z',
      end: 'SIGTERM',
      figures: {
        minutes: 120,
        steadyMinutes: 110,
        samples: 720,
        rss: trend,
        heap: trend,
        external: trend,
        openFiles: trend,
        timers: trend,
        resources: trend,
        lag: { p99: 12, worstP99: 80, max: 300 },
        cpuShare: 0.02,
      },
      complaints: { 'warn: watch interrupted, will resume': 4 },
      stray: 0,
    },
  ],
};

it('says first whether the run passed, and counts what was injected', () => {
  const text = reportOf(result);
  expect(text).toContain('**Passed**: 2.00 h, 13 causes, 13 accepted writes, 0 violations, 0 misses.');
  expect(text).toContain('Faults of the cloud: 10 of 1000 requests (1.00 %)');
  expect(text).toContain('| connection reset | 6 | 2 |');
  expect(text).toContain('| API server and etcd restarted | 3 |');
  expect(text).toContain('| warn: watch interrupted, will resume | 4 |');
});

it('lists each violation and miss of a run that failed', () => {
  const miss = { member: 'soak-key/key-1', cause: 'edit 4', openSeconds: 301, state: 'Ready=False' };
  const text = reportOf({ ...result, violations: ['ONCE: modify 1.0.4 twice'], misses: [miss] });
  expect(text).toContain('**Failed**');
  expect(text).toContain('- ONCE: modify 1.0.4 twice');
  expect(text).toContain('- soak-key/key-1, edit 4, open for 301 s: Ready=False');
  expect(text).toMatch(/\| ONCE \|.*\| 1 \|/);
});

it('says when the end could not be judged', () => {
  expect(reportOf({ ...result, settled: false })).toContain('TOLD and ESR were not judged');
});
