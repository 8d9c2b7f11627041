// The spec against the component, for the rules: the body that would be sent, and where the two differ.
// Bodies stay inside this file and the request; the rules see texts, keys and pointers.
import type { Operation } from '../api/status.ts';
import { type BuiltBody, buildBody, digestInput, immutableDifferences } from './body.ts';
import { compareBody, type Difference, removedKeys, writeOnlyFields } from './diff.ts';
import type { Account, Desired, Facts, Settings } from './facts.ts';
import { clip } from './text.ts';
import type { Json, JsonObject, RemoteComponent } from './types.ts';

export { topLevelKeys } from './body.ts';

export type Prepared =
  | {
      readonly kind: 'ok';
      readonly body: JsonObject;
      readonly text: string;
      readonly secretValues: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly message: string };

/** The exact text of the modify call, with the server's name, runtime stack and replica. */
export function prepareBody(
  desired: Desired,
  component: RemoteComponent,
  context: { readonly account: Account; readonly settings: Settings },
): Prepared {
  const built = build(desired, component, context);
  switch (built.kind) {
    case 'ok':
      return {
        kind: 'ok',
        body: built.body,
        text: JSON.stringify(built.body),
        secretValues: built.secretPointers.flatMap((pointer) => texts(at(built.body, pointer))),
      };
    case 'invalid':
      return {
        kind: 'invalid',
        message: clip(built.problems.map((p) => `${p.path} ${p.message}`).join('; '), 480),
      };
    case 'unresolved':
      return { kind: 'invalid', message: `Not every Secret value is known: ${built.paths.join(', ')}.` };
    default: {
      const never: never = built;
      return never;
    }
  }
}

function build(
  desired: Desired,
  component: RemoteComponent,
  { account, settings }: { readonly account: Account; readonly settings: Settings },
): BuiltBody {
  const { name, runtimeStack, replica } = component;
  const server = { name, runtimeStack, replica };
  return buildBody({
    component: desired.component,
    secrets: account.secrets,
    server,
    configIdWireName: settings.configIdWireName,
  });
}

function at(value: Json, pointer: string): Json | undefined {
  const names = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.reduce<Json | undefined>((node, name) => {
    if (typeof node !== 'object' || node === null) return undefined;
    return Object.hasOwn(node, name) ? (node as { readonly [key: string]: Json })[name] : undefined;
  }, value);
}

function texts(value: Json | undefined): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((member) => texts(member));
}

/** Where the component differs from the spec under the field rules; undefined when the body cannot be built. */
export function compareWithSpec(
  facts: Facts,
  component: RemoteComponent,
  account: Account,
): readonly Difference[] | undefined {
  const { spec } = facts.resource;
  if (spec.kind === 'invalid') return undefined;
  const built = build(spec.desired, component, { account, settings: facts.settings });
  return built.kind === 'ok' ? compareBody({ desired: built.body, remote: component.body }) : undefined;
}

export type Comparison =
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'compared';
      readonly after: 'job' | 'check';
      /** Keys the spec names that have another value. */
      readonly changed: readonly Difference[];
      /** Top-level keys that were sent before, are no longer in the spec and still have a value. */
      readonly removed: readonly Difference[];
      /** Something differs at a place that the spec says to ignore. */
      readonly ignored: 'yes' | 'no';
    };

/** The comparison of the verify read: only meaningful while the spec is the one that was sent. */
export function compareAfterJob(facts: Facts, operation: Operation, component: RemoteComponent): Comparison {
  const sent =
    operation.type === 'Modify' ? operation.specDigest : facts.resource.status.lastApplied?.specDigest;
  return compare(facts, component, { sent, after: 'job' });
}

/** The comparison of a check at rest. */
export function compareAtRest(facts: Facts, desired: Desired, component: RemoteComponent): Comparison {
  return compare(facts, component, { sent: desired.specDigest, after: 'check' });
}

interface Context {
  readonly sent: string | undefined;
  readonly after: 'job' | 'check';
}

function compare(facts: Facts, component: RemoteComponent, { sent, after }: Context): Comparison {
  const { spec, status } = facts.resource;
  const account = facts.reads.account;
  if (spec.kind === 'invalid' || spec.desired.specDigest !== sent) {
    return { kind: 'unknown', why: 'The spec was edited since; it is compared after its own job.' };
  }
  if (account?.kind !== 'ok') return { kind: 'unknown', why: 'The Secrets of the spec could not be read.' };
  const built = build(spec.desired, component, { account: account.value, settings: facts.settings });
  if (built.kind !== 'ok') return { kind: 'unknown', why: 'The body could not be built.' };
  const { ignoreDifferences } = spec.desired;
  const both = {
    desired: built.body,
    remote: component.body,
    removedKeys: removedKeys(status.lastApplied?.keys ?? [], built.body),
  };
  const all = compareBody(both);
  const differences =
    ignoreDifferences.length === 0 ? all : compareBody({ ...both, ignored: ignoreDifferences });
  return {
    kind: 'compared',
    after,
    ignored: differences.length < all.length ? 'yes' : 'no',
    changed: differences.filter((d) => d.kind !== 'removed'),
    removed: differences.filter((d) => d.kind === 'removed'),
  };
}

/** What the spec asks for and the server cannot change, as one text; undefined when nothing differs. */
export function immutableProblem(desired: Desired, component: RemoteComponent): string | undefined {
  const { name, runtimeStack } = component;
  const [first, ...more] = immutableDifferences(desired.component, { name, runtimeStack });
  if (first === undefined) return undefined;
  const others = more.length === 0 ? '' : ` The same holds for ${more.map((d) => d.path).join(', ')}.`;
  const shown = `${first.path} is "${clip(first.server, 64)}" in ServiceStage, which cannot change it to "${clip(first.spec, 64)}"`;
  return `${shown}; set it back, or name another component. Nothing was sent.${others}`;
}

/** Pointers of fields that the service does not show, so that they cannot be compared. */
export function writeOnlyPointers(desired: Desired): readonly string[] {
  return writeOnlyFields(digestInput(desired.component));
}
