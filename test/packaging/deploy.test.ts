// deploy/ as kubectl sees it, and the rights that it gives.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { CRD_NAME, GROUP, PLURAL } from '../../src/api/names.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object };
  readonly [field: string]: unknown;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const root = join(import.meta.dirname, '..', '..');
const deploy = join(root, 'deploy');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

function read(file: string): readonly Manifest[] {
  return parse(readFileSync(join(deploy, file), 'utf8'));
}

function parse(text: string): readonly Manifest[] {
  return parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

function rulesOf(kind: 'ClusterRole' | 'Role'): readonly Rule[] {
  return read('rbac.yaml').flatMap((object) => (object.kind === kind ? (object.rules as Rule[]) : []));
}

const flat = (rules: readonly Rule[]) =>
  rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
    resources.map(
      (resource) => `${apiGroups[0]}/${resource}${resourceNames ? `=${resourceNames}` : ''}: ${verbs}`,
    ),
  );

it('gives the whole cluster no more than these rights', () => {
  expect(flat(rulesOf('ClusterRole'))).toEqual([
    `${GROUP}/${PLURAL}: get,list,watch,patch`,
    `${GROUP}/${PLURAL}/status: patch`,
    '/secrets: get',
    'events.k8s.io/events: create,patch',
    `apiextensions.k8s.io/customresourcedefinitions=${CRD_NAME}: get`,
  ]);
});

it('gives its own namespace no more than these rights', () => {
  expect(flat(rulesOf('Role'))).toEqual([
    'coordination.k8s.io/leases: get,watch,create,update',
    '/secrets: get,create',
  ]);
});

it('uses no wildcard and never lists or watches Secrets', () => {
  const rules = [...rulesOf('ClusterRole'), ...rulesOf('Role')];
  expect(
    rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]),
  ).not.toContain('*');
  const secretVerbs = rules
    .filter(({ resources }) => resources.includes('secrets'))
    .flatMap(({ verbs }) => verbs);
  expect(secretVerbs.filter((verb) => !['get', 'create'].includes(verb))).toEqual([]);
});

it('carries the very CRD of crds/', () => {
  const [file, ...others] = globSync('crds/*.yaml', { cwd: root });
  expect(others).toEqual([]);
  expect(readFileSync(join(deploy, 'crd.yaml'), 'utf8')).toBe(readFileSync(join(root, file ?? ''), 'utf8'));
});

it('names the version of the package', () => {
  const [kustomization] = read('kustomization.yaml');
  expect(kustomization).toMatchObject({
    images: [{ name: manifest.name, newTag: manifest.version }],
    labels: [{ pairs: { 'app.kubernetes.io/version': manifest.version } }],
  });
});

describe.skipIf(!hasKubectl)(
  `rendered by kubectl${hasKubectl ? '' : ' (skipped: kubectl is not on PATH)'}`,
  () => {
    const rendered = hasKubectl
      ? spawnSync('kubectl', ['kustomize', deploy], { encoding: 'utf8' })
      : undefined;
    const objects = parse(rendered?.stdout ?? '');
    const only = (kind: string) => objects.filter((object) => object.kind === kind);

    it('renders without a complaint', () => {
      expect({ status: rendered?.status, stderr: rendered?.stderr }).toEqual({ status: 0, stderr: '' });
    });

    it('is complete, with the namespace and the CRD before what needs them', () => {
      const kinds = objects.map(({ kind }) => kind);
      expect(kinds.slice(0, 2)).toEqual(['Namespace', 'CustomResourceDefinition']);
      expect(kinds.slice(2).sort()).toEqual([
        ...['ClusterRole', 'ClusterRoleBinding', 'Deployment', 'PodDisruptionBudget', 'Role', 'RoleBinding'],
        ...['Service', 'ServiceAccount'],
      ]);
    });

    it('puts everything that has a namespace into one', () => {
      const cluster = ['Namespace', 'CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding'];
      for (const object of objects) {
        expect(object.apiVersion).toMatch(/^([a-z0-9.]+\/)?v\d/);
        expect(object.metadata.name).toMatch(/^[a-z0-9.-]+$/);
        expect(object.metadata.namespace).toBe(
          cluster.includes(object.kind) ? undefined : 'servicestage-system',
        );
      }
    });

    it('binds both roles to the account that the pods use', () => {
      for (const binding of [...only('ClusterRoleBinding'), ...only('RoleBinding')])
        expect(binding.subjects).toEqual([
          { kind: 'ServiceAccount', name: 'servicestage-operator', namespace: 'servicestage-system' },
        ]);
    });

    it('runs two hardened replicas', () => {
      expect(only('Deployment')).toEqual([
        expect.objectContaining({
          spec: expect.objectContaining({
            replicas: 2,
            template: expect.objectContaining({
              spec: expect.objectContaining({
                serviceAccountName: 'servicestage-operator',
                enableServiceLinks: false,
                securityContext: expect.objectContaining({
                  runAsNonRoot: true,
                  seccompProfile: { type: 'RuntimeDefault' },
                }),
                containers: [
                  expect.objectContaining({
                    image: `servicestage-operator:${manifest.version}`,
                    securityContext: {
                      allowPrivilegeEscalation: false,
                      readOnlyRootFilesystem: true,
                      capabilities: { drop: ['ALL'] },
                    },
                    resources: {
                      requests: { cpu: expect.any(String), memory: expect.any(String) },
                      limits: { memory: expect.any(String) },
                    },
                    livenessProbe: expect.objectContaining({ httpGet: { path: '/healthz', port: 'health' } }),
                    readinessProbe: expect.objectContaining({ httpGet: { path: '/readyz', port: 'health' } }),
                  }),
                ],
              }),
            }),
          }),
        }),
      ]);
    });

    it('selects the pods of the Deployment with Service, budget and spreading', () => {
      const selector = { 'app.kubernetes.io/name': 'servicestage-operator' };
      const [deployment] = only('Deployment');
      expect(deployment).toMatchObject({
        spec: { selector: { matchLabels: selector }, template: { metadata: { labels: selector } } },
      });
      expect(only('Service')).toMatchObject([{ spec: { selector, ports: [{ targetPort: 'metrics' }] } }]);
      expect(only('PodDisruptionBudget')).toMatchObject([{ spec: { selector: { matchLabels: selector } } }]);
      expect(JSON.stringify(deployment).match(/"topologyKey"/g)).toHaveLength(2);
    });
  },
);
