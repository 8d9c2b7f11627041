// The operator as the process that a cluster would run: `node src/main.ts`, its log in a file.
//
// Promises: at most one process at a time; `crash` is kill -9 and comes back when the process is gone; whatever way the
// demo itself ends, short of kill -9, the process ends with it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const GRACE_MS = 3_000;

export interface OperatorProcess {
  /** Id of the process that was started last. */
  readonly pid: number;
  start(): void;
  /** kill -9. */
  crash(): Promise<void>;
  /** SIGTERM, and SIGKILL when that takes too long. */
  stop(): Promise<void>;
  /** What is wrong when the process ended without being asked to; undefined while all is well. */
  fault(): string | undefined;
}

export interface OperatorOptions {
  readonly flags: readonly string[];
  readonly logPath: string;
}

export function createOperatorProcess({ flags, logPath }: OperatorOptions): OperatorProcess {
  let child: ChildProcess | undefined;
  process.on('exit', () => child?.kill('SIGKILL'));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || hasEnded(ending)) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    const impatience = setTimeout(() => ending.kill('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(impatience);
  };
  let pid = 0;
  return {
    get pid() {
      return pid;
    },
    start: () => {
      child = launch(flags, logPath);
      pid = child.pid ?? 0;
    },
    crash: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    fault: () =>
      child === undefined || !hasEnded(child)
        ? undefined
        : `the operator ended with ${child.signalCode ?? `exit code ${child.exitCode}`}: ${lastLine(logPath)}`,
  };
}

function launch(flags: readonly string[], logPath: string): ChildProcess {
  const log = openSync(logPath, 'a');
  try {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...flags], {
      stdio: ['ignore', log, log],
      env: ownEnvironment(),
    });
    child.on('error', () => undefined);
    return child;
  } finally {
    closeSync(log);
  }
}

/** Without settings of the operator that the caller's shell may hold. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('SSC_')));
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function lastLine(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) || 'its log is empty';
}
