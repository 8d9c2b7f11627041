// Which lists to watch. Each target is one list + watch of its own, because one request covers either one namespace or
// the whole cluster.
import { GROUP, PLURAL, VERSION } from '../api/names.ts';

export interface WatchTarget {
  /** The namespace, or `''` for the whole cluster. */
  readonly scope: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** Path of one custom resource. */
export function objectPath(namespace: string, name: string): string {
  return `${listPath(namespace)}/${encodeURIComponent(name)}`;
}

/** One target per namespace, one for the whole cluster when none is given. Duplicates and blanks are dropped. */
export function watchTargets(namespaces: readonly string[], labelSelector?: string): readonly WatchTarget[] {
  const named = [...new Set(namespaces.map((name) => name.trim()).filter((name) => name !== ''))];
  const query = labelSelector ? { labelSelector } : {};
  const scopes = named.length === 0 ? [''] : named;
  return scopes.map((scope) => ({ scope, path: listPath(scope), query }));
}

function listPath(namespace: string): string {
  const base = `/apis/${GROUP}/${VERSION}`;
  return namespace === ''
    ? `${base}/${PLURAL}`
    : `${base}/namespaces/${encodeURIComponent(namespace)}/${PLURAL}`;
}
