// The API server of the model: JSON patches with their tests, generations, the release of a deleted object.
import { ANNOTATIONS } from '../../../src/api/names.ts';
import type { JsonPatch, KubeObject } from '../../../src/controller/ports.ts';
import type { JsonObject } from '../../../src/core/types.ts';
import { judgedWrite } from './judge.ts';
import { broke, type LateWrite, versionOf, type World, withProcess } from './state.ts';

type Members = Record<string, unknown>;

/** The object after a status patch; undefined when one of its tests fails. */
export function patchedStatus(object: KubeObject, patch: JsonPatch): KubeObject | undefined {
  let next: Members = { metadata: object.metadata, status: object.status };
  for (const operation of patch) {
    const path = operation.path.split('/').slice(1);
    if (operation.op === 'test') {
      if (valueAt(next, path) !== operation.value) return undefined;
    } else next = written(next, path, operation.op === 'remove' ? undefined : operation.value);
  }
  // The server prunes what is undefined: nothing of that kind may reach it.
  const status = JSON.parse(JSON.stringify(next.status)) as JsonObject;
  return bumped({ ...object, status });
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Members | undefined)?.[name], root);
}

function written(root: Members, [name = '', ...rest]: readonly string[], value: unknown): Members {
  if (rest.length > 0) return { ...root, [name]: written((root[name] ?? {}) as Members, rest, value) };
  const { [name]: _old, ...others } = root;
  return value === undefined ? others : { ...others, [name]: value };
}

export function bumped(object: KubeObject, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  const resourceVersion = String(versionOf(object) + 1);
  return { ...object, metadata: { ...object.metadata, ...metadata, resourceVersion } };
}

/** A user's edit of the spec: a new generation, and a cause when the configuration changed. */
export function edited(
  world: World,
  change: { readonly component?: JsonObject; readonly spec?: JsonObject },
): World {
  const { object, ledger } = world;
  if (object === undefined) return world;
  const generation = object.metadata.generation + 1;
  const before = object.spec.component as JsonObject;
  const component = { ...before, ...change.component };
  const spec = { ...object.spec, ...change.spec, component };
  const { replica: was, ...configBefore } = before;
  const { replica, ...config } = component as JsonObject;
  const same = JSON.stringify(config) === JSON.stringify(configBefore);
  return {
    ...world,
    object: bumped({ ...object, spec }, { generation }),
    ledger: {
      ...ledger,
      causeOf: [...ledger.causeOf, same ? (ledger.causeOf.at(-1) ?? 0) : generation],
      versionOf: [...ledger.versionOf, String(component.version)],
      replicaOf: [...ledger.replicaOf, replica as number | undefined],
      replicaCauseOf: [
        ...ledger.replicaCauseOf,
        replica === was ? (ledger.replicaCauseOf.at(-1) ?? 0) : generation,
      ],
    },
  };
}

export function annotated(world: World, annotations: Readonly<Record<string, string>>): World {
  const { object } = world;
  if (object === undefined) return world;
  const next = bumped(object, { annotations: { ...object.metadata.annotations, ...annotations } });
  const token = annotations[ANNOTATIONS.force];
  const counts = token !== undefined && (object.status?.observedGeneration ?? -1) !== -1;
  const { ledger } = world;
  return {
    ...world,
    object: next,
    ledger: counts ? { ...ledger, forced: [...ledger.forced, token] } : ledger,
  };
}

export function deleted(world: World): World {
  const { object, ledger } = world;
  if (object === undefined) return world;
  if ((object.metadata.finalizers ?? []).length === 0) return { ...world, object: undefined };
  const generation = object.metadata.generation + 1;
  const marked = bumped(object, { generation, deletionTimestamp: '2026-01-01T00:00:00Z' });
  const repeated = <T>(list: readonly T[]): readonly T[] => [...list, ...list.slice(-1)];
  return {
    ...world,
    object: marked,
    ledger: {
      ...ledger,
      causeOf: repeated(ledger.causeOf),
      versionOf: repeated(ledger.versionOf),
      replicaOf: repeated(ledger.replicaOf),
      replicaCauseOf: repeated(ledger.replicaCauseOf),
    },
  };
}

export function withFinalizers(world: World, finalizers: readonly string[]): World {
  const { object } = world;
  if (object === undefined) return broke(world, ['a finalizer of an absent object was changed']);
  const next = bumped(object, { finalizers });
  const gone = finalizers.length === 0 && object.metadata.deletionTimestamp !== undefined;
  return { ...world, object: gone ? undefined : next };
}

/** The world after a status write has reached the API server; undefined when one of its tests fails. */
export function stored(world: World, patch: JsonPatch): World | undefined {
  const before = world.object;
  if (before === undefined || patch.length === 0) return world;
  const object = patchedStatus(before, patch);
  if (object === undefined) return undefined;
  const ledger = { ...world.ledger, statusWrites: world.ledger.statusWrites + 1 };
  const next: World = { ...world, object, ledger };
  return broke(next, judgedWrite(before, next));
}

/** A write that was on its way lands, or fails one of its tests: nobody hears of either. */
export function landed(world: World, write: LateWrite): World {
  const late = world.late.filter((each) => each !== write);
  return { ...(stored(world, write.patch) ?? world), late };
}

/** What the watches that are on time have brought: news wake the leader, between two passes at once. */
export function watched(world: World): World {
  const { object } = world;
  if (object === undefined) return world;
  const version = versionOf(object);
  let next = world;
  for (const [index, process] of world.processes.entries()) {
    if (!process.leading || process.watch === 'lags' || process.seenVersion >= version) continue;
    const due = process.pass === undefined ? { dueMono: world.mono } : {};
    next = withProcess(next, index, { view: object, seenVersion: version, ...due });
  }
  return next;
}
