// What people do in the web console, past the HTTP API: edits, foreign jobs, deletions, states. Not in the journal, since
// the journal counts the requests of the client under test. No state refuses them, so that races can be staged.
import { startScale } from './actions.ts';
import { acceptModify, acceptRollback, replaceConfig } from './configuration.ts';
import { type JobOrder, settleComponent, startJob } from './jobs.ts';
import type { JsonObject } from './json.ts';
import type { JobScript } from './scripts.ts';
import type { Component, Job, JobKind, World } from './state.ts';
import { removeComponent } from './writes.ts';

export interface ForeignJob {
  readonly componentId: string;
  readonly kind: Extract<JobKind, 'modify' | 'scale' | 'restart' | 'start' | 'stop' | 'rollback' | 'sync'>;
  /** For modify: keys to change, `version` among them. */
  readonly body?: JsonObject | undefined;
  /** For scale. */
  readonly replica?: number | undefined;
  readonly script?: JobScript | undefined;
  readonly creator?: string | undefined;
}

export interface Console {
  /** Changes the configuration without a job or a record; `null` removes a key. */
  edit(componentId: string, patch: JsonObject): void;
  /** Gives back the job id. */
  startJob(order: ForeignJob): string;
  /** The component is gone at once. */
  remove(componentId: string): void;
  setStatus(componentId: string, status: string): void;
}

/** Throws for a component that was never known. */
export function createConsole(world: World): Console {
  const component = (id: string): Component => {
    world.timeline.settle();
    const found = world.anyComponent(id);
    if (found === undefined) throw new Error(`the simulator knows no component ${id}`);
    return found;
  };
  return {
    edit: (id, patch) => {
      const target = component(id);
      const merged = Object.entries({ ...target.config, ...patch }).filter(([, value]) => value !== null);
      replaceConfig(world, target, Object.fromEntries(merged));
      target.updatedAt = world.timeline.now();
    },
    startJob: (order) => startForeign(world, component(order.componentId), order).id,
    remove: (id) => removeComponent(component(id)),
    setStatus: (id, status) => {
      const target = component(id);
      target.earlierStatus = undefined;
      settleComponent(target, status, world.timeline.now());
    },
  };
}

function startForeign(world: World, component: Component, order: ForeignJob): Job {
  const { kind, script, creator = 'console-user' } = order;
  const by: JobOrder = { kind, creator, foreign: true, script };
  switch (kind) {
    case 'modify':
      return acceptModify(world, component, {
        body: { ...component.config, ...order.body },
        creator,
        foreign: true,
        script,
      });
    case 'scale':
      return startScale(world, component, { replica: order.replica ?? 1, order: by });
    case 'rollback': {
      const target = component.records.at(-2);
      if (target === undefined) throw new Error('the component has no earlier version');
      return acceptRollback(world, component, { target, by });
    }
    default:
      return startJob(world, component, by);
  }
}
