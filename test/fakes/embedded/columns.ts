// Cells of table output: ages, JSONPath columns of a CRD, and the two columns every kind has.
// Promises: ages and dates read as kubectl prints them (k8s.io/apimachinery HumanDuration).
import type { Json, JsonMap } from './json.ts';
import { digText, isMap } from './json.ts';
import { jsonPath } from './jsonpath.ts';
import type { Column } from './resource.ts';

export const NAME_COLUMN: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  priority: 0,
  cell: (object) => object.metadata.name,
};

export const AGE_COLUMN: Column = {
  name: 'Age',
  type: 'date',
  description: 'Time since the object was created.',
  priority: 0,
  cell: (object, nowMs) => age(object.metadata.creationTimestamp, nowMs),
};

/** A column that reads text at a fixed path. */
export function textColumn(name: string, ...path: readonly string[]): Column {
  return { name, type: 'string', priority: 0, cell: (object) => digText(object, ...path) };
}

/** The columns of a CRD version; a CRD that names none gets Age, as on a real server. */
export function crdColumns(declared: Json | undefined): Column[] {
  const list = Array.isArray(declared) ? declared.filter(isMap) : [];
  return [NAME_COLUMN, ...(list.length === 0 ? [AGE_COLUMN] : list.map(crdColumn))];
}

function crdColumn(declared: JsonMap): Column {
  const find = jsonPath(digText(declared, 'jsonPath'));
  const type = digText(declared, 'type');
  return {
    name: digText(declared, 'name'),
    type,
    ...(declared.format ? { format: digText(declared, 'format') } : {}),
    description: digText(declared, 'description') || digText(declared, 'jsonPath'),
    priority: typeof declared.priority === 'number' ? declared.priority : 0,
    cell: (object, nowMs) => crdCell(type, find(object), nowMs),
  };
}

function crdCell(type: string, found: readonly Json[], nowMs: number): Json {
  const first = found[0];
  if (first === undefined) return null;
  if (type === 'string')
    return found.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(' ');
  if (type === 'date') return typeof first === 'string' ? age(first, nowMs) : '<invalid>';
  return first;
}

/** Time from `timestamp` until `nowMs` in kubectl's short form; `<unknown>` for no timestamp. */
export function age(timestamp: string | undefined, nowMs: number): string {
  const from = Date.parse(timestamp ?? '');
  return Number.isNaN(from) ? '<unknown>' : humanDuration(nowMs - from);
}

/** `95s`, `2m5s`, `14m`, `3h`, `2d3h`, `1y40d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 120) return `${Math.max(seconds, 0)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', { count: seconds % 60, unit: 's' });
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair(hours, 'h', { count: minutes % 60, unit: 'm' });
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return pair(days, 'd', { count: hours % 24, unit: 'h' });
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? pair(years, 'y', { count: days % 365, unit: 'd' }) : `${years}y`;
}

function pair(count: number, unit: string, rest: { readonly count: number; readonly unit: string }): string {
  return rest.count === 0 ? `${count}${unit}` : `${count}${unit}${rest.count}${rest.unit}`;
}
