// A request body turned into an object of the asked kind, as the decoder of a real server does it.
// Promises: kind and version must match; unknown fields are dropped and, by fieldValidation, refused (Strict), warned
// about (Warn, the default) or ignored; defaults are filled in. The result is a private copy.
import { decodeFailure } from './builtin.ts';
import type { Operation } from './context.ts';
import { type ApiFailure, badRequest, invalid } from './failure.ts';
import { clone, dig, digText, isMap, type Json, type JsonMap, type Obj } from './json.ts';
import { groupVersion } from './resource.ts';
import { applyDefaults, dropNulls, prune } from './schema/prune.ts';
import { structuralProblems } from './schema/validate.ts';

/** The object of a POST or PUT body. */
export function decodeBody(operation: Operation): Obj {
  const { call, resource } = operation;
  if (!isMap(call.body)) throw badRequest('the request body is not an object');
  const version = groupVersion(resource);
  const given = digText(call.body, 'apiVersion') || version;
  if (given !== version || (digText(call.body, 'kind') || resource.kind) !== resource.kind) {
    const data = `${given}, Kind=${digText(call.body, 'kind')}`;
    const expected = `${version}, Kind=${resource.kind}`;
    throw badRequest(
      `the API version in the data (${data}) does not match the expected API version (${expected})`,
    );
  }
  const raw = clone(call.body);
  dropNulls(raw, resource.schema);
  return decodeObject(operation, raw, bodyRefusal);
}

/** Checks, prunes and completes `raw`, which must be a private copy. `refuse` words the strict refusal. */
export function decodeObject(
  operation: Operation,
  raw: JsonMap,
  refuse: (operation: Operation, text: string) => ApiFailure,
): Obj {
  const { resource } = operation;
  if (raw.metadata !== undefined && !isMap(raw.metadata)) {
    throw badRequest('metadata must be an object');
  }
  const object = { apiVersion: groupVersion(resource), kind: resource.kind, ...raw } as Obj;
  object.metadata = completeMeta(isMap(raw.metadata) ? raw.metadata : {});
  const unknown = prune(object, resource.schema, '');
  handleUnknown(operation, unknown, refuse);
  refuseUndecodable(operation, object);
  applyDefaults(object, resource.schema);
  return object;
}

/** Nulls and empty collections in metadata mean absent; the server's own keys may be missing in what a client sends. */
function completeMeta(given: JsonMap): Obj['metadata'] {
  const hollow = (value: Json | undefined): boolean =>
    value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
  const present = Object.entries(given).filter(([, value]) => !hollow(value));
  const defaults = { name: '', uid: '', resourceVersion: '', creationTimestamp: '' };
  return { ...defaults, ...Object.fromEntries(present) };
}

function handleUnknown(
  operation: Operation,
  unknown: readonly string[],
  refuse: (operation: Operation, text: string) => ApiFailure,
): void {
  const mode = operation.call.query.get('fieldValidation') ?? 'Warn';
  if (unknown.length === 0 || mode === 'Ignore') return;
  const texts = unknown.map((path) => `unknown field "${path}"`);
  if (mode !== 'Strict') operation.warnings.push(...texts);
  else throw refuse(operation, `strict decoding error: ${texts.join(', ')}`);
}

function bodyRefusal({ resource }: Operation, text: string): ApiFailure {
  const { kind, version } = resource;
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${text}`);
}

/** A patch is refused as Invalid: the real server names the patch itself as the field. */
export function patchRefusal({ call }: Operation, text: string): ApiFailure {
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(call.body))}: ${text}`;
  const cause = { reason: 'FieldValueInvalid', message, field: 'patch' };
  return invalid({ group: '', kind: '', name: '' }, [cause]);
}

/** Built-in kinds and metadata are typed at decoding: a wrong type there is 400, not 422. */
function refuseUndecodable({ resource }: Operation, object: Obj): void {
  const schema = resource.custom ? resource.schema.properties?.metadata : resource.schema;
  if (!schema) return;
  const value: Json = resource.custom ? (dig(object, 'metadata') ?? {}) : object;
  const sent = resource.custom ? sentMeta(value) : { ...object, metadata: sentMeta(object.metadata) };
  const path = resource.custom ? 'metadata' : '';
  const problems = structuralProblems({ value: sent, old: undefined, schema, path });
  const undecodable = problems.filter((problem) => problem.reason !== 'FieldValueRequired');
  if (undecodable.length > 0) throw decodeFailure(resource, undecodable);
}

/** Without the empty placeholders of `completeMeta`, which no schema has to accept. */
function sentMeta(value: Json): JsonMap {
  const entries = Object.entries(isMap(value) ? value : {});
  return Object.fromEntries(entries.filter(([, item]) => item !== ''));
}
