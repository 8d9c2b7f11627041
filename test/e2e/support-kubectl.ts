// kubectl as a person uses it: real processes, with a home folder of their own so that no cache or setting of the machine
// gets in. The first client is of the API server's release, the second is the machine's own, where there is one.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface KubectlOptions {
  readonly binary: string;
  readonly kubeconfig: string;
  /** Absent: the context's, or what the objects say. */
  readonly namespace?: string;
  /** A folder that the caller removes. */
  readonly home: string;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Kubectl {
  run(args: readonly string[], more?: { readonly input?: string; readonly editor?: string }): Promise<Ran>;
  /** Like `run`; throws with what kubectl printed when it fails. */
  out(args: readonly string[], input?: string): Promise<string>;
  /** A command that goes on until it is stopped or ends by itself. */
  follow(args: readonly string[]): Following;
}

export interface Following {
  readonly lines: readonly string[];
  /** What it said on standard error; with `-v=6` every request that it made. */
  readonly said: readonly string[];
  running(): boolean;
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

export function createKubectl(options: KubectlOptions): Kubectl {
  const { binary, kubeconfig, namespace, home } = options;
  const where = namespace === undefined ? [] : ['--namespace', namespace];
  const all = (args: readonly string[]) => ['--kubeconfig', kubeconfig, ...where, ...args];
  const env = { PATH: process.env.PATH ?? '', HOME: home };
  const run: Kubectl['run'] = (args, more = {}) =>
    new Promise((resolve) => {
      const editor = more.editor === undefined ? {} : { KUBE_EDITOR: more.editor };
      const child = execFile(
        binary,
        all(args),
        { env: { ...env, ...editor }, maxBuffer: 16 * 1024 * 1024 },
        (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
      child.stdin?.on('error', () => undefined); // it did not read its input; the exit code tells
      child.stdin?.end(more.input ?? '');
    });
  return {
    run,
    out: async (args, input) => {
      const ran = await run(args, input === undefined ? {} : { input });
      if (ran.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ran.err}${ran.out}`);
      return ran.out;
    },
    follow: (args) => following(spawn(binary, all(args), { env, stdio: ['ignore', 'pipe', 'pipe'] })),
  };
}

function following(child: ChildProcess): Following {
  const lines: string[] = [];
  const said: string[] = [];
  const ended = once(child, 'close').then(([code]) => Number(code ?? -1));
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  return {
    lines,
    said,
    running: () => child.exitCode === null && child.signalCode === null,
    ended,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** The machine's kubectl; undefined where there is none. */
export function machineKubectl(): string | undefined {
  const found = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
  return found.status === 0 ? 'kubectl' : undefined;
}
