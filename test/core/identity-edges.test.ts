// What belongs to the server, at the edges: what one side does not say, and where the server's values go in a body.
import { describe, expect, it } from 'vitest';
import { immutableDifferences, withServerValues } from '../../src/core/identity.ts';

const STACK = { name: 'OpenJDK8', version: '1.1.1', type: 'Java', deploy_mode: 'container' };
const SPEC = { name: 'OpenJDK8', version: '1.1.1', type: 'Java', deployMode: 'container' };
const paths = (spec: object, server: object, name = 'a') =>
  immutableDifferences({ name: 'a', runtimeStack: spec }, { name, runtimeStack: server as never }).map(
    ({ path }) => path,
  );

describe('a difference that cannot be changed', () => {
  it('is one of the version as well', () => {
    expect(paths(SPEC, { ...STACK, version: '2' })).toEqual(['spec.component.runtimeStack.version']);
  });

  it('is one of an empty type, since only a version may be left open', () => {
    expect(paths({ ...SPEC, type: '' }, STACK)).toEqual(['spec.component.runtimeStack.type']);
  });

  it('is one of an empty name', () => {
    expect(immutableDifferences({ name: '' }, { name: 'a', runtimeStack: {} })).toHaveLength(1);
  });

  it('is none where one side says nothing', () => {
    expect(paths({}, STACK)).toEqual([]);
    expect(paths(SPEC, { ...STACK, type: '', version: null })).toEqual([]);
    expect(paths(SPEC, STACK, '')).toEqual([]);
  });

  it('is none for a spec without a runtime stack', () => {
    expect(immutableDifferences({ name: 'a' }, { name: 'a', runtimeStack: STACK })).toEqual([]);
    expect(
      immutableDifferences({ name: 'a', runtimeStack: 'x' }, { name: 'a', runtimeStack: STACK }),
    ).toEqual([]);
  });
});

describe('the server’s values in a body', () => {
  const server = { name: 'of-server', runtimeStack: { name: 'Python3', version: null, type: 'Python' } };

  it('take the place of what is written, and what the server does not tell stays', () => {
    const body = withServerValues(
      { name: 'a', runtime_stack: STACK, version: '1' },
      { ...server, replica: 2 },
    );
    expect(body).toEqual({
      name: 'of-server',
      runtime_stack: { name: 'Python3', version: '1.1.1', type: 'Python', deploy_mode: 'container' },
      version: '1',
      replica: 2,
    });
  });

  it('are there also where nothing was written, without a count that the server does not tell', () => {
    expect(withServerValues({ replica: 5 }, server)).toEqual({
      name: 'of-server',
      runtime_stack: { name: 'Python3', type: 'Python' },
      replica: 5,
    });
    expect(withServerValues({ runtime_stack: 'x' }, server)).toEqual({
      name: 'of-server',
      runtime_stack: { name: 'Python3', type: 'Python' },
    });
  });

  it('stand in the order of the tables, before what no table knows', () => {
    const body = withServerValues({ brand_new: 1, version: '1', description: '' }, { ...server, replica: 2 });
    expect(Object.keys(body)).toEqual([
      'name',
      'runtime_stack',
      'description',
      'version',
      'replica',
      'brand_new',
    ]);
  });
});
