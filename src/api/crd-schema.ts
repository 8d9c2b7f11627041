// Turns the zod schemas into the structural OpenAPI schema of the CRD: what zod derives, plus the descriptions of the field
// tables, list types, rules and the hints of field-types.ts. Assumes that objects are field tables (or status objects);
// leaves names, columns and versions to crd.ts.
import { z } from 'zod';
import { alternativeOf, hintOf, isObject } from './field-types.ts';
import { bare, type Rule, renamedRows, type TableMeta, tableOf } from './fields.ts';

export type OpenApi = { [key: string]: unknown };

const PRESERVE = 'x-kubernetes-preserve-unknown-fields';

export function openApiOf(schema: z.ZodType): OpenApi {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' });
  // zod shares the node of a schema that is used twice; annotations must not leak from one place to the other.
  return annotated(schema, cleaned(JSON.parse(JSON.stringify(json))) as OpenApi);
}

/** Field tables say more than zod knows; other schemas (status) are complete as they are. */
function annotated(schema: z.ZodType, json: OpenApi): OpenApi {
  const inner = bare(schema);
  const hint = hintOf(inner);
  if (hint?.replace) return structuredClone({ ...hint.json });
  const alternative = alternativeOf(inner);
  if (alternative) return oneOrMany(openApiOf(alternative));
  const table = tableOf(inner);
  if (table) return objectSchema(table, json);
  if (inner instanceof z.ZodArray && isObject(json.items)) {
    const items = annotated(inner.element as z.ZodType, json.items as OpenApi);
    return { ...json, ...hint?.json, items };
  }
  return { ...json, ...hint?.json };
}

function objectSchema(table: TableMeta, json: OpenApi): OpenApi {
  const given = isObject(json.properties) ? json.properties : {};
  const properties = Object.fromEntries(
    Object.entries(table.rows).map(([name, row]) => {
      const property = annotated(row.schema, given[name] as OpenApi);
      return [name, { description: describe(row.text, row.unit), ...property }];
    }),
  );
  const rules = table.rules.map(validation);
  const { required, type } = json;
  return {
    type,
    ...(table.open ? { [PRESERVE]: true } : {}),
    ...(required === undefined ? {} : { required }),
    properties: table.open ? { ...properties, ...refusedWireNames(table, properties) } : properties,
    ...table.untyped?.json,
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  };
}

/** CEL sees declared properties only, so a wire name that must be refused has to be declared. */
function refusedWireNames(table: TableMeta, properties: OpenApi): OpenApi {
  return Object.fromEntries(
    renamedRows(table.rows).map(({ name, wire }) => {
      const { type } = properties[name] as OpenApi;
      const description = `Refused: use ${name}.`;
      return [wire, type === 'object' ? { type, description, [PRESERVE]: true } : { type, description }];
    }),
  );
}

/** Without a type, `properties` and `required` judge objects only and `items` lists only; CEL does not see the field. */
function oneOrMany(object: OpenApi): OpenApi {
  const { type: _, 'x-kubernetes-validations': _rules, ...untyped } = object;
  return { ...untyped, [PRESERVE]: true, items: object, maxItems: 100 };
}

function validation({ cel, message, at, reason }: Rule<never>): OpenApi {
  return {
    rule: cel,
    message,
    ...(at === undefined ? {} : { fieldPath: `.${at}` }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function describe(text: string, unit: string | undefined): string {
  return unit === undefined ? text : `${text} Unit: ${unit}.`;
}

/** Structural schemas refuse some of what zod writes, and numbers beyond 2^53 are nobody's bound. */
function cleaned(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(cleaned);
  if (!isObject(node)) return node;
  const { $schema: _, ...kept } = node;
  const dropped = (key: string, value: unknown) =>
    (key === 'additionalProperties' && value === false) ||
    (key === 'pattern' && kept.format === 'date-time') ||
    (key === 'default' && typeof value === 'number') ||
    Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
  return Object.fromEntries(
    Object.entries(kept)
      .filter(([key, value]) => !dropped(key, value))
      .map(([key, value]) => [key, cleaned(value)]),
  );
}
