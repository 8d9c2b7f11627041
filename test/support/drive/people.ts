// What people do, and what happens around the operator: moves that happen only as often as the bounds say.
//
// An edit changes nothing that a read of the cloud sees, and a read nothing that an edit sees: it is made only where the next
// step of the leader looks at the resource or writes it, and while no pass is under way (partial-order reduction). A resource that
// nothing holds vanishes when it is deleted, so it is edited anywhere.
import { console_, isBusy } from './cloud.ts';
import { annotated, deleted, edited } from './kube.ts';
import { type Menu, type Move, touchesObject } from './moves.ts';
import type { World } from './state.ts';

export function deeds(world: World, menu: Menu): Move[] {
  const unheld = (world.object?.metadata.finalizers ?? []).length === 0;
  return [...(unheld || touchesObject(world) ? onResource(world, menu) : []), ...around(world, menu)];
}

function onResource(world: World, menu: Menu): Move[] {
  const { object } = world;
  if (object === undefined) return [];
  const edits = (menu.edits ?? []).map(
    (change): Move => ({
      name: () => `edit ${JSON.stringify(change)}`,
      kind: 'edit',
      after: () => edited(world, change),
    }),
  );
  const annotations = (menu.annotations ?? []).map(
    (each): Move => ({
      name: () => `annotate ${JSON.stringify(each)}`,
      kind: 'annotate',
      after: () => annotated(world, each),
    }),
  );
  const remove: Move = { name: () => 'kubectl delete', kind: 'remove', after: () => deleted(world) };
  return [...edits, ...annotations, ...(object.metadata.deletionTimestamp === undefined ? [remove] : [])];
}

const JUMP_MS = 7_200_000;

function around(world: World, menu: Menu): Move[] {
  const jobs = isBusy(world.cloud) ? [] : (menu.console ?? []);
  const ofConsole = jobs.map(
    (version): Move => ({
      name: () => `the console ${version === undefined ? 'restarts' : `deploys ${version}`}`,
      kind: 'console',
      after: () => console_(world, version),
    }),
  );
  const jumps = [JUMP_MS, -JUMP_MS].map(
    (ms): Move => ({
      name: () => `the wall clock jumps by ${ms / 3_600_000} h`,
      kind: 'jump',
      after: () => ({ ...world, wallShiftMs: world.wallShiftMs + ms }),
    }),
  );
  const credentials = world.credentials === 'there' ? 'missing' : 'there';
  return [
    ...ofConsole,
    ...jumps,
    {
      name: () => 'the Secret changes',
      kind: 'secret',
      after: () => ({ ...world, secret: `${world.secret}+` }),
    },
    {
      name: () => `the credentials are ${credentials}`,
      kind: 'credentials',
      after: () => ({ ...world, credentials }),
    },
  ];
}
