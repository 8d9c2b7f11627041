// The gate: who is calling, by token or by signature, and the refusals of the API gateway (APIGW.0301, 0302, 0307).
//
// Five bad signatures in a row lock an access key for five minutes of simulated time. The echo of the canonical request
// repeats what was signed, a security token included, as the real gateway does: no client may show it.
import { type Answer, gatewayError } from './answers.ts';
import {
  canonicalRequest,
  parseAuthorization,
  parseSdkDate,
  type SignedRequest,
  sameSignature,
  signatureOf,
} from './signature.ts';
import type { World } from './state.ts';

const maxSkewMs = 15 * 60_000;
const lockMs = 5 * 60_000;
const badSignaturesToLock = 5;

export interface AccessKey {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Present for temporary keys, which must be sent with it. */
  readonly securityToken?: string;
  /** Epoch ms. */
  readonly expiresAt?: number;
  /** Projects that the key may touch; absent = all. */
  readonly projectIds?: readonly string[];
}

export interface StaticToken {
  readonly token: string;
  readonly expiresAt?: number;
  readonly projectIds?: readonly string[];
}

export interface User {
  readonly username: string;
  readonly password: string;
  readonly domainName: string;
}

export interface Credentials {
  readonly tokens: readonly StaticToken[];
  readonly accessKeys: readonly AccessKey[];
  readonly users: readonly User[];
}

export type Admission =
  | { readonly kind: 'admitted'; readonly name: string }
  | { readonly kind: 'refused'; readonly answer: Answer };

interface Strikes {
  count: number;
  lockedUntil: number;
}

export class Gate {
  readonly #world: World;
  #credentials: Credentials;
  readonly #issued = new Map<string, StaticToken & { readonly name: string }>();
  readonly #strikes = new Map<string, Strikes>();

  constructor(world: World, credentials: Credentials) {
    this.#world = world;
    this.#credentials = credentials;
  }

  get credentials(): Credentials {
    return this.#credentials;
  }

  /** Replaces what the service accepts from now on; tokens issued earlier stay good. */
  setCredentials(credentials: Credentials): void {
    this.#credentials = credentials;
  }

  /** Issued tokens are no longer accepted (user disabled, password changed). */
  revokeIssuedTokens(): void {
    this.#issued.clear();
  }

  issue(token: StaticToken & { readonly name: string }): void {
    this.#issued.set(token.token, token);
  }

  /** Decides on a request for `projectId`. */
  admit(request: SignedRequest, projectId: string): Admission {
    const token = request.headers['x-auth-token'];
    const authorization = request.headers.authorization;
    if (token !== undefined && authorization !== undefined)
      return refused('both a token and a signature were sent');
    if (token !== undefined) return this.#admitToken(token, projectId);
    if (authorization !== undefined) return this.#admitSignature(request, authorization, projectId);
    return refused('neither x-auth-token nor Authorization was sent');
  }

  #admitToken(value: string, projectId: string): Admission {
    const held = this.#credentials.tokens.find((each) => each.token === value);
    const issued = this.#issued.get(value);
    const token = held ?? issued;
    if (token === undefined) return refused('decrypt token fail');
    if (token.expiresAt !== undefined && token.expiresAt <= this.#world.timeline.now())
      return refused('token expired', this.#world.settings.expiredTokenCode);
    return scoped(token.projectIds, projectId, issued?.name ?? 'token-user');
  }

  #admitSignature(request: SignedRequest, header: string, projectId: string): Admission {
    const authorization = parseAuthorization(header);
    if (authorization === undefined) return refused('malformed Authorization header');
    const { accessKey, signedHeaders, signature } = authorization;
    const key = this.#credentials.accessKeys.find((each) => each.accessKey === accessKey);
    if (key === undefined) return refused('get secretKey failed: the AK does not exist');
    const strikes = this.#strikes.get(accessKey) ?? { count: 0, lockedUntil: 0 };
    this.#strikes.set(accessKey, strikes);
    const now = this.#world.timeline.now();
    if (now < strikes.lockedUntil)
      return refused(`the AK ${accessKey} has reached the limit of failed attempts and is forbidden`);
    const date = request.headers['x-sdk-date'] ?? '';
    const at = signedHeaders.includes('x-sdk-date') ? parseSdkDate(date) : undefined;
    if (at === undefined) return refused('X-Sdk-Date is missing, malformed or not signed');
    if (Math.abs(now - at) > maxSkewMs)
      return refused('the clock of the client is off by more than 15 minutes');
    const canonical = canonicalRequest(request, signedHeaders);
    if (!sameSignature(signatureOf(canonical, date, key.secretKey), signature)) {
      strike(strikes, now);
      return refused(`verify aksk signature fail, canonicalRequest:${canonical.replaceAll('\n', '|')}`);
    }
    strikes.count = 0;
    return temporaryProblem(key, request, now) ?? scoped(key.projectIds, projectId, `user-of-${accessKey}`);
  }
}

function strike(strikes: Strikes, now: number): void {
  strikes.count += 1;
  if (strikes.count < badSignaturesToLock) return;
  strikes.count = 0;
  strikes.lockedUntil = now + lockMs;
}

function temporaryProblem(key: AccessKey, request: SignedRequest, now: number): Admission | undefined {
  if (key.securityToken !== undefined && request.headers['x-security-token'] !== key.securityToken)
    return refused('the security token is missing or does not belong to the AK');
  return key.expiresAt !== undefined && key.expiresAt <= now ? refused('the AK has expired') : undefined;
}

function scoped(projectIds: readonly string[] | undefined, projectId: string, name: string): Admission {
  if (projectIds === undefined || projectIds.includes(projectId)) return { kind: 'admitted', name };
  return {
    kind: 'refused',
    answer: gatewayError(403, 'APIGW.0302', 'The IAM user is not allowed to access the project'),
  };
}

function refused(reason: string, code = 'APIGW.0301'): Admission {
  return {
    kind: 'refused',
    answer: gatewayError(401, code, `Incorrect IAM authentication information: ${reason}`),
  };
}
