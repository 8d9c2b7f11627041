// The CustomResourceDefinition as an object. No defaults in the spec (GitOps tools would see them as a difference); the
// status itself has one, since a generation that was never observed must not look current to kstatus.
import { spec } from './component-spec.ts';
import { type OpenApi, openApiOf } from './crd-schema.ts';
import { CRD_NAME, GROUP, KIND, PLURAL, VERSION } from './names.ts';
import { statusSchema } from './status.ts';

const SINGULAR = KIND.toLowerCase();
const ready = (field: string) => `.status.conditions[?(@.type=="Ready")].${field}`;

const COLUMNS = [
  column('Ready', ready('status'), 'Whether this generation is in force.'),
  column('Reason', ready('reason'), 'Why it is or is not.'),
  column('Job', '.status.conditions[?(@.type=="JobSucceeded")].reason', 'How the last job stands.'),
  column('State', '.status.remote.componentStatus', 'State of the component in ServiceStage.'),
  column('Version', '.status.remote.version', 'Version of the component in ServiceStage.'),
  date(column('Age', '.metadata.creationTimestamp', 'Age of this object.')),
  wide(column('Message', ready('message'), 'What happened and what to do.')),
  wide(date(column('Last-Applied', '.status.lastApplied.time', 'When a spec last came into force.'))),
  wide(column('Region', '.spec.region', 'Region of the component.')),
];

export function customResourceDefinition(): OpenApi {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: CRD_NAME },
    spec: {
      group: GROUP,
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: SINGULAR,
        shortNames: ['ssc'],
        categories: ['servicestage'],
      },
      scope: 'Namespaced',
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
          selectableFields: [{ jsonPath: '.spec.applicationId' }, { jsonPath: '.spec.componentId' }],
          schema: { openAPIV3Schema: rootSchema() },
        },
      ],
    },
  };
}

/** The schema of a whole object, as it stands in the CRD. */
export function rootSchema(): OpenApi {
  return {
    description: 'A component of Huawei Cloud ServiceStage and the configuration it should have.',
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'Version of this schema.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      spec: { description: 'The component and what it should be.', ...openApiOf(spec) },
      status: statusOpenApi(),
    },
  };
}

function statusOpenApi(): OpenApi {
  const schema = openApiOf(statusSchema);
  const properties = schema.properties as Record<string, OpenApi>;
  return {
    description: 'What the operator found and did; written by the operator only.',
    ...schema,
    default: { observedGeneration: -1 },
    properties: {
      ...properties,
      conditions: {
        ...properties.conditions,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
      },
    },
  };
}

function column(name: string, jsonPath: string, description: string): OpenApi {
  return { name, type: 'string', description, jsonPath };
}

/** Shown as the time since then. */
function date(entry: OpenApi): OpenApi {
  return { ...entry, type: 'date' };
}

/** Shown by `kubectl get -o wide` only. */
function wide(entry: OpenApi): OpenApi {
  return { ...entry, priority: 1 };
}
