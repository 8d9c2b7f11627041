// The import lines of src against the table of rooms: data goes one way, siblings do not see each other.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { covers, roomOf } from './rooms.ts';
import { type Import, parseSource, ROOT, readSources, type SourceFile } from './source.ts';

const sources = readSources('src');

function faults(file: SourceFile): readonly string[] {
  const room = roomOf(file.path);
  if (room === undefined) return [`${file.path} is in no room of the table`];
  const allowed = ({ target, typeOnly }: Import) =>
    room.may.some((entry) => covers(entry, target)) ||
    (typeOnly && (room.types ?? []).some((entry) => covers(entry, target)));
  return file.imports
    .filter((each) => !allowed(each))
    .map(
      ({ line, target, typeOnly }) =>
        `${file.path}:${line} may not import ${typeOnly ? 'type ' : ''}${target}`,
    );
}

it('every import of src is in the table of rooms', () => {
  expect(sources.flatMap(faults)).toEqual([]);
});

it('no files of src import each other in a circle', () => {
  expect(
    cycles(new Map(sources.map(({ path, imports }) => [path, imports.map(({ target }) => target)]))),
  ).toEqual([]);
});

it('every import of a file of ours names a file that is there', () => {
  const known = new Set(sources.map(({ path }) => path));
  const missing = sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => target.startsWith('src/') && !known.has(target))
      .map(({ target }) => `${path}: ${target}`),
  );
  expect(missing).toEqual([]);
});

it('what the package ships imports only what the package installs', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const fakes = readSources('test/fakes').filter(({ path }) => !path.endsWith('.test.ts'));
  const shipped = [...sources, ...fakes];
  const ours = (target: string) => target.startsWith('src/') || target.startsWith('test/fakes/');
  const strangers = shipped.flatMap(({ path, imports }) =>
    imports
      .filter(
        ({ target, typeOnly, dynamic }) =>
          !typeOnly && !dynamic && !target.startsWith('node:') && !ours(target),
      )
      .filter(({ target }) => !Object.hasOwn(dependencies, target))
      .map(({ target, line }) => `${path}:${line} imports ${target}, which is not among the dependencies`),
  );
  expect(strangers).toEqual([]);
});

it('at most ten direct dependencies, each used', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const used = new Set(sources.flatMap(({ imports }) => imports.map(({ target }) => target)));
  const names = Object.keys(dependencies);
  expect(names.length).toBeLessThanOrEqual(10);
  expect(names.filter((name) => !used.has(name))).toEqual([]);
});

it.each([
  { path: 'src/core/decide.ts', text: "import { request } from 'undici';", wrong: 'undici' },
  {
    path: 'src/core/decide.ts',
    text: "import { now } from '../controller/clock.ts';",
    wrong: 'src/controller/clock.ts',
  },
  {
    path: 'src/kube/watch.ts',
    text: "import { sign } from '../servicestage/sign.ts';",
    wrong: 'src/servicestage/sign.ts',
  },
  {
    path: 'src/kube/watch.ts',
    text: "import { merge } from '../core/types.ts';",
    wrong: 'src/core/types.ts',
  },
  { path: 'src/ops/log.ts', text: "export * from '../api/names.ts';", wrong: 'src/api/names.ts' },
  { path: 'src/controller/queue.ts', text: "const fs = await import('node:fs');", wrong: 'node:fs' },
  { path: 'src/core/body.ts', text: "type X = import('zod').ZodType;", wrong: 'type zod' },
])('would notice $wrong in $path', ({ path, text, wrong }) => {
  expect(faults(parseSource(path, text))).toEqual([`${path}:1 may not import ${wrong}`]);
});

it('would notice a circle over three files', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', []],
  ]);
  expect(cycles(graph)).toEqual(['a -> b -> c -> a']);
});

/** One line per circle that a depth-first walk meets. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (node: string, trail: readonly string[]): void => {
    const at = trail.indexOf(node);
    if (at >= 0) found.push([...trail.slice(at), node].join(' -> '));
    if (at >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) walk(next, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) walk(node, []);
  return found;
}
