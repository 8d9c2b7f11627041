// The body of the modify call: the spec, the values of Secrets, what belongs to the server (name, runtime stack, replica),
// and extraBody on top. Assumes a spec that parseSpec let through. Bodies may hold secrets: never log or store one; the
// digest input holds references instead of values. Leaves reading Secrets and hashing to others.
import { type ConfigIdWireName, type Filling, toWire } from './convert.ts';
import { type ExtraBodyProblem, extraBodyProblems, withExtraBody } from './extra-body.ts';
import { type ServerValues, withServerValues } from './identity.ts';
import { type Fields, isFields, own, pointer } from './paths.ts';
import type { Json, JsonObject } from './types.ts';

export { type ConfigIdWireName, type ConvertOptions, fromWire, toWire } from './convert.ts';
export { type ImmutableDifference, immutableDifferences } from './identity.ts';

/** `value` and `password` take one key, `headers` take all keys of the Secret. */
export interface SecretRef {
  readonly secretName: string;
  readonly key?: string;
  /** JSON pointer of the reference into spec.component, such as `/envs/0/valueSecretRef`. */
  readonly path: string;
  readonly kind: 'password' | 'headers' | 'value';
}

/** Resolved values by `SecretRef.path`: text, or for headers all data of the Secret. */
export type SecretValues = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

export interface BodyInput {
  readonly component: Fields;
  readonly secrets: SecretValues;
  readonly server: ServerValues;
  readonly configIdWireName: ConfigIdWireName;
}

export type BuiltBody =
  /** `secretPointers` are JSON pointers into `body` whose values may never be shown. */
  | { readonly kind: 'ok'; readonly body: JsonObject; readonly secretPointers: readonly string[] }
  | {
      readonly kind: 'invalid';
      readonly problems: readonly ExtraBodyProblem[];
    }
  /** A reference without a resolved value; the caller reads all Secrets first. */
  | { readonly kind: 'unresolved'; readonly paths: readonly string[] };

const KINDS = { httpPassword: 'password', httpHeaders: 'headers', value: 'value' } as const;

/** Every Secret that the component names, in the order of the body. */
export function secretRefs(component: Fields): readonly SecretRef[] {
  const found: SecretRef[] = [];
  toWire(component, {
    fill: ({ path, name, ref }) => {
      const kind = KINDS[name as keyof typeof KINDS];
      const entry = { secretName: String(ref.name), path, kind };
      found.push(kind === 'headers' ? entry : { ...entry, key: String(ref.key) });
      return undefined;
    },
  });
  return found;
}

export function buildBody({ component, secrets, server, configIdWireName }: BodyInput): BuiltBody {
  const filled: string[] = [];
  const unresolved: string[] = [];
  const fill = (filling: Filling) => {
    filled.push(filling.wirePath);
    const value = own(secrets, filling.path);
    if (value === undefined) unresolved.push(filling.path);
    return secretJson(filling, value);
  };
  const written = toWire(component, { configIdWireName, fill });
  if (unresolved.length > 0) return { kind: 'unresolved', paths: unresolved };
  const problems = extraBodyProblems(component, filled);
  if (problems.length > 0) return { kind: 'invalid', problems };
  const body = withExtraBody(withServerValues(written, server), component);
  return { kind: 'ok', body, secretPointers: [...new Set([...filled, ...plainSecrets(written)])] };
}

/**
 * What the spec digest is made of: the body from the spec alone, without `replica` and with the documented spelling of
 * every wire name, lists without an order sorted, Secrets as `{secretRef: {name, key}}`.
 */
export function digestInput(component: Fields): JsonObject {
  const fill = ({ ref }: Filling): Json => ({ secretRef: ref as JsonObject });
  const { replica: _, ...written } = toWire(component, { fill, sortLists: true });
  return withExtraBody(written, component);
}

/** Wire names that were sent, for the detection of removed keys. */
export function topLevelKeys(body: JsonObject): readonly string[] {
  return Object.keys(body);
}

function secretJson({ shape }: Filling, value: unknown): Json | undefined {
  if (typeof value === 'string') return value;
  if (!isFields(value)) return undefined;
  const headers = Object.keys(value)
    .toSorted()
    .map((key) => ({ key, value: String(value[key]) }));
  if (shape.kind === 'list') return headers;
  return Object.fromEntries(headers.map(({ key, value: text }) => [key, text]));
}

/** Passwords and headers of every source, also those that stand in the spec as plain text. */
function plainSecrets(written: JsonObject): readonly string[] {
  const containers = own(written, 'multi_containers');
  const list = Array.isArray(containers) ? containers : [];
  const sources: readonly [string, unknown][] = [
    ['/source', own(written, 'source')],
    ['/template_source', own(written, 'template_source')],
    ...list.map((entry, index): [string, unknown] => [
      `/multi_containers/${index}/source`,
      isFields(entry) ? own(entry, 'source') : undefined,
    ]),
  ];
  return sources.flatMap(([at, source]) =>
    ['http_password', 'http_headers']
      .filter((key) => isFields(source) && Object.hasOwn(source, key))
      .map((key) => pointer(at, key)),
  );
}
