// Tables 30-33, 40, 41 of the API page: what runs, where its software comes from and how it is built.
import { secretKeyRef, secretRef } from './component-container.ts';
import { choice, list, patterned, shortText, text, textMap } from './field-types.ts';
import { may, must, ours, type Rule, table } from './fields.ts';

export const runtimeStack = table(
  30,
  {
    name: must('name', shortText(), 'Name of the technology stack, such as OpenJDK8.'),
    type: must('type', choice('Java', 'Tomcat', 'Nodejs', 'Php', 'Docker', 'Python'), 'Sort of the stack.'),
    version: must('version', text(), 'Version of the stack; "" = whatever the component has.'),
    deployMode: must('deploy_mode', choice('container', 'virtualmachine'), 'Where the component runs.'),
  },
  {
    rules: [
      {
        cel: "self.deployMode != 'virtualmachine' || self.type in ['Java', 'Tomcat', 'Nodejs']",
        holds: ({ type, deployMode }) =>
          deployMode !== 'virtualmachine' || ['Java', 'Tomcat', 'Nodejs'].includes(type),
        message: 'type does not run on virtual machines: use Java, Tomcat or Nodejs, or deployMode container',
        at: 'type',
      },
    ],
  },
);

type HttpSecrets = {
  readonly httpPassword?: unknown;
  readonly httpPasswordSecretRef?: unknown;
  readonly httpHeaders?: unknown;
  readonly httpHeadersSecretRef?: unknown;
};

/** A plain value and the reference that replaces it exclude each other. */
const httpSecretRules: readonly Rule<HttpSecrets>[] = [
  {
    cel: '!has(self.httpPassword) || !has(self.httpPasswordSecretRef)',
    holds: (self) => self.httpPassword === undefined || self.httpPasswordSecretRef === undefined,
    message: 'httpPassword and httpPasswordSecretRef exclude each other: keep httpPasswordSecretRef',
    at: 'httpPassword',
    reason: 'FieldValueForbidden',
  },
  {
    cel: '!has(self.httpHeaders) || !has(self.httpHeadersSecretRef)',
    holds: (self) => self.httpHeaders === undefined || self.httpHeadersSecretRef === undefined,
    message: 'httpHeaders and httpHeadersSecretRef exclude each other: keep httpHeadersSecretRef',
    at: 'httpHeaders',
    reason: 'FieldValueForbidden',
  },
];

const httpPasswordSecretRef = () =>
  ours(secretKeyRef, 'Secret that holds the password; sent in place of httpPassword.');
const httpHeadersSecretRef = () =>
  ours(secretRef, 'Secret whose keys and values are sent as the request headers.');

export const source = table(
  31,
  {
    kind: must('kind', choice('code', 'package', 'image'), 'Sort of the source.'),
    version: may('version', text(), 'Version of the package or image.'),
    url: may('url', text(), 'Address of the package or image; needed for kinds package and image.'),
    storage: may(
      'storage',
      choice('devcloud', 'obs', 'http', 'swr'),
      'Where the package or image lies: CodeArts, OBS, an own HTTP server or SWR; needed for kinds package and image.',
    ),
    auth: may('auth', choice('iam', 'none'), 'How the download is authorised; absent = iam.'),
    repoAuth: may('repo_auth', text(), 'Name of the authorisation for the code repository.'),
    repoNamespace: may('repo_namespace', text(), 'Namespace of the code repository.'),
    repoRef: may('repo_ref', text(), 'Branch or tag; absent = master.'),
    repoType: may('repo_type', choice('GitHub', 'BitBucket', 'GitLab'), 'Host of the code repository.'),
    webUrl: may('web_url', text(), 'Address of the repository for a browser.'),
    repoUrl: may('repo_url', text(), 'Address of the repository for a clone.'),
    commitId: may('commit_id', patterned('^[a-z0-9].{7,39}$', 40, 'a commit id'), 'Commit to build.'),
    httpUsername: may('http_username', text(), 'User name for storage http.'),
    httpPassword: may(
      'http_password',
      text(),
      'Password for storage http, in plain text: prefer httpPasswordSecretRef.',
    ),
    httpCommand: may('http_command', text(), 'Address of an own software package, for storage http.'),
    httpHeaders: may(
      'http_headers',
      textMap(),
      'Request headers for storage http, in plain text: prefer httpHeadersSecretRef.',
    ),
    httpPasswordSecretRef: httpPasswordSecretRef(),
    httpHeadersSecretRef: httpHeadersSecretRef(),
  },
  {
    rules: [
      {
        cel: "self.kind == 'code' || has(self.url)",
        holds: ({ kind, url }) => kind === 'code' || url !== undefined,
        message: 'url is missing: kinds package and image need it; write the address of the package or image',
        at: 'url',
        reason: 'FieldValueRequired',
      },
      {
        cel: "self.kind == 'code' || has(self.storage)",
        holds: ({ kind, storage }) => kind === 'code' || storage !== undefined,
        message: 'storage is missing: kinds package and image need it; use devcloud, obs, http or swr',
        at: 'storage',
        reason: 'FieldValueRequired',
      },
      ...httpSecretRules,
    ],
  },
);

const buildParameters = table(
  33,
  {
    buildCmd: may(
      'build_cmd',
      text(),
      'Command that builds; absent = ./build.sh or the default of the stack.',
    ),
    dockerfilePath: may('dockerfile_path', text(), 'Directory of the Dockerfile; absent = ./ .'),
    artifactNamespace: may(
      'artifact_namespace',
      text(),
      'Organisation that archives the build; absent = cas_ and the project id.',
    ),
    clusterId: must('cluster_id', text(), 'Cluster that builds.'),
    nodeLabelSelector: may(
      'node_label_selector',
      textMap(),
      'Labels of the nodes that build; keys are sent as written.',
    ),
    environmentId: may('environment_id', text(), 'Environment that builds.'),
  },
  { open: true },
);

export const build = table(32, {
  parameters: may('parameters', buildParameters, 'How the component is built.'),
});

const httpHeader = table(41, {
  key: must('key', text(), 'Name of the header.'),
  value: must('value', text(), 'Value of the header.'),
});

export const templateSource = table(
  40,
  {
    storage: must(
      'storage',
      choice('devcloud', 'obs', 'http', 'devcloud_repository'),
      'Where the template package lies: CodeArts release repository, OBS, an own HTTP server or CodeArts Artifact.',
    ),
    url: must('url', text(), 'Address of the template package.'),
    httpUsername: may('http_username', text(), 'User name; only for storage http.'),
    httpPassword: may(
      'http_password',
      text(),
      'Password in plain text, only for storage http: prefer httpPasswordSecretRef.',
    ),
    httpHeaders: may(
      'http_headers',
      list(httpHeader),
      'Request headers in plain text, only for storage http: prefer httpHeadersSecretRef.',
    ),
    httpPasswordSecretRef: httpPasswordSecretRef(),
    httpHeadersSecretRef: httpHeadersSecretRef(),
  },
  { rules: httpSecretRules },
);
