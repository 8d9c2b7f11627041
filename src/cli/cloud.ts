// ServiceStage as the command line sees it: with the credentials of the resource, read with the caller's own rights.
import { parseSpec, type Spec } from '../api/component.ts';
import { openAccount } from '../controller/account.ts';
import type { Cluster, SecretLookup } from '../controller/ports.ts';
import type { KubeHttp } from '../kube/http.ts';
import { createClusterWriter } from '../kube/writer.ts';
import { createCloud } from '../servicestage/cloud.ts';
import { systemTime } from '../time.ts';
import type { Command } from './arguments.ts';
import { type CloudPort, CommandError, type Component } from './ports.ts';

const TIMEOUT_MS = 30_000;

/** Throws a `CommandError` for a spec or Secret that ServiceStage cannot be asked with. */
export function createCloudPort(
  http: KubeHttp,
  command: Command,
): { readonly port: CloudPort; close(): Promise<void> } {
  const cloud = createCloud({
    endpointTemplate: command.endpoint ?? 'https://servicestage.{region}.myhuaweicloud.com',
    iamEndpointTemplate: command.iamEndpoint ?? 'https://iam.{region}.myhuaweicloud.com',
    allowInsecureEndpoint: command.insecure,
    requestTimeoutMs: TIMEOUT_MS,
    now: () => systemTime.now(),
    random: Math.random,
    userAgent: 'kubectl-servicestage',
  });
  const cluster: Cluster = createClusterWriter({ http, record: () => undefined });
  const open = async (component: Component) => {
    const { namespace } = component.metadata;
    const parts = { cluster: withCure(cluster), cloud, digestKey: { get: async () => undefined } };
    const wanted = { namespace, spec: specOf(component) };
    const { read, session } = await openAccount(parts, wanted, AbortSignal.timeout(TIMEOUT_MS));
    if (read.kind === 'failed') throw new CommandError(read.failure.message);
    if (session === undefined) throw new CommandError('ServiceStage cannot be asked with this spec');
    return { account: read.value, session };
  };
  return {
    port: {
      component: async (of) => {
        const { account, session } = await open(of);
        return { account, found: await session.getComponent(AbortSignal.timeout(TIMEOUT_MS)) };
      },
      job: async (of, jobId) => (await open(of)).session.getJob(jobId, AbortSignal.timeout(TIMEOUT_MS)),
    },
    close: () => cloud.close(),
  };
}

/** Here it is the caller, not the operator, who may not read a Secret. */
function withCure(cluster: Cluster): Cluster {
  const readSecret: Cluster['readSecret'] = async (namespace, name, signal) => {
    const lookup: SecretLookup = await cluster.readSecret(namespace, name, signal);
    if (lookup.kind !== 'forbidden') return lookup;
    throw new CommandError(
      `you may not read Secret ${namespace}/${name}; ask for get on it, or use status instead`,
    );
  };
  return { ...cluster, readSecret };
}

function specOf({ spec }: Component): Spec {
  const parsed = parseSpec(spec);
  if (parsed.kind === 'ok') return parsed.spec;
  const [problem] = parsed.problems;
  throw new CommandError(`the spec is not valid: ${problem?.path} ${problem?.message}`);
}
