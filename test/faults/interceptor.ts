// Stands between one incarnation of the operator and the world: numbers its calls to the API server and to the cloud and
// strikes at chosen ones. A dead incarnation gets through to nobody any more, whatever its code still tries.
//
// Numbered is what a pass calls. Not numbered: the list and the watch (a process that dies there has done nothing yet),
// events (best effort) and the one Secret that holds the digest key (created once, read again by the next process).
import type { Cloud, CloudSession, Cluster } from '../../src/controller/ports.ts';
import type { Wrap } from '../../src/operator.ts';

/** `before`: the call never leaves. `acted`: the other side acted, the answer is lost. `after`: the answer arrived, then it dies. */
export const MOMENTS = ['before', 'acted', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

/**
 * `kill`: the process ends there. `drop`: only the call or its answer is lost. `conflict`: this and the next two writes to
 * the API server are answered as conflicts. `away`: from here on the API server does not answer for five minutes.
 * `pause`: the process stands still there while another one does all the work, and wakes up at the end. `race`: it wakes up
 * as soon as a call of the other one was accepted.
 */
export const KINDS = ['kill', 'drop', 'conflict', 'away', 'pause', 'race'] as const;
export type Kind = (typeof KINDS)[number];

export interface Strike {
  /** Number of the call, from 1. */
  readonly at: number;
  readonly moment: Moment;
  readonly kind: Kind;
}

export interface Hooks {
  /** Monotonic ms of the operator's clock. */
  readonly now: () => number;
  readonly kill: () => void;
  /** Resolves when the process may go on. */
  readonly pause: (kind: 'pause' | 'race') => Promise<void>;
}

export interface Interceptor extends Wrap {
  /** Names of the calls so far, in order; the index + 1 is the number of a call. */
  readonly calls: readonly string[];
  cluster(cluster: Cluster): Cluster;
  cloud(cloud: Cloud): Cloud;
}

const CLUSTER_CALLS = ['get', 'patchStatus', 'addFinalizer', 'removeFinalizer', 'readSecret'] as const;
const CLOUD_CALLS = ['getComponent', 'modify', 'act', 'remove', 'getJob', 'listRecords'] as const;
export const CLUSTER_WRITES: ReadonlySet<string> = new Set([
  'patchStatus',
  'addFinalizer',
  'removeFinalizer',
]);
export const CLOUD_WRITES: ReadonlySet<string> = new Set(['modify', 'act', 'remove']);

const CONFLICTS = 3;
export const AWAY_MS = 300_000;

class Struck extends Error {
  override readonly name = 'Struck';
  readonly failure = { class: 'transient', code: 'STRUCK', message: 'the connection was lost' } as const;
}

export function createInterceptor(strikes: readonly Strike[], hooks: Hooks): Interceptor {
  const calls: string[] = [];
  const weather = createWeather(hooks.now);
  let dead = false;
  const fall = async (strike: Strike): Promise<void> => {
    if (strike.kind === 'kill') {
      dead = true;
      hooks.kill();
    }
    if (strike.kind === 'pause' || strike.kind === 'race') await hooks.pause(strike.kind);
  };
  const through: Through = async (name, perform) => {
    if (dead) throw new Struck();
    calls.push(name);
    const strike = strikes.find((each) => each.at === calls.length);
    if (strike !== undefined) weather.turn(strike.kind);
    const refused = weather.answer(name);
    if (refused !== undefined) return refused as Awaited<ReturnType<typeof perform>>;
    const early = strike?.moment === 'before' ? strike : undefined;
    if (early !== undefined) await fall(early);
    if (early?.kind === 'kill' || early?.kind === 'drop' || dead) throw new Struck();
    const answer = await perform();
    if (dead) throw new Struck();
    if (strike === undefined || strike === early) return answer;
    await fall(strike);
    if (strike.moment === 'acted' && LOSES_ANSWER.has(strike.kind)) throw new Struck();
    return answer;
  };
  return {
    calls,
    cluster: (cluster) =>
      ({
        ...cluster,
        ...wrapped(cluster, CLUSTER_CALLS, through),
        event: (object, note) => dead || cluster.event(object, note),
      }) as Cluster,
    cloud: (cloud) =>
      ({
        open: (target, secret) => {
          const session = cloud.open(target, secret);
          return { ...session, ...wrapped(session, CLOUD_CALLS, lossyWrites(through)) } as CloudSession;
        },
      }) as Cloud,
  };
}

const LOSES_ANSWER: ReadonlySet<Kind> = new Set(['kill', 'drop']);

/** What lasts longer than one call: conflicts and an API server that is away. */
function createWeather(now: () => number) {
  let conflicts = 0;
  let awayUntil = Number.NEGATIVE_INFINITY;
  return {
    turn: (kind: Kind): void => {
      if (kind === 'conflict') conflicts = CONFLICTS;
      if (kind === 'away') awayUntil = now() + AWAY_MS;
    },
    /** What is answered without asking anybody; undefined when the call goes through. Throws when nobody answers. */
    answer: (name: string): { readonly kind: 'stale' } | undefined => {
      if ((CLUSTER_CALLS as readonly string[]).includes(name) && now() < awayUntil) throw new Struck();
      if (conflicts === 0 || !CLUSTER_WRITES.has(name)) return undefined;
      conflicts -= 1;
      return { kind: 'stale' };
    },
  };
}

type Through = <T>(name: string, perform: () => Promise<T>) => Promise<T>;

/** A write to the cloud never throws: a lost answer is an outcome of its own. */
function lossyWrites(through: Through): Through {
  return async (name, perform) => {
    try {
      return await through(name, perform);
    } catch (error) {
      if (!(error instanceof Struck) || !CLOUD_WRITES.has(name)) throw error;
      return { kind: 'unknown', failure: error.failure } as Awaited<ReturnType<typeof perform>>;
    }
  };
}

function wrapped<T extends object>(
  target: T,
  names: readonly (keyof T & string)[],
  through: Through,
): Partial<T> {
  const entries = names.map((name) => {
    const call = target[name] as (...args: unknown[]) => Promise<unknown>;
    return [name, (...args: unknown[]) => through(name, () => call.apply(target, args))];
  });
  return Object.fromEntries(entries) as Partial<T>;
}
