// The crash sweep as part of every test run. A violation prints the scenario, the call and the moment; replay it with
// `npm run sweep -- --scenario NAME --point CALL`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKube } from '../support/embedded-kube.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import { sweep } from './plan.ts';
import { SCENARIOS } from './scenarios.ts';
import { described } from './sweep.ts';

describe('whatever call the operator dies or is cut off at, one cause leads to at most one accepted call', () => {
  let kube: KubeTarget;
  beforeAll(async () => {
    kube = await startEmbeddedKube();
  });
  afterAll(() => kube.stop());

  it.each(SCENARIOS)('$name', { timeout: 300_000 }, async (scenario) => {
    const report = await sweep({ kube, scenario, parallel: 6 });
    expect(report.violations.map(described)).toEqual([]);
    expect(report.runs).toBeGreaterThan(report.calls);
  });
});
