// One watch stream on its way from the server to the client, line by line, with the faults that strike its lines.
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../../src/controller/ports.ts';
import type { Asked } from './asked.ts';
import type { Faults, LineFault } from './faults.ts';
import type { Passed } from './record.ts';

export interface Streaming {
  readonly asked: Asked;
  readonly chunks: AsyncIterable<Buffer>;
  readonly response: ServerResponse;
  readonly faults: Faults<LineFault>;
  readonly entry: Passed;
  /** Ends the client's connection with RST. */
  readonly reset: () => void;
}

const BEFORE_RESET_MS = 50;

type Sent = 'whole' | 'replaced' | 'over';

/** Sends the stream; ends when it ends on either side or by a fault. */
export async function sendLines(streaming: Streaming): Promise<void> {
  const { chunks, response, entry } = streaming;
  let rest = '';
  let heardMs = performance.now();
  const hear = (): void => {
    entry.silenceMs = Math.max(entry.silenceMs, performance.now() - heardMs);
    heardMs = performance.now();
  };
  try {
    for await (const chunk of chunks) {
      hear();
      const lines = `${rest}${chunk.toString('utf8')}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const sent = await sendLine(line, streaming);
        if (sent === 'over' || response.destroyed) return;
        if (sent === 'whole') note(line, entry);
      }
    }
    response.end(rest);
  } finally {
    hear();
  }
}

/** Bookmarks pass: the faults are about events. */
async function sendLine(line: string, { asked, response, faults, reset }: Streaming): Promise<Sent> {
  const fault = line.includes('"type":"BOOKMARK"') ? undefined : faults.strike(asked);
  const whole = `${line}\n`;
  switch (fault?.kind) {
    case undefined:
      response.write(whole);
      return 'whole';
    case 'garbage':
      response.write(fault.text);
      return 'replaced';
    case 'error':
      response.end(`${JSON.stringify({ type: 'ERROR', object: fault.status })}\n`);
      return 'over';
    case 'cut':
      response.write(halfOf(whole));
      // RST throws away what the client has not read yet.
      await sleep(fault.end === 'reset' ? BEFORE_RESET_MS : 0);
      if (fault.end === 'reset') reset();
      else response.end();
      return 'over';
    case 'pieces':
      for (let at = 0; at < whole.length; at += fault.bytes) {
        response.write(whole.slice(at, at + fault.bytes));
        await sleep(1);
      }
      return 'whole';
    case 'hold':
      response.write(whole);
      await fault.until;
      reset();
      return 'over';
    default: {
      const never: never = fault;
      return never;
    }
  }
}

interface WatchLine {
  readonly type: string;
  readonly object: { readonly code?: number; readonly metadata?: Partial<KubeObject['metadata']> };
}

function note(line: string, entry: Passed): void {
  const { type, object } = JSON.parse(line) as WatchLine;
  if (type === 'ERROR' && object.code === 410) entry.expired = true;
  entry.lastVersion = object.metadata?.resourceVersion ?? entry.lastVersion;
  if (object.metadata?.annotations?.['k8s.io/initial-events-end'] === 'true') entry.complete = true;
}

function halfOf(line: string): string {
  return line.slice(0, Math.floor(line.length / 2));
}
