// status: one component as a tree, from the spec down to the tasks of its job.
import type { Condition, HistoryEntry, Operation, Status } from '../../api/status.ts';
import type { Command } from '../arguments.ts';
import type { Component, Ports, Result } from '../ports.ts';
import { stateOf } from '../state.ts';
import { ago } from '../table.ts';
import { chosenOne } from './chosen.ts';
import { wantedVersion } from './get.ts';

export async function status(command: Command, ports: Ports): Promise<Result> {
  const component = await chosenOne(command, ports);
  return { text: tree(component, ports.time.wall()), data: component.status ?? {}, code: 0 };
}

/** A line and what stands below it. */
interface Node {
  readonly line: string;
  readonly below?: readonly Node[];
}

function tree(component: Component, wall: number): readonly string[] {
  const { metadata, status: told } = component;
  const state = stateOf(component);
  const root: Node = {
    line: `${metadata.namespace}/${metadata.name}: ${state.name} ${state.reason}`,
    below: [
      ...(state.message === '' ? [] : [{ line: state.message }]),
      {
        line: `spec: version ${wantedVersion(component)}, generation ${metadata.generation} (seen: ${told?.observedGeneration ?? '-'})`,
      },
      ...(told === undefined ? [] : statusNodes(told, wall)),
    ],
  };
  return drawn(root, { before: '', branch: '' });
}

function statusNodes(told: Status, wall: number): Node[] {
  const { operation, lastApplied, remote, drift, history = [], conditions = [] } = told;
  return [
    ...(lastApplied === undefined
      ? []
      : [
          {
            line: `in force: version ${lastApplied.version ?? '-'}${lastApplied.void === true ? ' (void)' : ''}, ${ago(lastApplied.time, wall)} ago`,
          },
        ]),
    ...(operation === undefined ? [] : [operationNode(operation, wall)]),
    ...(remote === undefined
      ? []
      : [
          {
            line: `component: ${remote.componentStatus ?? '-'}, version ${remote.version ?? '-'}, ${remote.availableReplica ?? '-'} of ${remote.replica ?? '-'} instances`,
          },
        ]),
    ...(drift === undefined
      ? []
      : [
          {
            line: `drift since ${ago(drift.since, wall)}`,
            below: drift.fields.map((field) => ({ line: `${field.pointer} ${field.kind}` })),
          },
        ]),
    { line: 'conditions', below: conditions.map((each) => conditionNode(each, wall)) },
    ...(history.length === 0
      ? []
      : [{ line: 'history', below: history.map((entry) => historyNode(entry, wall)) }]),
  ];
}

function operationNode(operation: Operation, wall: number): Node {
  const {
    type,
    cause,
    phase,
    jobId,
    attempt,
    message,
    tasks = [],
    submittedAt,
    notBefore,
    requestId,
  } = operation;
  return {
    line: `operation: ${type} because of ${cause}, ${phase}, ${ago(submittedAt, wall)} ago${attempt > 1 ? `, try ${attempt}` : ''}`,
    below: [
      ...(jobId === undefined
        ? []
        : [
            {
              line: `job ${jobId}`,
              below: tasks.map((task) => ({
                line: `${task.status} ${task.name}${task.message === undefined ? '' : `: ${task.message}`}`,
              })),
            },
          ]),
      ...(requestId === undefined ? [] : [{ line: `request ${requestId}` }]),
      ...(notBefore === undefined ? [] : [{ line: `not before ${notBefore}` }]),
      ...(message === undefined ? [] : [{ line: message }]),
    ],
  };
}

function conditionNode({ type, status: value, reason, lastTransitionTime }: Condition, wall: number): Node {
  return { line: `${type} ${value} ${reason}, ${ago(lastTransitionTime, wall)}` };
}

function historyNode({ type, cause, version, result, jobId, finished }: HistoryEntry, wall: number): Node {
  const what = version === undefined ? type : `${type} ${version}`;
  return {
    line: `${what} because of ${cause}: ${result}${jobId === undefined ? '' : `, job ${jobId}`}, ${ago(finished, wall)} ago`,
  };
}

interface Pen {
  /** In front of the line itself, and in front of all lines below it. */
  readonly branch: string;
  readonly before: string;
}

function drawn({ line, below = [] }: Node, { branch, before }: Pen): readonly string[] {
  const last = below.length - 1;
  return [
    `${branch}${line}`,
    ...below.flatMap((node, at) =>
      drawn(node, {
        branch: `${before}${at === last ? '└─ ' : '├─ '}`,
        before: `${before}${at === last ? '   ' : '│  '}`,
      }),
    ),
  ];
}
