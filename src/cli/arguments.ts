// From the command line to one command, or to one line that says what is wrong with it.
import { parseArgs } from 'node:util';
import {
  COMMANDS,
  type CommandName,
  FLAGS,
  type FlagName,
  type FlagText,
  flagsOf,
  helpOf,
  isCommand,
  overview,
} from './commands.ts';

export const FORMATS = ['text', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

export interface Command {
  readonly name: CommandName;
  readonly names: readonly string[];
  readonly namespace: string | undefined;
  readonly everywhere: 'yes' | 'no';
  readonly selector: string;
  readonly format: Format;
  readonly kubeconfig: string | undefined;
  readonly timeoutMs: number;
  readonly endpoint: string | undefined;
  readonly iamEndpoint: string | undefined;
  readonly insecure: 'yes' | 'no';
  readonly dump: string | undefined;
}

export type Parsed =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'invalid'; readonly message: string };

const TIMEOUT_MS = 75 * 60_000;

export function parseCommand(argv: readonly string[]): Parsed {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help')
    return { kind: 'help', text: overview() };
  if (!isCommand(first))
    return invalid(`"${first}" is no command; one of: ${Object.keys(COMMANDS).join(', ')}`);
  const read = readFlags(first, rest);
  if (typeof read === 'string') return invalid(`${first}: ${read}`);
  if (read.values.help === true) return { kind: 'help', text: helpOf(first) };
  return check(first, read);
}

interface Given {
  readonly values: Readonly<Partial<Record<FlagName, string | boolean>>>;
  readonly positionals: readonly string[];
}

function readFlags(name: CommandName, argv: readonly string[]): Given | string {
  const options = Object.fromEntries(
    flagsOf(name).map((flag) => {
      const { short, value }: FlagText = FLAGS[flag];
      const type = value === undefined ? 'boolean' : 'string';
      return [flag, short === undefined ? { type } : { type, short }] as const;
    }),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: options as Record<string, { type: 'string' | 'boolean'; short?: string }>,
      allowPositionals: true,
    });
    return { values: values as Given['values'], positionals };
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error);
  }
}

function check(name: CommandName, { values, positionals }: Given): Parsed {
  const text = (flag: FlagName): string | undefined => {
    const value = values[flag];
    return typeof value === 'string' ? value : undefined;
  };
  const format = text('output') ?? 'text';
  if (!isFormat(format)) return invalid(`--output is one of: ${FORMATS.join(', ')}`);
  const timeout = text('timeout');
  const timeoutMs = timeout === undefined ? TIMEOUT_MS : durationMs(timeout);
  if (timeoutMs === undefined) return invalid(`--timeout "${timeout}" is no duration; write 90s, 20m or 1h`);
  const selector = text('selector') ?? '';
  const problem = namesProblem(name, positionals, selector);
  if (problem !== undefined) return invalid(problem);
  return {
    kind: 'command',
    command: {
      name,
      names: positionals,
      namespace: text('namespace'),
      everywhere: values['all-namespaces'] === true ? 'yes' : 'no',
      selector,
      format,
      kubeconfig: text('kubeconfig'),
      timeoutMs,
      endpoint: text('servicestage-endpoint'),
      iamEndpoint: text('iam-endpoint'),
      insecure: values['allow-insecure-endpoint'] === true ? 'yes' : 'no',
      dump: text('from-dump'),
    },
  };
}

function namesProblem(name: CommandName, names: readonly string[], selector: string): string | undefined {
  const wanted = COMMANDS[name].names;
  if (names.length > 0 && selector !== '') return `${name}: names and --selector exclude each other`;
  if (wanted === 'none') return names.length === 0 ? undefined : `${name} takes no name`;
  if (wanted === 'one') return names.length === 1 ? undefined : `${name} takes exactly one name`;
  if (wanted === 'some' && names.length === 0 && selector === '')
    return `${name}: name a component, or several with --selector`;
  return undefined;
}

function isFormat(text: string): text is Format {
  return (FORMATS as readonly string[]).includes(text);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function durationMs(text: string): number | undefined {
  const match = /^(\d{1,6})(s|m|h)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

function invalid(message: string): Parsed {
  return { kind: 'invalid', message };
}
