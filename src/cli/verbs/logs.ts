// logs: the tasks of the newest job, as the service tells them now.
import type { Command } from '../arguments.ts';
import { CommandError, type Ports, type Result } from '../ports.ts';
import { table } from '../table.ts';
import { chosenOne } from './chosen.ts';

export async function logs(command: Command, ports: Ports): Promise<Result> {
  const component = await chosenOne(command, ports);
  const { operation, history = [] } = component.status ?? {};
  const jobId = operation?.jobId ?? history.find((entry) => entry.jobId !== undefined)?.jobId;
  if (jobId === undefined) throw new CommandError('no job is known: nothing was sent for this component yet');
  const found = await ports.cloud.job(component, jobId);
  if (found.kind === 'missing')
    throw new CommandError(`ServiceStage no longer knows job ${jobId}: ${found.message}`);
  const { rawStatus, tasks } = found.value;
  const rows = tasks.map(({ status, name, message }) => [status, name, message]);
  return { text: [`job ${jobId}: ${rawStatus}`, ...table(rows)], data: found.value, code: 0 };
}
