// A CustomResourceDefinition document turned into resources, and the status a real server writes on one.
// Promises: one Resource per served version, all sharing a storage; a document that is no usable CRD throws a
// readable Error. Assumes conversion strategy None: versions differ in apiVersion only.
import { crdColumns } from './columns.ts';
import { clone, dig, digMap, digText, isMap, type Json, type JsonMap, type Obj, rfc3339 } from './json.ts';
import { jsonPath } from './jsonpath.ts';
import { OBJECT_META, TYPE_META } from './meta-schema.ts';
import type { Resource } from './resource.ts';
import type { Schema } from './schema/types.ts';

/** The resources that a CRD document declares. */
export function crdResources(crd: JsonMap): Resource[] {
  const group = digText(crd, 'spec', 'group');
  const names = digMap(crd, 'spec', 'names');
  const plural = digText(names, 'plural');
  const versions = dig(crd, 'spec', 'versions');
  if (group === '' || plural === '' || !Array.isArray(versions)) {
    throw new Error(
      'not a CustomResourceDefinition: spec.group, spec.names.plural and spec.versions are required',
    );
  }
  const shared = {
    group,
    plural,
    kind: digText(names, 'kind'),
    singular: digText(names, 'singular') || digText(names, 'kind').toLowerCase(),
    shortNames: texts(names.shortNames),
    categories: texts(names.categories),
    namespaced: digText(crd, 'spec', 'scope') !== 'Cluster',
    storage: `${plural}.${group}`,
    generation: true,
    custom: true,
  };
  const served = versions.filter(isMap).filter((version) => version.served === true);
  return served.map((version) => ({ ...shared, ...versionParts(version) }));
}

function versionParts(
  version: JsonMap,
): Pick<Resource, 'version' | 'subresources' | 'schema' | 'columns' | 'selectable'> {
  const fields = Array.isArray(version.selectableFields) ? version.selectableFields.filter(isMap) : [];
  const selectable = fields.map((field) => {
    const path = digText(field, 'jsonPath');
    const find = jsonPath(path);
    return [path.slice(1), (object: Obj) => String(find(object)[0] ?? '')] as const;
  });
  return {
    version: digText(version, 'name'),
    subresources: isMap(dig(version, 'subresources', 'status')) ? ['status'] : [],
    schema: rootSchema(digMap(version, 'schema', 'openAPIV3Schema') as Schema),
    columns: crdColumns(version.additionalPrinterColumns),
    selectable: Object.fromEntries(selectable),
  };
}

/** apiVersion, kind and metadata always have their own schema, whatever the CRD says about them. */
function rootSchema(declared: Schema): Schema {
  const properties = { ...declared.properties, ...TYPE_META, metadata: OBJECT_META };
  return { ...declared, type: 'object', properties };
}

/** What the server writes on an accepted CRD at once: names accepted, established, versions stored. */
export function establish(crd: Obj, nowMs: number): Obj {
  const made = clone(crd);
  const versions = Array.isArray(dig(crd, 'spec', 'versions'))
    ? (dig(crd, 'spec', 'versions') as Json[])
    : [];
  const stored = versions.filter((version) => dig(version, 'storage') === true);
  made.status = {
    acceptedNames: clone(digMap(crd, 'spec', 'names')),
    conditions: [
      condition('NamesAccepted', 'NoConflicts', { message: 'no conflicts found', nowMs }),
      condition('Established', 'InitialNamesAccepted', {
        message: 'the initial names have been accepted',
        nowMs,
      }),
    ],
    storedVersions: stored.map((version) => digText(version, 'name')),
  };
  return made;
}

function condition(
  type: string,
  reason: string,
  rest: { readonly message: string; readonly nowMs: number },
): JsonMap {
  const lastTransitionTime = rfc3339(rest.nowMs);
  return { type, status: 'True', reason, message: rest.message, lastTransitionTime };
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
