// Blows at a chosen call of an operator: from then on that incarnation reaches nobody any more, as after a crash. Counted are
// the calls that a pass makes to the API server and to the cloud.
import type { Cloud, Cluster } from '../../src/controller/ports.ts';
import type { Wrap } from '../../src/operator.ts';

export interface Fuse {
  readonly wrap: Wrap;
  /** The nth call from now is the last one. `acted`: it takes effect and its answer is lost. */
  arm(call: number, moment: 'before' | 'acted'): void;
  disarm(): void;
}

class Crashed extends Error {
  override readonly name = 'Crashed';
  readonly failure = { class: 'transient', code: 'CRASHED', message: 'the process is dead' } as const;
}

const CLUSTER_CALLS = ['get', 'patchStatus', 'addFinalizer', 'removeFinalizer', 'readSecret'];
const CLOUD_CALLS = ['getComponent', 'modify', 'act', 'remove', 'getJob', 'listRecords'];

type Call = (...args: unknown[]) => Promise<unknown>;

/** `blown` is called once, when the process has died. */
export function createFuse(blown: () => void): Fuse {
  let left: number | undefined;
  let moment: 'before' | 'acted' = 'before';
  let dead = false;
  const die = (): never => {
    if (!dead) blown();
    dead = true;
    throw new Crashed();
  };
  const through = async (perform: () => Promise<unknown>): Promise<unknown> => {
    if (dead) throw new Crashed();
    if (left !== undefined) left -= 1;
    const last = left === 0;
    if (last && moment === 'before') die();
    const answer = await perform();
    if (dead) throw new Crashed();
    return last ? die() : answer;
  };
  const fused = <T extends object>(target: T, names: readonly string[]): T => {
    const calls = names.map((name) => {
      const call = Reflect.get(target, name) as Call;
      return [name, (...args: unknown[]) => through(() => call.apply(target, args))] as const;
    });
    return { ...target, ...Object.fromEntries(calls) };
  };
  const cluster = (real: Cluster): Cluster => ({
    ...fused(real, CLUSTER_CALLS),
    event: (object, note) => dead || real.event(object, note),
  });
  const cloud = (real: Cloud): Cloud => ({
    ...real,
    open: (target, secret) => fused(real.open(target, secret), CLOUD_CALLS),
  });
  return {
    wrap: { cluster, cloud },
    arm: (call, when) => {
      left = call;
      moment = when;
    },
    disarm: () => {
      left = undefined;
    },
  };
}
