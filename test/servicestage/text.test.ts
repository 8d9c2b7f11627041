import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText, createRedact, stripUrls, truncate } from '../../src/servicestage/text.ts';

const SECRET = 'p@ss/w&rd "x"\\+é<1>';

const SPELLINGS: readonly [string, string][] = [
  ['as it is', SECRET],
  ['URL-encoded', encodeURIComponent(SECRET)],
  ['URL-encoded in lower case', encodeURIComponent(SECRET).toLowerCase()],
  ['form-encoded', new URLSearchParams([['a', SECRET]]).toString().slice(2)],
  ['URL-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
  ['JSON-escaped', JSON.stringify(SECRET)],
  ['JSON-escaped twice', JSON.stringify(JSON.stringify(SECRET))],
  ['JSON in ASCII', JSON.stringify(SECRET).replaceAll('é', '\\u00e9')],
  ['HTML-escaped', 'p@ss/w&amp;rd &quot;x&quot;\\+é&lt;1&gt;'],
  ['base64', Buffer.from(SECRET).toString('base64')],
  ['base64 behind a user name of 1', Buffer.from(`a:${SECRET}`).toString('base64')],
  ['base64 behind a user name of 2', Buffer.from(`ab:${SECRET}`).toString('base64')],
  ['base64url', Buffer.from(SECRET).toString('base64url')],
  ['cut short after 13 characters', `${SECRET.slice(0, 13)}…`],
];

describe('createRedact', () => {
  it.each(SPELLINGS)('blots out a secret %s', (_name, spelled) => {
    const text = cleanText(`invalid value ${spelled} given`, {
      redact: createRedact([SECRET]),
      maxBytes: 300,
    });
    expect(text).toContain('***');
    expect(text).not.toContain(spelled.slice(4, 12));
  });

  it('keeps the rest of the text', () => {
    expect(createRedact(['topsecret'])('a topsecret b TOPSECRET c')).toBe('a *** b *** c');
  });

  it('replaces a very short secret only where it stands alone', () => {
    expect(createRedact(['ab'])('table ab, "ab" about')).toBe('table ***, "***" about');
  });

  it('ignores an empty secret', () => {
    expect(createRedact([''])('text')).toBe('text');
  });

  it('blots out each longer line of a secret of several lines', () => {
    expect(createRedact(['first line here\nsecond line here'])('saw: second line here')).toBe('saw: ***');
  });

  it('leaves no secret of any content in a cleaned text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 6 }),
        fc.string({ maxLength: 400 }),
        (secret, around) => {
          fc.pre(secret.trim().length >= 6 && !around.includes(secret.trim()));
          const text = cleanText(`${around} ${secret} ${JSON.stringify(secret)}`, {
            redact: createRedact([secret]),
            maxBytes: 300,
          });
          expect(text.includes(secret.trim()) && !'***'.includes(secret.trim())).toBe(false);
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(300);
        },
      ),
    );
  });
});

describe('cleanText', () => {
  const redact = createRedact([]);

  it('makes one line without control characters, overrides or invisible characters', () => {
    expect(cleanText('a\r\n\tb\u0000c\u001b[31m\u202ed\u200be\u2028f', { redact, maxBytes: 300 })).toBe(
      'a b c [31m d e f',
    );
  });

  it('cuts at a whole character within the bytes', () => {
    expect(truncate('ééééé', 8)).toBe('éé…');
    expect(truncate('short', 8)).toBe('short');
    expect(Buffer.byteLength(truncate('𝒳'.repeat(100), 30))).toBeLessThanOrEqual(30);
  });

  it('survives lone surrogates', () => {
    expect(cleanText('a\ud800b', { redact: createRedact(['x\udc00yz']), maxBytes: 300 })).toBe('a\ufffdb');
  });
});

describe('stripUrls', () => {
  it.each([
    ['see https://user:pw@host/path?sig=1#frag now', 'see https://host/path now'],
    ['obs://bucket/weather.jar?AccessKeyId=x', 'obs://bucket/weather.jar'],
    ['https://token@host', 'https://host'],
    ['https://a@b@host/x', 'https://host/x'],
    ['"http://host/@scope/pkg"', '"http://host/@scope/pkg"'],
    ['no url: a?b@c', 'no url: a?b@c'],
  ])('reads %j as %j', (given, want) => {
    expect(stripUrls(given)).toBe(want);
  });
});
