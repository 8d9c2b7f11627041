import { describe, expect, it } from 'vitest';
import { parseCredentials } from '../../src/servicestage/credentials.ts';
import { CloudFailure } from '../../src/servicestage/failure.ts';
import { CANARY, KEY_SECRET, PASSWORD_SECRET, TOKEN_SECRET } from './server.ts';

describe('parseCredentials', () => {
  it.each([
    ['an access key', KEY_SECRET, { kind: 'key', ...KEY_SECRET }],
    [
      'a temporary key',
      { ...KEY_SECRET, securityToken: CANARY.securityToken },
      { kind: 'key', ...KEY_SECRET, securityToken: CANARY.securityToken },
    ],
    ['a token', TOKEN_SECRET, { kind: 'token', ...TOKEN_SECRET }],
    ['a user with password', PASSWORD_SECRET, { kind: 'password', ...PASSWORD_SECRET }],
    ['a newline at the end of a value', { token: 'abc\n' }, { kind: 'token', token: 'abc' }],
    ['a Windows newline at the end of a value', { token: 'abc\r\n' }, { kind: 'token', token: 'abc' }],
    ['keys that are not ours', { token: 'abc', note: 'x' }, { kind: 'token', token: 'abc' }],
    [
      'spaces inside a password',
      { username: 'u', password: ' p w ', domainName: 'd' },
      { kind: 'password', username: 'u', password: ' p w ', domainName: 'd' },
    ],
  ])('reads %s', (_name, data, identity) => {
    expect(parseCredentials(data as Record<string, string>).identity).toEqual(identity);
  });

  it('reads the endpoints of the Secret', () => {
    const data = { token: 'abc', endpoint: 'https://a.example\n', iamEndpoint: 'https://b.example' };
    expect(parseCredentials(data)).toEqual({
      identity: { kind: 'token', token: 'abc' },
      endpoint: 'https://a.example',
      iamEndpoint: 'https://b.example',
    });
  });

  it.each([
    ['an empty Secret', {}, 'CREDENTIALS_MISSING_KEY', 'accessKey'],
    ['only foreign keys', { user: 'x' }, 'CREDENTIALS_MISSING_KEY', 'accessKey'],
    ['half an access key', { accessKey: CANARY.accessKey }, 'CREDENTIALS_MISSING_KEY', '"secretKey"'],
    [
      'half a user',
      { username: 'robot', password: CANARY.password },
      'CREDENTIALS_MISSING_KEY',
      '"domainName"',
    ],
    ['an empty value', { ...KEY_SECRET, secretKey: '' }, 'CREDENTIALS_EMPTY_KEY', '"secretKey"'],
    ['a value of one newline', { token: '\n' }, 'CREDENTIALS_EMPTY_KEY', '"token"'],
    [
      'an empty security token',
      { ...KEY_SECRET, securityToken: '' },
      'CREDENTIALS_EMPTY_KEY',
      '"securityToken"',
    ],
    ['an empty endpoint', { ...TOKEN_SECRET, endpoint: '' }, 'CREDENTIALS_EMPTY_KEY', '"endpoint"'],
    [
      'two ways at once',
      { ...KEY_SECRET, ...TOKEN_SECRET },
      'CREDENTIALS_AMBIGUOUS',
      'accessKey, secretKey, token',
    ],
    [
      'one and a half ways',
      { ...KEY_SECRET, password: CANARY.password },
      'CREDENTIALS_AMBIGUOUS',
      'accessKey, secretKey, password',
    ],
    [
      'a header break in a token',
      { token: `${CANARY.token}\r\nX-A: b` },
      'CREDENTIALS_MALFORMED_KEY',
      '"token"',
    ],
    [
      'a space in a key',
      { ...KEY_SECRET, accessKey: 'canary x' },
      'CREDENTIALS_MALFORMED_KEY',
      '"accessKey"',
    ],
    [
      'non-ASCII in a key',
      { ...KEY_SECRET, secretKey: 'canaryé' },
      'CREDENTIALS_MALFORMED_KEY',
      '"secretKey"',
    ],
  ])('refuses %s, names the key and shows no value', (_name, data, code, names) => {
    const failure = refusal(data as Record<string, string>);
    expect(failure).toMatchObject({ class: 'credentials', code });
    expect(failure.message).toContain(names);
    expect(Buffer.byteLength(failure.message)).toBeLessThanOrEqual(300);
    expect(failure.message.toLowerCase()).not.toContain('canary');
  });

  it('does not take inherited names for keys', () => {
    expect(refusal(Object.create({ token: 'abc' }) as Record<string, string>).code).toBe(
      'CREDENTIALS_MISSING_KEY',
    );
  });
});

function refusal(data: Readonly<Record<string, string>>): CloudFailure['failure'] {
  try {
    parseCredentials(data);
  } catch (error) {
    if (error instanceof CloudFailure) return error.failure;
    throw error;
  }
  throw new Error('accepted');
}
