// get: one line per component.
import type { Command } from '../arguments.ts';
import type { Component, Ports, Result } from '../ports.ts';
import { condition, stateOf } from '../state.ts';
import { ago, table } from '../table.ts';
import { chosen } from './chosen.ts';

export async function get(command: Command, ports: Ports): Promise<Result> {
  const found = await chosen(command, ports);
  const head = ['NAME', 'STATE', 'REASON', 'VERSION', 'IN FORCE', 'SYNCED', 'JOB', 'SINCE'];
  const rows = found.map((each) => rowOf(each, ports.time.wall()));
  const spaces = command.everywhere === 'yes';
  const lines = table(
    [head, ...rows].map((row, at) =>
      spaces ? [at === 0 ? 'NAMESPACE' : (found[at - 1]?.metadata.namespace ?? ''), ...row] : row,
    ),
  );
  return { text: found.length === 0 ? ['no components found'] : lines, data: found.map(summary), code: 0 };
}

function rowOf(component: Component, wall: number): readonly string[] {
  const { metadata, status } = component;
  const state = stateOf(component);
  const since = condition(status, 'Ready')?.lastTransitionTime ?? metadata.creationTimestamp;
  return [
    metadata.name,
    state.name,
    state.reason,
    wantedVersion(component),
    status?.lastApplied?.version ?? '-',
    condition(status, 'Synced')?.reason ?? '-',
    status?.operation?.jobId ?? '-',
    ago(since, wall),
  ];
}

export function wantedVersion({ spec }: Component): string {
  const { component } = spec;
  const version =
    typeof component === 'object' && component !== null && 'version' in component ? component.version : '-';
  return String(version);
}

function summary(component: Component): object {
  const { metadata, status } = component;
  const state = stateOf(component);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    generation: metadata.generation,
    state: state.name,
    reason: state.reason,
    message: state.message,
    version: wantedVersion(component),
    inForce: status?.lastApplied?.version,
    synced: condition(status, 'Synced')?.reason,
    jobId: status?.operation?.jobId,
  };
}
