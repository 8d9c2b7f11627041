// From a command to its verb.
import type { Command } from './arguments.ts';
import type { Ports, Result } from './ports.ts';
import { annotate } from './verbs/annotate.ts';
import { diff } from './verbs/diff.ts';
import { doctor } from './verbs/doctor.ts';
import { get } from './verbs/get.ts';
import { logs } from './verbs/logs.ts';
import { status } from './verbs/status.ts';
import { wait } from './verbs/wait.ts';

/** Throws a `CommandError`, or a failure of cluster or service. */
export async function perform(command: Command, ports: Ports): Promise<Result> {
  const { name } = command;
  switch (name) {
    case 'get':
      return get(command, ports);
    case 'status':
      return status(command, ports);
    case 'wait':
      return wait(command, ports);
    case 'diff':
      return diff(command, ports);
    case 'logs':
      return logs(command, ports);
    case 'doctor':
      return doctor(command, ports);
    case 'reconcile':
    case 'pause':
    case 'resume':
    case 'retry':
    case 'force':
      return annotate(name, command, ports);
    case 'completion':
      return { text: [], data: {}, code: 0 };
    default: {
      const never: never = name;
      return never;
    }
  }
}
