// metadata.managedFields: who owns which field, kept through updates and through server-side apply.
// Promises: an update takes over what it changes and never conflicts; an apply conflicts with other owners of fields it
// would change unless forced; an entry's time moves only when its fields change, so a no-op stays a no-op.
// Assumes one version per kind in use at a time: sets are not converted between API versions.
import { applyConflict, type Cause } from '../failure.ts';
import { clone, equal, isMap, type Json, type ManagedEntry, type Obj, rfc3339 } from '../json.ts';
import type { Schema } from '../schema/types.ts';
import { merge, takeAway } from './merge.ts';
import {
  difference,
  EMPTY,
  type FieldSet,
  fromFieldsV1,
  intersection,
  isEmpty,
  onlyField,
  paths,
  same,
  toFieldsV1,
  union,
  without,
} from './set.ts';
import { appliedFields, compare } from './walk.ts';

/** Who writes, through which door. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly nowMs: number;
  readonly schema: Schema;
  /** The kind has a status subresource, so the main door does not own status. */
  readonly splitStatus: boolean;
}

interface Owner {
  readonly entry: ManagedEntry;
  readonly fields: FieldSet;
}

/** Fields that belong to the server or identify the object: nobody owns them. */
const UNOWNED = [
  ['apiVersion'],
  ['kind'],
  ...[
    'name',
    'namespace',
    'uid',
    'selfLink',
    'creationTimestamp',
    'resourceVersion',
    'generation',
    'managedFields',
  ].map((key) => ['metadata', key]),
];

/** The managedFields after an update from `live` (undefined: a creation) to `next`. */
export function afterUpdate(live: Obj | undefined, next: Obj, writer: Writer): ManagedEntry[] {
  const owners = decode(next.metadata.managedFields ?? live?.metadata.managedFields);
  const change = compare(bare(live ?? emptyOf(next)), bare(next), writer.schema);
  const touched = scope(union(change.added, change.modified), writer);
  const gone = scope(change.removed, writer);
  const own = identity(writer, 'Update');
  const mine = owners.find((owner) => sameOwner(owner.entry, own));
  const others = owners.filter((owner) => owner !== mine);
  const left = others.map((owner) => ({
    ...owner,
    fields: difference(difference(owner.fields, touched), gone),
  }));
  const fields = union(difference(mine?.fields ?? EMPTY, gone), touched);
  return encode([...left, stamped(mine, { entry: own, fields }, writer)]);
}

export interface Applied {
  readonly object: Obj;
  readonly managedFields: ManagedEntry[];
}

/** Applies `config` over `live`. Throws the 409 that lists each field owned by someone else, unless `force`. */
export function applied(live: Obj, config: Obj, how: Writer & { readonly force: boolean }): Applied {
  const owners = decode(live.metadata.managedFields);
  const own = identity(how, 'Apply');
  const mine = owners.find((owner) => sameOwner(owner.entry, own));
  const others = owners.filter((owner) => owner !== mine);
  const fields = scope(appliedFields(bare(config), how.schema), how);
  const all = others.reduce((sum, owner) => union(sum, owner.fields), fields);
  const laid = merge(bare(live), bare(config), how.schema);
  const pruned = takeAway(laid, { schema: how.schema, last: mine?.fields ?? EMPTY, owned: all });
  const change = compare(bare(live), pruned, how.schema);
  const touched = scope(union(change.added, change.modified), how);
  if (!how.force) refuseConflicts(others, touched);
  const left = others.map((owner) => ({
    ...owner,
    fields: difference(difference(owner.fields, touched), scope(change.removed, how)),
  }));
  const managedFields = encode([...left, stamped(mine, { entry: own, fields }, how)]);
  return { object: rebuild(live, pruned), managedFields };
}

function refuseConflicts(others: readonly Owner[], touched: FieldSet): void {
  const causes = others.flatMap((owner): Cause[] => {
    const taken = paths(intersection(owner.fields, touched));
    const message = `conflict with ${describe(owner.entry)}`;
    return taken.map((field) => ({ reason: 'FieldManagerConflict', message, field }));
  });
  if (causes.length > 0) throw applyConflict(causes);
}

function describe(entry: ManagedEntry): string {
  const through = entry.subresource ? ` with subresource "${entry.subresource}"` : '';
  const using = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : '';
  return `"${entry.manager}"${through}${using}`;
}

/** The part of a set that the writer's door can own. */
function scope(set: FieldSet, writer: Writer): FieldSet {
  const owned = without(set, UNOWNED);
  if (!writer.splitStatus) return owned;
  return writer.subresource === 'status' ? onlyField(owned, 'status') : without(owned, [['status']]);
}

function identity(writer: Writer, operation: string): ManagedEntry {
  const { manager, apiVersion, subresource } = writer;
  return { manager, operation, apiVersion, ...(subresource ? { subresource } : {}) };
}

function sameOwner(left: ManagedEntry, right: ManagedEntry): boolean {
  const name = (entry: ManagedEntry): readonly unknown[] => [
    entry.manager,
    entry.operation,
    entry.subresource ?? '',
    entry.operation === 'Update' ? entry.apiVersion : '',
  ];
  return equal([...name(left)], [...name(right)]);
}

function stamped(before: Owner | undefined, after: Owner, writer: Writer): Owner {
  const kept = before && same(before.fields, after.fields) ? before.entry.time : undefined;
  return { ...after, entry: { ...after.entry, time: kept ?? rfc3339(writer.nowMs) } };
}

function decode(entries: readonly ManagedEntry[] | undefined): Owner[] {
  const usable = (entries ?? []).filter((entry) => isMap(entry.fieldsV1) && entry.manager !== undefined);
  return usable.map((entry) => ({ entry, fields: fromFieldsV1(entry.fieldsV1 ?? {}) }));
}

/** Appliers first, then by time, as the real server lists them. */
function encode(owners: readonly Owner[]): ManagedEntry[] {
  const entries = owners
    .filter((owner) => !isEmpty(owner.fields))
    .map(({ entry, fields }): ManagedEntry => {
      const { subresource, ...rest } = entry;
      const made = { ...rest, fieldsType: 'FieldsV1', fieldsV1: toFieldsV1(fields) };
      return subresource ? { ...made, subresource } : made;
    });
  const rank = (entry: ManagedEntry): string => `${entry.operation}${entry.time ?? ''}${entry.manager}`;
  return entries.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function bare(object: Obj): Json {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function emptyOf(object: Obj): Obj {
  const metadata = { name: '', uid: '', resourceVersion: '', creationTimestamp: '' };
  return { apiVersion: object.apiVersion, kind: object.kind, metadata };
}

function rebuild(live: Obj, value: Json): Obj {
  const made = clone(value) as Obj;
  made.metadata = { ...made.metadata, ...(live.metadata.uid ? { uid: live.metadata.uid } : {}) };
  return made;
}
