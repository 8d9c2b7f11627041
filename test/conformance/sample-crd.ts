// A small CRD with one of everything the conformance rows look at. Its group is not ours, so that it can live beside
// the real CRD in one server.

export const GROUP = 'conformance.example.io';
export const PLURAL = 'gadgets';
export const KIND = 'Gadget';

const text = { type: 'string' };

const spec = {
  type: 'object',
  description: 'What is wanted.',
  required: ['model'],
  'x-kubernetes-validations': [
    { rule: 'self.model == oldSelf.model', message: 'model is immutable', fieldPath: '.model' },
    { rule: "self.model != 'forbidden' || has(self.replicas)", message: 'forbidden needs replicas' },
  ],
  properties: {
    model: { type: 'string', description: 'The model.', minLength: 1, maxLength: 20, pattern: '^[a-z]+$' },
    mode: { type: 'string', enum: ['Slow', 'Fast'], default: 'Slow' },
    replicas: { type: 'integer', minimum: 0, maximum: 10 },
    surge: { 'x-kubernetes-int-or-string': true },
    labels: {
      type: 'array',
      maxItems: 5,
      items: {
        type: 'object',
        required: ['key'],
        properties: { key: { ...text, maxLength: 20 }, value: text },
      },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['key'],
    },
    tags: { type: 'array', maxItems: 5, items: { ...text, maxLength: 20 }, 'x-kubernetes-list-type': 'set' },
    steps: {
      type: 'array',
      maxItems: 5,
      items: { ...text, maxLength: 20 },
      'x-kubernetes-list-type': 'atomic',
    },
    env: { type: 'object', additionalProperties: text },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

const status = {
  type: 'object',
  default: { observedGeneration: -1 },
  properties: {
    observedGeneration: { type: 'integer' },
    operation: {
      type: 'object',
      properties: { id: text, phase: { type: 'string', enum: ['Intent', 'Submitted', 'Done'] } },
    },
    conditions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['type', 'status'],
        properties: {
          type: text,
          status: text,
          reason: text,
          message: text,
          observedGeneration: { type: 'integer' },
          lastTransitionTime: { type: 'string', format: 'date-time' },
        },
      },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    },
  },
};

export const SAMPLE_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${PLURAL}.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { kind: KIND, listKind: `${KIND}List`, plural: PLURAL, singular: 'gadget', shortNames: ['gad'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: '.spec.model' }],
        additionalPrinterColumns: [
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: 'Model', type: 'string', jsonPath: '.spec.model' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: { openAPIV3Schema: { type: 'object', properties: { spec, status }, required: ['spec'] } },
      },
    ],
  },
};
