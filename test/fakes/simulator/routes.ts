// Which operation a request is. Paths that the gateway does not know answer 404 APIGW.0101 elsewhere.

export type Operation =
  | 'modifyComponent'
  | 'getComponent'
  | 'listComponents'
  | 'listAllComponents'
  | 'createComponent'
  | 'deleteComponent'
  | 'getJob'
  | 'actOnComponent'
  | 'listRecords'
  | 'refreshComponent'
  | 'createToken';

export interface Route {
  readonly operation: Operation | 'unknown';
  readonly projectId?: string;
  readonly applicationId?: string;
  readonly componentId?: string;
  readonly jobId?: string;
}

const application = '/v3/:projectId/cas/applications/:applicationId/components';
const component = `${application}/:componentId`;

const table: readonly (readonly [string, string, Operation])[] = [
  ['PUT', component, 'modifyComponent'],
  ['GET', component, 'getComponent'],
  ['DELETE', component, 'deleteComponent'],
  ['POST', application, 'createComponent'],
  ['GET', application, 'listComponents'],
  ['GET', '/v3/:projectId/cas/components', 'listAllComponents'],
  ['GET', '/v3/:projectId/cas/jobs/:jobId', 'getJob'],
  ['POST', `${component}/action`, 'actOnComponent'],
  ['GET', `${component}/records`, 'listRecords'],
  ['PUT', `${component}/refresh`, 'refreshComponent'],
  ['POST', '/v3/auth/tokens', 'createToken'],
];

const routes = table.map(([method, path, operation]) => ({
  method,
  pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
  operation,
}));

export const operations: readonly Operation[] = table.map(([, , operation]) => operation);

/** The operations that change something when they are accepted. */
export const writeOperations: readonly Operation[] = [
  'modifyComponent',
  'createComponent',
  'deleteComponent',
  'actOnComponent',
];

/** The operation and the names in its path, decoded. */
export function routeOf(method: string, pathname: string): Route {
  for (const route of routes) {
    const found = route.method === method ? route.pattern.exec(pathname) : null;
    if (found === null) continue;
    const names = Object.entries(found.groups ?? {}).map(([key, value]) => [key, decoded(value)]);
    return { operation: route.operation, ...Object.fromEntries(names) };
  }
  return { operation: 'unknown' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
