// The source files as syntax trees, for the rules that this folder checks.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseAst } from 'vitest/node';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface SourceFile {
  /** Path from the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: Node;
  readonly imports: readonly Import[];
}

export interface Import {
  /** A path from the root for a file of ours, else the package's name (`node:fs`, `zod`). */
  readonly target: string;
  readonly typeOnly: boolean;
  /** `await import(...)`: may be missing at run time. */
  readonly dynamic: boolean;
  readonly line: number;
}

/** All TypeScript files of `folder`, sorted. */
export function readSources(folder: string): readonly SourceFile[] {
  const paths = globSync('**/*.ts', { cwd: join(ROOT, folder) }).map((path) => path.replaceAll('\\', '/'));
  return paths
    .sort()
    .map((path) => parseSource(`${folder}/${path}`, readFileSync(join(ROOT, folder, path), 'utf8')));
}

export function parseSource(path: string, text: string): SourceFile {
  const tree = parseAst(text, { lang: 'ts' }) as unknown as Node;
  const imports = nodesOf(tree).flatMap((node) => importsOf(node, { path, text }));
  return { path, text, tree, imports };
}

/** The node and all below it, in source order. */
export function nodesOf(node: Node): readonly Node[] {
  return [node, ...childrenOf(node).flatMap(nodesOf)];
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node).flat().filter(isNode);
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function importsOf(node: Node, from: { readonly path: string; readonly text: string }): readonly Import[] {
  const source = isNode(node.source) ? node.source.value : undefined;
  if (typeof source !== 'string') return [];
  const target = source.startsWith('.') ? posix.join(dirname(from.path), source) : packageOf(source);
  const kind = node.importKind ?? node.exportKind;
  const line = lineOf(from.text, node.start);
  return [
    {
      target,
      typeOnly: kind === 'type' || node.type === 'TSImportType',
      dynamic: node.type === 'ImportExpression',
      line,
    },
  ];
}

function packageOf(source: string): string {
  if (source.startsWith('node:')) return source;
  return source.split('/', source.startsWith('@') ? 2 : 1).join('/');
}
