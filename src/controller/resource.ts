// A custom resource as the API server gave it, turned into the facts that `decide` judges. Nothing here trusts the object:
// the spec may have passed an older CRD, the status may have been written by somebody else.
import { intervalMs, parseSpec, type Spec } from '../api/component.ts';
import { ANNOTATIONS, FINALIZER } from '../api/names.ts';
import {
  conditionSchema,
  driftSchema,
  historySchema,
  lastAppliedSchema,
  operationSchema,
  overwrittenSchema,
  remoteSchema,
  revertsSchema,
  type Status,
} from '../api/status.ts';
import { digestInput, secretRefs } from '../core/body.ts';
import { DIGEST_VERSION, specDigest } from '../core/digest.ts';
import type { Desired, Resource, SpecFacts } from '../core/facts.ts';
import { clip } from '../core/text.ts';
import type { JsonObject } from '../core/types.ts';
import type { KubeObject } from './ports.ts';

export interface ReadResource {
  readonly resource: Resource;
  /** What an account is opened with: the spec, or of an invalid one what is valid in it; undefined when not even that is. */
  readonly access: Spec | undefined;
  /** The spec as it was stored. */
  readonly stored: JsonObject;
}

/**
 * `known`: an earlier reading; a spec is parsed only once. Compared by its text: after a restore of etcd the same generation may
 * be another spec.
 */
export function readResource(object: KubeObject, known?: ReadResource): ReadResource {
  const { metadata } = object;
  const { spec, access } = isSameSpec(known, object)
    ? { spec: known.resource.spec, access: known.access }
    : readSpec(object.spec);
  const resource: Resource = {
    key: `${metadata.namespace}/${metadata.name}`,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation,
    deleting: metadata.deletionTimestamp !== undefined,
    hasFinalizer: metadata.finalizers?.includes(FINALIZER) ?? false,
    annotations: metadata.annotations ?? {},
    deletionPolicy: deletionPolicyOf(object),
    spec,
    hasStatus: object.status !== undefined,
    ...readStatus(object.status),
  };
  return { resource, access, stored: object.spec };
}

function isSameSpec(known: ReadResource | undefined, { metadata, spec }: KubeObject): known is ReadResource {
  if (known?.resource.uid !== metadata.uid || known.resource.generation !== metadata.generation) return false;
  return known.stored === spec || JSON.stringify(known.stored) === JSON.stringify(spec);
}

function readSpec(given: JsonObject): { readonly spec: SpecFacts; readonly access: Spec | undefined } {
  const parsed = parseSpec(given);
  if (parsed.kind === 'invalid') return { spec: invalid(parsed.problems), access: accessOf(given) };
  const warnings = parsed.warnings.map(({ path, message }) => `${path} ${message}`);
  return { spec: specFacts(parsed.spec, warnings), access: parsed.spec };
}

/** A job is followed and a deletion goes on also while the spec is invalid, as long as it says whose component it is. */
function accessOf({
  region,
  projectId,
  applicationId,
  componentId,
  credentialsSecretRef,
}: JsonObject): Spec | undefined {
  const identity = { region, projectId, applicationId, componentId, credentialsSecretRef };
  const parsed = parseSpec({ ...identity, component: PLACEHOLDER });
  return parsed.kind === 'ok' ? parsed.spec : undefined;
}

/** The smallest valid component; it names no Secret and is never sent. */
const PLACEHOLDER = {
  name: 'placeholder',
  version: '0.0.0',
  runtimeStack: { name: 'Docker', version: '', type: 'Docker', deployMode: 'container' },
  source: { kind: 'code' },
};

function specFacts(spec: Spec, warnings: readonly string[]): SpecFacts {
  const component = spec.component as JsonObject;
  const desired: Desired = {
    component,
    specDigest: specDigest(digestInput(spec.component)),
    digestVersion: DIGEST_VERSION,
    version: spec.component.version,
    replica: spec.component.replica,
    scaleHosts: spec.scaleHosts,
    deployMode: spec.component.runtimeStack.deployMode,
    hasSecretRefs: secretRefs(spec.component).length > 0,
    rolloutOnSecretChange: spec.rolloutOnSecretChange ?? true,
    ambiguousSubmit: spec.ambiguousSubmit ?? 'Verify',
    suspend: spec.suspend ?? false,
    driftPolicy: spec.driftPolicy ?? 'Observe',
    ignoreDifferences: spec.ignoreDifferences ?? [],
    intervalMs: intervalMs(spec.interval),
    warnings,
  };
  return { kind: 'valid', desired };
}

function invalid(problems: readonly { readonly path: string; readonly message: string }[]): SpecFacts {
  const shown = problems.slice(0, 3).map((p) => `${p.path} ${p.message}`);
  const more = problems.length > 3 ? `; and ${problems.length - 3} more` : '';
  return { kind: 'invalid', message: clip(`The spec is not valid: ${shown.join('; ')}${more}.`, 512) };
}

/** While terminating the annotation may override the spec, so that a deletion is never held up for good. */
function deletionPolicyOf({ metadata, spec }: KubeObject): 'Orphan' | 'Delete' {
  const override = metadata.annotations?.[ANNOTATIONS.deletionPolicy];
  if (metadata.deletionTimestamp !== undefined && (override === 'Orphan' || override === 'Delete'))
    return override;
  return spec.deletionPolicy === 'Delete' ? 'Delete' : 'Orphan';
}

/** What this file needs of a schema. */
interface Reader<T> {
  safeParse(value: unknown): { readonly success: boolean; readonly data?: T | undefined };
}

/** Members that carry decisions must be readable; the others are dropped and written anew. */
function readStatus(stored: JsonObject | undefined): {
  readonly status: Status;
  readonly statusProblem?: string;
} {
  const raw: JsonObject = stored ?? {};
  const problems: string[] = [];
  const vital = <T>(name: string, schema: Reader<T>): T | undefined => {
    if (raw[name] === undefined) return undefined;
    const parsed = schema.safeParse(raw[name]);
    if (!parsed.success) problems.push(`status.${name}`);
    return parsed.data;
  };
  const operation = vital('operation', operationSchema);
  const lastApplied = vital('lastApplied', lastAppliedSchema);
  const history = vital('history', historySchema.array());
  const conditions = conditionSchema.array().safeParse(raw.conditions).data;
  const remote = remoteSchema.safeParse(raw.remote).data;
  const drift = driftSchema.safeParse(raw.drift).data;
  const reverts = revertsSchema.safeParse(raw.reverts).data;
  const overwritten = overwrittenSchema.safeParse(raw.overwritten).data;
  const observed = raw.observedGeneration;
  const status: Status = {
    observedGeneration:
      typeof observed === 'number' && Number.isInteger(observed) && observed >= -1 ? observed : -1,
    ...(conditions === undefined ? {} : { conditions }),
    ...(operation === undefined ? {} : { operation }),
    ...(lastApplied === undefined ? {} : { lastApplied }),
    ...(remote === undefined ? {} : { remote }),
    ...(drift === undefined ? {} : { drift }),
    ...(reverts === undefined ? {} : { reverts }),
    ...(overwritten === undefined ? {} : { overwritten }),
    ...(history === undefined ? {} : { history }),
    ...echoes(raw),
  };
  return problems.length === 0
    ? { status }
    : { status, statusProblem: `${problems.join(', ')} cannot be read` };
}

function echoes(raw: JsonObject): Partial<Status> {
  const names = [
    'lastHandledReconcileAt',
    'lastHandledForceAt',
    'lastHandledResetAt',
    'lastHandledApproval',
    'lastHandledOperation',
  ] as const;
  const found: Partial<Record<(typeof names)[number], string>> = {};
  for (const name of names) {
    const value = raw[name];
    if (typeof value === 'string') found[name] = value;
  }
  return found;
}
