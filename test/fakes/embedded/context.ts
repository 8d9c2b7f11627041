// What every handler of the core is given, and the two value types they speak: the resource request and the answer.
import type { Access } from './access.ts';
import type { Subject } from './failure.ts';
import type { Json, JsonMap, Obj } from './json.ts';
import type { Call, ResourceTarget } from './request.ts';
import type { Registry, Resource } from './resource.ts';
import type { RuleBook } from './schema/cel.ts';
import type { Store } from './store.ts';

export interface Context {
  readonly store: Store;
  readonly registry: Registry;
  readonly rules: RuleBook;
  readonly access: Access;
  /** Epoch ms. */
  readonly now: () => number;
  /** A fresh UUID. */
  readonly uid: () => string;
  /**
   * Objects whose status is only the default: a real server fills it in when reading and stores it with the first
   * update, so that even an update to nothing is a write once.
   */
  readonly unsettled: WeakSet<Obj>;
  /** Parses YAML bodies; undefined where no YAML library is installed. */
  readonly parseYaml: ((text: string) => unknown) | undefined;
}

/** A request to a resource that is served. `warnings` goes out as Warning headers. */
export interface Operation {
  readonly context: Context;
  readonly resource: Resource;
  readonly target: ResourceTarget;
  readonly call: Call;
  readonly warnings: string[];
}

export interface Answer {
  readonly code: number;
  readonly body: Json;
  /** The write went into the store. */
  readonly committed: boolean;
}

export function answer(code: number, body: Json): Answer {
  return { code, body, committed: false };
}

/** The object of a request, for errors about a resource. */
export function subjectOf({ resource, target }: Operation, name?: string): Subject {
  return { group: resource.group, kind: resource.plural, name: name ?? target.name };
}

/** The object of a request, for Invalid, which names the Kind. */
export function invalidSubject(resource: Resource, name: string): Subject {
  return { group: resource.group, kind: resource.kind, name };
}

export function isDryRun({ call }: Operation): boolean {
  const inBody = (call.body as JsonMap | undefined)?.dryRun;
  const wanted =
    call.query.get('dryRun') ?? (Array.isArray(inBody) && call.method === 'DELETE' ? inBody[0] : '');
  return wanted === 'All';
}

/** The stored object of the request, or undefined. */
export function stored({ context, resource, target }: Operation): Obj | undefined {
  return context.store.get(resource.storage, target.namespace || undefined, target.name);
}

/** Who is named in managedFields: the fieldManager parameter, else the user agent up to its slash. */
export function managerOf({ call }: Operation): string {
  const asked = call.query.get('fieldManager');
  if (asked) return asked;
  const [product = ''] = call.userAgent.split('/');
  return product === '' ? 'unknown' : product;
}
