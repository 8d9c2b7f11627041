// Values near a valid one: the same document with some of its nodes replaced, removed or doubled. Random values alone seldom get
// past the first check of a reader.
import fc from 'fast-check';

export type Node = null | boolean | number | string | readonly Node[] | { readonly [key: string]: Node };

export const ODD_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  ' ',
] as const;

const leaf: fc.Arbitrary<Node> = fc.oneof(
  fc.constantFrom<Node>(null, true, false, 0, -1, 1.5, 1e300, '', '0', ' ', 'x', [], {}),
  fc.string({ maxLength: 12, unit: 'binary' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** JSON of any shape; its keys are odd ones, the given ones, or anything. */
export function anyJson(keys: readonly string[]): fc.Arbitrary<Node> {
  const key = fc.oneof(fc.constantFrom(...ODD_KEYS, ...keys), fc.string({ maxLength: 6 }));
  return fc.letrec<{ node: Node }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      leaf,
      fc.array(tie('node'), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie('node')), { maxLength: 5 }).map((entries) => own(entries)),
    ),
  })).node;
}

/** An object with exactly these keys of its own, `__proto__` included, as JSON.parse makes it. */
export function own(entries: readonly (readonly [string, Node])[]): { readonly [key: string]: Node } {
  const made: { [key: string]: Node } = {};
  for (const [key, value] of entries)
    Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true });
  return made;
}

/** `valid` with up to four of its nodes changed. */
export function near(valid: Node, keys: readonly string[] = []): fc.Arbitrary<Node> {
  const change = fc.record({
    at: fc.nat(1_000),
    how: fc.constantFrom<How>('replace', 'remove', 'add', 'wrap', 'recase'),
    value: anyJson(keys),
    key: fc.constantFrom(...ODD_KEYS, ...keys),
  });
  return fc
    .array(change, { maxLength: 4 })
    .map((changes) => changes.reduce<Node>((node, each) => changed(node, each), valid));
}

type How = 'replace' | 'remove' | 'add' | 'wrap' | 'recase';

interface Change {
  readonly at: number;
  readonly how: How;
  readonly value: Node;
  readonly key: string;
}

/** Counts nodes in the order of the text; the one whose number comes up is changed. */
function changed(root: Node, { at, how, value, key }: Change): Node {
  let left = at % Math.max(1, size(root));
  const visit = (node: Node): Node | undefined => {
    const here = left === 0;
    left -= 1;
    if (here) return alter(node, { how, value, key });
    if (Array.isArray(node)) return node.map(visit).filter((child) => child !== undefined);
    if (!isMap(node)) return node;
    const kept = Object.entries(node).map(([name, child]) => [name, visit(child)] as const);
    return own(kept.filter((entry): entry is readonly [string, Node] => entry[1] !== undefined));
  };
  return visit(root) ?? null;
}

function alter(node: Node, { how, value, key }: Omit<Change, 'at'>): Node | undefined {
  switch (how) {
    case 'replace':
      return value;
    case 'remove':
      return undefined;
    case 'add':
      if (Array.isArray(node)) return [...node, value];
      return isMap(node) ? own([...Object.entries(node), [key, value]]) : value;
    case 'wrap':
      return typeof node === 'string' ? [node] : JSON.stringify(node);
    case 'recase':
      return isMap(node)
        ? own(Object.entries(node).map(([name, child]) => [name.toUpperCase(), child]))
        : node;
    default: {
      const never: never = how;
      return never;
    }
  }
}

function size(node: Node): number {
  if (Array.isArray(node)) return node.reduce<number>((sum, child) => sum + size(child), 1);
  return isMap(node) ? Object.values(node).reduce<number>((sum, child) => sum + size(child), 1) : 1;
}

function isMap(node: Node): node is { readonly [key: string]: Node } {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

/** Fails when anything has been added to what every object inherits. */
export function unpolluted(): boolean {
  return Object.keys(Object.prototype).length === 0 && Object.keys(Array.prototype).length === 0;
}
