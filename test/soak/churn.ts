// What users and others do to the members: one seeded action after the other, with pauses of exponential length.
import { setTimeout as sleep } from 'node:timers/promises';
import { ANNOTATIONS } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { componentObject, componentsPath } from '../support/kube-target.ts';
import { isReady } from '../support/world.ts';
import type { Cause, CauseKind } from './causes.ts';
import { type Member, memberSpec, settle, wishOf } from './member.ts';
import type { Stage } from './stage.ts';

export type ActionKind =
  | 'create'
  | 'createAgain'
  | 'edit'
  | 'editTwice'
  | 'editToFail'
  | 'scale'
  | 'force'
  | 'suspend'
  | 'editSuspended'
  | 'resume'
  | 'delete'
  | 'foreignRestart'
  | 'foreignModify';

export interface Churn {
  readonly counts: ReadonlyMap<ActionKind, number>;
  /** Acts until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Creates what is absent. */
  createAll(): Promise<void>;
  /** Edits some members at once. */
  burst(count: number): Promise<void>;
  /** Brings every member to one last wish: created, resumed, edited. */
  finish(): Promise<void>;
}

const PAUSE_MS = 5_000;
const SUSPENDED_MS = 40_000;
/** Two changes by others within an hour are an ownership conflict; the soak stays well away from it. */
const FOREIGN_MODIFY_MS = 90 * 60_000;
const MERGE = 'application/merge-patch+json';

export function createChurn(
  stage: Stage,
  { members, random }: { readonly members: readonly Member[]; readonly random: () => number },
): Churn {
  const counts = new Map<ActionKind, number>();
  const count = (kind: ActionKind) => counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const below = (n: number) => Math.floor(random() * n);
  let token = 0;
  let turn: Promise<unknown> = Promise.resolve();
  /** One action at a time: an edit that is repeated must not land after a newer one. */
  const exclusive = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  const create = async (member: Member): Promise<void> => {
    const again = member.version > 0 && random() < 0.5;
    if (!again) member.version += 1;
    if (member.kind === 'scaler' && !again) member.replica = otherReplica(member.replica, random());
    count(again ? 'createAgain' : 'create');
    member.state = 'present';
    const causes = [note(member, 'apply'), ...(member.kind === 'scaler' ? [note(member, 'scale')] : [])];
    const path = componentsPath(member.namespace);
    const object = componentObject(member.namespace, member.name, memberSpec(member));
    const { status } = await stage.call('POST', path, { body: object });
    if (status >= 300 && status !== 409) throw new Error(`${member.name} was refused: ${status}`);
    const made = await stage.call('GET', componentsPath(member.namespace, member.name));
    taken(member, made.json, causes);
  };
  const patch = async (member: Member, body: JsonObject, causes: readonly Cause[]): Promise<void> => {
    const path = componentsPath(member.namespace, member.name);
    const { status, json } = await stage.call('PATCH', path, { body, type: MERGE });
    if (status >= 300)
      throw new Error(`${member.name} was refused: ${status} ${JSON.stringify(json.message)}`);
    taken(member, json, causes);
  };
  const edit = async (member: Member, scale: boolean): Promise<void> => {
    member.version += 1;
    member.failed = false;
    if (scale) member.replica = otherReplica(member.replica, random());
    const causes = [note(member, 'edit'), ...(scale ? [note(member, 'scale')] : [])];
    await patch(member, { spec: { component: wishOf(member) } }, causes);
  };
  const resume = async (member: Member): Promise<void> => {
    for (const cause of member.causes)
      if (cause.eligibleAtMs === Number.POSITIVE_INFINITY) cause.eligibleAtMs = Date.now();
    member.state = 'present';
    await patch(member, { spec: { suspend: false } }, [note(member, 'resume')]);
  };
  const act = async (member: Member): Promise<void> => {
    const kind = choose(member, random());
    if (kind === undefined) return;
    if (kind !== 'create') count(kind);
    switch (kind) {
      case 'create':
      case 'createAgain':
        return create(member);
      case 'edit':
      case 'editSuspended':
        return edit(member, false);
      case 'scale':
        return edit(member, true);
      case 'editTwice':
        await edit(member, false);
        await sleep(below(4_000));
        return edit(member, false);
      case 'editToFail':
        stage.cloud.scriptJob({ end: 'FAILED', message: 'the soak let it fail' }, member.componentId);
        member.failureOrdered = true;
        return edit(member, false);
      case 'force': {
        token += 1;
        const annotations = { [ANNOTATIONS.force]: String(token) };
        return patch(member, { metadata: { annotations } }, [note(member, 'force', String(token))]);
      }
      case 'suspend':
        await patch(member, { spec: { suspend: true } }, []);
        member.state = 'suspended';
        member.suspendedAtMs = Date.now();
        return;
      case 'resume':
        return resume(member);
      case 'delete': {
        member.state = 'deleting';
        await stage.call('DELETE', componentsPath(member.namespace, member.name));
        return;
      }
      case 'foreignRestart':
        stage.cloud.console.startJob({ componentId: member.componentId, kind: 'restart' });
        return;
      case 'foreignModify':
        member.foreignModifyAtMs = Date.now();
        stage.cloud.console.startJob({
          componentId: member.componentId,
          kind: 'modify',
          body: { version: `9.0.${member.version}`, description: 'changed at the console' },
        });
        return;
      default: {
        const never: never = kind;
        return never;
      }
    }
  };
  return {
    counts,
    run: async (signal) => {
      while (!signal.aborted) {
        const cure = members.find(({ failed, state }) => failed && state === 'present');
        const member = cure ?? members[below(members.length)];
        if (member !== undefined) await exclusive(() => act(member));
        const pauseMs = Math.min(20_000, -Math.log(1 - random()) * PAUSE_MS);
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    },
    createAll: async () => {
      for (const member of members) if (member.state === 'absent') await create(member);
    },
    burst: (size) =>
      exclusive(async () => {
        const present = members.filter(({ state }) => state === 'present');
        const chosen = Array.from({ length: size }, () => present[below(present.length)]);
        for (const member of new Set(chosen)) {
          if (member === undefined) continue;
          count('edit');
          await edit(member, false);
        }
      }),
    finish: async () => {
      for (const member of members) {
        for (let i = 0; i < 600 && member.state === 'deleting'; i += 1) await sleep(500);
        if (member.state === 'absent') await create(member);
        else if (member.state === 'suspended') await resume(member);
        if (member.state === 'present') await edit(member, member.kind === 'scaler');
        count('edit');
      }
    },
  };
}

/** Notes a cause of the member as it is now; of a suspended one nothing may come before the resume. */
function note(member: Member, kind: CauseKind, token?: string): Cause {
  const { version, replica, state } = member;
  const cause: Cause = {
    kind,
    atMs: Date.now(),
    eligibleAtMs: state === 'suspended' ? Number.POSITIVE_INFINITY : 0,
    version,
    ...(kind === 'scale' ? { replica } : {}),
    ...(token === undefined ? {} : { token }),
  };
  member.causes.push(cause);
  return cause;
}

/** The API server has taken it; the object may have been seen with its end already. */
function taken(member: Member, json: JsonObject, causes: readonly Cause[]): void {
  const { uid, generation } = (json as unknown as KubeObject).metadata;
  for (const cause of causes) {
    cause.uid = uid;
    cause.generation = generation;
  }
  settle(member, Date.now());
}

function otherReplica(replica: number, random: number): number {
  return 1 + ((replica + Math.floor(random * 4)) % 5);
}

const AT_REST: readonly (readonly [number, ActionKind])[] = [
  [0.7, 'edit'],
  [0.08, 'editTwice'],
  [0.04, 'editToFail'],
  [0.08, 'force'],
  [0.03, 'suspend'],
  [0.03, 'delete'],
  [0.03, 'foreignRestart'],
  [0.01, 'foreignModify'],
];

/** What happens to a member next; undefined: nothing for now. */
function choose(member: Member, random: number): ActionKind | undefined {
  switch (member.state) {
    case 'absent':
      return 'create';
    case 'deleting':
      return undefined;
    case 'suspended':
      if (Date.now() - member.suspendedAtMs > SUSPENDED_MS) return 'resume';
      return random < 0.4 ? 'editSuspended' : undefined;
    case 'present':
      return member.failed ? 'edit' : choosePresent(member, random);
    default: {
      const never: never = member.state;
      return never;
    }
  }
}

function choosePresent(member: Member, random: number): ActionKind {
  let rest = random;
  const kind = AT_REST.find(([share]) => {
    rest -= share;
    return rest < 0;
  })?.[1];
  if (kind === undefined) return 'edit';
  if (member.kind === 'scaler') return kind === 'force' || kind === 'suspend' ? kind : scalerAction(random);
  const open = member.causes.some(({ end }) => end === undefined);
  const busy = open || member.last === undefined || !isReady(member.last);
  // A failure is ordered, a token is set and somebody else comes only where nothing is under way: what follows is then certain.
  if (busy && kind !== 'suspend' && kind !== 'editTwice' && kind !== 'delete') return 'edit';
  const early = Date.now() - member.foreignModifyAtMs < FOREIGN_MODIFY_MS;
  return kind === 'foreignModify' && early ? 'foreignRestart' : kind;
}

function scalerAction(random: number): ActionKind {
  return random < 0.35 ? 'scale' : 'edit';
}
