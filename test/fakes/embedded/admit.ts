// Judges a complete object before it is stored: names, labels, schema, rules, and what may never change.
// Promises: refusals are 422 with one cause per problem, in the real server's order; rules are evaluated only when no
// problem stands in their way, and the answer then says so.
import { type Context, invalidSubject } from './context.ts';
import { type Cause, invalid } from './failure.ts';
import { isMap, type Obj } from './json.ts';
import { present, type Resource } from './resource.ts';
import { ruleProblems } from './schema/rules.ts';
import { type Spot, structuralProblems } from './schema/validate.ts';

/** Throws the 422 for `object` (stored form); `old` is the stored object that it replaces. */
export function admit(
  context: Context,
  resource: Resource,
  change: { object: Obj; old: Obj | undefined },
): void {
  const { object, old } = change;
  const causes = [
    ...metadataProblems(object, old),
    ...(resource.check?.(object, old) ?? []),
    ...(resource.custom ? schemaProblems(context, resource, change) : requiredSpec(resource, object)),
  ];
  if (causes.length > 0) throw invalid(invalidSubject(resource, object.metadata.name), causes);
}

/** Problems after which the real server does not evaluate rules. */
const BLOCKING = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

const NOT_CHECKED: Cause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};

function schemaProblems(
  context: Context,
  resource: Resource,
  change: { object: Obj; old: Obj | undefined },
): Cause[] {
  const shown = withoutServerMeta(present(resource, change.object));
  const before = change.old && withoutServerMeta(present(resource, change.old));
  const spot: Spot = { value: shown, old: before, schema: resource.schema, path: '' };
  const structural = structuralProblems(spot);
  if (structural.some((cause) => BLOCKING.has(cause.reason))) return [...structural, NOT_CHECKED];
  return [...structural, ...ruleProblems(spot, context.rules)];
}

/** metadata is judged by `metadataProblems`; rules may read its name only. */
function withoutServerMeta(object: Obj): Obj {
  const { name, generateName } = object.metadata;
  const metadata = { name, ...(generateName ? { generateName } : {}) };
  return { ...object, metadata } as Obj;
}

function requiredSpec(resource: Resource, object: Obj): Cause[] {
  const missing = (resource.schema.required ?? []).filter((key) => !isMap(object[key]));
  return missing.map((field) => ({ reason: 'FieldValueRequired', message: 'Required value', field }));
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

function metadataProblems({ metadata }: Obj, old: Obj | undefined): Cause[] {
  const { name, labels, annotations, finalizers } = metadata;
  const wrong = (field: string, value: string, text: string): Cause => {
    const message = `Invalid value: ${JSON.stringify(value)}: ${text}`;
    return { reason: 'FieldValueInvalid', message, field: `metadata.${field}` };
  };
  const causes: Cause[] = [];
  if (!old && (!SUBDOMAIN.test(name) || name.length > 253)) causes.push(wrong('name', name, SUBDOMAIN_TEXT));
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (!QUALIFIED.test(key))
      causes.push(wrong('labels', key, 'name part must consist of alphanumeric characters'));
    if (!LABEL_VALUE.test(value) || value.length > 63) causes.push(wrong('labels', value, LABEL_TEXT));
  }
  const size = Object.entries(annotations ?? {}).reduce(
    (sum, [key, value]) => sum + key.length + value.length,
    0,
  );
  if (size > 262_144) {
    const message = 'Too long: may not be more than 262144 bytes';
    causes.push({ reason: 'FieldValueTooLong', message, field: 'metadata.annotations' });
  }
  for (const finalizer of finalizers ?? []) {
    if (!QUALIFIED.test(finalizer))
      causes.push(wrong('finalizers', finalizer, 'name part must be non-empty'));
  }
  return [...causes, ...addedFinalizers(finalizers ?? [], old)];
}

function addedFinalizers(finalizers: readonly string[], old: Obj | undefined): Cause[] {
  if (!old?.metadata.deletionTimestamp) return [];
  const added = finalizers.filter((finalizer) => !old.metadata.finalizers?.includes(finalizer));
  if (added.length === 0) return [];
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  return [{ reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field: 'metadata.finalizers' }];
}

const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const LABEL_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
