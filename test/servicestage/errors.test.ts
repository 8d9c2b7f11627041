import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODES, treat } from '../../src/servicestage/codes.ts';
import {
  judgeAnswer,
  judgeFault,
  judgeUnreadable,
  retryAfter,
  type Verdict,
} from '../../src/servicestage/errors.ts';
import { createRedact } from '../../src/servicestage/text.ts';
import type { Answer, Fault } from '../../src/servicestage/wire.ts';
import { CANARY } from './server.ts';

const NOW = Date.parse('2025-07-10T00:00:00Z');

function answer(status: number, body: unknown, more: Partial<Answer> = {}): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answer', status, headers: {}, text, whole: 'whole', ...more };
}

function judge(given: Answer, secrets: readonly string[] = []): Verdict {
  return judgeAnswer(given, { redact: createRedact(secrets), wallMs: NOW, host: 'servicestage.example' });
}

// Every code of the ServiceStage error page, its repository part and the gateway's page, with the HTTP status it comes with.
const DOCUMENTED: readonly (readonly [code: string, status: number, cls: string, effect: string])[] = [
  ['SVCSTG.00100400', 400, 'permanent', 'refused'],
  ['SVCSTG.00100401', 401, 'permanent', 'none'],
  ['SVCSTG.00100402', 400, 'transient', 'none'],
  ['SVCSTG.00100403', 404, 'permanent', 'none'],
  ['SVCSTG.00100404', 404, 'permanent', 'none'],
  ['SVCSTG.00100408', 404, 'configuration', 'none'],
  ['SVCSTG.00100411', 404, 'configuration', 'none'],
  ['SVCSTG.00100412', 404, 'configuration', 'none'],
  ['SVCSTG.00100414', 400, 'permanent', 'refused'],
  ['SVCSTG.00100418', 400, 'permanent', 'refused'],
  ['SVCSTG.00100420', 400, 'permanent', 'refused'],
  ['SVCSTG.00100422', 400, 'permanent', 'refused'],
  ['SVCSTG.00100424', 404, 'configuration', 'none'],
  ['SVCSTG.00100425', 400, 'permanent', 'refused'],
  ['SVCSTG.00100429', 404, 'configuration', 'none'],
  ['SVCSTG.00100433', 404, 'configuration', 'none'],
  ['SVCSTG.00100436', 404, 'configuration', 'none'],
  ['SVCSTG.00100438', 404, 'configuration', 'none'],
  ['SVCSTG.00100441', 404, 'permanent', 'refused'],
  ['SVCSTG.00100449', 400, 'permanent', 'refused'],
  ['SVCSTG.00100458', 400, 'permanent', 'refused'],
  ['SVCSTG.REPO.0400', 400, 'configuration', 'none'],
  ['SVCSTG.REPO.0401', 400, 'configuration', 'none'],
  ['SVCSTG.REPO.0402', 400, 'configuration', 'none'],
  ['SVCSTG.REPO.0403', 400, 'configuration', 'none'],
  ['SVCSTG.REPO.0450', 400, 'configuration', 'none'],
  ['SVCSTG.REPO.0451', 400, 'configuration', 'none'],
  ['SVCSTG.REPO.0452', 400, 'configuration', 'none'],
  ['SVCSTG.00501134', 400, 'configuration', 'none'],
  ['APIGW.0101', 404, 'configuration', 'none'],
  ['APIGW.0103', 404, 'transient', 'none'],
  ['APIGW.0104', 400, 'configuration', 'none'],
  ['APIGW.0105', 400, 'configuration', 'none'],
  ['APIGW.0106', 400, 'configuration', 'none'],
  ['APIGW.0201', 400, 'permanent', 'refused'],
  ['APIGW.0201', 413, 'permanent', 'refused'],
  ['APIGW.0201', 414, 'permanent', 'refused'],
  ['APIGW.0201', 494, 'configuration', 'none'],
  ['APIGW.0201', 502, 'transient', 'maybe'],
  ['APIGW.0201', 504, 'transient', 'maybe'],
  ['APIGW.0301', 401, 'credentials', 'none'],
  ['APIGW.0302', 403, 'permission', 'none'],
  ['APIGW.0303', 401, 'credentials', 'none'],
  ['APIGW.0304', 403, 'permission', 'none'],
  ['APIGW.0305', 401, 'credentials', 'none'],
  ['APIGW.0306', 403, 'permission', 'none'],
  ['APIGW.0307', 401, 'credentials', 'none'],
  ['APIGW.0308', 429, 'throttled', 'none'],
];

describe('the table of codes', () => {
  it.each(DOCUMENTED)('sorts %s with HTTP %i as %s, effect %s', (code, status, cls, effect) => {
    expect(Object.hasOwn(CODES, code)).toBe(true);
    const verdict = judge(answer(status, { error_code: code, error_msg: 'some words' }));
    expect(verdict).toMatchObject({ failure: { class: cls, code, httpStatus: status }, effect });
    expect(verdict.failure.message).toMatch(/^some words/);
  });

  it('says of exactly three codes that the target is absent', () => {
    const absent = Object.entries(CODES).flatMap(([code, rule]) =>
      rule !== 'status' && rule.absent === 'target' ? [code] : [],
    );
    expect(absent).toEqual(['SVCSTG.00100401', 'SVCSTG.00100403', 'SVCSTG.00100404']);
  });

  it.each(Object.keys(CODES))('never believes that a 5xx with %s did nothing', (code) => {
    expect(treat(500, code).effect).toBe('maybe');
    expect(treat(408, code).effect).toBe('maybe');
  });

  it.each(Object.keys(CODES))('never blames the spec for a 401, 403, 409 or 429 with %s', (code) => {
    for (const status of [401, 403, 409, 429]) expect(treat(status, code).effect).toBe('none');
  });
});

describe('HTTP status without a known code', () => {
  it.each([
    [301, 'configuration', 'none'],
    [302, 'configuration', 'none'],
    [400, 'permanent', 'refused'],
    [401, 'credentials', 'none'],
    [403, 'permission', 'none'],
    [404, 'configuration', 'none'],
    [405, 'permanent', 'refused'],
    [407, 'configuration', 'none'],
    [408, 'transient', 'maybe'],
    [409, 'transient', 'none'],
    [413, 'permanent', 'refused'],
    [414, 'permanent', 'refused'],
    [422, 'permanent', 'refused'],
    [429, 'throttled', 'none'],
    [431, 'configuration', 'none'],
    [494, 'configuration', 'none'],
    [500, 'transient', 'maybe'],
    [502, 'transient', 'maybe'],
    [503, 'transient', 'maybe'],
    [504, 'transient', 'maybe'],
    [599, 'transient', 'maybe'],
  ])('HTTP %i is %s, effect %s', (status, cls, effect) => {
    const verdict = judge(answer(status, '<html>proxy</html>'));
    expect(verdict).toMatchObject({ failure: { class: cls, code: `HTTP_${status}` }, effect });
    expect(verdict.absent).toBeUndefined();
    expect(verdict.failure.message).not.toContain('<html>');
  });

  it('takes an unknown code of the service with 404 as refused, never as absent', () => {
    const verdict = judge(answer(404, { error_code: 'SVCSTG.00109999', error_msg: 'x' }));
    expect(verdict).toMatchObject({ failure: { class: 'permanent' }, effect: 'refused' });
    expect(verdict.absent).toBeUndefined();
  });

  it('does not take half a refusal for a refusal', () => {
    expect(judge(answer(400, '{"error_co', { whole: 'truncated' })).effect).toBe('maybe');
    expect(judge(answer(429, '{"error_co', { whole: 'truncated' })).effect).toBe('none');
  });
});

describe('shapes of error bodies', () => {
  it.each([
    [{ error_code: 'A.1', error_msg: 'words' }, 'A.1', 'words'],
    [{ error_code: 'A.1', error_message: 'words' }, 'A.1', 'words'],
    [{ errorCode: 'A.1', errorMessage: 'words' }, 'A.1', 'words'],
    [{ code: 'A.1', message: 'words' }, 'A.1', 'words'],
    [{ error: { code: 'A.1', message: 'words', title: 'T' } }, 'A.1', 'words'],
    [{ error: { code: 400, message: 'words' } }, 'HTTP_400', 'words'],
    [{ error: 'words' }, 'HTTP_400', 'words'],
    [{ code: 1103, message: 'words' }, '1103', 'words'],
    [{ details: 'words' }, 'HTTP_400', 'words'],
    [{ details: [{ error_code: 'A.1', error_msg: 'words' }] }, 'A.1', 'words'],
    [{ encoded_authorization_message: 'opaque', error_code: 'A.1', error_msg: 'words' }, 'A.1', 'words'],
    [{ error_code: 'A.1', error_msg: '' }, 'A.1', 'servicestage.example answered HTTP 400'],
    [{ error_code: ['x'], error_msg: { a: 1 } }, 'HTTP_400', 'servicestage.example answered HTTP 400'],
    ['', 'HTTP_400', 'servicestage.example answered HTTP 400'],
    ['null', 'HTTP_400', 'servicestage.example answered HTTP 400'],
    ['{"error_code":"A.1"', 'HTTP_400', 'servicestage.example answered HTTP 400'],
  ])('reads %j', (body, code, message) => {
    const { failure } = judge(answer(400, body));
    expect(failure.code).toBe(code);
    expect(failure.message.startsWith(message)).toBe(true);
  });

  it('takes the request id from the header, else from the body, and only if it is a plain token', () => {
    const body = { error_code: 'APIGW.0101', error_msg: 'x', request_id: 'from-body' };
    expect(judge(answer(404, body, { headers: { 'x-request-id': 'from-header' } })).failure.requestId).toBe(
      'from-header',
    );
    expect(judge(answer(404, body)).failure.requestId).toBe('from-body');
    expect(judge(answer(404, { ...body, request_id: 'a b<script>' })).failure.requestId).toBeUndefined();
  });
});

describe('messages', () => {
  const echoes = Object.values(CANARY).flatMap((value) => [
    value,
    encodeURIComponent(value),
    Buffer.from(value).toString('base64'),
    JSON.stringify(value).slice(1, -1),
  ]);

  it.each(echoes)('shows no echo %j of a secret, in no field', (echo) => {
    const body = {
      error_code: echo,
      error_msg: `bad header x-auth-token:${echo}|x-sdk-date`,
      request_id: echo,
    };
    const { failure } = judge(answer(401, body), Object.values(CANARY));
    const shown = JSON.stringify(failure);
    expect(shown).not.toContain(JSON.stringify(echo).slice(1, -1));
    expect(failure.message).toContain('***');
  });

  it('is at most 300 bytes with its hint, and one line', () => {
    const { failure } = judge(answer(404, { error_code: 'APIGW.0101', error_msg: 'ü\n'.repeat(400) }));
    expect(Buffer.byteLength(failure.message)).toBeLessThanOrEqual(300);
    expect(failure.message).toMatch(/^ü ü .*…; check the endpoint and the region/);
  });

  it('loses user-info and query of URLs', () => {
    const { failure } = judge(answer(400, { error_msg: 'cannot load https://u:p@host/a.jar?sig=abc now' }));
    expect(failure.message).toBe('cannot load https://host/a.jar now');
  });

  it('never fails and never grows, whatever the body says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), fc.oneof(fc.json(), fc.string()), (status, text) => {
        const { failure } = judge(answer(status, text), ['secret-canary']);
        expect(Buffer.byteLength(failure.message)).toBeLessThanOrEqual(300);
        expect(failure.code).toMatch(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/);
      }),
    );
  });
});

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['999999999', 86_400_000],
    ['Thu, 10 Jul 2025 00:01:00 GMT', 60_000],
    ['Wed, 09 Jul 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j as %j ms', (header, want) => {
    expect(retryAfter(header, NOW)).toBe(want);
  });

  it('stands in the failure', () => {
    expect(judge(answer(429, '', { headers: { 'retry-after': '3' } })).failure.retryAfterMs).toBe(3_000);
  });
});

describe('calls without an answer', () => {
  const fault = (code: string, cause: Fault['cause'], sent: Fault['sent']): Fault => ({
    kind: 'fault',
    code,
    cause,
    sent,
  });

  it.each([
    [fault('ENOTFOUND', 'network', 'no'), 'transient', 'none', 'does not resolve'],
    [fault('ECONNREFUSED', 'network', 'no'), 'transient', 'none', 'refused'],
    [
      fault('DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', 'no'),
      'configuration',
      'none',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
    [fault('CONNECT_TIMEOUT', 'timeout', 'no'), 'transient', 'none', 'no connection'],
    [fault('TIMEOUT', 'timeout', 'maybe'), 'transient', 'maybe', 'no answer'],
    [fault('ECONNRESET', 'network', 'maybe'), 'transient', 'maybe', 'reset'],
    [fault('EWHATEVER', 'network', 'maybe'), 'transient', 'maybe', 'EWHATEVER'],
  ])('judges %j', (given, cls, effect, words) => {
    const verdict = judgeFault(given, 'servicestage.example');
    expect(verdict).toMatchObject({ failure: { class: cls, code: given.code }, effect });
    expect(verdict.failure.message).toContain(words);
    expect(verdict.failure.message).toContain('servicestage.example');
  });

  it.each([
    ['oversize', 'ANSWER_TOO_LARGE'],
    ['truncated', 'ANSWER_CUT_SHORT'],
    ['whole', 'UNREADABLE_ANSWER'],
  ] as const)('names an unreadable success (%s)', (whole, code) => {
    const reading = { redact: createRedact([]), wallMs: NOW, host: 'servicestage.example' };
    const verdict = judgeUnreadable(answer(200, '<html>', { whole }), reading);
    expect(verdict).toMatchObject({
      failure: { class: 'transient', code, httpStatus: 200 },
      effect: 'maybe',
    });
  });
});
