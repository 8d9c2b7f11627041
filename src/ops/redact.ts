// Takes secrets out of what is about to be written: by the name of a field, and by the shape of a text.
//
// The last line of defence, not the first: callers do not log secrets. A field whose name says that it is secret loses
// its whole value; a text loses what looks like a header, a token, a signature or URL user-info.
// Also bounds what one line can hold (depth, items, text length), so that no object floods the log.

const STARS = '***';
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 4_096;

// Compared without case, "-" and "_". Fields whose values the design never shows are in the list beside credentials.
const SECRET_NAMES = new Set(
  [
    ...[
      'accessKey',
      'secretKey',
      'securityToken',
      'token',
      'authToken',
      'subjectToken',
      'password',
      'passwd',
    ],
    ...[
      'ak',
      'sk',
      'secret',
      'credential',
      'credentials',
      'authorization',
      'cookie',
      'setCookie',
      'signature',
    ],
    ...[
      'xAuthToken',
      'xSubjectToken',
      'xSecurityToken',
      'clientKeyData',
      'idToken',
      'refreshToken',
      'bearer',
    ],
    ...['httpPassword', 'httpHeaders', 'headers', 'body', 'jvmOpts', 'sysConfig', 'inputValues', 'extraBody'],
    ...['workloadContent', 'userInfo', 'privateKey'],
  ].map(canonical),
);

const TEXT_RULES: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']+@/gi, `$1${STARS}@`],
  [/\b(SDK-HMAC-SHA256|AWS4-HMAC-SHA256)\s[^\n"']*/g, `$1 ${STARS}`],
  [/\b(Bearer|Basic)\s+[\w+/.~=-]{8,}/gi, `$1 ${STARS}`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, STARS],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, STARS],
  [
    /((?:access|secret|private)[-_]?key|(?:[\w-]{0,40}[-_])?(?:token|secret|password|passwd|signature)|authorization)(["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&"'}\])]+)/gi,
    `$1$2${STARS}`,
  ],
];

/** The text without what looks like a secret, at most 4096 characters. */
export function redactText(text: string): string {
  // A cut inside a secret would leave a piece that no rule knows, so the last word goes too.
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).replace(/\S*$/, '')}...` : text;
  return TEXT_RULES.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), cut);
}

/** A plain copy of any value, safe to write: no secret, no cycle, no class instance. */
export function redact(value: unknown): unknown {
  return copy(value, { depth: 0, above: new Set() });
}

interface Place {
  readonly depth: number;
  readonly above: ReadonlySet<object>;
}

function copy(value: unknown, place: Place): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (place.above.has(value)) return '[circular]';
  if (place.depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  const below: Place = { depth: place.depth + 1, above: new Set([...place.above, value]) };
  if (value instanceof Error) return copyError(value, below);
  if (ArrayBuffer.isView(value)) return '[bytes]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => copy(item, below));
  const entries = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    entries.map(([name, item]) => [
      name,
      SECRET_NAMES.has(canonical(name)) && isSet(item) ? STARS : copy(item, below),
    ]),
  );
}

/** Only a bug carries its stack: an expected failure is told by its message and code. */
function copyError(error: Error, below: Place): object {
  const bug = [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
  const { code, failure } = error as Error & { readonly code?: unknown; readonly failure?: unknown };
  return {
    type: error.name,
    message: redactText(error.message),
    ...(code === undefined ? {} : { code: copy(code, below) }),
    ...(failure === undefined ? {} : { failure: copy(failure, below) }),
    ...(error.cause === undefined ? {} : { cause: copy(error.cause, below) }),
    ...(bug ? { stack: redactText(error.stack ?? '') } : {}),
  };
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function canonical(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}
