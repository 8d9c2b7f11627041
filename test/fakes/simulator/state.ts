// What the simulated service knows: components, jobs, deployment records, and where to find them.
//
// The objects are changed in place by jobs.ts, writes.ts and console.ts only; everything that leaves the simulator is a
// copy made by views.ts or quirks.ts.
import type { Ids } from './ids.ts';
import type { JsonObject } from './json.ts';
import { type JobScript, ScriptQueue } from './scripts.ts';
import { defaultSettings, type Settings, type SettingsPatch, withPatch } from './settings.ts';
import type { Timeline } from './timeline.ts';

export type JobKind =
  | 'create'
  | 'modify'
  | 'delete'
  | 'scale'
  | 'start'
  | 'stop'
  | 'restart'
  | 'rollback'
  | 'continue'
  | 'sync'
  | 'check'
  | 'grayRule';

/** How a gray release that waits comes to its end. */
export type GrayEnd = 'SUCCEEDED' | 'FAILED' | 'ROLLBACKED';

export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  readonly componentId: string;
  readonly projectId: string;
  readonly creator: string;
  /** Started by somebody else than a request of the HTTP API. */
  readonly foreign: boolean;
  readonly acceptedAt: number;
  readonly durationMs: number;
  readonly script: JobScript;
  readonly taskIds: readonly string[];
  readonly movesLastJob: boolean;
  readonly visibleAt: number;
  readonly recordVisibleAt: number;
  status: string;
  endedAt: number | undefined;
  forgotten: boolean;
}

export interface DeploymentRecord {
  readonly version: string;
  readonly config: JsonObject;
  readonly job: Job;
  readonly deployType: string;
  readonly beginAt: number;
  status: string;
  endAt: number | undefined;
  currentUsed: boolean;
}

export interface Component {
  readonly id: string;
  readonly projectId: string;
  readonly applicationId: string;
  readonly environmentId: string;
  readonly workloadName: string;
  readonly creator: string;
  readonly createdAt: number;
  readonly jobs: Job[];
  readonly records: DeploymentRecord[];
  readonly active: Set<Job>;
  config: JsonObject;
  /** What GET still shows until a moment, after a change that is not visible yet. */
  earlierConfig: { readonly config: JsonObject; readonly until: number } | undefined;
  status: string;
  earlierStatus: { readonly status: string; readonly until: number } | undefined;
  availableReplica: number;
  failDetail: string | undefined;
  artifact: JsonObject;
  updatedAt: number;
  /** The gray release that waits for `continue_deploy`. */
  openGray: { readonly job: Job; readonly finish: (status: GrayEnd) => void } | undefined;
  rolledBack: boolean;
  gone: boolean;
}

export interface ComponentPath {
  readonly projectId: string;
  readonly applicationId: string;
  readonly componentId: string;
}

export class World {
  readonly timeline: Timeline;
  readonly ids: Ids;
  readonly scripts = new ScriptQueue();
  #settings = defaultSettings;
  readonly #components = new Map<string, Component>();
  readonly #jobs = new Map<string, Job>();
  readonly #applications = new Set<string>();

  constructor(timeline: Timeline, ids: Ids) {
    this.timeline = timeline;
    this.ids = ids;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Throws a ZodError for an unknown switch or value. */
  configure(patch: SettingsPatch): void {
    this.#settings = withPatch(this.#settings, patch);
  }

  addComponent(component: Component): void {
    this.#components.set(component.id, component);
    this.#applications.add(`${component.projectId}/${component.applicationId}`);
  }

  addJob(job: Job): void {
    this.#jobs.set(job.id, job);
  }

  hasApplication(projectId: string, applicationId: string): boolean {
    return this.#applications.has(`${projectId}/${applicationId}`);
  }

  /** Also a component that is gone: for the one who looks from outside. */
  anyComponent(id: string): Component | undefined {
    return this.#components.get(id);
  }

  findComponent(path: ComponentPath): Component | undefined {
    const component = this.#components.get(path.componentId);
    if (component === undefined || component.gone) return undefined;
    const same = component.projectId === path.projectId && component.applicationId === path.applicationId;
    return same ? component : undefined;
  }

  findJob(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  /** Living components in the order of their creation. */
  components(projectId: string): readonly Component[] {
    return this.everyComponent().filter((each) => each.projectId === projectId && !each.gone);
  }

  everyComponent(): readonly Component[] {
    return [...this.#components.values()];
  }
}
