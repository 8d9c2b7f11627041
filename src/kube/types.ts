// The nouns of the cluster side. KubeObject, JsonPatch, WriteOutcome, EventNote, SecretLookup and Log have the same
// shape as the ports of the loop; main joins the two and the compiler checks the fit there.
import type { EventReason } from '../api/names.ts';
import type { JsonObject } from '../core/types.ts';

/** A custom resource, cut down to what the operator reads; never carries managedFields. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: JsonObject;
  readonly status?: JsonObject;
}

export type JsonPatch = readonly (
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
)[];

export type WriteOutcome =
  | { readonly kind: 'written'; readonly object: KubeObject }
  | { readonly kind: 'stale' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'rejected'; readonly message: string };

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly action: string;
  readonly note: string;
}

export type SecretLookup =
  | { readonly kind: 'found'; readonly data: Readonly<Record<string, string>> }
  | { readonly kind: 'missing' }
  | { readonly kind: 'forbidden'; readonly message: string };

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A number in [0, 1). */
export type Random = () => number;

/** The name under which a record is kept. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
