// A failure is what an adapter says it is; anything else thrown is a bug and must not pass for one.
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../src/core/failure.ts';

const failure = { class: 'transient', code: 'ECONNRESET', message: 'reset' };

describe('the failure of an error', () => {
  it('is the one that it carries', () => {
    expect(failureOf(Object.assign(new Error('read failed'), { failure }))).toBe(failure);
  });

  it.each([
    ['a plain error', new TypeError('x is not a function')],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'failure'],
    ['a failure that is null', { failure: null }],
    ['a failure that is a text', { failure: 'class message' }],
    ['a failure without a class', { failure: { message: 'm' } }],
    ['a failure without a message', { failure: { class: 'transient' } }],
  ])('is none for %s', (_name, thrown) => {
    expect(failureOf(thrown)).toBeUndefined();
  });
});
