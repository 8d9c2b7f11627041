// Stands between one incarnation of the operator and the world: numbers its calls and strikes at chosen ones. A dead
// incarnation gets through to nobody any more, whatever its code still tries.
import type { Cloud, CloudSession, Cluster } from '../../src/controller/ports.ts';
import type { Wrap } from '../../src/operator.ts';

/** `before`: the call never leaves. `acted`: the other side acted, the answer is lost. `after`: the answer arrived, then it dies. */
export const MOMENTS = ['before', 'acted', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

/** `kill` ends the process there; `drop` only loses the call or its answer. */
export interface Strike {
  readonly at: number;
  readonly moment: Moment;
  readonly kind: 'kill' | 'drop';
}

export interface Interceptor extends Wrap {
  /** Names of the calls so far, in order; the index + 1 is the number of a call. */
  readonly calls: readonly string[];
}

const CLUSTER_CALLS = ['get', 'patchStatus', 'addFinalizer', 'removeFinalizer', 'readSecret'] as const;
const CLOUD_CALLS = ['getComponent', 'modify', 'act', 'remove', 'getJob', 'listRecords'] as const;

class Struck extends Error {
  override readonly name = 'Struck';
  readonly failure = { class: 'transient', code: 'STRUCK', message: 'the connection was lost' } as const;
}

export function createInterceptor(strikes: readonly Strike[], kill: () => void): Interceptor {
  const calls: string[] = [];
  let dead = false;
  const die = () => {
    dead = true;
    kill();
  };
  const through = async <T>(name: string, perform: () => Promise<T>): Promise<T> => {
    if (dead) throw new Struck();
    calls.push(name);
    const strike = strikes.find((each) => each.at === calls.length);
    if (strike?.moment === 'before') {
      if (strike.kind === 'kill') die();
      throw new Struck();
    }
    const answer = await perform();
    if (dead) throw new Struck();
    if (strike === undefined) return answer;
    if (strike.kind === 'kill') die();
    if (strike.moment === 'acted') throw new Struck();
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

type Through = <T>(name: string, perform: () => Promise<T>) => Promise<T>;

/** A write to the cloud never throws: a lost answer is an outcome of its own. */
function lossyWrites(through: Through): Through {
  return async (name, perform) => {
    try {
      return await through(name, perform);
    } catch (error) {
      if (!(error instanceof Struck) || !['modify', 'act', 'remove'].includes(name)) throw error;
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
