// From bytes to objects: lines of a watch stream and the cut-down form of a custom resource. What cannot be read is a
// value (`undefined`), never an exception, so that the reader must say what it does about it. Of metadata only the
// named fields are kept: managedFields and the last-applied annotation of kubectl are often larger than the rest.
import type { JsonObject } from '../core/types.ts';
import type { KubeObject } from './types.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** An object in etcd is at most 1.5 MiB; a longer line is not one. */
const LINE_LIMIT_BYTES = 8 * 1024 * 1024;

export type WatchLine =
  | { readonly kind: 'applied' | 'deleted'; readonly object: KubeObject }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string; readonly initialEnd: 'yes' | 'no' }
  | { readonly kind: 'error'; readonly status: JsonObject }
  | { readonly kind: 'garbage' };

/** Splits chunks into lines. A rest without a newline comes as the last item with `complete: 'no'`. */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<{ readonly text: string; readonly complete: 'yes' | 'no' }> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, at);
      yield {
        text: rest.length === 0 ? piece.toString() : Buffer.concat([...rest, piece]).toString(),
        complete: 'yes',
      };
      rest = [];
      size = 0;
      from = at + 1;
    }
    if (from < chunk.length) {
      // A copy, so that a short rest does not keep the whole chunk alive.
      rest.push(Buffer.from(chunk.subarray(from)));
      size += chunk.length - from;
    }
    if (size > LINE_LIMIT_BYTES) break;
  }
  if (size > 0) yield { text: Buffer.concat(rest).toString(), complete: 'no' };
}

/** One line of a watch stream; anything that is not an event with a usable object is `garbage`. */
export function decodeLine(text: string): WatchLine {
  const event = parse(text);
  const object = event?.object;
  if (!isObject(object)) return { kind: 'garbage' };
  switch (event?.type) {
    case 'ADDED':
    case 'MODIFIED':
      return withObject('applied', object);
    case 'DELETED':
      return withObject('deleted', object);
    case 'BOOKMARK':
      return decodeBookmark(object);
    case 'ERROR':
      return { kind: 'error', status: object };
    default:
      return { kind: 'garbage' };
  }
}

/** The cut-down object, or undefined when it lacks the metadata that every stored object has. */
export function decodeObject(value: unknown): KubeObject | undefined {
  if (!isObject(value) || !isObject(value.metadata)) return undefined;
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } =
    value.metadata;
  if (!isText(name) || !isText(namespace) || !isText(uid) || !isText(resourceVersion)) return undefined;
  const { finalizers, annotations } = value.metadata;
  return {
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      generation: typeof generation === 'number' ? generation : 0,
      ...(isText(creationTimestamp) ? { creationTimestamp } : {}),
      ...(isText(deletionTimestamp) ? { deletionTimestamp } : {}),
      ...(Array.isArray(finalizers) ? { finalizers: finalizers.filter(isText) } : {}),
      ...(isObject(annotations) ? { annotations: keepAnnotations(annotations) } : {}),
    },
    spec: isObject(value.spec) ? value.spec : {},
    ...(isObject(value.status) ? { status: value.status } : {}),
  };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keepAnnotations(all: JsonObject): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) {
    if (name !== LAST_APPLIED && typeof value === 'string') kept[name] = value;
  }
  return kept;
}

function withObject(kind: 'applied' | 'deleted', value: JsonObject): WatchLine {
  const object = decodeObject(value);
  return object === undefined ? { kind: 'garbage' } : { kind, object };
}

function decodeBookmark(object: JsonObject): WatchLine {
  const metadata = object.metadata;
  if (!isObject(metadata) || !isText(metadata.resourceVersion)) return { kind: 'garbage' };
  const marks = metadata.annotations;
  const initialEnd = isObject(marks) && marks['k8s.io/initial-events-end'] === 'true' ? 'yes' : 'no';
  return { kind: 'bookmark', resourceVersion: metadata.resourceVersion, initialEnd };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
