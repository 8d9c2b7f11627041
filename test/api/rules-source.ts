// Rules of Tables 30-33, 40, 41: what runs and where it comes from.
import { type NamedRow, PATTERN, passwordRef, REQUIRED, template, UNSUPPORTED } from './rule-objects.ts';

export const SOURCE_ROWS: readonly NamedRow[] = [
  ['runtimeStack.type', { runtimeStack: { type: 'Tomcat' } }, { runtimeStack: { type: 'Go' } }, UNSUPPORTED],
  [
    'runtimeStack.type',
    { runtimeStack: { type: 'Python', deployMode: 'container' } },
    { runtimeStack: { type: 'Python', deployMode: 'virtualmachine' } },
    'use Java, Tomcat or Nodejs',
  ],
  [
    'runtimeStack.deployMode',
    { runtimeStack: { deployMode: 'container' } },
    { runtimeStack: { deployMode: 'vm' } },
    UNSUPPORTED,
  ],
  ['runtimeStack.version', { runtimeStack: { version: '' } }, { runtimeStack: { version: null } }, REQUIRED],
  ['source.kind', { source: { kind: 'code' } }, { source: { kind: 'git' } }, UNSUPPORTED],
  ['source.url', { source: { kind: 'code', url: null } }, { source: { url: null } }, 'url is missing'],
  [
    'source.storage',
    { source: { kind: 'code', storage: null } },
    { source: { storage: null } },
    'storage is missing',
  ],
  ['source.storage', { source: { storage: 'devcloud' } }, { source: { storage: 's3' } }, UNSUPPORTED],
  ['source.auth', { source: { auth: 'none' } }, { source: { auth: 'basic' } }, UNSUPPORTED],
  ['source.repoType', { source: { repoType: 'GitLab' } }, { source: { repoType: 'Gitea' } }, UNSUPPORTED],
  ['source.commitId', { source: { commitId: '12345678' } }, { source: { commitId: '1234567' } }, PATTERN],
  [
    'source.commitId',
    { source: { commitId: 'a'.repeat(40) } },
    { source: { commitId: 'A'.repeat(40) } },
    PATTERN,
  ],
  [
    'source.httpPassword',
    { source: { httpPasswordSecretRef: passwordRef } },
    { source: { httpPassword: 'x', httpPasswordSecretRef: passwordRef } },
    'exclude each other: keep httpPasswordSecretRef',
  ],
  [
    'source.httpHeaders',
    { source: { httpHeadersSecretRef: { name: 'secrets' } } },
    { source: { httpHeaders: {}, httpHeadersSecretRef: { name: 'secrets' } } },
    'exclude each other: keep httpHeadersSecretRef',
  ],
  [
    'source.httpPasswordSecretRef.key',
    { source: { httpPasswordSecretRef: passwordRef } },
    { source: { httpPasswordSecretRef: { name: 'secrets' } } },
    REQUIRED,
  ],
  [
    'templateSource.httpPassword',
    { templateSource: { ...template, httpPassword: 'x' } },
    { templateSource: { ...template, httpPassword: 'x', httpPasswordSecretRef: passwordRef } },
    'exclude each other: keep httpPasswordSecretRef',
  ],
  [
    'templateSource.httpHeaders[0].value',
    { templateSource: { ...template, httpHeaders: [{ key: 'a', value: '' }] } },
    { templateSource: { ...template, httpHeaders: [{ key: 'a' }] } },
    REQUIRED,
  ],
  [
    'build.parameters.clusterId',
    { build: { parameters: { clusterId: 'c', build_env_selected: 'current' } } },
    { build: { parameters: { buildCmd: 'make' } } },
    REQUIRED,
  ],
  [
    'build.parameters.build_cmd',
    { build: { parameters: { clusterId: 'c', buildCmd: 'make' } } },
    { build: { parameters: { clusterId: 'c', build_cmd: 'make' } } },
    'use buildCmd',
  ],
  [
    'build.parameters.node_label_selector',
    { build: { parameters: { clusterId: 'c', nodeLabelSelector: { 'a/b_c': 'v' } } } },
    { build: { parameters: { clusterId: 'c', node_label_selector: { a: 'v' } } } },
    'use nodeLabelSelector',
  ],
];
