#!/usr/bin/env node
// The program: flags in, the operator until a signal, an exit code out. 0: stopped as asked. 1: could not start or failed.
// 2: a bad flag. Nothing a user can cause prints a stack trace.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { StartError } from './cluster.ts';
import { type Config, parseConfig } from './config.ts';
import { failureOf } from './core/failure.ts';
import { systemScheduler } from './kube/scheduler.ts';
import { type Operator, startOperator } from './operator.ts';
import { createLog, type Log } from './ops/log.ts';
import { ListenError } from './ops/server.ts';
import { systemTime } from './time.ts';

const parsed = parseConfig({ argv: process.argv.slice(2), env: process.env });
switch (parsed.kind) {
  case 'help':
    process.stdout.write(`${parsed.text}\n`);
    break;
  case 'invalid':
    process.stderr.write(`${parsed.message}\n`);
    process.exit(2);
    break;
  case 'ok':
    await run(parsed.config, parsed.warnings);
    break;
}

async function run(config: Config, warnings: readonly string[]): Promise<void> {
  const log = createLog({ level: config.logLevel, format: config.logFormat, now: Date.now });
  for (const warning of warnings) log.warn({}, warning);
  const operator = await start(config, log);
  log.info(
    { node: process.versions.node, workers: config.workers, leaderElect: config.leaderElect },
    'started',
  );
  let asked = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(1);
      asked = true;
      log.info({ signal }, 'stopping');
      operator.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
  await operator.done.catch((error: unknown) => {
    if (!asked) fail(log, error);
  });
}

async function start(config: Config, log: Log): Promise<Operator> {
  const newId = () => randomBytes(10).toString('hex');
  try {
    return await startOperator({
      config,
      log,
      time: systemTime,
      scheduler: systemScheduler,
      random: Math.random,
      newId,
      identity: `${hostname()}-${newId().slice(0, 8)}`,
    });
  } catch (error) {
    return fail(log, error);
  }
}

function fail(log: Log, error: unknown): never {
  const failure = failureOf(error);
  if (error instanceof StartError || error instanceof ListenError) log.error({}, error.message);
  else if (failure !== undefined) log.error({ code: failure.code, class: failure.class }, failure.message);
  else log.error({ err: error }, 'the operator failed; this is a bug, please report it with this line');
  process.exit(1);
}
