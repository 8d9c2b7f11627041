// The ServiceStage client and its limits, joined: who an account is, where waits and circuits are told, and how the tries
// that a call makes on the wire are told to the limits.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { Config } from './config.ts';
import type { CircuitFact, Identified, TryResult } from './controller/account-limits.ts';
import { guardCloud } from './controller/guarded-cloud.ts';
import type { Cloud, Log, SecretData, Time } from './controller/ports.ts';
import type { Target } from './core/types.ts';
import type { Metrics } from './ops/metrics.ts';
import { createCloud } from './servicestage/cloud.ts';
import { type Identity, parseCredentials } from './servicestage/credentials.ts';

export interface LimitedCloudParts {
  readonly config: Config;
  readonly time: Time;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Whether a write may still leave: asked as late as a process can. */
  readonly mayWrite: () => boolean;
  /** Stands between the limits and the wire; for fault tests. */
  readonly wrap: (cloud: Cloud) => Cloud;
}

/** ServiceStage behind its limits; `close` ends every connection of reads. */
export function createLimitedCloud(parts: LimitedCloudParts): { cloud: Cloud; close(): Promise<void> } {
  const { config, time, random, metrics } = parts;
  // A call of the client is several frames away from its tries; the context of the call carries who wants to know.
  const watching = new AsyncLocalStorage<(result: TryResult) => void>();
  const service = createCloud({
    endpointTemplate: config.servicestageEndpoint,
    iamEndpointTemplate: config.iamEndpoint,
    allowInsecureEndpoint: config.allowInsecureEndpoint ? 'yes' : 'no',
    requestTimeoutMs: config.cloudRequestTimeoutMs,
    now: () => time.now(),
    random,
    userAgent: 'servicestage-operator',
    mayWrite: parts.mayWrite,
    observe: ({ operation, codeClass, region, ms, retryAfterMs }) => {
      metrics.cloudRequest({ operation, codeClass, region, seconds: ms / 1_000 });
      if (retryAfterMs !== undefined) metrics.cloudRetryAfter({ region, seconds: retryAfterMs / 1_000 });
      if (operation !== 'token') watching.getStore()?.(/^[1-4]xx$/.test(codeClass) ? 'answered' : 'failed');
    },
  });
  const cloud = guardCloud(parts.wrap(service), {
    time,
    random,
    workers: config.workers,
    identify: (target, secret) => identify(config, target, secret),
    observer: { waited: metrics.cloudLimiterWait, circuit: (fact) => tellCircuit(parts, fact) },
    watchTries: (told, call) => watching.run(told, call),
  });
  return { cloud, close: () => service.close() };
}

function tellCircuit({ log, metrics }: LimitedCloudParts, { account, state, failure }: CircuitFact): void {
  metrics.cloudCircuit({ account, state });
  if (state === 'open')
    log.warn({ account, code: failure?.code, reason: failure?.message }, 'ServiceStage does not answer');
  if (state === 'probation') log.info({ account }, 'ServiceStage answers again');
}

/** A short hash names an account: the same for a rotated secret key or token, and nothing can be read from it. */
function identify(config: Config, target: Target, secret: SecretData): Identified {
  const { identity, endpoint = config.servicestageEndpoint, iamEndpoint } = parseCredentials(secret);
  const service = hostOf(endpoint, target.region);
  const iam = hostOf(iamEndpoint ?? config.iamEndpoint, target.region);
  const name = JSON.stringify([...nameOf(identity), service, target.region, target.projectId]);
  return {
    account: createHash('sha256').update(name).digest('hex').slice(0, 12),
    endpoint: identity.kind === 'password' ? `${service} ${iam}` : service,
  };
}

function hostOf(template: string, region: string): string {
  return new URL(template.replace('{region}', region)).host;
}

function nameOf(identity: Identity): readonly string[] {
  switch (identity.kind) {
    case 'key':
      return ['key', identity.accessKey];
    case 'password':
      return ['password', identity.domainName, identity.username];
    case 'token':
      return ['token'];
    default: {
      const never: never = identity;
      return never;
    }
  }
}
