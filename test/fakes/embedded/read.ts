// GET of one object and of lists.
// Promises: pages of one list all show the version of the first page; a continue token or an exact version below the
// compaction floor is 410; a version not reached yet is 504, so a client never reads the past as the future.
import { type Answer, answer, type Operation, stored, subjectOf } from './context.ts';
import { badRequest, expired, invalid, notFound, versionTooLarge } from './failure.ts';
import { dig, digText, type JsonMap, type Obj } from './json.ts';
import { groupVersion, present, type Resource } from './resource.ts';
import { selected } from './selector.ts';
import { keyOf, type Store } from './store.ts';

/** GET of an object or of one of its subresources. */
export function get(operation: Operation): Answer {
  const live = stored(operation);
  if (!live) throw notFound(subjectOf(operation));
  checkVersion(operation.context.store, operation.call.query);
  return answer(200, present(operation.resource, live));
}

/** GET of a collection. */
export function list(operation: Operation): Answer {
  const { context, resource, target, call } = operation;
  const wanted = selected(resource, call.query);
  const page = openPage(operation);
  const all = context.store.at(resource.storage, page.version);
  const inScope = (object: Obj): boolean =>
    target.namespace === '' || object.metadata.namespace === target.namespace;
  const found = all.filter((object) => inScope(object) && wanted(object) && keyOfObject(object) > page.after);
  const limit = Number(call.query.get('limit') ?? 0);
  const shown = limit > 0 ? found.slice(0, limit) : found;
  const metadata: JsonMap = { resourceVersion: String(page.version) };
  const last = shown.at(-1);
  if (last && shown.length < found.length) {
    metadata.continue = encodeToken({ version: page.version, after: keyOfObject(last) });
    const filtered = call.query.get('labelSelector') || call.query.get('fieldSelector');
    if (!filtered) metadata.remainingItemCount = found.length - shown.length;
  }
  return answer(200, listObject(resource, metadata, shown));
}

/** A list object; built-in kinds leave apiVersion and kind off their items, as on a real server. */
export function listObject(resource: Resource, metadata: JsonMap, objects: readonly Obj[]): JsonMap {
  const items = objects.map((object) => {
    const shown = present(resource, object);
    if (resource.custom) return shown;
    const { apiVersion: _, kind: __, ...rest } = shown;
    return rest;
  });
  return { kind: `${resource.kind}List`, apiVersion: groupVersion(resource), metadata, items };
}

/** Throws for a version in the future; returns the asked version, 0 when none was asked. */
export function checkVersion(store: Store, query: URLSearchParams): number {
  const text = query.get('resourceVersion') ?? '';
  if (text === '') return 0;
  if (!/^\d+$/.test(text)) throw badRequest(`invalid resource version "${text}"`);
  const asked = Number(text);
  if (asked > store.version) throw versionTooLarge(asked, store.version);
  return asked;
}

interface Page {
  readonly version: number;
  /** Objects up to and including this key are on earlier pages. */
  readonly after: string;
}

function openPage({ context, resource, call }: Operation): Page {
  const { store } = context;
  const floor = store.floor(resource.storage);
  const token = call.query.get('continue') ?? '';
  if (token !== '') return continuePage(token, { version: store.version, floor });
  const asked = checkVersion(store, call.query);
  const match = call.query.get('resourceVersionMatch') ?? '';
  if (match === 'Exact') {
    if (asked === 0) throw matchRefusal('resourceVersionMatch "Exact" is forbidden for resourceVersion "0"');
    if (asked < floor) throw expired(`The resourceVersion for the provided list is too old.`);
    return { version: asked, after: '' };
  }
  if (match !== '' && match !== 'NotOlderThan') throw matchRefusal(`unsupported value "${match}"`);
  return { version: store.version, after: '' };
}

function continuePage(text: string, now: { version: number; floor: number }): Page {
  const page = decodeToken(text);
  if (page.version >= now.floor) return page;
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  throw expired(message, { continue: encodeToken({ version: now.version, after: page.after }) });
}

function encodeToken({ version, after }: Page): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start: after })).toString(
    'base64url',
  );
}

function decodeToken(text: string): Page {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const version = dig(token, 'rv');
    if (typeof version === 'number') return { version, after: digText(token, 'start') };
  } catch {
    // Falls through to the refusal: any unreadable token is the same mistake.
  }
  throw badRequest('continue key is not valid');
}

function matchRefusal(text: string): Error {
  const cause = {
    reason: 'FieldValueForbidden',
    message: `Forbidden: ${text}`,
    field: 'resourceVersionMatch',
  };
  return invalid({ group: 'meta.k8s.io', kind: 'ListOptions', name: '' }, [cause]);
}

function keyOfObject({ metadata }: Obj): string {
  return keyOf(metadata.namespace, metadata.name);
}
