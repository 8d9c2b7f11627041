// The proof that the sweep can fail: an operator that is broken in one rule of the submit protocol is caught, and the real one
// passes the same runs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedKube } from '../support/embedded-kube.ts';
import type { KubeTarget } from '../support/kube-target.ts';
import { sweep } from './plan.ts';
import { described, type Stage } from './sweep.ts';
import { VARIANTS, type Variant } from './variants-plan.ts';

function swept(kube: KubeTarget, variant: Variant, broken: Pick<Stage, 'broken'>) {
  const { scenario, settings, kinds, only } = variant;
  const stage = { kube, scenario, ...(settings === undefined ? {} : { settings }), ...broken };
  return sweep({ stage, kinds, parallel: 4, ...(only === undefined ? {} : { only }) });
}

describe('an operator that is broken on purpose is caught by the sweep', () => {
  let kube: KubeTarget;
  beforeAll(async () => {
    kube = await startEmbeddedKube();
  });
  afterAll(() => kube.stop());

  it.each(VARIANTS)('$name', { timeout: 120_000 }, async (variant) => {
    const real = await swept(kube, variant, {});
    expect(real.violations.map(described)).toEqual([]);
    const broken = await swept(kube, variant, { broken: variant.broken });
    expect(broken.violations.map(described).join('\n')).toMatch(variant.caught);
  });
});
