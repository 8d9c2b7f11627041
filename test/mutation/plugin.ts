// What the mutation tool loads from here: the runner of the tests, a reporter that prints every mutant that no test notices as soon as it is known, and
// an ignorer for the branch that the compiler proves to be unreachable (`default: { const never: never = x; ... }`).

import { WarmRunner } from './runner.ts';

interface Tested {
  readonly fileName: string;
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number } };
}

class Survivors {
  onMutantTested({ status, fileName, location, mutatorName, replacement = '' }: Tested): void {
    if (status !== 'Survived' && status !== 'NoCoverage') return;
    const place = `${fileName.replace(/^.*?(?=src\/)/, '')}:${location.start.line}`;
    const text = replacement.replaceAll(/\s+/g, ' ').slice(0, 80);
    console.log(`${status === 'Survived' ? 'survived' : 'not run '} ${place} ${mutatorName}: ${text}`);
  }
}

/** What is used here of the tool's path to a node of the syntax tree. */
interface Path {
  readonly node: { readonly type: string; readonly test?: unknown };
  toString(): string;
}

const exhaustiveness = {
  shouldIgnore(path: Path): string | undefined {
    const isDefault = path.node.type === 'SwitchCase' && path.node.test === null;
    return isDefault && /const never: never\b/.test(path.toString())
      ? 'unreachable by the types: the switch covers every kind'
      : undefined;
  },
};

export const strykerPlugins = [
  { kind: 'TestRunner', name: 'warm', injectableClass: WarmRunner },
  { kind: 'Reporter', name: 'survivors', injectableClass: Survivors },
  { kind: 'Ignore', name: 'exhaustiveness', value: exhaustiveness },
];
