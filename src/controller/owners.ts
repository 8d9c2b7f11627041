// Whose is a component: of all resources that name it, the one created first (then the lower UID) may work on it.
//
// Promises: for any set of resources there is exactly one owner per component, whatever the order in which they were seen;
// whoever gets or loses a turn is named, so that nobody waits for a component that is free. What lies outside the watched
// namespaces is not seen here; core/overwritten.ts notices it by its deeds.
import type { KubeObject } from './ports.ts';

interface Claim {
  readonly key: string;
  readonly component: string;
  readonly created: string;
  readonly uid: string;
}

/** The claims of all resources that are known. */
export class Owners {
  readonly #claims = new Map<string, Claim>();
  readonly #contested = new Map<string, readonly Claim[]>();

  /** Records what `object` names; the keys of other resources whose turn this may change. */
  claim(key: string, object: KubeObject): readonly string[] {
    const next = claimOf(key, object);
    const before = this.#claims.get(key);
    if (before?.uid === next.uid && before.component === next.component) return [];
    const freed = this.release(key);
    this.#claims.set(key, next);
    const rivals = this.#rivals(next.component);
    this.#contested.set(next.component, [...rivals, next].toSorted(byAge));
    return [...freed, ...rivals.map((rival) => rival.key)];
  }

  /** Forgets a resource; the keys of those that named the same component. */
  release(key: string): readonly string[] {
    const claim = this.#claims.get(key);
    if (claim === undefined) return [];
    this.#claims.delete(key);
    const rest = this.#rivals(claim.component).filter((rival) => rival.key !== key);
    if (rest.length === 0) this.#contested.delete(claim.component);
    else this.#contested.set(claim.component, rest);
    return rest.map((rival) => rival.key);
  }

  /** The key of the resource that owns the component of `key`, when that is another one. */
  takenBy(key: string): string | undefined {
    const claim = this.#claims.get(key);
    const owner = claim === undefined ? undefined : this.#rivals(claim.component)[0];
    return owner === undefined || owner.key === key ? undefined : owner.key;
  }

  #rivals(component: string): readonly Claim[] {
    return this.#contested.get(component) ?? [];
  }
}

function claimOf(key: string, { metadata, spec }: KubeObject): Claim {
  const component = [spec.projectId, spec.componentId].map(String).join('/').toLowerCase();
  return { key, component, created: metadata.creationTimestamp ?? '', uid: metadata.uid };
}

function byAge(a: Claim, b: Claim): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1;
  return a.uid < b.uid ? -1 : 1;
}
