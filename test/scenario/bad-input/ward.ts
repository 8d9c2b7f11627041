// The ward: a world with one resource that gets into trouble and one that must not notice. Whatever a row does, the same
// is asserted at its end: no broken status rule, no stack trace, no error line, the operator lives, the healthy one is Ready.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Condition } from '../../../src/api/status.ts';
import type { Config } from '../../../src/config.ts';
import type { KubeObject } from '../../../src/controller/ports.ts';
import type { JsonObject } from '../../../src/core/types.ts';
import { exampleComponentId, exampleProjectId, exampleToken } from '../../fakes/simulator/index.ts';
import type { KubeTarget } from '../../support/kube-target.ts';
import { createWorld, NAME, specOf, type World } from '../../support/world.ts';
import { conditionOf, statusOf } from '../scenarios.ts';

/** Faults that name the project of the sick resource spare this one. */
export const HEALTHY_PROJECT = 'f'.repeat(32);
const HEALTHY_COMPONENT = '77777777-7777-8888-9999-000000000000';
const HEALTHY = 'healthy';

/** Deadline of a cloud call; real time, so that a service that never answers is waited for no longer than this. */
const DEADLINE_MS = 1_000;

export const SICK = { projectId: exampleProjectId } as const;

export interface Event {
  readonly reason: string;
  readonly note: string;
  readonly type: string;
}

export interface Shown {
  /** `status/reason` of Ready. */
  readonly ready: string;
  /** `type/reason` of the one of Reconciling and Stalled that is there. */
  readonly mode: string;
  /** What the message must say: field, cause, cure. */
  readonly says: readonly (string | RegExp)[];
}

export async function openWard(kube: KubeTarget): Promise<World> {
  const world = await createWorld({ kube: watchedThrough(kube) });
  world.cloud.addComponent({ componentId: HEALTHY_COMPONENT, projectId: HEALTHY_PROJECT });
  await world.secret(HEALTHY, { token: exampleToken });
  await world.start({ cloudRequestTimeoutMs: DEADLINE_MS });
  return world;
}

/** The server ends every watch when a CRD changes; the world's own watch must outlive that. Statuses of no shape are not judged. */
function watchedThrough(kube: KubeTarget): KubeTarget {
  return {
    ...kube,
    watch: async (path, signal, seen) => {
      while (!signal.aborted) {
        await kube.watch(path, signal, (event) => {
          const { metadata, status } = (event.object ?? {}) as Partial<KubeObject>;
          const shaped = status?.conditions === undefined || Array.isArray(status.conditions);
          if (metadata?.uid !== undefined && shaped) seen(event);
        });
        await sleep(25);
      }
    },
  };
}

export async function restart(world: World, overrides: Partial<Config> = {}): Promise<void> {
  await world.kill();
  await world.start({ cloudRequestTimeoutMs: DEADLINE_MS, ...overrides });
}

export async function closeWard(world: World): Promise<void> {
  try {
    const broken = [...world.violations];
    const alarms = world.logs.filter((line) => line.level === 'error').map((line) => JSON.stringify(line));
    const traces = world.logs.map((line) => JSON.stringify(line)).filter((line) => TRACE.test(line));
    expect({ broken, alarms, traces }).toEqual({ broken: [], alarms: [], traces: [] });
  } finally {
    await world.stop();
  }
}

const TRACE = /"stack"|\\n\s+at |node:internal/;

/** Another resource, on another project, goes its whole way while the first is in trouble. */
export async function healthyStaysWell(world: World): Promise<void> {
  expect(world.operator?.live()).toBe(true);
  const spec = {
    projectId: HEALTHY_PROJECT,
    componentId: HEALTHY_COMPONENT,
    credentialsSecretRef: { name: HEALTHY },
  };
  if ((await world.get(HEALTHY)) === undefined)
    await world.create(specOf({ version: '1.0.1' }, spec), HEALTHY);
  await world.untilReady(HEALTHY);
  expect(world.cloud.journal.acceptedWrites(HEALTHY_COMPONENT)).toHaveLength(1);
}

export function modifiesOf(world: World) {
  return world.cloud.journal
    .acceptedWrites(exampleComponentId)
    .filter((entry) => entry.operation === 'modifyComponent');
}

/** PUTs that left, accepted or not. */
export function putsOf(world: World) {
  return world.cloud.journal.requests({ operation: 'modifyComponent', ...SICK });
}

/** Every request about the sick resource: what does not come from the healthy one. */
export function callsOf(world: World) {
  return world.cloud.journal.entries.filter((entry) => entry.projectId !== HEALTHY_PROJECT);
}

export function find(object: KubeObject | undefined, type: string): Condition | undefined {
  return statusOf(object).conditions?.find((c) => c.type === type);
}

/** Waits until the sick resource shows `shown` for its generation, and holds its message against it. */
export async function untilShown(world: World, shown: Shown): Promise<KubeObject> {
  const [type = '', reason] = shown.mode.split('/');
  const object = await world.until(`${shown.ready} with ${shown.mode}`, async () => {
    const found = await world.get();
    const fits =
      conditionOf(found, 'Ready') === shown.ready && conditionOf(found, type) === `True/${reason}` && found;
    return fits && statusOf(fits).observedGeneration === fits.metadata.generation && fits;
  });
  const message = find(object, 'Ready')?.message ?? '';
  for (const part of shown.says) expect(message).toMatch(part);
  return object;
}

export async function eventsOf(world: World, name: string = NAME): Promise<readonly Event[]> {
  return (await eventsIn(world)).filter((event) => event.regarding.name === name);
}

/** All events of the world's namespace. */
export async function eventsIn(
  world: World,
): Promise<readonly (Event & { readonly regarding: { readonly name: string } })[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/${world.namespace}/events`;
  const { json } = await world.kube.call('GET', path);
  return (json.items ?? []) as never;
}

/** Events are best effort and late; waits for one. */
export async function untilEvent(world: World, reason: string): Promise<Event> {
  return await world.until(`event ${reason}`, async () =>
    (await eventsOf(world)).find((event) => event.reason === reason),
  );
}

export function newVersion(component: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  return specOf({ version: '1.0.1', ...component }, spec);
}
