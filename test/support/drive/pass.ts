// A pass of a process: how it begins and goes on with another version of the object, and the ways in which it ends.
import type { KubeObject } from '../../../src/controller/ports.ts';
import { type ReadResource, readResource } from '../../../src/controller/resource.ts';
import { retryDelayMs, spreadOf } from '../../../src/core/delay.ts';
import type { Facts, Reads } from '../../../src/core/facts.ts';
import { recall } from '../../../src/core/memory.ts';
import { START_WALL } from '../make.ts';
import { type Pass, type Process, versionOf, type World, withProcess } from './state.ts';

export interface At {
  readonly world: World;
  readonly index: number;
  readonly pass: Pass;
}

export const NOTHING_READ: Reads = { jobs: {} };
const read = new WeakMap<KubeObject, ReadResource>();
const specs = new WeakMap<KubeObject['spec'], ReadResource>();

export function resourceOf(object: KubeObject): ReadResource['resource'] {
  const known = read.get(object) ?? readResource(object, specs.get(object.spec));
  read.set(object, known);
  specs.set(object.spec, known);
  return known.resource;
}

export function begun(world: World, process: Process): Pass {
  const object = process.view ?? (world.object as KubeObject);
  return started(world, object, { memory: process.memory, reads: NOTHING_READ, staleViews: 0 });
}

export function started(world: World, object: KubeObject, rest: Omit<Pass, 'object'>): Pass {
  return { ...rest, object, memory: recall(rest.memory, resourceOf(object).status, world.mono) };
}

export function factsOf(world: World, process: Process, pass: Pass): Facts {
  return {
    resource: resourceOf(pass.object),
    memory: pass.memory,
    reads: pass.reads,
    settings: world.settings,
    leading: process.leading,
    now: { mono: world.mono, wall: START_WALL + world.mono + world.wallShiftMs },
    newId: `op-${world.nextId}`,
  };
}

export function withView(world: World, index: number, object: KubeObject): World {
  const process = world.processes[index];
  if (process?.view !== undefined && versionOf(process.view) >= versionOf(object)) return world;
  return withProcess(world, index, { view: object, seenVersion: versionOf(object) });
}

export function stale({ world, index, pass }: At): World {
  const kept = withProcess(world, index, { memory: pass.memory });
  if (pass.staleViews >= 3) return ends({ world: kept, index, pass }, 1_000);
  const object = world.object as KubeObject;
  const seen = withView(kept, index, object);
  return withProcess(seen, index, {
    pass: started(world, object, { ...pass, reads: NOTHING_READ, staleViews: pass.staleViews + 1 }),
  });
}

/** The API server's answer is not known: the pass ends, what only the pass remembered is lost. */
export function breaks({ world, index, pass }: At): World {
  const memory = world.processes[index]?.memory ?? pass.memory;
  const failures = memory.failures + 1;
  const delayMs = retryDelayMs({ class: 'transient' }, failures, spreadOf('shop/weather'));
  return withProcess(world, index, {
    pass: undefined,
    view: undefined,
    memory: { ...memory, failures },
    dueMono: world.mono + delayMs,
  });
}

export function rests(at: At, ms: number | undefined): World {
  const { world, index, pass } = at;
  const soon = ms !== undefined && ms <= world.settings.pollMs;
  const { view } = world.processes[index] ?? {};
  const settled = !soon && (view === undefined || versionOf(view) <= versionOf(pass.object));
  const kept = withProcess(world, index, settled ? { view: undefined } : {});
  return ends({ world: kept, index, pass }, ms);
}

/** The pass is over; what the watch brought meanwhile starts the next one. */
export function ends({ world, index, pass }: At, ms: number | undefined): World {
  const process = world.processes[index];
  const news = (process?.seenVersion ?? 0) > versionOf(pass.object);
  const dueMono = news ? world.mono : ms === undefined ? undefined : world.mono + ms;
  return withProcess(world, index, { pass: undefined, memory: pass.memory, dueMono });
}
