// A bare client for conformance rows: every answer as it is, nothing retried, nothing hidden.
// Promises: the same calls work against the embedded server (http, no token) and a real one (https, token, own CA).
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Json, JsonMap } from '../fakes/embedded/json.ts';
import { dig, digMap, digText } from '../fakes/embedded/json.ts';
import { GROUP, KIND, PLURAL, SAMPLE_CRD } from './sample-crd.ts';

/** A server under test. */
export interface ConformanceServer {
  readonly url: string;
  readonly token?: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca?: string;
  /** Forgets the history up to now; a real server does it by itself after a while. */
  readonly compact: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body: JsonMap;
  readonly warnings: readonly string[];
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: Json;
  readonly type?: string;
  readonly accept?: string;
}

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';
export const AS_TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
export const AS_METADATA_LIST =
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

export class Probe {
  readonly #server: ConformanceServer;
  readonly #agent: Agent;
  #namespaces = 0;

  constructor(server: ConformanceServer) {
    this.#server = server;
    this.#agent = new Agent({ connect: server.ca ? { ca: server.ca } : {}, bodyTimeout: 0 });
  }

  compact(): Promise<void> {
    return this.#server.compact();
  }

  async ask(path: string, { method = 'GET', body, type, accept }: Ask = {}): Promise<Answer> {
    const answer = await request(this.#server.url + path, {
      method,
      dispatcher: this.#agent,
      headers: { ...this.#headers(accept), 'content-type': type ?? 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    const warnings = [answer.headers.warning ?? []].flat();
    // A path that nothing serves is answered in plain text.
    const isJson = String(answer.headers['content-type']).includes('json');
    return { status: answer.statusCode, body: isJson ? JSON.parse(text) : { text }, warnings };
  }

  /** Opens a watch; `path` carries the query without `watch`. */
  async watch(path: string, accept?: string): Promise<Watch> {
    const stop = new AbortController();
    const url = `${this.#server.url}${path}${path.includes('?') ? '&' : '?'}watch=1`;
    const options = { dispatcher: this.#agent, headers: this.#headers(accept), signal: stop.signal };
    const answer = await request(url, options);
    return new Watch(answer.body, () => stop.abort());
  }

  /** A namespace of its own for one row; returns the path of the sample kind in it. */
  async room(): Promise<Room> {
    this.#namespaces += 1;
    const namespace = `row-${this.#namespaces}`;
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await this.ask('/api/v1/namespaces', { method: 'POST', body });
    return { namespace, path: `/apis/${GROUP}/v1/namespaces/${namespace}/${PLURAL}` };
  }

  /** Creates the sample CRD and waits until it is served. */
  async prepare(): Promise<void> {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await this.ask(path, { method: 'POST', body: SAMPLE_CRD });
    const room = await this.room();
    for (let tries = 0; tries < 400; tries += 1) {
      const probe = await this.ask(room.path, { method: 'POST', body: gadget('probe', {}) });
      if (probe.status === 201) return;
      await sleep(50);
    }
    throw new Error('the sample CRD was not served within 20 seconds');
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
    await this.#server.stop();
  }

  #headers(accept: string | undefined): Record<string, string> {
    const { token } = this.#server;
    return {
      accept: accept ?? 'application/json',
      'user-agent': 'conformance/1',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
  }
}

export interface Room {
  readonly namespace: string;
  readonly path: string;
}

/** The events of a watch, in order. */
export class Watch {
  readonly #events: JsonMap[] = [];
  readonly #done: Promise<void>;
  readonly #cancel: () => void;
  #ended = false;
  #wake = (): void => undefined;

  constructor(body: AsyncIterable<Buffer>, cancel: () => void) {
    this.#cancel = cancel;
    this.#done = this.#read(body).catch(() => undefined);
  }

  /** The next `count` events that are not bookmarks, or fewer when the stream ends. */
  async take(count: number): Promise<JsonMap[]> {
    const found = (): JsonMap[] => this.#events.filter((event) => event.type !== 'BOOKMARK');
    await this.#until(() => found().length >= count);
    return found().slice(0, count);
  }

  async bookmark(): Promise<JsonMap | undefined> {
    const found = (): JsonMap | undefined => this.#events.find((event) => event.type === 'BOOKMARK');
    await this.#until(() => found() !== undefined);
    return found();
  }

  async ended(): Promise<void> {
    await this.#done;
  }

  stop(): void {
    this.#cancel();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #read(body: AsyncIterable<Buffer>): Promise<void> {
    let rest = '';
    try {
      for await (const chunk of body) {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') this.#events.push(JSON.parse(line));
        this.#wake();
      }
    } finally {
      this.#ended = true;
      this.#wake();
    }
  }
}

/** A sample object; `spec.model` is filled in. */
export function gadget(name: string, spec: JsonMap, metadata: JsonMap = {}): JsonMap {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: KIND,
    metadata: { name, ...metadata },
    spec: { model: 'basic', ...spec },
  };
}

export function versionOf(body: unknown): string {
  return digText(body, 'metadata', 'resourceVersion');
}

/** The causes of a Status, as `reason field`. */
export function causesOf(body: JsonMap): string[] {
  const causes = digMap(body, 'details').causes;
  const list = Array.isArray(causes) ? causes : [];
  return list.map((cause) => `${digText(cause, 'reason')} ${digText(cause, 'field')}`);
}

/** `TYPE name` of each watch event. */
export function eventLines(events: readonly JsonMap[]): string[] {
  return events.map((event) => `${event.type} ${digText(event, 'object', 'metadata', 'name')}`);
}

export { dig, digMap, digText };
