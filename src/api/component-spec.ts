// The spec of a ServiceStageComponent. Nothing is defaulted into a spec: an absent field means the default that its
// description names. The four ids are immutable by transition rules, which only the API server can check.
import { z } from 'zod';
import { component } from './component-body.ts';
import { secretRef } from './component-container.ts';
import { choice, flag, hinted, hintOf, list, patterned, text } from './field-types.ts';
import { ours, oursRequired, table } from './fields.ts';
import { INTERVAL_PATTERN, parseInterval } from './interval.ts';

const SHORTEST_INTERVAL_MS = 30_000;
const UUID = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

export const DRIFT_POLICIES = ['Ignore', 'Observe', 'Revert', 'RevertOnce'] as const;
export const DELETION_POLICIES = ['Orphan', 'Delete'] as const;
export const AMBIGUOUS_SUBMIT_POLICIES = ['Verify', 'Resubmit', 'Hold'] as const;

function fixed<T extends z.ZodType>(name: string, schema: T): T {
  const message = `${name} cannot be changed: restore it and create another object for another component`;
  const rules = [{ rule: 'self == oldSelf', message, reason: 'FieldValueForbidden' }];
  return hinted(schema, { ...hintOf(schema)?.json, 'x-kubernetes-validations': rules });
}

const intervalMessage = 'interval is shorter than 30s: write 0s for no checks or at least 30s';
const interval = hinted(
  z
    .string()
    .refine((value) => value.length <= 32 && new RegExp(INTERVAL_PATTERN).test(value), {
      message: 'must be a duration such as 10m: numbers with the units ms, s, m or h',
      abort: true,
    })
    .refine((value) => {
      const ms = parseInterval(value);
      return ms === 0 || (ms !== undefined && ms >= SHORTEST_INTERVAL_MS);
    }, intervalMessage),
  {
    maxLength: 32,
    pattern: INTERVAL_PATTERN,
    'x-kubernetes-validations': [
      {
        rule: "duration(self) == duration('0s') || duration(self) >= duration('30s')",
        message: intervalMessage,
      },
    ],
  },
);

/** What is printed of a difference has at most 100 bytes, so a longer pointer names nothing that anybody has seen. */
const ignoredPointer = patterned('^(/([^/~]|~[01])*)+$', 100, 'a JSON pointer such as /replica');

export const spec = table(0, {
  region: oursRequired(
    fixed('region', patterned('^[a-z0-9]+(-[a-z0-9]+){1,5}$', 32, 'a region such as cn-north-4')),
    'Region of the project, such as cn-north-4; immutable.',
  ),
  projectId: oursRequired(
    fixed('projectId', patterned('^[0-9a-f]{32}$', 32, 'a project id')),
    'Id of the project; immutable.',
  ),
  applicationId: oursRequired(
    fixed('applicationId', patterned(UUID, 36, 'a UUID')),
    'Id of the application in ServiceStage; immutable.',
  ),
  componentId: oursRequired(
    fixed('componentId', patterned(UUID, 36, 'a UUID')),
    'Id of the component in ServiceStage; immutable.',
  ),
  credentialsSecretRef: oursRequired(
    secretRef,
    'Secret of this namespace with accessKey and secretKey (and securityToken), or token, or username, password and domainName.',
  ),
  component: oursRequired(component, 'The wanted configuration; it becomes the body of the modify call.'),
  suspend: ours(flag(), 'Whether the operator keeps away from the cloud; absent = false.'),
  driftPolicy: ours(
    choice(...DRIFT_POLICIES),
    'What happens when the component differs from the spec without a change of the spec; absent = Observe.',
  ),
  deletionPolicy: ours(
    choice(...DELETION_POLICIES),
    'What happens to the component when this object is deleted; absent = Orphan.',
  ),
  interval: ours(
    interval,
    'How fresh the look at the component must be; absent = 10m, 0s = no looks, else at least 30s.',
  ),
  ignoreDifferences: ours(
    list(ignoredPointer),
    'JSON pointers into component, such as /replica or /envs/0/value; what is at or below them counts as no drift. What is sent does not change.',
  ),
  rolloutOnSecretChange: ours(
    flag(),
    'Whether a changed value in a referenced Secret is rolled out; absent = true.',
  ),
  scaleHosts: ours(
    list(text()),
    'Hosts for scaling a component on virtual machines; needed to change replica there.',
  ),
  ambiguousSubmit: ours(
    choice(...AMBIGUOUS_SUBMIT_POLICIES),
    'What follows a call whose outcome stays unknown. Verify: a newer spec or reset-at starts again. Resubmit: it is sent once more, which may roll out twice. Hold: nothing is sent, a newer spec neither, until reset-at. Absent = Verify.',
  ),
});

/** JSON, as the API server stores it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonMap;
export type JsonMap = { readonly [key: string]: JsonValue };

/** A field is either there or absent, never undefined. */
type Stored<T> = unknown extends T
  ? JsonValue
  : T extends string | number | boolean
    ? T
    : T extends readonly (infer U)[]
      ? readonly Stored<U>[]
      : { readonly [K in keyof T]: Stored<Exclude<T[K], undefined>> };

export type Spec = Stored<z.infer<typeof spec>>;
export type ComponentSpec = Spec['component'];
