// Makes text from outside safe to show: secrets out in every spelling a gateway may echo, URLs without user-info and
// query, no control characters, bounded in bytes.
// Promises: the order (redact, clean, redact again, truncate) leaves no part of a known secret, also when the echo
// itself was cut short. Leaves to others: knowing which values are secret.

const STARS = '***';
/** Longer texts are cut before the search; nothing behind this point can reach a message of 300 bytes. */
const SEARCH_CHARS = 8_192;
/** An echo that was cut short is still recognised by this many leading characters. */
const PREFIX_CHARS = 12;

export type Redact = (text: string) => string;

/** A function that replaces each known secret, also URL-encoded, base64, JSON- or HTML-escaped, by `***`. */
export function createRedact(secrets: readonly string[]): Redact {
  let spellings: readonly string[] | undefined;
  return (text) => {
    // Spelled out at the first text only: most calls succeed and never need it.
    spellings ??= [...new Set(secrets.flatMap(withLines).flatMap(spell))].filter(
      (spelling) => spelling !== '',
    );
    return blot(text, spellings);
  };
}

/** One line of safe text of at most `maxBytes` UTF-8 bytes. */
export function cleanText(text: string, options: { redact: Redact; maxBytes: number }): string {
  const redacted = options.redact(text.slice(0, SEARCH_CHARS).toWellFormed());
  const oneLine = stripUrls(redacted).replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim();
  return truncate(options.redact(oneLine), options.maxBytes);
}

/** The URLs of a text without user-info, query and fragment. */
export function stripUrls(text: string): string {
  return text.replace(
    /([a-z][a-z0-9+.-]{1,20}:\/\/)([^\s"'<>|\\]*)/gi,
    (_match, scheme: string, rest: string) => {
      const upToQuery = rest.split(/[?#]/, 1)[0] ?? '';
      const authority = upToQuery.split('/', 1)[0] ?? '';
      return scheme + upToQuery.slice(authority.lastIndexOf('@') + 1);
    },
  );
}

/** At most `maxBytes` UTF-8 bytes, cut between characters, marked by an ellipsis. */
export function truncate(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text).subarray(0, maxBytes - 3);
  return `${new TextDecoder('utf-8').decode(bytes, { stream: true })}…`;
}

// C0, C1, line and paragraph separators, bidirectional overrides, zero-width characters.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

function withLines(secret: string): readonly string[] {
  return [secret, ...secret.split(/\r?\n/).filter((line) => line.length >= 8)];
}

function spell(secret: string): readonly string[] {
  const wellFormed = secret.toWellFormed();
  const url = encodeURIComponent(wellFormed);
  const json = JSON.stringify(wellFormed).slice(1, -1);
  return [
    wellFormed,
    wellFormed.replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim(),
    url,
    url.replace(/[!'()*]/g, percent),
    url.replaceAll('%20', '+'),
    encodeURIComponent(url),
    json,
    json.replaceAll('/', '\\/'),
    JSON.stringify(json).slice(1, -1),
    json.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    escapeHtml(wellFormed),
    ...base64Spellings(wellFormed),
  ];
}

/** The secret inside a longer base64 text may start at any of three alignments; edge characters mix with neighbours. */
function base64Spellings(secret: string): readonly string[] {
  if (secret.length < 4) return [];
  return [0, 1, 2].flatMap((lead) => {
    const bytes = Buffer.concat([Buffer.alloc(lead), Buffer.from(secret)]);
    const core = bytes
      .toString('base64')
      .slice(lead === 0 ? 0 : lead + 1, Math.floor((bytes.length * 8) / 6));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(core)];
  });
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

type Span = readonly [start: number, end: number];

/**
 * All spellings are looked for in the same text and their finds joined: replacing one after the other, a spelling that
 * only begins like the echo would cut its head off and hide the rest from the spelling that fits.
 */
function blot(text: string, spellings: readonly string[]): string {
  const haystack = lower(text);
  const spans = spellings.flatMap((spelling) => find(haystack, lower(spelling)));
  spans.sort(([left], [right]) => left - right);
  let out = '';
  let done = 0;
  for (const [start, end] of spans) {
    if (end <= done) continue;
    if (start >= done) out += text.slice(done, start) + (start === done && done > 0 ? '' : STARS);
    done = end;
  }
  return out + text.slice(done);
}

function find(haystack: string, spelling: string): readonly Span[] {
  if (spelling.length < 4) return findWord(haystack, spelling);
  const needle = spelling.length >= 16 ? spelling.slice(0, PREFIX_CHARS) : spelling;
  const spans: Span[] = [];
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + 1)) {
    let length = needle.length;
    while (length < spelling.length && haystack[at + length] === spelling[length]) length += 1;
    spans.push([at, at + length]);
  }
  return spans;
}

/** A value of three characters or fewer counts only where it stands alone, or every text would turn to stars. */
function findWord(haystack: string, word: string): readonly Span[] {
  const escaped = word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const alone = new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'gu');
  return Array.from(haystack.matchAll(alone), (match) => [match.index, match.index + word.length] as const);
}

/** ASCII only: the length must not change, which full case folding does not promise. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (char) => char.toLowerCase());
}
