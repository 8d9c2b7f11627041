// diff: the spec against the component, by the operator's own rules of comparison. Names fields and kinds, never values: any
// of them may be a secret.
import { readFile } from 'node:fs/promises';
import { parseSpec } from '../../api/component.ts';
import { buildBody } from '../../core/body.ts';
import { compareBody, type Difference } from '../../core/diff.ts';
import type { Account } from '../../core/facts.ts';
import type { JsonObject } from '../../core/types.ts';
import type { Command } from '../arguments.ts';
import { CommandError, type Component, type Ports, type Result } from '../ports.ts';
import { chosenOne } from './chosen.ts';

export async function diff(command: Command, ports: Ports): Promise<Result> {
  const component = await chosenOne(command, ports);
  const { account, remote } =
    command.dump === undefined ? await live(component, ports) : await dumped(command.dump);
  const differences = compare(component, { account, remote, ports });
  const lines = differences.map(({ pointer, kind }) => `${KINDS[kind]} ${pointer}`);
  return {
    text: lines.length === 0 ? ['the component equals the spec'] : lines,
    data: differences,
    code: lines.length === 0 ? 0 : 1,
  };
}

const KINDS = { changed: '~', missing: '+', extra: '-', removed: '-' } as const;

interface Seen {
  readonly account: Account;
  readonly remote: JsonObject;
}

async function live(component: Component, { cloud }: Ports): Promise<Seen> {
  const { account, found } = await cloud.component(component);
  if (found.kind === 'missing')
    throw new CommandError(`ServiceStage has no such component: ${found.message}`);
  return { account, remote: found.value.body };
}

const NO_ACCOUNT: Account = { secrets: {}, secretDigest: undefined, keyId: undefined };

async function dumped(file: string): Promise<Seen> {
  try {
    return { account: NO_ACCOUNT, remote: JSON.parse(await readFile(file, 'utf8')) as JsonObject };
  } catch (error) {
    throw new CommandError(
      `--from-dump ${file} cannot be read as JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function compare(
  { spec }: Component,
  { account, remote, ports }: Seen & { readonly ports: Ports },
): readonly Difference[] {
  const parsed = parseSpec(spec);
  if (parsed.kind === 'invalid')
    throw new CommandError(
      `the spec is not valid: ${parsed.problems[0]?.path} ${parsed.problems[0]?.message}`,
    );
  const built = buildBody({
    component: parsed.spec.component as JsonObject,
    secrets: account.secrets,
    server: { name: String(remote.name ?? ''), runtimeStack: (remote.runtime_stack ?? {}) as JsonObject },
    configIdWireName: ports.settings.configIdWireName,
  });
  switch (built.kind) {
    case 'ok':
      return compareBody({ desired: built.body, remote });
    case 'invalid':
      throw new CommandError(
        `no body can be built: ${built.problems[0]?.path} ${built.problems[0]?.message}`,
      );
    case 'unresolved':
      throw new CommandError(
        `the spec refers to Secrets, so a dump is not enough: ${built.paths.join(', ')}`,
      );
    default: {
      const never: never = built;
      return never;
    }
  }
}
