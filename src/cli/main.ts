#!/usr/bin/env node
// kubectl-servicestage: the parts of the command line tool, joined. Found by kubectl as `kubectl servicestage` when it is on the
// PATH. Nothing a user can cause prints a stack trace.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { failureOf } from '../core/failure.ts';
import { connect, type KubeHttp } from '../kube/http.ts';
import { systemScheduler } from '../kube/scheduler.ts';
import { systemTime } from '../time.ts';
import { type Command, parseCommand } from './arguments.ts';
import { createCloudPort } from './cloud.ts';
import { createClusterPort, createDoctorPort } from './cluster.ts';
import { bashCompletion } from './commands.ts';
import { perform } from './perform.ts';
import { CommandError, type Ports, type Result } from './ports.ts';
import { NotFoundError } from './verbs/chosen.ts';

const parsed = parseCommand(process.argv.slice(2));
switch (parsed.kind) {
  case 'help':
    process.stdout.write(`${parsed.text}\n`);
    break;
  case 'invalid':
    process.stderr.write(`${parsed.message}\n`);
    process.exitCode = 2;
    break;
  case 'command':
    process.exitCode = await run(parsed.command, { env: process.env, isScreen: process.stderr.isTTY });
    break;
  default: {
    const never: never = parsed;
    throw new Error(`unknown ${JSON.stringify(never)}`);
  }
}

/** What the shell gives beside the arguments. */
interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isScreen: boolean | undefined;
}

async function run(command: Command, shell: Shell): Promise<number> {
  if (command.name === 'completion') return print({ text: [bashCompletion()], data: {}, code: 0 }, command);
  try {
    const http = await connect({ ...kubeconfigOf(command, shell), scheduler: systemScheduler });
    const cloud = createCloudPort(http, command);
    try {
      const namespaced = { ...command, namespace: command.namespace ?? http.namespace ?? 'default' };
      return print(await perform(namespaced, portsOf(http, cloud.port, shell)), command);
    } finally {
      await Promise.all([http.close(), cloud.close()]);
    }
  } catch (error) {
    return failed(error);
  }
}

function kubeconfigOf(
  { kubeconfig }: Command,
  { env }: Shell,
): { kubeconfigPath?: string; kubeconfigEnv?: string } {
  if (kubeconfig !== undefined) return { kubeconfigPath: kubeconfig };
  if (env.KUBECONFIG !== undefined && env.KUBECONFIG !== '') return { kubeconfigEnv: env.KUBECONFIG };
  const home = join(homedir(), '.kube', 'config');
  return existsSync(home) ? { kubeconfigPath: home } : {};
}

function portsOf(http: KubeHttp, cloud: Ports['cloud'], { env, isScreen }: Shell): Ports {
  return {
    cluster: createClusterPort(http),
    cloud,
    doctor: createDoctorPort(http),
    settings: { configIdWireName: 'conifg_id' },
    time: { wall: () => systemTime.now().wall, sleep: (ms) => sleep(ms) },
    progress: {
      kind: isScreen === true && env.CI === undefined ? 'screen' : 'lines',
      write: (text) => process.stderr.write(text),
    },
  };
}

function print({ text, data, code }: Result, { format }: Command): number {
  if (format === 'json') process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  else if (format === 'yaml') process.stdout.write(stringify(data));
  else process.stdout.write(`${text.join('\n')}\n`);
  return code;
}

function failed(error: unknown): number {
  const failure = failureOf(error);
  if (failure === undefined && !(error instanceof CommandError)) throw error;
  process.stderr.write(`error: ${failure?.message ?? (error as Error).message}\n`);
  return error instanceof NotFoundError ? 4 : 1;
}
