// What scenes do and look at: apply as kubectl does, read the object back, wait, count what reached the service.
import { setTimeout as sleep } from 'node:timers/promises';
import { GROUP, PLURAL } from '../../src/api/names.ts';
import type { Condition, Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId, type JournalEntry } from '../fakes/simulator/index.ts';
import { type Answer, componentsPath } from '../support/kube-target.ts';
import { manifestOf, NAME, NAMESPACE } from './manifest.ts';
import type { Cause, Stage } from './stage.ts';
import { DemoFailure } from './step.ts';

const WAIT_MS = 20_000;
const LOOK_MS = 40;
const APPLY = `${componentsPath(NAMESPACE, NAME)}?fieldManager=kubectl&fieldValidation=Strict`;

/** Server-side apply of the component, the request of `kubectl apply --server-side`. Gives back the server's answer. */
export async function tryApply(stage: Stage, component: JsonObject): Promise<Answer> {
  return await stage.kube.call('PATCH', APPLY, manifestOf(component), 'application/apply-patch+yaml');
}

/** Applies `component`, which must be accepted, and gives back its generation. */
export async function apply(stage: Stage, component: JsonObject): Promise<number> {
  const { status, json } = await tryApply(stage, component);
  if (status >= 300) throw new DemoFailure(`The Kubernetes API refused the manifest: ${json.message}`);
  stage.component = component;
  stage.screen.block(
    `$ kubectl apply --server-side -f ${NAME}.yaml`,
    `${PLURAL.slice(0, -1)}.${GROUP}/${NAME} serverside-applied`,
  );
  return (json as unknown as KubeObject).metadata.generation;
}

export async function readObject(stage: Stage): Promise<KubeObject> {
  const { status, json } = await stage.kube.call('GET', componentsPath(NAMESPACE, NAME));
  if (status !== 200) throw new DemoFailure(`The component cannot be read: ${json.message}`);
  return json as unknown as KubeObject;
}

export function statusOf(object: KubeObject): Status {
  return (object.status ?? { observedGeneration: -1 }) as unknown as Status;
}

export function conditionOf(object: KubeObject, type: Condition['type']): Condition | undefined {
  return statusOf(object).conditions?.find((condition) => condition.type === type);
}

/** Waits until `look` gives a value. Throws a `DemoFailure` when that takes too long or the operator has ended. */
export async function until<T>(
  stage: Stage,
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  while (performance.now() < deadline) {
    const value = await look();
    if (value !== undefined) return value;
    const fault = stage.operator.fault();
    if (fault !== undefined) throw new DemoFailure(`Waiting for ${what}, but ${fault}`);
    await sleep(LOOK_MS, undefined, { signal: stage.signal });
  }
  throw new DemoFailure(`Not within ${WAIT_MS / 1_000} s: ${what}. The operator's log is ${stage.logPath}.`);
}

/** Waits until a condition is True for exactly this generation, as `kubectl wait` and a pipeline would. */
export async function untilTrue(
  stage: Stage,
  type: 'Ready' | 'Stalled',
  generation: number,
): Promise<KubeObject> {
  return await until(stage, `${type}=True for generation ${generation}`, async () => {
    const object = await readObject(stage);
    const current = statusOf(object).observedGeneration === generation;
    return current && conditionOf(object, type)?.status === 'True' ? object : undefined;
  });
}

/** Modify calls of the scenes' component that reached the service, accepted or not. */
export function puts(stage: Stage): readonly JournalEntry[] {
  return stage.cloud.journal.requests({ operation: 'modifyComponent', componentId: exampleComponentId });
}

/** The next modify call after the first `count`. */
export async function nextPut(stage: Stage, count: number): Promise<JournalEntry> {
  return await until(stage, 'a PUT of the component', () => puts(stage)[count]);
}

/** Writes a cause into the ledger: everything that the service sees from now on counts for it. */
export function note(stage: Stage, cause: Omit<Cause, 'mark'>): void {
  stage.ledger.push({ ...cause, mark: stage.cloud.journal.entries.length });
}
