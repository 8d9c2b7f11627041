// What belongs to the server: name, runtime stack and number of instances. The modify call carries the server's values; a
// spec that says otherwise is told so. Compared key by key, since the service fills some of them by itself.
import { COMPONENT_SHAPE } from '../api/component-shape.ts';
import { type Fields, isFields, own } from './paths.ts';
import type { Json, JsonObject } from './types.ts';

/** As the service reports them; `runtimeStack` with wire names. */
export interface ServerValues {
  readonly name: string;
  readonly runtimeStack: JsonObject;
  readonly replica?: number | undefined;
}

/** Where the spec contradicts what cannot be changed on the server. */
export interface ImmutableDifference {
  /** Path of the field as Kubernetes writes it. */
  readonly path: string;
  readonly spec: string;
  readonly server: string;
}

/** Compared key by key; what the server does not tell equals anything, and so does an empty version on either side. */
export function immutableDifferences(
  component: Fields,
  remote: { readonly name: string; readonly runtimeStack: JsonObject },
): readonly ImmutableDifference[] {
  const stack = own(component, 'runtimeStack');
  const pairs = runtimeStackFields().map(({ name, wire }) => ({
    path: `spec.component.runtimeStack.${name}`,
    wildcard: name === 'version',
    spec: isFields(stack) ? own(stack, name) : undefined,
    server: own(remote.runtimeStack, wire),
  }));
  const name = {
    path: 'spec.component.name',
    wildcard: false,
    spec: own(component, 'name'),
    server: remote.name,
  };
  return [name, ...pairs].flatMap(({ path, wildcard, spec, server }) => {
    const unknown = spec === undefined || server === undefined || server === null || server === '';
    if (unknown || (wildcard && spec === '') || spec === server) return [];
    return [{ path, spec: String(spec), server: String(server) }];
  });
}

/** A body with the values of the server; what the server does not tell stays as written. */
export function withServerValues(written: JsonObject, server: ServerValues): JsonObject {
  const known = runtimeStackFields().flatMap(({ wire }): [string, Json][] => {
    const value = own(server.runtimeStack, wire) as Json | undefined;
    return value === undefined || value === null ? [] : [[wire, value]];
  });
  const spec = own(written, 'runtime_stack');
  const stack = { ...(isFields(spec) ? (spec as JsonObject) : {}), ...Object.fromEntries(known) };
  const values = new Map<string, Json>(
    Object.entries({ ...written, name: server.name, runtime_stack: stack }),
  );
  if (server.replica !== undefined) values.set('replica', server.replica);
  return inTableOrder(values);
}

function inTableOrder(values: ReadonlyMap<string, Json>): JsonObject {
  const order = new Map([...COMPONENT_SHAPE.byWire.keys()].map((wire, index) => [wire, index]));
  const place = ([wire]: readonly [string, Json]) => order.get(wire) ?? order.size;
  return Object.fromEntries([...values].toSorted((a, b) => place(a) - place(b)));
}

function runtimeStackFields(): readonly { readonly name: string; readonly wire: string }[] {
  const shape = COMPONENT_SHAPE.byName.get('runtimeStack')?.shape;
  if (shape?.kind !== 'object') throw new TypeError('runtimeStack is not a table');
  return shape.table.fields.flatMap(({ name, wire }) => (wire === undefined ? [] : [{ name, wire }]));
}
