// Where exactly hiding begins and ends: lengths, words, and places that only look like secret ones.
import { describe, expect, it } from 'vitest';
import { hiddenTexts } from '../../src/core/hidden.ts';

describe('a text', () => {
  it('is hidden from six characters on', () => {
    expect(hiddenTexts({ jvmOpts: '123456' }, {})).toEqual(['123456']);
    expect(hiddenTexts({ jvmOpts: '12345' }, {})).toEqual([]);
  });

  it.each([
    ['between blanks', 'a  password-1\tb'],
    ['behind an equals sign', '--key=password-1'],
    ['in quotes', `--key "password-1"`],
    ['in a list', '[password-1,x]'],
    ['in an object', '{a:password-1;b}'],
  ])('is hidden word by word: %s', (_name, jvmOpts) => {
    expect(hiddenTexts({ jvmOpts }, {})).toContain('password-1');
  });

  it('is hidden also as a word with its signs, as a shell would quote it', () => {
    expect(hiddenTexts({ jvmOpts: 'run --key=password-1 now' }, {})).toContain('--key=password-1');
  });

  it('has no words of fewer than eight characters', () => {
    expect(hiddenTexts({ jvmOpts: 'run 1234567 or 12345678' }, {})).toEqual([
      'run 1234567 or 12345678',
      '12345678',
    ]);
  });
});

describe('a place', () => {
  it.each([
    ['a value outside of variables', { labels: [{ key: 'a', value: 'not-secret' }] }],
    ['parameters outside of a build', { referResources: [{ parameters: { zone: 'not-secret' } }] }],
    ['a build beside its parameters', { build: { image: 'not-secret' } }],
    ['an object that is null', { source: null }],
    ['the name of a variable', { envs: [{ name: 'not-secret', value: '' }] }],
  ])('is not secret: %s', (_name, component) => {
    expect(hiddenTexts(component, {})).toEqual([]);
  });

  it('that holds numbers and nothing has no text', () => {
    expect(hiddenTexts({ extraBody: { a: 1_000_000, b: null, c: true } }, {})).toEqual([]);
  });
});

describe('the user-info of a URL', () => {
  it('is hidden in parts, with a scheme of any case', () => {
    expect(hiddenTexts({ source: { url: 'HTTPS://user-name:password-1@host/x' } }, {})).toEqual([
      'user-name',
      'password-1',
    ]);
  });

  it.each([
    ['inside a text', 'see https://user-name:password-1@host'],
    ['behind a path', 'https://host/user-name:password-1@x'],
  ])('is none %s', (_name, description) => {
    expect(hiddenTexts({ description }, {})).toEqual([]);
  });
});
