// Suites on whatever API server is handed in: one server for all tests of a suite, and where that is wanted a world for each.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { KubeTarget } from '../support/kube-target.ts';
import { createWorld, type World } from '../support/world.ts';

/** Declares a suite whose tests share one API server. */
export function describeKube(
  title: string,
  startKube: () => Promise<KubeTarget>,
  body: (current: () => KubeTarget) => void,
): void {
  describe(title, () => {
    let kube: KubeTarget;
    beforeAll(async () => {
      kube = await startKube();
    }, 300_000);
    afterAll(() => kube?.stop());
    body(() => kube);
  });
}

/** Declares a suite with a world per test; every status that was written kept the rules. */
export function describeWorlds(
  title: string,
  startKube: () => Promise<KubeTarget>,
  body: (current: () => World) => void,
): void {
  describeKube(title, startKube, (kube) => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld({ kube: kube() });
    });
    afterEach(async () => {
      await world.stop();
      expect(world.violations).toEqual([]);
    });
    body(() => world);
  });
}
