// The components that a command speaks of: by name, by selector, or all of a namespace.
import type { Command } from '../arguments.ts';
import { CommandError, type Component, type Ports } from '../ports.ts';

/** Throws a `NotFoundError` for a name that does not exist. */
export async function chosen(command: Command, { cluster }: Ports): Promise<readonly Component[]> {
  const { names, selector, everywhere, namespace = 'default' } = command;
  if (names.length === 0) return cluster.list(everywhere === 'yes' ? undefined : namespace, selector);
  return Promise.all(names.map((name) => one({ namespace, name }, cluster)));
}

/** The one that a command names. */
export async function chosenOne(command: Command, { cluster }: Ports): Promise<Component> {
  return one({ namespace: command.namespace ?? 'default', name: command.names[0] ?? '' }, cluster);
}

async function one(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  cluster: Ports['cluster'],
): Promise<Component> {
  const found = await cluster.get(namespace, name);
  if (found === undefined)
    throw new NotFoundError(`servicestagecomponent ${namespace}/${name} does not exist`);
  return found;
}

export class NotFoundError extends CommandError {}
