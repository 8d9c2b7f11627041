// The operator as its users run it: `node src/main.ts` with flags, a process of its own with real time. Its log lines are
// read as JSON; what is no JSON, on standard output or on standard error, is kept apart so that a test can forbid it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import type { JsonObject } from '../../src/core/types.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Program {
  /** Log lines, oldest first. */
  readonly log: readonly JsonObject[];
  /** Lines of either stream that are no JSON object. */
  readonly text: readonly string[];
  readonly exited: Promise<Exit>;
  running(): boolean;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>;
}

export interface ProgramOptions {
  readonly flags: readonly string[];
  /** Beside PATH and HOME; nothing of the test's own environment gets in. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the program; it may end by itself at once. */
export function startProgram({ flags, env = {} }: ProgramOptions): Program {
  const child = spawn(process.execPath, ['src/main.ts', ...flags], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: JsonObject[] = [];
  const text: string[] = [];
  readLines(child, (line) => {
    const object = jsonObject(line);
    if (object === undefined) text.push(line);
    else log.push(object);
  });
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }));
  return {
    log,
    text,
    exited,
    running: () => child.exitCode === null && child.signalCode === null,
    end: async (signal) => {
      child.kill(signal);
      return await exited;
    },
  };
}

export interface OperatorProcess extends Program {
  readonly metricsUrl: string;
  readonly healthUrl: string;
  /** The first log line with this message, and fields where given. */
  said(message: string, fields?: Readonly<Record<string, unknown>>): JsonObject | undefined;
}

/** Starts the operator with probes and metrics on free ports of 127.0.0.1 and waits until it is ready. */
export async function startOperatorProcess(options: ProgramOptions): Promise<OperatorProcess> {
  const [metricsPort, healthPort] = await freePorts(2);
  const binds = [
    `--metrics-bind-address=127.0.0.1:${metricsPort}`,
    `--health-probe-bind-address=127.0.0.1:${healthPort}`,
  ];
  const program = startProgram({ ...options, flags: [...options.flags, ...binds] });
  const healthUrl = `http://127.0.0.1:${healthPort}`;
  await untilReady(program, `${healthUrl}/readyz`);
  return {
    ...program,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    healthUrl,
    said: (message, fields = {}) =>
      program.log.find(
        (line) =>
          line.message === message && Object.entries(fields).every(([name, value]) => line[name] === value),
      ),
  };
}

export interface Page {
  readonly status: number;
  readonly text: string;
}

/** One GET; status 0 when nobody listens. */
export async function fetchPage(url: string): Promise<Page> {
  try {
    const { statusCode, body } = await request(url, { reset: true });
    return { status: statusCode, text: await body.text() };
  } catch {
    return { status: 0, text: '' };
  }
}

async function untilReady(program: Program, url: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (program.running() && performance.now() < deadline) {
    if ((await fetchPage(url)).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  program.end('SIGKILL');
  throw new Error(`the operator did not become ready:\n${linesOf(program).slice(-20).join('\n')}`);
}

function linesOf({ log, text }: Program): string[] {
  return [...log.map((line) => JSON.stringify(line)), ...text];
}

function readLines(child: ChildProcess, take: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', take);
  }
}

function jsonObject(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports = await Promise.all(
    probes.map(async (probe) => {
      await once(probe, 'listening');
      const address = probe.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}
