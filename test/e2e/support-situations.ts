// The state table of the statuses page as data: what each situation shows, what kstatus makes of it, and how the operator is
// really driven into it. Kept apart from the operator's own table on purpose, so that neither can change alone.
import { setTimeout as sleep } from 'node:timers/promises';
import { ARGO_HEALTH, type Health } from '../../scripts/argocd.ts';
import type { Config } from '../../src/config.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { SituationName } from '../../src/core/conditions.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { specOf, type World } from '../support/world.ts';
import { statusOf } from './support-recorder.ts';

export type Kstatus = 'Current' | 'InProgress' | 'Failed' | 'Terminating';

/** Ready, then Reconciling or Stalled (`-`: neither), then what kstatus says. */
type Row = readonly [ready: string, mode: string, kstatus: Kstatus];

export const TABLE: Readonly<Record<SituationName, Row>> = {
  submitting: ['Unknown/Progressing', 'Reconciling/Submitting', 'InProgress'],
  scaleWaiting: ['Unknown/Progressing', 'Reconciling/Submitting', 'InProgress'],
  recovering: ['Unknown/Progressing', 'Reconciling/Recovering', 'InProgress'],
  jobRunning: ['Unknown/Progressing', 'Reconciling/JobRunning', 'InProgress'],
  jobTimeout: ['False/Timeout', 'Stalled/Timeout', 'Failed'],
  busyTimeout: ['False/Timeout', 'Stalled/Timeout', 'Failed'],
  inForce: ['True/Succeeded', '-', 'Current'],
  adopted: ['True/Succeeded', '-', 'Current'],
  startingUp: ['Unknown/Progressing', 'Reconciling/Polling', 'InProgress'],
  notRunning: ['False/NotRunning', 'Stalled/NotRunning', 'Failed'],
  grayWaiting: ['Unknown/GrayReleaseWaiting', 'Reconciling/GrayReleaseWaiting', 'InProgress'],
  jobFailed: ['False/JobFailed', 'Stalled/JobFailedTerminal', 'Failed'],
  jobLost: ['False/JobLost', 'Stalled/JobLost', 'Failed'],
  invalidSpec: ['False/InvalidSpec', 'Stalled/InvalidSpec', 'Failed'],
  immutableField: ['False/ImmutableField', 'Stalled/ImmutableField', 'Failed'],
  invalidConfiguration: ['False/InvalidConfiguration', 'Stalled/InvalidConfiguration', 'Failed'],
  ownershipConflict: ['False/OwnershipConflict', 'Stalled/OwnershipConflict', 'Failed'],
  driftLoop: ['False/RetriesExceeded', 'Stalled/DriftLoop', 'Failed'],
  notFound: ['False/NotFound', 'Stalled/NotFound', 'Failed'],
  unknownOutcome: ['False/UnknownOutcome', 'Stalled/UnknownOutcome', 'Failed'],
  remoteBusy: ['Unknown/RemoteBusy', 'Reconciling/RemoteBusy', 'InProgress'],
  throttled: ['Unknown/Throttled', 'Reconciling/Throttled', 'InProgress'],
  retrying: ['Unknown/ProgressingWithRetry', 'Reconciling/ProgressingWithRetry', 'InProgress'],
  credentialsUnavailable: ['False/CredentialsUnavailable', 'Reconciling/ProgressingWithRetry', 'InProgress'],
  credentialsUnavailableLong: ['False/CredentialsUnavailable', 'Stalled/CredentialsUnavailable', 'Failed'],
  credentialsRejected: ['False/CredentialsRejected', 'Reconciling/ProgressingWithRetry', 'InProgress'],
  credentialsRejectedLong: ['False/CredentialsRejected', 'Stalled/CredentialsRejected', 'Failed'],
  permissionDenied: ['False/PermissionDenied', 'Reconciling/ProgressingWithRetry', 'InProgress'],
  permissionDeniedLong: ['False/PermissionDenied', 'Stalled/PermissionDenied', 'Failed'],
  bornPaused: ['Unknown/Suspended', '-', 'InProgress'],
  deleting: ['False/Deleting', 'Reconciling/Deleting', 'Terminating'],
  deleteFailed: ['False/DeleteFailed', 'Stalled/DeleteFailed', 'Terminating'],
};
export const SITUATION_NAMES = Object.keys(TABLE) as readonly SituationName[];

/** The rows whose conditions the object shows; several rows may look alike. */
export function situationsOf(object: KubeObject): readonly SituationName[] {
  const conditions = statusOf(object).conditions ?? [];
  const ready = conditions.filter(({ type }) => type === 'Ready').map((c) => `${c.status}/${c.reason}`);
  const modes = conditions
    .filter(({ type, status }) => (type === 'Reconciling' || type === 'Stalled') && status === 'True')
    .map(({ type, reason }) => `${type}/${reason}`);
  const shown = `${ready.join()} ${modes.join() || '-'}`;
  return SITUATION_NAMES.filter((name) => `${TABLE[name][0]} ${TABLE[name][1]}` === shown);
}

/** What the table says of an object: first the three rows that no condition decides, then those of its conditions. */
export function tableSays(object: KubeObject): Kstatus | 'no row' {
  const { deletionTimestamp, generation } = object.metadata;
  const { observedGeneration, conditions = [] } = statusOf(object);
  if (deletionTimestamp !== undefined) return 'Terminating';
  if (observedGeneration !== generation) return 'InProgress'; // just created, or a spec newer than what was seen
  const verdicts = new Set(situationsOf(object).map((name) => TABLE[name][2]));
  const [verdict] = verdicts;
  if (verdicts.size === 1 && verdict !== undefined) return verdict;
  const paused = conditions.some(({ type }) => type === 'Paused');
  return paused ? 'InProgress' : 'no row'; // paused in the middle of work that is not a job: Reconciling is taken away
}

/** What Argo CD shows of an object: the pause and the generation first, then the situations of its conditions. */
export function argoSays(object: KubeObject): Health | 'no row' {
  const { deletionTimestamp, generation } = object.metadata;
  const { observedGeneration, conditions = [] } = statusOf(object);
  if (deletionTimestamp !== undefined) {
    return conditions.some(({ type }) => type === 'Stalled') ? 'Degraded' : 'Progressing';
  }
  if (conditions.some(({ type }) => type === 'Paused')) return 'Suspended';
  if (conditions.length === 0 || observedGeneration !== generation) return 'Progressing';
  const [health, ...others] = new Set(situationsOf(object).map((name) => ARGO_HEALTH[name]));
  return health === undefined || others.length > 0 ? 'no row' : health;
}

const HOUR_MS = 3_600_000;
const STALL_MS = 601_000;
export const NEWER = { version: '1.0.1' };
export const LONG_JOB = { end: 'SUCCEEDED', durationMs: HOUR_MS } as const;

/** How an operator and its world come into a situation. */
export interface Drive {
  readonly config?: Partial<Config>;
  /** Before the operator runs. */
  readonly given?: (world: World) => unknown;
  readonly spec?: ReturnType<typeof specOf>;
  /** Once the object exists; `saw` waits until a version showed a situation. */
  readonly afterwards?: (world: World, saw: (name: SituationName) => Promise<unknown>) => Promise<unknown>;
}

const respond = (
  operation: 'modifyComponent' | 'getComponent' | 'deleteComponent',
  status: number,
  code: string,
) =>
  ({
    operation,
    next: 'all',
    effect: { kind: 'respond', status, body: { error_code: code, error_msg: 'no' } },
  }) as const;
const waits =
  (first: SituationName, ms: number): NonNullable<Drive['afterwards']> =>
  async (world, saw) => {
    await saw(first);
    world.time.advance(ms);
  };

export const DRIVES: Readonly<Record<SituationName, Drive>> = {
  submitting: {},
  jobRunning: {},
  inForce: {},
  adopted: { spec: specOf() },
  scaleWaiting: { spec: specOf({ ...NEWER, replica: 3 }, { scaleHosts: ['a', 'b', 'c'] }) },
  recovering: {
    given: ({ cloud }) => cloud.faults.add({ operation: 'modifyComponent', effect: { kind: 'reset' } }),
  },
  jobTimeout: {
    given: ({ cloud }) => cloud.scriptJob({ end: 'STUCK' }),
    afterwards: waits('jobRunning', HOUR_MS),
  },
  busyTimeout: {
    given: ({ cloud }) =>
      cloud.console.startJob({ componentId: exampleComponentId, kind: 'restart', script: { end: 'STUCK' } }),
    afterwards: waits('remoteBusy', HOUR_MS),
  },
  remoteBusy: {
    given: ({ cloud }) =>
      cloud.console.startJob({ componentId: exampleComponentId, kind: 'restart', script: LONG_JOB }),
  },
  startingUp: { given: ({ cloud }) => cloud.scriptJob({ end: 'SUCCEEDED', componentStatus: 'PENDING' }) },
  notRunning: {
    given: ({ cloud }) => cloud.scriptJob({ end: 'SUCCEEDED', componentStatus: 'PENDING' }),
    afterwards: waits('startingUp', STALL_MS),
  },
  grayWaiting: { given: ({ cloud }) => cloud.scriptJob({ end: 'GRAYING', grayJob: 'SUCCEEDED' }) },
  jobFailed: { given: ({ cloud }) => cloud.scriptJob({ end: 'FAILED', message: 'image not found' }) },
  jobLost: { given: ({ cloud }) => cloud.scriptJob({ end: 'UNKNOWN', componentStatus: 'DOWN' }) },
  invalidSpec: { given: ({ cloud }) => cloud.faults.add(respond('modifyComponent', 400, 'SVCSTG.00100400')) },
  immutableField: { spec: specOf({ ...NEWER, name: 'another' }) },
  invalidConfiguration: {
    given: ({ cloud }) => cloud.faults.add(respond('getComponent', 404, 'APIGW.0101')),
  },
  ownershipConflict: { given: createOlder },
  driftLoop: {
    spec: specOf(NEWER, { driftPolicy: 'Revert', interval: '30s' }),
    afterwards: async (world) => {
      for (let time = 0; time < 4; time += 1) {
        const object = await world.untilReady();
        const reverts = statusOf(object).reverts?.length ?? 0;
        world.cloud.console.edit(exampleComponentId, { description: 'somebody' });
        await world.until('it is set back', async () => {
          const status = statusOf((await world.get()) ?? object);
          return (status.reverts?.length ?? 0) > reverts || status.drift !== undefined;
        });
      }
    },
  },
  notFound: { spec: specOf(NEWER, { componentId: '66666666-7777-8888-9999-00000000ffff' }) },
  unknownOutcome: {
    config: { pollIntervalMs: 60_000 },
    given: ({ cloud }) => cloud.faults.add({ operation: 'modifyComponent', effect: { kind: 'reset' } }),
    afterwards: async (world, saw) => {
      await saw('recovering');
      world.cloud.console.startJob({
        componentId: exampleComponentId,
        kind: 'modify',
        body: { version: '9.9.9' },
      });
    },
  },
  throttled: {
    given: ({ cloud }) =>
      cloud.faults.add({ operation: 'modifyComponent', effect: { kind: 'throttle', retryAfter: '60' } }),
  },
  retrying: { given: ({ cloud }) => cloud.faults.add(respond('getComponent', 503, 'APIGW.0202')) },
  credentialsUnavailable: { spec: specOf(NEWER, { credentialsSecretRef: { name: 'absent' } }) },
  credentialsUnavailableLong: {
    spec: specOf(NEWER, { credentialsSecretRef: { name: 'absent' } }),
    afterwards: waits('credentialsUnavailable', STALL_MS),
  },
  credentialsRejected: { given: (world) => world.secret('huaweicloud', { token: 'expired' }) },
  credentialsRejectedLong: {
    given: (world) => world.secret('huaweicloud', { token: 'expired' }),
    afterwards: waits('credentialsRejected', STALL_MS),
  },
  permissionDenied: { given: ({ cloud }) => cloud.configure({ forbidden: ['getComponent'] }) },
  permissionDeniedLong: {
    given: ({ cloud }) => cloud.configure({ forbidden: ['getComponent'] }),
    afterwards: waits('permissionDenied', STALL_MS),
  },
  bornPaused: { spec: specOf(NEWER, { suspend: true }) },
  deleting: { spec: specOf(NEWER, { deletionPolicy: 'Delete' }), afterwards: removed },
  deleteFailed: {
    given: ({ cloud }) => cloud.faults.add(respond('deleteComponent', 400, 'SVCSTG.00100400')),
    spec: specOf(NEWER, { deletionPolicy: 'Delete' }),
    afterwards: removed,
  },
};

/** Another resource of the same component, older by more than the second in which the API server counts. */
async function createOlder(world: World): Promise<void> {
  await world.create(specOf(), 'older');
  await sleep(1_100);
}

async function removed(world: World): Promise<void> {
  await world.untilReady();
  await world.remove();
}
