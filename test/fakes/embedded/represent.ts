// The form a client asked for in its Accept header: plain objects, tables, or metadata only.
// Promises: tables carry the kind's columns (a CRD's additionalPrinterColumns) and metadata per row unless asked
// otherwise; the first acceptable clause of the header wins; a client that accepts no JSON gets 406.
import { notAcceptable } from './failure.ts';
import { isMap, type Json, type JsonMap, type Obj } from './json.ts';
import type { Resource } from './resource.ts';

export type Form = 'plain' | 'table' | 'metadata';

export interface Style {
  readonly form: Form;
  readonly resource: Resource;
  /** Epoch ms, asked for every answer and event, so that ages in a watch go on. */
  readonly now: () => number;
  /** `Metadata`, `Object` or `None`: what a table row carries. */
  readonly includeObject: string;
}

/** Reads the Accept header. Throws 406. */
export function formOf(accept: string): Form {
  if (accept.trim() === '') return 'plain';
  for (const clause of accept.split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    if (!['application/json', '*/*', 'application/*'].includes(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='));
    if (as === 'as=Table') return 'table';
    if (as?.startsWith('as=PartialObjectMetadata')) return 'metadata';
    if (!as) return 'plain';
  }
  throw notAcceptable();
}

/** An answer body (object, list or Status) in the asked form. */
export function represent(body: Json, style: Style): Json {
  if (style.form === 'plain' || !isMap(body) || body.kind === 'Status') return body;
  const items = body.items;
  const objects = (Array.isArray(items) ? items : [body]) as Obj[];
  const metadata = isMap(body.metadata) ? body.metadata : {};
  const listMeta = Array.isArray(items) ? metadata : { resourceVersion: metadata.resourceVersion };
  if (style.form === 'table') return table(style, listMeta, objects);
  if (!Array.isArray(items)) return partial(body as Obj);
  const partials = objects.map(partial);
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMeta,
    items: partials,
  };
}

/** A Table; rows show `objects` as this kind prints them. */
export function table(style: Style, metadata: JsonMap, objects: readonly Obj[]): JsonMap {
  const { resource, now, includeObject } = style;
  const columnDefinitions = resource.columns.map((column) => ({
    name: column.name,
    type: column.type === 'date' ? 'string' : column.type,
    format: column.format ?? '',
    description: column.description ?? '',
    priority: column.priority,
  }));
  const rows = objects.map((object): JsonMap => {
    const stored = resource.toStorage?.(object) ?? object;
    const cells = resource.columns.map((column) => column.cell(stored, now()));
    if (includeObject === 'None') return { cells };
    return { cells, object: includeObject === 'Object' ? object : partial(object) };
  });
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions, rows };
}

function partial(object: Obj): JsonMap {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** The object of a watch event in the asked form; bookmarks have no row. */
export function representEvent(type: string, object: Obj, style: Style): Json {
  if (style.form === 'metadata') return partial(object);
  if (style.form === 'plain') return object;
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  return table(style, metadata, type === 'BOOKMARK' ? [] : [object]);
}
