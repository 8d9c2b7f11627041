// Log lines: JSON for machines, or one readable line for people; constant message, facts in fields.
//
// Promises: every value passes the redaction of redact.ts before it is written, at any depth; one record is one line
// whatever the text holds; lines are written synchronously, so none is lost at exit; an
// output that cannot be written loses lines and never ends the process. Time enters as `now`.
// Leaves to others: what is worth a line. Well-known fields: `key` (namespace/name), `operation` (its id), `err`.
import { type DestinationStream, destination, pino } from 'pino';
import { redact, redactText } from './redact.ts';

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'json' | 'text';
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Takes one line with its line break; standard output when absent. */
  readonly write?: (line: string) => void;
}

/** Lines that wait for an output that cannot be written are dropped beyond this, bytes. */
const WAITING_BYTES = 1_048_576;

/** An output that fails (a full disk, a closed pipe) costs lines, never the process. */
function standardOutput(): DestinationStream {
  const out = destination({ fd: 1, sync: true, maxLength: WAITING_BYTES });
  out.on('error', () => undefined);
  return out;
}

export function createLog(options: LogOptions): Log {
  const { write } = options;
  const out: DestinationStream = write === undefined ? standardOutput() : { write };
  const stream = options.format === 'json' ? out : { write: (line: string) => out.write(toText(line)) };
  const lines = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(options.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  const at = (level: LogOptions['level']) => (fields: object, message: string) => {
    if (lines.isLevelEnabled(level)) lines[level](safeFields(fields), redactText(message));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A field with the name of one of ours would stand twice in the line, and readers take the last. */
function safeFields(fields: object): object {
  const entries = Object.entries(redact({ ...fields }) as object);
  return Object.fromEntries(
    entries.map(([name, value]) => [/^(level|time|message)$/.test(name) ? `${name}_` : name, value]),
  );
}

/** `10:00:00.000 INFO  message  key=shop/weather`, made from pino's JSON line. */
function toText(line: string): string {
  const { level, time, message, ...fields }: Record<string, unknown> = JSON.parse(line);
  const clock = String(time).slice(11, 23);
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${plain(value)}`);
  return `${[clock, String(level).toUpperCase().padEnd(5), plain(message, /./), ...pairs].join(' ')}\n`;
}

const UNQUOTED = /^[^\s"=]+$/;

/** Text that matches `allowed` throughout stays bare; control characters never reach a terminal. */
function plain(value: unknown, allowed = UNQUOTED): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return allowed.test(value) && !/\p{Cc}/u.test(value) ? value : JSON.stringify(value);
}
