// The rules of form as functions from a file to its faults, "path:line what".
import { PURE_ROOMS } from './rooms.ts';
import { isNode, lineOf, type Node, nodesOf, type SourceFile } from './source.ts';

export type Rule = (file: SourceFile) => readonly string[];

const MAX_FILE_LINES = 250;
const MAX_FUNCTION_LINES = 60;
const MAX_PARAMETERS = 3;

const FORBIDDEN_NODES: Readonly<Record<string, string>> = {
  TSEnumDeclaration: 'enum',
  TSModuleDeclaration: 'namespace',
  TSAnyKeyword: 'any',
  TSNonNullExpression: 'non-null !',
  TSParameterProperty: 'parameter property',
  TSExportAssignment: 'export =',
  TSImportEqualsDeclaration: 'import =',
  ExportDefaultDeclaration: 'default export',
  Decorator: 'decorator',
};

export const noForbiddenSyntax: Rule = (file) =>
  nodesOf(file.tree)
    .filter((node) => !isAugmentation(node))
    .flatMap((node) => fault(file, { node, what: FORBIDDEN_NODES[node.type] }));

/** `declare module 'name'` adds to the types of a library; only that form names itself by a string. */
function isAugmentation(node: ReturnType<typeof nodesOf>[number]): boolean {
  const { id } = node as { readonly id?: { readonly type: string } };
  return node.type === 'TSModuleDeclaration' && id?.type === 'Literal';
}

export const noModuleMocks: Rule = (file) => uses(file, ['vi.mock', 'vi.doMock']);

export const noInterval: Rule = (file) => uses(file, ['setInterval']);

/** A program's main hands `process.env` on as a value; that of the operator alone ends the process. */
export const oneDoorToTheProcess: Rule = (file) => {
  const env = uses(file, ['process.env']);
  const others = file.path.endsWith('/main.ts') && file.path.startsWith('src/') ? env.slice(1) : env;
  if (file.path === 'src/main.ts') return others;
  return [...others, ...uses(file, ['process.exit', 'process.abort', 'process.kill'])];
};

export const pureWhereItShould: Rule = (file) => {
  const room = PURE_ROOMS.find((each) => file.path.startsWith(each.room));
  return room === undefined ? [] : uses(file, room.never);
};

export const shortFile: Rule = ({ path, text }) => {
  const lines = text.trimEnd().split('\n').length;
  return lines > MAX_FILE_LINES ? [`${path}:1 has ${lines} lines, more than ${MAX_FILE_LINES}`] : [];
};

export const headerComment: Rule = ({ path, text }) =>
  /^(#!.*\n)?(\/\/|\/\*)/.test(text) ? [] : [`${path}:1 has no comment that says what the file promises`];

export const smallFunctions: Rule = (file) =>
  nodesOf(file.tree)
    .filter(isFunction)
    .flatMap((node) => {
      const length = ownLines(file.text, node);
      const parameters = parametersOf(node);
      const flags = parameters.filter(isBooleanParameter);
      return [
        ...(length > MAX_FUNCTION_LINES ? fault(file, { node, what: `function of ${length} lines` }) : []),
        ...(parameters.length > MAX_PARAMETERS
          ? fault(file, { node, what: `${parameters.length} parameters` })
          : []),
        ...flags.flatMap(() => fault(file, { node, what: 'boolean parameter' })),
      ];
    });

/** Without the functions inside it: a factory of small functions is no long function. */
function ownLines(text: string, node: Node): number {
  const between = (each: Node) => lineOf(text, each.end) - lineOf(text, each.start);
  const inside = nodesOf(node).filter((each) => each !== node && isFunction(each));
  const outermost = inside.filter(
    (each) => !inside.some((other) => other.start < each.start && each.end < other.end),
  );
  return between(node) + 1 - outermost.reduce((sum, each) => sum + between(each), 0);
}

function fault(
  file: SourceFile,
  at: { readonly node: Node; readonly what: string | undefined },
): readonly string[] {
  return at.what === undefined ? [] : [`${file.path}:${lineOf(file.text, at.node.start)} ${at.what}`];
}

const NAME_FIELDS = /^(key|property|id|label|local|imported|exported|typeName)$/;

/** `names` are globals: `process`, `process.env`, `new Date()`. A property, or a name that the file declares, does not count. */
function uses(file: SourceFile, names: readonly string[]): readonly string[] {
  const nodes = nodesOf(file.tree);
  const own = new Set(nodes.flatMap(declaredIn));
  const globals = names.filter((name) => !own.has(name.split('.')[0] ?? ''));
  return nodes.flatMap((parent) =>
    Object.entries(parent).flatMap(([field, value]) => {
      if (NAME_FIELDS.test(field) && parent.computed !== true) return [];
      const children = [value].flat().filter(isNode);
      return children.flatMap((node) =>
        fault(file, { node, what: globals.find((name) => matches(node, name)) }),
      );
    }),
  );
}

function declaredIn(node: Node): readonly string[] {
  const declares = node.type === 'VariableDeclarator' || node.type === 'FunctionDeclaration';
  const names = [...(declares ? [node.id] : []), node.local, ...parametersOf(node)].map(identifier);
  return names.filter((name) => name !== undefined);
}

function matches(node: Node, name: string): boolean {
  if (name === 'new Date()')
    return (
      node.type === 'NewExpression' &&
      identifier(node.callee) === 'Date' &&
      [node.arguments].flat().length === 0
    );
  const [object, property] = name.split('.');
  if (property === undefined) return identifier(node) === object;
  return (
    node.type === 'MemberExpression' &&
    identifier(node.object) === object &&
    identifier(node.property) === property
  );
}

function identifier(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? String(node.name) : undefined;
}

function isFunction(node: Node): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

function parametersOf(node: Node): readonly Node[] {
  return [node.params]
    .flat()
    .filter(isNode)
    .filter((each) => identifier(each) !== 'this');
}

function isBooleanParameter(parameter: Node): boolean {
  const annotation = parameter.typeAnnotation;
  const type = isNode(annotation) ? annotation.typeAnnotation : undefined;
  return isNode(type) && type.type === 'TSBooleanKeyword';
}
