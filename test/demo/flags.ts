// The flags of the demo, turned into a choice or into one line that says what is wrong.
import { parseArgs } from 'node:util';

export type Choice =
  | { readonly kind: 'play'; readonly afterwards: 'stop' | 'stay' }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'invalid'; readonly message: string };

const HELP = `usage: npm run demo [-- --stay]

Starts an embedded Kubernetes API, a ServiceStage simulator and the operator on this machine, plays a few scenes, and
checks everything that it shows. Needs no cluster, no account and no network. Takes about half a minute.

  --stay      leave everything running afterwards, with a kubeconfig and commands to try, until Ctrl-C
  --help, -h  print this text

Colours appear on a terminal only; NO_COLOR=1 switches them off.
Exit code: 0 all as claimed, 1 something was not, 2 a bad flag, 130 interrupted.`;

/** Never throws. `argv` is without the program and the script. */
export function readFlags(argv: readonly string[]): Choice {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { stay: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      strict: true,
      allowPositionals: false,
    });
    if (values.help === true) return { kind: 'help', text: HELP };
    return { kind: 'play', afterwards: values.stay === true ? 'stay' : 'stop' };
  } catch (error) {
    const what = error instanceof Error ? error.message.split(/[.\n]/, 1)[0] : 'bad flags';
    return { kind: 'invalid', message: `demo: ${what}; see npm run demo -- --help` };
  }
}
