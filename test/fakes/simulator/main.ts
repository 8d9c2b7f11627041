#!/usr/bin/env node
// `npm run simulator -- --port N`: the simulator alone, with two components and printed instructions. A bad flag is one
// line and exit code 2; SIGTERM and SIGINT stop it.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import {
  exampleAccessKey,
  exampleComponentId,
  exampleContainerBody,
  exampleSecretKey,
  exampleToken,
  exampleUser,
} from './examples.ts';
import { type Simulator, startSimulator } from './simulator.ts';

const usage = `usage: npm run simulator -- [--port N] [--host ADDRESS] [--job-duration MS]
  --port          TCP port, 0 = any free one (8770)
  --host          address to listen on (127.0.0.1)
  --job-duration  ms from acceptance to the end of a job (5000)`;

const flagsSchema = z.object({
  port: z.coerce.number('must be a number').int().min(0).max(65_535).default(8770),
  host: z.string().min(1).default('127.0.0.1'),
  'job-duration': z.coerce.number('must be a number').min(0).default(5000),
  help: z.boolean().default(false),
});

async function main(args: readonly string[]): Promise<void> {
  const flags = flagsOf(args);
  if (typeof flags === 'string') return fail(flags, 2);
  if (flags.help) return console.log(usage);
  const { port, host } = flags;
  const settings = { jobDurationMs: flags['job-duration'] };
  const simulator = await startSimulator({ port, host, settings }).catch((error: Error) => error);
  if (simulator instanceof Error) return fail(`cannot listen on ${host}:${port}: ${simulator.message}`, 1);
  const first = simulator.addComponent({ componentId: exampleComponentId });
  const second = simulator.addComponent({ body: exampleContainerBody });
  console.log(instructions(simulator, [first, second]));
  const stop = (): void => void simulator.stop();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function flagsOf(args: readonly string[]): z.infer<typeof flagsSchema> | string {
  const text = { type: 'string' } as const;
  const options = { port: text, host: text, 'job-duration': text, help: { type: 'boolean' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    const parsed = flagsSchema.safeParse(values);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    return `--${String(issue?.path[0])}: ${issue?.message}`;
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ', 1)[0] ?? '') : 'bad flags';
  }
}

function fail(message: string, code: number): void {
  console.error(`simulator: ${message}`);
  process.exitCode = code;
}

function instructions(
  simulator: Simulator,
  components: readonly {
    readonly id: string;
    readonly projectId: string;
    readonly applicationId: string;
    readonly config: { readonly [key: string]: unknown };
  }[],
): string {
  const { url } = simulator;
  const control = `${url}/_control`;
  const lines = components.map(
    ({ id, projectId, applicationId, config }) =>
      `  ${String(config.name)}: project ${projectId}\n    application ${applicationId}\n    component   ${id}`,
  );
  const post = (path: string, body: object): string =>
    `  curl -X POST ${control}/${path} -d '${JSON.stringify(body)}'`;
  return `ServiceStage simulator: ${url} (ServiceStage and IAM)

components
${lines.join('\n')}

credentials (fake, for this simulator only)
  token       ${exampleToken}
  accessKey   ${exampleAccessKey}   secretKey ${exampleSecretKey}
  username    ${exampleUser.username}   password ${exampleUser.password}   domainName ${exampleUser.domainName}

control, from this machine only
  curl ${control}/journal
  curl ${control}/components
  curl -X PATCH ${control}/settings -d '{"jobKeyCase":"upper"}'
${post('job-script', { script: { end: 'FAILED', message: 'image not found' } })}
${post('faults', { operation: 'modifyComponent', phase: 'after', effect: { kind: 'reset' } })}
${post('console/job', { componentId: exampleComponentId, kind: 'restart' })}
  curl ${control}/help   (lists every control)

stop with Ctrl-C`;
}

await main(process.argv.slice(2));
