// The programs that are measured, each a process of its own: the operator as its users run it, and the null client.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Usage } from './memory-probe.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PROBE = new URL('./memory-probe.ts', import.meta.url).href;

export interface Program {
  /** Throws when the program has ended. */
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

/** Starts `file` (relative to the repository) with `flags`; what it says about errors goes to standard error. */
export function startProgram(file: string, flags: readonly string[]): Program {
  const child = fork(join(ROOT, file), [...flags], {
    // Each full collection would let go of more compiled code, which is no memory of any resource.
    execArgv: ['--expose-gc', '--no-flush-bytecode', '--import', PROBE],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  return {
    usage: () => ask(child, ended),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function ask(child: ChildProcess, ended: Promise<unknown>): Promise<Usage> {
  const answer = once(child, 'message');
  child.send('usage');
  const gone = ended.then((): never => {
    throw new Error('the measured program has ended; see its error above');
  });
  const [usage] = (await Promise.race([answer, gone])) as [Usage];
  return usage;
}
