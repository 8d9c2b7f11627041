// One watch: which events a client is owed, from a version on, as a stream of JSON lines.
// Promises: no event is lost or doubled between the start version and the live feed; an object that enters or leaves
// the selectors appears as ADDED or DELETED; bookmarks come two seconds before the end and on a beat, as on a real
// server; a start below the compaction floor is answered with a 410 event.
// Leaves to others: how bytes reach the client and how they may be spoiled (wire.ts).
import type { Operation } from './context.ts';
import { ApiFailure, expired, invalid } from './failure.ts';
import type { JsonMap, Obj } from './json.ts';
import { representEvent, type Style } from './represent.ts';
import { groupVersion, present } from './resource.ts';
import { type Predicate, selected } from './selector.ts';
import type { Change } from './store.ts';
import type { Wire } from './wire.ts';

export interface WatchOptions {
  readonly style: Style;
  readonly bookmarkEveryMs: number;
}

/** A running watch. */
export interface Watching {
  /** Sends a bookmark now, if the client asked for bookmarks. */
  readonly bookmark: () => void;
  readonly stop: () => void;
}

interface Plan {
  readonly start: number;
  readonly initial: readonly Obj[];
  readonly bookmarks: boolean;
  readonly endsInitial: boolean;
}

/** Checks the request; throws what a real server refuses before the stream opens. */
export function planWatch(operation: Operation): (wire: Wire, options: WatchOptions) => Watching {
  const wanted = selected(operation.resource, operation.call.query);
  refuseBadOptions(operation.call.query);
  return (wire, options) => run(operation, wanted, { wire, ...options });
}

type Line = (type: string, object: Obj) => void;

function run(operation: Operation, wanted: Predicate, how: WatchOptions & { wire: Wire }): Watching {
  const { context, resource, call } = operation;
  const inView = viewOf(operation, wanted);
  const line: Line = (type, object) => how.wire.send(event(type, representEvent(type, object, how.style)));
  const plan = planOf(operation);
  if (plan instanceof ApiFailure) return fail(how.wire, plan);
  const bookmark = (annotations?: Obj['metadata']['annotations']): void => {
    if (plan.bookmarks) line('BOOKMARK', bookmarkObject(operation, context.store.version, annotations));
  };
  const seen = (change: Change): void =>
    forward(change, inView, (type, object) => line(type, present(resource, object)));
  for (const object of plan.initial.filter(inView)) line('ADDED', present(resource, object));
  if (plan.endsInitial) bookmark({ 'k8s.io/initial-events-end': 'true' });
  for (const change of context.store.since(resource.storage, plan.start)) seen(change);
  const unsubscribe = context.store.subscribe((change) => {
    if (change.storage === resource.storage) seen(change);
  });
  const timers = schedule(call.query, how, bookmark);
  const stop = (): void => {
    unsubscribe();
    timers.stop();
    how.wire.end();
  };
  how.wire.onClose(stop);
  timers.onEnd(stop);
  return { bookmark, stop };
}

function fail(wire: Wire, failure: ApiFailure): Watching {
  wire.send(event('ERROR', failure.status));
  wire.end();
  return { bookmark: () => undefined, stop: () => undefined };
}

function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function planOf({ context, resource, call }: Operation): Plan | ApiFailure {
  const { store } = context;
  const asked = Number(call.query.get('resourceVersion') || 0);
  const bookmarks = call.query.get('allowWatchBookmarks') === 'true';
  const endsInitial = call.query.get('sendInitialEvents') === 'true';
  const fresh = asked === 0 || endsInitial;
  if (fresh && call.query.get('sendInitialEvents') !== 'false') {
    return { start: store.version, initial: store.all(resource.storage), bookmarks, endsInitial };
  }
  const floor = store.floor(resource.storage);
  if (asked !== 0 && asked < floor) return expired(`too old resource version: ${asked} (${floor})`);
  return { start: asked || store.version, initial: [], bookmarks, endsInitial: false };
}

function viewOf({ target }: Operation, wanted: Predicate): Predicate {
  const { namespace, name } = target;
  return (object) => {
    if (namespace !== '' && object.metadata.namespace !== namespace) return false;
    if (name !== '' && object.metadata.name !== name) return false;
    return wanted(object);
  };
}

/** What a change means to a client that only sees what is in view. */
function forward({ kind, object, previous }: Change, inView: Predicate, line: Line): void {
  const before = previous !== undefined && inView(previous);
  const after = kind !== 'DELETED' && inView(object);
  if (after) line(before ? 'MODIFIED' : 'ADDED', object);
  else if (before) line('DELETED', leaving(kind === 'DELETED' ? object : previous, object));
}

/** An object that leaves the view is shown as it was, at the version of the leaving. */
function leaving(shown: Obj, object: Obj): Obj {
  const { resourceVersion } = object.metadata;
  return { ...shown, metadata: { ...shown.metadata, resourceVersion } };
}

function bookmarkObject(
  { resource }: Operation,
  version: number,
  annotations: Obj['metadata']['annotations'],
): Obj {
  const metadata: JsonMap = { resourceVersion: String(version), creationTimestamp: null };
  if (annotations) metadata.annotations = annotations;
  return { kind: resource.kind, apiVersion: groupVersion(resource), metadata } as Obj;
}

interface Timers {
  readonly stop: () => void;
  readonly onEnd: (end: () => void) => void;
}

function schedule(query: URLSearchParams, how: WatchOptions, bookmark: () => void): Timers {
  const endsInMs = Number(query.get('timeoutSeconds') ?? 0) * 1000;
  let end = (): void => undefined;
  let beat: NodeJS.Timeout;
  const next = (): void => {
    bookmark();
    beat = setTimeout(next, how.bookmarkEveryMs);
  };
  const untilLast = endsInMs > 2000 ? endsInMs - 2000 : how.bookmarkEveryMs;
  beat = setTimeout(next, Math.min(untilLast, how.bookmarkEveryMs));
  const ending = endsInMs > 0 ? setTimeout(() => end(), endsInMs) : undefined;
  return {
    stop: () => {
      clearTimeout(beat);
      clearTimeout(ending);
    },
    onEnd: (wanted) => {
      end = wanted;
    },
  };
}

function refuseBadOptions(query: URLSearchParams): void {
  const initial = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch') ?? '';
  const refuse = (field: string, text: string): never => {
    const cause = { reason: 'FieldValueForbidden', message: `Forbidden: ${text}`, field };
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions', name: '' }, [cause]);
  };
  if (initial === null && match !== '') {
    refuse(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
  }
  if (initial !== null && match !== 'NotOlderThan') {
    refuse('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
}
