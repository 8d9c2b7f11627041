// Tables 23, 24, 36 of the API page: on which nodes the component may run.
import { choice, list, shortText, text, weight, whole } from './field-types.ts';
import { may, measured, must, type Rule, table } from './fields.ts';

const matchExpression = table(
  24,
  {
    key: must('key', text(), 'Key of the label to match.'),
    operation: must(
      'operation',
      shortText(),
      'How the label is matched; In, NotIn, Exists, DoesNotExist, Gt and Lt are known to work.',
    ),
    value: may('value', text(), 'Value to match; may be absent for Exists and DoesNotExist.'),
  },
  {
    rules: [
      {
        cel: "has(self.value) || self.operation in ['Exists', 'DoesNotExist']",
        holds: ({ operation, value }) =>
          value !== undefined || operation === 'Exists' || operation === 'DoesNotExist',
        message: 'value is missing: only the operations Exists and DoesNotExist go without; write the value',
        at: 'value',
        reason: 'FieldValueRequired',
      },
    ],
  },
);

export const affinity = table(
  23,
  {
    kind: may('kind', choice('node', 'pod'), 'What is matched.'),
    condition: may('condition', choice('required', 'preferred'), 'Whether it must hold or is a wish.'),
    matchExpressions: may('match_expressions', list(matchExpression), 'Labels to match.'),
    weight: may(
      'weight',
      weight(),
      'Weight of a wish from 1 to 100; 100 for condition required. Number or text, sent as a number.',
    ),
    topologyKey: may('topology_key', text(), 'Label of a node that defines the domain.'),
  },
  {
    rules: [
      {
        cel: "!has(self.condition) || self.condition != 'required' || !has(self.weight) || string(self.weight) == '100'",
        holds: (self) =>
          self.condition !== 'required' || self.weight === undefined || String(self.weight) === '100',
        message: 'weight is not 100: condition required needs 100; write 100 or use condition preferred',
        at: 'weight',
      },
    ],
  },
);

type Toleration = {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly value?: string | undefined;
  readonly effect?: string | undefined;
  readonly tolerationSeconds?: number | undefined;
};

const tolerationRules: readonly Rule<Toleration>[] = [
  {
    cel: "!has(self.operator) || self.operator != 'Equal' || has(self.key)",
    holds: ({ operator, key }) => operator !== 'Equal' || key !== undefined,
    message: 'key is missing: operator Equal needs it; write the key of the taint',
    at: 'key',
    reason: 'FieldValueRequired',
  },
  {
    cel: "!has(self.operator) || self.operator != 'Equal' || has(self.value)",
    holds: ({ operator, value }) => operator !== 'Equal' || value !== undefined,
    message: 'value is missing: operator Equal needs it; write the value of the taint, "" for any',
    at: 'value',
    reason: 'FieldValueRequired',
  },
  {
    cel: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
    holds: ({ operator, value }) => operator !== 'Exists' || (value ?? '') === '',
    message: 'value is set: operator Exists takes none; remove it or use operator Equal',
    at: 'value',
    reason: 'FieldValueForbidden',
  },
  {
    cel: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    holds: ({ tolerationSeconds, effect }) => tolerationSeconds === undefined || effect === 'NoExecute',
    message: 'tolerationSeconds is set: only effect NoExecute takes it; remove it or use effect NoExecute',
    at: 'tolerationSeconds',
    reason: 'FieldValueForbidden',
  },
];

export const toleration = table(
  36,
  {
    key: may('key', shortText(), 'Key of the taint; absent with operator Exists = every taint.'),
    operator: may('operator', choice('Equal', 'Exists'), 'How the taint is matched.'),
    value: may('value', shortText(), 'Value of the taint; needed for operator Equal.'),
    effect: may(
      'effect',
      choice('NoScheduler', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'),
      'Effect of the taint, absent = every effect. The page writes NoScheduler where Kubernetes writes NoSchedule; both are sent as written.',
    ),
    tolerationSeconds: measured(
      'seconds',
      may(
        'toleration_seconds',
        whole(),
        'How long pods stay on the tainted node; only for effect NoExecute.',
      ),
    ),
  },
  { rules: tolerationRules },
);
