// Who may talk to the server: bearer tokens and denials.
// Promises: without configured tokens everyone is `anonymous-admin`; with them, an unknown or revoked token is 401. A denial
// makes matching requests 403 in the wording of RBAC, until it is lifted. There are no roles: what is not denied is allowed.
import { ApiFailure, forbidden, unauthorized } from './failure.ts';
import { type Asker, type Match, matches } from './faults.ts';
import type { ResourceTarget } from './request.ts';

export class Access {
  readonly #tokens: Map<string, string>;
  readonly #guarded: boolean;
  #denials: Match[] = [];

  constructor(tokens: Readonly<Record<string, string>> | undefined) {
    this.#guarded = tokens !== undefined;
    this.#tokens = new Map(Object.entries(tokens ?? {}));
  }

  /** The user behind an Authorization header. Throws 401. */
  userOf(authorization: string | undefined): string {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '';
    const user = this.#tokens.get(token);
    if (user) return user;
    if (this.#guarded || token.startsWith('embedded-')) throw unauthorized();
    return 'anonymous-admin';
  }

  grant(token: string, user: string): void {
    this.#tokens.set(token, user);
  }

  revoke(token: string): void {
    this.#tokens.delete(token);
  }

  /** Refuses matching requests from now on; the returned function lifts the denial. */
  deny(match: Match): () => void {
    this.#denials.push(match);
    return () => {
      this.#denials = this.#denials.filter((other) => other !== match);
    };
  }

  allows(asker: Asker): boolean {
    return !this.#denials.some((match) => matches(match, asker));
  }

  /** Throws the 403 of RBAC when the request is denied. */
  check(asker: Asker): void {
    if (asker.target.kind === 'resource' && !this.allows(asker)) throw denied(asker.target, asker.user);
  }
}

function denied(target: ResourceTarget, user: string): ApiFailure {
  const { group, resource, subresource, namespace, name, verb } = target;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const why = `User "${user}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
  const failure = forbidden({ group, kind: resource, name }, why);
  if (name !== '') return failure;
  // The real server leaves the name out of the sentence when the request names no object.
  const title = group === '' ? resource : `${resource}.${group}`;
  return new ApiFailure({
    code: 403,
    reason: 'Forbidden',
    message: `${title} is forbidden: ${why}`,
    subject: { group, kind: resource, name },
  });
}
