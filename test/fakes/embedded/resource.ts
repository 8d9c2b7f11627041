// What the server knows about a kind, and the registry of kinds.
// Promises: every served version of a kind is one Resource; versions of one kind share a `storage`, where objects are
// kept in one form, and convert on the way in and out. The registry finds a resource by its path or by any name that
// kubectl accepts.
import type { Cause } from './failure.ts';
import type { Json, Obj } from './json.ts';
import type { Schema } from './schema/types.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  /** 0 is shown always, higher ones only by `-o wide`. */
  readonly priority: number;
  /** `nowMs` is for ages. */
  readonly cell: (object: Obj, nowMs: number) => Json;
}

export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Name of the shared place of all versions: `secrets`, `components.example.io`. */
  readonly storage: string;
  readonly subresources: readonly string[];
  /** Spec changes are counted in metadata.generation. */
  readonly generation: boolean;
  /** Custom resources refuse wrong types with 422, built-in kinds fail to decode with 400. */
  readonly custom: boolean;
  readonly schema: Schema;
  readonly columns: readonly Column[];
  /** Fields a field selector may name, beside metadata.name and metadata.namespace, with their value. */
  readonly selectable: Readonly<Record<string, (object: Obj) => string>>;
  readonly toStorage?: (object: Obj) => Obj;
  readonly fromStorage?: (object: Obj) => Obj;
  /** Normalises a new or changed object in place (a Secret's stringData, say). */
  readonly normalise?: (object: Obj) => void;
  /** Rules of the kind that no schema can say. */
  readonly check?: (object: Obj, old: Obj | undefined) => Cause[];
}

/** `v1` or `servicestage.io/v1alpha1`. */
export function groupVersion(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The object as this version of the kind shows it. */
export function present(resource: Resource, stored: Obj): Obj {
  const shown = resource.fromStorage?.(stored) ?? stored;
  const apiVersion = groupVersion(resource);
  if (shown.apiVersion === apiVersion && shown.kind === resource.kind) return shown;
  return { ...shown, apiVersion, kind: resource.kind };
}

export class Registry {
  #resources: readonly Resource[] = [];

  get all(): readonly Resource[] {
    return this.#resources;
  }

  /** Serves these resources in place of what was served from the same storages. */
  serve(resources: readonly Resource[]): void {
    const storages = new Set(resources.map((resource) => resource.storage));
    this.#resources = [...this.#resources.filter((old) => !storages.has(old.storage)), ...resources];
  }

  withdraw(storage: string): void {
    this.#resources = this.#resources.filter((resource) => resource.storage !== storage);
  }

  at(group: string, version: string, plural: string): Resource | undefined {
    return this.#resources.find(
      (resource) => resource.group === group && resource.version === version && resource.plural === plural,
    );
  }

  /** The resource of an object; throws when the kind is not served in that version. */
  of(apiVersion: string, kind: string): Resource {
    const found = this.#resources.find(
      (resource) => resource.kind === kind && groupVersion(resource) === apiVersion,
    );
    if (!found) throw new Error(`the embedded API does not serve ${kind} of ${apiVersion}`);
    return found;
  }

  /** Finds by Kind, plural, singular, short name or `plural.group`; throws when nothing is called so. */
  named(name: string): Resource {
    const wanted = name.toLowerCase();
    const found = this.#resources.find((resource) => namesOf(resource).includes(wanted));
    if (!found) throw new Error(`the embedded API serves no kind called ${name}`);
    return found;
  }
}

function namesOf(resource: Resource): string[] {
  const { kind, plural, singular, group, shortNames } = resource;
  return [kind.toLowerCase(), plural, singular, `${plural}.${group}`, ...shortNames];
}
