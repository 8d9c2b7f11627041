// When two values mean the same.
import { describe, expect, it } from 'vitest';
import { compareBody } from '../../src/core/diff.ts';
import { holds, isEmpty } from '../../src/core/diff-values.ts';
import type { JsonObject } from '../../src/core/types.ts';

describe('nothing', () => {
  it.each([[undefined], [null], [''], [0], [false], [[]], [{}], [{ a: '', b: [], c: { d: null } }]])(
    'is %j',
    (value) => {
      expect(isEmpty(value)).toBe(true);
    },
  );

  it.each([[' '], [1], [true], [[0]], [['']], [{ a: '', b: 'x' }]])('is not %j', (value) => {
    expect(isEmpty(value)).toBe(false);
  });

  it('means the same however it is written', () => {
    expect(holds('', undefined, {})).toBe(true);
    expect(holds({ a: '' }, [], {})).toBe(true);
    expect(holds(undefined, 'x', {})).toBe(false);
    expect(holds('x', undefined, {})).toBe(false);
  });
});

describe('a list', () => {
  it.each([
    ['the same entries in order', [1, 2], [1, 2], true],
    ['another order', [1, 2], [2, 1], false],
    ['one entry more', [1, 2], [1, 2, 3], false],
    ['one entry less', [1, 2], [1], false],
    ['only the first entry equal', [1, 2], [1, 3], false],
    ['a text in its place', ['a'], 'a', false],
    ['an object in its place', ['a'], { 0: 'a', length: 1 }, false],
  ])('%s', (_name, desired, remote, want) => {
    expect(holds(desired, remote, {})).toBe(want);
  });
});

describe('an object', () => {
  it.each([
    ['holds with more keys than the user wrote', { a: 1 }, { a: 1, b: 2 }, true],
    ['holds without a key that the user left empty', { a: 1, b: '' }, { a: 1 }, true],
    ['does not hold when one of two keys differs', { a: 1, b: 2 }, { a: 1, b: 3 }, false],
    ['does not hold as a text', { a: 1 }, 'a', false],
    ['does not hold as a list', { 0: 'a' }, ['a'], false],
    ['does not hold by an inherited key', { constructor: Object }, {}, false],
  ])('%s', (_name, desired, remote, want) => {
    expect(holds(desired, remote, {})).toBe(want);
  });
});

describe('a component that decides by its workload', () => {
  const yaml = (fields: JsonObject) => ({ config_mode: 'yaml', ...fields });
  const differs = (desired: JsonObject, remote: JsonObject) =>
    compareBody({ desired: yaml(desired), remote: yaml(remote) }).length > 0;

  it.each<[string, JsonObject, JsonObject]>([
    ['description', { description: 'a' }, { description: 'b' }],
    ['version', { version: '2' }, { version: '1' }],
    ['source', { source: { url: 'a' } }, { source: { url: 'b' } }],
    ['labels', { labels: [{ key: 'a', value: '1' }] }, { labels: [{ key: 'a', value: '2' }] }],
    [
      'resources',
      { refer_resources: [{ type: 'cce', id: 'a' }] },
      { refer_resources: [{ type: 'cce', id: 'b' }] },
    ],
    [
      'addresses',
      { external_accesses: [{ protocol: 'http', address: 'a' }] },
      { external_accesses: [{ protocol: 'http', address: 'b' }] },
    ],
  ])('still has its own %s', (_name, desired, remote) => {
    expect(differs(desired, remote)).toBe(true);
  });

  it('has nothing else of its own', () => {
    expect(differs({ jvm_opts: 'a' }, { jvm_opts: 'b' })).toBe(false);
  });

  it('is told when it does not any more', () => {
    const found = compareBody({ desired: { config_mode: 'yaml' }, remote: { config_mode: 'ui' } });
    expect(found).toEqual([{ pointer: '/configMode', kind: 'changed' }]);
    expect(
      compareBody({ desired: {}, remote: { config_mode: 'yaml' }, removedKeys: ['config_mode'] }),
    ).toEqual([]);
  });
});

describe('an entry that the API tells apart by more than the spec', () => {
  it.each<[string, JsonObject, JsonObject, string]>([
    [
      'a log by its path',
      { logs: [{ log_path: '/a', rotate: 'Daily' }] },
      { logs: [{ log_path: '/a', rotate: 'Hourly' }] },
      '/logs/0/rotate',
    ],
    [
      'a log of a container by its path',
      { multi_containers: [{ container_name: 'c', logs: [{ log_path: '/a', rotate: 'Daily' }] }] },
      { multi_containers: [{ container_name: 'c', logs: [{ log_path: '/a', rotate: 'Hourly' }] }] },
      '/multiContainers/0/logs/0/rotate',
    ],
    [
      'a resource by type and id',
      { refer_resources: [{ type: 'cce', id: 'a', parameters: { name: 'n' } }] },
      { refer_resources: [{ type: 'cce', id: 'a', parameters: { name: 'm' } }] },
      '/referResources/0/parameters/name',
    ],
  ])('%s', (_name, desired, remote, pointer) => {
    expect(compareBody({ desired, remote }).map((each) => each.pointer)).toEqual([pointer]);
  });

  it('is not the service’s own variable in a container', () => {
    const container = (envs: JsonObject[]) => ({ multi_containers: [{ container_name: 'c', envs }] });
    const remote = container([
      { name: 'A', value: '1' },
      { name: 'B', inner: true },
    ]);
    expect(compareBody({ desired: container([{ name: 'A', value: '1' }]), remote })).toEqual([]);
  });

  it('is a number or its digits where the service writes either', () => {
    const strategy = (max_unavailable: number | string) => ({ update_strategy: { max_unavailable } });
    expect(compareBody({ desired: strategy(1), remote: strategy('1') })).toEqual([]);
  });
});

describe('a single value', () => {
  it.each([
    ['is compared as it is', '1', 1, undefined, false],
    ['is compared as text where the rule says so', '1', 1, 'text', true],
    ['is compared as text without blanks around it', ' a', 'a ', 'text', true],
    ['is compared with its case', 'A', 'a', 'text', false],
    ['is compared without its case where the rule says so', ' Http', 'hTTP ', 'fold', true],
    ['differs without its case too', 'http', 'tcp', 'fold', false],
  ] as const)('%s', (_name, desired, remote, equality, want) => {
    expect(holds(desired, remote, equality === undefined ? {} : { equality: equality as never })).toBe(want);
  });
});
