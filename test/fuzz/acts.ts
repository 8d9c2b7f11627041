// Each step, done to the world and entered in the books.
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleComponentId, exampleToken } from '../fakes/simulator/index.ts';
import type { EmbeddedKube } from '../support/embedded-kube.ts';
import { specOf, type World } from '../support/world.ts';
import { type Play, wishOf } from './books.ts';
import type { Fuse } from './fuse.ts';
import type { Step } from './steps.ts';
import { letPass } from './time.ts';

const LATE_MS = 15_000;

export interface Stage {
  readonly play: Play;
  readonly kube: EmbeddedKube;
  readonly start: () => Promise<void>;
  readonly fuse: () => Fuse | undefined;
}

export async function act(step: Step, { play, kube, start, fuse }: Stage): Promise<void> {
  const { world, ledger } = play;
  const { cloud } = world;
  switch (step.do) {
    case 'edit':
      return edit(play, { version: `1.0.${step.version}`, description: `note ${step.note}` });
    case 'replica': {
      if (play.spec.component.replica !== step.count) ledger.counts += 1;
      play.spec.component.replica = step.count;
      await world.edit({ replica: step.count });
      return;
    }
    case 'crashAt':
      return fuse()?.arm(step.call, step.moment);
    case 'restart': {
      ledger.lost += 1;
      if (step.how === 'kill') await world.kill();
      else await world.operator?.stop();
      world.operator = undefined;
      // What the dead process had sent arrives before time moves on.
      await sleep(20);
      world.time.advance(step.downSeconds * 1_000);
      return start();
    }
    case 'consoleEdit':
      cloud.console.edit(exampleComponentId, { description: `console ${step.note}` });
      ledger.changedAt = cloud.journal.entries.length;
      return;
    case 'foreignJob': {
      const script = { end: 'SUCCEEDED', durationMs: step.seconds * 1_000 } as const;
      const { kind } = step;
      ledger.foreignJobs += 1;
      if (kind === 'modify') {
        ledger.foreignModifies += 1;
        ledger.changedAt = cloud.journal.entries.length;
      }
      const body = kind === 'modify' ? { version: `7.0.${step.version}` } : undefined;
      cloud.console.startJob({ componentId: exampleComponentId, kind, script, body });
      return;
    }
    case 'throttle': {
      const retryAfter = step.retryAfterSeconds === 0 ? undefined : String(step.retryAfterSeconds);
      cloud.faults.add({
        next: step.requests,
        effect: { kind: 'throttle', ...(retryAfter === undefined ? {} : { retryAfter }) },
      });
      return;
    }
    case 'lostWrite':
      ledger.lost += 1;
      for (const operation of ['modifyComponent', 'actOnComponent'] as const)
        cloud.faults.add({ operation, ...LOSSES[step.how] });
      return;
    case 'serverError':
      cloud.faults.add({ next: step.requests, effect: { kind: 'html', status: step.status } });
      ledger.lost += 1;
      return;
    case 'garbage':
      cloud.faults.add({ next: step.requests, effect: { kind: 'garbage' } });
      ledger.lost += 1;
      return;
    case 'statusFault': {
      const { namespace } = world;
      const match = {
        verb: 'patch',
        resource: 'servicestagecomponents',
        subresource: 'status',
        namespace,
      } as const;
      kube.api.faults.add({ match, times: step.times, fault: { kind: step.kind } });
      return;
    }
    case 'wait':
      return letPass(world, step.seconds * 1_000);
    case 'rotateSecret':
      ledger.floating += 1;
      ledger.secret = `value-${ledger.floating}-${ledger.wishes.length}`;
      return world.secret('app', { password: ledger.secret });
    case 'credentials':
      return world.secret('huaweicloud', { token: step.state === 'right' ? exampleToken : 'wrong' });
    case 'token':
      return token(play, step.kind);
    case 'suspend':
      if (ledger.suspendedAt !== undefined) return;
      await world.patch({ spec: { suspend: true } });
      await letPass(world, 1_000);
      ledger.suspendedAt = sent(world);
      return;
    case 'resume':
      return ledger.suspendedAt === undefined ? undefined : resume(play);
    case 'jobScript': {
      ledger.jobEnds.add(step.end);
      if (step.forgetSeconds !== undefined) ledger.jobEnds.add('forgotten');
      cloud.scriptJob(
        {
          end: step.end,
          durationMs: step.seconds * 1_000,
          ...(step.forgetSeconds === undefined ? {} : { forgetAfterMs: step.forgetSeconds * 1_000 }),
        },
        exampleComponentId,
      );
      return;
    }
    case 'recreate':
      return recreate(play);
    default: {
      const never: never = step;
      return never;
    }
  }
}

const LOSSES = {
  acted: { phase: 'after', effect: { kind: 'reset' } },
  notActed: { phase: 'before', effect: { kind: 'reset' } },
  late: { effect: { kind: 'acceptLate', afterMs: LATE_MS } },
  noJobId: { effect: { kind: 'noJobId' } },
} as const;

export async function edit({ world, ledger, spec }: Play, change: JsonObject): Promise<void> {
  const before = wishOf(spec.component);
  Object.assign(spec.component, change);
  const wish = wishOf(spec.component);
  if (wish !== before) ledger.wishes.push(wish);
  await world.edit(change);
}

let tokens = 0;

export async function token({ world, ledger }: Play, kind: 'force' | 'reset' | 'reconcile'): Promise<void> {
  tokens += 1;
  const value = `token-${tokens}`;
  if (kind !== 'reconcile') ledger.floating += 1;
  if (kind === 'reset') ledger.resets += 1;
  ledger.tokens.set(kind, value);
  const name = kind === 'force' ? 'force-apply-at' : kind === 'reset' ? 'reset-at' : 'reconcile-requested-at';
  await world.patch({ metadata: { annotations: { [`servicestage.io/${name}`]: value } } });
}

/** Requests that the operator sent and the service accepted, late ones counted when they were sent. */
function sent(world: World): number {
  return world.cloud.journal.acceptedWrites(exampleComponentId).filter((e) => e.lateFor === undefined).length;
}

export async function resume({ world, ledger }: Play): Promise<void> {
  await letPass(world, 1_000);
  const more = sent(world) - (ledger.suspendedAt ?? 0);
  if (more > 0) ledger.problems.push(`PAUSE: ${more} calls while suspended`);
  ledger.suspendedAt = undefined;
  await world.patch({ spec: { suspend: false } });
}

export async function make({ world, ledger, spec }: Play): Promise<void> {
  ledger.madeAt = world.cloud.journal.entries.length;
  ledger.wishes.push(wishOf(spec.component));
  if (spec.component.replica !== undefined) ledger.counts += 1;
  ledger.told.clear();
  ledger.tokens.clear();
  await world.create(specOf(spec.component, spec.rest));
}

async function recreate(play: Play): Promise<void> {
  const { world, ledger } = play;
  await world.remove();
  for (let minutes = 0; minutes < 20 && (await world.get()) !== undefined; minutes += 1)
    await letPass(world, 60_000);
  if ((await world.get()) !== undefined) {
    ledger.problems.push('ORPHAN: not released within 20 minutes');
    return;
  }
  ledger.suspendedAt = undefined;
  await make(play);
}
