// Tables 8-11, 37 of the API page: how a new version replaces the old one.
import { choice, countOrPercent, oneOrMany, text, whole } from './field-types.ts';
import { may, measured, must, table } from './fields.ts';

const rollingRelease = table(9, {
  batches: must('batches', whole(1), 'Number of batches.'),
});

const grayRules = oneOrMany(11, {
  type: must('type', text(), 'What is matched; only HEADER is supported.'),
  key: must('key', text(), 'Name of the header.'),
  value: must('value', text(), 'Value that is compared.'),
  condition: must('condition', text(), 'How it is compared: EQUAL, MATCH or IN.'),
});

const WEIGHT_NEEDS = ['firstBatchWeight', 'firstBatchReplica', 'remainingBatch'] as const;
const CONTENT_NEEDS = ['replicaSurgeMode', 'ruleMatchMode'] as const;

const grayRelease = table(
  10,
  {
    type: must('type', choice('WEIGHT', 'CONTENT'), 'Whether traffic is split by share or by content.'),
    firstBatchWeight: measured(
      'percent',
      may(
        'first_batch_weight',
        whole(0, 100),
        'Share of the traffic for the first batch; needed for type WEIGHT.',
      ),
    ),
    firstBatchReplica: measured(
      'instances',
      may('first_batch_replica', whole(), 'Instances of the first batch; needed for type WEIGHT.'),
    ),
    remainingBatch: may(
      'remaining_batch',
      whole(),
      'Number of batches for the remaining instances; needed for type WEIGHT.',
    ),
    deploymentMode: may(
      'deployment_mode',
      whole(),
      'What stands upstream: 1 a microservice gateway, 3 a microservice, 4 a load balancer.',
    ),
    replicaSurgeMode: may(
      'replica_surge_mode',
      choice('MIRROR', 'EXTRA', 'NOSURGE'),
      'Blue-green, add before removing, or remove before adding; needed for type CONTENT.',
    ),
    ruleMatchMode: may(
      'rule_match_mode',
      choice('ALL', 'ANY', 'all', 'any'),
      'Whether all rules or one must match; needed for type CONTENT.',
    ),
    rules: may(
      'rules',
      grayRules,
      'Rules of the gray release, an object or a list of objects; needed for type CONTENT.',
    ),
  },
  {
    rules: [
      ...WEIGHT_NEEDS.map((field) => ({
        cel: `self.type != 'WEIGHT' || has(self.${field})`,
        holds: (self: { readonly type: string } & { readonly [K in typeof field]?: unknown }) =>
          self.type !== 'WEIGHT' || self[field] !== undefined,
        message: `${field} is missing: type WEIGHT needs it; write a number`,
        at: field,
        reason: 'FieldValueRequired' as const,
      })),
      ...CONTENT_NEEDS.map((field) => ({
        cel: `self.type != 'CONTENT' || has(self.${field})`,
        holds: (self: { readonly type: string } & { readonly [K in typeof field]?: unknown }) =>
          self.type !== 'CONTENT' || self[field] !== undefined,
        message: `${field} is missing: type CONTENT needs it; write one of its values`,
        at: field,
        reason: 'FieldValueRequired' as const,
      })),
    ],
    untyped: {
      // The first alternative matches more than the second, so that the API server names `rules` as missing.
      json: {
        anyOf: [
          { properties: { type: { enum: ['WEIGHT', 'CONTENT'] } }, required: ['rules'] },
          { properties: { type: { enum: ['WEIGHT'] } } },
        ],
      },
      holds: (self) => self.type !== 'CONTENT' || self.rules !== undefined,
      message: 'rules is missing: type CONTENT needs it; write the rules',
      at: 'rules',
    },
  },
);

export const deployStrategy = table(
  8,
  {
    type: must(
      'type',
      choice('OneBatchRelease', 'RollingRelease', 'GrayRelease'),
      'All at once, in batches, or a share first.',
    ),
    rollingRelease: may('rolling_release', rollingRelease, 'Batches; needed for type RollingRelease.'),
    grayRelease: may('gray_release', grayRelease, 'First share and its rules; needed for type GrayRelease.'),
  },
  {
    rules: [
      {
        cel: "self.type != 'RollingRelease' || has(self.rollingRelease)",
        holds: (self) => self.type !== 'RollingRelease' || self.rollingRelease !== undefined,
        message: 'rollingRelease is missing: type RollingRelease needs it; write the number of batches',
        at: 'rollingRelease',
        reason: 'FieldValueRequired',
      },
      {
        cel: "self.type != 'GrayRelease' || has(self.grayRelease)",
        holds: (self) => self.type !== 'GrayRelease' || self.grayRelease !== undefined,
        message: 'grayRelease is missing: type GrayRelease needs it; describe the first batch',
        at: 'grayRelease',
        reason: 'FieldValueRequired',
      },
    ],
  },
);

export const updateStrategy = table(
  37,
  {
    type: may(
      'type',
      choice('RollingUpdate', 'Recreate'),
      'Whether new pods come before the old ones go; absent = RollingUpdate.',
    ),
    maxUnavailable: measured(
      'pods or percent',
      may(
        'max_unavailable',
        countOrPercent(),
        'How many pods may be missing, as a number or a percentage of replica; absent = 25%. For workload kind deployment.',
      ),
    ),
    maxSurge: measured(
      'pods or percent',
      may(
        'max_surge',
        countOrPercent(),
        'How many pods may exist beyond replica, as a number or a percentage; absent = 25%. Only for workload kind deployment.',
      ),
    ),
    terminationPeriodSeconds: measured(
      'seconds',
      may('termination_period_seconds', whole(), 'Time for commands before the workload stops; absent = 30.'),
    ),
    minReadySeconds: measured(
      'seconds',
      may('min_ready_seconds', whole(), 'How long a new pod must run to count as available; absent = 0.'),
    ),
    progressDeadlineSeconds: measured(
      'seconds',
      may(
        'progress_deadline_seconds',
        whole(),
        'After this time the upgrade counts as failed; must be greater than minReadySeconds.',
      ),
    ),
    revisionHistoryLimit: may(
      'revision_history_limit',
      whole(),
      'How many old revisions are kept for a rollback; absent = 10.',
    ),
  },
  {
    rules: [
      {
        cel: '!has(self.progressDeadlineSeconds) || self.progressDeadlineSeconds > (has(self.minReadySeconds) ? self.minReadySeconds : 0)',
        holds: ({ progressDeadlineSeconds: deadline, minReadySeconds }) =>
          deadline === undefined || deadline > (minReadySeconds ?? 0),
        message:
          'progressDeadlineSeconds is not greater than minReadySeconds: raise it or lower minReadySeconds',
        at: 'progressDeadlineSeconds',
      },
    ],
  },
);
