// Components that exist before a test begins, and the copies that a test may look at.
import { exampleApplicationId, exampleBody, exampleProjectId } from './examples.ts';
import { settleComponent } from './jobs.ts';
import type { JsonObject } from './json.ts';
import { statusView } from './quirks.ts';
import type { Component, JobKind, World } from './state.ts';
import { newComponent, runCreation } from './writes.ts';

export interface ComponentSeed {
  readonly projectId?: string | undefined;
  readonly applicationId?: string | undefined;
  readonly componentId?: string | undefined;
  /** Body as for POST component; the example body unless given. */
  readonly body?: JsonObject | undefined;
  /** `component_status`; RUNNING unless given. */
  readonly status?: string | undefined;
  /** The job that made it: finished and known, finished and forgotten, or none at all (imported). */
  readonly lastJob?: 'succeeded' | 'forgotten' | 'none' | undefined;
}

export interface ComponentSnapshot {
  readonly id: string;
  readonly projectId: string;
  readonly applicationId: string;
  /** The configuration as it was put in, secrets included. */
  readonly config: JsonObject;
  readonly status: string;
  readonly gone: boolean;
  readonly replica: number;
  readonly availableReplica: number;
  /** As GET shows it now. */
  readonly lastJobId: string | undefined;
  readonly jobs: readonly {
    readonly id: string;
    readonly kind: JobKind;
    readonly status: string;
    readonly foreign: boolean;
    readonly creator: string;
    readonly acceptedAt: number;
  }[];
  readonly records: readonly {
    readonly version: string;
    readonly jobId: string;
    readonly status: string;
    readonly currentUsed: boolean;
  }[];
}

/** Adds a component that is already at rest. Throws when the service would not have taken its body. */
export function plant(
  world: World,
  seed: ComponentSeed,
  problems: (body: JsonObject) => readonly string[],
): Component {
  const { body = exampleBody, projectId = exampleProjectId, applicationId = exampleApplicationId } = seed;
  const wrong = problems(body);
  if (wrong.length > 0) throw new Error(`the service would refuse this component: ${wrong.join('; ')}`);
  const componentId = seed.componentId ?? world.ids.uuid();
  if (world.anyComponent(componentId) !== undefined)
    throw new Error(`the simulator already has a component ${componentId}`);
  const creator = 'console-user';
  const component = newComponent(world, { projectId, applicationId, componentId, body, creator });
  const { lastJob = 'succeeded' } = seed;
  if (lastJob !== 'none') {
    const job = runCreation(world, component, { creator, past: true });
    world.timeline.settle();
    job.forgotten = lastJob === 'forgotten';
  }
  settleComponent(component, seed.status ?? 'RUNNING', world.timeline.now());
  return component;
}

/** A copy of what the service holds. */
export function snapshot(world: World, component: Component): ComponentSnapshot {
  const last = statusView(world, component).last_job_id;
  return {
    id: component.id,
    projectId: component.projectId,
    applicationId: component.applicationId,
    config: component.config,
    status: component.status,
    gone: component.gone,
    replica: Number(component.config.replica ?? 1),
    availableReplica: component.availableReplica,
    lastJobId: typeof last === 'string' ? last : undefined,
    jobs: component.jobs.map(({ id, kind, status, foreign, creator, acceptedAt }) => ({
      id,
      kind,
      status,
      foreign,
      creator,
      acceptedAt,
    })),
    records: component.records.map(({ version, job, status, currentUsed }) => ({
      version,
      jobId: job.id,
      status,
      currentUsed,
    })),
  };
}
