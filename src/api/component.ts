// Reads a spec in code, with the rules of the CRD, for objects that an older or looser CRD let through. Problems and
// warnings carry paths, rules and cures, never a value, since values may be secret. Leaves immutability to the API server
// and what extraBody may not touch below the top level to core/body.ts.
import type { z } from 'zod';
import { pruned, type Shape, shapeOf } from './component-shape.ts';
import { type Spec, spec } from './component-spec.ts';
import { type SpecWarning, specWarnings } from './component-warnings.ts';

export type { ComponentSpec, Spec } from './component-spec.ts';
export type { SpecWarning } from './component-warnings.ts';
export { intervalMs } from './interval.ts';

export interface SpecProblem {
  /** Path of the field as Kubernetes writes it, such as `spec.component.envs[0].name`. */
  readonly path: string;
  /** The problem and, for a rule, its cure. */
  readonly message: string;
}

export type ParsedSpec =
  | { readonly kind: 'ok'; readonly spec: Spec; readonly warnings: readonly SpecWarning[] }
  | { readonly kind: 'invalid'; readonly problems: readonly SpecProblem[] };

const SPEC_SHAPE: Shape = shapeOf(spec);

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

/** Unknown fields are dropped, as the API server drops them; nothing is defaulted. */
export function parseSpec(given: unknown): ParsedSpec {
  const result = spec.safeParse(given);
  if (!result.success) {
    const issues = result.error.issues.filter((issue) => !isSafeIntegerNote(issue));
    return { kind: 'invalid', problems: issues.map((issue) => problemOf(issue, given)) };
  }
  const checked = pruned(SPEC_SHAPE, given) as Spec;
  return { kind: 'ok', spec: checked, warnings: specWarnings(checked) };
}

function problemOf(issue: z.core.$ZodIssue, given: unknown): SpecProblem {
  const missing = issue.code !== 'custom' && valueAt(given, issue.path) === undefined;
  return { path: pathText(issue.path), message: missing ? 'is missing' : messageOf(issue) };
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'array'
        ? `must have at most ${issue.maximum} entries`
        : `must be at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

/** zod names the range of safe integers beside our own, narrower maximum. */
function isSafeIntegerNote(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'too_big' && issue.maximum === Number.MAX_SAFE_INTEGER;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = String(part);
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`;
  }, 'spec');
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (Object.hasOwn(Object(value), part) ? Object(value)[part] : undefined),
    root,
  );
}
