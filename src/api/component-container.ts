// Tables 5-7, 12, 13, 19-21, 25, 28, 29 of the API page: what one container or process gets. Used by the component itself
// and by each entry of multi_containers.
import { choice, flag, list, listBy, patterned, text, textSet, whole } from './field-types.ts';
import { may, measured, must, ours, oursRequired, table } from './fields.ts';

const SECRET_NAME = '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$';
const SECRET_KEY = '^[-._a-zA-Z0-9]+$';
const secretName = () => patterned(SECRET_NAME, 253, 'the name of a Secret');

export const secretKeyRef = table(0, {
  name: oursRequired(secretName(), 'Name of a Secret in the namespace of this object.'),
  key: oursRequired(patterned(SECRET_KEY, 253, 'a key of a Secret'), 'Key of the value in that Secret.'),
});

export const secretRef = table(0, {
  name: oursRequired(secretName(), 'Name of a Secret in the namespace of this object.'),
});

const storageParameters = table(
  6,
  {
    path: may('path', text(), 'Directory of the host, for HostPath.'),
    name: may(
      'name',
      text(),
      'Name of the ConfigMap, Secret or PersistentVolumeClaim in the managed cluster.',
    ),
    defaultMode: may(
      'default_mode',
      whole(0, 511),
      'Permission bits of the mounted files, for ConfigMap and Secret. A decimal number: 384 means octal 0600.',
    ),
    medium: may('medium', text(), 'Medium of an EmptyDir; absent = the disk, memory = RAM.'),
  },
  { open: true },
);

const mount = table(7, {
  path: must('path', text(), 'Where the storage appears in the container.'),
  subPath: must('sub_path', text(), 'Directory within the storage; "" = its root.'),
  readOnly: must('read_only', flag(), 'Whether writing is forbidden.'),
});

export const storage = table(
  5,
  {
    type: must(
      'type',
      choice('HostPath', 'EmptyDir', 'ConfigMap', 'Secret', 'PersistentVolumeClaim'),
      'Sort of the storage.',
    ),
    name: must('name', text(), 'Name of the storage, unique in the list.'),
    parameters: must('parameters', storageParameters, 'Where the data comes from; depends on type.'),
    mounts: must('mounts', listBy(['path'], mount), 'Places where it is mounted.'),
  },
  {
    rules: [
      {
        cel: "self.type != 'HostPath' || has(self.parameters.path)",
        holds: ({ type, parameters }) => type !== 'HostPath' || parameters.path !== undefined,
        message: 'parameters.path is missing: type HostPath needs it; name the directory of the host',
        at: 'parameters',
        reason: 'FieldValueRequired',
      },
      {
        cel: "!(self.type in ['ConfigMap', 'Secret', 'PersistentVolumeClaim']) || has(self.parameters.name)",
        holds: ({ type, parameters }) =>
          type === 'HostPath' || type === 'EmptyDir' || parameters.name !== undefined,
        message:
          'parameters.name is missing: types ConfigMap, Secret and PersistentVolumeClaim need it; name the object to mount',
        at: 'parameters',
        reason: 'FieldValueRequired',
      },
    ],
  },
);

export const command = table(12, {
  command: may('command', list(text()), 'Program that the container runs, one word per entry.'),
  args: may('args', list(text()), 'Arguments of the program, one per entry, such as -port=8080.'),
});

export const lifecycle = table(13, {
  type: must('type', choice('http', 'command'), 'How it is done: by a request or by a command.'),
  scheme: may('scheme', choice('HTTP', 'HTTPS'), 'Protocol of the request; only for type http.'),
  host: may('host', text(), 'Address of the request, absent = the pod; only for type http.'),
  port: may('port', whole(0, 65535), 'Port of the request; only for type http.'),
  path: may('path', text(), 'Path of the request; only for type http.'),
  command: may('command', list(text()), 'Command, one word per entry; only for type command.'),
});

const capabilities = table(20, {
  add: may('add', textSet(), 'Linux capabilities granted to the user, in no order.'),
  drop: may('drop', textSet(), 'Linux capabilities taken away, in no order.'),
});

export const securityContext = table(19, {
  runAsUser: may('run_as_user', whole(), 'User id that runs the container; 0 = root.'),
  runAsGroup: may('run_as_group', whole(), 'Group id that runs the container.'),
  capabilities: may('capabilities', capabilities, 'Linux capabilities.'),
});

export const log = table(21, {
  logPath: must('log_path', text(), 'Path of the logs in the container.'),
  rotate: must('rotate', text(), 'How often logs are rotated: Hourly, Daily or Weekly are known to work.'),
  hostPath: must('host_path', text(), 'Path on the host that is mounted.'),
  hostExtendPath: must(
    'host_extend_path',
    choice('None', 'PodUID', 'PodName', 'PodUID/ContainerName', 'PodName/ContainerName'),
    'What is added to the host path, so that pods of one host keep apart.',
  ),
});

export const probe = table(25, {
  type: must('type', choice('http', 'tcp', 'command'), 'How the probe asks.'),
  delay: measured('seconds', must('delay', whole(), 'Wait between the start and the first probe.')),
  timeout: measured('seconds', must('timeout', whole(), 'How long one probe may take.')),
  scheme: may('scheme', choice('HTTP', 'HTTPS'), 'Protocol; only for type http.'),
  host: may('host', text(), 'Address, absent = the pod; only for type http.'),
  port: may('port', whole(0, 65535), 'Port; only for types http and tcp.'),
  path: may('path', text(), 'Path of the request; only for type http.'),
  command: may('command', list(text()), 'Command, one word per entry; only for type command.'),
});

const valueFrom = table(29, {
  referenceType: must('reference_type', choice('configMapKey', 'secretKey'), 'Sort of object that is read.'),
  name: must('name', text(), 'Name of the ConfigMap or Secret in the managed cluster.'),
  key: may('key', text(), 'Key in that object.'),
  optional: may('optional', flag(), 'Passed on unchanged; the API page and the name contradict each other.'),
});

export const env = table(
  28,
  {
    name: must('name', text(), 'Name of the variable, unique in the list.'),
    value: may('value', text(), 'Value of the variable.'),
    valueFrom: may('value_from', valueFrom, 'Reference to an object of the managed cluster; passed on.'),
    valueSecretRef: ours(
      secretKeyRef,
      'Secret of this cluster whose value is sent as the value of the variable.',
    ),
  },
  {
    rules: [
      {
        cel: '[has(self.value), has(self.valueFrom), has(self.valueSecretRef)].filter(x, x).size() <= 1',
        holds: ({ value, valueFrom: from, valueSecretRef }) =>
          [value, from, valueSecretRef].filter((given) => given !== undefined).length <= 1,
        message: 'value, valueFrom and valueSecretRef exclude each other: keep one of them',
      },
    ],
  },
);
