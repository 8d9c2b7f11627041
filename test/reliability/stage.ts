// What the rows of the fault table share: an embedded API server, a world on it, a fleet of resources with a component each,
// and the judgement of the journal. Every row ends with no broken rule of the status.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { PLURAL } from '../../src/api/names.ts';
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import type { Match } from '../fakes/embedded/index.ts';
import { type EmbeddedKube, startEmbeddedKube } from '../support/embedded-kube.ts';
import { createWorld, isReady, specOf, type World, type WorldOptions } from '../support/world.ts';

/** The requests of the operator for our kind; the watch of the test is left alone. */
export const OPERATOR: Match = { resource: PLURAL, userAgent: /^servicestage-operator/ };

export interface Stage {
  readonly kube: EmbeddedKube;
  readonly world: World;
  /** Resources called `<prefix>-<n>` at 1.0.1, each with a component of its own that needs one modify. */
  fleet(prefix: string, count: number, spec?: JsonObject): Promise<string[]>;
  allReady(names: readonly string[]): Promise<void>;
  /** Sets the operator's wall clock this much forward or, if negative, back. */
  skew(ms: number): void;
  componentOf(name: string): string;
  /** Versions of the modify calls that the service accepted for this resource. */
  sent(name: string): readonly (string | undefined)[];
  /** Accepted calls of this operation, whoever they were for. */
  accepted(operation: string): number;
  status(name: string): Promise<Status>;
  /** `status/reason` of a condition, `-` without it. */
  condition(name: string, type: string): Promise<string>;
}

export interface RowsOptions {
  readonly simulator?: NonNullable<WorldOptions['simulator']>;
}

/** A suite of rows; `stage()` is a fresh one in every test. */
export function describeRows(
  name: string,
  rows: (stage: () => Stage) => void,
  options: RowsOptions = {},
): void {
  describe(name, { timeout: 90_000 }, () => {
    let kube: EmbeddedKube;
    let stage: Stage;
    beforeAll(async () => {
      kube = await startEmbeddedKube();
    });
    afterAll(() => kube.stop());
    beforeEach(async () => {
      // The service keeps its own time, whatever becomes of the operator's clock.
      let clock = Date.now;
      const simulator = { now: () => clock(), ...options.simulator };
      const world = await createWorld({ kube, simulator });
      const now = world.time.now.bind(world.time);
      clock = () => now().wall;
      let skewMs = 0;
      world.time.now = () => ({ wall: now().wall + skewMs, mono: now().mono });
      const skew = (ms: number): void => {
        skewMs += ms;
      };
      stage = { ...stageOf(kube, world), skew };
    });
    afterEach(async () => {
      kube.api.faults.clear();
      await stage.world.stop();
      expect(stage.world.violations).toEqual([]);
    });
    rows(() => stage);
  });
}

function stageOf(kube: EmbeddedKube, world: World): Omit<Stage, 'skew'> {
  const ids = new Map<string, string>();
  const componentOf = (name: string): string => ids.get(name) ?? '';
  const status = async (name: string): Promise<Status> =>
    ((await world.get(name))?.status ?? { observedGeneration: -1 }) as unknown as Status;
  return {
    kube,
    world,
    componentOf,
    status,
    fleet: async (prefix, count, spec = {}) => {
      const names = Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
      for (const name of names) {
        const { id: componentId } = world.cloud.addComponent({});
        ids.set(name, componentId);
        await world.create(specOf({ version: '1.0.1' }, { componentId, ...spec }), name);
      }
      return names;
    },
    allReady: async (names) => {
      await world.until(`${names.length} resources Ready`, async () => {
        const objects = await Promise.all(names.map((name) => world.get(name)));
        return objects.every((object) => object !== undefined && isReady(object as KubeObject));
      });
    },
    sent: (name) =>
      world.cloud.journal
        .acceptedWrites(componentOf(name))
        .filter(({ operation }) => operation === 'modifyComponent')
        .map(({ version }) => version),
    accepted: (operation) =>
      world.cloud.journal.acceptedWrites().filter((entry) => entry.operation === operation).length,
    condition: async (name, type) => {
      const found = (await status(name)).conditions?.find((each) => each.type === type);
      return found === undefined ? '-' : `${found.status}/${found.reason}`;
    },
  };
}

/** Lets virtual time pass in steps, each of which is worked off before the next. */
export async function pass(world: World, virtualMs: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < virtualMs; passed += stepMs) {
    world.time.advance(stepMs);
    for (let quiet = 0; quiet < 2; ) {
      await sleep(1);
      const { fresh = 0, later = 0, working = 0 } = world.operator?.depth() ?? {};
      quiet = fresh + later + working === 0 ? quiet + 1 : 0;
    }
  }
}

/** An edit that does not wait until the operator has seen it. */
export async function patchUnseen(world: World, name: string, body: JsonObject): Promise<void> {
  const path = `/apis/servicestage.io/v1alpha1/namespaces/${world.namespace}/${PLURAL}/${name}`;
  const { status, json } = await world.kube.call('PATCH', path, body, 'application/merge-patch+json');
  if (status >= 300) throw new Error(`${name} was not edited: ${status} ${JSON.stringify(json.message)}`);
}
