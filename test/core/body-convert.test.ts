import { describe, expect, test } from 'vitest';
import { fromWire, toWire } from '../../src/core/body.ts';
import { SEED_BODY, SEED_SPEC } from '../api/seed-example.ts';

const { component } = SEED_SPEC;

describe('toWire', () => {
  test('makes the body of the API page from its example', () => expect(toWire(component)).toEqual(SEED_BODY));

  test('writes keys in the order of the tables', () => {
    expect(Object.keys(toWire(component))).toEqual([
      'name',
      'labels',
      'runtime_stack',
      'description',
      'source',
      'version',
      'replica',
      'tomcat_opts',
      'refer_resources',
      'external_accesses',
    ]);
  });

  test('sends empty values and sends nothing for what is missing', () => {
    const empty = { description: '', replica: 0, enableSermantConfig: false, labels: [], command: {} };
    expect(toWire(empty)).toEqual({
      description: '',
      replica: 0,
      enable_sermant_config: false,
      labels: [],
      command: {},
    });
  });

  test('sends a weight as a number, and leaves other text alone', () => {
    const affinity = [{ weight: '100' }, { weight: 5 }];
    expect(toWire({ affinity, jvmOpts: '100' })).toEqual({
      jvm_opts: '100',
      affinity: [{ weight: 100 }, { weight: 5 }],
    });
  });

  test('keeps the odd spellings of the page', () => {
    const odd = {
      configs: [{ configId: 'a', mountPath: '/a' }],
      referResources: [{ id: '', type: 'cce', parameters: { availableZone: 'z' } }],
      sermantAgentInjectActionFlag: true,
    };
    expect(toWire(odd)).toEqual({
      configs: [{ conifg_id: 'a', mount_path: '/a' }],
      refer_resources: [{ id: '', type: 'cce', parameters: { availableZone: 'z' } }],
      sermantAgentInjectActionFlag: true,
    });
    expect(toWire(odd, { configIdWireName: 'config_id' }).configs).toEqual([
      { config_id: 'a', mount_path: '/a' },
    ]);
  });

  test('passes unknown keys of open objects on as they are', () => {
    const parameters = { clusterId: 'c', some_key: null, otherKey: { clusterId: 1 } };
    expect(toWire({ build: { parameters } })).toEqual({
      build: { parameters: { cluster_id: 'c', some_key: null, otherKey: { clusterId: 1 } } },
    });
  });

  test('converts rules of a gray release in both shapes', () => {
    const rule = { type: 'HEADER', key: 'a', value: 'b', condition: 'IN', more: 1 };
    const strategy = (rules: unknown) => ({
      deployStrategy: { type: 'GrayRelease', grayRelease: { rules } },
    });
    expect(toWire(strategy(rule))).toMatchObject({ deploy_strategy: { gray_release: { rules: rule } } });
    expect(toWire(strategy([rule]))).toMatchObject({ deploy_strategy: { gray_release: { rules: [rule] } } });
  });
});

describe('fromWire', () => {
  test('makes the spec from the body of the page', () => expect(fromWire(SEED_BODY)).toEqual(component));

  test('leaves out what only GET has', () => {
    expect(fromWire({ name: 'a', id: 'x', status: {}, envs: [{ name: 'b', inner: true }] })).toEqual({
      name: 'a',
      envs: [{ name: 'b' }],
    });
  });

  test('reads both spellings of conifg_id', () => {
    const configs = [{ config_id: 'a' }, { conifg_id: 'b' }];
    expect(fromWire({ configs }, { configIdWireName: 'config_id' })).toEqual({
      configs: [{ configId: 'a' }, { configId: 'b' }],
    });
  });
});
