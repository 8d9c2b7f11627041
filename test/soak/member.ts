// One resource of the soak with a component of its own: what was asked of it, and what its object showed last.
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleBody, exampleContainerBody, type Simulator } from '../fakes/simulator/index.ts';
import { exampleComponent } from '../support/make.ts';
import { isReady, specOf } from '../support/world.ts';
import type { Namespace } from './accounts.ts';
import { type AcceptedCall, type Cause, versionNumber, versionText } from './causes.ts';

/** A scaler runs in a container and has its instances managed; nobody else works on it (assumption A5). */
export type MemberKind = 'plain' | 'scaler';

export interface Member {
  readonly kind: MemberKind;
  readonly namespace: Namespace;
  readonly name: string;
  readonly componentId: string;
  readonly causes: Cause[];
  readonly releasedAtMs: number[];
  version: number;
  replica: number;
  /** What the soak has done to the object; it may not be seen yet. */
  state: 'absent' | 'present' | 'suspended' | 'deleting';
  suspendedAtMs: number;
  /** Its last job was meant to fail and did: only a newer edit helps. */
  failed: boolean;
  /** When a job that is meant to fail was ordered; used up by the next job. */
  failureOrdered: boolean;
  /** When somebody else last changed the configuration. */
  foreignModifyAtMs: number;
  last: KubeObject | undefined;
}

/** A member whose component exists and whose object does not. */
export function createMember(
  cloud: Simulator,
  { kind, namespace, name }: Pick<Member, 'kind' | 'namespace' | 'name'>,
): Member {
  const base = kind === 'plain' ? exampleBody : exampleContainerBody;
  const { id } = cloud.addComponent({ body: { ...base, name, version: versionText(0) } });
  return {
    kind,
    namespace,
    name,
    componentId: id,
    causes: [],
    releasedAtMs: [],
    version: 0,
    replica: 2,
    state: 'absent',
    suspendedAtMs: 0,
    failed: false,
    failureOrdered: false,
    foreignModifyAtMs: 0,
    last: undefined,
  };
}

/** What of `spec.component` an edit changes. */
export function wishOf({ kind, version, replica }: Member): JsonObject {
  const text = versionText(version);
  return kind === 'plain'
    ? { version: text, source: { ...PLAIN_SOURCE, url: `obs://bucket0001/weather-${text}.jar` } }
    : { version: text, replica, source: { ...IMAGE, url: `swr.example.com/weather/weather:${text}` } };
}

const PLAIN_SOURCE = { kind: 'package', version: '', storage: 'obs' } as const;
const IMAGE = { kind: 'image', storage: 'swr' } as const;

/** The whole spec; a check of the component every five minutes. */
export function memberSpec(member: Member): JsonObject {
  const { kind, name, componentId } = member;
  const spec = { componentId, interval: '5m' };
  if (kind === 'plain') return specOf({ name, ...wishOf(member) }, spec);
  const { labels: _labels, tomcatOpts: _tomcat, externalAccesses: _external, ...rest } = exampleComponent;
  return {
    ...specOf({}, spec),
    component: {
      ...rest,
      name,
      description: 'weather service',
      runtimeStack: { name: 'Docker', version: '', type: 'Docker', deployMode: 'container' },
      referResources: [
        {
          id: '2b1c9d1e-0000-4000-8000-000000000001',
          type: 'cce',
          parameters: { namespace: 'default', type: 'VirtualMachine', name: 'cluster' },
        },
      ],
      envs: [{ name: 'MODE', value: 'test' }],
      limitCpu: 0.5,
      limitMemory: 1,
      ...wishOf(member),
    },
  };
}

export function statusOf(object: KubeObject | undefined): Status | undefined {
  return object?.status as unknown as Status | undefined;
}

/** Closes the causes that the object now answers: in force, or failed as it was meant to. */
export function settle(member: Member, atMs: number): void {
  const { last } = member;
  if (last === undefined) return;
  const status = statusOf(last);
  const failed = member.failureOrdered && failedFor(last);
  if (failed) {
    member.failed = true;
    member.failureOrdered = false;
  }
  if (!failed && !isReady(last)) return;
  for (const cause of member.causes) {
    if (cause.end !== undefined || cause.uid !== last.metadata.uid || cause.generation === undefined)
      continue;
    if (cause.generation > last.metadata.generation) continue;
    if (cause.token !== undefined && !handled(cause.token, status?.lastHandledForceAt)) continue;
    cause.end = { kind: failed ? 'failed' : 'ready', atMs };
    // The edit that should have failed was overtaken, and the newer one is in force.
    if (!failed) member.failureOrdered = false;
  }
}

/** Tokens are numbers that grow; a later one replaces those before it. */
function handled(token: string, echo: string | undefined): boolean {
  return echo !== undefined && Number(echo) >= Number(token);
}

function failedFor(object: KubeObject): boolean {
  const status = statusOf(object);
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.reason === 'JobFailed' && status?.observedGeneration === object.metadata.generation;
}

/** Closes what an object that is gone can no longer answer. */
export function withdraw(member: Member, uid: string | undefined, atMs: number): void {
  for (const cause of member.causes)
    if (cause.end === undefined && (uid === undefined || cause.uid === uid))
      cause.end = { kind: 'withdrawn', atMs };
}

/** What the cloud accepted for the component, oldest first. */
export function acceptedCalls(cloud: Simulator, { componentId }: Member): readonly AcceptedCall[] {
  return cloud.journal.acceptedWrites(componentId).map((entry) => {
    const body = (entry.body ?? {}) as JsonObject;
    const replica = (body.parameters as JsonObject | undefined)?.replica;
    return {
      operation: entry.operation,
      atMs: entry.at,
      ...(entry.operation === 'modifyComponent' ? { version: versionNumber(entry.version) } : {}),
      ...(typeof replica === 'number' ? { replica } : {}),
      ...(entry.jobId === undefined ? {} : { jobId: entry.jobId }),
    };
  });
}
