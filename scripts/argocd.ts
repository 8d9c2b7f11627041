// What of the Argo CD pack is derived: a sample object per situation in the layout of Argo CD's own resource_customizations,
// and the same scripts as one patch of the ConfigMap argocd-cm, for whoever installs them today.
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { API_VERSION, GROUP, KIND } from '../src/api/names.ts';
import type { Status } from '../src/api/status.ts';
import { SITUATIONS, type SituationName, situation, withSituation } from '../src/core/conditions.ts';

export type Health = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';

/** What Argo CD shows of each situation: the last column of the state table. */
export const ARGO_HEALTH: Readonly<Record<SituationName, Health>> = {
  submitting: 'Progressing',
  scaleWaiting: 'Progressing',
  recovering: 'Progressing',
  jobRunning: 'Progressing',
  jobTimeout: 'Degraded',
  busyTimeout: 'Degraded',
  inForce: 'Healthy',
  adopted: 'Healthy',
  startingUp: 'Progressing',
  notRunning: 'Degraded',
  grayWaiting: 'Suspended',
  jobFailed: 'Degraded',
  jobLost: 'Degraded',
  invalidSpec: 'Degraded',
  immutableField: 'Degraded',
  invalidConfiguration: 'Degraded',
  ownershipConflict: 'Degraded',
  driftLoop: 'Degraded',
  notFound: 'Degraded',
  unknownOutcome: 'Degraded',
  remoteBusy: 'Progressing',
  throttled: 'Progressing',
  retrying: 'Progressing',
  credentialsUnavailable: 'Progressing',
  credentialsUnavailableLong: 'Degraded',
  credentialsRejected: 'Progressing',
  credentialsRejectedLong: 'Degraded',
  permissionDenied: 'Progressing',
  permissionDeniedLong: 'Degraded',
  bornPaused: 'Suspended',
  deleting: 'Progressing',
  deleteFailed: 'Degraded',
};

/** Where the scripts lie, relative to the root of the repository; the layout below is Argo CD's own. */
export const PACK = `deploy/argocd/resource_customizations/${GROUP}/${KIND}`;
const ROOT = join(import.meta.dirname, '..');
const WALL = Date.parse('2026-01-01T00:00:00Z');
const MESSAGE = 'What happened, on what, and what to do.';

interface Sample {
  readonly health: Health;
  readonly message: string;
  readonly object: object;
}

/** A sample object per situation, and those that no situation describes alone. */
export function samples(): ReadonlyMap<string, Sample> {
  const names = Object.keys(SITUATIONS) as SituationName[];
  const waiting = 'Waiting for the operator to look at generation 2';
  const fresh = { observedGeneration: -1 };
  return new Map<string, Sample>([
    ...names.map((name): [string, Sample] => [name, sampleOf(name)]),
    ['justCreated', { health: 'Progressing', message: waiting, object: objectOf(fresh) }],
    ['newerSpec', { health: 'Progressing', message: waiting, object: objectOf(statusOf('inForce', 1)) }],
    [
      'failedWithNewerSpec',
      { health: 'Progressing', message: waiting, object: objectOf(statusOf('jobFailed', 1)) },
    ],
    [
      'pausedInForce',
      { health: 'Suspended', message: PAUSED.message, object: objectOf(paused(statusOf('inForce', 2))) },
    ],
    ['drifted', drifted()],
  ]);
}

function sampleOf(name: SituationName): Sample {
  const status = statusOf(name, 2);
  const deletion = name.startsWith('delet') ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
  const pauses = name === 'bornPaused';
  const object = objectOf(pauses ? paused(status) : status, deletion);
  return { health: ARGO_HEALTH[name], message: pauses ? PAUSED.message : MESSAGE, object };
}

const TIME = new Date(WALL).toISOString();
const PAUSED = {
  type: 'Paused',
  status: 'True',
  reason: 'AnnotationPaused',
  message: 'Paused by annotation.',
  lastTransitionTime: TIME,
} as const;

function statusOf(name: SituationName, generation: number): Status {
  return withSituation({ observedGeneration: -1 }, situation(name, MESSAGE), { generation, wall: WALL });
}

function paused(status: Status): Status {
  return { ...status, conditions: [...(status.conditions ?? []), PAUSED] };
}

function drifted(): Sample {
  const status = statusOf('inForce', 2);
  const message = 'The component differs from the spec at /labels.';
  const synced = {
    type: 'Synced',
    status: 'False',
    reason: 'Drifted',
    message,
    lastTransitionTime: TIME,
  } as const;
  const conditions = [...(status.conditions ?? []), synced];
  return { health: 'Healthy', message: `${MESSAGE} ${message}`, object: objectOf({ ...status, conditions }) };
}

function objectOf(status: Status, metadata: object = {}): object {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name: 'weather', namespace: 'shop', generation: 2, ...metadata },
    spec: { component: { name: 'mycomponet', version: '1.0.1' } },
    status,
  };
}

/** Text by file, relative to the root of the repository. */
export function argocdFiles(): readonly (readonly [string, string])[] {
  const all = [...samples()];
  const tests = all.map(([name, { health, message }]) => ({
    healthStatus: { status: health, message },
    inputPath: `testdata/${name}.yaml`,
  }));
  return [
    [`${PACK}/health_test.yaml`, yaml({ tests })],
    ...all.map(([name, { object }]) => [`${PACK}/testdata/${name}.yaml`, yaml(object)] as const),
    [`${PACK}/actions/action_test.yaml`, yaml(actionTests())],
    ['deploy/argocd/argocd-cm.yaml', yaml(configMap())],
  ];
}

function yaml(value: object): string {
  return `# Generated by npm run generate; do not edit.\n${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

function lua(file: string): string {
  return readFileSync(join(ROOT, PACK, file), 'utf8');
}

/** Names of the actions, in order. */
export function actionNames(): readonly string[] {
  return globSync(`${PACK}/actions/*/action.lua`, { cwd: ROOT })
    .map((file) => basename(dirname(file)))
    .toSorted();
}

/** Argo CD's own test runs every action on a sample and compares; actions that write the time cannot be compared there. */
function actionTests(): object {
  const available = (disabled: readonly string[]) =>
    actionNames().map((name) => ({ name, disabled: disabled.includes(name) }));
  return {
    discoveryTests: [
      { inputPath: '../testdata/inForce.yaml', result: available(['resume', 'retry']) },
      { inputPath: '../testdata/jobFailed.yaml', result: available(['resume']) },
    ],
    actionTests: [],
  };
}

function configMap(): object {
  const key = `${GROUP}_${KIND}`;
  const definitions = actionNames().map((name) => ({
    name,
    'action.lua': lua(`actions/${name}/action.lua`),
  }));
  const actions = { 'discovery.lua': lua('actions/discovery.lua'), definitions };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd' },
    data: {
      [`resource.customizations.health.${key}`]: lua('health.lua'),
      [`resource.customizations.actions.${key}`]: stringify(actions, { lineWidth: 0 }),
    },
  };
}
