// The physical floor: a raw watch and a PUT as soon as a generation is seen that was not seen before. No cache, no queue,
// no look at the component, no intent, no status. Arguments: kubeconfig, URL of the simulator, namespace.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import { z } from 'zod';
import { toWire } from '../../src/core/convert.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleToken } from '../fakes/simulator/index.ts';
import { componentsPath, kubeTarget } from '../support/kube-target.ts';
import { watchOn } from '../support/watch.ts';

const kubeconfigSchema = z.object({
  clusters: z.tuple([
    z.object({
      cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string().optional() }),
    }),
  ]),
  users: z.array(z.object({ user: z.object({ token: z.string().optional() }) })).optional(),
});

const [kubeconfigPath = '', cloudUrl = '', namespace = ''] = process.argv.slice(2);
const agent = new Agent({ allowH2: false });
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());

const { clusters, users } = kubeconfigSchema.parse(parse(readFileSync(kubeconfigPath, 'utf8')));
const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
const token = users?.[0]?.user.token;
const kube = kubeTarget({
  name: 'null',
  url: server,
  ...(ca === undefined ? {} : { caPem: Buffer.from(ca, 'base64').toString('utf8') }),
  ...(token === undefined ? {} : { token }),
  kubeconfigPath,
  stop: async () => undefined,
});
const generations = new Map<string, number>();
await watchOn(kube, {
  path: componentsPath(namespace),
  signal: stopping.signal,
  seen: ({ metadata: { name, generation }, spec }) => {
    const known = generations.get(name);
    generations.set(name, generation);
    if (known !== undefined && known !== generation) void put(spec);
  },
});
await agent.close();

async function put(spec: JsonObject): Promise<void> {
  const { projectId, applicationId, componentId } = spec;
  const { body } = await request(
    `${cloudUrl}/v3/${projectId}/cas/applications/${applicationId}/components/${componentId}`,
    {
      method: 'PUT',
      dispatcher: agent,
      headers: { 'content-type': 'application/json;charset=utf8', 'x-auth-token': exampleToken },
      body: JSON.stringify({ ...toWire(spec.component as JsonObject), replica: 1 }),
    },
  );
  await body.dump();
}
