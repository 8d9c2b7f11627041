// The rules of form, over the whole source; and for each rule one piece of code that breaks it.
import { expect, it } from 'vitest';
import {
  headerComment,
  noForbiddenSyntax,
  noInterval,
  noModuleMocks,
  oneDoorToTheProcess,
  pureWhereItShould,
  type Rule,
  shortFile,
  smallFunctions,
} from './shape.ts';
import { parseSource, readSources, type SourceFile } from './source.ts';

const src = readSources('src');
const all: readonly SourceFile[] = [...src, ...readSources('test'), ...readSources('scripts')];

it.each<{ name: string; rule: Rule; files: readonly SourceFile[] }>([
  {
    name: 'no enum, namespace, any, non-null, parameter property or default export',
    rule: noForbiddenSyntax,
    files: all,
  },
  { name: 'no module mocks', rule: noModuleMocks, files: all },
  { name: 'no setInterval in src', rule: noInterval, files: src },
  {
    name: 'process.env only where main hands it over, process.exit only in main',
    rule: oneDoorToTheProcess,
    files: src,
  },
  { name: 'no clock, randomness or world in the rooms that judge', rule: pureWhereItShould, files: src },
  { name: 'no file of src over 250 lines', rule: shortFile, files: src },
  { name: 'every file of src begins with what it promises', rule: headerComment, files: src },
  {
    name: 'no function of src over 60 lines, 3 parameters, or with a boolean one',
    rule: smallFunctions,
    files: src,
  },
])('$name', ({ rule, files }) => {
  expect(files.flatMap(rule)).toEqual([]);
});

it.each<{ rule: Rule; path?: string; text: string; says: string }>([
  { rule: noForbiddenSyntax, text: 'enum A { B }', says: 'enum' },
  { rule: noForbiddenSyntax, text: 'namespace A { export const b = 1; }', says: 'namespace' },
  { rule: noForbiddenSyntax, text: 'const a: any = 1;', says: 'any' },
  { rule: noForbiddenSyntax, text: 'const a = b!;', says: 'non-null !' },
  {
    rule: noForbiddenSyntax,
    text: 'class A { constructor(readonly b: string) {} }',
    says: 'parameter property',
  },
  { rule: noForbiddenSyntax, text: 'export default 1;', says: 'default export' },
  { rule: noModuleMocks, text: "vi.mock('./a.ts');", says: 'vi.mock' },
  { rule: noInterval, text: 'const t = setInterval(f, 1);', says: 'setInterval' },
  { rule: oneDoorToTheProcess, text: 'const { HOME } = process.env;', says: 'process.env' },
  { rule: oneDoorToTheProcess, text: 'process.exit(1);', says: 'process.exit' },
  {
    rule: oneDoorToTheProcess,
    path: 'src/main.ts',
    text: 'a(process.env);\nb(process.env);',
    says: 'process.env',
  },
  { rule: pureWhereItShould, path: 'src/core/a.ts', text: 'const a = Date.now();', says: 'Date.now' },
  { rule: pureWhereItShould, path: 'src/core/a.ts', text: 'const a = new Date();', says: 'new Date()' },
  { rule: pureWhereItShould, path: 'src/core/a.ts', text: 'const a = Math.random();', says: 'Math.random' },
  {
    rule: pureWhereItShould,
    path: 'src/controller/a.ts',
    text: 'const { now } = performance;',
    says: 'performance',
  },
  { rule: shortFile, text: '\n'.repeat(250).concat('x'), says: 'has 251 lines, more than 250' },
  { rule: headerComment, text: 'const a = 1;', says: 'has no comment that says what the file promises' },
  { rule: smallFunctions, text: 'const f = (a, b, c, d) => 1;', says: '4 parameters' },
  { rule: smallFunctions, text: 'function f(force: boolean) {}', says: 'boolean parameter' },
  { rule: smallFunctions, text: `function f() {${'\n'.repeat(60)}}`, says: 'function of 61 lines' },
])('would notice "$says"', ({ rule, path = 'src/kube/a.ts', text, says }) => {
  const faults = rule(parseSource(path, text));
  expect(faults).toEqual([expect.stringMatching(/^src\/[a-z/]+\.ts:\d+ /)]);
  expect(faults[0]?.replace(/^\S+ /, '')).toBe(says);
});

it.each([
  'const performance = 1 as const;',
  'const a = { process: 1, console: 2 };',
  'const a = b.performance;',
  'const a = new Date(ms);',
  '// process.env, Date.now()',
  "const a = 'Math.random';",
])('does not take %j for a look at the world', (text) => {
  const file = parseSource('src/core/a.ts', text);
  expect([...pureWhereItShould(file), ...oneDoorToTheProcess(file)]).toEqual([]);
});
