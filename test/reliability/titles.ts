// Which titles a test file can have, read from its source and from the test files that it takes its tests from. No test is run.
// A title that is made from rows (`$name`, `%s`, `${...}`) is a template; its rows are among the texts as well.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
/** Support and fakes hold no titles. */
const APART = /^test\/(support|fakes)\//;
const PLACEHOLDER = /\$\{(?:[^{}]|\{[^{}]*\})*\}|\$[a-z]\w*|%[sijdo]/;
/** Less fixed text than this fits nearly everything. */
const FIXED = 12;

/** Texts of `file` and of what it imports below test/, without those of comments. Throws when there is no such file. */
export function textsOf(file: string): readonly string[] {
  const texts: string[] = [];
  for (const path of filesOf(file)) {
    const source = readFileSync(join(ROOT, path), 'utf8').replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '');
    for (const line of source.split('\n'))
      for (const [, single, double, template] of line.matchAll(
        /'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`/g,
      ))
        texts.push((single ?? double ?? template ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return texts;
}

/** Whether a test of these texts can have `name` in its full name. */
export function canBeNamed(texts: readonly string[], name: string): boolean {
  return texts.some((text) => text.includes(name)) || texts.some((text) => fits(text, name));
}

/** Whether `name` has a fixed part of the template, whole or cut by an end of `name`. */
function fits(template: string, name: string): boolean {
  const parts = template.split(PLACEHOLDER);
  if (parts.length < 2) return false;
  return parts.some((part) => (name.includes(part) ? part.length >= FIXED : cut(part, name)));
}

function cut(part: string, name: string): boolean {
  for (let length = part.length - 1; length >= FIXED; length -= 1) {
    if (name.endsWith(part.slice(0, length)) || name.startsWith(part.slice(-length))) return true;
  }
  return false;
}

function filesOf(file: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  if (!existsSync(join(ROOT, file))) throw new Error(`${file} does not exist`);
  seen.add(file);
  const source = readFileSync(join(ROOT, file), 'utf8');
  for (const [, target = ''] of source.matchAll(/from '(\.[^']+\.ts)'/g)) {
    const path = join(dirname(file), target).replaceAll('\\', '/');
    if (path.startsWith('test/') && !APART.test(path)) filesOf(path, seen);
  }
  return seen;
}
