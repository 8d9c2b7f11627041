// Events in both of their API groups: stored once in the core/v1 form, shown also as events.k8s.io/v1.
// Promises: the field mapping and the stricter rules of the newer group (eventTime, reporter, action, reason) are
// those of a real server, which refuses an events.k8s.io event that lacks one of them.
import { age, textColumn } from './columns.ts';
import type { Cause } from './failure.ts';
import { digMap, digText, isMap, type JsonMap, type Obj } from './json.ts';
import { INTEGER, kindSchema, OPEN, TEXT, TIME } from './meta-schema.ts';
import type { Column, Resource } from './resource.ts';

/** Core name on the left, events.k8s.io name on the right. */
const RENAMED: readonly (readonly [string, string])[] = [
  ['message', 'note'],
  ['involvedObject', 'regarding'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

const SHARED = {
  reason: TEXT,
  type: TEXT,
  action: TEXT,
  eventTime: TIME,
  reportingInstance: TEXT,
  series: OPEN,
  related: OPEN,
};

const CORE_FIELDS = {
  ...SHARED,
  message: TEXT,
  involvedObject: OPEN,
  source: OPEN,
  firstTimestamp: TIME,
  lastTimestamp: TIME,
  count: INTEGER,
  reportingComponent: TEXT,
};

const NEW_FIELDS = {
  ...SHARED,
  note: TEXT,
  regarding: OPEN,
  deprecatedSource: OPEN,
  deprecatedFirstTimestamp: TIME,
  deprecatedLastTimestamp: TIME,
  deprecatedCount: INTEGER,
  reportingController: TEXT,
};

/** The two resources of the kind Event. */
export function eventResources(): Resource[] {
  const shared = {
    kind: 'Event',
    plural: 'events',
    singular: 'event',
    shortNames: ['ev'],
    categories: [],
    namespaced: true,
    storage: 'events',
    subresources: [],
    generation: false,
    custom: false,
    columns: eventColumns(),
  };
  return [
    {
      ...shared,
      group: '',
      version: 'v1',
      schema: kindSchema(CORE_FIELDS),
      selectable: selectable('involvedObject'),
    },
    {
      ...shared,
      group: 'events.k8s.io',
      version: 'v1',
      schema: kindSchema(NEW_FIELDS),
      selectable: selectable('regarding'),
      toStorage: (object) => rename(object, ([core, newer]) => [newer, core]),
      fromStorage: (object) => rename(object, (pair) => pair),
      check: checkNewEvent,
    },
  ];
}

type Pair = readonly [string, string];

function rename(object: Obj, turn: (pair: Pair) => Pair): Obj {
  const names = new Map(RENAMED.map(turn));
  const entries = Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value]);
  return Object.fromEntries(entries) as Obj;
}

/** Selectors read the stored (core) form under both names of the object reference. */
function selectable(reference: string): Resource['selectable'] {
  const parts = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  const ofObject = parts.map((part) => {
    const read = (object: Obj): string => digText(digMap(object, 'involvedObject'), part);
    return [`${reference}.${part}`, read] as const;
  });
  const own = ['reason', 'type', 'reportingComponent'].map((key) => {
    return [key, (object: Obj): string => digText(object, key)] as const;
  });
  const source = (object: Obj): string => digText(object, 'source', 'component');
  return { ...Object.fromEntries([...ofObject, ...own]), source };
}

/** Judges the stored form of an event that came in through events.k8s.io. */
function checkNewEvent(object: Obj, old: Obj | undefined): Cause[] {
  if (old) return [];
  const causes: Cause[] = [];
  const need = (field: string, holds: boolean, message: string): void => {
    if (!holds)
      causes.push({
        reason: message === 'Required value' ? 'FieldValueRequired' : 'FieldValueInvalid',
        message,
        field,
      });
  };
  const value = (key: string): string => digText(object, key);
  const about = digText(object, 'involvedObject', 'namespace');
  need('involvedObject.namespace', about === '' || about === object.metadata.namespace, mismatch(about));
  need('eventTime', value('eventTime') !== '', 'Required value');
  need('reportingController', value('reportingComponent') !== '', 'Required value');
  need('reportingInstance', value('reportingInstance') !== '', 'Required value');
  need('action', value('action') !== '', 'Required value');
  need('reason', value('reason') !== '', 'Required value');
  need('note', value('message').length <= 1024, 'Invalid value: "": can have at most 1024 characters');
  need('reason', value('reason').length <= 128, 'Invalid value: "": can have at most 128 characters');
  const typed = ['Normal', 'Warning'].includes(value('type'));
  need('type', typed, `Invalid value: "${value('type')}": has invalid value`);
  return causes;
}

function mismatch(namespace: string): string {
  return `Invalid value: "${namespace}": does not match event.namespace`;
}

function eventColumns(): Column[] {
  return [
    { name: 'Last Seen', type: 'string', priority: 0, cell: (object, nowMs) => age(lastSeen(object), nowMs) },
    textColumn('Type', 'type'),
    textColumn('Reason', 'reason'),
    { name: 'Object', type: 'string', priority: 0, cell: (object) => about(object) },
    { ...textColumn('Source', 'reportingComponent'), priority: 1 },
    { name: 'Message', type: 'string', priority: 0, cell: (object) => digText(object, 'message').trim() },
    { name: 'Count', type: 'string', priority: 1, cell: (object) => object.count ?? seriesCount(object) },
    { name: 'Name', type: 'string', format: 'name', priority: 1, cell: (object) => object.metadata.name },
  ];
}

function about(object: Obj): string {
  const reference = digMap(object, 'involvedObject');
  return `${digText(reference, 'kind').toLowerCase()}/${digText(reference, 'name')}`;
}

function lastSeen(object: Obj): string {
  const series = digText(object, 'series', 'lastObservedTime');
  return series || digText(object, 'lastTimestamp') || digText(object, 'eventTime');
}

function seriesCount(object: Obj): number {
  const series: JsonMap = isMap(object.series) ? object.series : {};
  return typeof series.count === 'number' ? series.count : 1;
}
