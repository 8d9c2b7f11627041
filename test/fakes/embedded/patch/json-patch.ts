// JSON Patch (RFC 6902) with the behaviour of the library the real server uses.
// Promises: the input is untouched; any operation that cannot be done refuses the whole patch with `patchFailed()`,
// which has no causes; a `test` for null holds for a missing key and `replace` of one adds it (both unlike the RFC, and
// pinned by conformance rows); a malformed patch document is a 400.
import { badRequest, patchFailed } from '../failure.ts';
import { clone, equal, isMap, type Json } from '../json.ts';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from: string | undefined;
  readonly value: Json | undefined;
}

/** Applies `patch` to a copy of `target`. */
export function jsonPatch(target: Json, patch: Json): Json {
  if (!Array.isArray(patch))
    throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  if (patch.length > 10_000) throw badRequest('the allowed maximum operations in a JSON patch is 10000');
  const root: Json = clone(target);
  for (const entry of patch) apply(root, operation(entry));
  return root;
}

function operation(entry: Json): Operation {
  if (!isMap(entry) || typeof entry.op !== 'string' || typeof entry.path !== 'string') {
    throw badRequest('JSON patch operations need op and path');
  }
  const from = typeof entry.from === 'string' ? entry.from : undefined;
  return { op: entry.op, path: entry.path, from, value: entry.value };
}

function apply(root: Json, { op, path, from, value }: Operation): void {
  const given = (): Json => clone(value ?? null);
  const source = (): Json => need(read(root, from ?? ''));
  if (op === 'test') {
    if (!equal(read(root, path) ?? null, value ?? null)) throw patchFailed();
  } else if (op === 'add') add(root, path, given());
  else if (op === 'remove') remove(root, path);
  else if (op === 'replace') replace(root, path, given());
  else if (op === 'copy') add(root, path, clone(source()));
  else if (op === 'move') {
    const moved = source();
    remove(root, from ?? '');
    add(root, path, moved);
  } else throw badRequest(`Unexpected kind: ${op}`);
}

function need(value: Json | undefined): Json {
  if (value === undefined) throw patchFailed();
  return value;
}

function stepsOf(path: string): string[] {
  if (!path.startsWith('/')) throw patchFailed();
  const steps = path.slice(1).split('/');
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(root: Json, path: string): Json | undefined {
  const steps = stepsOf(path);
  const last = steps.pop() ?? '';
  return child(parentOf(root, steps), last);
}

function child(parent: Json, step: string): Json | undefined {
  if (Array.isArray(parent)) return parent[indexIn(parent, step)];
  return isMap(parent) ? parent[step] : undefined;
}

function parentOf(root: Json, steps: readonly string[]): Json {
  return steps.reduce<Json>((at, step) => need(child(at, step)), root);
}

function indexIn(list: readonly Json[], step: string): number {
  const index = Number(step);
  if (!/^-?\d+$/.test(step)) throw patchFailed();
  return index < 0 ? list.length + index : index;
}

function add(root: Json, path: string, value: Json): void {
  const steps = stepsOf(path);
  const last = steps.pop() ?? '';
  const parent = parentOf(root, steps);
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : indexIn(parent, last);
    if (index < 0 || index > parent.length) throw patchFailed();
    parent.splice(index, 0, value);
    return;
  }
  if (!isMap(parent)) throw patchFailed();
  parent[last] = value;
}

function replace(root: Json, path: string, value: Json): void {
  const steps = stepsOf(path);
  const last = steps.pop() ?? '';
  const parent = parentOf(root, steps);
  if (Array.isArray(parent)) {
    need(child(parent, last));
    parent[indexIn(parent, last)] = value;
  } else if (isMap(parent)) parent[last] = value;
}

function remove(root: Json, path: string): void {
  const steps = stepsOf(path);
  const last = steps.pop() ?? '';
  const parent = parentOf(root, steps);
  need(child(parent, last));
  if (Array.isArray(parent)) parent.splice(indexIn(parent, last), 1);
  else if (isMap(parent)) delete parent[last];
}
