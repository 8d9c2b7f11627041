// The CRD as a document; what a real API server says about it is the end-to-end suite's business.
import { describe, expect, test } from 'vitest';
import { differing, generated } from '../../scripts/generate.ts';
import { customResourceDefinition, rootSchema } from '../../src/api/crd.ts';
import { isFields } from '../../src/core/paths.ts';

type Node = { readonly at: string; readonly json: Readonly<Record<string, unknown>> };

const nodes = walk('', rootSchema());
const specNodes = nodes.filter(({ at }) => at.startsWith('.spec'));
const where = (wrong: readonly Node[]) => wrong.map(({ at }) => at);

describe('the generated files', () => {
  test('are those in the repository', async () => expect(await differing()).toEqual([]));

  test('keep the CRD small enough for client-side apply', () => {
    const crd = generated().get('crds/servicestagecomponents.yaml') ?? '';
    expect(Buffer.byteLength(crd)).toBeLessThan(200 * 1024);
  });

  test('say why table 42 is left out', () => {
    expect(generated().get('docs/reference/servicestagecomponent.md')).toContain(
      'Table 42 (`config_encryption`',
    );
  });

  test('describe all 39 tables', () => {
    const page = generated().get('docs/reference/servicestagecomponent.md') ?? '';
    expect(page.match(/^## Table \d+/gm)).toHaveLength(39);
  });
});

describe('the schema', () => {
  test('is structural: no closed object beside properties, a type wherever unknown keys are not kept', () => {
    expect(
      where(nodes.filter(({ json }) => json.properties && json.additionalProperties !== undefined)),
    ).toEqual([]);
    const untyped = nodes.filter(
      ({ json }) =>
        json.type === undefined &&
        !json['x-kubernetes-preserve-unknown-fields'] &&
        !json['x-kubernetes-int-or-string'],
    );
    expect(where(untyped)).toEqual([]);
  });

  test('has no default in the spec and the observed generation -1 in the status', () => {
    expect(where(specNodes.filter(({ json }) => 'default' in json))).toEqual([]);
    const { properties } = rootSchema() as { properties: { status: { default: unknown } } };
    expect(properties.status.default).toEqual({ observedGeneration: -1 });
  });

  test('bounds every list and map of the spec and says what sort of list it is', () => {
    const lists = specNodes.filter(({ json }) => json.type === 'array');
    expect(lists.length).toBeGreaterThan(40);
    expect(where(lists.filter(({ json }) => !json.maxItems || !json['x-kubernetes-list-type']))).toEqual([]);
    const maps = specNodes.filter(({ json }) => json.additionalProperties !== undefined);
    expect(where(maps.filter(({ json }) => json.maxProperties !== 200))).toEqual([]);
  });

  test('has no bound beyond 32 bits', () => {
    const wide = nodes.filter(({ json }) => Math.abs(Number(json.maximum ?? json.minimum ?? 0)) > 2 ** 31);
    expect(where(wide)).toEqual([]);
  });

  test('describes every field of the spec', () => {
    const fields = specNodes.filter(({ at }) => !at.endsWith('[]') && !at.endsWith('{}'));
    expect(where(fields.filter(({ json }) => typeof json.description !== 'string'))).toEqual([]);
  });

  test('gives every rule a message with a cure', () => {
    const rules = nodes.flatMap(
      ({ json }) => (json['x-kubernetes-validations'] ?? []) as { message: string }[],
    );
    expect(rules.length).toBeGreaterThan(50);
    expect(rules.filter(({ message }) => !/[:;] ./.test(message))).toEqual([]);
  });

  test.each([
    ['.spec.component.labels', ['key']],
    ['.spec.component.envs', ['name']],
    ['.spec.component.storages', ['name']],
    ['.spec.component.storages[].mounts', ['path']],
    ['.spec.component.hostAliases', ['ip']],
    ['.spec.component.multiContainers', ['containerName']],
    ['.spec.component.multiContainers[].envs', ['name']],
    ['.spec.component.configs', ['configId', 'mountPath']],
    ['.status.conditions', ['type']],
  ])('merges the list %s by %j', (at, keys) => {
    const node = nodes.find((entry) => entry.at === at);
    expect(node?.json).toMatchObject({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });
  });

  test.each([
    '.spec.component.imagePullSecrets',
    '.spec.component.securityContext.capabilities.add',
    '.spec.component.securityContext.capabilities.drop',
  ])('takes the list %s as a set', (at) => {
    expect(nodes.find((entry) => entry.at === at)?.json).toMatchObject({ 'x-kubernetes-list-type': 'set' });
  });
});

test('the definition has the names, columns and selectable fields that users were promised', () => {
  const { spec } = customResourceDefinition() as {
    spec: { names: object; versions: { [key: string]: unknown }[] };
  };
  expect(spec.names).toMatchObject({ shortNames: ['ssc'], categories: ['servicestage'] });
  const [version] = spec.versions;
  const columns = version?.additionalPrinterColumns as { name: string; priority?: number }[];
  expect(columns.filter(({ priority }) => !priority).map(({ name }) => name.toUpperCase())).toEqual([
    'READY',
    'REASON',
    'JOB',
    'STATE',
    'VERSION',
    'AGE',
  ]);
  expect(columns.filter(({ priority }) => priority === 1).map(({ name }) => name.toUpperCase())).toEqual([
    'MESSAGE',
    'LAST-APPLIED',
    'REGION',
  ]);
  expect(version?.selectableFields).toEqual([
    { jsonPath: '.spec.applicationId' },
    { jsonPath: '.spec.componentId' },
  ]);
  expect(version?.subresources).toEqual({ status: {} });
});

function walk(at: string, json: unknown): readonly Node[] {
  if (!isFields(json)) return [];
  const properties = Object.entries(isFields(json.properties) ? json.properties : {});
  return [
    { at, json },
    ...properties.flatMap(([name, child]) => walk(`${at}.${name}`, child)),
    ...walk(`${at}[]`, json.items),
    ...walk(`${at}{}`, json.additionalProperties),
  ];
}
