// What test files get for `vitest` while mutants are judged: the same `expect`, and a `describe` and `it` that only collect. A
// test file is so loaded once and its tests run thousands of times in one process.
import { expect } from 'vitest';

export { expect };

export interface Collected {
  readonly name: string;
  readonly run: () => unknown;
}

type Body = (...args: never[]) => unknown;
/** What may stand between the name and the body: options of the test, which mean nothing here. */
type Rest = readonly unknown[];

const collected: Collected[] = [];
const path: string[] = [];

/** The tests that were declared since the last call. */
export function takeCollected(): Collected[] {
  return collected.splice(0);
}

function bodyOf(rest: Rest): Body {
  const body = rest.find((each) => typeof each === 'function');
  if (body === undefined) throw new TypeError(`no body in ${path.join(' > ')}`);
  return body as Body;
}

function group(name: string, ...rest: Rest): void {
  path.push(name);
  (bodyOf(rest) as () => void)();
  path.pop();
}

function declare(name: string, ...rest: Rest): void {
  collected.push({ name: [...path, name].join(' > '), run: bodyOf(rest) as () => unknown });
}

/** `rows`: a row that is a list becomes the arguments, any other the one argument. */
function each(declareOne: (name: string, body: () => unknown) => void) {
  return (rows: readonly unknown[]) =>
    (name: string, ...rest: Rest): void => {
      const body = bodyOf(rest) as (...args: unknown[]) => unknown;
      for (const [index, row] of rows.entries())
        declareOne(`${name} [${index}]`, () => (Array.isArray(row) ? body(...row) : body(row)));
    };
}

async function failing(run: () => unknown): Promise<void> {
  const failed = await Promise.resolve()
    .then(run)
    .then(
      () => false,
      () => true,
    );
  if (!failed) throw new Error('expected to fail');
}

export const describe = Object.assign(group, { each: each(group) });
export const it = Object.assign(declare, {
  each: each(declare),
  fails: (name: string, ...rest: Rest) => declare(name, () => failing(bodyOf(rest) as () => unknown)),
});
export const test = it;
