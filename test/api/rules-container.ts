// Rules of Tables 5-7, 13, 19-21, 25, 28, 29: what a container gets.
import {
  DUPLICATE,
  log,
  mount,
  type NamedRow,
  passwordRef,
  probe,
  REQUIRED,
  storage,
  TOO_BIG,
  UNSUPPORTED,
} from './rule-objects.ts';

export const CONTAINER_ROWS: readonly NamedRow[] = [
  [
    'envs[0]',
    { envs: [{ name: 'a', value: '' }] },
    { envs: [{ name: 'a', value: '', valueSecretRef: passwordRef }] },
    'exclude each other',
  ],
  [
    'envs[0]',
    { envs: [{ name: 'a', valueFrom: { referenceType: 'secretKey', name: 's' } }] },
    { envs: [{ name: 'a', value: '', valueFrom: { referenceType: 'secretKey', name: 's' } }] },
    'exclude each other',
  ],
  [
    'envs[0].valueFrom.referenceType',
    { envs: [{ name: 'a', valueFrom: { referenceType: 'configMapKey', name: 's' } }] },
    { envs: [{ name: 'a', valueFrom: { referenceType: 'secretKeyRef', name: 's' } }] },
    UNSUPPORTED,
  ],
  [
    'storages[0].parameters',
    { storages: storage('HostPath', { path: '/a' }) },
    { storages: storage('HostPath', {}) },
    'parameters.path is missing',
  ],
  [
    'storages[0].parameters',
    { storages: storage('ConfigMap', { name: 'a' }) },
    { storages: storage('ConfigMap', {}) },
    'parameters.name is missing',
  ],
  [
    'storages[0].parameters',
    { storages: storage('EmptyDir', {}) },
    { storages: storage('PersistentVolumeClaim', {}) },
    'parameters.name is missing',
  ],
  [
    'storages[0].type',
    { storages: storage('EmptyDir', {}) },
    { storages: storage('emptyDir', {}) },
    UNSUPPORTED,
  ],
  [
    'storages[0].parameters.default_mode',
    { storages: storage('EmptyDir', { defaultMode: 384 }) },
    { storages: storage('EmptyDir', { default_mode: 384 }) },
    'use defaultMode',
  ],
  [
    'storages[0].parameters.defaultMode',
    { storages: storage('EmptyDir', { defaultMode: 511 }) },
    { storages: storage('EmptyDir', { defaultMode: 600 }) },
    TOO_BIG,
  ],
  [
    'storages[1]',
    { storages: [{ ...storage('EmptyDir', {})[0], name: 'b' }] },
    { storages: [...storage('EmptyDir', {}), ...storage('EmptyDir', {})] },
    DUPLICATE,
  ],
  [
    'storages[0].mounts[1]',
    { storages: [{ type: 'EmptyDir', name: 'a', parameters: {}, mounts: [mount] }] },
    { storages: [{ type: 'EmptyDir', name: 'a', parameters: {}, mounts: [mount, mount] }] },
    DUPLICATE,
  ],
  ['postStart.type', { postStart: { type: 'http' } }, { postStart: { type: 'tcp' } }, UNSUPPORTED],
  [
    'preStop.scheme',
    { preStop: { type: 'http', scheme: 'HTTPS' } },
    { preStop: { type: 'http', scheme: 'https' } },
    UNSUPPORTED,
  ],
  [
    'livenessProbe.type',
    { livenessProbe: probe({}) },
    { livenessProbe: probe({ type: 'grpc' }) },
    UNSUPPORTED,
  ],
  [
    'readinessProbe.delay',
    { readinessProbe: probe({ delay: 0 }) },
    { readinessProbe: { type: 'tcp', timeout: 1 } },
    REQUIRED,
  ],
  [
    'startupProbe.port',
    { startupProbe: probe({ port: 65535 }) },
    { startupProbe: probe({ port: 65536 }) },
    TOO_BIG,
  ],
  [
    'securityContext.capabilities.add[1]',
    { securityContext: { capabilities: { add: ['A', 'B'] } } },
    { securityContext: { capabilities: { add: ['A', 'A'] } } },
    DUPLICATE,
  ],
  ['logs[0].hostExtendPath', { logs: [log] }, { logs: [{ ...log, hostExtendPath: 'Pod' }] }, UNSUPPORTED],
];
