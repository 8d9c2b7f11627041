// Reads `--name value`, `--name=value` and `--switch`, and says in one line what cannot be read.
//
// Knows names only, no values: what a value may be is judged by its schema, wherever it came from.

export type Arguments =
  | { readonly kind: 'flags'; readonly values: ReadonlyMap<string, string> }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly message: string };

/** `switches` take a value only after `=`; all other `names` need one. */
export interface Known {
  readonly names: readonly string[];
  readonly switches: ReadonlySet<string>;
}

/** The last of equal flags wins, as in other Kubernetes programs. */
export function readArguments(argv: readonly string[], known: Known): Arguments {
  if (argv.some((argument) => argument === '--help' || argument === '-h')) return { kind: 'help' };
  const values = new Map<string, string>();
  let previous = '';
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? '';
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (name === undefined)
      return invalid(unexpected(argument, known.switches.has(previous) ? previous : undefined));
    if (!known.names.includes(name)) return invalid(unknownFlag(name, known.names));
    const separate = inline === undefined && !known.switches.has(name);
    const value = separate ? valueIn(argv[at + 1]) : (inline ?? 'true');
    if (value === undefined) return invalid(`--${name} needs a value; see --help`);
    if (separate) at += 1;
    values.set(name, value);
    previous = name;
  }
  return { kind: 'flags', values };
}

function valueIn(argument: string | undefined): string | undefined {
  return argument?.startsWith('--') ? undefined : argument;
}

function unexpected(argument: string, switchBefore: string | undefined): string {
  const hint =
    switchBefore === undefined
      ? 'flags are written --name value or --name=value, see --help'
      : `a switch takes its value as --${switchBefore}=${argument}`;
  return `unexpected argument ${JSON.stringify(argument)}; ${hint}`;
}

function unknownFlag(name: string, names: readonly string[]): string {
  const [nearest = ''] = names.toSorted((a, b) => distance(name, a) - distance(name, b));
  const close = distance(name, nearest) <= Math.max(2, Math.floor(name.length / 3));
  return `unknown flag --${name}; ${close ? `did you mean --${nearest}?` : 'see --help'}`;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function invalid(message: string): Arguments {
  return { kind: 'invalid', message };
}
