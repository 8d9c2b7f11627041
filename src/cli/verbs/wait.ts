// wait: until the newest spec of every component is in force. A stall ends it at once, since nothing will change by itself.
import type { Command } from '../arguments.ts';
import type { Component, Ports, Result } from '../ports.ts';
import { type State, stateOf } from '../state.ts';
import { chosen } from './chosen.ts';

const LOOK_MS = 1_000;

export async function wait(command: Command, ports: Ports): Promise<Result> {
  const startedMs = ports.time.wall();
  const told = new Map<string, string>();
  let waiting = await chosen(command, ports);
  if (waiting.length === 0) return { text: ['no components found'], data: [], code: 4 };
  const ended: End[] = [];
  for (;;) {
    ended.push(...waiting.flatMap((component) => endOf(component)));
    waiting = waiting.filter((component) => endOf(component).length === 0);
    if (waiting.length === 0 || ended.some(({ state }) => state.name === 'Stalled')) break;
    const elapsedMs = ports.time.wall() - startedMs;
    tell(waiting, { told, elapsedMs, progress: ports.progress });
    if (elapsedMs >= command.timeoutMs) return outcome([...ended, ...waiting.map(unfinished)], 3);
    await ports.time.sleep(LOOK_MS);
    waiting = (await Promise.all(waiting.map((component) => again(component, ports)))).flat();
  }
  if (ports.progress.kind === 'screen') ports.progress.write('\r\u001b[K');
  const stalled = ended.some(({ state }) => state.name === 'Stalled');
  return outcome([...ended, ...waiting.map(unfinished)], stalled ? 1 : 0);
}

interface End {
  readonly key: string;
  readonly state: State;
}

function endOf(component: Component): readonly End[] {
  const state = stateOf(component);
  return state.name === 'Ready' || state.name === 'Stalled' ? [{ key: keyOf(component), state }] : [];
}

function unfinished(component: Component): End {
  return { key: keyOf(component), state: stateOf(component) };
}

function keyOf({ metadata }: Component): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Nothing when it was deleted meanwhile: there is nothing to wait for. */
async function again({ metadata }: Component, { cluster }: Ports): Promise<readonly Component[]> {
  const found = await cluster.get(metadata.namespace, metadata.name);
  return found === undefined ? [] : [found];
}

interface Telling {
  /** What was last said, by key. */
  readonly told: Map<string, string>;
  readonly elapsedMs: number;
  readonly progress: Ports['progress'];
}

function tell(waiting: readonly Component[], { told, elapsedMs, progress }: Telling): void {
  const lines = waiting.map((component) => ({ key: keyOf(component), text: sentence(stateOf(component)) }));
  if (progress.kind === 'screen') {
    const first = lines[0];
    const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : '';
    progress.write(`\r\u001b[K${Math.round(elapsedMs / 1_000)}s ${first?.key}: ${first?.text}${more}`);
    return;
  }
  for (const { key, text } of lines) {
    if (told.get(key) === text) continue;
    told.set(key, text);
    progress.write(`${key}: ${text}\n`);
  }
}

function sentence({ name, reason, message }: State): string {
  return `${name}${reason === '-' ? '' : ` ${reason}`}${message === '' ? '' : `: ${message}`}`;
}

function outcome(ends: readonly End[], code: Result['code']): Result {
  return {
    text: ends.map(({ key, state }) => `${key}: ${sentence(state)}`),
    data: ends.map(({ key, state }) => ({ key, ...state })),
    code,
  };
}
