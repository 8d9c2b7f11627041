// What the rows of the table of cures are made of: the deeds that bring a stall about or end it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId, type FaultSpec } from '../fakes/simulator/index.ts';
import type { EmbeddedKube } from '../support/embedded-kube.ts';
import { componentsPath } from '../support/kube-target.ts';
import { specOf, type World } from '../support/world.ts';
import { withLooserCrd } from './bad-input/looser-crd.ts';

/** `outside`: nothing of the resource changes. `secret`: only a value that the spec refers to. */
export type Where = 'outside' | 'secret' | 'spec' | 'annotation';

export interface Stage {
  readonly world: World;
  readonly kube: EmbeddedKube;
  /** Undoes what `arrange` put up, when the row's cure is that. */
  lift: () => void;
}

export interface Cure {
  readonly name: string;
  readonly where: Where;
  readonly arrange: (stage: Stage) => Promise<void>;
  readonly cure: (stage: Stage) => Promise<void>;
  /** `Ready` unless the resource is to be released. */
  readonly ends?: 'released';
  /** Accepted modify calls in the whole run. */
  readonly modifies: number;
  /** The status breaks its schema meanwhile, by the arrangement. */
  readonly spoils?: true;
  /** Why it does not work yet. */
  readonly open?: string;
}

export const HOUR_MS = 3_600_000;
export const MODIFY = { operation: 'modifyComponent' } as const;
export const apply = async ({ world }: Stage, component: JsonObject = {}, spec: JsonObject = {}) => {
  await world.create(specOf({ version: '1.0.1', ...component }, spec));
};
export const annotate =
  (name: string, value: string) =>
  async ({ world }: Stage) => {
    await world.patch({ metadata: { annotations: { [`servicestage.io/${name}`]: value } } });
  };
export const reset = annotate('reset-at', 'now');
export const newVersion = async ({ world }: Stage) => {
  await world.edit({ version: '1.0.2' });
};
export const failing = (fault: FaultSpec) => async (stage: Stage) => {
  stage.world.cloud.faults.add({ ...fault, next: 'all' });
  stage.lift = () => stage.world.cloud.faults.clear();
  await apply(stage);
};
export const answers = (status: number, code: string): FaultSpec['effect'] => ({
  kind: 'respond',
  status,
  body: { error_code: code, error_msg: 'as the test ordered' },
});
export const lifted = async ({ lift }: Stage) => lift();
export const forbids =
  (operation: string, spec: JsonObject = {}) =>
  async (stage: Stage) => {
    stage.world.cloud.configure({ forbidden: [operation] });
    stage.lift = () => stage.world.cloud.configure({ forbidden: [] });
    await apply(stage, {}, spec);
  };
export const scripted =
  (script: Parameters<World['cloud']['scriptJob']>[0], component: JsonObject = {}) =>
  async (stage: Stage) => {
    stage.world.cloud.scriptJob(script, exampleComponentId);
    await apply(stage, component);
  };
export const password = { envs: [{ name: 'PASSWORD', valueSecretRef: { name: 'app', key: 'password' } }] };

/** The call was taken, its answer is lost, and its record stays hidden: unclear until the record shows. */
export async function loseTheAnswer(stage: Stage, recordsLagMs: number): Promise<void> {
  stage.world.cloud.configure({ recordsLagMs });
  stage.world.cloud.faults.add({ ...MODIFY, phase: 'after', effect: { kind: 'reset' } });
  await apply(stage);
}

export async function dropSecret({ world }: Stage, name: string): Promise<void> {
  await world.kube.call('DELETE', `/api/v1/namespaces/${world.namespace}/secrets/${name}`);
}

/** As a CRD without rules would let it through. */
export async function spoilStatus({ world }: Stage): Promise<void> {
  const path = `${componentsPath(world.namespace, 'weather')}/status`;
  await withLooserCrd(world.kube, () =>
    world.kube.call('PATCH', path, { status: { lastApplied: 'spoiled' } }, 'application/merge-patch+json'),
  );
}

/** The API server counts creation in seconds. */
export const nextSecond = () => sleep(1_100);

export async function foreignModify({ world }: Stage): Promise<void> {
  world.cloud.console.startJob({
    componentId: exampleComponentId,
    kind: 'modify',
    body: { version: '8.0.0' },
  });
  await world.settle(60_000);
}
