// A suite whose tests have a world each, on whatever API server is handed in.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { KubeTarget } from '../support/kube-target.ts';
import { createWorld, type World } from '../support/world.ts';

/** Declares a suite with a world per test; every status that was written kept the rules. */
export function describeWorlds(
  title: string,
  startKube: () => Promise<KubeTarget>,
  body: (current: () => World) => void,
): void {
  describe(title, () => {
    let kube: KubeTarget;
    let world: World;
    beforeAll(async () => {
      kube = await startKube();
    }, 300_000);
    afterAll(() => kube?.stop());
    beforeEach(async () => {
      world = await createWorld({ kube });
    });
    afterEach(async () => {
      await world.stop();
      expect(world.violations).toEqual([]);
    });
    body(() => world);
  });
}
