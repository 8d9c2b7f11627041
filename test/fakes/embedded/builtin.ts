// The built-in kinds an operator meets: namespaces, secrets, config maps, service accounts, leases, CRDs, events.
// Promises: fields, columns, selectors and normalisation are those of the real kinds, as far as they are listed here;
// a field that is not listed is pruned and, under strict validation, refused.
import { AGE_COLUMN, NAME_COLUMN, textColumn } from './columns.ts';
import { crdResources } from './crd.ts';
import { eventResources } from './events.ts';
import { type ApiFailure, badRequest, type Cause } from './failure.ts';
import { dig, digMap, digText, type Json, type Obj } from './json.ts';
import { INTEGER, kindSchema, OPEN, TEXT, TEXT_MAP, TIME } from './meta-schema.ts';
import type { Column, Resource } from './resource.ts';
import type { Schema } from './schema/types.ts';

type Parts = Pick<Resource, 'kind' | 'plural' | 'schema'> & Partial<Resource>;

function builtin(parts: Parts): Resource {
  return {
    group: '',
    version: 'v1',
    singular: parts.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    storage: parts.plural,
    subresources: [],
    generation: false,
    custom: false,
    columns: [NAME_COLUMN, AGE_COLUMN],
    selectable: {},
    ...parts,
  };
}

const BYTES: Schema = { type: 'string', format: 'byte' };

/** All built-in resources. */
export function builtinResources(): Resource[] {
  return [
    namespaces(),
    secrets(),
    configMaps(),
    serviceAccounts(),
    ...eventResources(),
    leases(),
    definitions(),
  ];
}

function namespaces(): Resource {
  return builtin({
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    subresources: ['status', 'finalize'],
    schema: kindSchema({
      spec: { type: 'object', properties: { finalizers: { type: 'array', items: TEXT } } },
      status: { type: 'object', properties: { phase: TEXT, conditions: { type: 'array', items: OPEN } } },
    }),
    columns: [NAME_COLUMN, textColumn('Status', 'status', 'phase'), AGE_COLUMN],
    selectable: { 'status.phase': (object) => digText(object, 'status', 'phase') },
    normalise: (object) => {
      object.status = {
        ...digMap(object, 'status'),
        phase: object.metadata.deletionTimestamp ? 'Terminating' : 'Active',
      };
      object.metadata.labels = {
        ...object.metadata.labels,
        'kubernetes.io/metadata.name': object.metadata.name,
      };
    },
  });
}

function secrets(): Resource {
  return builtin({
    kind: 'Secret',
    plural: 'secrets',
    schema: kindSchema({
      data: { type: 'object', additionalProperties: BYTES },
      stringData: TEXT_MAP,
      type: TEXT,
      immutable: { type: 'boolean' },
    }),
    columns: [NAME_COLUMN, textColumn('Type', 'type'), countColumn(), AGE_COLUMN],
    selectable: { type: (object) => digText(object, 'type') },
    normalise: normaliseSecret,
    check: (object, old) => immutableData(object, old),
  });
}

function normaliseSecret(object: Obj): void {
  object.type ??= 'Opaque';
  const plain = Object.entries(digMap(object, 'stringData'));
  if (plain.length > 0) {
    const encoded = plain.map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')]);
    object.data = { ...digMap(object, 'data'), ...Object.fromEntries(encoded) };
  }
  delete object.stringData;
}

function immutableData(object: Obj, old: Obj | undefined): Cause[] {
  const locked = old?.immutable === true;
  const same = JSON.stringify(old?.data) === JSON.stringify(object.data);
  if (!locked || same) return [];
  return [
    {
      reason: 'FieldValueForbidden',
      message: 'Forbidden: field is immutable when `immutable` is set',
      field: 'data',
    },
  ];
}

function configMaps(): Resource {
  return builtin({
    kind: 'ConfigMap',
    plural: 'configmaps',
    shortNames: ['cm'],
    schema: kindSchema({
      data: TEXT_MAP,
      binaryData: { type: 'object', additionalProperties: BYTES },
      immutable: { type: 'boolean' },
    }),
    columns: [NAME_COLUMN, countColumn(), AGE_COLUMN],
    check: (object, old) => immutableData(object, old),
  });
}

function countColumn(): Column {
  const cell = (object: Obj): Json => Object.keys(digMap(object, 'data')).length;
  return { name: 'Data', type: 'string', priority: 0, cell };
}

function serviceAccounts(): Resource {
  return builtin({
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    subresources: ['token'],
    schema: kindSchema({
      secrets: { type: 'array', items: OPEN },
      imagePullSecrets: { type: 'array', items: OPEN },
      automountServiceAccountToken: { type: 'boolean' },
    }),
  });
}

function leases(): Resource {
  const spec: Schema = {
    type: 'object',
    properties: {
      holderIdentity: TEXT,
      leaseDurationSeconds: INTEGER,
      acquireTime: TIME,
      renewTime: TIME,
      leaseTransitions: INTEGER,
      strategy: TEXT,
      preferredHolder: TEXT,
    },
  };
  return builtin({
    group: 'coordination.k8s.io',
    kind: 'Lease',
    plural: 'leases',
    schema: kindSchema({ spec }),
    columns: [NAME_COLUMN, textColumn('Holder', 'spec', 'holderIdentity'), AGE_COLUMN],
    check: checkLease,
  });
}

function checkLease(object: Obj): Cause[] {
  const wrong = (field: string, value: Json, text: string): Cause => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${value}: ${text}`,
    field: `spec.${field}`,
  });
  const duration = dig(object, 'spec', 'leaseDurationSeconds');
  const transitions = dig(object, 'spec', 'leaseTransitions');
  const causes: Cause[] = [];
  if (typeof duration === 'number' && duration <= 0) {
    causes.push(wrong('leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  if (typeof transitions === 'number' && transitions < 0) {
    causes.push(wrong('leaseTransitions', transitions, 'must be greater than or equal to 0'));
  }
  return causes;
}

function definitions(): Resource {
  return builtin({
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    namespaced: false,
    generation: true,
    subresources: ['status'],
    schema: kindSchema({ spec: OPEN, status: OPEN }, ['spec']),
    columns: [
      NAME_COLUMN,
      { name: 'Created At', type: 'date', priority: 0, cell: (object) => object.metadata.creationTimestamp },
    ],
    check: (object) => checkDefinition(object),
  });
}

function checkDefinition(object: Obj): Cause[] {
  const wanted = `${digText(object, 'spec', 'names', 'plural')}.${digText(object, 'spec', 'group')}`;
  if (object.metadata.name !== wanted) {
    const message = `Invalid value: "${object.metadata.name}": must be spec.names.plural+"."+spec.group`;
    return [{ reason: 'FieldValueInvalid', message, field: 'metadata.name' }];
  }
  try {
    crdResources(object);
    return [];
  } catch (error) {
    const message = `Invalid value: "object": ${error instanceof Error ? error.message : String(error)}`;
    return [{ reason: 'FieldValueInvalid', message, field: 'spec' }];
  }
}

/** Turns a refusal by the schema into the decode error that a built-in kind gives. */
export function decodeFailure(resource: Resource, causes: readonly Cause[]): ApiFailure {
  const { kind, version } = resource;
  const first = causes[0];
  const text = first ? `${first.field}: ${first.message}` : 'malformed object';
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${text}`);
}
