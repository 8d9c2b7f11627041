// Label and field selectors as predicates over stored objects.
// Promises: the full label syntax (=, ==, !=, in, notin, exists, not exists) and = / != on fields; a field that the
// kind cannot select by is refused with 400, as on a real server.
import { badRequest } from './failure.ts';
import type { Obj } from './json.ts';
import { groupVersion, type Resource } from './resource.ts';

export type Predicate = (object: Obj) => boolean;

const everything: Predicate = () => true;

/** Both selectors of a request, as one predicate. */
export function selected(resource: Resource, query: URLSearchParams): Predicate {
  const byLabel = labelPredicate(query.get('labelSelector') ?? '');
  const byField = fieldPredicate(resource, query.get('fieldSelector') ?? '');
  if (byLabel === everything) return byField;
  return (object) => byLabel(object) && byField(object);
}

export function labelPredicate(text: string): Predicate {
  if (text.trim() === '') return everything;
  const terms = text.split(/,(?![^(]*\))/).map((term) => labelTerm(term.trim()));
  return (object) => terms.every((term) => term(object.metadata.labels ?? {}));
}

type LabelTerm = (labels: Readonly<Record<string, string>>) => boolean;

function labelTerm(term: string): LabelTerm {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set)
    return setTerm(
      set[1] ?? '',
      set[2] ?? '',
      (set[3] ?? '').split(',').map((item) => item.trim()),
    );
  const pair = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(term);
  if (pair) {
    const [, key = '', sign, value = ''] = pair;
    return sign === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const exists = /^(!?)\s*([^\s=!()]+)$/.exec(term);
  if (!exists) throw badRequest(`unable to parse requirement: ${term}`);
  const [, not, key = ''] = exists;
  return not ? (labels) => !(key in labels) : (labels) => key in labels;
}

function setTerm(key: string, sign: string, values: readonly string[]): LabelTerm {
  if (sign === 'in') return (labels) => key in labels && values.includes(labels[key] ?? '');
  return (labels) => !(key in labels) || !values.includes(labels[key] ?? '');
}

function fieldPredicate(resource: Resource, text: string): Predicate {
  if (text.trim() === '') return everything;
  const terms = text.split(/(?<!\\),/).map((term) => fieldTerm(resource, text, term.trim()));
  return (object) => terms.every((term) => term(object));
}

function fieldTerm(resource: Resource, whole: string, term: string): Predicate {
  const match = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(term);
  if (!match) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const [, field = '', sign, raw = ''] = match;
  const value = raw.replace(/\\([,=\\])/g, '$1');
  const read = fieldReader(resource, field);
  if (!read) throw badRequest(unknownField(resource, whole, field));
  return sign === '!=' ? (object) => read(object) !== value : (object) => read(object) === value;
}

function fieldReader(resource: Resource, field: string): ((object: Obj) => string) | undefined {
  if (field === 'metadata.name') return (object) => object.metadata.name;
  if (field === 'metadata.namespace' && resource.namespaced)
    return (object) => object.metadata.namespace ?? '';
  return resource.selectable[field];
}

function unknownField(resource: Resource, whole: string, field: string): string {
  const kind = `${groupVersion(resource)}, Resource=${resource.plural}`;
  return `Unable to find "${kind}" that match label selector "", field selector "${whole}": field label not supported: ${field}`;
}
