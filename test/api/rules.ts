// Every sort of rule of the CRD with one object that obeys it and one that breaks it, as RFC 7386 patches on the spec of the
// API page's example. Run against parseSpec here, and against a real API server by the end-to-end suite.
import type { Json, JsonObject } from '../../src/core/types.ts';
import { PATTERN, REQUIRED, type Row, TOO_LONG, TYPE, UNSUPPORTED } from './rule-objects.ts';
import { COMPONENT_ROWS } from './rules-component.ts';
import { CONTAINER_ROWS } from './rules-container.ts';
import { PLACEMENT_ROWS } from './rules-placement.ts';
import { ROLLOUT_ROWS } from './rules-rollout.ts';
import { SOURCE_ROWS } from './rules-source.ts';

export interface RuleCase {
  readonly name: string;
  /** Path that the refusal names. */
  readonly field: string;
  readonly valid: JsonObject;
  readonly invalid: JsonObject;
  /** Part of the API server's refusal. */
  readonly expect: string;
  /** `invalid` is refused as a change of the valid object only; parseSpec cannot see it. */
  readonly onUpdate?: true;
}

/** Rows whose patch is the value of the field itself. */
const SPEC_ROWS: readonly Row[] = [
  ['region', 'ap-southeast-1', 'cn_north_4', PATTERN],
  ['region', 'cn-north-4', `cn-${'n'.repeat(40)}`, TOO_LONG],
  ['projectId', 'f'.repeat(32), 'F'.repeat(32), PATTERN],
  ['applicationId', '11111111-2222-3333-4444-555555555556', 'weather', PATTERN],
  ['componentId', '66666666-7777-8888-9999-000000000001', '../components', PATTERN],
  ['region', 'cn-north-4', null, REQUIRED],
  ['credentialsSecretRef', { name: 'other' }, null, REQUIRED],
  ['credentialsSecretRef.name', 'a.b-c', 'Not_A_Name', PATTERN],
  ['component', {}, null, REQUIRED],
  ['suspend', true, 'yes', TYPE],
  ['driftPolicy', 'RevertOnce', 'Fix', UNSUPPORTED],
  ['deletionPolicy', 'Delete', 'Retain', UNSUPPORTED],
  ['interval', '0s', '29s', 'interval is shorter than 30s'],
  ['interval', '1h30m', '10 minutes', PATTERN],
  ['ambiguousSubmit', 'Hold', 'Never', UNSUPPORTED],
  ['rolloutOnSecretChange', false, 0, TYPE],
  ['scaleHosts', ['host-1'], 'host-1', TYPE],
  ['ignoreDifferences', ['/labels', '/envs/0/value'], ['labels'], PATTERN],
];

const IMMUTABLE: readonly Row[] = [
  ['region', 'cn-north-4', 'cn-north-1', 'region cannot be changed'],
  ['projectId', 'f'.repeat(32), '0'.repeat(32), 'projectId cannot be changed'],
  [
    'applicationId',
    '11111111-2222-3333-4444-555555555555',
    '11111111-2222-3333-4444-555555555556',
    'applicationId cannot be changed',
  ],
  [
    'componentId',
    '66666666-7777-8888-9999-000000000000',
    '66666666-7777-8888-9999-000000000001',
    'componentId cannot be changed',
  ],
];

export const RULES: readonly RuleCase[] = [
  ...SPEC_ROWS.map((row) => direct('spec', row)),
  ...COMPONENT_ROWS.map((row) => direct('spec.component', row)),
  ...[...SOURCE_ROWS, ...CONTAINER_ROWS, ...ROLLOUT_ROWS, ...PLACEMENT_ROWS].map(
    ([field, valid, invalid, expect]) =>
      named({
        field: `spec.component.${field}`,
        valid: { component: valid },
        invalid: { component: invalid },
        expect,
      }),
  ),
  ...IMMUTABLE.map((row): RuleCase => ({ ...direct('spec', row), onUpdate: true })),
].map((entry, index) => ({ ...entry, name: `${index + 1} ${entry.name}` }));

function direct(root: 'spec' | 'spec.component', [field, valid, invalid, expect]: Row): RuleCase {
  const patch = (value: Json): JsonObject => {
    const inner = field.split('.').reduceRight<Json>((below, key) => ({ [key]: below }), value) as JsonObject;
    return root === 'spec' ? inner : { component: inner };
  };
  return named({ field: `${root}.${field}`, valid: patch(valid), invalid: patch(invalid), expect });
}

function named(entry: Omit<RuleCase, 'name'>): RuleCase {
  return { ...entry, name: `${entry.field}: ${entry.expect}` };
}
