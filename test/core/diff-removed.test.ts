import { describe, expect, test } from 'vitest';
import { compareBody, hasRemovedKeys, removedKeys, writeOnlyFields } from '../../src/core/diff.ts';
import { FIELD_RULES } from '../../src/core/diff-rules.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { SEED_TABLES } from '../api/seed-tables.ts';

const differences = (desired: JsonObject, remote: JsonObject, removed: readonly string[] = []) =>
  compareBody({ desired, remote, removedKeys: removed }).map(({ kind, pointer }) => `${kind} ${pointer}`);

describe('removed keys', () => {
  test.each<readonly [string, string, JsonObject, readonly string[]]>([
    ['has a value', 'jvm_opts', { jvm_opts: '-X' }, ['removed /jvmOpts']],
    ['is gone', 'jvm_opts', { jvm_opts: '' }, []],
    ['has inner entries only', 'envs', { envs: [{ name: 'A', inner: true }, { name: 'TZ' }] }, []],
    [
      'is always filled by the service',
      'update_strategy',
      { update_strategy: { type: 'RollingUpdate' } },
      [],
    ],
    ['is no state', 'deploy_strategy', { deploy_strategy: { type: 'OneBatchRelease' } }, []],
    ['came from extraBody', 'brand_new', { brand_new: 1 }, ['removed /extraBody/brand_new']],
  ])('a key that %s', (_, key, remote, want) => {
    expect(differences({ version: '1.0.0' }, { version: '1.0.0', ...remote }, [key])).toEqual(want);
  });

  test('are those of the earlier body that the later one lacks', () => {
    expect(removedKeys(['name', 'envs'], { name: 'a' })).toEqual(['envs']);
  });

  test('are told apart from other differences', () => {
    expect(hasRemovedKeys([{ pointer: '/a', kind: 'changed' }])).toBe(false);
    expect(hasRemovedKeys([{ pointer: '/a', kind: 'removed' }])).toBe(true);
  });
});

describe('writeOnlyFields', () => {
  const body = {
    workload_content: 'x',
    source: { http_password: 'p', http_headers: {} },
    multi_containers: [{ source: {} }, { source: { http_headers: { a: 'b' } } }],
    cell_id: 'c',
    deploy_strategy: { type: 'OneBatchRelease' },
  };

  test('names what GET never shows', () => {
    expect(writeOnlyFields(body)).toEqual([
      '/workloadContent',
      '/source/httpPassword',
      '/multiContainers/1/source/httpHeaders',
    ]);
  });

  test('names what this GET left out as well', () => {
    expect(writeOnlyFields(body, { multi_containers: [] })).toEqual([
      '/workloadContent',
      '/source/httpPassword',
      '/multiContainers/1/source/httpHeaders',
      '/cellId',
    ]);
  });
});

test('every field rule names a key of the API page', () => {
  const unknown = Object.keys(FIELD_RULES).filter((rule) => {
    const [number, key] = rule.split('.');
    return !(SEED_TABLES[Number(number)] ?? '').split(/[\s!]+/).includes(key ?? '');
  });
  expect(unknown).toEqual([]);
});
