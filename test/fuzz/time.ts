// Lets virtual time pass, as the world does, but also for a pass that waits inside: one whose account was throttled waits up to
// 5 s for its turn with a worker taken, and real time would have to flow for it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../support/world.ts';

const QUIET_MS = 25;
const WAITING_MS = 1_500;

const STARTING_MS = 3_000;

export async function letPass(world: World, virtualMs: number): Promise<void> {
  const end = world.time.now().mono + virtualMs;
  while (world.time.now().mono < end) {
    await quiet(world);
    const leftMs = end - world.time.now().mono;
    if (leftMs > 0) world.time.advance(Math.min(world.time.nextMs() ?? leftMs, leftMs));
    await sleep(2);
  }
  await quiet(world);
}

/** An operator that has just started knows nothing of its resources yet; time that passes before it does is lost on it. */
async function awake(world: World): Promise<void> {
  const until = performance.now() + STARTING_MS;
  while (world.operator !== undefined && !world.operator.live() && performance.now() < until) await sleep(3);
}

/** Until nothing is worked on, or what is worked on has asked nobody for so long that it must be waiting for the clock. */
async function quiet(world: World): Promise<void> {
  await awake(world);
  let asked = -1;
  let askedAt = performance.now();
  let idleSince: number | undefined;
  for (;;) {
    const now = performance.now();
    const { working, fresh, later } = world.operator?.depth() ?? { working: 0, fresh: 0, later: 0 };
    const made = world.cloud.journal.entries.length + world.logs.length;
    idleSince = working + fresh + later > 0 ? undefined : (idleSince ?? now);
    if (made !== asked) askedAt = now;
    asked = made;
    if (idleSince !== undefined && now - idleSince >= QUIET_MS) return;
    if (now - askedAt >= WAITING_MS) return;
    await sleep(3);
  }
}
