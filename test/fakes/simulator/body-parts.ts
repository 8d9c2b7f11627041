// The tables of API page 0079 that describe one container: they serve table 3 and table 38 alike. The page's row order
// and its table numbers are kept, so that a reader can check row by row.
import * as when from './body-conditions.ts';
import {
  boolean,
  integer,
  list,
  map,
  number,
  oneOf,
  optional as opt,
  required as req,
  type Table,
  table,
  text,
} from './body-rules.ts';

const texts = list(text);

const storageParameters: Table = {
  fields: { path: opt(text), name: opt(text), default_mode: opt(integer), medium: opt(text) }, // 6
  open: true,
};
const mount: Table = { fields: { path: req(text), sub_path: req(text), read_only: req(boolean) } }; // 7
const storage: Table = {
  fields: {
    type: req(oneOf('HostPath', 'EmptyDir', 'ConfigMap', 'Secret', 'PersistentVolumeClaim')), // 5
    name: req(text),
    parameters: req(table(storageParameters)),
    mounts: req(list(table(mount))),
  },
  also: when.storageConditions,
};
const command = table({ fields: { command: opt(texts), args: opt(texts) } }); // 12
const lifecycle = table({
  fields: {
    type: req(oneOf('http', 'command')), // 13
    scheme: opt(oneOf('HTTP', 'HTTPS')),
    host: opt(text),
    port: opt(integer),
    path: opt(text),
    command: opt(texts),
  },
});
const securityContext = table({
  fields: {
    run_as_user: opt(integer), // 19
    run_as_group: opt(integer),
    capabilities: opt(table({ fields: { add: opt(texts), drop: opt(texts) } })), // 20
  },
});
const extendPaths = ['None', 'PodUID', 'PodName', 'PodUID/ContainerName', 'PodName/ContainerName'];
const log: Table = {
  fields: {
    log_path: req(text), // 21
    rotate: req(text),
    host_path: req(text),
    host_extend_path: req(oneOf(...extendPaths)),
  },
};
const probe = table({
  fields: {
    type: req(oneOf('http', 'tcp', 'command')), // 25
    delay: req(integer),
    timeout: req(integer),
    scheme: opt(oneOf('HTTP', 'HTTPS')),
    host: opt(text),
    port: opt(integer),
    path: opt(text),
    command: opt(texts),
  },
});
const valueFrom: Table = {
  fields: {
    reference_type: req(oneOf('configMapKey', 'secretKey')), // 29
    name: req(text),
    key: opt(text),
    optional: opt(boolean),
  },
};
const env: Table = { fields: { name: req(text), value: opt(text), value_from: opt(table(valueFrom)) } }; // 28
const resources = {
  limit_cpu: opt(number),
  limit_memory: opt(number),
  request_cpu: opt(number),
  request_memory: opt(number),
};
const probes = { liveness_probe: opt(probe), readiness_probe: opt(probe), startup_probe: opt(probe) };
/** What a component and each container of `multi_containers` have in common. */
export const containerParts = {
  ...resources,
  ...probes,
  envs: opt(list(table(env))),
  command: opt(command),
  post_start: opt(lifecycle),
  pre_stop: opt(lifecycle),
  logs: opt(list(table(log))),
  storages: opt(list(table(storage))),
  security_context: opt(securityContext),
};

/** Table 31. */
export const source: Table = {
  fields: {
    kind: req(oneOf('code', 'package', 'image')), // 31
    version: opt(text),
    url: opt(text),
    storage: opt(oneOf('devcloud', 'obs', 'http', 'swr')),
    auth: opt(oneOf('iam', 'none')),
    repo_auth: opt(text),
    repo_namespace: opt(text),
    repo_ref: opt(text),
    repo_type: opt(oneOf('GitHub', 'BitBucket', 'GitLab')),
    web_url: opt(text),
    repo_url: opt(text),
    commit_id: opt({ is: 'string', pattern: /^[a-z0-9].{7,39}$/ }),
    http_username: opt(text),
    http_password: opt(text),
    http_command: opt(text),
    http_headers: opt(map(text)),
  },
  also: when.sourceConditions,
};
