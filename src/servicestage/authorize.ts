// Puts the identity on a request and learns from the answer.
// Promises: a token or a signature, never both; temporary keys sign their security token; a refused access key is held
// by the KeyGate; a refused IAM token is renewed once. What is added here is secret and stays in the headers.
import type { Failure } from '../core/types.ts';
import { type Identity, secretsOf } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { type KeyGate, keyHash, type Settle } from './key-gate.ts';
import { authorization, type Query, sdkDate } from './sign.ts';
import type { TokenCache, Wish } from './token.ts';

/** The parts of a request that a signature covers. */
export interface Draft {
  readonly method: string;
  readonly path: string;
  readonly query: Query;
  readonly contentType: string;
  readonly body: string;
}

export interface Authorizer {
  /** Throws a CloudFailure when there is nothing to sign in with; rejects with the signal's reason when it fires. */
  authorize(draft: Draft, given: { wish: Wish; signal: AbortSignal }): Promise<Pass>;
}

/** How the service took the identity: `refused` is a 401 that is about the identity. */
export type Taken =
  | { readonly kind: 'taken' }
  | { readonly kind: 'unclear' }
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface Pass {
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  /** Must be called once. `again`: a new identity is at hand, the call may be repeated. */
  settle(taken: Taken): 'again' | 'stop';
}

export interface Stores {
  readonly gate: KeyGate;
  readonly tokens: TokenCache;
  readonly now: () => { readonly wall: number; readonly mono: number };
}

export interface Scope {
  readonly identity: Identity;
  readonly endpoint: Endpoint;
  readonly iam: Endpoint;
  readonly region: string;
  readonly projectId: string;
}

export function createAuthorizer(scope: Scope, stores: Stores): Authorizer {
  const { identity } = scope;
  switch (identity.kind) {
    case 'token':
      return {
        authorize: async () => ({
          headers: { 'x-auth-token': identity.token, 'x-project-id': scope.projectId },
          secrets: secretsOf(identity),
          settle: () => 'stop',
        }),
      };
    case 'key':
      return {
        authorize: async (draft, { signal }) => {
          const settle = await stores.gate.enter(keyOf(scope, identity), signal);
          return signedPass(draft, { scope, identity, settle, wallMs: stores.now().wall });
        },
      };
    case 'password':
      return { authorize: (_draft, given) => tokenPass(scope, { identity, stores, ...given }) };
    default: {
      const never: never = identity;
      return never;
    }
  }
}

type KeyIdentity = Identity & { kind: 'key' };

function keyOf(scope: Scope, identity: KeyIdentity): string {
  const { accessKey, secretKey, securityToken } = identity;
  return keyHash([scope.endpoint.origin, accessKey, secretKey, securityToken ?? '']);
}

function signedPass(
  draft: Draft,
  given: { scope: Scope; identity: KeyIdentity; settle: Settle; wallMs: number },
): Pass {
  const { scope, identity } = given;
  const signed = {
    'content-type': draft.contentType,
    host: scope.endpoint.host,
    'x-project-id': scope.projectId,
    'x-sdk-date': sdkDate(given.wallMs),
    ...(identity.securityToken === undefined ? {} : { 'x-security-token': identity.securityToken }),
  };
  return {
    headers: { ...signed, authorization: authorization({ ...draft, headers: signed }, identity) },
    secrets: secretsOf(identity),
    settle: (taken) => {
      given.settle(taken.kind === 'taken' ? { kind: 'proven' } : taken);
      return 'stop';
    },
  };
}

async function tokenPass(
  scope: Scope,
  given: { identity: Identity & { kind: 'password' }; stores: Stores; wish: Wish; signal: AbortSignal },
): Promise<Pass> {
  const { username, password, domainName } = given.identity;
  const { iam, region, projectId } = scope;
  const account = { username, password, domainName, iam, region, projectId };
  const token = await given.stores.tokens.get(account, given);
  return {
    headers: { 'x-auth-token': token, 'x-project-id': projectId },
    secrets: [password, token],
    settle: (taken) => {
      if (taken.kind !== 'refused') return 'stop';
      return given.stores.tokens.refused(account, token) === 'renewed' ? 'again' : 'stop';
    },
  };
}
