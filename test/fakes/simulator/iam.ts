// IAM `POST /v3/auth/tokens`: a password becomes a token of several KB in the header X-Subject-Token, with its expiry and
// its project in the body. Errors have IAM's own shape.
import { type Answer, iamError } from './answers.ts';
import type { Gate } from './auth.ts';
import { asList, asObject, asText, type Json } from './json.ts';
import type { World } from './state.ts';

/** Region name to project id, for scopes that name the project by its region. */
export type Projects = Readonly<Record<string, string>>;

const tokenLength = 2048;

/** 201 with X-Subject-Token, 400 for a body of another form, 401 for a wrong user or password. */
export function createToken(
  world: World,
  gate: Gate,
  request: { readonly body: Json | undefined; readonly projects: Projects },
): Answer {
  const auth = asObject(asObject(request.body).auth);
  const identity = asObject(auth.identity);
  if (!asList(identity.methods).includes('password'))
    return iamError(400, 'Expecting to find valid identity.methods in request body.');
  const given = asObject(asObject(identity.password).user);
  const domainName = asText(asObject(given.domain).name);
  const user = gate.credentials.users.find(
    (each) =>
      each.username === given.name && each.password === given.password && each.domainName === domainName,
  );
  if (user === undefined) return iamError(401, 'The username or password is wrong.');
  const scope = asObject(asObject(auth.scope).project);
  const region = asText(scope.name);
  const projectId = asText(scope.id) || request.projects[region];
  if (projectId === undefined) return iamError(400, 'The project of the scope does not exist.');
  const now = world.timeline.now();
  const expiresAt = now + world.settings.tokenLifetimeMs;
  const token = world.ids.hex(tokenLength);
  gate.issue({ token, expiresAt, projectIds: [projectId], name: user.username });
  return {
    status: 201,
    headers: { 'X-Subject-Token': token },
    body: {
      token: {
        methods: ['password'],
        expires_at: withMicroseconds(expiresAt),
        issued_at: withMicroseconds(now),
        project: { id: projectId, name: region, domain: { name: domainName } },
        user: { name: user.username, domain: { name: domainName } },
      },
    },
  };
}

function withMicroseconds(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}
