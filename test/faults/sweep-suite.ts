// One suite of the sweep over some scenarios, on an embedded API server of its own, so that suites can run side by side.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SettingsPatch } from '../fakes/simulator/index.ts';
import { startEmbeddedKube } from '../support/embedded-kube.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import { type SweepOptions, sweep } from './plan.ts';
import type { SweepScenario } from './steps.ts';
import { described } from './sweep.ts';

const PARALLEL = 6;

export type SuiteOptions = Pick<SweepOptions, 'kinds' | 'pairs' | 'only'> & {
  readonly settings?: SettingsPatch;
};

/** One test per scenario: no strike of the plan breaks a rule. */
export function describeSweep(
  name: string,
  scenarios: readonly SweepScenario[],
  { settings, ...plan }: SuiteOptions,
): void {
  describe(name, () => {
    let kube: KubeTarget;
    beforeAll(async () => {
      kube = await startEmbeddedKube();
    });
    afterAll(() => kube.stop());

    it.each(scenarios)('$name', { timeout: 900_000 }, async (scenario) => {
      const stage = { kube, scenario, ...(settings === undefined ? {} : { settings }) };
      const report = await sweep({ stage, parallel: PARALLEL, ...plan });
      expect(report.violations.map(described)).toEqual([]);
      expect(report.calls).toBeGreaterThan(0);
    });
  });
}
