// Requests that are questions, not objects: may I, who am I, and a token for a service account.
// Promises: access reviews answer by the same denials that requests meet; a token issued here is a bearer token that
// works until revoked. Nothing of this is stored.
import { type Answer, answer, type Context, type Operation } from './context.ts';
import { notFound } from './failure.ts';
import { clone, dig, digMap, digText, isMap, type JsonMap, rfc3339 } from './json.ts';
import type { Call, ResourceTarget, Verb } from './request.ts';

/** Answers a create request to a review API, or undefined when it is none. */
export function review(context: Context, target: ResourceTarget, call: Call): Answer | undefined {
  if (target.verb !== 'create') return undefined;
  const body = isMap(call.body) ? clone(call.body) : {};
  switch (`${target.group}/${target.resource}`) {
    case 'authorization.k8s.io/selfsubjectaccessreviews':
      return answer(201, accessReview(context, body, call));
    case 'authorization.k8s.io/selfsubjectrulesreviews':
      return answer(201, { ...body, status: everyRule() });
    case 'authentication.k8s.io/selfsubjectreviews':
      return answer(201, {
        ...body,
        status: { userInfo: { username: call.user, groups: ['system:authenticated'] } },
      });
    default:
      return undefined;
  }
}

function accessReview(context: Context, body: JsonMap, call: Call): JsonMap {
  const asked = digMap(body, 'spec', 'resourceAttributes');
  const target: ResourceTarget = {
    kind: 'resource',
    verb: digText(asked, 'verb') as Verb,
    group: digText(asked, 'group'),
    version: digText(asked, 'version'),
    resource: digText(asked, 'resource'),
    subresource: digText(asked, 'subresource'),
    namespace: digText(asked, 'namespace'),
    name: digText(asked, 'name'),
  };
  const allowed = context.access.allows({ target, userAgent: call.userAgent, user: call.user });
  return { ...body, status: { allowed } };
}

function everyRule(): JsonMap {
  return {
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  };
}

/** POST to serviceaccounts/NAME/token. */
export function issueToken({ context, target, call }: Operation): Answer {
  const { namespace, name } = target;
  if (!context.store.get('serviceaccounts', namespace, name)) {
    throw notFound({ group: '', kind: 'serviceaccounts', name });
  }
  const seconds = Number(dig(call.body, 'spec', 'expirationSeconds') ?? 3600);
  const token = `embedded-${context.uid()}`;
  context.access.grant(token, `system:serviceaccount:${namespace}:${name}`);
  const expirationTimestamp = rfc3339(context.now() + seconds * 1000);
  const body = isMap(call.body) ? clone(call.body) : {};
  return answer(201, {
    ...body,
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    status: { token, expirationTimestamp },
  });
}
