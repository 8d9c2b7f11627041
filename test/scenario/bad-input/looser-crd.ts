// A CRD that checks nothing, for as long as a test needs it: how objects get in that an older or edited CRD let through.
import { CRD_NAME } from '../../../src/api/names.ts';
import type { KubeObject } from '../../../src/controller/ports.ts';
import type { Json, JsonObject } from '../../../src/core/types.ts';
import { componentObject, componentsPath, crdDocument, type KubeTarget } from '../../support/kube-target.ts';

const CRD = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${CRD_NAME}`;
const ANY = { 'x-kubernetes-preserve-unknown-fields': true };

/** Runs `work` while spec and status take anything; the CRD of this release is back, and in force, when it returns. */
export async function withLooserCrd<T>(kube: KubeTarget, work: () => Promise<T>): Promise<T> {
  await install(kube, loosened(crdDocument()));
  await untilServed(kube, 'loose');
  try {
    return await work();
  } finally {
    await install(kube, crdDocument());
    await untilServed(kube, 'strict');
  }
}

/** A resource that never saw the rules of this release. */
export async function smuggle(
  kube: KubeTarget,
  at: { readonly namespace: string; readonly name: string },
  spec: JsonObject,
): Promise<KubeObject> {
  return await withLooserCrd(kube, async () => {
    const object = componentObject(at.namespace, at.name, spec);
    const { status, json } = await kube.call('POST', componentsPath(at.namespace), object);
    if (status !== 201) throw new Error(`not smuggled: ${status} ${JSON.stringify(json.message)}`);
    return json as unknown as KubeObject;
  });
}

async function install(kube: KubeTarget, crd: JsonObject): Promise<void> {
  const body = { spec: { versions: (crd.spec as JsonObject).versions } };
  const { status, json } = await kube.call('PATCH', CRD, body, 'application/merge-patch+json');
  if (status !== 200) throw new Error(`the CRD was refused: ${JSON.stringify(json.message)}`);
}

/** Selectable fields need their schema, the check of the CRD at start needs the names of the status. */
function loosened(crd: JsonObject): JsonObject {
  const spec = crd.spec as { readonly versions: readonly JsonObject[] };
  const text = { type: 'string' };
  const versions = spec.versions.map((version) => {
    const { schema } = version as unknown as {
      readonly schema: {
        readonly openAPIV3Schema: {
          readonly properties: { readonly status: { readonly properties: JsonObject } };
        };
      };
    };
    const { openAPIV3Schema: root } = schema;
    const members = Object.keys(root.properties.status.properties).map((name) => [name, ANY] as const);
    const properties = {
      spec: { type: 'object', ...ANY, properties: { applicationId: text, componentId: text } },
      status: {
        type: 'object',
        ...ANY,
        default: { observedGeneration: -1 },
        properties: {
          ...Object.fromEntries(members),
          observedGeneration: { type: 'integer' },
        },
      },
    };
    return { ...version, schema: { openAPIV3Schema: { type: 'object', properties } } } as unknown as Json;
  });
  return { ...crd, spec: { ...(crd.spec as JsonObject), versions } };
}

/** The server takes a changed schema into use a moment after it has stored it. */
async function untilServed(kube: KubeTarget, wanted: 'loose' | 'strict'): Promise<void> {
  const probe = componentObject('default', 'probe', { region: 'NOT A REGION' });
  for (let i = 0; i < 200; i += 1) {
    const { status } = await kube.call('POST', `${componentsPath('default')}?dryRun=All`, probe);
    if (status === (wanted === 'loose' ? 201 : 422)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the ${wanted} CRD was not served in time`);
}
