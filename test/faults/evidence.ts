// Evidence of a good run, told by hand: an update from version 1 to version 2, with whatever a test wants to be otherwise.
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import {
  type ComponentSnapshot,
  exampleApplicationId,
  exampleComponentId,
  exampleProjectId,
  type JournalEntry,
} from '../fakes/simulator/index.ts';
import type { Evidence } from './checker.ts';

const path = {
  projectId: exampleProjectId,
  applicationId: exampleApplicationId,
  componentId: exampleComponentId,
};

let seq = 0;
export function entry(operation: string, over: Partial<JournalEntry> = {}): JournalEntry {
  seq += 1;
  const method = /^(get|list)/.test(operation) ? 'GET' : 'PUT';
  const accepted = method !== 'GET';
  const about = { seq, at: seq, method, path: '/', operation, ...path };
  return { ...about, status: 200, accepted, requestId: `r${seq}`, connection: 1, ...over };
}

export const sent = (version: string, jobId: string, body: JsonObject = {}): JournalEntry =>
  entry('modifyComponent', { version, jobId, body: { version, ...body } });

type SnapshotJob = ComponentSnapshot['jobs'][number];

export function job(id: string, over: Partial<SnapshotJob> = {}): SnapshotJob {
  const about = { kind: 'modify', status: 'SUCCEEDED', foreign: false, creator: 'operator' } as const;
  return { id, ...about, acceptedAt: 1, ...over };
}

export function component(over: Partial<ComponentSnapshot> = {}): ComponentSnapshot {
  return {
    id: exampleComponentId,
    ...path,
    config: { name: 'weather', version: '2' },
    status: 'RUNNING',
    gone: false,
    replica: 1,
    availableReplica: 1,
    lastJobId: 'job-2',
    jobs: [job('job-1'), job('job-2')],
    records: [],
    ...over,
  };
}

export const told = (jobId: string, result = 'Succeeded', reason?: string): JsonObject => ({
  operationId: jobId,
  jobId,
  result,
  ...(reason === undefined ? {} : { reason }),
});

export function condition(type: string, status: string, over: JsonObject = {}): JsonObject {
  const why = { reason: 'Succeeded', message: 'Version 2 is in force.' };
  return { type, status, ...why, lastTransitionTime: '2026-01-01T00:00:00Z', ...over };
}

interface Shown {
  readonly status?: JsonObject;
  readonly spec?: JsonObject;
}

export function resource({ status = {}, spec = {} }: Shown = {}): KubeObject {
  return {
    metadata: { name: 'weather', namespace: 'shop', uid: 'u', resourceVersion: '9', generation: 2 },
    spec: { ...path, component: { version: '2' }, ...spec },
    status: {
      observedGeneration: 2,
      conditions: [condition('Ready', 'True')],
      history: [told('job-2'), told('job-1')],
      ...status,
    },
  };
}

export function evidence(over: Partial<Evidence> = {}): Evidence {
  return {
    journal: [entry('getComponent'), sent('1', 'job-1'), entry('getJob'), sent('2', 'job-2')],
    component: component(),
    others: [],
    object: resource(),
    gone: false,
    goneBefore: false,
    moments: [],
    elapsedMs: 5_000,
    calmEntries: 4,
    atRest: { calls: 0, writes: 0 },
    ...over,
  };
}
