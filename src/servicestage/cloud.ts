// The parts list of this room: `createCloud` builds what all sessions share (connections, IAM tokens, held keys), `open`
// checks the Secret and the target and binds them to one component.
// Promises: `open` makes no call; nothing starts before the first call; `close` ends every connection of reads.
// A write's connection lives only as long as its call.
import { getCACertificates } from 'node:tls';
import type {
  ComponentAction,
  Job,
  Lookup,
  RecordsLookup,
  RemoteComponent,
  RemoveOutcome,
  SubmitOutcome,
  Target,
} from '../core/types.ts';
import { createAuthorizer } from './authorize.ts';
import { type CloudCall, createCaller, type Operation } from './call.ts';
import { act, getComponent, type Handle, modify, remove } from './client.ts';
import { parseCredentials } from './credentials.ts';
import { checkTarget, type Endpoint, type EndpointSource, resolveEndpoint } from './endpoint.ts';
import { retryAfter } from './errors.ts';
import { KeyGate } from './key-gate.ts';
import { getJob, listComponents, listRecords } from './lists.ts';
import { createReader, type OnTry, type Reader } from './reads.ts';
import type { ComponentSummary } from './schema.ts';
import { TokenCache } from './token.ts';
import type { Exchange } from './wire.ts';
import { sendOnce, type WriteOptions } from './writes.ts';

export interface CloudOptions {
  /** `https://servicestage.{region}.myhuaweicloud.com`. */
  readonly endpointTemplate: string;
  readonly iamEndpointTemplate: string;
  readonly allowInsecureEndpoint: 'yes' | 'no';
  /** For one call, its quick retries and, before a write, its preparation included. */
  readonly requestTimeoutMs: number;
  /** `wall` (epoch ms) dates signatures, `mono` (ms, never jumps) measures waits and lives. */
  readonly now: () => { readonly wall: number; readonly mono: number };
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly userAgent: string;
  readonly observe?: (call: CloudCall) => void;
  /** PEM certificates trusted besides those of the system. */
  readonly extraCa?: readonly string[];
  /** Default 10 s, at most `requestTimeoutMs`. */
  readonly connectTimeoutMs?: number;
  /** Default 200 ms. */
  readonly retryDelayMs?: number;
  /** Whether a write may still leave, asked once its connection stands. Default: it may. */
  readonly mayWrite?: () => boolean;
}

/** One component of one account. Reads throw a CloudFailure; writes always return an outcome. */
export interface Session {
  getComponent(signal: AbortSignal): Promise<Lookup<RemoteComponent>>;
  /** `secretValues`: values in `body` that must not come back in a text. */
  modify(body: string, signal: AbortSignal, secretValues?: readonly string[]): Promise<SubmitOutcome>;
  act(action: ComponentAction, signal: AbortSignal): Promise<SubmitOutcome>;
  remove(signal: AbortSignal): Promise<RemoveOutcome>;
  getJob(jobId: string, signal: AbortSignal): Promise<Lookup<Job>>;
  listRecords(signal: AbortSignal): Promise<RecordsLookup>;
  /** The components of the target's application. */
  listComponents(signal: AbortSignal): AsyncGenerator<ComponentSummary, void, undefined>;
  /** The same session; also these values never stand in any of its texts. */
  withSecrets(values: readonly string[]): Session;
}

export interface ServiceStageCloud {
  /** `hidden`: values beside the credentials that never stand in a text of the session. */
  open(target: Target, secret: Readonly<Record<string, string>>, hidden?: readonly string[]): Session;
  close(): Promise<void>;
}

const ENDPOINT_FLAG: EndpointSource = { kind: 'flag', name: '--servicestage-endpoint' };
const IAM_FLAG: EndpointSource = { kind: 'flag', name: '--iam-endpoint' };

/** Throws a CloudFailure of class `configuration` when an endpoint template cannot be used. */
export function createCloud(options: CloudOptions): ServiceStageCloud {
  const endpointFor = endpoints(options);
  endpointFor.service('cn-north-4', undefined);
  endpointFor.iam('cn-north-4', undefined);
  const shared = createShared(options);
  return {
    open: (target, secret, hidden = []) => {
      checkTarget(target);
      const credentials = parseCredentials(secret);
      const scope = {
        identity: credentials.identity,
        endpoint: endpointFor.service(target.region, credentials.endpoint),
        iam: endpointFor.iam(target.region, credentials.iamEndpoint),
        region: target.region,
        projectId: target.projectId,
      };
      return openSession({ target, scope, shared, options }, hidden);
    },
    close: () => shared.reader.close(),
  };
}

interface Shared {
  readonly reader: Reader;
  readonly gate: KeyGate;
  readonly tokens: TokenCache;
  readonly wire: WriteOptions;
}

interface SessionParts {
  readonly target: Target;
  readonly scope: Parameters<typeof createAuthorizer>[0];
  readonly shared: Shared;
  readonly options: CloudOptions;
}

function createShared(options: CloudOptions): Shared {
  const { now, random, retryDelayMs = 200, extraCa, requestTimeoutMs } = options;
  const wire = {
    connectTimeoutMs: Math.min(options.connectTimeoutMs ?? 10_000, requestTimeoutMs),
    ...(extraCa === undefined ? {} : { ca: [...getCACertificates('default'), ...extraCa] }),
    ...(options.mayWrite === undefined ? {} : { mayLeave: options.mayWrite }),
  };
  const reader = createReader({ ...wire, random, retryDelayMs });
  const tokens = new TokenCache({
    now,
    send: (request, account) =>
      reader.once(request, {
        signal: AbortSignal.timeout(requestTimeoutMs),
        monoMs: () => now().mono,
        onTry: observer(options, account.region)('token'),
      }),
  });
  return { reader, wire, tokens, gate: new KeyGate(() => now().mono) };
}

function openSession(parts: SessionParts, secretValues: readonly string[] = []): Session {
  const { target } = parts;
  const handle = (signal: AbortSignal, more: readonly string[] = []): Handle => ({
    target,
    signal,
    caller: callerFor(parts, [...secretValues, ...more]),
  });
  return {
    getComponent: (signal) => getComponent(handle(signal)),
    modify: (body, signal, more) => modify(handle(signal, more), body),
    act: (action, signal) => act(handle(signal), action),
    remove: (signal) => remove(handle(signal)),
    getJob: (jobId, signal) => getJob(handle(signal), jobId),
    listRecords: (signal) => listRecords(handle(signal)),
    listComponents: (signal) => listComponents(handle(signal)),
    withSecrets: (values) => openSession(parts, [...secretValues, ...values]),
  };
}

function callerFor(parts: SessionParts, secretValues: readonly string[]): ReturnType<typeof createCaller> {
  const { scope, shared, options, target } = parts;
  return createCaller({
    authorizer: createAuthorizer(scope, { ...shared, now: options.now }),
    endpoint: scope.endpoint,
    reader: shared.reader,
    sendOnce: (request, signal) => sendOnce(request, { signal, options: shared.wire }),
    requestTimeoutMs: options.requestTimeoutMs,
    now: options.now,
    userAgent: options.userAgent,
    onTry: observer(options, target.region),
    secretValues,
  });
}

function endpoints(
  options: CloudOptions,
): Record<'service' | 'iam', (region: string, own: string | undefined) => Endpoint> {
  const insecure = options.allowInsecureEndpoint;
  const choose = (
    template: string,
    given: { region: string; own: string | undefined; key: string; flag: EndpointSource },
  ) =>
    given.own === undefined
      ? resolveEndpoint(template, { region: given.region, insecure, source: given.flag })
      : resolveEndpoint(given.own, {
          region: given.region,
          insecure,
          source: { kind: 'secret', name: given.key },
        });
  return {
    service: (region, own) =>
      choose(options.endpointTemplate, { region, own, key: 'endpoint', flag: ENDPOINT_FLAG }),
    iam: (region, own) =>
      choose(options.iamEndpointTemplate, { region, own, key: 'iamEndpoint', flag: IAM_FLAG }),
  };
}

/** Reports a try. A metric that throws must never turn an accepted write into a failure. */
function observer(options: CloudOptions, region: string): (operation: Operation) => OnTry {
  return (operation) => (exchange, ms) => {
    const retryAfterMs =
      exchange.kind === 'answer'
        ? retryAfter(exchange.headers['retry-after'], options.now().wall)
        : undefined;
    try {
      options.observe?.({
        operation,
        region,
        ms,
        codeClass: codeClass(exchange),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    } catch {
      // The number is lost, the call is not.
    }
  };
}

function codeClass(exchange: Exchange): string {
  return exchange.kind === 'fault' ? exchange.cause : `${Math.floor(exchange.status / 100)}xx`;
}
