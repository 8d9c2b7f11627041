// A Kubernetes API server as tests see it: the embedded one or the real one, through the same few requests.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import { API_VERSION, CRD_NAME, KIND, PLURAL } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';

export interface KubeTarget {
  readonly name: string;
  readonly url: string;
  readonly kubeconfigPath: string;
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  /** Objects of a watch until the signal aborts. */
  watch(path: string, signal: AbortSignal, seen: (event: WatchEvent) => void): Promise<void>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly json: JsonObject;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: KubeObject;
}

export interface Access {
  readonly name: string;
  readonly url: string;
  readonly caPem?: string;
  readonly token?: string;
  readonly kubeconfigPath: string;
  readonly stop: () => Promise<void>;
}

export function kubeTarget({ name, url, caPem, token, kubeconfigPath, stop }: Access): KubeTarget {
  const agent = new Agent({
    keepAliveTimeout: 1_000,
    bodyTimeout: 0,
    ...(caPem === undefined ? {} : { connect: { ca: caPem } }),
  });
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    name,
    url,
    kubeconfigPath,
    call: async (method, path, body, contentType = 'application/json') => {
      const answer = await request(`${url}${path}`, {
        method,
        dispatcher: agent,
        headers: {
          ...headers,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await answer.body.text();
      return {
        status: answer.statusCode,
        json: text.startsWith('{') ? (JSON.parse(text) as JsonObject) : { message: text },
      };
    },
    watch: async (path, signal, seen) => {
      const { body } = await request(`${url}${path}`, { dispatcher: agent, headers, signal });
      let rest = '';
      for await (const chunk of body.setEncoding('utf8')) {
        const lines = `${rest}${String(chunk)}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') seen(JSON.parse(line) as WatchEvent);
      }
    },
    stop: async () => {
      await agent.destroy();
      await stop();
    },
  };
}

export function crdDocument(): JsonObject {
  return parse(
    readFileSync(new URL('../../crds/servicestagecomponents.yaml', import.meta.url), 'utf8'),
  ) as JsonObject;
}

/** Installs our CRD and waits until it is served. */
export async function installCrd(kube: KubeTarget): Promise<void> {
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const created = await kube.call('POST', crds, crdDocument());
  if (created.status >= 300 && created.status !== 409)
    throw new Error(`the CRD was refused: ${JSON.stringify(created.json.message)}`);
  for (let i = 0; i < 100; i += 1) {
    const { status } = await kube.call('GET', `/apis/${API_VERSION}/${PLURAL}?limit=1`);
    const { json } = await kube.call('GET', `${crds}/${CRD_NAME}`);
    if (status === 200 && JSON.stringify(json.status).includes('"Established"')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the CRD was not served in time');
}

export function componentsPath(namespace: string, name?: string): string {
  return `/apis/${API_VERSION}/namespaces/${namespace}/${PLURAL}${name === undefined ? '' : `/${name}`}`;
}

export function componentObject(namespace: string, name: string, spec: JsonObject): JsonObject {
  return { apiVersion: API_VERSION, kind: KIND, metadata: { name, namespace }, spec };
}
