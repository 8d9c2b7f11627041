// The operator as a process, one after the other: started, sampled, stopped by SIGTERM or SIGKILL. An end that nobody asked for is
// a violation, and the next one is started.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Exit, type OperatorProcess, startOperatorProcess } from '../support/process.ts';
import { type Sample, takeSample } from './samples.ts';
import type { Stage } from './stage.ts';

export interface Incarnation {
  readonly number: number;
  /** Epoch ms. */
  readonly startedAtMs: number;
  /** How it ended: a signal that we sent, `crash`, or `running`. */
  end: string;
  readonly samples: Sample[];
  /** Messages of its log at level error and warn, with their counts. */
  readonly complaints: Map<string, number>;
  /** Lines that are no log lines. */
  stray: number;
}

export interface Operators {
  readonly incarnations: readonly Incarnation[];
  readonly violations: readonly string[];
  /** Starts that failed, for instance because the API server was away. */
  failedStarts(): number;
  start(): Promise<void>;
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Samples and looks after the process until the signal aborts. */
  watch(signal: AbortSignal): Promise<void>;
  running(): boolean;
  /** Ends the process with SIGTERM. */
  stop(): Promise<void>;
}

export const SAMPLE_MS = 10_000;
const START_TRIES = 10;
const FLAGS = [
  '--allow-insecure-endpoint',
  '--leader-elect',
  '--cloud-request-timeout=10s',
  '--unknown-outcome-settle=30s',
];

export interface OperatorsOptions {
  /** A folder for the log of each process. */
  readonly logs: string | undefined;
  /** The soak is being ended; a Ctrl-C reaches the operator as well. */
  readonly stop: AbortSignal;
}

export function createOperators(stage: Stage, { logs, stop }: OperatorsOptions): Operators {
  const incarnations: Incarnation[] = [];
  const violations: string[] = [];
  let current: { readonly process: OperatorProcess; readonly incarnation: Incarnation } | undefined;
  let failedStarts = 0;
  let changing = false;

  const start = async (): Promise<void> => {
    const process = await startPatiently(stage, () => {
      failedStarts += 1;
    });
    const incarnation: Incarnation = {
      number: incarnations.length + 1,
      startedAtMs: Date.now(),
      end: 'running',
      samples: [],
      complaints: new Map(),
      stray: 0,
    };
    incarnations.push(incarnation);
    current = { process, incarnation };
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (current === undefined) return;
    const { process, incarnation } = current;
    current = undefined;
    const alive = process.running();
    const exit = await process.end(signal);
    const interrupted = stop.aborted && exit.code === 0;
    incarnation.end = alive || interrupted ? signal : 'crash';
    if (!interrupted && (!alive || !expected(exit, signal)))
      violations.push(`PROCESS: operator ${incarnation.number} ended with ${describe(exit)}`);
    await close(process, incarnation, logs);
  };
  const look = async (): Promise<void> => {
    if (changing || stop.aborted || current === undefined) return;
    const { process, incarnation } = current;
    if (process.running()) {
      const sample = await takeSample(process.metricsUrl, Date.now());
      if (sample !== undefined) incarnation.samples.push(sample);
      return;
    }
    await end('SIGTERM');
    await start();
  };
  return {
    incarnations,
    violations,
    failedStarts: () => failedStarts,
    start,
    restart: async (signal) => {
      changing = true;
      try {
        await end(signal);
        await start();
      } finally {
        changing = false;
      }
    },
    watch: async (signal) => {
      while (!signal.aborted) {
        await look();
        await sleep(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
      }
    },
    running: () => current?.process.running() ?? false,
    stop: () => end('SIGTERM'),
  };
}

async function startPatiently(stage: Stage, failed: () => void): Promise<OperatorProcess> {
  const { kubeconfigPath, cloud } = stage;
  const flags = [
    `--kubeconfig=${kubeconfigPath}`,
    `--servicestage-endpoint=${cloud.url}`,
    `--iam-endpoint=${cloud.iamUrl}`,
    ...FLAGS,
  ];
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOperatorProcess({ flags });
    } catch (error) {
      failed();
      console.error(error instanceof Error ? error.message : error);
      if (tries === START_TRIES) throw error;
    }
  }
}

function expected({ code, signal }: Exit, sent: 'SIGTERM' | 'SIGKILL'): boolean {
  return sent === 'SIGKILL' ? signal === 'SIGKILL' : code === 0;
}

function describe({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

async function close(
  { log, text }: OperatorProcess,
  incarnation: Incarnation,
  logs: string | undefined,
): Promise<void> {
  for (const { level, message } of log) {
    if (level !== 'error' && level !== 'warn') continue;
    const line = `${level}: ${String(message)}`;
    incarnation.complaints.set(line, (incarnation.complaints.get(line) ?? 0) + 1);
  }
  incarnation.stray = text.length;
  if (logs === undefined) return;
  await mkdir(logs, { recursive: true });
  const lines = [...log.map((line) => JSON.stringify(line)), ...text];
  await writeFile(join(logs, `operator-${incarnation.number}.log`), `${lines.join('\n')}\n`);
}
