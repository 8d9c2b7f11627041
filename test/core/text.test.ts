// Bounded text: the bound is bytes, the cut is between characters.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clip, sentence } from '../../src/core/text.ts';

describe('clip', () => {
  it.each([
    ['leaves what fits as it is', 'abcdef', 6, 'abcdef'],
    ['counts bytes, not characters', '\u20ac\u20ac', 6, '\u20ac\u20ac'],
    ['marks what was cut', 'abcdefg', 6, 'abc\u2026'],
    ['never splits a character of three bytes', '\u20ac\u20ac\u20ac', 8, '\u20ac\u2026'],
    ['never splits a character of four bytes', '\u{1f680}\u{1f680}', 7, '\u{1f680}\u2026'],
    ['cuts before a character that begins in bounds', 'ab\u{1f680}c', 6, 'ab\u2026'],
  ])('%s', (_name, text, maxBytes, want) => {
    expect(clip(text, maxBytes)).toBe(want);
  });

  it('gives at most the bound, well formed, and a start of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 40 }), (text, maxBytes) => {
        const clipped = clip(text, maxBytes);
        expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(maxBytes);
        expect(clipped.isWellFormed()).toBe(true);
        const start = clipped.endsWith('\u2026') && clipped !== text ? clipped.slice(0, -1) : clipped;
        expect(text.startsWith(start)).toBe(true);
      }),
    );
  });

  it('wastes less than one character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 40 }), (text) => {
        expect(Buffer.byteLength(clip(text, 30))).toBeGreaterThan(30 - 4);
      }),
    );
  });
});

it.each([
  ['Not found', 'Not found.'],
  ['Not found.', 'Not found.'],
  ['Really?', 'Really?'],
  ['Stop!', 'Stop!'],
  ['and so on\u2026', 'and so on\u2026'],
])('ends the sentence %j as %j', (text, want) => {
  expect(sentence(text)).toBe(want);
});
