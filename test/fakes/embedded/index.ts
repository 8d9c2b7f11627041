// An embedded Kubernetes API server for tests and demos: fast, deterministic, with faults and a request journal.
// It is no cluster: no controllers run, and of the built-in kinds only those in builtin.ts exist. The conformance
// suite holds it to the behaviour of a real kube-apiserver. Time is injected; UUIDs count up unless given.
import { Access } from './access.ts';
import { builtinResources } from './builtin.ts';
import type { Context } from './context.ts';
import { followDefinitions } from './core.ts';
import { Faults, type Match } from './faults.ts';
import { Journal } from './journal.ts';
import { isMap, type Obj } from './json.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { type Objects, objectsOf } from './objects.ts';
import { Registry } from './resource.ts';
import { loadCel, RuleBook } from './schema/cel.ts';
import { ApiServer } from './server.ts';
import { Store } from './store.ts';
import { Watches } from './watches.ts';

export { ApiFailure } from './failure.ts';
export type { FaultHandle, FaultOrder, Match, RequestFault } from './faults.ts';
export type { JournalEntry, JournalQuery } from './journal.ts';
export type { Json, JsonMap, Obj } from './json.ts';
export type { Objects, Reference } from './objects.ts';
export type { WatchFault } from './wire.ts';
export type { Faults, Journal, Watches };

export interface EmbeddedOptions {
  /** CustomResourceDefinition documents to start with. */
  readonly crds?: readonly unknown[];
  /** Namespaces beside default, kube-system, kube-public and kube-node-lease. */
  readonly namespaces?: readonly string[];
  /** Epoch ms; every timestamp comes from here. Default: the system clock. */
  readonly now?: () => number;
  /** Default: UUIDs that count up, the same in every run. */
  readonly uid?: () => string;
  /** Default: any free port. */
  readonly port?: number;
  /** Bearer token to user name. When given, requests without a known token are 401. */
  readonly tokens?: Readonly<Record<string, string>>;
  readonly bookmarkEveryMs?: number;
  /** Writes per kind that can still be watched from; older ones are compacted away. */
  readonly historyLimit?: number;
  readonly journalLimit?: number;
  /** Told once per CEL rule that only a real server checks. Default: standard error. */
  readonly warn?: (text: string) => void;
}

/** A committed write: `after` is undefined for a deletion, `before` for a creation. */
export type WriteListener = (before: Obj | undefined, after: Obj | undefined) => void;

export interface EmbeddedApi {
  readonly url: string;
  /** A kubeconfig for this server; `token` when tokens are configured. */
  readonly kubeconfig: (token?: string) => string;
  readonly objects: Objects;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly watches: Watches;
  /** Refuses matching requests with 403, as removed RBAC would; the returned function lifts it. */
  readonly deny: (match: Match) => () => void;
  readonly grantToken: (token: string, user: string) => void;
  readonly revokeToken: (token: string) => void;
  /** Runs after every committed write, before its answer is sent; a throw turns that answer into a 500. */
  readonly onWrite: (listener: WriteListener) => () => void;
  /** Forgets the history: older watches and continue tokens get 410. */
  readonly compact: () => void;
  readonly resourceVersion: () => string;
  /** Rules that were let pass unchecked. */
  readonly unsupportedRules: readonly string[];
  /** Refuses connections until `up`; the objects stay. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a server with the given CRDs. Throws when a document is no usable CRD or the port is taken. */
export async function startEmbeddedApi(options: EmbeddedOptions = {}): Promise<EmbeddedApi> {
  const context = await makeContext(options);
  const watches = new Watches(options.bookmarkEveryMs ?? 60_000);
  const faults = new Faults();
  const journal = new Journal(options.journalLimit ?? 200_000);
  const server = new ApiServer({ context, faults, journal, watches }, options.port ?? 0);
  const objects = objectsOf(context);
  fill(objects, options);
  await server.start();
  const down = async (): Promise<void> => {
    watches.stop();
    await server.stop();
  };
  return {
    get url() {
      return server.url;
    },
    kubeconfig: (token) => kubeconfigText(server.url, token),
    objects,
    journal,
    faults,
    watches,
    deny: (match) => context.access.deny(match),
    grantToken: (token, user) => context.access.grant(token, user),
    revokeToken: (token) => context.access.revoke(token),
    onWrite: (listener) =>
      context.store.subscribe(({ kind, object, previous }) => {
        listener(previous, kind === 'DELETED' ? undefined : object);
      }),
    compact: () => context.store.compact(),
    resourceVersion: () => String(context.store.version),
    unsupportedRules: context.rules.unsupported,
    down,
    up: () => server.start(),
    stop: down,
  };
}

async function makeContext(options: EmbeddedOptions): Promise<Context> {
  const warn = options.warn ?? ((text: string): void => console.error(`embedded API: ${text}`));
  const registry = new Registry();
  registry.serve(builtinResources());
  const yaml = await import('yaml').catch(() => undefined);
  const context: Context = {
    store: new Store(options.historyLimit ?? 50_000),
    registry,
    rules: new RuleBook(await loadCel(), warn),
    access: new Access(options.tokens),
    now: options.now ?? Date.now,
    uid: options.uid ?? countingUuids(),
    unsettled: new WeakSet(),
    parseYaml: yaml?.parse,
  };
  context.store.subscribe(followDefinitions(context));
  return context;
}

function fill(objects: Objects, options: EmbeddedOptions): void {
  const builtin = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
  for (const name of [...builtin, ...(options.namespaces ?? [])]) {
    objects.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const crd of options.crds ?? []) {
    if (!isMap(crd)) throw new Error('a CRD must be an object: parse YAML before handing it over');
    objects.create(crd);
  }
}

/** Version-4-shaped UUIDs from a counter: unlike real ones they are equal in every run. */
function countingUuids(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`;
  };
}
