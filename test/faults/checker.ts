// The independent judge of a run: reads the simulator's journal, the scenario's list of causes and the final object, nothing
// of the operator. Names of the rules are those of the reliability page.
import type { Status } from '../../src/api/status.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import type { World } from '../support/world.ts';
import type { SweepScenario } from './scenarios.ts';

/** What the run broke; empty when nothing. */
export async function judge(world: World, scenario: SweepScenario): Promise<string[]> {
  const accepted = world.cloud.journal.acceptedWrites(exampleComponentId);
  const modifies = accepted.filter((entry) => entry.operation === 'modifyComponent');
  const actions = accepted.filter((entry) => entry.operation === 'actOnComponent');
  const object = await world.get();
  const status = object?.status as unknown as Status | undefined;
  return [
    ...once(
      modifies.map((entry) => entry.version ?? '?'),
      scenario.versions,
    ),
    ...(actions.length > scenario.actions
      ? [`ONCE: ${actions.length} actions for ${scenario.actions} causes`]
      : []),
    ...mono(
      modifies.map((entry) => entry.version ?? '?'),
      scenario.versions,
    ),
    ...(scenario.ends === 'ready' ? told(status, world) : []),
    ...truth(world, scenario, status),
    ...world.violations.map((violation) => `STATUS: ${violation}`),
  ];
}

function once(sent: readonly string[], causes: readonly string[]): string[] {
  return [...new Set(sent)].flatMap((version) => {
    const times = sent.filter((each) => each === version).length;
    const allowed = causes.filter((each) => each === version).length;
    return times > allowed ? [`ONCE: version ${version} accepted ${times} times for ${allowed} causes`] : [];
  });
}

/** Never an older wish after a newer one. */
function mono(sent: readonly string[], causes: readonly string[]): string[] {
  const order = sent.map((version) => causes.indexOf(version));
  return order.some((place, i) => place < (order[i - 1] ?? -1)) ? [`MONO: sent ${sent.join(', ')}`] : [];
}

/** Every job that an accepted write started stands in the history with its true end. */
function told(status: Status | undefined, world: World): string[] {
  const { jobs } = world.cloud.component(exampleComponentId);
  return jobs
    .filter(
      (job) =>
        !job.foreign &&
        job.acceptedAt > 0 &&
        world.cloud.journal.acceptedWrites().some((entry) => entry.jobId === job.id),
    )
    .flatMap((job) => {
      const entry = status?.history?.find((each) => each.jobId === job.id);
      if (entry === undefined) return [`TOLD: job ${job.id} (${job.status}) is not in the history`];
      const good = job.status === 'SUCCEEDED';
      return good === (entry.result === 'Succeeded')
        ? []
        : [`TOLD: job ${job.id} is ${job.status}, the history says ${entry.result}`];
    });
}

function truth(world: World, scenario: SweepScenario, status: Status | undefined): string[] {
  const component = world.cloud.component(exampleComponentId);
  if (scenario.ends === 'gone') {
    if (status !== undefined) return ['NOORPH: the resource is still there'];
    return scenario.name.includes('Delete') === component.gone || scenario.name.includes('Orphan')
      ? []
      : ['NOORPH: the component is still there'];
  }
  const wanted = scenario.versions.at(-1);
  return component.config.version === wanted
    ? []
    : [`ESR: the component has ${String(component.config.version)}, wanted ${wanted}`];
}
