// The escape hatch: wire names that are merged over the body last (RFC 7386). Refuses what would remove a field, what belongs
// to the server and what a Secret fills.
import { type Fields, isFields, mergePatch, overlaps, own, pointer } from './paths.ts';
import type { JsonObject } from './types.ts';

const SERVER_KEYS = ['name', 'runtime_stack', 'replica'];

export interface ExtraBodyProblem {
  /** Path of the field as Kubernetes writes it. */
  readonly path: string;
  readonly message: string;
}

export function withExtraBody(body: JsonObject, component: Fields): JsonObject {
  const extra = own(component, 'extraBody');
  return isFields(extra) ? (mergePatch(body, extra as JsonObject) as JsonObject) : body;
}

/** `filled`: wire pointers whose values come from Secrets. Empty when the merge is safe. */
export function extraBodyProblems(component: Fields, filled: readonly string[]): readonly ExtraBodyProblem[] {
  const extra = own(component, 'extraBody');
  if (!isFields(extra)) return [];
  const path = (wire: string) => `spec.component.extraBody${wire.replaceAll('/', '.')}`;
  const top = SERVER_KEYS.filter((key) => Object.hasOwn(extra, key)).map((key) => ({
    path: path(`/${key}`),
    message: `${key} is refused in extraBody: the value of the server is sent; remove it`,
  }));
  const deeper = leaves(extra, '').flatMap(({ at, value }) => {
    if (value === null) return [{ path: path(at), message: 'null is refused in extraBody: remove it' }];
    if (!filled.some((wirePath) => overlaps(wirePath, at))) return [];
    return [
      {
        path: path(at),
        message: 'is filled from a Secret: remove it from extraBody or remove the reference',
      },
    ];
  });
  return [...top, ...deeper];
}

/** What RFC 7386 replaces as a whole; nulls inside lists are found as well. */
function leaves(value: unknown, at: string): readonly { readonly at: string; readonly value: unknown }[] {
  if (isFields(value)) return Object.keys(value).flatMap((key) => leaves(value[key], pointer(at, key)));
  const hidden = Array.isArray(value) && hasNull(value) ? [{ at, value: null }] : [];
  return [{ at, value }, ...hidden];
}

function hasNull(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'object' && Object.values(value).some(hasNull);
}
