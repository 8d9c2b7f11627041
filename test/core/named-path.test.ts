import { describe, expect, it } from 'vitest';
import { namedPath } from '../../src/core/named-path.ts';
import type { JsonObject } from '../../src/core/types.ts';

const component: JsonObject = {
  name: 'weather',
  limitMemory: 1,
  source: { kind: 'image' },
  extraBody: { restart_policy: 'x' },
};

const rows = [
  ['limit_memory must be at most 16', 'spec.component.limitMemory'],
  ['Invalid parameter: restart_policy: is not a known parameter', 'spec.component.extraBody.restart_policy'],
  ['invalid parameter source', 'spec.component.source'],
  ['"source" is wrong', 'spec.component.source'],
  ['the source could not be reached', undefined],
  ['request_memory is wrong', undefined],
  ['it went wrong', undefined],
] as const;

describe('a refusal points at the field of the spec', () => {
  it.each(rows)('%s', (message, path) => {
    expect(namedPath(component, message)).toBe(path);
  });
});
