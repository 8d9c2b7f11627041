// Rules of Tables 8-11: how a new version replaces the old one.
import {
  content,
  gray,
  type NamedRow,
  REQUIRED,
  rule,
  TOO_BIG,
  TOO_SMALL,
  UNSUPPORTED,
  weight,
  without,
} from './rule-objects.ts';

export const ROLLOUT_ROWS: readonly NamedRow[] = [
  [
    'deployStrategy.type',
    { deployStrategy: { type: 'OneBatchRelease' } },
    { deployStrategy: { type: 'Canary' } },
    UNSUPPORTED,
  ],
  [
    'deployStrategy.rollingRelease',
    { deployStrategy: { type: 'RollingRelease', rollingRelease: { batches: 2 } } },
    { deployStrategy: { type: 'RollingRelease' } },
    'rollingRelease is missing',
  ],
  [
    'deployStrategy.rollingRelease.batches',
    { deployStrategy: { type: 'RollingRelease', rollingRelease: { batches: 1 } } },
    { deployStrategy: { type: 'RollingRelease', rollingRelease: { batches: 0 } } },
    TOO_SMALL,
  ],
  [
    'deployStrategy.grayRelease',
    { deployStrategy: gray(weight) },
    { deployStrategy: { type: 'GrayRelease' } },
    'grayRelease is missing',
  ],
  [
    'deployStrategy.grayRelease.firstBatchWeight',
    { deployStrategy: gray(weight) },
    { deployStrategy: gray(without(weight, 'firstBatchWeight')) },
    'firstBatchWeight is missing',
  ],
  [
    'deployStrategy.grayRelease.firstBatchReplica',
    { deployStrategy: gray(weight) },
    { deployStrategy: gray(without(weight, 'firstBatchReplica')) },
    'firstBatchReplica is missing',
  ],
  [
    'deployStrategy.grayRelease.remainingBatch',
    { deployStrategy: gray(weight) },
    { deployStrategy: gray(without(weight, 'remainingBatch')) },
    'remainingBatch is missing',
  ],
  [
    'deployStrategy.grayRelease.replicaSurgeMode',
    { deployStrategy: gray(content) },
    { deployStrategy: gray(without(content, 'replicaSurgeMode')) },
    'replicaSurgeMode is missing',
  ],
  [
    'deployStrategy.grayRelease.ruleMatchMode',
    { deployStrategy: gray(content) },
    { deployStrategy: gray(without(content, 'ruleMatchMode')) },
    'ruleMatchMode is missing',
  ],
  [
    'deployStrategy.grayRelease',
    { deployStrategy: gray(content) },
    { deployStrategy: gray(without(content, 'rules')) },
    'grayRelease.rules: Required value',
  ],
  [
    'deployStrategy.grayRelease.rules',
    { deployStrategy: gray({ ...content, rules: rule }) },
    { deployStrategy: gray({ ...content, rules: without(rule, 'key') }) },
    REQUIRED,
  ],
  [
    'deployStrategy.grayRelease.rules',
    { deployStrategy: gray({ ...content, rules: [{ ...rule, extra: 1 }] }) },
    { deployStrategy: gray({ ...content, rules: [{ type: 'HEADER', key: 'a', value: 'b' }] }) },
    REQUIRED,
  ],
  [
    'deployStrategy.grayRelease.firstBatchWeight',
    { deployStrategy: gray({ ...weight, firstBatchWeight: 100 }) },
    { deployStrategy: gray({ ...weight, firstBatchWeight: 101 }) },
    TOO_BIG,
  ],
];
