// The spec against the component: the exact text that is sent, what in it must stay hidden, and when the two cannot be compared.
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/core/facts.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { compareAfterJob, compareAtRest, immutableProblem, prepareBody } from '../../src/core/wire.ts';
import { cr, type FactsOptions, facts, remote } from '../support/make.ts';
import { failing, inForce, operation } from './given.ts';

function desiredOf({ resource: { spec } }: Facts) {
  if (spec.kind === 'invalid') throw new Error(spec.message);
  return spec.desired;
}

function prepare(component: JsonObject, secrets: Readonly<Record<string, string>> = {}) {
  const given = facts({ object: cr({ component }) });
  const account = { secrets, secretDigest: undefined, keyId: undefined };
  return prepareBody(desiredOf(given), remote(), { account, settings: given.settings });
}

const source = { kind: 'package', url: 'obs://bucket0001/weather-1.0.0.jar', storage: 'obs' };

describe('the body of a modify', () => {
  it('is the text of the body, with what belongs to the server', () => {
    const prepared = prepare({ version: '2.0.0' });
    if (prepared.kind !== 'ok') throw new Error(prepared.message);
    expect(JSON.parse(prepared.text)).toEqual(prepared.body);
    expect(prepared.body).toMatchObject({ version: '2.0.0', name: 'mycomponet', replica: 1 });
    expect(prepared.secretValues).toEqual([]);
  });

  it('names every text that must stay hidden, of a Secret and of the spec', () => {
    const component = {
      source: { ...source, httpPasswordSecretRef: { name: 's', key: 'k' } },
      envs: [{ name: 'A~/B', valueSecretRef: { name: 's', key: 'k' } }],
      multiContainers: [
        {
          containerName: 'c',
          source: { kind: 'image', storage: 'swr', url: 'swr/x:1', httpHeaders: { h: 'header-1' } },
        },
      ],
    };
    const secrets = { '/source/httpPasswordSecretRef': 'password-1', '/envs/0/valueSecretRef': 'env-1' };
    const prepared = prepare(component, secrets);
    if (prepared.kind !== 'ok') throw new Error(prepared.message);
    expect(prepared.secretValues.toSorted()).toEqual(['env-1', 'header-1', 'password-1']);
  });

  it('names what a template hides as well', () => {
    const templateSource = {
      storage: 'http',
      url: 'https://h/t',
      httpHeaders: [{ key: 'h', value: 'header-1' }],
    };
    const prepared = prepare({ templateSource });
    expect(prepared.kind === 'ok' && prepared.secretValues).toContain('header-1');
  });

  it('has no empty text to hide', () => {
    const prepared = prepare({ source: { ...source, httpPassword: '' } });
    expect(prepared).toMatchObject({ kind: 'ok', secretValues: [] });
  });

  it('cannot be built while a Secret value is not known', () => {
    const prepared = prepare({ envs: [{ name: 'A', valueSecretRef: { name: 's', key: 'k' } }] });
    expect(prepared.kind).toBe('invalid');
    expect(prepared).toMatchObject({
      message: expect.stringMatching(/^Not every Secret value is known: .*envs/),
    });
  });
});

describe('a body that must not be sent', () => {
  it('is refused with every place that is wrong', () => {
    const given = facts();
    const desired = desiredOf(given);
    const component = { ...desired.component, extraBody: { name: 'x', replica: 3 } };
    const account = { secrets: {}, secretDigest: undefined, keyId: undefined };
    const prepared = prepareBody({ ...desired, component }, remote(), { account, settings: given.settings });
    expect(prepared.kind === 'invalid' && prepared.message).toMatch(
      /^spec\.component\.extraBody\.name name is refused in extraBody.*; spec\.component\.extraBody\.replica/,
    );
  });
});

describe('what the server cannot change', () => {
  it('is named with both values, and the rest by name only', () => {
    const given = facts({ object: cr({ component: { name: 'another' } }) });
    const runtimeStack = { name: 'Python3', version: '3.9', type: 'Python', deploy_mode: 'container' };
    const problem = immutableProblem(desiredOf(given), remote({ runtimeStack })) ?? '';
    expect(problem).toContain(
      'spec.component.name is "mycomponet" in ServiceStage, which cannot change it to "another"',
    );
    expect(problem).toContain('The same holds for spec.component.runtimeStack.name, ');
  });

  it('is not told of others when there are none', () => {
    const given = facts({ object: cr({ component: { name: 'another' } }) });
    expect(immutableProblem(desiredOf(given), remote())).toMatch(/Nothing was sent\.$/);
  });

  it('is nothing when the server says the same', () => {
    expect(immutableProblem(desiredOf(facts()), remote())).toBeUndefined();
  });
});

describe('a comparison', () => {
  const other = remote({ body: { version: '1.0.0' } });
  const judge = (options: FactsOptions = {}, sent = operation()) =>
    compareAfterJob(facts({ object: cr({ status: inForce() }), ...options }), sent, other);

  it('after a job says what its spec has not become', () => {
    expect(judge()).toMatchObject({
      kind: 'compared',
      after: 'job',
      changed: [{ pointer: '/version' }],
      removed: [],
    });
  });

  it('after a scale is one with the spec in force', () => {
    expect(judge({}, operation({ type: 'Scale', specDigest: 'older' })).kind).toBe('compared');
  });

  it.each([
    [
      'the spec was edited since',
      { object: cr({ component: { version: '2.0.0' }, status: inForce() }) },
      'compared after its own job',
    ],
    [
      'the spec is invalid',
      { object: cr({ component: { version: 'latest' }, status: inForce() }) },
      'compared after its own job',
    ],
    [
      'the Secrets cannot be read',
      { reads: { account: failing('permission') } },
      'The Secrets of the spec could not be read.',
    ],
    [
      'the Secrets were not read',
      { reads: { account: undefined as never } },
      'The Secrets of the spec could not be read.',
    ],
  ])('cannot be made when %s', (_name, options, why) => {
    const comparison = judge(options);
    expect(comparison.kind === 'unknown' && comparison.why).toContain(why);
  });

  it('cannot be made when the body cannot be built', () => {
    const component = { envs: [{ name: 'A', valueSecretRef: { name: 's', key: 'k' } }] };
    const given = facts({ object: cr({ component, status: inForce() }) });
    expect(compareAtRest(given, desiredOf(given), other)).toMatchObject({
      kind: 'unknown',
      why: 'The body could not be built.',
    });
  });

  it('leaves out what the owner ignores, and knows that there was something', () => {
    const look = (spec: JsonObject) => {
      const given = facts({ object: cr({ spec, status: inForce() }) });
      return compareAtRest(given, desiredOf(given), other);
    };
    expect(look({ ignoreDifferences: ['/version'] })).toMatchObject({ changed: [], ignored: 'yes' });
    expect(look({ ignoreDifferences: ['/description'] })).toMatchObject({
      changed: [{ pointer: '/version' }],
      ignored: 'no',
    });
    expect(look({})).toMatchObject({ ignored: 'no' });
  });

  it('at rest tells what left the spec apart from what changed', () => {
    const lastApplied = { generation: 1, keys: ['jvm_opts', 'version'] };
    const given = facts({ object: cr({ status: inForce({ lastApplied }) }) });
    const component = remote({ body: { version: '1.0.0', jvm_opts: '-Xmx1g' } });
    expect(compareAtRest(given, desiredOf(given), component)).toMatchObject({
      kind: 'compared',
      after: 'check',
      changed: [{ pointer: '/version', kind: 'changed' }],
      removed: [{ pointer: '/jvmOpts', kind: 'removed' }],
    });
  });
});
