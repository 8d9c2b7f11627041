// The account of a resource: its credentials Secret and the values of every Secret that the spec refers to, read by name in
// the resource's own namespace. The values live for one pass and are never printed.
import type { Spec } from '../api/component.ts';
import { type SecretRef, secretRefs } from '../core/body.ts';
import { secretDigest } from '../core/digest.ts';
import type { Account, Read } from '../core/facts.ts';
import { failureOf } from '../core/failure.ts';
import { hiddenTexts } from '../core/hidden.ts';
import type { Failure, Target } from '../core/types.ts';
import type { Cloud, CloudSession, Cluster, DigestKey, SecretData } from './ports.ts';

export interface OpenedAccount {
  readonly read: Read<Account>;
  readonly session: CloudSession | undefined;
}

export interface AccountParts {
  readonly cluster: Cluster;
  readonly cloud: Cloud;
  readonly digestKey: DigestKey;
}

/** Reads every Secret once and opens the session; a missing or unusable Secret is a failure that names it and the cure. */
export async function openAccount(
  parts: AccountParts,
  wanted: { readonly namespace: string; readonly spec: Spec },
  signal: AbortSignal,
): Promise<OpenedAccount> {
  const { namespace, spec } = wanted;
  const refs = secretRefs(spec.component);
  const names = [...new Set([spec.credentialsSecretRef.name, ...refs.map((ref) => ref.secretName)])];
  const secrets = new Map<string, SecretData>();
  for (const name of names) {
    const lookup = await parts.cluster.readSecret(namespace, name, signal);
    if (lookup.kind === 'missing')
      return unavailable(`Secret ${namespace}/${name} does not exist; create it`);
    if (lookup.kind === 'forbidden') {
      return failedWith({
        class: 'permission',
        code: 'SecretForbidden',
        message: `the operator may not read Secret ${namespace}/${name}; allow get on secrets there`,
      });
    }
    secrets.set(name, lookup.data);
  }
  const resolved = resolve(refs, secrets, namespace);
  if ('problem' in resolved) return unavailable(resolved.problem);
  const hidden = hiddenTexts(spec.component, resolved.values);
  const data = secrets.get(spec.credentialsSecretRef.name) ?? {};
  const opened = open(parts.cloud, spec, { data, hidden });
  if ('class' in opened) return failedWith(named(opened, namespace, spec.credentialsSecretRef.name));
  const digest = refs.length === 0 ? undefined : await parts.digestKey.get(signal);
  const account: Account = {
    secrets: resolved.values,
    secretDigest: digest === undefined ? undefined : secretDigest(digest.key, resolved.values),
    keyId: digest?.keyId,
  };
  return { read: { kind: 'ok', value: account }, session: opened };
}

function open(
  cloud: Cloud,
  spec: Spec,
  { data, hidden }: { readonly data: SecretData; readonly hidden: readonly string[] },
): CloudSession | Failure {
  const target: Target = {
    region: spec.region,
    projectId: spec.projectId,
    applicationId: spec.applicationId,
    componentId: spec.componentId,
  };
  try {
    return cloud.open(target, data, hidden);
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return failure;
  }
}

function named(failure: Failure, namespace: string, name: string): Failure {
  return failure.class === 'credentials'
    ? { ...failure, message: `Secret ${namespace}/${name}: ${failure.message}` }
    : failure;
}

type Resolved = { readonly values: Account['secrets'] } | { readonly problem: string };

function resolve(
  refs: readonly SecretRef[],
  secrets: ReadonlyMap<string, SecretData>,
  namespace: string,
): Resolved {
  const values: Record<string, string | Readonly<Record<string, string>>> = {};
  for (const ref of refs) {
    const data = secrets.get(ref.secretName) ?? {};
    if (ref.key === undefined) {
      values[ref.path] = data;
      continue;
    }
    const value = Object.hasOwn(data, ref.key) ? data[ref.key] : undefined;
    if (value === undefined)
      return {
        problem: `Secret ${namespace}/${ref.secretName} has no key "${ref.key}", which spec.component${ref.path} refers to; add it`,
      };
    values[ref.path] = value;
  }
  return { values };
}

function unavailable(message: string): OpenedAccount {
  return failedWith({ class: 'credentials', code: 'SecretUnavailable', message });
}

function failedWith(failure: Failure): OpenedAccount {
  return { read: { kind: 'failed', failure }, session: undefined };
}
