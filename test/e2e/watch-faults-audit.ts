// The auditor of a watch: follows the truth at the API server itself, past the fault proxy, and beside it every version that
// the operator's store holds. It judges nothing while it looks; `verdict` names what was missed, invented or undone.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { Operator } from '../../src/operator.ts';
import { componentsPath, type KubeTarget } from '../support/kube-target.ts';
import { fetchPage } from '../support/process.ts';

export interface Verdict {
  /** Versions of the store that are not the API server's at the end, object by object. */
  readonly differs: readonly string[];
  /** Versions in the store that the API server never had. */
  readonly invented: readonly string[];
  /** Steps of the store to an older version. */
  readonly wentBack: readonly string[];
  /** Objects that the store lost for a time although they were there. */
  readonly blank: readonly string[];
}

export interface Auditor {
  /** The objects as they are, and those whose newest version the store has not. */
  compare(): Promise<{ readonly objects: readonly KubeObject[]; readonly differs: readonly string[] }>;
  verdict(): Promise<Verdict>;
  /** When `live` changed, and what /readyz answered right after. */
  readonly readiness: readonly Readiness[];
  stop(): Promise<void>;
}

export interface Readiness {
  readonly atMs: number;
  readonly live: boolean;
  readonly status: number;
}

export interface Audited {
  readonly kube: KubeTarget;
  readonly namespace: string;
  readonly operator: Operator;
}

const LOOK_MS = 25;
/** Short, for a server that shuts down waits for its watches. */
const WATCH = 'watch=1&allowWatchBookmarks=true&timeoutSeconds=4';

export function startAuditor(audited: Audited): Auditor {
  const stop = new AbortController();
  const truth = new Map<string, Set<string>>();
  const seen = new Map<string, string[]>();
  const blank = new Set<string>();
  const readiness: Readiness[] = [];
  const see = (object: KubeObject): void => {
    const key = keyOf(object);
    truth.set(key, (truth.get(key) ?? new Set()).add(object.metadata.resourceVersion));
  };
  let gap: 'none' | 'some' = 'none';
  const lost = (): void => {
    gap = 'some';
  };
  const following = followTruth(audited, { see, lost, signal: stop.signal });
  const looking = look(audited, { truth, seen, blank, readiness, signal: stop.signal });
  const compare: Auditor['compare'] = async () => {
    const objects = await listTruth(audited);
    objects.forEach(see);
    return { objects, differs: differences(objects, seen.keys(), audited.operator) };
  };
  return {
    compare,
    readiness,
    verdict: async () => {
      const { objects, differs } = await compare();
      const there = new Set(objects.map(keyOf));
      const unknown = (key: string, version: string): boolean => truth.get(key)?.has(version) !== true;
      return {
        differs,
        // Where the server itself has forgotten versions nobody can tell.
        invented: gap === 'some' ? [] : versionsIn(seen, (key, version) => unknown(key, version)),
        wentBack: versionsIn(seen, (_, version, before) => BigInt(version) < BigInt(before ?? 0)),
        blank: [...blank].filter((key) => there.has(key)),
      };
    },
    stop: async () => {
      stop.abort();
      await Promise.all([following, looking]);
    },
  };
}

function versionsIn(
  seen: ReadonlyMap<string, readonly string[]>,
  wrong: (key: string, version: string, before: string | undefined) => boolean,
): readonly string[] {
  return [...seen].flatMap(([key, versions]) =>
    versions.filter((version, at) => wrong(key, version, versions[at - 1])).map((each) => `${key}@${each}`),
  );
}

async function listTruth({ kube, namespace }: Audited): Promise<readonly KubeObject[]> {
  const { status, json } = await kube.call('GET', componentsPath(namespace));
  if (status !== 200) throw new Error(`the truth was not told: ${status}`);
  return json.items as unknown as readonly KubeObject[];
}

function differences(
  objects: readonly KubeObject[],
  known: Iterable<string>,
  operator: Operator,
): readonly string[] {
  const versions = new Map(objects.map((object) => [keyOf(object), object.metadata.resourceVersion]));
  return [...new Set([...versions.keys(), ...known])].flatMap((key) => {
    const [is, want] = [operator.versionOf(key), versions.get(key)];
    return is === want ? [] : [`${key}: the store has ${is ?? 'nothing'}, the server ${want ?? 'nothing'}`];
  });
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

interface Following {
  readonly see: (object: KubeObject) => void;
  /** Versions have passed that nobody will ever tell. */
  readonly lost: () => void;
  readonly signal: AbortSignal;
}

/** Over restarts of the server too: whatever ends the watch, it goes on from the last version, or from a list. */
async function followTruth({ kube, namespace }: Audited, { see, lost, signal }: Following): Promise<void> {
  let version: string | undefined;
  while (!signal.aborted) {
    const from = version === undefined ? '' : `&resourceVersion=${version}`;
    const path = `${componentsPath(namespace)}?${WATCH}${from}`;
    const watched = kube.watch(path, signal, ({ type, object }) => {
      // A Status in place of an event has no type.
      version = type === 'ERROR' || type === undefined ? undefined : object.metadata.resourceVersion;
      if (version === undefined) lost();
      if (type === 'ADDED' || type === 'MODIFIED') see(object);
    });
    await watched.catch(() => undefined);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

interface Looking {
  readonly truth: ReadonlyMap<string, ReadonlySet<string>>;
  readonly seen: Map<string, string[]>;
  readonly blank: Set<string>;
  readonly readiness: Readiness[];
  readonly signal: AbortSignal;
}

async function look({ operator }: Audited, looking: Looking): Promise<void> {
  const { truth, seen, blank, readiness, signal } = looking;
  const url = `http://127.0.0.1:${operator.healthPort}/readyz`;
  while (!signal.aborted) {
    for (const key of truth.keys()) {
      const versions = seen.get(key) ?? [];
      const version = operator.versionOf(key);
      if (version === undefined && versions.length > 0) blank.add(key);
      if (version !== undefined && version !== versions.at(-1)) seen.set(key, [...versions, version]);
    }
    const live = operator.live();
    if (live !== readiness.at(-1)?.live) {
      const atMs = performance.now();
      readiness.push({ atMs, live, status: (await fetchPage(url)).status });
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}
