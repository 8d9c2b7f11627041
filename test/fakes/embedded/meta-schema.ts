// The schema of metadata and of the small types that built-in kinds share, in OpenAPI form.
// Promises: list types match upstream (finalizers are a set, ownerReferences a map by uid), since server-side apply
// merges by them. Descriptions are short and our own.
import type { Schema } from './schema/types.ts';

export const TEXT: Schema = { type: 'string' };
export const INTEGER: Schema = { type: 'integer' };
export const TIME: Schema = { type: 'string', format: 'date-time', nullable: true };
export const TEXT_MAP: Schema = { type: 'object', additionalProperties: TEXT };

/** Anything at all: kept as it is. */
export const OPEN: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export const TYPE_META: Readonly<Record<string, Schema>> = {
  apiVersion: { type: 'string', description: 'Version of the schema of this object, as group/version.' },
  kind: { type: 'string', description: 'Kind of this object, in CamelCase.' },
};

const OWNER: Schema = {
  type: 'object',
  properties: {
    apiVersion: TEXT,
    kind: TEXT,
    name: TEXT,
    uid: TEXT,
    controller: { type: 'boolean' },
    blockOwnerDeletion: { type: 'boolean' },
  },
};

export const OBJECT_META: Schema = {
  type: 'object',
  description: 'Standard metadata of an object.',
  properties: {
    name: { type: 'string', description: 'Name, unique within the namespace and kind.' },
    generateName: TEXT,
    namespace: TEXT,
    selfLink: TEXT,
    uid: TEXT,
    resourceVersion: TEXT,
    generation: INTEGER,
    creationTimestamp: TIME,
    deletionTimestamp: TIME,
    deletionGracePeriodSeconds: INTEGER,
    labels: { ...TEXT_MAP, description: 'Keys and values to select objects by.' },
    annotations: { ...TEXT_MAP, description: 'Keys and values for tools.' },
    ownerReferences: {
      type: 'array',
      items: OWNER,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
    },
    finalizers: { type: 'array', items: TEXT, 'x-kubernetes-list-type': 'set' },
    managedFields: { type: 'array', items: OPEN },
  },
};

/** The whole schema of a built-in kind from its own fields. */
export function kindSchema(fields: Readonly<Record<string, Schema>>, required?: readonly string[]): Schema {
  const properties = { ...TYPE_META, metadata: OBJECT_META, ...fields };
  return { type: 'object', properties, ...(required ? { required } : {}) };
}
