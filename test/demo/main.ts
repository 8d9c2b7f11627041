// `npm run demo`: the operator at work on this machine, between an embedded Kubernetes API and a ServiceStage simulator.
//
// Exit code: 0 when everything was as claimed (and after --stay), 1 with one line when not, 2 for a bad flag, 130 when
// interrupted. However it ends, the operator's process ends with it.
import { styleText } from 'node:util';
import { readFlags } from './flags.ts';
import { createScreen, type Screen } from './screen.ts';
import { openStage, type Stage } from './stage.ts';
import { stay } from './stay.ts';
import { DemoFailure, playSteps } from './step.ts';
import { STEPS } from './steps/index.ts';

const SHUTDOWN_MS = 8_000;

async function main(argv: readonly string[]): Promise<number> {
  const choice = readFlags(argv);
  switch (choice.kind) {
    case 'help':
      console.log(choice.text);
      return 0;
    case 'invalid':
      console.error(choice.message);
      return 2;
    case 'play':
      return await perform(choice.afterwards);
    default: {
      const never: never = choice;
      return never;
    }
  }
}

async function perform(afterwards: 'stop' | 'stay'): Promise<number> {
  const ending = endOnSignal();
  const screen = createScreen({
    write: (text) => process.stdout.write(text),
    columns: Math.min(process.stdout.columns || 110, 110),
    paint: (style, text) => styleText(style, text, { stream: process.stdout }),
  });
  const startedMs = performance.now();
  let stage: Stage | undefined;
  try {
    stage = await openStage(screen, ending);
    introduce(screen, stage);
    await playSteps(stage, STEPS);
    screen.heading(`All as claimed, in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s.`);
    if (afterwards === 'stay') await stay(stage);
    return 0;
  } catch (error) {
    if (!ending.aborted) return failed(screen, error);
    screen.say('Interrupted; stopping everything.');
    return 130;
  } finally {
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    await stage?.stop();
  }
}

function introduce(screen: Screen, { api, cloud, operator, logPath }: Stage): void {
  screen.heading('ServiceStage operator: what it does, on this machine alone');
  screen.pairs([
    ['Kubernetes API', `${api.url} (embedded)`],
    ['ServiceStage', `${cloud.url} (simulator)`],
    ['operator', `process ${operator.pid}, log in ${logPath}`],
  ]);
  screen.text(
    'No kubectl is needed: the demo sends the requests that kubectl would send, and checks what it shows.',
  );
}

/** Only a `DemoFailure` is a finding about the operator; anything else is a fault of the demo and keeps its stack. */
function failed(screen: Screen, error: unknown): number {
  if (error instanceof DemoFailure) screen.failure(error.message);
  else console.error(error);
  return 1;
}

/** Also a closed pipe (`| head`) ends the demo. A signal may arrive twice, from the terminal and from npm. */
function endOnSignal(): AbortSignal {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  process.stdout.on('error', end);
  return ending.signal;
}

process.exitCode = await main(process.argv.slice(2));
