// Plays steps against a world of its own: an operator that may die at any call, and the books of what was asked of it.
import type { Status } from '../../src/api/status.ts';
import type { Wrap } from '../../src/operator.ts';
import { exampleToken } from '../fakes/simulator/index.ts';
import type { EmbeddedKube } from '../support/embedded-kube.ts';
import { createWorld } from '../support/world.ts';
import { act, make, resume } from './acts.ts';
import { newLedger, type Play } from './books.ts';
import { createFuse, type Fuse } from './fuse.ts';

/** Short waits, so that a sequence takes few looks; the settle outlasts the latest acceptance that a step orders. */
const CONFIG = { pollIntervalMs: 15_000, unknownOutcomeSettleMs: 30_000 };

const secretEnv = [{ name: 'PASSWORD', valueSecretRef: { name: 'app', key: 'password' } }];

/** `wrap`: stands between the operator and the world, within the reach of the fuse. */
export async function startPlay(kube: EmbeddedKube, wrap: Wrap = {}): Promise<Play> {
  const world = await createWorld({ kube });
  const ledger = newLedger();
  const spec: Play['spec'] = {
    component: { version: '1.0.1', description: 'note 0', envs: secretEnv },
    rest: { interval: '10m', scaleHosts: ['host-1', 'host-2', 'host-3'] },
  };
  const lives: Promise<void>[] = [];
  let fuse: Fuse | undefined;
  const start = async (): Promise<void> => {
    fuse = createFuse(() => {
      ledger.lost += 1;
      lives.push(world.kill().then(start));
    });
    await world.start(CONFIG, { ...wrap, ...fuse.wrap });
  };
  const settled = async (): Promise<void> => {
    for (let waiting = lives.splice(0); waiting.length > 0; waiting = lives.splice(0))
      await Promise.all(waiting);
  };
  const play: Play = {
    world,
    ledger,
    spec,
    perform: async (step) => {
      await settled();
      await act(step, { play, kube, start, fuse: () => fuse });
      await settled();
      await listen(play);
    },
    calm: async () => {
      fuse?.disarm();
      await settled();
      fuse?.disarm();
      world.cloud.faults.clear();
      await world.secret('huaweicloud', { token: exampleToken });
      if (ledger.suspendedAt !== undefined) await resume(play);
    },
    status: async () => {
      await settled();
      return await listen(play);
    },
    stop: async () => {
      await settled();
      await world.stop();
    },
  };
  await world.secret('app', { password: ledger.secret });
  await start();
  await make(play);
  return play;
}

/** The history as it stands; entries that fall out of it later stay in the books. */
async function listen({ world, ledger }: Play): Promise<Status | undefined> {
  const status = (await world.get())?.status as unknown as Status | undefined;
  for (const entry of status?.history ?? [])
    if (entry.jobId !== undefined) ledger.told.set(entry.jobId, entry);
  return status;
}
