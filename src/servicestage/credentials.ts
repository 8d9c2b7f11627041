// Reads the credentials Secret. Three ways to sign in: access key, token, or IAM user with password.
// Promises: a Secret that is incomplete, empty, malformed or ambiguous is a CloudFailure of class `credentials` that
// names the key and the cure; no value ever stands in a text. A newline at the end of a value (`echo | base64`) is cut.
import { CloudFailure } from './failure.ts';

export type Identity =
  | {
      readonly kind: 'key';
      readonly accessKey: string;
      readonly secretKey: string;
      readonly securityToken?: string;
    }
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'password';
      readonly username: string;
      readonly password: string;
      readonly domainName: string;
    };

export interface Credentials {
  readonly identity: Identity;
  /** URL or template with `{region}`; in place of the operator's flag. */
  readonly endpoint?: string;
  readonly iamEndpoint?: string;
}

const WAYS = {
  key: ['accessKey', 'secretKey'],
  token: ['token'],
  password: ['username', 'password', 'domainName'],
} as const;
type Way = keyof typeof WAYS;

const CURE = 'give accessKey + secretKey (+ securityToken), or token, or username + password + domainName';

/** The identity of a Secret's decoded data; unknown keys are ignored. Throws a CloudFailure of class `credentials`. */
export function parseCredentials(data: Readonly<Record<string, string>>): Credentials {
  const value = (name: string): string | undefined =>
    Object.hasOwn(data, name) ? data[name]?.replace(/\r?\n$/, '') : undefined;
  const way = chooseWay(value);
  const need = (name: string): string => {
    const text = value(name);
    if (text === undefined) throw fault('CREDENTIALS_MISSING_KEY', `has no key "${name}"; ${CURE}`);
    if (text.trim() === '') throw fault('CREDENTIALS_EMPTY_KEY', `has an empty key "${name}"; ${CURE}`);
    return text;
  };
  const endpoint = value('endpoint');
  const iamEndpoint = value('iamEndpoint');
  return {
    identity: readIdentity(way, { need, value }),
    ...(endpoint === undefined ? {} : { endpoint: need('endpoint') }),
    ...(iamEndpoint === undefined ? {} : { iamEndpoint: need('iamEndpoint') }),
  };
}

/** The values of an identity that must never be shown. The access key id counts as one: it names the account's key. */
export function secretsOf(identity: Identity): readonly string[] {
  switch (identity.kind) {
    case 'key':
      return [
        identity.secretKey,
        identity.accessKey,
        ...(identity.securityToken ? [identity.securityToken] : []),
      ];
    case 'token':
      return [identity.token];
    case 'password':
      return [identity.password];
    default: {
      const never: never = identity;
      return never;
    }
  }
}

function chooseWay(value: (name: string) => string | undefined): Way {
  const begun = (Object.keys(WAYS) as Way[]).filter((way) =>
    WAYS[way].some((name) => value(name) !== undefined),
  );
  const [first, second] = begun;
  if (first === undefined) throw fault('CREDENTIALS_MISSING_KEY', `has no key to sign in with; ${CURE}`);
  if (second !== undefined) {
    const names = begun.flatMap((way) => WAYS[way]).filter((name) => value(name) !== undefined);
    throw fault('CREDENTIALS_AMBIGUOUS', `holds ${names.join(', ')} together; ${CURE}, and only one of them`);
  }
  return first;
}

function readIdentity(
  way: Way,
  read: { need: (name: string) => string; value: (name: string) => string | undefined },
): Identity {
  const header = (name: string): string => asHeader(name, read.need(name));
  switch (way) {
    case 'key': {
      const pair = { accessKey: header('accessKey'), secretKey: header('secretKey') };
      return read.value('securityToken') === undefined
        ? { kind: 'key', ...pair }
        : { kind: 'key', ...pair, securityToken: header('securityToken') };
    }
    case 'token':
      return { kind: 'token', token: header('token') };
    case 'password':
      return {
        kind: 'password',
        username: read.need('username'),
        password: read.need('password'),
        domainName: read.need('domainName'),
      };
    default: {
      const never: never = way;
      return never;
    }
  }
}

// These values become header text: a space or a line break would at best be refused, at worst start another header.
function asHeader(name: string, text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw fault(
    'CREDENTIALS_MALFORMED_KEY',
    `has a space, line break or non-ASCII character in key "${name}"; store the bare value`,
  );
}

function fault(code: string, text: string): CloudFailure {
  return new CloudFailure({ class: 'credentials', code, message: `the credentials Secret ${text}` });
}
