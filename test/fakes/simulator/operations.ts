// One request to one answer, without a socket: gate, permission, operation. The same path serves requests that are
// accepted late.
import { actOnComponent, refreshComponent } from './actions.ts';
import { type Answer, gatewayError, invalidParameter, unknownApi } from './answers.ts';
import type { Gate } from './auth.ts';
import type { Call } from './call.ts';
import { createToken, type Projects } from './iam.ts';
import type { Json } from './json.ts';
import { getComponent, getJob, listAllComponents, listComponents, listRecords } from './reads.ts';
import type { Operation, Route } from './routes.ts';
import type { SignedRequest } from './signature.ts';
import type { World } from './state.ts';
import { createComponent, deleteComponent, modifyComponent } from './writes.ts';

/** AK/SK cannot sign more; the gateway refuses larger bodies altogether. */
export const largestBody = 12 * 1024 * 1024;

export interface Service {
  readonly world: World;
  readonly gate: Gate;
  readonly projects: Projects;
}

const perform: Readonly<Record<Exclude<Operation, 'createToken'>, (world: World, call: Call) => Answer>> = {
  modifyComponent,
  getComponent,
  listComponents,
  listAllComponents,
  createComponent,
  deleteComponent,
  getJob,
  actOnComponent,
  listRecords,
  refreshComponent,
};

/** What the cloud says to the request, and does. `request.url` is path and query. */
export function answerTo(service: Service, route: Route, request: SignedRequest): Answer {
  const { world, gate } = service;
  const { operation, projectId = '' } = route;
  if (operation === 'unknown') return unknownApi();
  if (request.body.length > largestBody) return gatewayError(413, 'APIGW.0201', 'Request entity too large');
  if (operation === 'createToken')
    return createToken(world, gate, { body: parsed(request.body), projects: service.projects });
  const admission = gate.admit(request, projectId);
  if (admission.kind === 'refused') return admission.answer;
  if (world.settings.forbidden.includes(operation))
    return gatewayError(403, 'APIGW.0302', `The IAM user is not allowed to perform ${operation}`);
  const body = parsed(request.body);
  const problem = contentProblem(request, body);
  if (problem !== undefined) return invalidParameter(problem);
  const { applicationId = '', componentId = '', jobId = '' } = route;
  const query = new URL(request.url, 'http://simulator').searchParams;
  const call = { projectId, applicationId, componentId, jobId, query, body, creator: admission.name };
  return perform[operation](world, call);
}

/** The body as JSON; undefined when it is empty or no JSON. */
export function parsed(body: Buffer): Json | undefined {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function contentProblem(request: SignedRequest, body: Json | undefined): string | undefined {
  if (request.body.length === 0) return undefined;
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    return 'Content-Type: must be application/json';
  return body === undefined ? 'body: is not valid JSON' : undefined;
}
