// The simulator put together: what a test holds in its hands.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Credentials, Gate } from './auth.ts';
import { problemsOf } from './body-rules.ts';
import { createTable } from './body-tables.ts';
import { type Console, createConsole } from './console.ts';
import { createControl } from './control.ts';
import { exampleCredentials, exampleProjects } from './examples.ts';
import { Faults } from './faults.ts';
import type { Projects } from './iam.ts';
import { createIds, seededRandom } from './ids.ts';
import { forget } from './jobs.ts';
import { Journal } from './journal.ts';
import type { JobScript } from './scripts.ts';
import { type ComponentSeed, type ComponentSnapshot, plant, snapshot } from './seeds.ts';
import { createSimulatorServer } from './server.ts';
import type { Settings, SettingsPatch } from './settings.ts';
import { World } from './state.ts';
import { Timeline } from './timeline.ts';

export interface SimulatorOptions {
  /** Epoch ms; the wall clock unless given. A virtual clock must stay near the client's, whose signatures carry its time. */
  readonly now?: () => number;
  /** Numbers in [0, 1); seeded with 1 unless given. */
  readonly random?: () => number;
  readonly port?: number;
  readonly host?: string;
  readonly settings?: SettingsPatch;
  readonly credentials?: Credentials;
  readonly projects?: Projects;
}

export interface Simulator extends AsyncDisposable {
  /** Base URL of ServiceStage. */
  readonly url: string;
  /** Base URL of IAM; the same listener. */
  readonly iamUrl: string;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly console: Console;
  readonly settings: Settings;
  readonly credentials: Credentials;
  configure(patch: SettingsPatch): void;
  /** Throws when the body would be refused by the service. */
  addComponent(seed?: ComponentSeed): ComponentSnapshot;
  /** The component as it is now, also when it is gone; throws for an unknown id. */
  component(id: string): ComponentSnapshot;
  components(): readonly ComponentSnapshot[];
  /** How the next job ends, of that component or of any; scripts are used up in order. */
  scriptJob(script: JobScript, componentId?: string): void;
  /** GET job answers 404 for it from now on. */
  forgetJob(jobId: string): void;
  setCredentials(credentials: Credentials): void;
  revokeIssuedTokens(): void;
  /** Moves simulated time forward. */
  advance(ms: number): void;
  /** Simulated time, epoch ms. */
  now(): number;
  /** Cuts every connection and closes the port. */
  stop(): Promise<void>;
}

/** Starts a simulator on a port of its own. Rejects when it cannot listen. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const timeline = new Timeline(options.now ?? Date.now);
  const world = new World(timeline, createIds(options.random ?? seededRandom(1)));
  world.configure(options.settings ?? {});
  const gate = new Gate(world, options.credentials ?? exampleCredentials);
  const faults = new Faults();
  const journal = new Journal();
  const face = createFace({ world, gate, faults, journal });
  const stopped = new AbortController();
  const parts = { world, gate, faults, journal, control: createControl(face) };
  const projects = options.projects ?? exampleProjects;
  const server = createSimulatorServer({ ...parts, projects }, stopped.signal);
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const { port, address } = server.address() as AddressInfo;
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const stop = async (): Promise<void> => {
    stopped.abort();
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return Object.assign(face, { url, iamUrl: url, stop, [Symbol.asyncDispose]: stop });
}

/** Everything of the simulator that needs no socket. */
export type Face = Omit<Simulator, 'url' | 'iamUrl' | 'stop' | typeof Symbol.asyncDispose>;

function createFace(parts: {
  readonly world: World;
  readonly gate: Gate;
  readonly faults: Faults;
  readonly journal: Journal;
}): Face {
  const { world, gate, faults, journal } = parts;
  const component = (id: string): ComponentSnapshot => look(world, id);
  return {
    journal,
    faults,
    console: createConsole(world),
    get settings() {
      return world.settings;
    },
    get credentials() {
      return gate.credentials;
    },
    configure: (patch) => world.configure(patch),
    addComponent: (seed = {}) => {
      world.timeline.settle();
      const planted = plant(world, seed, (body) => problemsOf(body, createTable, 'keep'));
      return component(planted.id);
    },
    component,
    components: () => world.everyComponent().map((each) => component(each.id)),
    scriptJob: (script, componentId) => world.scripts.add(script, componentId),
    forgetJob: (jobId) => {
      const job = world.findJob(jobId);
      if (job === undefined) throw new Error(`the simulator knows no job ${jobId}`);
      forget(job);
    },
    setCredentials: (credentials) => gate.setCredentials(credentials),
    revokeIssuedTokens: () => gate.revokeIssuedTokens(),
    advance: (ms) => world.timeline.advance(ms),
    now: () => world.timeline.now(),
  };
}

function look(world: World, id: string): ComponentSnapshot {
  world.timeline.settle();
  const found = world.anyComponent(id);
  if (found === undefined) throw new Error(`the simulator knows no component ${id}`);
  return snapshot(world, found);
}
