// The two components of the demo: one that the scenes are about, and one for the audience to apply and delete.
import type { JsonObject } from '../../src/core/types.ts';
import { exampleApplicationId, exampleComponentId, exampleProjectId } from '../fakes/simulator/index.ts';
import { componentObject } from '../support/kube-target.ts';
import { exampleComponent } from '../support/make.ts';

export const NAMESPACE = 'shop';
export const NAME = 'weather';
export const SECRET = 'huaweicloud';
export const SECOND_NAME = 'billing';
export const SECOND_ID = '66666666-7777-8888-9999-000000000001';

const image = (tag: string): JsonObject => ({
  kind: 'image',
  storage: 'swr',
  url: `swr.example.com/weather/weather:${tag}`,
});

/** The component that the scenes change; each scene names what differs. */
export const FIRST_COMPONENT: JsonObject = {
  name: 'weather',
  version: '1.1.0',
  runtimeStack: { name: 'Docker', version: '', type: 'Docker', deployMode: 'container' },
  source: image('1.1.0'),
  envs: [{ name: 'MODE', value: 'live' }],
  limitCpu: 0.5,
  limitMemory: 1,
};

/** The changes of a release: version and image. */
export function release(version: string): JsonObject {
  return { version, source: image(version) };
}

export function manifestOf(component: JsonObject): JsonObject {
  return componentObject(NAMESPACE, NAME, specOf(exampleComponentId, component));
}

export function secondManifest(): JsonObject {
  return componentObject(
    NAMESPACE,
    SECOND_NAME,
    specOf(SECOND_ID, { ...exampleComponent, version: '2024.0101.1' }),
  );
}

function specOf(componentId: string, component: JsonObject): JsonObject {
  return {
    region: 'cn-north-4',
    projectId: exampleProjectId,
    applicationId: exampleApplicationId,
    componentId,
    credentialsSecretRef: { name: SECRET },
    component,
  };
}
