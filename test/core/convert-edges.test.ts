// Renaming changes names and nothing else, at the edges too: texts that are no numbers, lists in the place of objects, and order.
import { describe, expect, it } from 'vitest';
import { digestInput, fromWire, toWire } from '../../src/core/body.ts';

describe('a weight written as text', () => {
  it.each([
    ['a number with a blank around it', ' 7 ', 7],
    ['an empty text', '', ''],
    ['a blank', ' ', ' '],
    ['no number', 'many', 'many'],
  ])('%s', (_name, weight, want) => {
    expect(toWire({ affinity: [{ weight }] })).toEqual({ affinity: [{ weight: want }] });
  });
});

describe('a value of the wrong form', () => {
  it.each([
    ['a text for a list', { labels: 'x' }, { labels: 'x' }],
    ['a text for an object', { source: 'x' }, { source: 'x' }],
    ['null for an object', { source: null }, { source: null }],
    ['a list for a map', { tomcatOpts: [] }, { tomcat_opts: [] }],
  ])('goes through as it is: %s', (_name, spec, body) => {
    expect(toWire(spec)).toEqual(body);
    expect(fromWire(body)).toEqual(spec);
  });
});

describe('the order of keys', () => {
  const maps = (keys: readonly string[]) =>
    Object.fromEntries(keys.map((key) => [key, { z: 1, a: [{ c: 1, b: 2 }] }]));

  it('of what no table knows is that of their names, at every depth', () => {
    const text = JSON.stringify(toWire({ build: { parameters: maps(['zone', 'Alpha', 'beta']) } }));
    expect(text).toBe(
      JSON.stringify({
        build: {
          parameters: {
            Alpha: { a: [{ b: 2, c: 1 }], z: 1 },
            beta: { a: [{ b: 2, c: 1 }], z: 1 },
            zone: { a: [{ b: 2, c: 1 }], z: 1 },
          },
        },
      }),
    );
  });

  it('leaves out an unknown key without a value', () => {
    const parameters = { clusterId: 'c', more: undefined };
    expect(Object.keys(toWire({ referResources: [{ parameters }] }))).toEqual(['refer_resources']);
    expect(JSON.stringify(toWire({ referResources: [{ parameters }] }))).not.toContain('more');
  });
});

describe('a list of entries with keys', () => {
  it('is ordered by its keys in a digest, in whatever order an entry was written', () => {
    const envs = [
      { value: '1', name: 'b' },
      { value: '2', name: 'a' },
    ];
    expect(digestInput({ envs })).toEqual({
      envs: [
        { name: 'a', value: '2' },
        { name: 'b', value: '1' },
      ],
    });
  });
});

describe('a reference to a Secret', () => {
  it('leaves its field out where no value is asked for', () => {
    const source = { kind: 'package', httpPasswordSecretRef: { name: 's', key: 'k' } };
    expect(toWire({ source })).toEqual({ source: { kind: 'package' } });
  });
});

describe('what GET shows', () => {
  it('is read under either spelling of a configuration’s id', () => {
    expect(fromWire({ configs: [{ config_id: 'a' }] }, { configIdWireName: 'config_id' })).toEqual({
      configs: [{ configId: 'a' }],
    });
    expect(fromWire({ configs: [{ conifg_id: 'a' }] }, { configIdWireName: 'config_id' })).toEqual({
      configs: [{ configId: 'a' }],
    });
  });

  it('is read as numbers, texts and lists as they stand', () => {
    const body = {
      affinity: [{ weight: 5 }],
      tomcat_opts: { server_xml: 'x' },
      labels: [{ key: 'a', value: 'b' }],
    };
    expect(fromWire(body)).toEqual({
      affinity: [{ weight: 5 }],
      tomcatOpts: { serverXml: 'x' },
      labels: [{ key: 'a', value: 'b' }],
    });
  });
});
