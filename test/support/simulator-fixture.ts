// A simulator with a virtual clock and a plain HTTP caller, for the tests of the simulator itself.
import {
  type ComponentSnapshot,
  exampleToken,
  type JsonObject,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../fakes/simulator/index.ts';

export const startOfTime = Date.parse('2025-07-10T00:00:00Z');

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The parsed body; undefined when it is no JSON. */
  readonly json: unknown;
  /** The value at a path such as `records.0.version`; undefined when there is none. */
  at(path: string): unknown;
  /** The same as text, `''` when there is none. */
  textAt(path: string): string;
}

export interface Bench {
  readonly simulator: Simulator;
  readonly component: ComponentSnapshot;
  /** Path of the component's resource. */
  readonly path: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  get(path: string): Promise<Reply>;
  modify(change?: JsonObject): Promise<Reply>;
  act(action: string, parameters?: JsonObject): Promise<Reply>;
  job(id: string, query?: string): Promise<Reply>;
}

export type BenchOptions = SimulatorOptions & { readonly body?: JsonObject };

/** Gives back a maker of benches that are taken down by `atEnd`, the test runner's hook for the end of a test. */
export function benchMaker(
  atEnd: (stop: () => Promise<void>) => void,
): (options?: BenchOptions) => Promise<Bench> {
  return async ({ body, ...options } = {}) => {
    const simulator = await startSimulator({ now: () => startOfTime, ...options });
    atEnd(() => simulator.stop());
    return benchOf(simulator, body);
  };
}

/** A component on the simulator, whose clock stands still until `advance`, and calls about it. */
function benchOf(simulator: Simulator, body: JsonObject | undefined): Bench {
  const component = simulator.addComponent({ body });
  const { projectId, applicationId, id } = component;
  const path = `/v3/${projectId}/cas/applications/${applicationId}/components/${id}`;
  const call: Bench['call'] = async (method, resource, sent, headers = { 'X-Auth-Token': exampleToken }) => {
    const init = sent === undefined ? {} : { body: typeof sent === 'string' ? sent : JSON.stringify(sent) };
    const type = { 'Content-Type': 'application/json;charset=utf8' };
    const response = await fetch(`${simulator.url}${resource}`, {
      method,
      ...init,
      headers: { ...type, ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(5000),
    });
    const text = await response.text();
    const json = parse(text);
    const at = (where: string) => valueAt(json, where);
    const textAt = (where: string) => String(at(where) ?? '');
    return { status: response.status, text, headers: response.headers, json, at, textAt };
  };
  return {
    simulator,
    component,
    path,
    call,
    get: (where) => call('GET', where),
    modify: (change = {}) => call('PUT', path, { ...component.config, version: '1.0.2', ...change }),
    act: (action, parameters = {}) => call('POST', `${path}/action`, { action, parameters }),
    job: (jobId, query = '') => call('GET', `/v3/${projectId}/cas/jobs/${jobId}${query}`),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function valueAt(value: unknown, path: string): unknown {
  let found = value;
  for (const step of path.split('.'))
    found = typeof found === 'object' && found !== null ? Reflect.get(found, step) : undefined;
  return found;
}
