// doctor: what has to be right, from the cluster to the component, each with its cure. Works without the operator.
import type { Command } from '../arguments.ts';
import type { Component, Finding, Ports, Result } from '../ports.ts';
import { stateOf } from '../state.ts';
import { table } from '../table.ts';
import { chosen } from './chosen.ts';

const MARK = { ok: 'ok', warning: 'warning', failed: 'FAILED', skipped: 'skipped' } as const;

export async function doctor(command: Command, ports: Ports): Promise<Result> {
  const inCluster = await ports.doctor.cluster(command.namespace ?? 'default');
  const broken = inCluster.some(({ verdict }) => verdict === 'failed');
  const components = broken ? [] : await chosen(command, ports);
  const findings = [...inCluster];
  for (const component of components) findings.push(...(await ofComponent(component, ports)));
  const failed = findings.some(({ verdict }) => verdict === 'failed');
  const rows = findings.map(({ what, verdict, detail }) => [MARK[verdict], what, detail]);
  return { text: table(rows), data: findings, code: failed ? 1 : 0 };
}

async function ofComponent(component: Component, { cloud }: Ports): Promise<readonly Finding[]> {
  const { namespace, name } = component.metadata;
  const key = `${namespace}/${name}`;
  const state = stateOf(component);
  const seen: Finding = {
    what: key,
    verdict: state.name === 'Stalled' ? 'failed' : state.name === 'Waiting' ? 'warning' : 'ok',
    detail:
      state.name === 'Waiting'
        ? `${state.message}; is the operator running?`
        : `${state.name} ${state.reason}. ${state.message}`,
  };
  try {
    const { found } = await cloud.component(component);
    const service: Finding =
      found.kind === 'found'
        ? {
            what: `${key}: ServiceStage`,
            verdict: 'ok',
            detail: `component ${found.value.name} is ${found.value.status}`,
          }
        : {
            what: `${key}: ServiceStage`,
            verdict: 'failed',
            detail: `${found.message}; check applicationId and componentId`,
          };
    return [seen, service];
  } catch (error) {
    return [
      seen,
      {
        what: `${key}: ServiceStage`,
        verdict: 'failed',
        detail: error instanceof Error ? error.message : String(error),
      },
    ];
  }
}
