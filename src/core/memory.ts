// What this process learns from a read, beside what the status keeps. Pure: the loop calls `remember` after every read.
// A crash loses all of it; the new process then waits a full settle again, which costs time and never a duplicate.
import type { Status } from '../api/status.ts';
import { isOpen } from './causes.ts';
import type { Facts, Memory, MemoryPatch } from './facts.ts';
import { knownJobIds } from './history.ts';
import type { RecordsLookup, RemoteComponent } from './types.ts';

/** Two reads must look the same this far apart before "nothing happened" is believed. */
export const EQUAL_READS_MS = 15_000;
/** Reads of a job in state UNKNOWN this far apart count. */
export const UNKNOWN_READS_MS = 15_000;

export const EMPTY_MEMORY: Memory = { failures: 0 };

/** `memory` bound to the operation of the status: what belonged to another operation is forgotten. */
export function recall(memory: Memory, status: Status, mono: number): Memory {
  const id = status.operation?.id;
  if (memory.operationId === id && id !== undefined) {
    return memory.firstSeenMono === undefined ? { ...memory, firstSeenMono: mono } : memory;
  }
  const kept = withoutOperation(memory);
  return id !== undefined && isWatched(status) ? { ...kept, operationId: id, firstSeenMono: mono } : kept;
}

function isWatched({ operation }: Status): boolean {
  return isOpen(operation) || operation?.phase === 'UnknownOutcome';
}

function withoutOperation(memory: Memory): Memory {
  const { failures, waitsFor, stuck, checkDueMono, warnedGeneration } = memory;
  return {
    failures,
    ...(waitsFor === undefined ? {} : { waitsFor }),
    ...(stuck === undefined ? {} : { stuck }),
    ...(checkDueMono === undefined ? {} : { checkDueMono }),
    ...(warnedGeneration === undefined ? {} : { warnedGeneration }),
  };
}

/** `memory` for an operation that is about to be written. */
export function ofNewOperation(memory: Memory, operationId: string, prepared: Memory['prepared']): Memory {
  return { ...withoutOperation(memory), operationId, ...(prepared === undefined ? {} : { prepared }) };
}

/** `memory` with a patch of a decision; `undefined` forgets. */
export function patched(memory: Memory, patch: MemoryPatch): Memory {
  const next: Record<string, unknown> = { ...memory, ...patch };
  for (const [key, value] of Object.entries(patch)) if (value === undefined) delete next[key];
  return next as unknown as Memory;
}

/** `memory` after the reads of this pass: equal reads in recovery and the newer jobs seen. */
export function remember(facts: Facts): Memory {
  const { memory, reads, resource } = facts;
  const { component, records } = reads;
  if (resource.status.operation === undefined || component?.kind !== 'ok' || component.value.kind !== 'found')
    return memory;
  const seen = withNewerJob(memory, resource.status, component.value.value);
  if (records?.kind !== 'ok') return seen;
  const fingerprint = fingerprintOf(component.value.value, records.value);
  if (seen.equalReads?.fingerprint === fingerprint) return seen;
  return { ...seen, equalReads: { fingerprint, firstMono: facts.now.mono } };
}

function withNewerJob(memory: Memory, status: Status, component: RemoteComponent): Memory {
  const id = component.lastJobId;
  const { operation } = status;
  if (id === undefined || operation?.phase === 'Submitted' || id === operation?.baselineJobId) return memory;
  if (knownJobIds(status).includes(id) || operation?.excludedJobIds?.includes(id)) return memory;
  const before = memory.newerJobIds ?? [];
  return before.includes(id) ? memory : { ...memory, newerJobIds: [...before, id].slice(-8) };
}

function fingerprintOf(component: RemoteComponent, records: RecordsLookup): string {
  const jobs =
    records.kind === 'found'
      ? records.records.slice(0, 20).map((r) => `${r.version}/${r.jobIds.join('+')}`)
      : [records.reason];
  return [component.lastJobId ?? '-', component.status, ...jobs].join('|');
}
