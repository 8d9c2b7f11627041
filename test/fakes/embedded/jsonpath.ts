// The subset of kubectl's JSONPath that printer columns use: fields (with `\.` escapes and ['quotes']), [index], [*]
// and [?(@.field=="text")]. Promises: a path compiles once; an unknown form throws at compile time with the path.
import type { Json } from './json.ts';
import { isMap } from './json.ts';

type Step = (value: Json) => Json[];

/** Compiles a path; the result lists every value found, none when a step is missing. */
export function jsonPath(path: string): (root: Json) => Json[] {
  const steps = parse(path);
  return (root) => steps.reduce<Json[]>((values, step) => values.flatMap(step), [root]);
}

const FORMS: readonly (readonly [RegExp, (match: RegExpExecArray) => Step])[] = [
  [/^\.?\[\*\]/, () => children],
  [/^\.\*/, () => children],
  [/^\[(-?\d+)\]/, (match) => index(Number(match[1]))],
  [/^\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]/, (match) => filter(match[1] ?? '', match[2] ?? '')],
  [/^\['([^']+)'\]/, (match) => field((match[1] ?? '').replaceAll('\\.', '.'))],
  [/^\.((?:\\.|[^.[\]])+)/, (match) => field((match[1] ?? '').replaceAll('\\', ''))],
];

function parse(path: string): Step[] {
  const steps: Step[] = [];
  let rest = path.replace(/^\{|\}$/g, '').replace(/^\$/, '');
  while (rest !== '') {
    const before = rest;
    for (const [form, make] of FORMS) {
      const match = form.exec(rest);
      if (!match) continue;
      steps.push(make(match));
      rest = rest.slice(match[0].length);
      break;
    }
    if (rest === before) throw new Error(`JSONPath not understood: ${path}`);
  }
  return steps;
}

function children(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  return isMap(value) ? Object.values(value).filter((item) => item !== undefined) : [];
}

function index(at: number): Step {
  return (value) => {
    const found = Array.isArray(value) ? value.at(at) : undefined;
    return found === undefined ? [] : [found];
  };
}

function field(name: string): Step {
  return (value) => {
    const found = isMap(value) ? value[name] : undefined;
    return found === undefined || found === null ? [] : [found];
  };
}

function filter(path: string, text: string): Step {
  const find = jsonPath(`.${path}`);
  return (value) => children(value).filter((item) => find(item).some((found) => String(found) === text));
}
