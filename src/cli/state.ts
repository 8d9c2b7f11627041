// What a status says in one word and one sentence, by the same reading as kstatus: the generation first, then Stalled, then Ready.
import type { Condition, Status } from '../api/status.ts';
import { findCondition } from '../core/conditions.ts';
import type { Component } from './ports.ts';

export type StateName = 'Deleting' | 'Waiting' | 'Stalled' | 'Ready' | 'Working' | 'Paused';

export interface State {
  readonly name: StateName;
  readonly reason: string;
  readonly message: string;
}

export function stateOf({ metadata, status }: Component): State {
  const ready = condition(status, 'Ready');
  const told = { reason: ready?.reason ?? '-', message: ready?.message ?? '' };
  if (metadata.deletionTimestamp !== undefined) return { name: 'Deleting', ...told };
  const stalled = condition(status, 'Stalled');
  const current = status?.observedGeneration === metadata.generation;
  if (current && stalled?.status === 'True')
    return { name: 'Stalled', reason: stalled.reason, message: stalled.message };
  if (current && ready?.status === 'True') return { name: 'Ready', ...told };
  const paused = condition(status, 'Paused');
  if (paused?.status === 'True') return { name: 'Paused', reason: paused.reason, message: paused.message };
  if (ready === undefined || !current)
    return {
      name: 'Waiting',
      reason: '-',
      message: `the operator has not looked at generation ${metadata.generation} yet`,
    };
  return { name: 'Working', ...told };
}

export function condition(status: Status | undefined, type: Condition['type']): Condition | undefined {
  return status === undefined ? undefined : findCondition(status, type);
}
