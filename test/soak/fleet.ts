// All members together: they hear from the watches, remember what the histories told, and answer for the audit.
import type { KubeObject } from '../../src/controller/ports.ts';
import { isReady } from '../support/world.ts';
import { NAMESPACES } from './accounts.ts';
import { auditCalls, auditFinal, auditTold, type MemberRecord } from './audit.ts';
import type { Cause } from './causes.ts';
import { versionNumber } from './causes.ts';
import { follow } from './follow.ts';
import { acceptedCalls, createMember, type Member, settle, statusOf, withdraw } from './member.ts';
import type { Stage } from './stage.ts';

const PER_NAMESPACE = 10;
const SCALERS_EVERY = 5;

export interface Miss {
  readonly member: string;
  readonly cause: string;
  readonly openSeconds: number;
  /** Ready condition and operation when it was found. */
  readonly state: string;
}

export interface Fleet {
  readonly members: readonly Member[];
  /** Rules that a written status broke. */
  readonly statusProblems: readonly string[];
  readonly misses: readonly Miss[];
  /** Notes the causes that have been open for longer than the bound, each once. */
  findMisses(boundMs: number): void;
  open(): readonly Cause[];
  /** ONCE, MONO, SUSPENDED over everything accepted so far. */
  auditCalls(): string[];
  /** TOLD and ESR, which hold once everything has settled. */
  auditEnd(): { readonly violations: string[]; readonly excused: number };
  /** Ends when the signal that was given has aborted. */
  readonly ended: Promise<unknown>;
}

/** Makes the members and begins to watch. */
export function createFleet(stage: Stage, signal: AbortSignal): Fleet {
  const members = NAMESPACES.flatMap((namespace) =>
    Array.from({ length: PER_NAMESPACE }, (_, i) => {
      const kind = i % SCALERS_EVERY === 0 ? ('scaler' as const) : ('plain' as const);
      return createMember(stage.cloud, { kind, namespace, name: `${namespace.replace('soak-', '')}-${i}` });
    }),
  );
  const byName = new Map(members.map((member) => [`${member.namespace}/${member.name}`, member]));
  const of = ({ metadata }: KubeObject) => byName.get(`${metadata.namespace}/${metadata.name}`);
  const told = new Map<string, string>();
  const statusProblems: string[] = [];
  const misses: Miss[] = [];
  const missed = new Set<Cause>();
  const eye = {
    seen: (object: KubeObject): void => {
      for (const entry of statusOf(object)?.history ?? [])
        if (entry.jobId !== undefined) told.set(entry.jobId, entry.result);
      const member = of(object);
      if (member === undefined) return;
      member.last = object;
      settle(member, Date.now());
    },
    gone: (object: KubeObject): void => {
      const member = of(object);
      if (member === undefined) return;
      member.releasedAtMs.push(Date.now());
      withdraw(member, object.metadata.uid, Date.now());
      if (member.last?.metadata.uid === object.metadata.uid) member.last = undefined;
      if (member.state === 'deleting') member.state = 'absent';
    },
    violated: (text: string): void => void statusProblems.push(text),
  };
  const watching = NAMESPACES.map((namespace) => follow(stage, { namespace, eye, signal }));
  const record = (member: Member): MemberRecord => ({
    name: member.name,
    causes: member.causes,
    accepted: acceptedCalls(stage.cloud, member),
    jobs: stage.cloud.component(member.componentId).jobs,
    releasedAtMs: member.releasedAtMs,
    told,
  });
  return {
    members,
    statusProblems,
    misses,
    findMisses: (boundMs) => {
      for (const member of members)
        for (const cause of openCauses(member)) {
          const openMs = Date.now() - Math.max(cause.atMs, cause.eligibleAtMs);
          if (openMs <= boundMs || missed.has(cause)) continue;
          missed.add(cause);
          misses.push(missOf(member, cause, openMs));
        }
    },
    open: () => members.flatMap(openCauses),
    auditCalls: () => members.flatMap((member) => auditCalls(record(member))),
    auditEnd: () => {
      const tellings = members.map((member) => auditTold(record(member)));
      return {
        violations: [...tellings.flatMap(({ violations }) => violations), ...members.flatMap(finalOf(stage))],
        excused: tellings.reduce((sum, { excused }) => sum + excused, 0),
      };
    },
    ended: Promise.all(watching),
  };
}

/** Of a suspended member nothing is expected. */
function openCauses({ causes, state }: Member): readonly Cause[] {
  return state === 'suspended' ? [] : causes.filter(({ end }) => end === undefined);
}

function finalOf({ cloud }: Stage): (member: Member) => string[] {
  return (member) => {
    const { config, replica } = cloud.component(member.componentId);
    return auditFinal(member.name, {
      wantedVersion: member.version,
      version: versionNumber(typeof config.version === 'string' ? config.version : undefined),
      wantedReplica: member.kind === 'scaler' ? member.replica : undefined,
      replica,
      ready: member.last !== undefined && isReady(member.last),
    });
  };
}

function missOf(member: Member, cause: Cause, openMs: number): Miss {
  const status = statusOf(member.last);
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const { phase, type, version } = status?.operation ?? {};
  return {
    member: `${member.namespace}/${member.name}`,
    cause: `${cause.kind} ${cause.version} of ${new Date(cause.atMs).toISOString()}`,
    openSeconds: Math.round(openMs / 1_000),
    state: `Ready=${ready?.status}/${ready?.reason} "${ready?.message}", operation ${type} ${version ?? ''} ${phase}`,
  };
}
