// Words of the API server's refusals, and small valid objects from which the rows of the rule table are built.
import type { Json, JsonObject } from '../../src/core/types.ts';

/** Both patches are the value of the field itself. */
export type Row = readonly [field: string, valid: Json, invalid: Json, expect: string];
/** Both patches apply to the component. */
export type NamedRow = readonly [field: string, valid: JsonObject, invalid: JsonObject, expect: string];

export const UNSUPPORTED = 'Unsupported value';
export const REQUIRED = 'Required value';
export const PATTERN = 'should match';
export const TOO_LONG = 'Too long';
export const TOO_MANY = 'Too many';
export const DUPLICATE = 'Duplicate value';
export const TOO_SMALL = 'should be greater than or equal to';
export const TOO_BIG = 'should be less than or equal to';
export const TYPE = 'must be of type';

export const keyed = (count: number, key: string, more: JsonObject = {}): JsonObject[] =>
  Array.from({ length: count }, (_, index) => ({ [key]: `k${index}`, ...more }));
export const texts = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
export const storage = (type: string, parameters: JsonObject) => [
  { type, name: 'data', parameters, mounts: [] },
];
export const mount = { path: '/a', subPath: '', readOnly: true };
export const probe = (more: JsonObject): JsonObject => ({ type: 'tcp', delay: 1, timeout: 1, ...more });
export const image = { kind: 'image', url: 'swr.example.com/a/b:1', storage: 'swr' };
export const gray = (more: JsonObject): JsonObject => ({ type: 'GrayRelease', grayRelease: more });
export const weight = { type: 'WEIGHT', firstBatchWeight: 10, firstBatchReplica: 1, remainingBatch: 1 };
export const rule = { type: 'HEADER', key: 'user', value: 'a', condition: 'EQUAL' };
export const content = { type: 'CONTENT', replicaSurgeMode: 'EXTRA', ruleMatchMode: 'ALL', rules: [rule] };
export const passwordRef = { name: 'secrets', key: 'password' };
export const expression = { key: 'app', operation: 'In', value: 'a' };
export const without = (object: JsonObject, key: string): JsonObject => ({ ...object, [key]: null });
export const log = { logPath: '/l', rotate: 'Daily', hostPath: '/h', hostExtendPath: 'None' };
export const container = { containerName: 'side', source: image };
export const template = { storage: 'obs', url: 'obs://a/b.zip' };
export const nodejs = { name: 'Nodejs16', type: 'Nodejs' };
export const cse = [{ id: 'engine', type: 'cse' }];
