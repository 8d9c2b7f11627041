// The part of OpenAPI v3 that a structural CRD schema may use, as read from a CRD document or written by hand for
// the built-in kinds. Unknown keys (descriptions, examples) pass through to the published OpenAPI document.
import type { Json, JsonMap } from '../json.ts';

export interface Rule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly nullable?: boolean;
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

/** The schema below a field or map key; undefined where anything is allowed or nothing is declared. */
export function childOf(schema: Schema | undefined, key: string): Schema | undefined {
  const own = schema?.properties?.[key];
  if (own) return own;
  const rest = schema?.additionalProperties;
  return typeof rest === 'object' ? rest : undefined;
}

/** The schemas directly below a schema. */
export function childrenOf(schema: Schema): readonly Schema[] {
  const rest = schema.additionalProperties;
  return [
    ...Object.values(schema.properties ?? {}),
    ...(typeof rest === 'object' ? [rest] : []),
    ...(schema.items ? [schema.items] : []),
  ];
}

/** Whether `holds` is true for a schema or anything below it; remembered, since most of a schema is of no interest. */
export function somewhere(holds: (schema: Schema) => boolean): (schema: Schema) => boolean {
  const known = new WeakMap<Schema, boolean>();
  const ask = (schema: Schema): boolean => {
    const before = known.get(schema);
    if (before !== undefined) return before;
    const found = holds(schema) || childrenOf(schema).some(ask);
    known.set(schema, found);
    return found;
  };
  return ask;
}

/** The values of a map-list item that name it, defaults included; undefined when a key is missing. */
export function mapKeyOf(item: JsonMap, schema: Schema | undefined): JsonMap | undefined {
  const keys = schema?.['x-kubernetes-list-map-keys'] ?? [];
  const found: JsonMap = {};
  for (const key of keys) {
    const value = item[key] ?? schema?.items?.properties?.[key]?.default;
    if (value === undefined || value === null) return undefined;
    found[key] = value;
  }
  return found;
}
