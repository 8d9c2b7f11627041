// The verbs of kubectl-servicestage as data: what they do, which names and flags they take, and examples. Help, completion and
// the documentation page are read from here.

export const FLAGS = {
  namespace: { short: 'n', value: 'NAME', help: 'namespace; default: that of the kubeconfig' },
  'all-namespaces': { short: 'A', help: 'all namespaces' },
  selector: { short: 'l', value: 'SELECTOR', help: 'label selector, for several at once' },
  output: { short: 'o', value: 'FORMAT', help: 'text (default), json or yaml' },
  kubeconfig: { value: 'FILE', help: 'default: KUBECONFIG, else ~/.kube/config' },
  timeout: {
    value: 'DURATION',
    help: 'such as 90s or 1h; default 75m, longer than the longest job is followed',
  },
  'servicestage-endpoint': { value: 'URL', help: 'as the operator has it' },
  'iam-endpoint': { value: 'URL', help: 'as the operator has it' },
  'allow-insecure-endpoint': { help: 'http, for a simulator' },
  'from-dump': {
    value: 'FILE',
    help: 'compare with the answer of GET component in FILE, without calling ServiceStage',
  },
  help: { short: 'h', help: 'this text' },
} as const satisfies Record<string, FlagText>;

export interface FlagText {
  readonly short?: string;
  /** Absent: a switch. */
  readonly value?: string;
  readonly help: string;
}

export type FlagName = keyof typeof FLAGS;

const EVERYWHERE: readonly FlagName[] = ['namespace', 'output', 'kubeconfig', 'help'];
const MANY: readonly FlagName[] = ['all-namespaces', 'selector'];
const CLOUD: readonly FlagName[] = ['servicestage-endpoint', 'iam-endpoint', 'allow-insecure-endpoint'];

export interface CommandText {
  readonly help: string;
  /** `one`: exactly one name. `some`: names, or a selector. `any`: names, a selector, or nothing for all of the namespace. */
  readonly names: 'none' | 'one' | 'some' | 'any';
  readonly flags: readonly FlagName[];
  readonly example: string;
}

export const COMMANDS = {
  get: { help: 'List components with their state.', names: 'any', flags: MANY, example: 'get -A' },
  status: {
    help: 'Show spec, operation, job, tasks and history of one as a tree.',
    names: 'one',
    flags: [],
    example: 'status weather',
  },
  wait: {
    help: 'Wait until the newest spec is in force; ends with 1 when it stalls, 3 after the timeout.',
    names: 'some',
    flags: [...MANY, 'timeout'],
    example: 'wait weather --timeout 20m',
  },
  diff: {
    help: 'Compare spec and component; ends with 1 when they differ. Names fields, never values.',
    names: 'one',
    flags: [...CLOUD, 'from-dump'],
    example: 'diff weather',
  },
  logs: {
    help: 'Show the tasks of the newest job, as ServiceStage tells them now.',
    names: 'one',
    flags: CLOUD,
    example: 'logs weather',
  },
  reconcile: {
    help: 'Have the operator look at the component now.',
    names: 'some',
    flags: MANY,
    example: 'reconcile weather',
  },
  pause: {
    help: 'Start nothing new, by annotation, so that GitOps does not fight it.',
    names: 'some',
    flags: MANY,
    example: 'pause -l team=shop',
  },
  resume: {
    help: 'Take the pause away; the newest spec is applied.',
    names: 'some',
    flags: MANY,
    example: 'resume weather',
  },
  retry: {
    help: 'Send once more what failed or stalled.',
    names: 'some',
    flags: MANY,
    example: 'retry weather',
  },
  force: {
    help: 'Send the spec once more although it is in force. This rolls out again.',
    names: 'some',
    flags: MANY,
    example: 'force weather',
  },
  doctor: {
    help: 'Check cluster, CRD, rights, credentials, component and records.',
    names: 'any',
    flags: CLOUD,
    example: 'doctor weather',
  },
  completion: {
    help: 'Print a completion script for bash.',
    names: 'none',
    flags: [],
    example: 'completion > ~/.kubectl-servicestage-completion',
  },
} as const satisfies Record<string, CommandText>;

export type CommandName = keyof typeof COMMANDS;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** Flags that a command takes, the ones of every command included. */
export function flagsOf(name: CommandName): readonly FlagName[] {
  return [...COMMANDS[name].flags, ...EVERYWHERE];
}

export function overview(): string {
  const rows = Object.entries(COMMANDS).map(([name, { help }]) => `  ${name.padEnd(12)}${help}`);
  return [
    'kubectl servicestage: ServiceStage components from the command line.',
    '',
    'usage: kubectl servicestage COMMAND [NAME ...] [FLAGS]',
    '',
    ...rows,
    '',
    'Exit codes: 0 done, 1 not as wished (differs, stalled, a check failed), 2 usage, 3 out of time, 4 not found.',
    'kubectl servicestage COMMAND --help shows flags and an example.',
  ].join('\n');
}

export function helpOf(name: CommandName): string {
  const { help, example, names } = COMMANDS[name];
  const flags = flagsOf(name).map((flag) => {
    const { short, value, help: text }: FlagText = FLAGS[flag];
    const long = `${short === undefined ? '    ' : `-${short}, `}--${flag}${value === undefined ? '' : ` ${value}`}`;
    return `  ${long.padEnd(36)}${text}`;
  });
  const shown = { none: '', one: ' NAME', some: ' NAME ...', any: ' [NAME ...]' }[names];
  return [
    help,
    '',
    `usage: kubectl servicestage ${name}${shown} [FLAGS]`,
    '',
    ...flags,
    '',
    'example:',
    `  kubectl servicestage ${example}`,
  ].join('\n');
}

/** A completion script: commands, then flags. */
export function bashCompletion(): string {
  const flags = Object.keys(COMMANDS)
    .filter(isCommand)
    .map(
      (name) =>
        `    ${name}) words="${flagsOf(name)
          .map((flag) => `--${flag}`)
          .join(' ')}" ;;`,
    );
  return [
    '_kubectl_servicestage() {',
    '  local words current="$2"',
    '  case "$(printf %s "$COMP_LINE" | cut -d" " -f2)" in',
    ...flags,
    `    *) words="${Object.keys(COMMANDS).join(' ')}" ;;`,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -F _kubectl_servicestage kubectl-servicestage',
  ].join('\n');
}
